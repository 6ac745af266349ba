//! Writes inputs from which each target begins: what honest programs send. `cargo run --release --example seeds -- corpus`.

use std::{collections::BTreeMap, error::Error, fs, path::PathBuf};

use mongo_ledger_core::{
    json::{self, Form, Limits},
    pass::Pass,
};
use prost::Message as _;
use sirius_fuzz::{
    Forgery, Input, Letter, NOW, Output, SHIPPED, Shipment, Step, WORLD, pass, payment, sections, signer,
    tag, text, transactions,
};
use sirius_runtime::{VerbKind, dice::Dice};
use sirius_sdk::database::envelope::Envelope;
use tendermint_proto::google::protobuf::Any;
use tendermint_proto::v0_38::abci::{Request, RequestEcho, RequestFlush, RequestInfo, request::Value};

/// How often a move is tried before there is nothing to do for it.
const TRIES: usize = 40;

type Outcome = Result<(), Box<dyn Error>>;

/// The folder of all inputs.
struct Corpus(PathBuf);

impl Corpus {
    fn write(&self, target: &str, name: &str, bytes: &[u8]) -> Outcome {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), bytes)?)
    }
}

fn main() -> Outcome {
    let corpus = Corpus(std::env::args().nth(1).ok_or("give the folder of the corpus")?.into());
    let messages = messages();
    decoded(&corpus, &messages)?;
    executed(&corpus, &messages)?;
    asked(&corpus)?;
    framed(&corpus)?;
    shipped(&corpus)?;
    proven(&corpus)?;
    corpus.write("genesis", "sections", sections().to_string().as_bytes())?;
    corpus.write(
        "genesis",
        "settings",
        b"[abci]\nlisten = \"unix:///run/a.sock\"\n[log]\nformat = \"json\"\n",
    )?;
    recorded(&corpus)?;
    entrusted(&corpus)
}

/// A message of each kind that somebody would send, with who sends it.
fn messages() -> BTreeMap<String, (u8, Any)> {
    let mut dice = Dice::new(2);
    let mut messages = BTreeMap::new();
    for (_, make) in WORLD.app.registry().moves() {
        for player in (0..3).cycle().take(TRIES) {
            if let Some(message) = WORLD.moved(&mut dice, player, *make) {
                messages.entry(message.type_url.clone()).or_insert((player, message));
            }
        }
    }
    messages
}

fn name(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or(path)
}

fn decoded(corpus: &Corpus, messages: &BTreeMap<String, (u8, Any)>) -> Outcome {
    for (path, (player, message)) in messages {
        let tx = WORLD.sign(*player, 0, 200_000, vec![message.clone()]);
        corpus.write("tx_decode", name(path), &tx)?;
        corpus.write("tx_identity", name(path), &tx)?;
        let content = Output::default().number(tag(path)).rest(&message.value).bytes();
        corpus.write("tx_decode", &format!("{}-content", name(path)), &content)?;
    }
    let two = WORLD.sign(0, 0, 200_000, vec![payment(0, 1, 5), payment(0, 2, 7)]);
    corpus.write("tx_identity", "two-payments", &two)
}

fn executed(corpus: &Corpus, messages: &BTreeMap<String, (u8, Any)>) -> Outcome {
    let step = |(path, (player, message)): (&String, &(u8, Any))| Step::Signed {
        player: *player,
        skip: 0,
        gas: 200,
        messages: vec![(tag(path), message.value.clone())],
    };
    let mut inputs: BTreeMap<_, _> =
        messages.iter().map(|entry| (name(entry.0).to_owned(), vec![step(entry)])).collect();
    let all: Vec<_> = messages.iter().map(step).collect();
    for (number, some) in all.chunks(sirius_fuzz::MOST).enumerate() {
        inputs.insert(format!("many-{number}"), some.to_vec());
    }
    let raw = transactions(&WORLD, &all[..1]).concat();
    let payments = (0..3).map(|from| Step::Payment { from, to: from + 1, amount: 5 });
    inputs.insert("payments".into(), payments.chain([Step::Raw(raw)]).collect());
    for (name, steps) in inputs {
        let written = steps.iter().fold(Output::default(), |output, step| step.write(output)).bytes();
        if Step::read(&mut Input::new(&written)) != steps {
            return Err(format!("{name} is read as something else than was written").into());
        }
        corpus.write("check_tx", &name, &written)?;
        corpus.write("proposal", &name, &Output::default().number(u16::MAX).rest(&written).bytes())?;
        corpus.write("block", &name, &Output::default().byte(3).rest(&written).bytes())?;
    }
    Ok(())
}

