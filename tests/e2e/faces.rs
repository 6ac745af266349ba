//! REST and gRPC: what wallets and explorers ask, replayed; cosmpy over both; grpcurl over every service.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, ModeInfo, TxRaw, mode_info};
use prost::Message as _;
use serde_json::{Value, json};
use sirius_tests::agent;
use sirius_tests::load::Transfers;
use sirius_tests::outside::{client, run};
use sirius_tests::wire::workspace;
use ureq::Agent;

use crate::setting::Setting;

const PATIENCE: Duration = Duration::from_secs(30);
/// `SIGN_MODE_LEGACY_AMINO_JSON`.
const AMINO: i32 = 127;

/// A face of host 0, asked as a stranger would.
struct Rest {
    agent: Agent,
    url: String,
}

impl Rest {
    fn of(setting: &Setting) -> Self {
        let port = setting.bed.network().ports().rest(0);
        Self { agent: agent(Duration::from_secs(15)), url: format!("http://127.0.0.1:{port}") }
    }

    fn get(&self, path: &str) -> Result<(u16, Value)> {
        // Browsers write this one so.
        let path = path.replace('>', "%3E");
        let mut answer = self.agent.get(format!("{}{path}", self.url)).call()?;
        Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
    }

    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut answer = self.agent.post(format!("{}{path}", self.url)).send_json(body)?;
        Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
    }
}

