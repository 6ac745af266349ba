//! A state said as a genesis begins a chain with the same state.

use proptest::prelude::*;
use serde_json::Value;
use sirius_primitives::{AccountKey, Address, Height};
use sirius_runtime::{
    BlockInfo, Exported, Report, Updates,
    dice::{Dice, World},
    tx::pack_public_key,
};

use crate::testing::{Bed, Key, alice, bob, carol, dave, eve, vault};

/// What a genesis of the chain's present state says.
fn exported(bed: &Bed) -> Exported {
    bed.app.export(&bed.state, bed.block.height).unwrap()
}

/// A chain that begins with an exported state, on the validators that it names.
fn imported(exported: Exported) -> Bed {
    let mut bed = Bed::new();
    let before = BlockInfo { height: Height::ZERO, ..bed.block.clone() };
    let report = Report { validators: exported.validators, ..Report::default() };
    let sections = Value::Object(exported.sections).to_string();
    let begun = bed
        .app
        .genesis(&exported.chain.id, (&before, &report), exported.limits, sections.as_bytes())
        .unwrap();
    assert_eq!(begun.updates, Updates::default(), "consensus begins with what the state says");
    (bed.chain, bed.state) =
        (begun.chain, begun.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect());
    bed.check_invariants();
    bed
}

/// A chain some random moves after its genesis.
fn lived(seed: u64, blocks: u64) -> Bed {
    let mut bed = Bed::with(|genesis| {
        genesis["params"]["values"] = serde_json::json!({
            "gov.voting_period_seconds": 5, "gov.max_deposit_period_seconds": 9, "gov.tally_steps": 10,
            "name.min_seconds": 3, "name.grace_seconds": 4, "name.steps_per_block": 2,
        });
    });
    let mut dice = Dice::new(seed);
    let keys: Vec<Key> = vec![alice(), bob(), carol(), dave(), eve()];
    let players: Vec<Address> = keys.iter().map(Key::address).collect();
    for _ in 0..blocks {
        let mut txs = Vec::new();
        for key in &keys {
            let (_, random) = dice.pick(bed.app.registry().moves()).unwrap();
            let spare_key = |dice: &mut Dice, message: &[u8]| {
                let key = Key::secp256k1(u8::try_from(dice.below(100)).unwrap() + 100);
                (key.public(), key.sign(message))
            };
            let world = World {
                chain: &bed.chain,
                players: &players,
                time: bed.block.time,
                spare_key: &spare_key,
                state: &bed.state,
            };
            let message = random(&mut dice, &world, key.address()).unwrap();
            let known = crate::base::auth::account(&bed.state, &key.address()).unwrap();
            // Who changed the key does not play any more: these tests know the first keys only.
            let playing = known.is_some_and(|account| {
                account.public_key.is_none_or(|public| public == AccountKey::Single(key.public()))
            });
            if let (Some(message), true) = (message, playing) {
                txs.push(bed.draft(&[key], vec![message]).sign());
            }
        }
        bed.make_block(&txs);
    }
    bed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_exported_state_begins_a_chain_that_exports_the_same(seed: u64, blocks in 1..40u64) {
        let bed = lived(seed, blocks);
        let first = exported(&bed);
        let other = imported(first.clone());
        prop_assert_eq!(&exported(&other), &first);
        for denom in ["uxpx", "gold"] {
            prop_assert_eq!(other.supply(denom), bed.supply(denom));
        }
        // Whoever had an account has the same one: its number is in what was signed.
        for key in [alice(), bob(), carol()] {
            prop_assert_eq!(other.account(&key.address()), bed.account(&key.address()));
            prop_assert_eq!(other.balance(&key.address(), "uxpx"), bed.balance(&key.address(), "uxpx"));
        }
    }
}

#[test]
fn holds_keys_and_grants_are_exported() {
    let mut bed = Bed::new();
    let hold = vault("hold", &alice(), &alice(), 600, "gold");
    let grant = crate::testing::grant(&alice(), &bob(), Vec::new(), None);
    bed.deliver(&[&alice()], vec![hold, grant]);
    let all = exported(&bed);
    let sections = &all.sections;
    let held = &sections["bank"]["holds"][0];
    assert_eq!((held["module"].as_str(), held["coin"]["amount"].as_str()), (Some("vault"), Some("600")));
    assert_eq!(sections["fee"]["grants"].as_array().unwrap().len(), 1);
    let key = &sections["auth"]["accounts"][0]["public_key"];
    assert_eq!(key["type_url"].as_str().unwrap(), pack_public_key(&alice().public()).type_url);
    assert_eq!(sections["chain"]["prefix"].as_str(), Some("sirius"));
    let mut other = imported(all);
    other.deliver(&[&alice()], vec![vault("release", &alice(), &bob(), 600, "gold")]);
    assert_eq!(other.balance(&bob().address(), "gold"), 600);
}

#[test]
fn a_state_that_contradicts_itself_is_not_imported() {
    let check = |change: fn(&mut Value), part: &str| {
        let mut bed = Bed::new();
        bed.deliver(&[&alice()], vec![vault("hold", &alice(), &alice(), 600, "gold")]);
        let mut sections = Value::Object(exported(&bed).sections);
        change(&mut sections);
        let error = Bed::genesis(|genesis| *genesis = sections).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    };
    check(|all| all["bank"]["holds"][0]["purpose"] = "".into(), "lacks its module or its purpose");
    check(|all| all["bank"]["holds"][0]["address"] = "x".into(), "the hold's address is not valid");
    check(|all| all["auth"]["accounts"][0]["public_key"]["value"] = "!".into(), "its value is no base64");
    check(|all| all["auth"]["accounts"][0]["public_key"]["type_url"] = "/x".into(), "keys of type /x");
    check(|all| all["upgrade"]["plan"] = serde_json::json!({ "name": "", "height": "1" }), "its name is not");
}
