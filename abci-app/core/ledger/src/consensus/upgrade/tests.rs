//! Upgrades: who plans them, who stops, and who goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use serde_json::json;
use sirius_primitives::{Address, Height};
use sirius_runtime::{App, Context, Refusal, Registry, Upgrade};
use sirius_store::{Fault, Key as StateKey, Write};
use tendermint_proto::google::protobuf::{Any, Timestamp as WireTimestamp};

use super::{Misfit, Plan, keys, state, wire::upgrade as wire};
use crate::testing::{Bed, Case, Key, alice, any, bob, golden::Record, text};

/// A plan by somebody.
pub(crate) fn planned(authority: &Address, name: &str, height: i64) -> Any {
    let plan =
        wire::Plan { name: name.into(), height, info: "see the notes".into(), ..wire::Plan::default() };
    any(&wire::MsgSoftwareUpgrade { authority: text(authority), plan: Some(plan) })
}

fn cancelled(authority: &Key) -> Any {
    any(&wire::MsgCancelUpgrade { authority: text(&authority.address()) })
}

fn refusal(message: Any) -> Refusal {
    let bed = Bed::new();
    bed.refusal(&bed.draft(&[&alice()], vec![message]).sign())
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the authority's address is not valid", || {
            refusal(any(&wire::MsgCancelUpgrade { authority: "gov".into() })).into()
        }),
        Case::new(("upgrade", 1, "BadPlan"), "its name is not 1 to 64 letters", || {
            refusal(planned(&alice().address(), "../v2", 9)).into()
        }),
        Case::new(("upgrade", 2, "TooSoon"), "cannot happen at height 1: the next block is 2", || {
            refusal(planned(&alice().address(), "v2", 1)).into()
        }),
        Case::new(("upgrade", 3, "Done"), "upgrade \"v2\" was carried out at height 7", || {
            let bed = Bed::with(|genesis| genesis["upgrade"] = json!({ "done": { "v2": 7 } }));
            let message = planned(&alice().address(), "v2", 9);
            bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
        }),
        Case::new(("upgrade", 4, "NoPlan"), "no upgrade is planned", || refusal(cancelled(&alice())).into()),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let plan = Plan { name: "v2".into(), height: 9, info: "notes".into() };
    vec![
        Record::new("plan", &keys::plan(), &plan),
        Record::new("done", &keys::done("v1"), &Height(5)),
        Record::new("version", &keys::version("bank"), &1),
    ]
}

#[test]
fn a_plan_that_nobody_could_follow_is_refused() {
    let check = |change: fn(&mut wire::Plan)| {
        let mut plan = wire::Plan { name: "v2".into(), height: 9, ..wire::Plan::default() };
        change(&mut plan);
        let authority = text(&alice().address());
        let refusal = refusal(any(&wire::MsgSoftwareUpgrade { authority, plan: Some(plan) }));
        assert_eq!((refusal.space, refusal.code), ("upgrade", 1), "{}", refusal.text);
    };
    check(|plan| plan.name.clear());
    check(|plan| plan.name = "v".repeat(65));
    check(|plan| plan.name = ".hidden".into());
    check(|plan| plan.height = -1);
    check(|plan| plan.info = "i".repeat(4_097));
    check(|plan| plan.time = Some(WireTimestamp { seconds: 1, nanos: 0 }));
    check(|plan| plan.upgraded_client_state = Some(Any::default()));
    let none = wire::MsgSoftwareUpgrade { authority: text(&alice().address()), plan: None };
    assert_eq!(refusal(any(&none)).code, 1);
    let bed = Bed::new();
    let theirs = planned(&bob().address(), "v2", 9);
    let refusal = bed.refusal(&bed.draft(&[&bob()], vec![theirs]).sign());
    assert_eq!((refusal.space, refusal.code), ("params", 1));
}

#[test]
fn the_plan_is_answered_replaced_and_given_up() {
    let mut bed = Bed::new();
    let current = |bed: &Bed| {
        let path = "/cosmos.upgrade.v1beta1.Query/CurrentPlan";
        let answer: wire::QueryCurrentPlanResponse =
            bed.ask(path, &wire::QueryCurrentPlanRequest {}).unwrap();
        answer.plan.map(|plan| (plan.name, plan.height))
    };
    assert_eq!(current(&bed), None);
    bed.deliver(&[&alice()], vec![planned(&alice().address(), "v2", 100)]);
    assert_eq!(current(&bed), Some(("v2".into(), 100)));
    bed.deliver(&[&alice()], vec![planned(&alice().address(), "v3", 50)]);
    assert_eq!(current(&bed), Some(("v3".into(), 50)));
    bed.deliver(&[&alice()], vec![cancelled(&alice())]);
    assert_eq!(current(&bed), None);
    let answer: wire::QueryAuthorityResponse =
        bed.ask("/cosmos.upgrade.v1beta1.Query/Authority", &wire::QueryAuthorityRequest {}).unwrap();
    assert_eq!(answer.address, text(&alice().address()));
}