/// What a wallet or an explorer asks, and where in the answer it looks.
const ASKED: &[(&str, &[&str])] = &[
    // Keplr
    ("/cosmos/base/tendermint/v1beta1/node_info", &["/default_node_info/network"]),
    (
        "/cosmos/auth/v1beta1/accounts/{a}",
        &["/account/@type", "/account/sequence", "/account/account_number"],
    ),
    (
        "/cosmos/bank/v1beta1/balances/{a}?pagination.limit=1000",
        &["/balances/0/denom", "/pagination/next_key"],
    ),
    ("/cosmos/bank/v1beta1/spendable_balances/{a}?pagination.limit=1000", &["/balances/0/amount"]),
    // ping.pub
    ("/cosmos/base/tendermint/v1beta1/node_info", &["/application_version/cosmos_sdk_version"]),
    ("/cosmos/base/tendermint/v1beta1/blocks/latest", &["/block/header/height", "/block_id/hash"]),
    ("/cosmos/base/tendermint/v1beta1/blocks/2", &["/sdk_block/header/proposer_address", "/block/data/txs"]),
    ("/cosmos/base/tendermint/v1beta1/validatorsets/latest", &["/validators/0/pub_key/key", "/block_height"]),
    ("/cosmos/base/tendermint/v1beta1/validatorsets/2?pagination.limit=100", &["/validators/3/voting_power"]),
    ("/cosmos/auth/v1beta1/accounts?pagination.limit=3", &["/accounts/2/address", "/pagination/next_key"]),
    ("/cosmos/bank/v1beta1/supply?pagination.limit=100", &["/supply/0/amount"]),
    ("/cosmos/bank/v1beta1/supply/by_denom?denom=uxpx", &["/amount/amount"]),
    ("/cosmos/bank/v1beta1/denoms_metadata", &["/metadatas/0/base", "/metadatas/0/denom_units/0/exponent"]),
    ("/cosmos/bank/v1beta1/params", &["/params/default_send_enabled"]),
    ("/cosmos/mint/v1beta1/inflation", &["/inflation"]),
    ("/cosmos/tx/v1beta1/txs?query=tx.height>0&page=1&limit=2&order_by=ORDER_BY_DESC", &["/total"]),
    ("/cosmos/tx/v1beta1/txs?events=tx.height>0&pagination.limit=2", &["/pagination/total"]),
    // What the Cosmos SDK has beside.
    ("/cosmos/auth/v1beta1/params", &["/params/max_memo_characters"]),
    ("/cosmos/auth/v1beta1/bech32", &["/bech32_prefix"]),
    ("/cosmos/auth/v1beta1/account_info/{a}", &["/info/account_number"]),
    ("/cosmos/bank/v1beta1/balances/{a}/by_denom?denom=uxpx", &["/balance/amount"]),
    ("/cosmos/bank/v1beta1/spendable_balances/{a}/by_denom?denom=uxpx", &["/balance/amount"]),
    ("/cosmos/bank/v1beta1/send_enabled", &["/send_enabled"]),
    ("/cosmos/bank/v1beta1/denom_owners/uxpx", &["/denom_owners/0/address", "/pagination/next_key"]),
    ("/cosmos/bank/v1beta1/denom_owners_by_query?denom=uxpx", &["/denom_owners/0/balance/amount"]),
    ("/cosmos/bank/v1beta1/denoms_metadata/uxpx", &["/metadata/display"]),
    ("/cosmos/feegrant/v1beta1/allowances/{a}", &["/allowances", "/pagination"]),
    ("/cosmos/feegrant/v1beta1/issued/{a}", &["/allowances", "/pagination"]),
    ("/cosmos/base/tendermint/v1beta1/syncing", &["/syncing"]),
    ("/cosmos/base/tendermint/v1beta1/abci_query?path=/store/ledger/key&data=Y2hhaW4vaW5mbw==", &["/value"]),
    ("/cosmos/base/node/v1beta1/config", &["/minimum_gas_price"]),
    ("/cosmos/base/node/v1beta1/status", &["/height", "/app_hash", "/timestamp"]),
    ("/cosmos/consensus/v1/params", &["/params/block/max_gas", "/params/evidence/max_age_duration"]),
    ("/cosmos/mint/v1beta1/annual_provisions", &["/annual_provisions"]),
    (
        "/cosmos/staking/v1beta1/validators?status=BOND_STATUS_BONDED&pagination.limit=100",
        &["/validators", "/pagination"],
    ),
    ("/cosmos/staking/v1beta1/pool", &["/pool/bonded_tokens"]),
    ("/cosmos/staking/v1beta1/params", &["/params/unbonding_time", "/params/min_commission_rate"]),
    ("/cosmos/staking/v1beta1/delegations/{a}?pagination.limit=1000", &["/delegation_responses"]),
    (
        "/cosmos/staking/v1beta1/delegators/{a}/unbonding_delegations?pagination.limit=1000",
        &["/unbonding_responses"],
    ),
    ("/cosmos/staking/v1beta1/delegators/{a}/redelegations", &["/redelegation_responses"]),
    ("/cosmos/staking/v1beta1/delegators/{a}/validators", &["/validators"]),
    ("/cosmos/distribution/v1beta1/params", &["/params/community_tax"]),
    ("/cosmos/distribution/v1beta1/community_pool", &["/pool"]),
    ("/cosmos/distribution/v1beta1/delegators/{a}/rewards", &["/rewards", "/total"]),
    ("/cosmos/distribution/v1beta1/delegators/{a}/validators", &["/validators"]),
    ("/cosmos/distribution/v1beta1/delegators/{a}/withdraw_address", &["/withdraw_address"]),
    ("/cosmos/distribution/v1beta1/validators/{v}/slashes", &["/slashes", "/pagination"]),
    ("/cosmos/slashing/v1beta1/params", &["/params/slash_fraction_downtime"]),
    ("/cosmos/slashing/v1beta1/signing_infos?pagination.limit=100", &["/info"]),
    ("/cosmos/gov/v1/params/voting", &["/params/voting_period"]),
    ("/cosmos/gov/v1/params/tallying", &["/params/quorum"]),
    ("/cosmos/gov/v1/params/deposit", &["/params/min_deposit"]),
    ("/cosmos/gov/v1/proposals?proposal_status=2&pagination.reverse=true", &["/proposals", "/pagination"]),
    ("/cosmos/gov/v1/proposals/1/votes", &["/votes"]),
    ("/cosmos/gov/v1/proposals/1/deposits", &["/deposits"]),
    ("/cosmos/gov/v1beta1/params/voting", &["/voting_params/voting_period"]),
    ("/cosmos/gov/v1beta1/proposals", &["/proposals"]),
    ("/cosmos/gov/v1beta1/proposals/1/votes", &["/votes"]),
    ("/cosmos/gov/v1beta1/proposals/1/deposits", &["/deposits"]),
    ("/cosmos/upgrade/v1beta1/current_plan", &["/plan"]),
    ("/cosmos/upgrade/v1beta1/applied_plan/nothing", &["/height"]),
    ("/cosmos/upgrade/v1beta1/module_versions?module_name=bank", &["/module_versions/0/version"]),
    ("/cosmos/upgrade/v1beta1/authority", &["/address"]),
    ("/sirius/params/v1/scheduled", &[]),
    ("/sirius/params/v1/params?module=fee", &["/params/0/name"]),
    ("/sirius/fee/v1/base_fee", &["/per_million_gas"]),
    ("/sirius/bank/v1/holds/{a}", &["/holds"]),
    ("/sirius/name/v1/owners/{a}/names", &["/names", "/pagination"]),
    ("/sirius/name/v1/reserved", &["/names", "/pagination"]),
    ("/sirius/anchor/v1/chains?pagination.limit=10", &["/chains", "/pagination"]),
];

