//! A validator whose key is on two machines: it signs twice, and pays for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use cosmos_sdk_proto::Any;
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use cosmos_sdk_proto::cosmos::slashing::v1beta1 as slashing;
use cosmos_sdk_proto::cosmos::staking::v1beta1 as staking;
use localnet::{Binaries, HostFiles, Layer, Layers, Ports};
use prost::Message as _;
use serde_json::{Value, json};
use sirius_sdk::config::Config;
use sirius_sdk::submit::{Account, Options};
use sirius_tests::bed::Bed;
use sirius_tests::rpc::Rpc;
use tempfile::TempDir;
use toml::Table;

use crate::program::Program;
use crate::setting::{Setting, drill};

/// The host whose key is copied.
pub(crate) const HOST: usize = 3;
/// Who delegates to it.
const DELEGATOR: &str = "alice";
/// What is delegated, in the smallest unit. The validator must stay below a third, or the chain would rightly stand.
const DELEGATED: u128 = 1_000_000;
/// In how many blocks of the double signature it must be punished.
const BLOCKS: u64 = 5;
/// How long the twin may take to catch up, and to contradict its other half. They propose every fourth block, each its
/// own, and vote for it; often enough somebody gets both votes.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let bed = setting.bed()?;
    delegate(bed)?;
    let result = drill(bed, || {
        let before = Stakes::read(bed, 0)?;
        let twin = Twin::start(bed)?;
        let (signed, proven) = evidence(bed).with_context(|| twin.logs())?;
        drop(twin);
        let stakes = Stakes::read(bed, proven)?;
        ensure!(
            proven <= signed + BLOCKS && stakes.jailed && stakes.tombstones == 1,
            "signed twice at {signed}, proven at {proven}: {stakes:?}"
        );
        ensure!(!Stakes::read(bed, proven - 1)?.jailed, "it was jailed before there was a proof");
        let cut = |stake: u128| stake * before.cost / 10_u128.pow(18);
        let burned = before.tokens - stakes.tokens;
        ensure!(burned == cut(before.tokens), "{before:?} became {stakes:?}");
        ensure!(before.delegated - stakes.delegated == cut(before.delegated), "{before:?}, {stakes:?}");
        dismissed(bed)?;
        println!(
            "  signed twice at block {signed}, proven and jailed at {proven}, {burned} of {} burned, the delegator has {} \
             of {}",
            before.tokens, stakes.delegated, before.delegated
        );
        Ok(burned)
    });
    // It has a host less than the next drill expects.
    setting.stop();
    result
}

/// What stands behind the validator.
#[derive(Debug)]
struct Stakes {
    operator: String,
    tokens: u128,
    jailed: bool,
    delegated: u128,
    /// Keys that may never sign again.
    tombstones: usize,
    /// What signing twice costs, in 10^-18.
    cost: u128,
}

impl Stakes {
    /// As it is after the block at `height`; 0 is the latest.
    fn read(bed: &Bed, height: u64) -> Result<Self> {
        let rpc = bed.rpc(0);
        let delegator_addr = bed.address(DELEGATOR)?;
        let validator = validator(&rpc, height)?;
        let question = staking::QueryDelegationRequest {
            delegator_addr,
            validator_addr: validator.operator_address.clone(),
        };
        // There is none before it is made.
        let delegation = at::<_, staking::QueryDelegationResponse>(
            &rpc,
            "/cosmos.staking.v1beta1.Query/Delegation",
            &question,
            height,
        );
        let balance = delegation.ok().and_then(|answer| answer.delegation_response?.balance);
        let infos: slashing::QuerySigningInfosResponse = at(
            &rpc,
            "/cosmos.slashing.v1beta1.Query/SigningInfos",
            &slashing::QuerySigningInfosRequest::default(),
            height,
        )?;
        let params: slashing::QueryParamsResponse =
            at(&rpc, "/cosmos.slashing.v1beta1.Query/Params", &slashing::QueryParamsRequest {}, height)?;
        let cost = params.params.context("no parameters")?.slash_fraction_double_sign;
        Ok(Self {
            operator: validator.operator_address,
            tokens: validator.tokens.parse()?,
            jailed: validator.jailed,
            delegated: balance.map_or(Ok(0), |coin| coin.amount.parse())?,
            tombstones: infos.info.iter().filter(|info| info.tombstoned).count(),
            cost: String::from_utf8(cost)?.parse()?,
        })
    }
}