/// Each question without anything, and with an address as its first field.
fn asked(corpus: &Corpus) -> Outcome {
    let address = text(0);
    let field =
        Output::default().byte(0x0a).byte(u8::try_from(address.len())?).rest(address.as_bytes()).bytes();
    for path in sirius_fuzz::paths(&WORLD, VerbKind::Query) {
        let name = path.trim_matches('/').replace('/', "-");
        let known = Output::default().number(tag(&path));
        corpus.write("query", &name, &known.clone().bytes())?;
        corpus.write("query", &format!("{name}-address"), &known.rest(&field).bytes())?;
    }
    let unknown = Output::default().number(0).rest(b"/store/ledger/key\0").rest(&field).bytes();
    corpus.write("query", "key", &unknown)
}

fn framed(corpus: &Corpus) -> Outcome {
    let calls = [
        Value::Echo(RequestEcho { message: "x".into() }),
        Value::Info(RequestInfo::default()),
        Value::Flush(RequestFlush {}),
    ];
    let frames = calls.map(|value| Request { value: Some(value) }.encode_length_delimited_to_vec());
    corpus.write("frames", "calls", &frames.concat())
}

fn shipped(corpus: &Corpus) -> Outcome {
    let manifest = SHIPPED.manifest.encode();
    for (place, chunk) in SHIPPED.chunks.iter().enumerate() {
        let last = place + 1 == SHIPPED.chunks.len();
        let shipment = Shipment {
            place: u8::try_from(place)?,
            manifest: if last { manifest.clone() } else { Vec::new() },
            chunks: vec![chunk.clone()],
        };
        if last && !(shipment.arrives() && shipment.is_begun()) {
            return Err("what an honest node ships does not arrive".into());
        }
        corpus.write("snapshot", &format!("chunk-{place}"), &shipment.write())?;
    }
    let whole = Shipment { place: 0, manifest: Vec::new(), chunks: SHIPPED.chunks.clone() };
    corpus.write("snapshot", "whole", &whole.write())
}

fn proven(corpus: &Corpus) -> Outcome {
    let places = [0, 9, 33, 70]
        .into_iter()
        .filter_map(|place| Some((format!("key-{place}"), Forgery::honest(place)?)));
    let absent =
        [&b"absent"[..], b"\xff"].map(|key| (format!("absent-{}", key.len()), Forgery::absence(key)));
    for (name, forgery) in places.chain(absent) {
        if !forgery.convinces() {
            return Err(format!("the honest proof {name} does not convince").into());
        }
        corpus.write("proof", &name, &forgery.write())?;
    }
    Ok(())
}

/// The transactions of the database that BigchainDB's own programs made.
fn recorded(corpus: &Corpus) -> Outcome {
    corpus.write(
        "document",
        "create",
        include_bytes!("../../abci-app/sdk/src/database/tests/create.json"),
    )?;
    for line in include_str!("../../tests/vectors/bigchaindb.jsonl").lines() {
        let vector: serde_json::Value = serde_json::from_str(line)?;
        let name = vector["name"].as_str().ok_or("a vector has a name")?;
        corpus.write("document", name, vector["tx"].to_string().as_bytes())?;
    }
    Ok(())
}

/// Tokens, and what readers are sent. What is sealed is another text each time, so that it is written once.
fn entrusted(corpus: &Corpus) -> Outcome {
    let ended = Pass { until: NOW - 1, ..pass() };
    let elsewhere = Pass { chain: "other".into(), ..pass() };
    for (name, pass) in [("token", pass()), ("ended", ended), ("elsewhere", elsewhere)] {
        corpus.write("token", name, pass.sign(&signer()).as_bytes())?;
    }
    let letter = Letter::the();
    for (name, document) in [("sealed", Letter::envelope()), ("added", letter.addition())] {
        if !corpus.0.join("envelope").join(name).exists() {
            let text = json::canonical(&json::Value::Object(document), Form::AsWritten);
            corpus.write("envelope", name, text.as_bytes())?;
        }
    }
    let sealed = json::parse(&fs::read(corpus.0.join("envelope/sealed"))?, &Limits::default())?;
    let read = sealed.as_object().and_then(|document| Envelope::read(document).ok().flatten());
    match read.is_some_and(|envelope| letter.opens(&envelope).is_some()) {
        true => Ok(()),
        false => Err("the committed envelope opens no more; remove corpus/envelope and make it anew".into()),
    }
}
