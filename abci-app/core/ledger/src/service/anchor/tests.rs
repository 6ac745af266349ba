//! Anchored chains: what is taken, what is refused, what is proven, and where the coins go.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod life;
mod proof;
mod renew;
mod wrong;

use serde_json::json;
use sirius_primitives::{Address, Amount, Hash, Height, Timestamp, record::Record};
use sirius_runtime::Refusal;
use tendermint_proto::google::protobuf::Any;

use super::{
    chain::{Chain, Evidence, Header, Status},
    keys,
    light::Member,
    made::{Database, Draft, ENTRY},
    subject::{Proven, Subject, What},
    wire::anchor as wire,
};
use crate::testing::{Bed, Case, Key, alice, any, bob, carol, coin, golden::Record as Row, text, update};

/// The chain of most tests.
pub(crate) const CHAIN: &str = "db-1";
/// The time of the bed's first block.
const START: Timestamp = Timestamp { seconds: 1_700_000_000, nanos: 0 };
/// What is put at stake.
const BOND: u128 = 1_000_000_000;
/// What a header of four validators costs a deposit.
const PRICE: u128 = 2_400;

/// Validators of these seeds, with power 10 each.
pub(super) fn members(seeds: &[u8]) -> Vec<Member> {
    seeds
        .iter()
        .map(|seed| Member {
            key: *Key::ed25519(*seed).public().as_bytes().first_chunk().unwrap(),
            power: 10,
        })
        .collect()
}

/// A header of [`CHAIN`] with four validators, so many seconds after the bed's first block.
pub(super) fn draft(height: u64, seconds: i64) -> Draft {
    Draft {
        chain_id: CHAIN.into(),
        height,
        time: Timestamp { seconds: START.seconds + seconds, nanos: 0 },
        app_hash: Database::new().unwrap().app_hash(),
        validators: members(&[60, 61, 62, 63]),
        next: members(&[60, 61, 62, 63]),
    }
}

impl Draft {
    /// The header when these seeds sign it.
    pub(super) fn by(&self, seeds: &[u8]) -> wire::LightBlock {
        let key = |bytes: &[u8]| {
            seeds.iter().map(|seed| Key::ed25519(*seed)).find(|key| key.public().as_bytes() == bytes)
        };
        self.sign(|bytes, message| key(bytes).map(|key| key.sign(message))).unwrap()
    }

