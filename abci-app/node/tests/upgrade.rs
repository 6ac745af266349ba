//! Stopping at a height and going on: what an operator sees of an upgrade, of `--halt-height` and of `export`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use abci_app::{Machine, OpenError, config::Config, export};
use serde_json::{Value, json};
use sirius_ledger::consensus::upgrade::KNOWN;
use sirius_primitives::Height;
use tempfile::TempDir;
use tendermint_abci::Application as _;
use tendermint_proto::{
    google::protobuf::Timestamp,
    v0_38::{
        abci::{
            RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestPrepareProposal,
            RequestProcessProposal, ValidatorUpdate,
        },
        crypto::{PublicKey, public_key::Sum},
        types::{BlockParams, ConsensusParams, EvidenceParams},
    },
};

const START: i64 = 1_700_000_000;

fn config(home: &Path) -> Config {
    std::fs::write(home.join("app.toml"), "[abci]\nlisten = 'unix:///none'\n").unwrap();
    Config::load(home).unwrap()
}

fn validator() -> ValidatorUpdate {
    let key = ed25519(7);
    ValidatorUpdate { pub_key: Some(PublicKey { sum: Some(Sum::Ed25519(key)) }), power: 10 }
}

/// A key that is one: the base point of the curve, times no secret anybody needs here.
fn ed25519(_: u8) -> Vec<u8> {
    let mut point = vec![0x66; 32];
    point[0] = 0x58;
    point
}

/// Begins a chain of this state at a height.
fn begin(machine: &Machine, initial_height: i64, app_state: &Value) {
    machine.init_chain(RequestInitChain {
        chain_id: "upgrade-1".into(),
        initial_height,
        time: Some(Timestamp { seconds: START, nanos: 0 }),
        consensus_params: Some(ConsensusParams {
            block: Some(BlockParams { max_bytes: 1 << 20, max_gas: 10_000_000 }),
            evidence: Some(EvidenceParams { max_age_num_blocks: 77, ..EvidenceParams::default() }),
            ..ConsensusParams::default()
        }),
        validators: vec![validator()],
        app_state_bytes: app_state.to_string().into_bytes().into(),
    });
}

fn genesis(upgrade: Value) -> Value {
    let prefix = sirius_primitives::Prefix::new("sirius").unwrap();
    let address = sirius_primitives::Address::new([3; 20]).bech32(&prefix);
    let coins = json!([{ "denom": "uxpx", "amount": "1000" }]);
    json!({
        "chain": { "prefix": "sirius" },
        "bank": { "balances": [{ "address": address, "coins": coins }], "denoms": [] },
        "fee": { "denom": "uxpx" },
        "upgrade": upgrade,
    })
}

fn block(machine: &Machine, height: i64) {
    let time = Some(Timestamp { seconds: START + height, nanos: 5 });
    machine.finalize_block(RequestFinalizeBlock { height, time, ..RequestFinalizeBlock::default() });
    machine.commit();
}

