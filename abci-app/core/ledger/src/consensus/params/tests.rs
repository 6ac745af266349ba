//! Changing the chain's numbers: who may, what is refused, and from when it counts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use serde_json::json;
use sirius_primitives::{Address, Gas, Height};
use sirius_runtime::{BlockLimits, Refusal};

use super::{keys, schedule::MOST_SCHEDULED, wire::params as wire};
use crate::{
    base::fee,
    testing::{Bed, Case, Key, alice, any, bob, coins, golden::Record, send, text, update, update_at},
};

fn refusal(authority: &Key, values: &[(&str, u64)]) -> Refusal {
    let bed = Bed::new();
    bed.refusal(&bed.draft(&[authority], vec![update(authority, values)]).sign())
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("params", 1, "NotAuthority"), "parameters are changed by sirius1", || {
            refusal(&bob(), &[("auth.max_signatures", 2)]).into()
        }),
        Case::new(("params", 2, "Unknown"), "there is no parameter \"auth.max\"", || {
            refusal(&alice(), &[("auth.max", 2)]).into()
        }),
        Case::new(("params", 3, "OutOfRange"), "cannot be 65: it goes from 1 to 64 signatures", || {
            refusal(&alice(), &[("auth.max_signatures", 65)]).into()
        }),
        Case::new(("params", 4, "NotASet"), "auth.max_signatures stands twice", || {
            refusal(&alice(), &[("auth.max_signatures", 2), ("auth.max_signatures", 2)]).into()
        }),
        Case::new(("params", 5, "BadAuthority"), "the authority is no address of this chain", || {
            let bed = Bed::new();
            let message = any(&wire::MsgUpdate {
                authority: "alice".into(),
                values: vec![wire::Value { name: "auth.max_signatures".into(), value: 2 }],
                height: 0,
            });
            bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
        }),
        Case::new(("params", 6, "Contradicts"), "is 9000000 here and 10000000 in consensus_params", || {
            let values = json!({ "values": { "params.max_block_gas": 9_000_000 } });
            Bed::genesis(|genesis| genesis["params"] = values).err().unwrap().into()
        }),
        Case::new(("params", 7, "TooSoon"), "from height 1 on: the next block is 2", || {
            let bed = Bed::new();
            let change = update_at(&alice().address(), &[("auth.max_signatures", 2)], 1);
            bed.refusal(&bed.draft(&[&alice()], vec![change]).sign()).into()
        }),
        Case::new(("params", 8, "TooManyScheduled"), "is decided for 64 heights already", || {
            let bed = with_scheduled(MOST_SCHEDULED);
            let change = update_at(&alice().address(), &[("auth.max_signatures", 2)], 9_999);
            bed.refusal(&bed.draft(&[&alice()], vec![change]).sign()).into()
        }),
    ]
}

/// A chain on which something is decided for so many heights, from 1,000 on.
fn with_scheduled(count: usize) -> Bed {
    let change =
        |height: u64| json!({ "height": height.to_string(), "values": { "auth.max_signatures": 5 } });
    let changes: Vec<_> = (1_000..).take(count).map(change).collect();
    Bed::with(|genesis| genesis["params"]["scheduled"] = changes.into())
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    vec![
        Record::new("authority", &keys::authority(), &Address::new([0xaa; 20])),
        Record::new("parameter", &crate::base::auth::MOST_MEMO.key(), &256),
        Record::new(
            "scheduled",
            &keys::scheduled(Height(7)),
            &[("auth.max_signatures".to_owned(), 2)].into_iter().collect(),
        ),
    ]
}

