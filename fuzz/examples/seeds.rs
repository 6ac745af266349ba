//! Writes inputs from which each target begins: what honest programs send. `cargo run --release --example seeds -- corpus`.

use std::{error::Error, fs, path::Path};

use prost::Message as _;
use sirius_fuzz::{WORLD, payment, sections};
use tendermint_proto::v0_38::abci::{Request, RequestEcho, RequestFlush, RequestInfo, request::Value};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder of the corpus")?;
    let write = |target: &str, name: &str, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), bytes)?)
    };
    let tx = WORLD.sign(0, 0, 200_000, vec![payment(0, 1, 5)]);
    for target in ["tx_decode", "tx_identity"] {
        write(target, "payment", &tx)?;
    }
    for (number, verb) in WORLD.app.registry().verbs().iter().enumerate() {
        let number = u8::try_from(number)?;
        write(
            "tx_decode",
            &format!("message-{number}"),
            &[&[number], payment(0, 1, 5).value.as_slice()].concat(),
        )?;
        let tx = WORLD.sign(0, 0, 200_000, vec![sirius_fuzz::any(&WORLD, number, Vec::new())]);
        write("tx_identity", verb.path.trim_matches('/'), &tx)?;
    }
    // Bytes that the structured targets read as a few steps of each kind.
    let steps: Vec<u8> = (0..=255).cycle().take(600).collect();
    for target in ["check_tx", "proposal", "block", "query", "proof"] {
        write(target, "steps", &steps)?;
    }
    let calls = [
        Value::Echo(RequestEcho { message: "x".into() }),
        Value::Info(RequestInfo::default()),
        Value::Flush(RequestFlush {}),
    ];
    let frames = calls.map(|value| Request { value: Some(value) }.encode_length_delimited_to_vec());
    write("frames", "calls", &frames.concat())?;
    write("genesis", "sections", sections().to_string().as_bytes())?;
    write("genesis", "settings", b"[abci]\nlisten = \"unix:///run/a.sock\"\n[log]\nformat = \"json\"\n")?;
    write("document", "create", include_bytes!("../../abci-app/sdk/src/database/tests/create.json"))?;
    Ok(())
}
