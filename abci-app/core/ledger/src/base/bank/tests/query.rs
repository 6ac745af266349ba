//! What the bank answers.

use cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest;
use prost::Message;

use super::super::wire::{bank as wire, holds};
use crate::testing::{Bed, alice, bob, coin, dave, text, vault};

const BALANCE: &str = "/cosmos.bank.v1beta1.Query/Balance";
const ALL: &str = "/cosmos.bank.v1beta1.Query/AllBalances";
const SPENDABLE: &str = "/cosmos.bank.v1beta1.Query/SpendableBalances";
const SPENDABLE_OF: &str = "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom";
const TOTAL: &str = "/cosmos.bank.v1beta1.Query/TotalSupply";
const SUPPLY: &str = "/cosmos.bank.v1beta1.Query/SupplyOf";
const DENOM: &str = "/cosmos.bank.v1beta1.Query/DenomMetadata";
const DENOMS: &str = "/cosmos.bank.v1beta1.Query/DenomsMetadata";
const PARAMS: &str = "/cosmos.bank.v1beta1.Query/Params";
const SEND_ENABLED: &str = "/cosmos.bank.v1beta1.Query/SendEnabled";
const OWNERS: &str = "/cosmos.bank.v1beta1.Query/DenomOwners";
const OWNERS_OF: &str = "/cosmos.bank.v1beta1.Query/DenomOwnersByQuery";
const HOLDS: &str = "/sirius.bank.v1.Query/Holds";

fn of_alice() -> String {
    text(&alice().address())
}

#[test]
fn one_balance_is_answered_also_when_it_is_nothing() {
    let bed = Bed::new();
    let check = |address: String, denom: &str, amount: u128| {
        let request = wire::QueryBalanceRequest { address, denom: denom.into() };
        let answer: wire::QueryBalanceResponse = bed.ask(BALANCE, &request).unwrap();
        assert_eq!(answer.balance, Some(coin(amount, denom)));
    };
    check(of_alice(), "gold", 1_000);
    check(text(&bob().address()), "gold", 0);
    check(text(&dave().address()), "uxpx", 0);
    check(of_alice(), "silver", 0);
}

#[test]
fn all_balances_are_sorted_and_without_what_is_held() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![vault("hold", &alice(), &alice(), 600, "gold")]);
    let uxpx = bed.balance(&alice().address(), "uxpx");
    let request = wire::QueryAllBalancesRequest { address: of_alice(), pagination: None };
    let all: wire::QueryAllBalancesResponse = bed.ask(ALL, &request).unwrap();
    assert_eq!(all.balances, [coin(400, "gold"), coin(uxpx, "uxpx")]);
    let spendable: wire::QuerySpendableBalancesResponse = bed.ask(SPENDABLE, &request).unwrap();
    assert_eq!(spendable.balances, all.balances);
    let request = wire::QuerySpendableBalanceByDenomRequest { address: of_alice(), denom: "gold".into() };
    let one: wire::QuerySpendableBalanceByDenomResponse = bed.ask(SPENDABLE_OF, &request).unwrap();
    assert_eq!(one.balance, Some(coin(400, "gold")));
    let request = holds::QueryHoldsRequest { address: of_alice(), pagination: None };
    let held: holds::QueryHoldsResponse = bed.ask(HOLDS, &request).unwrap();
    let expected =
        holds::Hold { module: "vault".into(), purpose: "7".into(), amount: Some(coin(600, "gold")) };
    assert_eq!(held.holds, [expected]);
}

#[test]
fn every_denomination_can_be_sent() {
    let bed = Bed::new();
    let rule: wire::QueryParamsResponse = bed.ask(PARAMS, &wire::QueryParamsRequest {}).unwrap();
    assert!(rule.params.is_some_and(|params| params.default_send_enabled));
    let request = wire::QuerySendEnabledRequest { denoms: vec!["uxpx".into()], pagination: None };
    let exceptions: wire::QuerySendEnabledResponse = bed.ask(SEND_ENABLED, &request).unwrap();
    assert!(exceptions.send_enabled.is_empty());
}

