//! The route table: every question has a way over HTTP, and the ways that wallets know are among them.

use std::collections::BTreeSet;

use sirius_runtime::VerbKind;

use super::contracts;
use crate::rest::{openapi, route};

/// What Keplr, ping.pub and cosmpy ask of a chain for, as far as its modules are there.
const KNOWN: &[&str] = &[
    "GET /cosmos/auth/v1beta1/account_info/{address}",
    "GET /cosmos/auth/v1beta1/accounts",
    "GET /cosmos/auth/v1beta1/accounts/{address}",
    "GET /cosmos/auth/v1beta1/bech32",
    "GET /cosmos/auth/v1beta1/params",
    "GET /cosmos/bank/v1beta1/balances/{address}",
    "GET /cosmos/bank/v1beta1/balances/{address}/by_denom",
    "GET /cosmos/bank/v1beta1/denoms_metadata",
    "GET /cosmos/bank/v1beta1/denoms_metadata/{denom}",
    "GET /cosmos/bank/v1beta1/params",
    "GET /cosmos/bank/v1beta1/send_enabled",
    "GET /cosmos/bank/v1beta1/spendable_balances/{address}",
    "GET /cosmos/bank/v1beta1/spendable_balances/{address}/by_denom",
    "GET /cosmos/bank/v1beta1/supply",
    "GET /cosmos/bank/v1beta1/supply/by_denom",
    "GET /cosmos/base/node/v1beta1/config",
    "GET /cosmos/base/node/v1beta1/status",
    "GET /cosmos/base/tendermint/v1beta1/abci_query",
    "GET /cosmos/base/tendermint/v1beta1/blocks/latest",
    "GET /cosmos/base/tendermint/v1beta1/blocks/{height}",
    "GET /cosmos/base/tendermint/v1beta1/node_info",
    "GET /cosmos/base/tendermint/v1beta1/syncing",
    "GET /cosmos/base/tendermint/v1beta1/validatorsets/latest",
    "GET /cosmos/base/tendermint/v1beta1/validatorsets/{height}",
    "GET /cosmos/consensus/v1/params",
    "GET /cosmos/feegrant/v1beta1/allowance/{granter}/{grantee}",
    "GET /cosmos/feegrant/v1beta1/allowances/{grantee}",
    "GET /cosmos/mint/v1beta1/annual_provisions",
    "GET /cosmos/mint/v1beta1/inflation",
    "GET /cosmos/distribution/v1beta1/community_pool",
    "GET /cosmos/distribution/v1beta1/delegators/{delegator_address}/rewards",
    "GET /cosmos/distribution/v1beta1/params",
    "GET /cosmos/gov/v1/params/{params_type}",
    "GET /cosmos/gov/v1/proposals",
    "GET /cosmos/gov/v1/proposals/{proposal_id}/tally",
    "GET /cosmos/slashing/v1beta1/params",
    "GET /cosmos/slashing/v1beta1/signing_infos",
    "GET /cosmos/staking/v1beta1/delegations/{delegator_addr}",
    "GET /cosmos/staking/v1beta1/delegators/{delegator_addr}/unbonding_delegations",
    "GET /cosmos/staking/v1beta1/params",
    "GET /cosmos/staking/v1beta1/pool",
    "GET /cosmos/staking/v1beta1/validators",
    "GET /cosmos/upgrade/v1beta1/current_plan",
    "GET /cosmos/tx/v1beta1/txs",
    "GET /cosmos/tx/v1beta1/txs/block/{height}",
    "GET /cosmos/tx/v1beta1/txs/{hash}",
    "POST /cosmos/tx/v1beta1/simulate",
    "POST /cosmos/tx/v1beta1/txs",
];

#[test]
fn every_question_has_a_route_and_no_two_share_one() {
    let table = route::table(&contracts()).unwrap();
    let asked: BTreeSet<_> = table.iter().map(|route| route.path.as_str()).collect();
    let registry = sirius_ledger::registry();
    let questions = registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Query);
    let without: Vec<_> = questions.filter(|verb| !asked.contains(verb.path.as_str())).collect();
    assert!(without.is_empty(), "write option (google.api.http) at {without:?}");
    let ways: BTreeSet<_> =
        table.iter().map(|route| (route.verb.as_str(), route.template.pattern())).collect();
    assert_eq!(ways.len(), table.len());
}

#[test]
fn the_routes_that_clients_know_are_there() {
    let table = route::table(&contracts()).unwrap();
    let there: BTreeSet<_> =
        table.iter().map(|route| format!("{} {}", route.verb, route.template.shown())).collect();
    let missing: Vec<_> = KNOWN.iter().filter(|known| !there.contains(**known)).collect();
    assert!(missing.is_empty(), "{missing:?} are not among {there:#?}");
}

#[test]
fn every_route_is_described() {
    let table = route::table(&contracts()).unwrap();
    let document = openapi::document(&table);
    for route in &table {
        let (path, verb) = (route.template.shown(), route.verb.as_str().to_lowercase());
        assert!(document["paths"][&path][&verb].is_object(), "{verb} {path}");
    }
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to");
    }
    let balances = &document["paths"]["/cosmos/bank/v1beta1/balances/{address}"]["get"]["parameters"];
    assert!(balances.to_string().contains("pagination.limit"), "{balances}");
}
