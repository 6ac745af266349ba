//! Decisions: from the proposal to what becomes of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod execution;
mod legacy;
mod life;
mod stake;
mod tally;

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use serde_json::json;
use sirius_primitives::{Address, Amount, Timestamp};
use sirius_runtime::{Executed, Refusal};
use tendermint_proto::google::protobuf::Any;

use super::{
    ballot::{Ballot, Counts, Vote},
    count::{Count, Seat},
    keys,
    proposal::{Outcome, Packed, Proposal, Stage, Voting},
    state::account,
    wire::{gov as wire, legacy as old},
};
use crate::{
    base::bank::wire::bank::MsgSend,
    consensus::staking::TOKENS_PER_POWER,
    testing::{Bed, Case, Key, alice, any, bob, carol, coin, coins, dave, golden::Record, text, update},
};

/// What a proposal of these tests needs to be voted on.
const ENOUGH: u128 = 10_000_000;

/// A proposal of messages by `proposer`.
fn proposal_of(proposer: &Key, messages: Vec<Any>, initial_deposit: Vec<Coin>) -> wire::MsgSubmitProposal {
    wire::MsgSubmitProposal {
        messages,
        initial_deposit,
        proposer: text(&proposer.address()),
        metadata: "ipfs://proposal".into(),
        title: "Title".into(),
        summary: "Summary".into(),
        expedited: false,
    }
}

/// A proposal that executes nothing.
pub(crate) fn text_of(proposer: &Key, deposit: u128) -> Any {
    any(&proposal_of(proposer, Vec::new(), coins(deposit, "uxpx")))
}

/// A vote for one option.
pub(crate) fn vote_of(voter: &Key, proposal_id: u64, option: i32) -> Any {
    any(&wire::MsgVote { proposal_id, voter: text(&voter.address()), option, metadata: String::new() })
}

fn weighted(voter: &Key, proposal_id: u64, parts: &[(i32, &str)]) -> Any {
    let part = |(option, weight): &(i32, &str)| wire::WeightedVoteOption {
        option: *option,
        weight: (*weight).into(),
    };
    let options = parts.iter().map(part).collect();
    any(&wire::MsgVoteWeighted {
        proposal_id,
        voter: text(&voter.address()),
        options,
        metadata: String::new(),
    })
}

fn deposit_of(depositor: &Key, proposal_id: u64, amount: Vec<Coin>) -> Any {
    any(&wire::MsgDeposit { proposal_id, depositor: text(&depositor.address()), amount })
}

fn cancel_of(proposer: &Key, proposal_id: u64) -> Any {
    any(&wire::MsgCancelProposal { proposal_id, proposer: text(&proposer.address()) })
}

/// A payment by the chain's own account.
fn pay(to: &Key, amount: u128) -> Any {
    any(&MsgSend {
        from_address: text(&account()),
        to_address: text(&to.address()),
        amount: coins(amount, "uxpx"),
    })
}

/// Delivers alice's proposal with enough deposited; its number.
fn propose(bed: &mut Bed, messages: Vec<Any>) -> u64 {
    let message = any(&proposal_of(&alice(), messages, coins(ENOUGH, "uxpx")));
    bed.deliver(&[&alice()], vec![message]);
    keys::next().get(&bed.state).unwrap().unwrap() - 1
}

/// Lets the voting time pass and makes the block that counts.
fn pass_time(bed: &mut Bed) -> Executed {
    bed.block.time.seconds += 200_000;
    bed.make_block(&[])
}

fn shown(bed: &Bed, proposal_id: u64) -> wire::Proposal {
    let request = wire::QueryProposalRequest { proposal_id };
    let answer: wire::QueryProposalResponse = bed.ask("/cosmos.gov.v1.Query/Proposal", &request).unwrap();
    answer.proposal.unwrap()
}

/// What was counted, in whole coins.
fn counted(bed: &Bed, proposal_id: u64) -> [String; 4] {
    let request = wire::QueryTallyResultRequest { proposal_id };
    let answer: wire::QueryTallyResultResponse =
        bed.ask("/cosmos.gov.v1.Query/TallyResult", &request).unwrap();
    let tally = answer.tally.unwrap();
    let whole = |units: String| (units.parse::<u128>().unwrap() / TOKENS_PER_POWER).to_string();
    [tally.yes_count, tally.abstain_count, tally.no_count, tally.no_with_veto_count].map(whole)
}

fn set(bed: &mut Bed, name: &str, value: u64) {
    bed.deliver(&[&alice()], vec![update(&alice(), &[(name, value)])]);
}