/// What is refused, with the status of HTTP and gRPC's code.
const REFUSED: &[(&str, u16, i64)] = &[
    ("/cosmos/auth/v1beta1/accounts/{nobody}", 404, 5),
    ("/cosmos/auth/v1beta1/accounts/cosmos1xyz", 400, 3),
    ("/cosmos/bank/v1beta1/denoms_metadata/unothing", 404, 5),
    ("/cosmos/bank/v1beta1/balances/{a}?pagination.limit=5000", 400, 3),
    ("/cosmos/tx/v1beta1/txs/0000000000000000000000000000000000000000000000000000000000000000", 404, 5),
    ("/cosmos/tx/v1beta1/txs/xyz", 400, 3),
    ("/cosmos/tx/v1beta1/txs", 400, 3),
    ("/cosmos/base/tendermint/v1beta1/blocks/999999999", 400, 3),
    ("/cosmos/base/tendermint/v1beta1/blocks/0", 400, 3),
    ("/cosmos/feegrant/v1beta1/allowance/{a}/{nobody}", 404, 5),
    ("/cosmos/staking/v1beta1/validators/{v}", 404, 5),
    ("/cosmos/staking/v1beta1/validators/{v}/delegations/{a}", 404, 5),
    ("/cosmos/staking/v1beta1/historical_info/2", 404, 5),
    ("/cosmos/distribution/v1beta1/validators/{v}", 404, 5),
    ("/cosmos/gov/v1/proposals/999", 404, 5),
    ("/cosmos/gov/v1beta1/proposals/999", 404, 5),
    ("/sirius/auth/v1/database_keys/{nobody}", 404, 5),
    ("/sirius/name/v1/names/nobody", 404, 5),
    ("/sirius/name/v1/names/nobody/below", 404, 5),
    ("/sirius/anchor/v1/chains/nothing", 404, 5),
    ("/sirius/anchor/v1/chains/nothing/conflict", 404, 5),
    ("/sirius/anchor/v1/chains/nothing/headers", 404, 5),
    ("/sirius/anchor/v1/chains/nothing/headers/1", 404, 5),
    ("/sirius/anchor/v1/chains/nothing/proven/entry-61", 404, 5),
    ("/cosmos/authz/v1beta1/grants?granter={a}", 501, 12),
    ("/ibc/apps/transfer/v1/params", 501, 12),
    ("/feemarket/v1/params", 501, 12),
];

/// What is answered or refused as the chain's state has it: never as unknown, never as broken.
const REACHED: &[&str] = &[
    "/cosmos/staking/v1beta1/validators/{v}/delegations",
    "/cosmos/staking/v1beta1/validators/{v}/unbonding_delegations",
    "/cosmos/staking/v1beta1/validators/{v}/delegations/{a}/unbonding_delegation",
    "/cosmos/staking/v1beta1/delegators/{a}/validators/{v}",
    "/cosmos/distribution/v1beta1/validators/{v}/outstanding_rewards",
    "/cosmos/distribution/v1beta1/validators/{v}/commission",
    "/cosmos/distribution/v1beta1/delegators/{a}/rewards/{v}",
    "/cosmos/slashing/v1beta1/signing_infos/{c}",
    "/cosmos/gov/v1/proposals/999/votes/{a}",
    "/cosmos/gov/v1/proposals/999/deposits/{a}",
    "/cosmos/gov/v1/proposals/999/tally",
    "/cosmos/gov/v1beta1/proposals/999/votes/{a}",
    "/cosmos/gov/v1beta1/proposals/999/deposits/{a}",
    "/cosmos/gov/v1beta1/proposals/999/tally",
];

