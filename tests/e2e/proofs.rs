//! Answers that convince somebody who trusts no node of ours: Go's ICS-23 library and a light client.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use prost::Message as _;
use serde::Deserialize;
use serde_json::{Value, json};
use sirius_primitives::{Address, Denom};
use sirius_store::state_spec;
use sirius_tests::outside::client;
use sirius_tests::rpc::Rpc;
use tendermint::block::signed_header::SignedHeader;
use tendermint::{Genesis, Time, validator};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{
    Height, TrustThreshold, TrustedBlockState, UntrustedBlockState, ValidatorSet,
};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier as _};

use crate::setting::Setting;

const STORE_KEY: &str = "/store/ledger/key";
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn outsiders(setting: &mut Setting) -> Result<()> {
    let bed = &setting.bed;
    let mut proofs = Vec::new();
    for (host, rpc) in bed.rpcs().iter().enumerate() {
        let height = rpc.status()?.height.saturating_sub(1).max(2);
        bed.network().wait_height(height + 1, PATIENCE)?;
        for key in keys(setting)? {
            proofs.push(prove(rpc, &key, height).with_context(|| format!("host {host}"))?);
        }
    }
    let document = json!({ "spec": hex::encode(state_spec().encode_to_vec()), "proofs": proofs });
    let verdict = run_go(&document)?;
    println!("  Go's ics23: {verdict}");
    ensure!(verdict.contains("forgeries refused"), "unexpected words: {verdict}");
    Ok(())
}

/// Keys that are there and keys that are not, near and far from each other.
fn keys(setting: &Setting) -> Result<Vec<Vec<u8>>> {
    let prefix = setting.bed.prefix()?;
    let denom: Denom = "uxpx".parse()?;
    let balance = |address: &Address| [b"bank/balance/", &address.as_bytes()[..], b"uxpx"].concat();
    let alice = Address::parse(&setting.bed.address("alice")?, &prefix)?;
    let bob = Address::parse(&setting.bed.address("bob")?, &prefix)?;
    Ok(vec![
        balance(&alice),
        balance(&bob),
        [b"bank/supply/", denom.as_str().as_bytes()].concat(),
        [b"auth/account/", &alice.as_bytes()[..]].concat(),
        b"chain/info".to_vec(),
        balance(&Address::new([0; 20])),
        balance(&Address::new([255; 20])),
        [b"bank/balance/", &alice.as_bytes()[..], b"nothing"].concat(),
        vec![0],
        vec![255; 64],
    ])
}

/// What a node answers for a key at a height, with the app hash that the next header states.
fn prove(rpc: &Rpc, key: &[u8], height: u64) -> Result<Value> {
    let answer = rpc.abci_query(STORE_KEY, key, height, true)?;
    ensure!(answer.code == 0, "{}", answer.log);
    ensure!(answer.height == height, "asked at {height}, answered at {}", answer.height);
    let [state, root] = answer.proof.as_slice() else { bail!("{} steps", answer.proof.len()) };
    ensure!((state.kind.as_str(), root.kind.as_str()) == ("ics23:jmt", "ics23:simple"), "{answer:?}");
    ensure!(state.key == key && root.key == b"ledger", "the steps are of other keys: {answer:?}");
    let header = rpc.block(Some(height + 1))?;
    Ok(json!({
        "key": hex::encode(key),
        "value": hex::encode(&answer.value),
        "store": "ledger",
        "app_hash": header.app_hash.to_lowercase(),
        "state": hex::encode(&state.data),
        "root": hex::encode(&root.data),
    }))
}