fn validator(rpc: &Rpc, height: u64) -> Result<staking::Validator> {
    let answer: staking::QueryValidatorsResponse = at(
        rpc,
        "/cosmos.staking.v1beta1.Query/Validators",
        &staking::QueryValidatorsRequest::default(),
        height,
    )?;
    let name = format!("host{HOST}");
    let named = |validator: &staking::Validator| {
        validator.description.as_ref().is_some_and(|description| description.moniker == name)
    };
    answer.validators.into_iter().find(named).with_context(|| format!("no validator is called {name}"))
}

/// Asks about the state after the block at `height`.
fn at<Q: prost::Message, A: prost::Message + Default>(
    rpc: &Rpc,
    path: &str,
    question: &Q,
    height: u64,
) -> Result<A> {
    let answer = rpc.abci_query(path, &question.encode_to_vec(), height, false)?;
    ensure!(answer.code == 0, "{path} at {height}: {}", answer.log);
    Ok(A::decode(answer.value.as_slice())?)
}

fn delegate(bed: &Bed) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let config = Config::load(bed.dir())?;
    let account = Account::new(config.client()?, config.chain.clone(), bed.key(DELEGATOR)?);
    let message = staking::MsgDelegate {
        delegator_address: bed.address(DELEGATOR)?,
        validator_address: Stakes::read(bed, 0)?.operator,
        amount: Some(Coin { denom: "uxpx".to_owned(), amount: DELEGATED.to_string() }),
    };
    let message =
        Any { type_url: "/cosmos.staking.v1beta1.MsgDelegate".to_owned(), value: message.encode_to_vec() };
    let receipt = runtime.block_on(account.send(vec![message], &Options::default()))?;
    ensure!(receipt.succeeded(), "{receipt:?}");
    // Its power counts two blocks later.
    let height = bed.rpc(0).status()?.height + 3;
    Ok(bed.network().wait_height(height, PATIENCE)?)
}

/// The other machine: another node of the network with the same key, and the state that is to keep a key from signing twice
/// as it was when the key was copied.
struct Twin {
    // Dropped in this order: CometBFT before its application.
    _cometbft: Program,
    _app: Program,
    files: [PathBuf; 2],
    _dir: TempDir,
}

impl Twin {
    fn start(bed: &Bed) -> Result<Self> {
        let (dir, model) = (tempfile::tempdir()?, bed.network().files(HOST));
        let (cometbft, app) = (dir.path().join("cometbft"), dir.path().join("app"));
        let socket = dir.path().join("abci.sock");
        copy(&model, &cometbft)?;
        let ports = Ports::free(1, &Layers::only(Layer::Ledger))?;
        settings(&model, &cometbft, &app, &socket, ports)?;
        let binaries = Binaries::find()?;
        let files = [dir.path().join("app.log"), dir.path().join("cometbft.log")];
        let [app_log, cometbft_log] = &files;
        let app = Program::start(&binaries, binaries.abci_app()?, &app, app_log, None)?;
        wait("the twin's application to serve", || socket.exists())?;
        let cometbft = Program::start(&binaries, &binaries.cometbft, &cometbft, cometbft_log, None)?;
        let rpc = Rpc::new(format!("http://127.0.0.1:{}", ports.rpc(0)));
        let twin = Self { _cometbft: cometbft, _app: app, files, _dir: dir };
        wait("the twin to catch up", || rpc.status().is_ok_and(|status| !status.catching_up))
            .with_context(|| twin.logs())?;
        Ok(twin)
    }