/// Every route of the chain has a row above, and every row gets the answer that its client looks for.
pub(crate) fn recorded_requests(setting: &mut Setting) -> Result<()> {
    let rest = Rest::of(setting);
    setting.bed.network().wait_height(4, PATIENCE)?;
    let address = setting.bed.address("alice")?;
    let nobody = sirius_primitives::Address::new([7; 20]).bech32(&setting.bed.prefix()?);
    let of_validator = |suffix: &str| {
        let prefix = sirius_primitives::Prefix::new(&format!("{}{suffix}", setting.bed.prefix()?))?;
        anyhow::Ok(sirius_primitives::Address::new([7; 20]).bech32(&prefix))
    };
    let (operator, consensus) = (of_validator("valoper")?, of_validator("valcons")?);
    let spelt = |path: &str| {
        let path = path.replace("{a}", &address).replace("{nobody}", &nobody);
        path.replace("{v}", &operator).replace("{c}", &consensus)
    };
    for (path, wanted) in ASKED {
        let (status, answer) = rest.get(&spelt(path)).with_context(|| (*path).to_owned())?;
        ensure!(status == 200, "{path}: {status} {answer}");
        for pointer in *wanted {
            ensure!(answer.pointer(pointer).is_some(), "{path} has no {pointer}: {answer}");
        }
    }
    for (path, status, code) in REFUSED {
        let (found, answer) = rest.get(&spelt(path)).with_context(|| (*path).to_owned())?;
        ensure!((found, answer["code"].as_i64()) == (*status, Some(*code)), "{path}: {found} {answer}");
        ensure!(answer["message"].is_string() && answer["details"].is_array(), "{path}: {answer}");
    }
    for path in REACHED {
        let (status, answer) = rest.get(&spelt(path)).with_context(|| (*path).to_owned())?;
        ensure!(matches!(status, 200 | 400 | 404), "{path}: {status} {answer}");
    }
    every_route_has_a_row(&rest)?;
    at_a_height(&rest, &address)?;
    println!("  {} requests answered, {} refused", ASKED.len(), REFUSED.len());
    Ok(())
}

fn every_route_has_a_row(rest: &Rest) -> Result<()> {
    let (_, document) = rest.get("/openapi.json")?;
    let posts = ["/cosmos/tx/v1beta1/simulate", "/cosmos/tx/v1beta1/decode", "/cosmos/tx/v1beta1/encode"];
    // These two are asked with a transaction of their own, below.
    let with_tx = ["/cosmos/tx/v1beta1/txs/{hash}", "/cosmos/tx/v1beta1/txs/block/{height}"];
    let rows = || ASKED.iter().map(|(path, _)| *path).chain(REFUSED.iter().map(|(path, ..)| *path));
    let rows: Vec<_> = rows().chain(REACHED.iter().copied()).chain(posts).chain(with_tx).collect();
    let without: Vec<_> = document["paths"]
        .as_object()
        .context("the document has paths")?
        .keys()
        .filter(|route| !rows.iter().any(|row| matches(route, row.split('?').next().unwrap_or_default())))
        .collect();
    ensure!(without.is_empty(), "write a row in tests/e2e/faces.rs for {without:?}");
    Ok(())
}

fn matches(route: &str, row: &str) -> bool {
    let (route, row): (Vec<_>, Vec<_>) = (route.split('/').collect(), row.split('/').collect());
    route.len() == row.len()
        && route.iter().zip(row).all(|(part, word)| part.starts_with('{') || *part == word)
}

/// A past height is asked by its header, and answers say theirs.
fn at_a_height(rest: &Rest, address: &str) -> Result<()> {
    let url = format!("{}/cosmos/bank/v1beta1/balances/{address}", rest.url);
    let answer = rest.agent.get(&url).header("x-cosmos-block-height", "2").call()?;
    let height = answer.headers().get("grpc-metadata-x-cosmos-block-height");
    ensure!(height.is_some_and(|height| height == "2"), "{answer:?}");
    let origin = answer.headers().get("access-control-allow-origin");
    ensure!(origin.is_some_and(|origin| origin == "*"), "{answer:?}");
    let future = rest.agent.get(&url).header("x-cosmos-block-height", "99999999").call()?;
    ensure!(future.status() == 400, "{future:?}");
    Ok(())
}

