//! Random proposals, deposits and votes.

use std::ops::ControlFlow;

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use prost::{Message, Name};
use sirius_primitives::{Address, Amount};
use sirius_runtime::{
    dice::{Dice, World},
    rows::each_row,
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::{
    answer, keys,
    params::LEAST_DEPOSIT,
    proposal::Proposal,
    state::{self, account, id_at},
    submit::packed_text,
    wire::{gov as wire, legacy},
};
use crate::base::bank::wire::bank::MsgSend;

fn packed<M: Message + Name>(message: &M) -> Option<Any> {
    Some(Any { type_url: type_url::<M>(), value: message.encode_to_vec() })
}

/// A part of what a proposal needs, now and then more than a player has.
fn some_deposit(dice: &mut Dice, world: &World<'_>) -> Result<Vec<Coin>, Fault> {
    let least = LEAST_DEPOSIT.get(world.state)?;
    let share = [1, 5, 20, 60, 100, 100, 250].get(usize::try_from(dice.below(7)).unwrap_or(0)).copied();
    let amount = u128::from(least).saturating_mul(share.unwrap_or(100)) / 100;
    Ok(answer::coins(Amount::new(amount.max(1)), &state::denom(world.state)?))
}

/// The number of some proposal, mostly an open one.
fn some_proposal(dice: &mut Dice, world: &World<'_>) -> Result<u64, Fault> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    each_row(world.state, keys::PROPOSALS, |rest, proposal: Proposal| {
        let id = id_at(rest)?;
        all.push(id);
        if proposal.due().is_some() {
            open.push(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let from = if dice.once_in(6) { &all } else { &open };
    Ok(dice.pick(from).copied().unwrap_or(1))
}

/// A proposal: a text, or payments of the chain's own account, which may not have the coins.
pub(super) fn submit(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let to = dice.pick(world.players).copied().unwrap_or(player).bech32(&world.chain.prefix);
    let amount =
        answer::coins(Amount::new(u128::from(dice.below(1_000)).max(1)), &state::denom(world.state)?);
    let from_address = account().bech32(&world.chain.prefix);
    let pay = MsgSend { from_address, to_address: to, amount };
    let messages = (0..dice.below(3)).filter_map(|_| packed(&pay)).collect();
    Ok(packed(&wire::MsgSubmitProposal {
        messages,
        initial_deposit: some_deposit(dice, world)?,
        proposer: player.bech32(&world.chain.prefix),
        title: format!("Proposal {}", dice.below(1_000)),
        summary: "A proposal of the simulator.".into(),
        ..wire::MsgSubmitProposal::default()
    }))
}

/// A text in the older form.
pub(super) fn submit_text(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    Ok(packed(&legacy::MsgSubmitProposal {
        content: Some(packed_text("Text".into(), format!("Text {}", dice.below(1_000)))),
        initial_deposit: some_deposit(dice, world)?,
        proposer: player.bech32(&world.chain.prefix),
    }))
}

/// A deposit, in either form.
pub(super) fn deposit(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let (proposal_id, depositor) = (some_proposal(dice, world)?, player.bech32(&world.chain.prefix));
    let amount = some_deposit(dice, world)?;
    Ok(if dice.once_in(2) {
        packed(&wire::MsgDeposit { proposal_id, depositor, amount })
    } else {
        packed(&legacy::MsgDeposit { proposal_id, depositor, amount })
    })
}

/// A vote for one option, in either form.
pub(super) fn vote(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let (proposal_id, voter) = (some_proposal(dice, world)?, player.bech32(&world.chain.prefix));
    let option = i32::try_from(dice.below(5)).unwrap_or(0);
    Ok(if dice.once_in(2) {
        packed(&wire::MsgVote { proposal_id, voter, option, metadata: String::new() })
    } else {
        packed(&legacy::MsgVote { proposal_id, voter, option })
    })
}

/// A vote for two options, whose weights do not always make up 1, in either form.
pub(super) fn vote_weighted(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let (proposal_id, voter) = (some_proposal(dice, world)?, player.bech32(&world.chain.prefix));
    let first = dice.below(8).saturating_add(1);
    let second = if dice.once_in(8) { first } else { 10_u64.saturating_sub(first) };
    let weights = [(1, first), (3, second)];
    Ok(if dice.once_in(2) {
        let part = |(option, tenths)| wire::WeightedVoteOption { option, weight: format!("0.{tenths}") };
        let options = weights.map(part).to_vec();
        packed(&wire::MsgVoteWeighted { proposal_id, voter, options, metadata: String::new() })
    } else {
        let part = |(option, tenths)| legacy::WeightedVoteOption {
            option,
            weight: format!("{tenths}00000000000000000"),
        };
        packed(&legacy::MsgVoteWeighted { proposal_id, voter, options: weights.map(part).to_vec() })
    })
}

/// The end of a proposal, which mostly is somebody else's.
pub(super) fn cancel(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let proposal_id = some_proposal(dice, world)?;
    let theirs = keys::proposal(proposal_id).get(world.state)?.is_none_or(|found| found.proposer != player);
    // Most proposals should live to be voted on.
    if theirs && !dice.once_in(8) {
        return Ok(None);
    }
    Ok(packed(&wire::MsgCancelProposal { proposal_id, proposer: player.bech32(&world.chain.prefix) }))
}