    fn logs(&self) -> String {
        let end = |log: &PathBuf| {
            let text = fs::read(log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(12)..].join("\n")
        };
        self.files.each_ref().map(end).join("\n---\n")
    }
}

/// Copies what makes a validator: genesis, its key, and what that key has signed last.
fn copy(model: &HostFiles, home: &Path) -> Result<()> {
    fs::create_dir_all(home.join("config"))?;
    fs::create_dir_all(home.join("data"))?;
    for file in ["config/genesis.json", "config/priv_validator_key.json", "data/priv_validator_state.json"] {
        fs::copy(model.cometbft.join(file), home.join(file)).with_context(|| format!("copying {file}"))?;
    }
    Ok(())
}

/// The settings of the model with other addresses.
fn settings(model: &HostFiles, cometbft: &Path, app: &Path, socket: &Path, ports: Ports) -> Result<()> {
    let local = |port: u16| format!("127.0.0.1:{port}");
    let socket = format!("unix://{}", socket.display());
    let mut config: Table = fs::read_to_string(model.cometbft.join("config/config.toml"))?.parse()?;
    config.insert("moniker".to_owned(), "twin".into());
    config.insert("proxy_app".to_owned(), socket.clone().into());
    set(&mut config, "rpc", "laddr", format!("tcp://{}", local(ports.rpc(0))))?;
    set(&mut config, "p2p", "laddr", format!("tcp://{}", local(ports.p2p(0))))?;
    set(&mut config, "instrumentation", "prometheus_listen_addr", local(ports.metrics(Layer::Ledger, 0)))?;
    fs::write(cometbft.join("config/config.toml"), config.to_string())?;

    fs::create_dir_all(app)?;
    let mut settings: Table = fs::read_to_string(model.app.join("app.toml"))?.parse()?;
    set(&mut settings, "abci", "listen", socket)?;
    set(&mut settings, "metrics", "listen", local(ports.app_metrics(Layer::Ledger, 0)))?;
    set(&mut settings, "rest", "listen", local(ports.rest(0)))?;
    set(&mut settings, "grpc", "listen", local(ports.grpc(0)))?;
    set(&mut settings, "cometbft", "rpc", format!("http://{}", local(ports.rpc(0))))?;
    set(&mut settings, "cometbft", "home", cometbft.display().to_string())?;
    Ok(fs::write(app.join("app.toml"), settings.to_string())?)
}

fn set(table: &mut Table, section: &str, field: &str, value: String) -> Result<()> {
    let section =
        table.get_mut(section).and_then(toml::Value::as_table_mut).context("a section is missing")?;
    section.insert(field.to_owned(), value.into());
    Ok(())
}

/// Waits for the proof in a block: the height that was signed twice, and that of the block with the proof.
fn evidence(bed: &Bed) -> Result<(u64, u64)> {
    let (rpc, deadline) = (bed.rpc(0), Instant::now() + PATIENCE);
    let mut height = rpc.status()?.height;
    while Instant::now() < deadline {
        if rpc.status()?.height <= height {
            sleep(LOOK);
            continue;
        }
        height += 1;
        let block: Value = rpc.call("block", json!({ "height": height.to_string() }))?;
        let Some(proof) = block.pointer("/block/evidence/evidence/0") else { continue };
        let signed = proof.pointer("/value/vote_a/height").and_then(Value::as_str);
        return Ok((signed.with_context(|| format!("a proof without a vote: {proof}"))?.parse()?, height));
    }
    bail!("the two halves never contradicted each other until block {height}")
}

/// Waits until consensus goes on without the validator.
fn dismissed(bed: &Bed) -> Result<()> {
    let (rpc, others) = (bed.rpc(0), (bed.network().hosts() - 1).to_string());
    wait("the validator to be dismissed", || {
        let answer = rpc.call::<Value>("validators", json!({}));
        answer.is_ok_and(|answer| answer["total"] == others.as_str())
    })
}

fn wait(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        ensure!(Instant::now() < deadline, "waited in vain for {what}");
        sleep(LOOK);
    }
    Ok(())
}
