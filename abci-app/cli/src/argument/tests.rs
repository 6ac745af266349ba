//! What people may write for each kind of field, as tables.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use clap::error::ErrorKind;
use proptest::prelude::*;
use serde_json::{Value, json};
use sirius_ledger::base::bank::wire::bank::{DenomUnit, Metadata};
use sirius_primitives::{Denom, Gas, Multisig, PublicKey};
use sirius_sdk::{
    keystore::{Entry, Group},
    submit::GasLimit,
    units::Units,
};

use super::{option::Way, *};
use crate::{failure::Failure, names::tests::names};

fn units() -> Units {
    let unit = |denom: &str, exponent| DenomUnit { denom: denom.into(), exponent, aliases: Vec::new() };
    Units::new(&[Metadata {
        base: "uxpx".into(),
        display: "xpx".into(),
        denom_units: vec![unit("uxpx", 0), unit("xpx", 6)],
        ..Metadata::default()
    }])
}

fn keys() -> Vec<Entry> {
    vec![Entry { name: "alice".parse().unwrap(), path: None, public_key: PublicKey::Ed25519([1; 32]) }]
}

fn groups() -> Vec<Group> {
    let members = [1, 2].map(|seed| PublicKey::Ed25519([seed; 32]));
    vec![Group { name: "team".parse().unwrap(), multisig: Multisig::new(2, members.to_vec()).unwrap() }]
}

/// The JSON of a command line that begins with `tx` or `query`, signed by "SIGNER".
fn parse(line: &[&str]) -> Result<Value, Failure> {
    let catalogue = Catalogue::new();
    let words = std::iter::once("sirius").chain(line.iter().copied());
    let matches =
        command(&catalogue).try_get_matches_from(words).map_err(|error| Failure::input(error.to_string()))?;
    let (word, matches) = matches.subcommand().unwrap();
    let kind = if word == "tx" { VerbKind::Message } else { VerbKind::Query };
    let (verb, matches) = chosen(&catalogue, kind, matches)?;
    let (units, names, denom) = (units(), names(), "uxpx".parse::<Denom>().unwrap());
    let (keys, groups) = (keys(), groups());
    let reader = Reader {
        units: &units,
        names: &names,
        keys: &keys,
        groups: &groups,
        denom: &denom,
        catalogue: &catalogue,
    };
    let message = catalogue.message(&verb.request)?;
    let json = request(verb, &message, matches, &reader, Some("SIGNER"))?;
    // Whatever is made must be what the message takes.
    catalogue.encode(&verb.request, &json)?;
    Ok(json)
}

fn address(name: &str) -> String {
    let names = names();
    names.text(&names.resolve(name).unwrap())
}

#[test]
fn the_grammar_is_sound() {
    command(&Catalogue::new()).debug_assert();
}

#[test]
fn every_verb_is_a_command() {
    let catalogue = Catalogue::new();
    let grammar = command(&catalogue);
    for verb in catalogue.registry().verbs() {
        let word = if verb.kind == VerbKind::Message { "tx" } else { "query" };
        let found = grammar.find_subcommand(word).and_then(|word| word.find_subcommand(verb.module));
        assert!(found.and_then(|module| module.find_subcommand(verb.name)).is_some(), "{}", verb.path);
    }
}