/// Builds and runs `clients/ics23`.
fn run_go(document: &Value) -> Result<String> {
    let target = tempfile::tempdir()?;
    let program = target.path().join("ics23");
    let build = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(client("ics23"))
        .output()
        .context("starting go; install Go 1.24 or later")?;
    ensure!(build.status.success(), "go build failed: {}", String::from_utf8_lossy(&build.stderr));
    let mut child =
        Command::new(&program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("it was piped")?.write_all(document.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A header and who signs at its height, as a light client gets them.
struct LightBlock {
    signed: SignedHeader,
    validators: ValidatorSet,
}

fn light_block(rpc: &Rpc, height: u64) -> Result<LightBlock> {
    #[derive(Deserialize)]
    struct Commit {
        signed_header: SignedHeader,
    }
    #[derive(Deserialize)]
    struct Validators {
        validators: Vec<validator::Info>,
    }
    let at = height.to_string();
    let signed = rpc.call::<Commit>("commit", json!({ "height": at }))?.signed_header;
    let found: Validators = rpc.call("validators", json!({ "height": at, "per_page": "100" }))?;
    Ok(LightBlock { signed, validators: ValidatorSet::without_proposer(found.validators) })
}

/// What somebody knows who was given the genesis file by hand.
struct Trusted {
    chain_id: tendermint::chain::Id,
    time: Time,
    validators: ValidatorSet,
}

impl Trusted {
    fn from_genesis(rpc: &Rpc) -> Result<Self> {
        #[derive(Deserialize)]
        struct Answer {
            genesis: Genesis<Value>,
        }
        let genesis = rpc.call::<Answer>("genesis", json!({}))?.genesis;
        Ok(Self {
            chain_id: genesis.chain_id,
            // The first header has the time of genesis; a light client wants each header to be later than the last.
            time: (genesis.genesis_time - Duration::from_nanos(1))?,
            validators: ValidatorSet::without_proposer(genesis.validators),
        })
    }

    fn judge(&self, block: &LightBlock) -> Verdict {
        let untrusted = UntrustedBlockState {
            signed_header: &block.signed,
            validators: &block.validators,
            next_validators: None,
        };
        let trusted = TrustedBlockState {
            chain_id: &self.chain_id,
            header_time: self.time,
            height: Height::from(0_u32),
            next_validators: &self.validators,
            next_validators_hash: self.validators.hash(),
        };
        let options = Options {
            trust_threshold: TrustThreshold::TWO_THIRDS,
            trusting_period: Duration::from_secs(3_600),
            clock_drift: Duration::from_secs(5),
        };
        ProdVerifier::default().verify_update_header(untrusted, trusted, &options, Time::now())
    }
}

pub(crate) fn headers(setting: &mut Setting) -> Result<()> {
    let rpc = setting.bed.rpc(0);
    let trusted = Trusted::from_genesis(&rpc)?;
    let height = rpc.status()?.height - 1;
    for height in [1, 2, height / 2 + 1, height] {
        let block = light_block(&rpc, height)?;
        let verdict = trusted.judge(&block);
        ensure!(verdict == Verdict::Success, "the header at {height} is not verified: {verdict:?}");
        for (what, forged) in forgeries(&rpc, height)? {
            let verdict = trusted.judge(&forged);
            ensure!(verdict != Verdict::Success, "the header at {height} is accepted although {what}");
        }
    }
    Ok(())
}

/// What must not be believed.
fn forgeries(rpc: &Rpc, height: u64) -> Result<Vec<(&'static str, LightBlock)>> {
    let mut app_hash = light_block(rpc, height)?;
    app_hash.signed.header.app_hash = vec![7; 32].try_into()?;
    let mut other_chain = light_block(rpc, height)?;
    other_chain.signed.header.chain_id = "other-1".parse()?;
    let mut other_commit = light_block(rpc, height)?;
    other_commit.signed.commit = light_block(rpc, height + 1)?.signed.commit;
    let mut few = light_block(rpc, height)?;
    few.signed.commit.signatures.truncate(1);
    let mut strangers = light_block(rpc, height)?;
    let half = strangers.validators.validators().iter().take(2).cloned().collect();
    strangers.validators = ValidatorSet::without_proposer(half);
    Ok(vec![
        ("its app hash was changed", app_hash),
        ("it is of another chain", other_chain),
        ("its commit is that of another block", other_commit),
        ("most have not signed it", few),
        ("its validators are others", strangers),
    ])
}
