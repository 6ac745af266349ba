//! Whether the node is of the chain that it is meant to be of: its genesis, by its hash and beside its peers'.

use std::{fs, path::Path};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Finding, Patient, rpc::Rpc};

const NAME: &str = "genesis";
const REMEDY: &str =
    "fetch the genesis file of the chain again, and compare its sha256sum with what its operators published";
/// What a genesis agrees on; CometBFT writes it anew for an RPC, so that bytes cannot be compared.
const FIELDS: &[&str] =
    &["chain_id", "genesis_time", "initial_height", "validators", "app_hash", "app_state"];

pub(super) fn check(patient: &Patient, peers: &[Rpc]) -> Vec<Finding> {
    let Some(home) = &patient.cometbft else {
        let remedy = "name CometBFT's home with --cometbft, or in the setting cometbft.home";
        return vec![Finding::skipped(NAME, "it is not known where CometBFT's home is", remedy)];
    };
    let path = home.join("config/genesis.json");
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            return vec![Finding::failed(NAME, format!("reading {}: {error}", path.display()), REMEDY)];
        }
    };
    let mut findings = vec![hash(&path, &text, patient.genesis_hash.as_deref())];
    match serde_json::from_slice::<Value>(&text) {
        Err(error) => {
            findings.push(Finding::failed(NAME, format!("{} is no JSON: {error}", path.display()), REMEDY))
        }
        Ok(own) => findings.extend(peers.iter().map(|peer| beside(&own, peer))),
    }
    findings
}

fn hash(path: &Path, text: &[u8], expected: Option<&str>) -> Finding {
    let found = hex::encode(Sha256::digest(text));
    match expected {
        Some(expected) if !expected.eq_ignore_ascii_case(&found) => {
            Finding::failed(NAME, format!("{} has SHA-256 {found}, not {expected}", path.display()), REMEDY)
        }
        Some(_) => Finding::ok(NAME, format!("its SHA-256 is {found}, as it must be")),
        None => Finding::skipped(
            NAME,
            format!("its SHA-256 is {found}"),
            "compare it with what the chain's operators published: --genesis-hash",
        ),
    }
}

fn beside(own: &Value, peer: &Rpc) -> Finding {
    match peer.ask("genesis") {
        Err(error) => {
            Finding::skipped(NAME, error, "a large genesis is not sent in one piece: use --genesis-hash")
        }
        Ok(answer) => match differs(own, answer.result.get("genesis").unwrap_or(&Value::Null)) {
            None => Finding::ok(NAME, format!("it is that of {}", peer.url)),
            Some(field) => Finding::failed(NAME, format!("its {field} is not that of {}", peer.url), REMEDY),
        },
    }
}

/// The first field in which two differ. What is left out is what CometBFT takes for it.
fn differs(own: &Value, other: &Value) -> Option<&'static str> {
    let shown = |value: &Value, field: &str| match (field, value.get(field)) {
        ("initial_height", None | Some(Value::Null)) => Value::from("1"),
        ("initial_height", Some(Value::String(zero))) if zero == "0" => Value::from("1"),
        ("app_hash", None) => Value::from(""),
        ("validators", Some(Value::Array(validators))) => validators.iter().map(essence).collect(),
        (_, value) => value.cloned().unwrap_or_default(),
    };
    FIELDS.iter().copied().find(|field| shown(own, field) != shown(other, field))
}

/// A validator without its name and without the address, which follows from its key.
fn essence(validator: &Value) -> Value {
    let part = |path| validator.pointer(path).cloned().unwrap_or_default();
    serde_json::json!([part("/pub_key/type"), part("/pub_key/value"), part("/power")])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use serde_json::json;

    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_genesis_is_compared_by_what_it_agrees_on() {
        let key = json!({ "type": "tendermint/PubKeyEd25519", "value": "AA==" });
        let own = json!({
            "chain_id": "c", "genesis_time": "t", "app_state": { "bank": {} },
            "validators": [{ "pub_key": key, "power": "10", "name": "host0" }],
        });
        let told = json!({
            "chain_id": "c", "genesis_time": "t", "initial_height": "1", "app_hash": "", "app_state": { "bank": {} },
            "validators": [{ "address": "EE", "pub_key": key, "power": "10", "name": "" }],
        });
        assert_eq!(differs(&own, &told), None);
        for (pointer, field) in [
            ("/chain_id", "chain_id"),
            ("/app_state/bank", "app_state"),
            ("/validators/0/power", "validators"),
        ] {
            let mut other = told.clone();
            *other.pointer_mut(pointer).unwrap() = json!("another");
            assert_eq!(differs(&own, &other), Some(field));
        }
        assert_eq!(differs(&own, &Value::Null), Some("chain_id"));
    }

    #[test]
    fn a_genesis_is_told_by_its_hash() {
        let empty = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        let check = |expected, verdict| assert_eq!(hash(Path::new("g"), b"", expected).verdict, verdict);
        check(Some(empty), Verdict::Ok);
        check(Some("00"), Verdict::Failed);
        check(None, Verdict::Skipped);
    }
}
