//! Paying for others.

use prost::Message as _;
use tendermint_proto::google::protobuf::{Any, Timestamp as WireTimestamp};

use super::*;
use crate::testing::{dave, eve};

const ALLOWANCE: &str = "/cosmos.feegrant.v1beta1.Query/Allowance";
const ALLOWANCES: &str = "/cosmos.feegrant.v1beta1.Query/Allowances";
const ISSUED: &str = "/cosmos.feegrant.v1beta1.Query/AllowancesByGranter";

/// What is left of alice's grant to bob; the outer `None` is no grant.
fn left(bed: &Bed) -> Option<Option<String>> {
    let allowance = keys::grant(&alice().address(), &bob().address()).get(&bed.state).unwrap()?;
    Some(allowance.left.map(|coins| coins.to_string()))
}

#[test]
fn a_grant_pays_until_it_is_used_up() {
    let mut bed = Bed::new();
    let before = [alice(), bob()].map(|key| bed.balance(&key.address(), "uxpx"));
    let limit = 2 * u128::from(GAS);
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), coins(limit, "uxpx"), None)]);
    for expected in [Some(Some(format!("{GAS}uxpx"))), None] {
        let bytes = granted(&bed).sign();
        assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
        assert_eq!(left(&bed), expected);
    }
    let after = [alice(), bob()].map(|key| bed.balance(&key.address(), "uxpx"));
    assert_eq!(after, [before[0] - 3 * u128::from(GAS), before[1] - 2]);
    let refusal = bed.refusal(&granted(&bed).sign());
    assert_eq!((refusal.space, refusal.code), ("fee", 2), "what is used up is gone, not without limit");
}

#[test]
fn a_grant_without_limit_stays_as_it_is() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), Vec::new(), None)]);
    let bytes = granted(&bed).sign();
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
    assert_eq!(left(&bed), Some(None));
}

#[test]
fn a_grant_lasts_until_its_time() {
    let mut bed = Bed::new();
    let until = Timestamp { seconds: NOW.seconds + 2, nanos: 0 };
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), Vec::new(), Some(until))]);
    assert_eq!(bed.block.time.seconds, NOW.seconds + 1);
    let bytes = granted(&bed).sign();
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
    assert_eq!(bed.refusal(&granted(&bed).sign()).code, 3);
    // One that has expired is in nobody's way.
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), Vec::new(), None)]);
    let bytes = granted(&bed).sign();
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
}

#[test]
fn a_grant_ends_when_it_is_revoked() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), Vec::new(), None)]);
    bed.deliver(&[&alice()], vec![revoke(&alice(), &bob())]);
    assert_eq!(left(&bed), None);
    assert_eq!(bed.refusal(&granted(&bed).sign()).code, 2);
    let again = bed.draft(&[&alice()], vec![revoke(&alice(), &bob())]).sign();
    assert_eq!(bed.refusal(&again).code, 2);
}

#[test]
fn a_granter_that_cannot_pay_is_refused_and_keeps_the_grant() {
    let mut bed = Bed::new();
    let all = bed.balance(&alice().address(), "uxpx") - u128::from(GAS) - 100;
    let messages = vec![
        allow(&alice(), &bob(), coins(1_000_000, "uxpx"), None),
        send(&alice(), &carol(), coins(all, "uxpx")),
    ];
    bed.deliver(&[&alice()], messages);
    let refusal = bed.refusal(&granted(&bed).sign());
    assert_eq!((refusal.space, refusal.code), ("sdk", 5));
    assert_eq!(left(&bed), Some(Some("1000000uxpx".into())));
}

/// Whoever is granted fees can send a first transaction without having anything.
#[test]
fn a_grant_opens_an_account_that_can_sign_at_once() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![allow(&alice(), &eve(), Vec::new(), None)]);
    let parts = bed
        .draft(&[&eve()], vec![revoke(&eve(), &bob())])
        .with(|parts| parts.fee().granter = text(&alice().address()));
    let result = bed.make_block(&[parts.sign()]).results.remove(0);
    assert!(result.admitted, "{:?}", result.refusal);
    assert_eq!(result.refusal.unwrap().code, 2);
}