/// The four shapes in which clients ask for gas; then the transaction itself, sent, found and shown.
pub(crate) fn a_transaction_over_rest(setting: &mut Setting) -> Result<()> {
    let rest = Rest::of(setting);
    let transfers = Transfers::new(setting.bed.chain_id());
    let bytes = transfers.transfer(&setting.sender("walker")?, &setting.bed.address("bob")?);
    simulations(&rest, &bytes)?;
    let text = STANDARD.encode(&bytes);
    let (_, decoded) = rest.post("/cosmos/tx/v1beta1/decode", &json!({ "tx_bytes": text }))?;
    let (_, encoded) = rest.post("/cosmos/tx/v1beta1/encode", &json!({ "tx": decoded["tx"] }))?;
    ensure!(encoded["tx_bytes"] == text, "decoded and encoded it is another: {decoded} {encoded}");
    let sent = json!({ "tx_bytes": text, "mode": "BROADCAST_MODE_SYNC" });
    let (status, answer) = rest.post("/cosmos/tx/v1beta1/txs", &sent)?;
    ensure!(status == 200 && answer["tx_response"]["code"] == 0, "{status} {answer}");
    let hash = answer["tx_response"]["txhash"].as_str().context("a hash")?.to_owned();
    let (_, again) = rest.post("/cosmos/tx/v1beta1/txs", &sent)?;
    ensure!(again["tx_response"]["code"] == 19, "sent twice: {again}");
    let shown = found(&rest, &hash)?;
    let height = shown["tx_response"]["height"].as_str().context("a height")?.to_owned();
    ensure!(shown["tx"]["body"]["messages"] == shown["tx_response"]["tx"]["body"]["messages"], "{shown}");
    ensure!(shown["tx"]["body"]["messages"][0]["@type"] == "/cosmos.bank.v1beta1.MsgSend", "{shown}");
    ensure!(shown["tx_response"]["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{shown}");
    let (_, block) = rest.get(&format!("/cosmos/tx/v1beta1/txs/block/{height}"))?;
    ensure!(block["txs"].to_string().contains("MsgSend"), "{block}");
    let (_, searched) = rest.get(&format!("/cosmos/tx/v1beta1/txs?query=tx.hash='{hash}'"))?;
    ensure!(searched["total"] == "1" && searched["tx_responses"][0]["txhash"] == hash, "{searched}");
    Ok(())
}

/// Waits until a transaction is in a block.
fn found(rest: &Rest, hash: &str) -> Result<Value> {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let (status, answer) = rest.get(&format!("/cosmos/tx/v1beta1/txs/{hash}"))?;
        if status == 200 {
            return Ok(answer);
        }
        ensure!(std::time::Instant::now() < end, "{hash} is in no block: {answer}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn simulations(rest: &Rest, bytes: &[u8]) -> Result<()> {
    let raw = TxRaw::decode(bytes)?;
    let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice())?;
    let changed = |change: &dyn Fn(&mut AuthInfo), signature: Vec<u8>| {
        let mut auth = auth.clone();
        change(&mut auth);
        let raw = TxRaw { auth_info_bytes: auth.encode_to_vec(), signatures: vec![signature], ..raw.clone() };
        json!({ "tx_bytes": STANDARD.encode(raw.encode_to_vec()) })
    };
    let mode = |auth: &mut AuthInfo, mode| {
        let sum = Some(mode_info::Sum::Single(mode_info::Single { mode }));
        auth.signer_infos.iter_mut().for_each(|info| info.mode_info = Some(ModeInfo { sum: sum.clone() }));
    };
    let cosmjs = changed(&|auth| mode(auth, 0), Vec::new());
    let keplr = changed(
        &|auth| {
            mode(auth, AMINO);
            auth.signer_infos.iter_mut().for_each(|info| info.public_key = None);
        },
        Vec::new(),
    );
    let hermes = json!({ "tx_bytes": STANDARD.encode(bytes) });
    let (_, decoded) = rest.post("/cosmos/tx/v1beta1/decode", &hermes)?;
    ensure!(decoded["tx"]["signatures"][0] == STANDARD.encode(&raw.signatures[0]), "{decoded}");
    let cosmpy = json!({ "tx": decoded["tx"] });
    for (who, shape) in [("CosmJS", cosmjs), ("Keplr", keplr), ("Hermes", hermes), ("cosmpy", cosmpy)] {
        let (status, answer) = rest.post("/cosmos/tx/v1beta1/simulate", &shape)?;
        let used: u64 = answer["gas_info"]["gas_used"].as_str().unwrap_or("0").parse()?;
        ensure!(status == 200 && used > 5_000, "as {who} asks: {status} {answer}");
    }
    Ok(())
}

/// cosmpy, as its package comes, over gRPC and over REST.
pub(crate) fn cosmpy(setting: &mut Setting) -> Result<()> {
    let record = setting.bed.network().record();
    let ports = setting.bed.network().ports();
    let words = setting.wallets.get("python").context("a wallet of that name")?;
    let network = json!({
        "chainId": record.chain_id,
        "prefix": record.prefix,
        "denom": record.fee_denom(),
        "rest": format!("http://127.0.0.1:{}", ports.rest(0)),
        "grpc": format!("127.0.0.1:{}", ports.grpc(0)),
        "words": words.phrase().to_string(),
        "to": setting.bed.address("bob")?,
    });
    let script = client("cosmpy").join("send.py");
    let mut python = Command::new(python()?);
    python.arg(script).env("SIRIUS_NETWORK", network.to_string());
    for line in run(&mut python, "install Python 3.11")?.lines() {
        println!("  {line}");
    }
    Ok(())
}

/// Python with the packages that `clients/cosmpy/requirements.txt` names; installed once for each such list.
fn python() -> Result<PathBuf> {
    let requirements = client("cosmpy").join("requirements.txt");
    let name = sirius_primitives::sha256(&std::fs::read(&requirements)?).to_string();
    let folder = workspace().join("target/cosmpy").join(&name[..16]);
    let python = folder.join("venv/bin/python");
    let ready = folder.join("ready");
    if !ready.is_file() {
        let advice = "install Python 3.11 with venv and pip";
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder.join("venv")), advice)?;
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            "--no-deps",
            "--require-hashes",
            "-r",
        ]);
        run(pip.arg(&requirements), advice).context("installing packages needs the Python package index")?;
        std::fs::write(ready, "")?;
    }
    Ok(python)
}