    /// The header when all sign it whom these tests have.
    pub(super) fn all(&self) -> wire::LightBlock {
        self.by(&(60..80).collect::<Vec<_>>())
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

fn registration(owner: &Key, block: wire::LightBlock) -> wire::MsgRegisterChain {
    wire::MsgRegisterChain {
        owner_address: text(&owner.address()),
        bond: Some(coin(BOND, "uxpx")),
        deposit: Some(coin(100_000, "uxpx")),
        block: Some(block),
        trusting_seconds: 3_600,
        every: 5,
    }
}

pub(super) fn posted(poster: &Key, blocks: Vec<wire::LightBlock>) -> Any {
    any(&wire::MsgPostHeader { poster_address: text(&poster.address()), blocks })
}

fn added(depositor: &Key, chain_id: &str, amount: u128, denom: &str) -> Any {
    let amount = Some(coin(amount, denom));
    any(&wire::MsgDeposit {
        depositor_address: text(&depositor.address()),
        chain_id: chain_id.into(),
        amount,
    })
}

fn withdrawn(owner: &Key, amount: u128) -> Any {
    let amount = Some(coin(amount, "uxpx"));
    any(&wire::MsgWithdraw { owner_address: text(&owner.address()), chain_id: CHAIN.into(), amount })
}

fn closed(owner: &Key, chain_id: &str) -> Any {
    any(&wire::MsgClose { owner_address: text(&owner.address()), chain_id: chain_id.into() })
}

pub(super) fn renewed(authority: &Key, block: wire::LightBlock) -> Any {
    any(&wire::MsgRenewTrust { authority: text(&authority.address()), block: Some(block) })
}

/// Two headers 11 of [`CHAIN`], shown by somebody.
fn conflict(reporter: &Key) -> wire::MsgSubmitConflict {
    wire::MsgSubmitConflict {
        reporter_address: text(&reporter.address()),
        first: Some(draft(11, 1).all()),
        second: Some(draft(11, 1).with(|draft| draft.app_hash = vec![9; 32]).all()),
        trusted_height: 10,
        trusted_validators: Vec::new(),
    }
}

fn proof(prover: &Key) -> wire::MsgProveRecord {
    wire::MsgProveRecord {
        prover_address: text(&prover.address()),
        chain_id: CHAIN.into(),
        height: 10,
        record: Some(Database::new().unwrap().record().unwrap()),
        entry: None,
    }
}

/// A chain with alice's [`CHAIN`], whose first header is 10.
pub(super) fn bed() -> Bed {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![any(&registration(&alice(), draft(10, 0).all()))]);
    bed
}

fn refuse(bed: &Bed, key: &Key, message: Any) -> Refusal {
    bed.refusal(&bed.draft(&[key], vec![message]).sign())
}

/// The refusal of alice's registration with a change.
fn unregistered(change: impl FnOnce(&mut wire::MsgRegisterChain)) -> Refusal {
    let mut message = registration(&alice(), draft(10, 0).all());
    change(&mut message);
    refuse(&Bed::new(), &alice(), any(&message))
}

/// The refusal of bob's header.
fn unposted(blocks: Vec<wire::LightBlock>) -> Refusal {
    refuse(&bed(), &bob(), posted(&bob(), blocks))
}

/// The same when a parameter has another value.
fn limited(name: &'static str, value: u64, blocks: Vec<wire::LightBlock>) -> Refusal {
    let mut bed = bed();
    bed.deliver(&[&alice()], vec![update(&alice(), &[(name, value)])]);
    refuse(&bed, &bob(), posted(&bob(), blocks))
}

/// The refusal of bob's evidence with a change.
fn unshown(change: impl FnOnce(&mut wire::MsgSubmitConflict)) -> Refusal {
    let mut message = conflict(&bob());
    change(&mut message);
    refuse(&bed(), &bob(), any(&message))
}

/// The refusal of bob's proof with a change.
fn unproven(change: impl FnOnce(&mut wire::MsgProveRecord)) -> Refusal {
    let mut message = proof(&bob());
    change(&mut message);
    refuse(&bed(), &bob(), any(&message))
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = of_chains();
    cases.extend(of_headers());
    cases.extend(of_proofs());
    cases
}

fn of_chains() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the owner's address is not valid", || {
            let message = wire::MsgClose { owner_address: "alice".into(), chain_id: CHAIN.into() };
            refuse(&bed(), &alice(), any(&message)).into()
        }),
        Case::new(("sdk", 10, "BadCoins"), "the deposit is not valid: it is zero", || {
            refuse(&bed(), &bob(), added(&bob(), CHAIN, 0, "uxpx")).into()
        }),
        Case::new(("anchor", 2, "NoChain"), "no chain db-9 is registered", || {
            refuse(&bed(), &bob(), added(&bob(), "db-9", 1, "uxpx")).into()
        }),
        Case::new(("anchor", 3, "ChainExists"), "chain db-1 is registered already", || {
            refuse(&bed(), &bob(), any(&registration(&bob(), draft(20, 0).all()))).into()
        }),
        Case::new(("anchor", 4, "NotActive"), "the anchor of chain db-1 is frozen", || {
            let mut bed = bed();
            bed.deliver(&[&bob()], vec![any(&conflict(&bob()))]);
            refuse(&bed, &bob(), posted(&bob(), vec![draft(15, 1).all()])).into()
        }),
        Case::new(("anchor", 5, "WrongDenom"), "are made in uxpx, not in gold", || {
            refuse(&bed(), &alice(), added(&alice(), CHAIN, 1, "gold")).into()
        }),
        Case::new(("anchor", 6, "BondTooSmall"), "a bond of 999999999uxpx is too small", || {
            unregistered(|message| message.bond = Some(coin(BOND - 1, "uxpx"))).into()
        }),
        Case::new(("anchor", 7, "BadSetting"), "trusting_seconds is 59, it can be 60 to", || {
            unregistered(|message| message.trusting_seconds = 59).into()
        }),
        Case::new(("anchor", 19, "NotOwner"), "chain db-1 is sirius1", || {
            refuse(&bed(), &bob(), closed(&bob(), CHAIN)).into()
        }),
        Case::new(("anchor", 20, "DepositTooSmall"), "has 100000uxpx, 100001uxpx cannot", || {
            refuse(&bed(), &alice(), withdrawn(&alice(), 100_001)).into()
        }),
        Case::new(
            ("anchor", 26, "BadGenesis"),
            "bonds and deposits are 1000100000, the bank holds 0",
            || {
                let exported = bed().app.export(&bed().state, Height(2)).unwrap().sections;
                Bed::genesis(|genesis| genesis["anchor"] = exported["anchor"].clone()).err().unwrap().into()
            },
        ),
    ]
}