#[test]
fn supplies_are_answered_also_of_what_nobody_made() {
    let bed = Bed::new();
    let check = |denom: &str, amount: u128| {
        let answer: wire::QuerySupplyOfResponse =
            bed.ask(SUPPLY, &wire::QuerySupplyOfRequest { denom: denom.into() }).unwrap();
        assert_eq!(answer.amount, Some(coin(amount, denom)));
    };
    check("gold", 1_000);
    check("silver", 0);
    let pagination = PageRequest { count_total: true, ..PageRequest::default() };
    let request = wire::QueryTotalSupplyRequest { pagination: Some(pagination) };
    let total: wire::QueryTotalSupplyResponse = bed.ask(TOTAL, &request).unwrap();
    assert_eq!(total.supply, [coin(1_000, "gold"), coin(3_000_000_000_000u64, "uxpx")]);
    assert_eq!(total.pagination.unwrap().total, 2);
}

#[test]
fn denominations_are_described() {
    let bed = Bed::new();
    let unit = |denom: &str, exponent| wire::DenomUnit { denom: denom.into(), exponent, aliases: Vec::new() };
    let expected = wire::Metadata {
        description: String::new(),
        denom_units: vec![unit("uxpx", 0), unit("xpx", 6)],
        base: "uxpx".into(),
        display: "xpx".into(),
        name: "XPX".into(),
        symbol: "XPX".into(),
    };
    let request = wire::QueryDenomMetadataRequest { denom: "uxpx".into() };
    let one: wire::QueryDenomMetadataResponse = bed.ask(DENOM, &request).unwrap();
    assert_eq!(one.metadata.as_ref(), Some(&expected));
    let request = wire::QueryDenomsMetadataRequest { pagination: None };
    let all: wire::QueryDenomsMetadataResponse = bed.ask(DENOMS, &request).unwrap();
    assert_eq!(all.metadatas, [expected]);
}

#[test]
fn refuses_what_names_nothing() {
    let bed = Bed::new();
    let check = |path: &str, request: &dyn Asked, code: u32| {
        let refusal = bed.ask_bytes(path, &request.bytes()).unwrap_err();
        assert_eq!((refusal.space, refusal.code), ("sdk", code), "{path}: {}", refusal.text);
    };
    let address = || "nobody".to_owned();
    check(BALANCE, &wire::QueryBalanceRequest { address: address(), denom: "uxpx".into() }, 7);
    check(BALANCE, &wire::QueryBalanceRequest { address: of_alice(), denom: "x".into() }, 18);
    check(ALL, &wire::QueryAllBalancesRequest { address: address(), pagination: None }, 7);
    check(SPENDABLE, &wire::QuerySpendableBalancesRequest { address: address(), pagination: None }, 7);
    check(HOLDS, &holds::QueryHoldsRequest { address: address(), pagination: None }, 7);
    check(SUPPLY, &wire::QuerySupplyOfRequest { denom: "x".into() }, 18);
    check(DENOM, &wire::QueryDenomMetadataRequest { denom: "x".into() }, 18);
    check(DENOM, &wire::QueryDenomMetadataRequest { denom: "gold".into() }, 22);
}

/// A request of any type.
trait Asked {
    fn bytes(&self) -> Vec<u8>;
}

impl<M: Message> Asked for M {
    fn bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }
}

#[test]
fn the_owners_of_a_denomination_are_all_who_can_spend_it() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![crate::testing::send(&alice(), &dave(), vec![coin(7, "gold")])]);
    let ask = |denom: &str, key: Vec<u8>, limit| {
        let pagination = Some(PageRequest { key, limit, ..PageRequest::default() });
        let request = wire::QueryDenomOwnersRequest { denom: denom.into(), pagination };
        bed.ask::<wire::QueryDenomOwnersResponse>(OWNERS, &request)
    };
    let all = ask("gold", Vec::new(), 0).unwrap().denom_owners;
    let mut expected = [(alice(), 993), (dave(), 7)];
    expected.sort_by_key(|(key, _)| key.address());
    let expected = expected.map(|(key, amount)| wire::DenomOwner {
        address: text(&key.address()),
        balance: Some(coin(amount, "gold")),
    });
    assert_eq!(all, expected);
    let first = ask("gold", Vec::new(), 1).unwrap();
    let second = ask("gold", first.pagination.unwrap().next_key, 1).unwrap();
    assert_eq!([first.denom_owners, second.denom_owners].concat(), expected);
    assert!(second.pagination.unwrap().next_key.is_empty());
    assert_eq!(ask("silver", Vec::new(), 0).unwrap().denom_owners, []);
    assert!(ask("?", Vec::new(), 0).is_err());
    let request = wire::QueryDenomOwnersByQueryRequest { denom: "gold".into(), pagination: None };
    let same: wire::QueryDenomOwnersByQueryResponse = bed.ask(OWNERS_OF, &request).unwrap();
    assert_eq!(same.denom_owners, expected);
}
