//! Presence and evidence: who is jailed, for how long, and what it costs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use serde_json::json;
use sirius_primitives::{Address, Height, Prefix, Timestamp};
use sirius_runtime::{Misbehavior, Offence, Refusal};
use tendermint_proto::google::protobuf::Any;

use super::{Presence, keys, wire::slashing as wire};
use crate::{
    consensus::staking::{
        consensus_text, operator_text,
        tests::{Setting, consensus_key, delegate, undelegate},
        validator,
        wire::distribution,
    },
    testing::{Bed, Case, Key, any, bob, carol, golden::Record},
};

fn unjail(by: &Key) -> Any {
    let prefix = sirius_primitives::Prefix::new("sirius").unwrap();
    any(&wire::MsgUnjail { validator_addr: operator_text(&by.address(), &prefix) })
}

fn refused(setting: &Setting, by: &Key) -> Refusal {
    setting.bed.refusal(&setting.bed.draft(&[by], vec![unjail(by)]).sign())
}

/// A window of 20 blocks of which half must be signed, and ten seconds of jail.
fn setting() -> Setting {
    Setting::with(&[("slashing.window", 20), ("slashing.downtime_jail_seconds", 10)])
}

/// A chain whose second validator was absent until it was jailed.
fn absent() -> Setting {
    let mut setting = setting();
    while setting.power(51).is_some() {
        setting.block(&[], &[51]);
        assert!(setting.bed.block.height < Height(100), "it is never jailed");
    }
    setting
}