/// What the upgrade of these tests writes.
fn mark() -> StateKey<u64> {
    StateKey::new(&[b"upgrade/version/vault"])
}

fn migrate(_: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    // The records of the vault are in version 1; this shows that the migration ran before versions are noted anew.
    let before = mark().get(state)?;
    StateKey::new(&[b"upgrade/version/of-a-module-that-left"]).set(state, &before.unwrap_or(0));
    Ok(())
}

/// A program that knows the upgrade `v2`.
fn newer() -> App {
    let v2 = Upgrade { name: "v2", migrate };
    App::new(Bed::registry(Registry::new(crate::ante::Door)).knowing(&[v2]))
}

#[test]
fn a_program_without_the_upgrade_stops_and_one_with_it_goes_on() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![planned(&alice().address(), "v2", 4)]);
    // Before its height only the old program runs.
    let early = newer().run_block(&bed.chain, &bed.state, bed.said(), &[]).unwrap_err();
    assert!(early.to_string().starts_with("this program already has upgrade \"v2\""), "{early}");
    bed.make_block(&[]);
    bed.make_block(&[]);
    assert_eq!(bed.block.height, Height(4));
    for _ in 0..2 {
        let halt = bed.app.run_block(&bed.chain, &bed.state, bed.said(), &[]).unwrap_err();
        let line = "upgrade \"v2\" is needed at height 4: start the program that knows it: see the notes";
        assert!(matches!(&halt, Fault::Halt(text) if text == line), "{halt}");
        assert!(bed.app.select(&bed.chain, &bed.state, bed.said(), (&[], 0)).is_err());
    }
    bed.app = newer();
    let executed = bed.make_block(&[]);
    let event = executed.events.iter().find(|event| event.r#type == "upgrade_carried_out").unwrap();
    assert_eq!(event.attributes[0].value, "v2");
    assert_eq!(keys::done("v2").get(&bed.state).unwrap(), Some(Height(4)));
    assert_eq!(state::plan(&bed.state).unwrap(), None);
    let applied = |name: &str| {
        let request = wire::QueryAppliedPlanRequest { name: name.into() };
        let path = "/cosmos.upgrade.v1beta1.Query/AppliedPlan";
        bed.ask::<wire::QueryAppliedPlanResponse>(path, &request).unwrap().height
    };
    assert_eq!((applied("v2"), applied("v3"), applied(&"x".repeat(5_000))), (4, 0, 0));
    // Versions are those of the program's modules: the migration's odd one is gone again.
    let request = wire::QueryModuleVersionsRequest::default();
    let path = "/cosmos.upgrade.v1beta1.Query/ModuleVersions";
    let versions = bed.ask::<wire::QueryModuleVersionsResponse>(path, &request).unwrap().module_versions;
    let names: Vec<_> = bed.app.registry().versions().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(versions.len(), names.len());
    assert!(versions.iter().all(|module| names.contains(&module.name) && module.version == 1));
    // Every node comes to the same, and the next blocks are ordinary ones.
    bed.make_block(&[]);
    bed.make_block(&[]);
}

#[test]
fn a_program_that_does_not_fit_the_state_is_told_so() {
    let mut bed = Bed::new();
    let (old, new) = (Bed::app(), newer());
    let misfit =
        |app: &App, bed: &Bed, next| state::misfit(app.registry(), &bed.state, Height(next)).unwrap();
    assert_eq!(misfit(&old, &bed, 2), None);
    assert_eq!(misfit(&new, &bed, 2), None);
    bed.deliver(&[&alice()], vec![planned(&alice().address(), "v2", 4)]);
    assert_eq!(misfit(&old, &bed, 3), None);
    assert!(matches!(misfit(&new, &bed, 3), Some(Misfit::TooEarly { .. })));
    // At its height the old one starts, and stops at the block; the new one runs.
    assert_eq!(misfit(&old, &bed, 4), None);
    assert_eq!(misfit(&new, &bed, 4), None);
    keys::version("bank").set(&mut bed.state, &2);
    let found = misfit(&old, &bed, 3).unwrap();
    assert_eq!(found, Misfit::Version { module: "bank".into(), stored: 2, own: 1 });
    assert!(found.to_string().contains("bank's records in version 2, this program reads version 1"));
    assert_eq!(misfit(&new, &bed, 4), None);
}

#[test]
fn the_upgrades_of_this_program_have_names_that_can_be_planned() {
    let mut names = std::collections::BTreeSet::new();
    for upgrade in super::KNOWN {
        let plan = Plan { name: upgrade.name.into(), height: 1, info: String::new() };
        assert!(plan.checked().is_ok() && names.insert(upgrade.name), "{}", upgrade.name);
    }
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let mut bed = Bed::new();
    let plan = Plan { name: "v2".into(), height: 9, info: String::new() };
    keys::plan().set(&mut bed.state, &plan);
    assert!(state::invariants(&bed.state).unwrap().is_ok());
    keys::done("v2").set(&mut bed.state, &Height(3));
    assert!(state::invariants(&bed.state).unwrap().is_err());
}
