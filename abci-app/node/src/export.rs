//! `abci-app export`: the state of a height as a genesis document, from which a new chain goes on.

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sirius_primitives::{Height, PublicKey};
use sirius_runtime::{App, EvidenceAge, Exported, Validator};
use tendermint_proto::google::protobuf::Timestamp;

use crate::{config::Config, receipts, shared::open_store};

/// What CometBFT counts evidence by when genesis did not say: blocks, nanoseconds (48 hours) and bytes in a block. The
/// state has the first alone; the others are CometBFT's own.
const EVIDENCE: (u64, &str, &str) = (100_000, "172800000000000", "1048576");

/// The genesis document of the state after `height`, or after the last block. The new chain begins with the height after
/// it, at that block's time, with the validators of the state; `chain_id` names it, or it keeps its name.
///
/// # Errors
/// A store that does not open (the process must not run), a height that is not kept, or a state that cannot be read.
pub fn export(config: &Config, height: Option<Height>, chain_id: Option<String>) -> Result<Value> {
    let store = open_store(config)?;
    let height = height.unwrap_or(store.committed().height);
    let state = store.at(height).context("choosing the height to export")?;
    let app = App::new(sirius_ledger::registry());
    let exported = app.export(&state, height)?;
    let evidence = EvidenceAge::load(&state)?.map_or(EVIDENCE.0, |age| age.blocks.0);
    let (block, _) = receipts::block(&store, height)?.with_context(|| {
        format!("block {height} is older than receipts.keep_blocks: its time is not known")
    })?;
    let time = Timestamp { seconds: block.time.seconds, nanos: block.time.nanos };
    document(exported, (height, time), evidence, chain_id)
}

fn document(
    exported: Exported,
    (height, time): (Height, Timestamp),
    evidence: u64,
    chain_id: Option<String>,
) -> Result<Value> {
    let Exported { chain, limits, validators, sections } = exported;
    Ok(json!({
        "genesis_time": time,
        "chain_id": chain_id.unwrap_or(chain.id),
        "initial_height": height.next().to_string(),
        "consensus_params": {
            "block": { "max_bytes": limits.bytes.to_string(), "max_gas": limits.gas.to_string() },
            "evidence": {
                "max_age_num_blocks": evidence.to_string(),
                "max_age_duration": EVIDENCE.1,
                "max_bytes": EVIDENCE.2,
            },
            "validator": { "pub_key_types": ["ed25519"] },
            "version": { "app": "1" },
            "abci": { "vote_extensions_enable_height": "0" },
        },
        "validators": validators.iter().map(validator).collect::<Vec<_>>(),
        "app_hash": "",
        "app_state": sections,
    }))
}

fn validator(validator: &Validator) -> Value {
    let kind = match validator.key {
        PublicKey::Ed25519(_) => "tendermint/PubKeyEd25519",
        PublicKey::Secp256k1(_) => "tendermint/PubKeySecp256k1",
    };
    json!({
        "address": hex_of(validator.key.address().as_bytes()),
        "pub_key": { "type": kind, "value": BASE64_STANDARD.encode(validator.key.as_bytes()) },
        "power": validator.power.to_string(),
        "name": "",
    })
}

/// Capital hexadecimal digits, as CometBFT writes addresses.
fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