fn accuse(setting: &mut Setting, height: Height, time: Timestamp) {
    setting.bed.report.misbehavior = vec![Misbehavior {
        offence: Offence::LightClientAttack,
        validator: consensus_key(51).address(),
        power: 5,
        height,
        time,
        total_power: 15,
    }];
    setting.block(&[], &[]);
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the validator's address is not valid", || {
            let bed = Bed::new();
            let message = any(&wire::MsgUnjail { validator_addr: "bob".into() });
            bed.refusal(&bed.draft(&[&bob()], vec![message]).sign()).into()
        }),
        Case::new(("slashing", 1, "NoValidator"), "does not exist", || refused(&setting(), &carol()).into()),
        Case::new(("slashing", 2, "NotJailed"), "is not jailed", || refused(&setting(), &bob()).into()),
        Case::new(("slashing", 3, "Tombstoned"), "signed twice and stays jailed", || {
            let mut setting = setting();
            let (height, time) = (setting.bed.block.height, setting.bed.block.time);
            accuse(&mut setting, height, time);
            refused(&setting, &bob()).into()
        }),
        Case::new(("slashing", 4, "TooEarly"), "stays jailed until the block time is", || {
            refused(&absent(), &bob()).into()
        }),
        Case::new(
            ("slashing", 5, "OwnStakeTooLow"),
            "the operator stakes 500, the validator promises",
            || {
                let mut setting = setting();
                setting.deliver(&bob(), undelegate(&bob(), &bob(), 4_999_500));
                refused(&setting, &bob()).into()
            },
        ),
        Case::new(("slashing", 6, "BadGenesis"), "block 20 is not in its window of 20", || {
            let signers = json!({ "signers": [{
                "consensus": consensus_text(&bob().address(), &Prefix::new("sirius").unwrap()),
                "presence": { "start": 3, "window": 20, "missed": 1 },
                "missed": [20],
            }]});
            Bed::genesis(|genesis| genesis["slashing"] = signers).err().unwrap().into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let one = Address::new([0xaa; 20]);
    let presence = Presence { start: Height(3), window: 20, missed: 1 };
    vec![
        Record::new("presence", &keys::presence(&one), &presence),
        Record::new("missed blocks", &keys::missed(&one, 1), &vec![0, 1]),
        Record::new("jailed until", &keys::jailed_until(&one), &Timestamp { seconds: 5, nanos: 0 }),
        Record::new("tombstone", &keys::tombstone(&one), &true),
    ]
}

/// The parts that slashes took of bob's validator between two blocks.
fn slashes(setting: &Setting, first: u64, last: u64) -> Result<Vec<String>, Refusal> {
    let request = distribution::QueryValidatorSlashesRequest {
        validator_address: operator_text(&bob().address(), &setting.bed.chain.prefix),
        starting_height: first,
        ending_height: last,
        pagination: None,
    };
    let path = "/cosmos.distribution.v1beta1.Query/ValidatorSlashes";
    let answer: distribution::QueryValidatorSlashesResponse = setting.bed.ask(path, &request)?;
    Ok(answer.slashes.into_iter().map(|one| one.fraction).collect())
}

#[test]
fn whoever_is_absent_too_often_is_slashed_and_jailed_and_comes_back() {
    let mut setting = setting();
    let supply = setting.bed.supply("uxpx");
    let begun = setting.bed.block.height.0;
    while setting.power(51).is_some() {
        setting.block(&[], &[51]);
    }
    assert_eq!(setting.bed.block.height.0 - begun, 21, "a whole window is counted first");
    assert_eq!(supply - setting.bed.supply("uxpx"), 500, "a ten-thousandth of 5 coins");
    assert!(validator(&setting.bed.state, &bob().address()).unwrap().unwrap().jailed);
    let found = setting.bed.block.height.0 - 1;
    assert_eq!(slashes(&setting, 0, 0).unwrap(), ["100000000000000"]);
    assert_eq!(slashes(&setting, found, found).unwrap(), ["100000000000000"]);
    assert!(slashes(&setting, found + 1, 0).unwrap().is_empty());
    assert!(slashes(&setting, 0, found - 1).unwrap().is_empty());
    assert!(slashes(&setting, 2, 1).unwrap_err().text.contains("starting height greater than"));
    setting.wait(10);
    setting.deliver(&bob(), unjail(&bob()));
    assert_eq!(setting.power(51), Some(4), "4.9995 coins");
    // Counting begins anew.
    setting.wait(3);
    let presence = keys::presence(&consensus_key(51).address()).get(&setting.bed.state).unwrap().unwrap();
    assert_eq!(presence.missed, 0);
}

#[test]
fn presence_within_the_limit_is_forgiven() {
    let mut setting = setting();
    for block in 0..100 {
        // Ten of every twenty.
        let absent: &[u8] = if block % 2 == 0 { &[51] } else { &[] };
        setting.block(&[], absent);
    }
    assert_eq!(setting.power(51), Some(5));
    let presence = keys::presence(&consensus_key(51).address()).get(&setting.bed.state).unwrap().unwrap();
    assert_eq!(presence.missed, 10);
    for _ in 0..20 {
        setting.block(&[], &[]);
    }
    let presence = keys::presence(&consensus_key(51).address()).get(&setting.bed.state).unwrap().unwrap();
    assert_eq!(presence.missed, 0, "old absence leaves the window");
    assert!(setting.bed.state.keys().all(|key| !key.starts_with(b"slashing/missed/")));
}

#[test]
fn a_quiet_block_writes_nothing() {
    let mut setting = setting();
    setting.wait(3);
    let executed = setting.block(&[], &[]);
    let written: Vec<_> = executed.changes.keys().map(|key| String::from_utf8_lossy(key)).collect();
    assert!(
        written.iter().all(|key| !key.starts_with("staking") && !key.starts_with("slashing")),
        "{written:?}"
    );
}

#[test]
fn signing_twice_costs_once_and_for_ever() {
    let mut setting = setting();
    setting.deliver(&carol(), delegate(&carol(), &bob(), 15_000_000));
    let (supply, height, time) =
        (setting.bed.supply("uxpx"), setting.bed.block.height, setting.bed.block.time);
    accuse(&mut setting, height, time);
    // The power that stood behind it was 5, of 20 coins that are there now.
    assert_eq!(supply - setting.bed.supply("uxpx"), 250_000);
    assert_eq!(setting.power(51), None);
    accuse(&mut setting, height, time);
    assert_eq!(supply - setting.bed.supply("uxpx"), 250_000, "evidence counts once");
    setting.wait(30);
    assert_eq!(refused(&setting, &bob()).code, 3);
}

#[test]
fn old_and_strange_evidence_is_passed_over() {
    let mut setting = setting();
    let supply = setting.bed.supply("uxpx");
    let time = setting.bed.block.time;
    accuse(&mut setting, Height(1), Timestamp { seconds: time.seconds - 11, nanos: 0 });
    setting.bed.report.misbehavior = vec![Misbehavior {
        offence: Offence::DuplicateVote,
        validator: Address::new([9; 20]),
        power: u64::MAX,
        height: Height(0),
        time,
        total_power: 0,
    }];
    setting.block(&[], &[]);
    assert_eq!((setting.bed.supply("uxpx"), setting.power(51)), (supply, Some(5)));
    assert_eq!(setting.power(50), Some(10));
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let mut setting = setting();
    setting.block(&[], &[51]);
    setting.block(&[], &[51]);
    let consensus = consensus_key(51).address();
    keys::missed(&consensus, 0).remove(&mut setting.bed.state);
    assert!(super::presence::invariants(&setting.bed.state).unwrap().is_err());
}

#[test]
fn answers_as_cosmos_clients_read_it() {
    let mut setting = setting();
    setting.block(&[], &[51]);
    setting.block(&[], &[51]);
    let prefix = setting.bed.chain.prefix;
    let address = crate::consensus::staking::consensus_text(&consensus_key(51).address(), &prefix);
    let request = wire::QuerySigningInfoRequest { cons_address: address.clone() };
    let answer: wire::QuerySigningInfoResponse =
        setting.bed.ask("/cosmos.slashing.v1beta1.Query/SigningInfo", &request).unwrap();
    let info = answer.val_signing_info.unwrap();
    assert_eq!((info.address, info.missed_blocks_counter, info.tombstoned), (address, 2, false));
    let answer: wire::QuerySigningInfosResponse = setting
        .bed
        .ask("/cosmos.slashing.v1beta1.Query/SigningInfos", &wire::QuerySigningInfosRequest::default())
        .unwrap();
    assert_eq!(answer.info.len(), 2);
    let answer: wire::QueryParamsResponse =
        setting.bed.ask("/cosmos.slashing.v1beta1.Query/Params", &wire::QueryParamsRequest {}).unwrap();
    let params = answer.params.unwrap();
    assert_eq!(params.min_signed_per_window, b"500000000000000000");
    assert_eq!(params.signed_blocks_window, 20);
}
