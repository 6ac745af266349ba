//! The state that the ledger starts from.

use serde_json::{Value, json};
use sirius_primitives::{Address, Coins};

use crate::Manifest;

/// The genesis state: the named accounts, then those for load, then what the manifest overrides.
///
/// `addresses` are those of the manifest's accounts, in their order.
pub(crate) fn app_state(manifest: &Manifest, addresses: &[Address]) -> Value {
    let prefix = &manifest.prefix;
    let named = manifest.accounts.iter().zip(addresses);
    let named = named.map(|(account, address)| (address, account.sequence, &account.balances));
    let load = manifest
        .load
        .iter()
        .flat_map(|load| load.addresses.iter().map(|address| (address, 0, &load.balances)));
    let (mut accounts, mut balances) = (Vec::new(), Vec::new());
    for (address, sequence, coins) in named.chain(load) {
        let address = address.bech32(prefix);
        if !coins.is_empty() {
            balances.push(json!({ "address": address, "coins": coins_json(coins) }));
        }
        // Integers that may exceed 2^53 are strings: some JSON readers would round them.
        accounts.push(json!({ "address": address, "sequence": sequence.to_string() }));
    }
    let mut state = json!({
        "chain": { "prefix": prefix.as_str() },
        "params": { "values": {} },
        "auth": { "accounts": accounts },
        "bank": { "balances": balances, "denoms": manifest.denominations },
        "fee": { "denom": manifest.denominations.first().map(|kind| &kind.base) },
    });
    merge(&mut state, manifest.app_state.clone());
    state
}

fn coins_json(coins: &Coins) -> Value {
    coins.iter().map(|coin| json!({ "denom": coin.denom, "amount": coin.amount.to_string() })).collect()
}

/// Puts `over` onto `under`: objects key by key, anything else replaced.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use super::*;

    fn manifest(more: &str) -> Manifest {
        let text = Manifest::single().unwrap().text().split("# Each account").next().unwrap().to_owned();
        Manifest::parse(&format!("{text}{more}")).unwrap()
    }

    #[test]
    fn has_the_agreed_shape() {
        let manifest =
            manifest("[[account]]\nname = \"a\"\nsequence = 7\nbalances = [\"18446744073709551616uxpx\"]\n");
        let address = Address::new([1; 20]);
        let text = address.bech32(&manifest.prefix);
        let expected = json!({
            "chain": { "prefix": "sirius" },
            "params": { "values": {} },
            "auth": { "accounts": [{ "address": text, "sequence": "7" }] },
            "bank": {
                "balances": [{ "address": text, "coins": [{ "denom": "uxpx", "amount": "18446744073709551616" }] }],
                "denoms": [{
                    "base": "uxpx", "display": "xpx", "exponent": 6, "name": "ProximaX", "symbol": "XPX",
                    "description": "Pays fees and everything that costs something on the network.",
                }],
            },
            "fee": { "denom": "uxpx" },
        });
        assert_eq!(app_state(&manifest, &[address]), expected);
    }

    #[test]
    fn funds_the_load_accounts_after_the_named_ones() {
        let manifest = manifest(
            "[[account]]\nname = \"a\"\n[load]\naccounts = 2\nseed = \"s\"\nbalances = [\"5uxpx\"]\n",
        );
        let state = app_state(&manifest, &[Address::new([1; 20])]);
        assert_eq!(state["auth"]["accounts"].as_array().unwrap().len(), 3);
        let balances = state["bank"]["balances"].as_array().unwrap();
        assert_eq!(balances.len(), 2, "nothing is no balance");
        assert_eq!(balances[0]["coins"][0]["amount"], "5");
    }

    #[test]
    fn the_manifest_overrides_single_values() {
        let manifest = manifest(
            "[genesis.app_state]\nextra = 1\n[genesis.app_state.fee]\ndenom = \"gold\"\nburn = \"2\"\n",
        );
        let state = app_state(&manifest, &[]);
        assert_eq!(state["fee"], json!({ "denom": "gold", "burn": "2" }));
        assert_eq!(state["extra"], 1);
        assert_eq!(state["chain"]["prefix"], "sirius");
    }
}
