//! The state that the ledger starts from.

use cometbft_config::Node;
use serde_json::{Value, json};
use sirius_primitives::{Address, Amount, Coin, Coins, Denom};

use crate::Manifest;

/// The genesis state: the named accounts, then those for load, then what the manifest overrides.
///
/// `addresses` are those of the manifest's accounts, in their order, and `nodes` the hosts' validators. The account that
/// stands where a host does operates its validator, and has the stake beside what the manifest gives it. Where there are
/// fewer accounts than hosts, nobody is named and the ledger makes the stakes itself.
pub(crate) fn app_state(manifest: &Manifest, addresses: &[Address], nodes: &[Node]) -> Value {
    let prefix = &manifest.prefix;
    let denom = manifest.denominations.first().map(|kind| &kind.base);
    let operated = if nodes.len() <= addresses.len() { nodes } else { &[] };
    let stakes = operated.iter().map(|node| denom.map(|denom| stake(node, denom)));
    let named = manifest.accounts.iter().zip(addresses).zip(stakes.chain(std::iter::repeat(None)));
    let named = named.map(|((account, address), stake)| {
        (
            address,
            account.sequence,
            stake.map_or(account.balances.clone(), |stake| plus(&account.balances, stake)),
        )
    });
    let load = manifest
        .load
        .iter()
        .flat_map(|load| load.addresses.iter().map(|address| (address, 0, load.balances.clone())));
    let (mut accounts, mut balances) = (Vec::new(), Vec::new());
    for (address, sequence, coins) in named.chain(load) {
        let address = address.bech32(prefix);
        if !coins.is_empty() {
            balances.push(json!({ "address": address, "coins": coins_json(&coins) }));
        }
        // Integers that may exceed 2^53 are strings: some JSON readers would round them.
        accounts.push(json!({ "address": address, "sequence": sequence.to_string() }));
    }
    let mut state = json!({
        "chain": { "prefix": prefix.as_str() },
        "params": { "values": {} },
        "auth": { "accounts": accounts },
        "bank": { "balances": balances, "denoms": manifest.denominations },
        "fee": { "denom": denom },
    });
    if let (Some(denom), false) = (denom, operated.is_empty()) {
        let validators = operated.iter().zip(addresses);
        let validators: Vec<_> = validators
            .map(|(node, address)| {
                json!({
                    "operator": address.bech32(prefix),
                    "consensus_key": node.validator_seed.public_base64(),
                    "stake": stake(node, denom).amount.to_string(),
                    "moniker": node.moniker,
                })
            })
            .collect();
        merge(&mut state, json!({ "staking": { "denom": denom, "validators": validators } }));
    }
    merge(&mut state, manifest.app_state.clone());
    state
}

/// What gives a validator the power that CometBFT's genesis says: a million smallest units for each.
fn stake(node: &Node, denom: &Denom) -> Coin {
    let amount = Amount::new(u128::from(node.power).saturating_mul(1_000_000));
    Coin { denom: denom.clone(), amount }
}

/// Coins and one more.
fn plus(coins: &Coins, more: Coin) -> Coins {
    let have = coins.amount_of(&more.denom);
    let amount = have.checked_add(more.amount).unwrap_or(have);
    let mut all: Vec<Coin> = coins.iter().filter(|coin| coin.denom != more.denom).cloned().collect();
    all.push(Coin { denom: more.denom, amount });
    all.sort_by(|one, other| one.denom.cmp(&other.denom));
    Coins::new(all).expect("sorted coins, each once and of some amount, are a set")
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
        assert_eq!(app_state(&manifest, &[address], &[]), expected);
    }

    #[test]
    fn funds_the_load_accounts_after_the_named_ones() {
        let manifest = manifest(
            "[[account]]\nname = \"a\"\n[load]\naccounts = 2\nseed = \"s\"\nbalances = [\"5uxpx\"]\n",
        );
        let state = app_state(&manifest, &[Address::new([1; 20])], &[]);
        assert_eq!(state["auth"]["accounts"].as_array().unwrap().len(), 3);
        let balances = state["bank"]["balances"].as_array().unwrap();
        assert_eq!(balances.len(), 2, "nothing is no balance");
        assert_eq!(balances[0]["coins"][0]["amount"], "5");
    }

    #[test]
    fn each_host_has_an_operator_whose_stake_is_beside_its_balance() {
        let manifest = manifest("[[account]]\nname = \"a\"\nbalances = [\"5uxpx\"]\n");
        let node = |index: u8| Node {
            moniker: format!("host{index}"),
            validator_seed: cometbft_config::Seed::new([index; 32]),
            node_seed: cometbft_config::Seed::new([index; 32]),
            power: 10,
            application: cometbft_config::Application::Kvstore,
            listen: cometbft_config::Listen { p2p: 1, rpc: 2, metrics: 3 },
            peers: Vec::new(),
        };
        let address = Address::new([1; 20]);
        let state = app_state(&manifest, &[address], &[node(0)]);
        let coins = &state["bank"]["balances"][0]["coins"];
        assert_eq!(coins[0], json!({ "denom": "uxpx", "amount": "10000005" }));
        let validator = &state["staking"]["validators"][0];
        assert_eq!(validator["stake"], "10000000");
        assert_eq!(validator["operator"], address.bech32(&manifest.prefix));
        assert_eq!(validator["consensus_key"].as_str().map(str::len), Some(44));
        let state = app_state(&manifest, &[address], &[node(0), node(1)]);
        assert!(state.get("staking").is_none(), "two hosts, one account");
        assert_eq!(state["bank"]["balances"][0]["coins"][0]["amount"], "5");
    }

    #[test]
    fn the_manifest_overrides_single_values() {
        let manifest = manifest(
            "[genesis.app_state]\nextra = 1\n[genesis.app_state.fee]\ndenom = \"gold\"\nburn = \"2\"\n",
        );
        let state = app_state(&manifest, &[], &[]);
        assert_eq!(state["fee"], json!({ "denom": "gold", "burn": "2" }));
        assert_eq!(state["extra"], 1);
        assert_eq!(state["chain"]["prefix"], "sirius");
    }
}