#[test]
fn the_authority_changes_several_at_once_or_none() {
    let mut bed = Bed::new();
    let value = |bed: &Bed, name: &str| {
        let params = bed.app.registry().params();
        params.iter().find(|param| param.name == name).unwrap().get(&bed.state).unwrap()
    };
    let result = bed
        .deliver(&[&alice()], vec![update(&alice(), &[("auth.max_signatures", 2), ("fee.min_base_fee", 9)])]);
    assert_eq!(result.events.iter().filter(|event| event.r#type == "param_set").count(), 2);
    assert_eq!(value(&bed, "auth.max_signatures"), 2);
    assert_eq!(value(&bed, "fee.min_base_fee"), 9);
    let half = update(&alice(), &[("auth.max_signatures", 3), ("fee.community_percent", 101)]);
    let bytes = bed.draft(&[&alice()], vec![half]).sign();
    assert_eq!(bed.refusal(&bytes).code, 3);
    bed.make_block(&[bytes]);
    assert_eq!(value(&bed, "auth.max_signatures"), 2);
    assert_eq!(refusal(&alice(), &[]).code, 4);
}

#[test]
fn every_parameter_takes_its_whole_range_and_nothing_beyond() {
    let registry = crate::registry();
    for param in registry.params() {
        assert!((param.least..=param.most).contains(&param.default), "{}", param.name);
        assert!(param.name.contains('.') && !param.unit.is_empty() && !param.about.is_empty());
        for value in [param.least, param.default, param.most] {
            Bed::new().deliver(&[&alice()], vec![update(&alice(), &[(param.name, value)])]);
        }
        let beyond = [param.least.checked_sub(1), param.most.checked_add(1)];
        for value in beyond.into_iter().flatten() {
            assert_eq!(refusal(&alice(), &[(param.name, value)]).code, 3, "{} = {value}", param.name);
        }
    }
}

/// A chain whose numbers stand at the ends of their ranges still makes blocks; the next change of parameters can get
/// it out of there, or nobody can send anything, but no hook may fail.
#[test]
fn blocks_go_on_at_the_ends_of_every_range() {
    let registry = crate::registry();
    let ends: [fn(&sirius_runtime::Param) -> u64; 2] = [|param| param.least, |param| param.most];
    for end in ends {
        let mut bed = Bed::new();
        let values: Vec<_> = registry.params().iter().map(|param| (param.name, end(param))).collect();
        bed.deliver(&[&alice()], vec![update(&alice(), &values)]);
        for _ in 0..3 {
            let bytes = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]).sign();
            bed.make_block(&[bytes]);
        }
    }
}

#[test]
fn a_change_counts_from_the_next_block_on() {
    let mut bed = Bed::new();
    let change = bed.draft(&[&alice()], vec![update(&alice(), &[("auth.max_memo_characters", 1)])]).sign();
    let note = |bed: &Bed| {
        let parts = bed.draft(&[&bob()], vec![send(&bob(), &alice(), coins(1, "uxpx"))]);
        parts.with(|parts| parts.body.memo = "note".into()).sign()
    };
    let executed = bed.make_block(&[change, note(&bed)]);
    assert!(executed.results.iter().all(|result| result.refusal.is_none()));
    assert_eq!(bed.refusal(&note(&bed)).code, 12);
}

#[test]
fn genesis_sets_authority_and_values() {
    let check = |section: serde_json::Value, text: &str| {
        let error = Bed::genesis(|genesis| genesis["params"] = section).err().unwrap().to_string();
        assert!(error.starts_with(text), "{error}");
    };
    let field = "genesis field app_state.params";
    check(json!({ "authority": "x" }), &format!("{field}: the authority is no address"));
    check(json!({ "values": { "x": 1 } }), &format!("{field}: there is no parameter \"x\""));
    check(
        json!({ "values": { "fee.community_percent": 101 } }),
        &format!("{field}: parameter fee.community"),
    );
    check(json!({ "values": { "fee.community_percent": -1 } }), &format!("{field}.values.fee.community"));
    let bed = Bed::with(|genesis| genesis["params"] = json!({}));
    let gov = Address::of_module("gov");
    assert_eq!(keys::authority().get(&bed.state).unwrap(), Some(gov));
    let refusal = bed.refusal(&bed.draft(&[&alice()], vec![update(&alice(), &[("a.b", 1)])]).sign());
    assert!(refusal.text.contains(&text(&gov)), "{}", refusal.text);
}