fn refusal_in(bed: &Bed, by: &Key, message: Any) -> Refusal {
    bed.refusal(&bed.draft(&[by], vec![message]).sign())
}

/// The refusal of alice's proposal with a change.
fn refused(change: impl FnOnce(&mut wire::MsgSubmitProposal)) -> Refusal {
    let mut message = proposal_of(&alice(), Vec::new(), coins(ENOUGH, "uxpx"));
    change(&mut message);
    refusal_in(&Bed::new(), &alice(), any(&message))
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the proposer's address is not valid", || {
            refused(|message| message.proposer = "alice".into()).into()
        }),
        Case::new(("sdk", 10, "BadCoins"), "the deposit is not valid", || {
            refused(|message| message.initial_deposit = coins(0, "uxpx")).into()
        }),
        Case::new(("gov", 1, "NoProposal"), "there is no proposal 9", || {
            refusal_in(&Bed::new(), &alice(), vote_of(&alice(), 9, 1)).into()
        }),
        Case::new(("gov", 2, "BadText"), "the proposal's title has 0 bytes, it needs 1 to 255", || {
            refused(|message| message.title.clear()).into()
        }),
        Case::new(("gov", 3, "TooManyMessages"), "has 17 messages, at most 16", || {
            refused(|message| message.messages = vec![pay(&bob(), 1); 17]).into()
        }),
        Case::new(
            ("gov", 4, "BadMessage"),
            "message 1 of the proposal cannot be executed: it must be signed by",
            || {
                let theirs = crate::testing::send(&bob(), &alice(), coins(1, "uxpx"));
                refused(|message| message.messages = vec![pay(&bob(), 1), theirs]).into()
            },
        ),
        Case::new(("gov", 5, "Expedited"), "no expedited proposals", || {
            refused(|message| message.expedited = true).into()
        }),
        Case::new(("gov", 6, "WrongDenom"), "deposits are made in uxpx, not in gold", || {
            refused(|message| message.initial_deposit = coins(7, "gold")).into()
        }),
        Case::new(
            ("gov", 7, "TooLittle"),
            "a deposit of 999999uxpx is too small, it must be 1000000uxpx",
            || refused(|message| message.initial_deposit = coins(ENOUGH / 10 - 1, "uxpx")).into(),
        ),
        Case::new(("gov", 8, "TooManyDepositors"), "the proposal has 1 depositors already", || {
            let mut bed = Bed::new();
            set(&mut bed, "gov.max_depositors", 1);
            let id = propose(&mut bed, Vec::new());
            refusal_in(&bed, &bob(), deposit_of(&bob(), id, coins(ENOUGH, "uxpx"))).into()
        }),
        Case::new(("gov", 9, "Closed"), "takes nothing any more: its time is over", || {
            let mut bed = Bed::new();
            let id = propose(&mut bed, Vec::new());
            pass_time(&mut bed);
            refusal_in(&bed, &bob(), deposit_of(&bob(), id, coins(ENOUGH, "uxpx"))).into()
        }),
        Case::new(("gov", 10, "NotVoting"), "is not voted on now", || {
            let mut bed = Bed::new();
            bed.deliver(&[&alice()], vec![text_of(&alice(), ENOUGH - 1)]);
            refusal_in(&bed, &bob(), vote_of(&bob(), 1, 1)).into()
        }),
        Case::new(("gov", 11, "BadBallot"), "there is no option 5", || {
            refusal_in(&Bed::new(), &alice(), vote_of(&alice(), 1, 5)).into()
        }),
        Case::new(("gov", 12, "NotProposer"), "nobody else can take it back", || {
            let mut bed = Bed::new();
            let id = propose(&mut bed, Vec::new());
            refusal_in(&bed, &bob(), cancel_of(&bob(), id)).into()
        }),
        Case::new(
            ("gov", 13, "BadContent"),
            "the proposal's content is not valid: the message has none",
            || {
                let message =
                    old::MsgSubmitProposal { proposer: text(&alice().address()), ..Default::default() };
                refusal_in(&Bed::new(), &alice(), any(&message)).into()
            },
        ),
        Case::new(
            ("gov", 14, "BadGenesis"),
            "the bank does not hold what was deposited on proposal 1",
            || {
                let mut bed = Bed::new();
                propose(&mut bed, Vec::new());
                let mut exported = bed.app.export(&bed.state, bed.block.height).unwrap().sections;
                exported["bank"].as_object_mut().unwrap().remove("holds");
                Bed::genesis(|genesis| *genesis = exported.into()).err().unwrap().into()
            },
        ),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let (one, at) = (Address::new([0xaa; 20]), Timestamp { seconds: 5, nanos: 6 });
    let ballot =
        Ballot::weighted([(1, super::decimal::parse("0.7")), (4, super::decimal::parse("0.3"))]).unwrap();
    let counts = Counts { yes: Amount::new(1), no: Amount::new(2), ..Counts::default() };
    let outcome = Outcome::Failed { reason: "no".into() };
    let proposal = Proposal {
        proposer: one,
        title: "t".into(),
        summary: "s".into(),
        metadata: "m".into(),
        messages: vec![Packed { type_url: "/a.B".into(), value: vec![1, 2] }],
        submitted: at,
        deposit_end: at,
        deposit: Amount::new(7),
        depositors: 1,
        stage: Stage::Closed { voting: Voting { start: at, end: at }, counts, outcome },
    };
    let seat = Seat { operator: one, left: Amount::new(3), ballot: Some(ballot.clone()) };
    let count = Count { seats: vec![seat], counts, voted: Amount::new(3), bonded: Amount::new(9) };
    vec![
        Record::new("next", &keys::next(), &2),
        Record::new("proposal", &keys::proposal(1), &proposal),
        Record::new("deposit", &keys::deposit(1, &one), &Amount::new(7)),
        Record::new("vote", &keys::vote(1, &one), &Vote { ballot, metadata: "m".into() }),
        Record::new("due", &keys::due(at, 1), &1),
        Record::new("count", &keys::count(1), &count),
        Record::new("clearing", &keys::clearing(1), &1),
    ]
}

