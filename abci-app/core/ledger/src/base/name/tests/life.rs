//! Leases from their beginning to their end.

use super::*;
use crate::{base::fee, testing::Group};

#[test]
fn a_name_stands_for_its_owner_and_its_rent_goes_where_fees_go() {
    let mut bed = Bed::new();
    set(&mut bed, "fee.community_percent", 100);
    let (before, community) = (bed.balance(&bob().address(), "uxpx"), bed.balance(&fee::community(), "uxpx"));
    bed.deliver(&[&bob()], vec![register(&bob(), "company", MONTH)]);
    let fee = u128::from(crate::testing::GAS);
    assert_eq!(before - bed.balance(&bob().address(), "uxpx"), RENT + fee);
    assert_eq!(bed.balance(&fee::community(), "uxpx") - community, RENT + fee);
    let found = asked(&bed, "company").unwrap();
    assert_eq!((found.owner, found.target), (text(&bob().address()), text(&bob().address())));
    assert_eq!((found.status, found.since, found.below), (wire::Status::Live.into(), 2, 0));
    assert_eq!(found.expires.unwrap().seconds, 1_700_000_001 + i64::try_from(MONTH).unwrap());
    assert_eq!(names_of(&bed, &bob()), ["company"]);
    assert_eq!(target_now(&bed, "company"), Some(bob().address()));
}

#[test]
fn a_day_that_begins_is_paid_whole() {
    let check = |seconds: u64, rent: u128| {
        let mut bed = Bed::new();
        let before = bed.balance(&bob().address(), "uxpx");
        bed.deliver(&[&bob()], vec![register(&bob(), "company", seconds)]);
        let fee = u128::from(crate::testing::GAS);
        assert_eq!(before - bed.balance(&bob().address(), "uxpx"), rent + fee, "{seconds}");
    };
    check(MONTH, RENT);
    check(MONTH + 1, RENT + 10_000);
    check(MONTH + 86_400, RENT + 10_000);
    check(157_680_000, 1_825 * 10_000);
}

