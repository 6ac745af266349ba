//! A wrong genesis, a wrong setting, a wrong order: the start is stopped, and what is wrong is named.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use localnet::{Binaries, Manifest, Network, Options};
use prost::Message as _;
use sirius_tests::bed;
use tendermint_proto::v0_38::abci::{Request, RequestFlush, RequestInitChain, request::Value};

use crate::setting::Setting;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn run(_: &mut Setting) -> Result<()> {
    settings()?;
    genesis()?;
    init_chain_upon_a_state()
}

/// Each wrong `app.toml`, and what the last words must name.
fn settings() -> Result<()> {
    let listen = "[abci]\nlisten = \"unix:///tmp/never.sock\"\n";
    let with = |more: &str| format!("{listen}{more}");
    for (text, named) in [
        (String::new(), "abci"),
        ("[abci]\nlisten = 7\n".to_owned(), "listen"),
        ("[abci]\nlisten = \"http://127.0.0.1:1\"\n".to_owned(), "listen"),
        (with("[store]\nkeep_version = 5\n"), "keep_version"),
        (with("[store]\nbackend = \"paper\"\n"), "paper"),
        (with("[stores]\n"), "stores"),
        (with("[receipts]\nkeep_blocks = \"all\"\n"), "keep_blocks"),
        (with("[metrics]\nlisten = \"0.0.0.0:26661\"\n"), "metrics.listen"),
        (with("[log]\nlevel = \"loud,=\"\n"), "log.level"),
    ] {
        let home = tempfile::tempdir()?;
        fs::write(home.path().join("app.toml"), &text)?;
        let output = start(home.path())?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(1), "{text:?} ended with {}: {words}", output.status);
        ensure!(words.contains(named), "{text:?} does not name {named}: {words}");
    }
    let output = start(Path::new("/nowhere"))?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && words.contains("/nowhere/app.toml"), "{words}");
    Ok(())
}

/// Runs the ledger's program, which is to end by itself.
fn start(home: &Path) -> Result<Output> {
    let binaries = Binaries::find()?;
    let mut child = Command::new(binaries.abci_app()?)
        .args(["start", "--home"])
        .arg(home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() {
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            bail!("the ledger started with the settings in {}", home.display());
        }
        sleep(Duration::from_millis(10));
    }
    Ok(child.wait_with_output()?)
}

/// Each wrong genesis, and what the application's last words must name.
fn genesis() -> Result<()> {
    for (table, named) in [
        ("[genesis.app_state.bank]\nbalence = []\n", "balence"),
        ("[genesis.app_state.banc]\n", "banc"),
        ("[genesis.app_state.chain]\nprefix = \"Other\"\n", "prefix"),
        ("[genesis.app_state.chain]\nprefix = \"other\"\n", "address"),
        ("[genesis.app_state.params.values]\n\"auth.max_memo\" = \"1\"\n", "auth.max_memo"),
        ("[genesis.app_state.params.values]\n\"auth.max_signatures\" = \"1000\"\n", "auth.max_signatures"),
        ("[genesis.app_state.fee]\nbase_fee = \"1\"\n", "base_fee"),
        ("[genesis.app_state.bank]\nbalances = [{ address = \"sirius1x\", coins = [] }]\n", "sirius1x"),
    ] {
        let mut manifest =
            Manifest::parse(&format!("{}\n{table}", Manifest::single()?.text()))?.on_free_ports()?;
        manifest.timeout_commit = Duration::from_millis(100);
        let dir = tempfile::tempdir()?;
        let options = Options::new(dir.path())?;
        let started = Network::start(&manifest, &options);
        let error = match started {
            Ok(_) => bail!("a network started with {table:?}"),
            Err(error) => error.to_string(),
        };
        let log = fs::read_to_string(options.layout.host(0).app_log)?;
        ensure!(log.contains(named), "{table:?} does not name {named}:\n{error}\n{log}");
    }
    Ok(())
}

/// CometBFT that lost its data must not begin a new chain upon a state that is there.
fn init_chain_upon_a_state() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let options = Options::new(dir.path())?;
    let mut manifest = bed::manifest(0)?;
    manifest.hosts = 1;
    let running = Network::start(&manifest, &options)?;
    let files = running.files(0);
    running.stop()?;
    drop(running);
    fs::remove_file(&files.socket).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    let mut child = Command::new(options.binaries.abci_app()?)
        .args(["start", "--home"])
        .arg(&files.app)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let told = call_init_chain(&files.socket);
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() && Instant::now() < deadline {
        sleep(Duration::from_millis(10));
    }
    let ended = child.try_wait()?;
    child.kill()?;
    let output = child.wait_with_output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    told?;
    ensure!(ended.is_some_and(|status| !status.success()), "the process goes on: {words}");
    ensure!(words.contains("InitChain came, but this node's state is at height"), "{words}");
    Ok(())
}

/// Calls `InitChain` as CometBFT would, and expects no answer.
fn call_init_chain(socket: &Path) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut stream = loop {
        match UnixStream::connect(socket) {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < deadline => sleep(Duration::from_millis(20)),
            Err(error) => return Err(error).context("connecting to the application"),
        }
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    let init = RequestInitChain { chain_id: "again-1".into(), initial_height: 1, ..Default::default() };
    for value in [Value::InitChain(init), Value::Flush(RequestFlush {})] {
        stream.write_all(&Request { value: Some(value) }.encode_length_delimited_to_vec())?;
    }
    let mut answer = Vec::new();
    // A connection that is reset was not answered either.
    let _ = stream.read_to_end(&mut answer);
    ensure!(answer.is_empty(), "InitChain upon a state was answered with {} bytes", answer.len());
    Ok(())
}
