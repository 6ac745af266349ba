//! The older form, as CosmJS' extension `gov` sends and reads it.

use prost::Message as _;

use super::{stake::bond, *};
use crate::consensus::gov::submit::packed_text;

#[test]
fn a_text_is_proposed_backed_and_voted_on() {
    let mut bed = Bed::new();
    bond(&mut bed, &bob(), 700, &[(&carol(), 300)]);
    let content = Some(packed_text("Title".into(), "Description".into()));
    let initial_deposit = coins(ENOUGH / 2, "uxpx");
    let submit = old::MsgSubmitProposal { content, initial_deposit, proposer: text(&alice().address()) };
    bed.deliver(&[&alice()], vec![any(&submit)]);
    let backing = old::MsgDeposit {
        proposal_id: 1,
        depositor: text(&bob().address()),
        amount: coins(ENOUGH / 2, "uxpx"),
    };
    bed.deliver(&[&bob()], vec![any(&backing)]);
    let vote = old::MsgVote { proposal_id: 1, voter: text(&bob().address()), option: 1 };
    bed.deliver(&[&bob()], vec![any(&vote)]);
    let part = |option, weight: &str| old::WeightedVoteOption { option, weight: weight.into() };
    let parts = vec![part(1, "250000000000000000"), part(4, "750000000000000000")];
    let voter = text(&carol().address());
    let vote = old::MsgVoteWeighted { proposal_id: 1, voter: voter.clone(), options: parts.clone() };
    bed.deliver(&[&carol()], vec![any(&vote)]);

    let request = old::QueryProposalRequest { proposal_id: 1 };
    let answer: old::QueryProposalResponse = bed.ask("/cosmos.gov.v1beta1.Query/Proposal", &request).unwrap();
    let proposal = answer.proposal.unwrap();
    let content = proposal.content.unwrap();
    assert_eq!(content.type_url, "/cosmos.gov.v1beta1.TextProposal");
    let shown = old::TextProposal::decode(content.value.as_slice()).unwrap();
    assert_eq!((shown.title.as_str(), shown.description.as_str()), ("Title", "Description"));
    assert_eq!((proposal.status, proposal.total_deposit), (2, coins(ENOUGH, "uxpx")));
    let request = old::QueryProposalsRequest { proposal_status: 2, ..Default::default() };
    let answer: old::QueryProposalsResponse =
        bed.ask("/cosmos.gov.v1beta1.Query/Proposals", &request).unwrap();
    assert_eq!(answer.proposals.len(), 1);
    let request = old::QueryVoteRequest { proposal_id: 1, voter };
    let answer: old::QueryVoteResponse = bed.ask("/cosmos.gov.v1beta1.Query/Vote", &request).unwrap();
    let vote = answer.vote.unwrap();
    assert_eq!((vote.option, vote.options), (0, parts));
    let request = old::QueryVotesRequest { proposal_id: 1, pagination: None };
    let answer: old::QueryVotesResponse = bed.ask("/cosmos.gov.v1beta1.Query/Votes", &request).unwrap();
    assert!(
        answer.votes.iter().any(|vote| vote.option == 1 && vote.options[0].weight == "1000000000000000000")
    );
    let request = old::QueryDepositRequest { proposal_id: 1, depositor: text(&bob().address()) };
    let answer: old::QueryDepositResponse = bed.ask("/cosmos.gov.v1beta1.Query/Deposit", &request).unwrap();
    assert_eq!(answer.deposit.unwrap().amount, coins(ENOUGH / 2, "uxpx"));
    let request = old::QueryDepositsRequest { proposal_id: 1, pagination: None };
    let answer: old::QueryDepositsResponse = bed.ask("/cosmos.gov.v1beta1.Query/Deposits", &request).unwrap();
    assert_eq!(answer.deposits.len(), 2);
    let request = old::QueryTallyResultRequest { proposal_id: 1 };
    let answer: old::QueryTallyResultResponse =
        bed.ask("/cosmos.gov.v1beta1.Query/TallyResult", &request).unwrap();
    let tally = answer.tally.unwrap();
    assert_eq!((tally.yes.as_str(), tally.no_with_veto.as_str()), ("775000000", "225000000"));
    pass_time(&mut bed);
    assert_eq!(super::shown(&bed, 1).status, 3);
}

#[test]
fn ratios_are_whole_numbers_of_ten_to_the_minus_eighteen() {
    let bed = Bed::new();
    let ask = |kind: &str| {
        let request = old::QueryParamsRequest { params_type: kind.into() };
        bed.ask::<old::QueryParamsResponse>("/cosmos.gov.v1beta1.Query/Params", &request).unwrap()
    };
    let tally = ask("tallying").tally_params.unwrap();
    assert_eq!(tally.quorum, b"334000000000000000".as_slice());
    assert_eq!(tally.threshold, b"500000000000000000".as_slice());
    assert_eq!(ask("deposit").deposit_params.unwrap().min_deposit, coins(ENOUGH, "uxpx"));
    assert_eq!(ask("voting").voting_params.unwrap().voting_period.unwrap().seconds, 172_800);
}

#[test]
fn what_the_older_form_cannot_say_is_refused() {
    let bed = Bed::new();
    let check = |content: Option<Any>, part: &str| {
        let initial_deposit = coins(ENOUGH, "uxpx");
        let submit = old::MsgSubmitProposal { content, initial_deposit, proposer: text(&alice().address()) };
        let refusal = refusal_in(&bed, &alice(), any(&submit));
        assert!(refusal.text.contains(part), "{}", refusal.text);
    };
    check(None, "the message has none");
    let legacy = Any { type_url: "/cosmos.params.v1beta1.ParameterChangeProposal".into(), value: Vec::new() };
    check(Some(legacy), "kind /cosmos.params.v1beta1.ParameterChangeProposal is not known");
    check(Some(Any { value: vec![0x0a, 0], ..packed_text("t".into(), "d".into()) }), "not in canonical");
    check(Some(packed_text(String::new(), "d".into())), "the proposal's title has 0 bytes");
    let mut bed = Bed::new();
    let id = propose(&mut bed, Vec::new());
    let part = |weight: &str| vec![old::WeightedVoteOption { option: 1, weight: weight.into() }];
    for weight in ["1.0", "1", "999999999999999999", "1000000000000000001"] {
        let voter = text(&bob().address());
        let vote = old::MsgVoteWeighted { proposal_id: id, voter, options: part(weight) };
        assert_eq!(refusal_in(&bed, &bob(), any(&vote)).code, 11, "{weight}");
    }
}