#[test]
fn answers_with_every_parameter_or_one_modules() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![update(&alice(), &[("bank.max_outputs", 9)])]);
    let ask = |module: &str| {
        let request = wire::QueryParamsRequest { module: module.into() };
        bed.ask::<wire::QueryParamsResponse>("/sirius.params.v1.Query/Params", &request).unwrap().params
    };
    assert_eq!(ask("").len(), crate::registry().params().len());
    let expected = wire::Param {
        name: "bank.max_outputs".into(),
        value: 9,
        unit: "outputs".into(),
        least: 1,
        most: 1_000,
        default: 256,
        about: "the most outputs of one multi-send".into(),
    };
    assert_eq!(ask("bank"), [expected]);
    assert!(ask("nothing").is_empty());
    assert!(ask("fee").iter().all(|param| param.name.starts_with("fee.")));
    assert_eq!(fee::costs(&bed.state).unwrap().write, 1_000);
}

#[test]
fn the_invariants_see_what_they_are_for() {
    use sirius_runtime::Module as _;
    let mut bed = Bed::new();
    keys::authority().remove(&mut bed.state);
    assert!(super::Params::invariants(&bed.state).unwrap().is_err());
}

#[test]
fn a_scheduled_change_counts_from_exactly_its_height_on() {
    let mut bed = Bed::new();
    let change = update_at(&alice().address(), &[("auth.max_memo_characters", 1)], 4);
    bed.deliver(&[&alice()], vec![change]);
    let asked: wire::QueryScheduledResponse =
        bed.ask("/sirius.params.v1.Query/Scheduled", &wire::QueryScheduledRequest {}).unwrap();
    let values = vec![wire::Value { name: "auth.max_memo_characters".into(), value: 1 }];
    assert_eq!(asked.changes, [wire::Change { height: 4, values }]);
    let mut codes = Vec::new();
    for _ in 2..=4 {
        let parts = bed.draft(&[&bob()], vec![send(&bob(), &alice(), coins(1, "uxpx"))]);
        let note = parts.with(|parts| parts.body.memo = "note".into()).sign();
        let executed = bed.make_block(&[note]);
        codes.push(executed.results[0].refusal.as_ref().map(|refusal| refusal.code));
    }
    assert_eq!(codes, [None, None, Some(12)]);
    assert!(keys::scheduled(Height(4)).get(&bed.state).unwrap().is_none());
}

#[test]
fn of_two_decisions_for_one_height_the_later_counts() {
    let mut bed = Bed::new();
    for value in [3, 4] {
        bed.deliver(&[&alice()], vec![update_at(&alice().address(), &[("auth.max_signatures", value)], 5)]);
    }
    (0..4).for_each(|_| drop(bed.make_block(&[])));
    assert_eq!(crate::base::auth::MOST_SIGNATURES.get(&bed.state).unwrap(), 4);
}

/// Consensus obeys limits from the block after the one that told of them: those for height 5 are told with block 4, and
/// those for the next block with the block that decides.
#[test]
fn limits_of_a_block_reach_consensus_so_that_they_hold_at_their_height() {
    let mut bed = Bed::new();
    let limits = |bytes, gas| Some(BlockLimits { bytes, gas: Gas(gas) });
    let change = update_at(&alice().address(), &[("params.max_block_gas", 7_000_000)], 5);
    let bytes = bed.draft(&[&alice()], vec![change]).sign();
    assert_eq!(bed.make_block(&[bytes]).updates.limits, None);
    let change = update(&alice(), &[("params.max_block_bytes", 2_000_000)]);
    let bytes = bed.draft(&[&alice()], vec![change]).sign();
    assert_eq!(bed.make_block(&[bytes]).updates.limits, limits(2_000_000, 10_000_000));
    let told: Vec<_> = (3..=6).map(|_| bed.make_block(&[]).updates.limits).collect();
    assert_eq!(told, [None, limits(2_000_000, 7_000_000), None, None]);
}

#[test]
fn a_decision_that_the_program_no_longer_allows_is_passed_over() {
    let mut bed = Bed::new();
    let values = [("auth.max_signatures".to_owned(), 1_000), ("gone.with_an_upgrade".to_owned(), 1)];
    keys::scheduled(Height(1)).set(&mut bed.state, &values.into_iter().collect());
    let executed = bed.make_block(&[]);
    assert_eq!(executed.events.iter().filter(|event| event.r#type == "param_passed_over").count(), 2);
    assert_eq!(crate::base::auth::MOST_SIGNATURES.get(&bed.state).unwrap(), 7);
}
