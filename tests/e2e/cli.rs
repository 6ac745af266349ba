//! The README's first payment, word for word, and what the command line says and returns when something is wrong.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use localnet::Binaries;
use serde_json::Value;

use crate::setting::Setting;

/// How long news of a block may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let sirius = |line: &str| sirius(setting, line);
    let done = |line: &str| -> Result<String> {
        let output = sirius(line)?;
        let text = String::from_utf8(output.stdout)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(0), "`sirius {line}`: {}\n{text}{errors}", output.status);
        Ok(text)
    };
    let json = |line: &str| -> Result<Value> { Ok(serde_json::from_str(&done(&format!("{line} --json"))?)?) };

    let before = balance(&json("query bank balance bob")?)?;
    let said = done("tx bank send bob 1.5xpx --from alice")?;
    for word in
        ["hash", "height", "fee", "gas", "result  done", "(alice)", "1.5 XPX (1500000uxpx)", "transfer"]
    {
        ensure!(said.contains(word), "a payment does not show {word:?}:\n{said}");
    }
    let proven = done("query bank balance bob --prove")?;
    ensure!(proven.contains("light client") && proven.contains("app hash"), "no proof is shown:\n{proven}");
    let proven = json("query bank balance bob --prove")?;
    ensure!(balance(&proven)? == before + 1_500_000, "the balance is not proven: {proven}");
    let header = proven["proof"]["header"]["height"].as_u64().context("no header")?;
    ensure!(proven["height"].as_u64() == Some(header - 1), "{proven}");
    ensure!(proven["proof"]["app_hash"].as_str().is_some_and(|hash| hash.len() == 64), "{proven}");

    let paid = json("tx bank send bob 1.5xpx --from alice")?;
    let hash = paid["hash"].as_str().context("no hash")?.to_owned();
    ensure!(paid["code"] == 0 && paid["height"].as_u64().is_some(), "{paid}");
    let found = json(&format!("tx {hash}"))?;
    ensure!(found["height"] == paid["height"] && found["fee"] == paid["fee"], "{found}\n{paid}");
    ensure!(done(&format!("tx {hash}"))?.contains(&hash), "a transaction does not show its hash");
    let block = json(&format!("block {}", paid["height"]))?;
    ensure!(block["transactions"].to_string().contains(&hash), "{block}");
    ensure!(done("block")?.contains("height"), "the last block");
    let status = json("status")?;
    ensure!(status["nodes"].as_array().is_some_and(|nodes| nodes.len() == 4), "{status}");
    ensure!(done("status")?.contains(setting.bed.chain_id()), "the chain is not named");
    ensure!(done("keys list")?.contains("alice"), "alice's key");
    ensure!(done("completions bash")?.contains("sirius"), "completions");
    ensure!(done("catalogue")?.contains("bank"), "the catalogue");
    watch(setting)?;
    wrong(setting)
}

fn balance(answer: &Value) -> Result<u128> {
    let answer = answer.get("answer").unwrap_or(answer);
    let amount = answer["balance"]["amount"].as_str();
    Ok(amount.with_context(|| format!("no balance in {answer}"))?.parse()?)
}

fn command(setting: &Setting, line: &str) -> Result<Command> {
    let program = Binaries::find()?.localnet.with_file_name("sirius");
    ensure!(
        program.is_file(),
        "{} is missing: build it with `cargo build --release -p sirius`",
        program.display()
    );
    let mut command = Command::new(program);
    command.args(line.split_whitespace()).env("SIRIUS_HOME", setting.bed.dir()).stdin(Stdio::null());
    Ok(command)
}

fn sirius(setting: &Setting, line: &str) -> Result<Output> {
    Ok(command(setting, line)?.output()?)
}

/// `watch` tells of blocks as they come, each once.
fn watch(setting: &Setting) -> Result<()> {
    let mut child = command(setting, "watch --json")?.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let output = child.stdout.take().context("it was piped")?;
    let (tell, hear) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    let mut heights = Vec::new();
    while heights.len() < 3 {
        let Ok(line) = hear.recv_timeout(PATIENCE) else { break };
        let value: Value = serde_json::from_str(&line)?;
        heights.extend(value["height"].as_u64());
    }
    child.kill()?;
    child.wait()?;
    ensure!(heights.len() == 3, "watch told of {} blocks in time", heights.len());
    ensure!(heights.windows(2).all(|pair| pair[1] == pair[0] + 1), "watch left out a block: {heights:?}");
    Ok(())
}

/// Exit code 1 and a way out when something is refused, 2 when something is broken.
fn wrong(setting: &Setting) -> Result<()> {
    let unknown = "00".repeat(32);
    let mut wrong = Vec::new();
    for (line, code, words) in [
        ("tx bank send bob 99999999999xpx --from alice".to_owned(), 1, "insufficient funds"),
        ("tx bank send bob 1.5xpx --from nobody".to_owned(), 1, "nobody"),
        ("tx bank send nobody 1.5xpx --from alice".to_owned(), 1, "nobody"),
        ("tx bank send bob 1.5gold --from alice".to_owned(), 1, "insufficient funds"),
        ("tx bank send bob 1.0000001xpx --from alice".to_owned(), 1, "xpx"),
        (format!("tx {unknown}"), 1, "no block known"),
        ("block 99999999".to_owned(), 1, "99999999"),
        ("bless".to_owned(), 1, "bless"),
        ("status --rpc http://127.0.0.1:1".to_owned(), 2, "http://127.0.0.1:1"),
    ] {
        let output = sirius(setting, &line)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(code) || !said.contains(words) {
            wrong.push(format!(
                "`sirius {line}`: expected {code} and {words:?}, got {}\n{said}",
                output.status
            ));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let output = sirius(setting, "tx bank send bob 1.5xpx --from nobody --json")?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    if said["error"]["kind"] != "refused" {
        bail!("an error is no JSON: {said}");
    }
    Ok(())
}