#[test]
fn a_granter_that_is_the_payer_needs_no_grant() {
    let mut bed = Bed::new();
    let parts = bed
        .draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))])
        .with(|parts| parts.fee().granter = text(&alice().address()));
    assert_eq!(bed.make_block(&[parts.sign()]).results[0].refusal, None);
}

#[test]
fn refuses_allowances_that_make_no_sense() {
    let check = |cause: &str, code: (&str, u32), allowance: Any| {
        let bed = Bed::new();
        let message = any(&wire::MsgGrantAllowance {
            granter: text(&alice().address()),
            grantee: text(&bob().address()),
            allowance: Some(allowance),
        });
        let refusal = bed.refusal(&bed.draft(&[&alice()], vec![message]).sign());
        assert_eq!((refusal.space, refusal.code), code, "{}", refusal.text);
        assert!(refusal.text.contains(cause), "{}", refusal.text);
    };
    let basic = |spend_limit, expiration| any(&wire::BasicAllowance { spend_limit, expiration });
    let periodic = "/cosmos.feegrant.v1beta1.PeriodicAllowance";
    check(
        "kind /cosmos.feegrant.v1beta1.PeriodicAllowance is not known",
        ("fee", 7),
        Any { type_url: periodic.into(), value: Vec::new() },
    );
    check("is zero", ("fee", 7), basic(coins(0, "uxpx"), None));
    let at = |nanos| Some(WireTimestamp { seconds: 1, nanos });
    check("nanoseconds beyond a second", ("fee", 7), basic(Vec::new(), at(1_000_000_000)));
    check("nanoseconds beyond a second", ("fee", 7), basic(Vec::new(), at(-1)));
    let type_url = type_url::<wire::BasicAllowance>();
    check("decoding the allowance", ("sdk", 2), Any { type_url: type_url.clone(), value: vec![0xff] });
    check("the allowance is not in", ("tx", 1), Any { type_url, value: vec![0x18, 1] });
}

#[test]
fn answers_with_grants() {
    let mut bed = Bed::new();
    let until = Timestamp { seconds: NOW.seconds + 9, nanos: 5 };
    bed.deliver(&[&alice()], vec![allow(&alice(), &dave(), coins(7, "uxpx"), Some(until))]);
    bed.deliver(&[&bob()], vec![allow(&bob(), &dave(), Vec::new(), None)]);
    let ask = |granter: &Key| {
        let request = wire::QueryAllowanceRequest {
            granter: text(&granter.address()),
            grantee: text(&dave().address()),
        };
        bed.ask::<wire::QueryAllowanceResponse>(ALLOWANCE, &request).map(|answer| answer.allowance.unwrap())
    };
    let limited = ask(&alice()).unwrap();
    assert_eq!(limited.granter, text(&alice().address()));
    assert_eq!(limited.grantee, text(&dave().address()));
    let expected = wire::BasicAllowance {
        spend_limit: coins(7, "uxpx"),
        expiration: Some(WireTimestamp { seconds: until.seconds, nanos: until.nanos }),
    };
    assert_eq!(limited.allowance, Some(any(&expected)));
    let refusal = ask(&carol()).unwrap_err();
    assert_eq!(refusal.text, "rpc error: code = NotFound desc = fee-grant not found: key not found");

    let request = wire::QueryAllowancesRequest { grantee: text(&dave().address()), pagination: None };
    let all: wire::QueryAllowancesResponse = bed.ask(ALLOWANCES, &request).unwrap();
    let mut expected = [limited, ask(&bob()).unwrap()];
    expected
        .sort_by_key(|grant| sirius_primitives::Address::parse(&grant.granter, &bed.chain.prefix).unwrap());
    assert_eq!(all.allowances, expected);
    let issued = |granter: &Key| {
        let request =
            wire::QueryAllowancesByGranterRequest { granter: text(&granter.address()), pagination: None };
        bed.ask::<wire::QueryAllowancesByGranterResponse>(ISSUED, &request).unwrap().allowances
    };
    assert_eq!(issued(&bob()), [ask(&bob()).unwrap()]);
    assert_eq!(issued(&dave()), []);
    assert!(bed.ask_bytes(ALLOWANCES, &wire::QueryAllowancesRequest::default().encode_to_vec()).is_err());
}
