//! The door as other modules use it: holds, making and destroying coins, and that nothing is lost on the way.

use proptest::prelude::*;

use crate::testing::{Bed, Key, alice, bob, carol, coins, send, vault};

/// What alice can spend of gold, what the vault holds of hers, and how much gold there is.
fn gold(bed: &Bed) -> [u128; 3] {
    let hold = super::Hold { module: "vault", purpose: "7" };
    let held = super::keys::hold(&alice().address(), &hold, &"gold".parse().unwrap());
    let held = held.get(&bed.state).unwrap().unwrap_or_default().units();
    [bed.balance(&alice().address(), "gold"), held, bed.supply("gold")]
}

#[test]
fn a_hold_sets_aside_until_it_is_released() {
    let mut bed = Bed::new();
    let mut act = |action: &str, to: &Key, amount| {
        bed.deliver(&[&alice()], vec![vault(action, &alice(), to, amount, "gold")]);
        let received = bed.balance(&bob().address(), "gold");
        (gold(&bed), received)
    };
    assert_eq!(act("hold", &alice(), 600), ([400, 600, 1_000], 0));
    assert_eq!(act("hold", &alice(), 100), ([300, 700, 1_000], 0));
    assert_eq!(act("release", &bob(), 200), ([300, 500, 1_000], 200));
    assert_eq!(act("release", &alice(), 500), ([800, 0, 1_000], 200));
}

#[test]
fn what_is_held_cannot_be_spent_or_held_twice() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![vault("hold", &alice(), &alice(), 600, "gold")]);
    let check = |message, code, text: &str| {
        let refusal = bed.refusal(&bed.draft(&[&alice()], vec![message]).sign());
        assert_eq!(refusal.code, code);
        assert!(refusal.text.contains(text), "{}", refusal.text);
    };
    check(send(&alice(), &bob(), coins(401, "gold")), 5, "spendable balance 400gold");
    check(vault("hold", &alice(), &alice(), 401, "gold"), 5, "spendable balance 400gold");
    check(vault("burn", &alice(), &alice(), 401, "gold"), 5, "spendable balance 400gold");
    check(vault("release", &alice(), &bob(), 601, "gold"), 7, "600gold is held, 601gold cannot");
    check(vault("release", &alice(), &bob(), 1, "uxpx"), 7, "0uxpx is held");
}

#[test]
fn coins_are_made_and_destroyed_with_their_supply() {
    let mut bed = Bed::new();
    let mut act = |action: &str, to: &Key, amount, denom: &str| {
        bed.deliver(&[&alice()], vec![vault(action, &alice(), to, amount, denom)]);
        (bed.balance(&to.address(), denom), bed.supply(denom))
    };
    assert_eq!(act("mint", &bob(), 5, "gold"), (5, 1_005));
    assert_eq!(act("burn", &alice(), 1_000, "gold"), (0, 5));
    assert_eq!(act("mint", &bob(), 9, "silver"), (9, 9));
    let check = |message, code| {
        assert_eq!(bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).code, code);
    };
    check(vault("burn", &alice(), &alice(), 1, "gold"), 5);
    check(vault("mint", &alice(), &bob(), u128::MAX, "gold"), 3);
}

#[test]
fn nothing_is_moved_without_a_trace() {
    let mut bed = Bed::new();
    for action in ["hold", "release", "mint", "burn"] {
        bed.deliver(&[&alice()], vec![vault(action, &alice(), &bob(), 0, "copper")]);
    }
    let traces = bed.state.keys().filter(|key| key.ends_with(b"copper")).count();
    assert_eq!(traces, 0, "moving zero of something leaves no record");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// After each block the bed checks that supplies are the sums of balances and holds.
    #[test]
    fn any_row_of_movements_conserves(
        moves in prop::collection::vec((0..6usize, 0..3usize, 0..3usize, 0..700u128), 1..20),
    ) {
        let mut bed = Bed::new();
        let players = [alice(), bob(), carol()];
        for (action, from, to, amount) in moves {
            let (from, to) = (&players[from], &players[to]);
            let message = match ["send", "hold", "release", "release", "mint", "burn"][action] {
                "send" => send(from, to, coins(amount.max(1), "gold")),
                action => vault(action, from, to, amount, "gold"),
            };
            let bytes = bed.draft(&[from], vec![message]).sign();
            prop_assert!(bed.make_block(&[bytes]).results[0].admitted);
        }
    }
}