fn of_headers() -> Vec<Case> {
    vec![
        Case::new(("anchor", 1, "BadBlock"), "the light block cannot be: it has no validators", || {
            let mut block = draft(15, 1).all();
            block.validators.clear();
            unposted(vec![block]).into()
        }),
        Case::new(("anchor", 8, "TooManyValidators"), "has 4 validators, at most 3", || {
            limited("anchor.max_validators", 3, vec![draft(15, 1).all()]).into()
        }),
        Case::new(("anchor", 9, "NotNewer"), "header 10 is not newer than the anchored header 10", || {
            unposted(vec![draft(10, 1).all()]).into()
        }),
        Case::new(
            ("anchor", 10, "TooSoon"),
            "header 14 comes too soon: the next one is 15, or any later one from block 6 of",
            || unposted(vec![draft(14, 1).all()]).into(),
        ),
        Case::new(
            ("anchor", 11, "DepositExhausted"),
            "has 2399uxpx left, this header costs 2400uxpx",
            || {
                let mut bed = bed();
                bed.deliver(&[&alice()], vec![withdrawn(&alice(), 100_000 - PRICE + 1)]);
                refuse(&bed, &bob(), posted(&bob(), vec![draft(15, 1).all()])).into()
            },
        ),
        Case::new(("anchor", 12, "Expired"), "header 10 is older than the trusting period of 3600", || {
            let mut bed = bed();
            bed.block.time.seconds = START.seconds + 3_600;
            refuse(&bed, &bob(), posted(&bob(), vec![draft(15, 3_599).all()])).into()
        }),
        Case::new(("anchor", 13, "FromTheFuture"), "header 15 is more than 10 seconds ahead", || {
            unposted(vec![draft(15, 11).all()]).into()
        }),
        Case::new(
            ("anchor", 14, "OtherValidators"),
            "header 11 are not those that header 10 announced",
            || {
                let others = |draft: &mut Draft| {
                    (draft.validators, draft.next) = (members(&[60, 61, 62, 64]), members(&[64]));
                };
                unposted(vec![draft(11, 1).with(others).all()]).into()
            },
        ),
        Case::new(("anchor", 15, "NotEnoughTrust"), "of the power 40 that is trusted only 10 signed", || {
            let others = |draft: &mut Draft| draft.validators = members(&[60, 64, 65, 66]);
            unposted(vec![draft(15, 1).with(others).all()]).into()
        }),
        Case::new(("anchor", 16, "NotEnoughSigned"), "of the power 40 of its own validators only 20", || {
            unposted(vec![draft(15, 1).by(&[60, 61])]).into()
        }),
        Case::new(("anchor", 17, "BadCommit"), "header 15 is not what its validators signed", || {
            let mut block = draft(15, 1).all();
            block.signed_header.as_mut().unwrap().header.as_mut().unwrap().app_hash = vec![9; 32];
            unposted(vec![block]).into()
        }),
        Case::new(("anchor", 18, "TooManySteps"), "the message has 2 headers, it can have 1 to 1", || {
            limited("anchor.max_steps", 1, vec![draft(12, 1).all(), draft(15, 2).all()]).into()
        }),
    ]
}

