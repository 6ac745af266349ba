//! What nobody can do with names, and what the invariants see.

use super::*;

#[test]
fn names_that_are_none_are_refused_wherever_they_stand() {
    let bed = leased();
    for name in ["", "a..b", "A", "a.b.c.d", "-a", &"a".repeat(64), &"a".repeat(5_000)] {
        for message in [
            register(&bob(), name, MONTH),
            set_target(&bob(), name, &bob()),
            clear_target(&bob(), name),
            release(&bob(), name),
            renew(&bob(), name, MONTH),
            transfer(&bob(), name, &carol()),
        ] {
            let refused = refusal_in(&bed, &bob(), message);
            assert_eq!((refused.space, refused.code), ("name", 1), "{name}: {}", refused.text);
        }
    }
    assert_eq!(refusal_in(&bed, &bob(), register(&bob(), "sirius1qqqq", MONTH)).code, 1);
}

#[test]
fn a_stranger_changes_nothing() {
    let bed = with_below(&["company.shop"]);
    let all = [
        register(&carol(), "company.bank", 0),
        renew(&carol(), "company", MONTH),
        transfer(&carol(), "company", &carol()),
        set_target(&carol(), "company", &carol()),
        set_target(&carol(), "company.shop", &carol()),
        clear_target(&carol(), "company.shop"),
        release(&carol(), "company"),
        release(&carol(), "company.shop"),
    ];
    for (place, message) in all.into_iter().enumerate() {
        let refused = refusal_in(&bed, &carol(), message);
        // Giving it to oneself is refused before anything is looked up.
        let expected = if place == 2 { 15 } else { 5 };
        assert_eq!((refused.space, refused.code), ("name", expected), "{}", refused.text);
    }
}

#[test]
fn what_lapsed_cannot_be_changed_only_renewed_or_released() {
    let mut bed = with_below(&["company.shop"]);
    pass(&mut bed, MONTH);
    for message in [
        register(&bob(), "company.bank", 0),
        transfer(&bob(), "company", &carol()),
        set_target(&bob(), "company.shop", &carol()),
        clear_target(&bob(), "company"),
    ] {
        assert_eq!(refusal_in(&bed, &bob(), message).code, 6);
    }
    bed.deliver(&[&bob()], vec![release(&bob(), "company.shop")]);
    bed.deliver(&[&bob()], vec![release(&bob(), "company")]);
    assert_eq!(asked(&bed, "company").unwrap_err().code, 22);
}

#[test]
fn a_name_below_needs_the_one_above_it() {
    let bed = leased();
    assert_eq!(refusal_in(&bed, &bob(), register(&bob(), "company.shop.till", 0)).code, 4);
    assert_eq!(refusal_in(&bed, &bob(), register(&bob(), "nobody.shop", 0)).code, 4);
    assert_eq!(refusal_in(&bed, &bob(), set_target(&bob(), "company.shop", &bob())).code, 4);
    assert_eq!(refusal_in(&bed, &bob(), release(&bob(), "company.shop")).code, 4);
}

#[test]
fn times_beyond_all_numbers_are_refused() {
    for seconds in [157_680_001, u64::MAX / 2, u64::MAX] {
        assert_eq!(refusal_in(&Bed::new(), &bob(), register(&bob(), "company", seconds)).code, 8);
        assert_eq!(refusal_in(&leased(), &bob(), renew(&bob(), "company", seconds)).code, 8);
    }
    assert_eq!(refusal_in(&Bed::new(), &bob(), register(&bob(), "company", 0)).code, 7);
}

#[test]
fn who_cannot_pay_the_rent_leases_nothing() {
    let mut bed = Bed::new();
    set(&mut bed, "name.rent_per_day", 1_000_000_000_000_000);
    let refused = refusal_in(&bed, &bob(), register(&bob(), "company", MONTH));
    assert_eq!((refused.space, refused.code), ("sdk", 5));
    set(&mut bed, "name.rent_per_day", 0);
    bed.deliver(&[&bob()], vec![register(&bob(), "company", MONTH)]);
}

#[test]
fn lists_that_are_too_long_are_refused() {
    let names: Vec<String> = (0..101).map(|number| format!("name{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(refusal_in(&Bed::new(), &alice(), reserve(&alice(), &names, &[])).code, 17);
    assert_eq!(refusal_in(&Bed::new(), &alice(), reserve(&alice(), &["a.b"], &[])).code, 9);
}

#[test]
fn genesis_names_what_is_wrong() {
    let lease = |name: &str, below: serde_json::Value| {
        json!({
            "name": name, "owner": text(&bob().address()), "expires": { "seconds": 9, "nanos": 0 },
            "below": below,
        })
    };
    let check = |section: serde_json::Value, part: &str| {
        let error = Bed::genesis(|genesis| genesis["name"] = section).err().unwrap().to_string();
        assert!(error.starts_with("genesis field app_state.name") && error.contains(part), "{error}");
    };
    let leases = |lease: serde_json::Value| json!({ "leases": [lease] });
    check(leases(lease("A", json!([]))), "\"A\" is no name");
    check(leases(lease("a.b", json!([]))), "a.b is below a and lives as long");
    check(leases(lease("a", json!([{ "name": "b.c" }]))), "b.c is not below a");
    check(leases(lease("a", json!([{ "name": "a.b" }, { "name": "a.b" }]))), "stands twice");
    check(leases(lease("a", json!([{ "name": "a.b.c" }]))), "a.b.c stands before a.b, or without it");
    check(leases(lease("a", json!([{ "name": "a.b", "target": "x" }]))), "the target's address is not valid");
    let mut early = lease("a", json!([]));
    early["frees"] = json!({ "seconds": 8, "nanos": 0 });
    check(leases(early), "a is free before its lease is over");
    check(json!({ "reserved": ["A"] }), "\"A\" is no name");
    let fine = leases(lease("company", json!([{ "name": "company.shop" }, { "name": "company.shop.till" }])));
    let bed = Bed::with(|genesis| genesis["name"] = fine);
    assert_eq!(asked(&bed, "company").unwrap().below, 2);
    assert_eq!(target(&bed, "company.shop"), "");
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |change: fn(&mut Bed)| {
        let mut bed = with_below(&["company.shop", "company.shop.till"]);
        assert_eq!(super::super::invariants::check(&bed.state).unwrap(), Ok(()));
        change(&mut bed);
        assert!(super::super::invariants::check(&bed.state).unwrap().is_err());
    };
    check(|bed| keys::owned(&bob().address(), "company").remove(&mut bed.state));
    check(|bed| keys::owned(&carol().address(), "company").set(&mut bed.state, &true));
    check(|bed| keys::due(Timestamp::default(), "company").set(&mut bed.state, &true));
    check(|bed| keys::clearing("company").set(&mut bed.state, &true));
    check(|bed| keys::root("company").remove(&mut bed.state));
    check(|bed| keys::part(&Name::parse("company.shop").unwrap()).remove(&mut bed.state));
    check(|bed| {
        let orphan = Part { target: None, since: Height(1), below: 0 };
        keys::part(&Name::parse("nobody.shop").unwrap()).set(&mut bed.state, &orphan);
    });
    let mut damaged = leased();
    damaged.state.insert(b"name/lease/company".to_vec(), vec![1]);
    assert!(super::super::invariants::check(&damaged.state).is_err());
}
