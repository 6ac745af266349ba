//! Questions by strangers: whatever they ask, they get an answer or a refusal, never a fault and never a panic.

use cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest;
use proptest::prelude::*;
use prost::Message;
use sirius_runtime::VerbKind;

use crate::{
    base::{auth::tests::database, name},
    consensus::{
        gov,
        staking::{
            consensus_text,
            tests::{Setting, consensus_key, undelegate},
        },
    },
    service::anchor,
    testing::{Bed, Key, alice, coins, dave, grant, send, text, vault},
};

/// A request with the fields that most requests have, at their usual numbers.
#[derive(Clone, PartialEq, prost::Message)]
struct Usual {
    #[prost(string, tag = "1")]
    first: String,
    #[prost(string, tag = "2")]
    second: String,
}

/// A request that names a numbered thing and an account.
#[derive(Clone, PartialEq, prost::Message)]
struct Numbered {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(string, tag = "2")]
    second: String,
}

/// A request that names something and one of its numbers.
#[derive(Clone, PartialEq, prost::Message)]
struct Placed {
    #[prost(string, tag = "1")]
    first: String,
    #[prost(uint64, tag = "2")]
    second: u64,
}

/// A request that names an account and a page.
#[derive(Clone, PartialEq, prost::Message)]
struct Paged {
    #[prost(string, tag = "1")]
    first: String,
    #[prost(message, optional, tag = "2")]
    page: Option<PageRequest>,
}

/// A request that names a page alone.
#[derive(Clone, PartialEq, prost::Message)]
struct Page {
    #[prost(message, optional, tag = "1")]
    page: Option<PageRequest>,
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(text(&alice().address())),
        Just(text(&dave().address())),
        Just("uxpx".to_owned()),
        Just("gold".to_owned()),
        Just(anchor::tests::CHAIN.to_owned()),
        ".{0,40}",
    ]
}

fn page() -> impl Strategy<Value = Option<PageRequest>> {
    let key = prop::collection::vec(any::<u8>(), 0..30);
    let page = (key, 0..5u64, 0..1_100u64, any::<bool>(), any::<bool>()).prop_map(
        |(key, offset, limit, count_total, reverse)| PageRequest { key, offset, limit, count_total, reverse },
    );
    prop::option::of(page)
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        (word(), word()).prop_map(|(first, second)| Usual { first, second }.encode_to_vec()),
        (0..3u64, word()).prop_map(|(first, second)| Numbered { first, second }.encode_to_vec()),
        (word(), 0..20u64).prop_map(|(first, second)| Placed { first, second }.encode_to_vec()),
        (word(), page()).prop_map(|(first, page)| Paged { first, page }.encode_to_vec()),
        page().prop_map(|page| Page { page }.encode_to_vec()),
    ]
}

/// A chain that has something to say to every question.
fn bed() -> Bed {
    let mut setting = Setting::with(&[("staking.historical_entries", 100)]);
    for (key, messages) in anchor::tests::history() {
        setting.bed.deliver(&[&key], messages);
    }
    setting.deliver(&alice(), undelegate(&alice(), &alice(), 1_000));
    setting.wait(1);
    let mut bed = setting.bed;
    bed.deliver(&[&alice()], vec![vault("hold", &alice(), &alice(), 5, "gold")]);
    bed.deliver(&[&alice()], vec![grant(&alice(), &dave(), coins(7, "uxpx"), None)]);
    bed.deliver(&[&alice()], vec![send(&alice(), &dave(), coins(7, "uxpx"))]);
    bed.deliver(&[&alice()], vec![gov::tests::text_of(&alice(), 10_000_000)]);
    bed.deliver(&[&alice()], vec![gov::tests::vote_of(&alice(), 1, 1)]);
    bed.deliver(&[&alice()], vec![database::register(&alice(), &Key::ed25519(9))]);
    bed.deliver(&[&alice()], vec![name::tests::register(&alice(), "gold", 2_592_000)]);
    bed.deliver(&[&alice()], vec![name::tests::register(&alice(), "gold.shop", 0)]);
    bed
}

#[test]
fn any_question_is_answered_or_refused() {
    let bed = bed();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_500));
    let verbs: Vec<_> =
        crate::registry().verbs().iter().filter(|verb| verb.kind == VerbKind::Query).cloned().collect();
    let asked = runner.run(&request(), |request| {
        for verb in &verbs {
            // The bed fails on a fault.
            if let Err(refusal) = bed.ask_bytes(&verb.path, &request) {
                prop_assert!(!refusal.text.is_empty() && refusal.text.len() < 1_000, "{}", verb.path);
            }
        }
        Ok(())
    });
    asked.unwrap();
}

#[test]
fn every_question_can_be_answered() {
    let bed = bed();
    let (first, granter) = (text(&dave().address()), text(&alice().address()));
    let validator = consensus_text(&consensus_key(50).address(), &bed.chain.prefix);
    let requests = [
        Vec::new(),
        Usual { first: first.clone(), second: String::new() }.encode_to_vec(),
        Usual { first: first.clone(), second: "uxpx".into() }.encode_to_vec(),
        Usual { first: "uxpx".into(), second: String::new() }.encode_to_vec(),
        Usual { first: "gold".into(), second: String::new() }.encode_to_vec(),
        Numbered { first: 1, second: String::new() }.encode_to_vec(),
        Numbered { first: 1, second: granter.clone() }.encode_to_vec(),
        Usual { first: granter.clone(), second: first }.encode_to_vec(),
        Usual { first: granter.clone(), second: String::new() }.encode_to_vec(),
        Usual { first: granter.clone(), second: granter }.encode_to_vec(),
        Usual { first: validator, second: String::new() }.encode_to_vec(),
        Usual { first: anchor::tests::CHAIN.into(), second: String::new() }.encode_to_vec(),
        Usual { first: anchor::tests::CHAIN.into(), second: format!("record-{}", "02".repeat(32)) }
            .encode_to_vec(),
        Usual { first: "db-2".into(), second: String::new() }.encode_to_vec(),
        Placed { first: anchor::tests::CHAIN.into(), second: 10 }.encode_to_vec(),
    ];
    for verb in crate::registry().verbs().iter().filter(|verb| verb.kind == VerbKind::Query) {
        let answered = requests.iter().any(|request| bed.ask_bytes(&verb.path, request).is_ok());
        assert!(answered, "{} has no request here that it answers", verb.path);
    }
}