/// grpcurl finds every service by reflection and calls every method of it.
pub(crate) fn grpcurl(setting: &mut Setting) -> Result<()> {
    let program = build_grpcurl()?;
    let address = format!("127.0.0.1:{}", setting.bed.network().ports().grpc(0));
    let ask = |words: &[&str]| Command::new(&program).arg("-plaintext").args(words).output();
    let listed = ask(&[&address, "list"])?;
    ensure!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout)?;
    let services: Vec<_> = listed.lines().filter(|name| !name.starts_with("grpc.reflection.")).collect();
    ensure!(services.len() >= 10, "only {services:?}");
    let (mut answered, mut refused) = (0, 0);
    for service in &services {
        let methods = String::from_utf8(ask(&[&address, "list", service])?.stdout)?;
        ensure!(methods.lines().next().is_some(), "{service} has no methods");
        for method in methods.lines() {
            let called = ask(&["-d", "{}", &address, method])?;
            let words = String::from_utf8_lossy(&called.stderr).into_owned();
            // An empty request is no request of many methods; each must say so, and none be unknown.
            ensure!(!words.contains("Unimplemented") && !words.contains("Internal"), "{method}: {words}");
            ensure!(called.status.success() || words.contains("Code:"), "{method}: {words}");
            if called.status.success() { answered += 1 } else { refused += 1 }
        }
    }
    let alice = format!(r#"{{"address":"{}","denom":"uxpx"}}"#, setting.bed.address("alice")?);
    let header = ["-v", "-H", "x-cosmos-block-height: 2", "-d", alice.as_str(), address.as_str()];
    let balance = ask(&[&header[..], &["cosmos.bank.v1beta1.Query/Balance"]].concat())?;
    let text = String::from_utf8(balance.stdout)?;
    ensure!(text.contains("x-cosmos-block-height: 2") && text.contains("uxpx"), "{text}");
    println!(
        "  {} services, {answered} methods answered, {refused} refused an empty request",
        services.len()
    );
    Ok(())
}

fn build_grpcurl() -> Result<PathBuf> {
    let program = workspace().join("target/grpcurl/grpcurl");
    let mut go = Command::new("go");
    go.args(["build", "-mod=readonly", "-o"]).arg(&program);
    go.arg("github.com/fullstorydev/grpcurl/cmd/grpcurl").current_dir(client("grpcurl"));
    run(&mut go, "install Go 1.24 or later")?;
    Ok(program)
}