#[test]
fn a_lease_lapses_has_its_grace_and_is_free_again() {
    let mut bed = with_below(&["company.shop"]);
    pass(&mut bed, MONTH);
    let found = asked(&bed, "company").unwrap();
    assert_eq!((found.status(), found.target.as_str()), (wire::Status::Grace, ""));
    assert_eq!((target(&bed, "company.shop").as_str(), target_now(&bed, "company.shop")), ("", None));
    assert_eq!(refusal_in(&bed, &carol(), register(&carol(), "company", MONTH)).code, 2);
    let executed = pass(&mut bed, MONTH);
    assert!(executed.events.iter().any(|event| event.r#type == "name_freed"));
    assert_eq!(asked(&bed, "company").unwrap_err().code, 22);
    assert_eq!(asked(&bed, "company.shop").unwrap_err().code, 22);
    bed.make_block(&[]);
    bed.deliver(&[&carol()], vec![register(&carol(), "company", MONTH)]);
    assert_eq!(target(&bed, "company"), text(&carol().address()));
    assert_eq!(asked(&bed, "company.shop").unwrap_err().code, 22, "nothing of the old lease comes back");
    assert!(names_of(&bed, &bob()).is_empty());
}

#[test]
fn a_name_stands_for_nobody_from_the_very_second_its_time_is_over() {
    let bed = leased();
    let expires = asked(&bed, "company").unwrap().expires.unwrap().seconds;
    let at = |seconds| {
        let now = Timestamp { seconds, nanos: 0 };
        crate::base::name::target(&bed.state, &Name::parse("company").unwrap(), now).unwrap()
    };
    assert_eq!((at(expires - 1), at(expires)), (Some(bob().address()), None));
}

#[test]
fn a_renewal_begins_where_the_lease_ends_also_in_its_grace() {
    let mut bed = leased();
    let begin = asked(&bed, "company").unwrap().expires.unwrap().seconds;
    let month = i64::try_from(MONTH).unwrap();
    bed.deliver(&[&bob()], vec![renew(&bob(), "company", MONTH)]);
    assert_eq!(asked(&bed, "company").unwrap().expires.unwrap().seconds, begin + month);
    pass(&mut bed, 2 * MONTH + 60);
    assert_eq!(asked(&bed, "company").unwrap().status(), wire::Status::Grace);
    bed.deliver(&[&bob()], vec![renew(&bob(), "company", MONTH)]);
    let found = asked(&bed, "company").unwrap();
    assert_eq!(found.expires.unwrap().seconds, begin + 2 * month);
    assert_eq!((found.status(), found.target), (wire::Status::Live, text(&bob().address())));
}

#[test]
fn a_renewal_that_would_end_in_the_past_is_refused_and_one_after_the_grace_too() {
    let mut bed = leased();
    set(&mut bed, "name.min_seconds", 60);
    pass(&mut bed, MONTH + 3_600);
    assert_eq!(refusal_in(&bed, &bob(), renew(&bob(), "company", 60)).code, 6);
    // A block that has no room to end it changes nothing about that it is over.
    let mut late = Bed::new();
    set(&mut late, "name.steps_per_block", 1);
    late.deliver(&[&carol()], vec![register(&carol(), "first", MONTH)]);
    late.deliver(&[&bob()], vec![register(&bob(), "company", MONTH)]);
    late.block.time.seconds += i64::try_from(2 * MONTH).unwrap();
    assert_eq!(refusal_in(&late, &bob(), renew(&bob(), "company", MONTH)).code, 4);
}

#[test]
fn names_below_belong_to_the_leases_owner_and_live_as_long() {
    let mut bed = with_below(&["company.shop", "company.shop.till", "company.bank"]);
    assert_eq!(asked(&bed, "company").unwrap().below, 3);
    assert_eq!(asked(&bed, "company.shop").unwrap().below, 1);
    bed.deliver(&[&bob()], vec![set_target(&bob(), "company.shop.till", &dave())]);
    bed.deliver(&[&bob()], vec![clear_target(&bob(), "company.bank")]);
    assert_eq!(target(&bed, "company.shop.till"), text(&dave().address()));
    assert_eq!(target(&bed, "company.bank"), "");
    bed.deliver(&[&bob()], vec![transfer(&bob(), "company", &carol())]);
    assert_eq!(target(&bed, "company"), text(&carol().address()), "it stood for its owner");
    assert_eq!(asked(&bed, "company.shop").unwrap().owner, text(&carol().address()));
    assert_eq!(target(&bed, "company.shop"), text(&bob().address()), "until the new owner says otherwise");
    assert_eq!((names_of(&bed, &bob()).len(), names_of(&bed, &carol()).len()), (0, 1));
    assert_eq!(refusal_in(&bed, &bob(), set_target(&bob(), "company.shop", &bob())).code, 5);
    bed.deliver(&[&carol()], vec![release(&carol(), "company.shop.till")]);
    bed.deliver(&[&carol()], vec![release(&carol(), "company.shop")]);
    assert_eq!(asked(&bed, "company").unwrap().below, 1);
    let request = wire::QueryBelowRequest { name: "company".into(), pagination: None };
    let below: wire::QueryBelowResponse = bed.ask("/sirius.name.v1.Query/Below", &request).unwrap();
    assert_eq!(below.names.into_iter().map(|name| name.name).collect::<Vec<_>>(), ["company.bank"]);
}

#[test]
fn what_a_block_ends_and_clears_away_is_bounded() {
    let mut bed = with_below(&["company.a", "company.b", "company.c", "company.d", "company.e"]);
    set(&mut bed, "name.steps_per_block", 2);
    for name in ["name1", "name2", "name3"] {
        bed.deliver(&[&carol()], vec![register(&carol(), name, MONTH)]);
    }
    let left = |bed: &Bed| bed.state.keys().filter(|key| key.starts_with(keys::BELOW)).count();
    let lapsed = |bed: &Bed| {
        let grace = |name: &&str| asked(bed, name).is_ok_and(|name| name.status() == wire::Status::Grace);
        ["company", "name1", "name2", "name3"].iter().filter(|name| grace(name)).count()
    };
    let mut counts = Vec::new();
    bed.block.time.seconds += i64::try_from(MONTH).unwrap();
    for _ in 0..2 {
        bed.make_block(&[]);
        counts.push(lapsed(&bed));
    }
    assert_eq!(counts, [2, 4], "two leases a block");
    bed.block.time.seconds += i64::try_from(MONTH).unwrap();
    let mut counts = Vec::new();
    for _ in 0..6 {
        bed.make_block(&[]);
        counts.push(left(&bed));
    }
    assert_eq!(counts, [5, 5, 3, 1, 0, 0], "the leases first, then two names a block");
    bed.deliver(&[&alice()], vec![register(&alice(), "company", MONTH)]);
}

#[test]
fn a_released_name_can_be_leased_again_when_all_below_it_is_cleared_away() {
    let mut bed = leased();
    bed.deliver(&[&bob()], vec![release(&bob(), "company")]);
    bed.deliver(&[&carol()], vec![register(&carol(), "company", MONTH)]);
    assert_eq!(names_of(&bed, &carol()), ["company"]);
}

#[test]
fn the_authority_alone_leases_what_is_reserved() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![reserve(&alice(), &["bank", "company"], &[])]);
    assert_eq!(refusal_in(&bed, &bob(), register(&bob(), "bank", MONTH)).code, 3);
    bed.deliver(&[&alice()], vec![register(&alice(), "bank", MONTH), register(&alice(), "ab", MONTH)]);
    bed.deliver(&[&alice()], vec![reserve(&alice(), &[], &["company", "never"])]);
    bed.deliver(&[&bob()], vec![register(&bob(), "company", MONTH)]);
    let request = wire::QueryReservedRequest { pagination: None };
    let answer: wire::QueryReservedResponse = bed.ask("/sirius.name.v1.Query/Reserved", &request).unwrap();
    assert_eq!(answer.names, ["bank"]);
    let refused = refusal_in(&bed, &bob(), reserve(&bob(), &["a"], &[]));
    assert_eq!((refused.space, refused.code), ("params", 1));
}

#[test]
fn a_multisig_leases_as_anybody() {
    let group = Group::new(1, vec![bob(), carol()]);
    let mut bed = leased();
    bed.deliver(&[&bob()], vec![set_target(&bob(), "company", &dave())]);
    let to = any(&wire::MsgTransfer {
        owner: text(&bob().address()),
        name: "company".into(),
        to_address: text(&group.address()),
    });
    bed.deliver(&[&bob()], vec![to]);
    let found = asked(&bed, "company").unwrap();
    assert_eq!((found.owner, found.target), (text(&group.address()), text(&dave().address())));
}
