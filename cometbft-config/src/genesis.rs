//! `genesis.json`: what all nodes must agree on before the first block.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::key::{ValidatorAddress, pretty, public_json};
use crate::{Network, Node};

/// How many blocks old evidence of misbehaviour may be (CometBFT's default).
const EVIDENCE_MAX_AGE_BLOCKS: u64 = 100_000;
/// How old evidence of misbehaviour may be, in nanoseconds: 48 hours (CometBFT's default).
const EVIDENCE_MAX_AGE_NANOSECONDS: u64 = 172_800_000_000_000;
/// The most bytes of evidence in a block (CometBFT's default).
const EVIDENCE_MAX_BYTES: u64 = 1_048_576;

/// The genesis document. CometBFT writes 64-bit integers as JSON strings.
pub(crate) fn render(network: &Network) -> String {
    let genesis = pretty(&json!({
        "genesis_time": genesis_time(network),
        "chain_id": network.chain_id,
        "initial_height": "1",
        "consensus_params": consensus_params(network),
        "validators": network.nodes.iter().map(validator).collect::<Vec<_>>(),
        "app_hash": "",
    }));
    match (&network.app_state, genesis.strip_suffix("\n}\n")) {
        // The application's state stands on one line: indented, 100,000 accounts take 34 MB instead of 18.
        (app_state, Some(open)) if !app_state.is_null() => {
            format!("{open},\n  \"app_state\": {app_state}\n}}\n")
        }
        _ => genesis,
    }
}

fn genesis_time(network: &Network) -> String {
    network.genesis_time.to_utc().format(&Rfc3339).expect("years beyond 9999 are refused by `time` itself")
}

fn consensus_params(network: &Network) -> Value {
    json!({
        "block": {
            "max_bytes": network.block.max_bytes.to_string(),
            "max_gas": network.block.max_gas.to_string(),
        },
        "evidence": {
            "max_age_num_blocks": EVIDENCE_MAX_AGE_BLOCKS.to_string(),
            "max_age_duration": EVIDENCE_MAX_AGE_NANOSECONDS.to_string(),
            "max_bytes": EVIDENCE_MAX_BYTES.to_string(),
        },
        "validator": { "pub_key_types": ["ed25519"] },
        "version": { "app": "1" },
        // Height 0: no votes carry anything for the application.
        "abci": { "vote_extensions_enable_height": "0" },
    })
}

fn validator(node: &Node) -> Value {
    json!({
        "address": ValidatorAddress::of(&node.validator_seed).to_string(),
        "pub_key": public_json(&node.validator_seed),
        "power": node.power.to_string(),
        "name": node.moniker,
    })
}