fn of_proofs() -> Vec<Case> {
    vec![
        Case::new(("anchor", 21, "NoConflict"), "do not contradict each other: they are the same", || {
            unshown(|message| message.second = message.first.clone()).into()
        }),
        Case::new(("anchor", 22, "NoHeader"), "no header 9 of chain db-1 is kept", || {
            unproven(|message| message.height = 9).into()
        }),
        Case::new(("anchor", 23, "NotTrusted"), "are not those that header 10 announced", || {
            let other = members(&[64]).iter().map(super::light::wire_member).collect();
            unshown(|message| message.trusted_validators = other).into()
        }),
        Case::new(("anchor", 24, "BadProof"), "the path leads to another root", || {
            unproven(|message| message.record.as_mut().unwrap().position = 9).into()
        }),
        Case::new(("anchor", 27, "StillTrusted"), "header 10 is trusted for 3600 seconds", || {
            refuse(&bed(), &alice(), renewed(&alice(), draft(15, 1).all())).into()
        }),
        Case::new(("anchor", 25, "Outdated"), "proven against header 15 already, header 10 is older", || {
            let mut bed = bed();
            bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(15, 1).all()])]);
            let newer = wire::MsgProveRecord { height: 15, ..proof(&bob()) };
            bed.deliver(&[&bob()], vec![any(&newer)]);
            refuse(&bed, &carol(), any(&proof(&carol()))).into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Row> {
    let owner = Address::new([0xaa; 20]);
    let header = Header {
        height: 7,
        time: START,
        hash: Hash::new([1; 32]),
        app_hash: vec![2; 32],
        next_validators: Hash::new([3; 32]),
        posted: Height(9),
        poster: owner,
    };
    let chain = |status| Chain {
        owner,
        bond: Amount::new(5),
        deposit: Amount::new(6),
        trusting_seconds: 3_600,
        every: 5,
        registered: Height(8),
        first: 7,
        latest: header.clone(),
        kept: 1,
        posted: 1,
        status,
    };
    let evidence = Evidence {
        first: vec![1],
        second: vec![2],
        reporter: owner,
        reported: Height(9),
        reward: Amount::new(3),
        burned: Amount::new(2),
    };
    let record = Record {
        height: 1,
        position: 2,
        id: [3; 32],
        raw: Hash::new([4; 32]),
        asset: [5; 32],
        previous: Hash::new([0; 32]),
    };
    let proven = |what| Proven { header: 7, time: START, height: Height(9), prover: owner, what };
    vec![
        Row::new("chain", &keys::chain(CHAIN), &chain(Status::Active)),
        Row::new("chain that is closing", &keys::chain(CHAIN), &chain(Status::Closing { ends: START })),
        Row::new("header", &keys::header(CHAIN, 7), &header),
        Row::new("validators", &keys::validators(CHAIN), &vec![Member { key: [6; 32], power: 10 }]),
        Row::new("evidence", &keys::evidence(CHAIN), &evidence),
        Row::new(
            "proven record",
            &keys::proven(CHAIN, &Subject::Record([3; 32])),
            &proven(What::Record { record, index: 4 }),
        ),
        Row::new(
            "proven entry",
            &keys::proven(CHAIN, &Subject::Entry(b"u/1".to_vec())),
            &proven(What::Entry(Some(vec![7]))),
        ),
        Row::new("end of a chain", &keys::due(START, CHAIN), &CHAIN.to_owned()),
    ]
}

/// Every kind of message: [`CHAIN`] goes on, `db-2` is frozen, `db-3` is being closed.
pub(crate) fn history() -> Vec<(Key, Vec<Any>)> {
    let register = |chain_id: &str| {
        let block = draft(10, 0).with(|draft| draft.chain_id = chain_id.into()).all();
        any(&registration(&alice(), block))
    };
    let other = |height, odd: u8| {
        let change = |draft: &mut Draft| {
            draft.chain_id = "db-2".into();
            draft.app_hash = vec![odd; 32];
        };
        Some(draft(height, 1).with(change).all())
    };
    let contradiction =
        wire::MsgSubmitConflict { first: other(11, 1), second: other(11, 2), ..conflict(&bob()) };
    let entry = Some(Database::new().unwrap().entry(ENTRY.0).unwrap());
    let of_entry = wire::MsgProveRecord { record: None, entry, ..proof(&carol()) };
    vec![
        (alice(), vec![register(CHAIN)]),
        (alice(), vec![register("db-2")]),
        (alice(), vec![register("db-3")]),
        (bob(), vec![posted(&bob(), vec![draft(15, 1).all()])]),
        (carol(), vec![added(&carol(), CHAIN, 7, "uxpx")]),
        (alice(), vec![withdrawn(&alice(), 5)]),
        (bob(), vec![any(&contradiction)]),
        (carol(), vec![any(&proof(&carol()))]),
        (carol(), vec![any(&of_entry)]),
        (alice(), vec![closed(&alice(), "db-3")]),
    ]
}

#[test]
fn genesis_names_what_is_wrong() {
    let bed = bed();
    let sections = bed.app.export(&bed.state, Height(2)).unwrap().sections;
    let check = |change: fn(&mut serde_json::Value), text: &str| {
        let mut all = serde_json::Value::Object(sections.clone());
        change(&mut all["anchor"]["chains"][0]);
        let error = Bed::genesis(|genesis| *genesis = all).err().unwrap().to_string();
        assert!(error.contains(text), "{error}");
    };
    check(|chain| chain["chain_id"] = json!("a/b"), "is no chain id");
    check(|chain| chain["owner"] = json!("x"), "the owner's address is not valid");
    check(|chain| chain["headers"] = json!([]), "its newest header is not the last");
    check(|chain| chain["latest"]["hash"] = json!("00"), "a header's hash: a hash is written as 64");
    check(|chain| chain["validators"][0]["key"] = json!("AA=="), "it has not 32 bytes");
    check(|chain| chain["status"] = json!("frozen"), "it is frozen without evidence");
    check(|chain| chain["deposit"] = json!("1"), "the bank holds");
}