#[test]
fn messages_from_arguments() {
    let coin = |amount: &str| json!({ "denom": "uxpx", "amount": amount });
    let check = |line: &[&str], expected: Value| {
        let line: Vec<_> = ["tx"].iter().chain(line).chain(&["--from", "alice"]).copied().collect();
        assert_eq!(parse(&line).unwrap_or_else(|error| panic!("{line:?}: {error}")), expected);
    };
    check(
        &["bank", "send", "bob", "1.5xpx"],
        json!({ "from_address": "SIGNER", "to_address": address("bob"), "amount": [coin("1500000")] }),
    );
    check(
        &["bank", "send", &address("shop"), "3uatom,1xpx"],
        json!({
            "from_address": "SIGNER", "to_address": address("shop"),
            "amount": [{ "denom": "uatom", "amount": "3" }, coin("1000000")],
        }),
    );
    let outputs = json!([
        { "address": address("bob"), "coins": [coin("1000000")] },
        { "address": address("shop"), "coins": [coin("2")] },
    ]);
    let inputs = json!([{ "address": "SIGNER", "coins": [coin("1000002")] }]);
    check(
        &[
            "bank",
            "multi-send",
            r#"{"coins":"1.000002xpx"}"#,
            r#"{"address":"bob","coins":"1xpx"}"#,
            r#"{"address":"shop","coins":[{"denom":"uxpx","amount":"2"}]}"#,
        ],
        json!({ "inputs": inputs, "outputs": outputs }),
    );
    check(
        &["params", "update", r#"[{"name":"a.b","value":"7"}]"#, "900"],
        json!({ "authority": "SIGNER", "values": [{ "name": "a.b", "value": "7" }], "height": "900" }),
    );
    // Without a height it is the next block.
    check(
        &["params", "update", r#"[{"name":"a.b","value":"7"}]"#],
        json!({ "authority": "SIGNER", "values": [{ "name": "a.b", "value": "7" }] }),
    );
    let vote = json!({ "proposal_id": "3", "voter": "SIGNER", "option": "VOTE_OPTION_YES" });
    check(&["gov", "vote", "3", "VOTE_OPTION_YES"], vote.clone());
    let mut reasoned = vote;
    reasoned["metadata"] = json!("because");
    check(&["gov", "vote", "3", "VOTE_OPTION_YES", "because"], reasoned);
    let allowance =
        json!({ "@type": "/cosmos.feegrant.v1beta1.BasicAllowance", "spend_limit": [coin("2000000")] });
    check(
        &[
            "fee",
            "grant",
            "bob",
            r#"{"@type":"/cosmos.feegrant.v1beta1.BasicAllowance","spend_limit":"2xpx"}"#,
        ],
        json!({ "granter": "SIGNER", "grantee": address("bob"), "allowance": allowance }),
    );
    let key = json!({ "@type": "/cosmos.crypto.ed25519.PubKey", "key": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=" });
    check(
        &["auth", "rotate-key", "key:alice", "0x0102"],
        json!({ "address": "SIGNER", "public_key": key, "proof": "AQI=" }),
    );
    let other = json!({ "@type": "/cosmos.crypto.ed25519.PubKey", "key": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=" });
    let team = json!({
        "@type": "/cosmos.crypto.multisig.LegacyAminoPubKey", "threshold": 2, "public_keys": [key, other],
    });
    check(
        &["auth", "rotate-key", "key:team", "0x0102"],
        json!({ "address": "SIGNER", "public_key": team, "proof": "AQI=" }),
    );
}

#[test]
fn questions_from_arguments() {
    let page = |limit: &str, key: &str| json!({ "key": key, "offset": "0", "limit": limit, "count_total": false, "reverse": false });
    let check = |line: &[&str], expected: Value| {
        let line: Vec<_> = ["query"].iter().chain(line).copied().collect();
        assert_eq!(parse(&line).unwrap_or_else(|error| panic!("{line:?}: {error}")), expected);
    };
    check(&["bank", "balance", "bob"], json!({ "address": address("bob"), "denom": "uxpx" }));
    check(&["bank", "balance", "bob", "uatom"], json!({ "address": address("bob"), "denom": "uatom" }));
    check(&["bank", "supply"], json!({ "denom": "uxpx" }));
    check(&["params", "params"], json!({}));
    check(&["params", "params", "fee"], json!({ "module": "fee" }));
    check(
        &["fee", "allowance", "alice", "bob"],
        json!({ "granter": address("alice"), "grantee": address("bob") }),
    );
    check(&["bank", "balances", "bob"], json!({ "address": address("bob"), "pagination": page("0", "") }));
    check(
        &["bank", "balances", "bob", "--limit", "5", "--key", "0xff"],
        json!({ "address": address("bob"), "pagination": page("5", "/w==") }),
    );
    check(&["fee", "base-fee", "--prove", "--height", "3"], json!({}));
}

#[test]
fn bad_arguments_are_named() {
    let check = |line: &[&str], expected: &str| {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains(expected), "{line:?}: {error}");
    };
    let from = ["--from", "alice"];
    let tx = |line: &[&'static str]| -> Vec<&'static str> {
        ["tx"].iter().chain(line).chain(&from).copied().collect()
    };
    check(&tx(&["bank", "send", "nobody", "1xpx"]), "argument TO_ADDRESS: \"nobody\" is neither a key");
    check(
        &tx(&["bank", "send", "bob", "1.0000001xpx"]),
        "argument AMOUNT: amount \"1.0000001xpx\" has 7 decimals",
    );
    check(&tx(&["bank", "send", "bob", "5"]), "argument AMOUNT: amount \"5\" names no unit");
    check(&tx(&["bank", "send", "bob", "1xpx,2xpx"]), "argument AMOUNT");
    check(&tx(&["bank", "send", "bob"]), "<AMOUNT>");
    check(&tx(&["bank", "multi-send", "{", "{}"]), "argument INPUTS");
    check(&tx(&["bank", "multi-send", "{}", r#"{"adress":"bob"}"#]), "adress");
    check(
        &tx(&["auth", "rotate-key", "key:zoe", "0x00"]),
        "argument PUBLIC_KEY: there is no key named \"zoe\"",
    );
    check(&tx(&["auth", "rotate-key", "key:alice", "0x0"]), "argument PROOF");
    check(&tx(&["auth", "rotate-key", "key:alice", "!"]), "neither 0x and hexadecimal digits nor base64");
    check(&tx(&["fee", "grant", "bob", r#"{"@type":"/a.B"}"#]), "a.B");
    check(&["tx", "bank", "send", "bob", "1xpx"], "--from <NAME>");
    check(&tx(&["params", "update"]), "<VALUES>");
    check(&tx(&["gov", "vote", "3"]), "<OPTION>");
    check(&["query", "bank", "balance"], "<ADDRESS>");
    check(&["query", "fee", "allowance", "alice"], "<GRANTEE>");
    check(&["query", "bank", "balances", "bob", "--key", "0x0", "--offset", "1"], "--offset");
    check(&["query", "bank", "balances", "bob", "--limit=-1"], "--limit");
}

#[test]
fn sending_has_its_options() {
    let read = |more: &[&str]| {
        let line = ["sirius", "tx", "bank", "send", "bob", "1xpx", "--from", "alice"];
        let catalogue = Catalogue::new();
        let matches = command(&catalogue).try_get_matches_from(line.iter().chain(more));
        let matches = matches.map_err(|error| error.kind())?;
        let (_, matches) = matches.subcommand().unwrap();
        let (_, matches) = chosen(&catalogue, VerbKind::Message, matches).unwrap();
        send_arguments(matches).map_err(|_| ErrorKind::InvalidValue)
    };
    let plain = read(&[]).unwrap();
    assert_eq!((plain.gas, plain.fee.clone(), plain.timeout.0), (GasLimit::Simulated, None, 60));
    assert_eq!(plain.way, Way::Send { wait: true });
    let full =
        read(&["--gas", "7", "--fee", "5000uxpx", "--memo", "hi", "--timeout-blocks", "9", "--no-wait"])
            .unwrap();
    assert_eq!(
        (full.gas, full.fee.as_deref(), full.memo.as_str()),
        (GasLimit::Exactly(Gas(7)), Some("5000uxpx"), "hi")
    );
    assert_eq!((full.timeout.0, full.way), (9, Way::Send { wait: false }));
    assert_eq!(read(&["--generate-only"]).unwrap().way, Way::Generate);
    let offline = ["--offline", "--account-number", "1", "--sequence", "2", "--timeout-height", "3"];
    assert!(matches!(read(&offline).unwrap().way, Way::Offline { .. }));
    assert_eq!(read(&["--offline"]).unwrap_err(), ErrorKind::MissingRequiredArgument);
    assert_eq!(read(&["--sequence", "2"]).unwrap_err(), ErrorKind::MissingRequiredArgument);
    assert_eq!(read(&["--generate-only", "--no-wait"]).unwrap_err(), ErrorKind::ArgumentConflict);
    assert_eq!(read(&["--timeout-blocks", "0"]).unwrap_err(), ErrorKind::ValueValidation);
    assert_eq!(read(&["--timeout-blocks", "1001"]).unwrap_err(), ErrorKind::ValueValidation);
    assert_eq!(read(&["--gas=-5"]).unwrap_err(), ErrorKind::InvalidValue);
    assert_eq!(read(&["--gas", "many"]).unwrap_err(), ErrorKind::InvalidValue);
}

#[test]
fn a_transaction_is_sent_or_looked_up() {
    let matches =
        |line: &[&str]| command(&Catalogue::new()).try_get_matches_from(["sirius"].iter().chain(line));
    let found = matches(&["tx", &"A".repeat(64)]).unwrap();
    assert_eq!(found.subcommand().unwrap().1.get_one::<String>("hash").unwrap().len(), 64);
    assert!(matches(&["tx", &"A".repeat(64), "bank"]).is_err());
    assert!(matches(&["tx"]).is_err());
    assert!(matches(&["--json", "status", "--home", "x", "--rpc", "http://a", "--rpc", "http://b"]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_argument_is_read_or_refused(text in any::<String>(), json in "[\\[\\]{}\":,a-z0-9]{0,40}") {
        for word in [text.as_str(), json.as_str()] {
            let _ = parse(&["tx", "bank", "send", "--from", "alice", "--", word, word]);
            let _ = parse(&["tx", "bank", "multi-send", "--from", "alice", "--", word, word]);
            let _ = parse(&["tx", "auth", "rotate-key", "--from", "alice", "--", word, word]);
            let _ = parse(&["query", "bank", "balance", "--", word, word]);
        }
    }
}