/// The line with which the process stops.
fn stopped(act: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(act)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_node_without_the_upgrade_stops_before_its_block_and_says_which_program_is_next() {
    assert!(KNOWN.iter().all(|upgrade| upgrade.name != "unknown-here"));
    let home = TempDir::new().unwrap();
    let plan = json!({ "plan": { "name": "unknown-here", "height": "3", "info": "https://example.org/v2" } });
    let machine = Machine::open(&config(home.path())).unwrap();
    begin(&machine, 1, &genesis(plan));
    block(&machine, 1);
    block(&machine, 2);
    let file = home.path().join("data/upgrade-info.json");
    assert!(!file.exists());
    let line = "upgrade \"unknown-here\" is needed at height 3: start the program that knows it: https://example.org/v2";
    let request = RequestPrepareProposal { height: 3, ..RequestPrepareProposal::default() };
    assert_eq!(stopped(|| _ = machine.prepare_proposal(request)), line);
    let request = RequestProcessProposal { height: 3, ..RequestProcessProposal::default() };
    assert_eq!(stopped(|| _ = machine.process_proposal(request)), line);
    assert_eq!(stopped(|| block(&machine, 3)), line);
    let info: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(info, json!({ "name": "unknown-here", "height": 3, "info": "https://example.org/v2" }));
    drop(machine);
    // Started again it is at the same height, and stops at the same block.
    let machine = Machine::open(&config(home.path())).unwrap();
    assert_eq!(machine.info(RequestInfo::default()).last_block_height, 2);
    assert_eq!(stopped(|| block(&machine, 3)), line);
}

#[test]
fn the_operator_says_after_which_height_to_stop() {
    let home = TempDir::new().unwrap();
    let machine = Machine::open(&config(home.path()).until(Some(Height(2)))).unwrap();
    begin(&machine, 1, &genesis(json!({})));
    block(&machine, 1);
    block(&machine, 2);
    let line = "stopped after height 2 as --halt-height says; start without it to go on";
    assert_eq!(stopped(|| block(&machine, 3)), line);
    drop(machine);
    let machine = Machine::open(&config(home.path())).unwrap();
    block(&machine, 3);
    assert_eq!(machine.height(), Height(3));
}

#[test]
fn what_is_exported_begins_a_chain_that_exports_the_same() {
    let home = TempDir::new().unwrap();
    let machine = Machine::open(&config(home.path())).unwrap();
    begin(&machine, 1, &genesis(json!({})));
    (1..=4).for_each(|height| block(&machine, height));
    drop(machine);
    let config_of_old = config(home.path());
    let document = export(&config_of_old, Some(Height(3)), None).unwrap();
    assert_eq!(document["genesis_time"], "2023-11-14T22:13:23.000000005Z");
    assert_eq!((&document["chain_id"], &document["initial_height"]), (&json!("upgrade-1"), &json!("4")));
    assert_eq!(document["consensus_params"]["block"]["max_gas"], "10000000");
    assert_eq!(document["consensus_params"]["evidence"]["max_age_num_blocks"], "77");
    assert_eq!(document["validators"][0]["power"], "10");
    assert_eq!(document["validators"][0]["pub_key"]["type"], "tendermint/PubKeyEd25519");

    let other_home = TempDir::new().unwrap();
    let machine = Machine::open(&config(other_home.path())).unwrap();
    begin(&machine, 4, &document["app_state"]);
    block(&machine, 4);
    drop(machine);
    let again = export(&config(other_home.path()), None, Some("upgrade-2".into())).unwrap();
    assert_eq!(again["chain_id"], "upgrade-2");
    assert_eq!(again["initial_height"], "5");
    let both =
        |key: &str| (again[key].clone(), export(&config_of_old, Some(Height(4)), None).unwrap()[key].clone());
    for key in ["app_state", "validators", "consensus_params", "genesis_time"] {
        let (one, other) = both(key);
        assert_eq!(one, other, "{key}");
    }
    let error = export(&config_of_old, Some(Height(9)), None).unwrap_err();
    assert!(format!("{error:#}").contains("height 9 is not committed yet: the latest is 4"), "{error:#}");
}

/// A state whose records another program wrote in a later form is not touched.
#[test]
fn a_program_that_is_too_old_for_the_state_does_not_start() {
    let home = TempDir::new().unwrap();
    let machine = Machine::open(&config(home.path())).unwrap();
    begin(&machine, 1, &genesis(json!({})));
    block(&machine, 1);
    drop(machine);
    assert!(Machine::open(&config(home.path())).is_ok());
    let line = OpenError::Misfit(sirius_ledger::consensus::upgrade::Misfit::Version {
        module: "bank".into(),
        stored: 2,
        own: 1,
    });
    assert!(
        line.to_string()
            .starts_with("the state has bank's records in version 2, this program reads version 1")
    );
}
