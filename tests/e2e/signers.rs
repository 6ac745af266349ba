//! A validator whose key is elsewhere: at a signer of our own, and at tmkms where somebody has installed it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use localnet::{Manifest, Network, Options};
use serde_json::Value;
use sirius_tests::lane::Impossible;
use sirius_tests::signer::Signer;
use sirius_tests::{bed, outside};
use tempfile::TempDir;

use crate::setting::Setting;

/// How long the validator may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many blocks it makes.
const BLOCKS: u64 = 5;
/// Names the program tmkms, such as `tmkms` where `.ci/tools tmkms` has installed it.
const TMKMS: &str = "TMKMS";

/// A network of one validator that lies ready, without the key.
struct Keyless {
    manifest: Manifest,
    options: Options,
    /// Where CometBFT listens for the signer.
    socket: PathBuf,
    /// Where the key was.
    place: PathBuf,
    /// Where it is now, as CometBFT wrote it.
    key: PathBuf,
    own: Value,
    dir: TempDir,
}

impl Keyless {
    fn prepare() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let options = Options::new(dir.path().join("network"))?;
        let mut manifest = bed::manifest(0)?;
        manifest.hosts = 1;
        drop(Network::prepare(&manifest, &options.layout)?);
        let home = options.layout.host(0).cometbft;
        let (place, key) = (home.join("config/priv_validator_key.json"), dir.path().join("key.json"));
        fs::rename(&place, &key)?;
        let own = serde_json::from_slice(&fs::read(&key)?)?;
        let (config, socket) = (home.join("config/config.toml"), dir.path().join("signer.sock"));
        let address = format!("priv_validator_laddr = \"unix://{}\"", socket.display());
        let text = fs::read_to_string(&config)?.replace("priv_validator_laddr = \"\"", &address);
        ensure!(text.contains(&address), "CometBFT's configuration names no signer");
        fs::write(&config, text)?;
        Ok(Self { manifest, options, socket, place, key, own, dir })
    }

    /// Makes some blocks, for which the validator asks the signer; returns the height.
    fn makes_blocks(&self) -> Result<u64> {
        let running = Network::start(&self.manifest, &self.options)?;
        let height = running.rpc(0)?.status()?.height + BLOCKS;
        running.wait_height(height, PATIENCE)?;
        // CometBFT makes a key where it finds none, which is nobody's.
        let other: Option<Value> =
            fs::read(&self.place).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        ensure!(other.is_none_or(|other| other["pub_key"] != self.own["pub_key"]), "the key came back");
        running.stop()?;
        Ok(height)
    }
}

/// A validator whose key is at a remote signer makes blocks, and has no key of its own.
pub(crate) fn own(_: &mut Setting) -> Result<()> {
    let keyless = Keyless::prepare()?;
    let secret = keyless.own.pointer("/priv_key/value").and_then(Value::as_str).context("a key")?;
    let secret = STANDARD.decode(secret)?;
    let signer = Signer::start(keyless.socket.clone(), secret.first_chunk().context("a seed")?);
    keyless.makes_blocks()?;
    println!("  {} signatures for {BLOCKS} blocks and more", signer.signed());
    ensure!(signer.signed() >= 2 * BLOCKS, "the signer has signed {} times only", signer.signed());
    Ok(())
}

/// The same with tmkms and its `softsign`.
pub(crate) fn tmkms(_: &mut Setting) -> Result<()> {
    let Some(program) = std::env::var_os(TMKMS) else {
        let reason = format!("{TMKMS} does not name the program; `.ci/tools tmkms` installs it");
        return Err(Impossible(reason).into());
    };
    let program = PathBuf::from(program);
    let keyless = Keyless::prepare()?;
    let (secret, state) = (keyless.dir.path().join("secret"), keyless.dir.path().join("state.json"));
    let mut import = Command::new(&program);
    outside::run(import.args(["softsign", "import"]).args([&keyless.key, &secret]), "install tmkms")?;
    let config = keyless.dir.path().join("tmkms.toml");
    fs::write(&config, configuration(&keyless, &secret, &state))?;
    let (log, launcher) = (keyless.dir.path().join("tmkms.log"), &keyless.options.binaries.localnet);
    let output = fs::File::create(&log)?;
    let errors = output.try_clone()?;
    let child = Command::new(launcher)
        .args(["child", "--parent", &std::process::id().to_string(), "--"])
        .arg(&program)
        .args(["start", "--config"])
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()?;
    let signer = Ended(child);
    let made = keyless.makes_blocks();
    let said = fs::read_to_string(&log)?;
    drop(signer);
    let height = made.with_context(|| said.clone())?;
    let signed: Value = serde_json::from_slice(&fs::read(&state)?)?;
    println!("  {height} blocks, tmkms signed last: {signed}");
    let last: u64 = signed["height"].as_str().context("a height")?.parse()?;
    ensure!(last >= height, "tmkms has signed up to {last} of {height}: {said}");
    Ok(())
}

fn configuration(keyless: &Keyless, secret: &Path, state: &Path) -> String {
    let chain = &keyless.manifest.chain_id;
    let format =
        r#"{ type = "bech32", account_key_prefix = "siriuspub", consensus_key_prefix = "siriusvalconspub" }"#;
    format!(
        "[[chain]]\nid = \"{chain}\"\nkey_format = {format}\nstate_file = \"{}\"\n\n\
         [[providers.softsign]]\nchain_ids = [\"{chain}\"]\nkey_type = \"consensus\"\npath = \"{}\"\n\n\
         [[validator]]\nchain_id = \"{chain}\"\naddr = \"unix://{}\"\nreconnect = true\n",
        state.display(),
        secret.display(),
        keyless.socket.display(),
    )
}

/// A program that ends when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}