#[test]
fn texts_have_their_limits() {
    let check = |change: fn(&mut wire::MsgSubmitProposal)| assert_eq!(refused(change).code, 2);
    check(|message| message.title = "t".repeat(256));
    check(|message| message.summary.clear());
    check(|message| message.summary = "s".repeat(10_201));
    check(|message| message.metadata = "m".repeat(256));
}

#[test]
fn what_genesis_says_must_fit_together() {
    let check = |section: serde_json::Value, part: &str| {
        let error = Bed::genesis(|genesis| genesis["gov"] = section).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    };
    check(json!({ "next": "x" }), "app_state.gov.next");
    check(json!({ "nexts": 1 }), "app_state.gov");
    let proposal = |id: &str| {
        let at = json!({ "seconds": 1, "nanos": 0 });
        json!({
            "id": id, "proposer": text(&alice().address()), "title": "t", "summary": "s", "metadata": "",
            "messages": [], "submitted": at, "deposit_end": at, "deposit": "0", "stage": "deposit",
            "deposits": [], "votes": [],
        })
    };
    check(json!({ "next": "1", "proposals": [proposal("1")] }), "proposal 1 stands twice, or is not from 1");
    check(json!({ "next": "3", "proposals": [proposal("1"), proposal("1")] }), "proposal 1 stands twice");
    let mut lies = proposal("1");
    lies["deposit"] = "5".into();
    check(json!({ "next": "2", "proposals": [lies] }), "proposal 1 says 5 of 0 accounts");
    let mut strange = proposal("1");
    strange["votes"] =
        json!([{ "voter": text(&bob().address()), "options": [{ "option": 1, "weight": "1" }] }]);
    check(json!({ "next": "2", "proposals": [strange] }), "there are votes on proposal 1");
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |part: &str, harm: fn(&mut Bed, u64)| {
        let mut bed = Bed::new();
        let id = propose(&mut bed, Vec::new());
        assert_eq!(super::state::invariants(&bed.state).unwrap(), Ok(()));
        harm(&mut bed, id);
        let broken = super::state::invariants(&bed.state).unwrap().unwrap_err();
        assert!(broken.contains(part), "{broken}");
    };
    check("1 proposals are open, 2 are in the queue", |bed, id| {
        keys::due(Timestamp::default(), id).set(&mut bed.state, &id);
    });
    check("is not open", |bed, _| {
        keys::deposit(9, &alice().address()).set(&mut bed.state, &Amount::ZERO);
    });
    check("the bank does not hold", |bed, id| {
        keys::deposit(id, &bob().address()).set(&mut bed.state, &Amount::new(1));
    });
    check("votes on proposal 9", |bed, _| {
        let vote = Vote { ballot: Ballot::one(1).unwrap(), metadata: String::new() };
        keys::vote(9, &alice().address()).set(&mut bed.state, &vote);
    });
}
