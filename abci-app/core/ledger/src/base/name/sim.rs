//! Random names: few labels, so that players meet.

use std::ops::ControlFlow;

use prost::{Message, Name};
use sirius_primitives::Address;
use sirius_runtime::{
    dice::{Dice, World},
    rows::each_pair,
    type_url,
};
use sirius_store::{Fault, Span};
use tendermint_proto::google::protobuf::Any;

use super::{keys, params::LEAST_TERM, query::name_at, wire::name as wire};
use crate::consensus::params::authority;

fn packed<M: Message + Name>(message: &M) -> Option<Any> {
    Some(Any { type_url: type_url::<M>(), value: message.encode_to_vec() })
}

fn label(dice: &mut Dice) -> String {
    format!("name{}", dice.below(40))
}

/// A time that mostly is long enough.
fn seconds(dice: &mut Dice, world: &World<'_>) -> Result<u64, Fault> {
    let least = LEAST_TERM.get(world.state)?;
    Ok(if dice.once_in(16) { least.saturating_sub(1) } else { least.saturating_mul(dice.below(4).max(1)) })
}

/// One of a player's leases.
fn some_own(dice: &mut Dice, world: &World<'_>, player: &Address) -> Result<Option<String>, Fault> {
    let mut own = Vec::new();
    let beginning = keys::owned_by(player);
    each_pair(world.state, &Span::prefix(&beginning), |key, _| {
        own.push(name_at(key, beginning.len())?.to_string());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(dice.pick(&own).cloned())
}

/// One of a player's names, at any depth; now and then somebody else's.
fn some_name(dice: &mut Dice, world: &World<'_>, player: &Address) -> Result<Option<String>, Fault> {
    if dice.once_in(12) {
        return Ok(Some(label(dice)));
    }
    let Some(root) = some_own(dice, world, player)? else { return Ok(None) };
    let mut all = vec![root.clone()];
    each_pair(world.state, &Span::prefix(&keys::parts(&root)), |key, _| {
        all.push(name_at(key, keys::BELOW.len())?.to_string());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(dice.pick(&all).cloned())
}

fn someone(dice: &mut Dice, world: &World<'_>, player: Address) -> String {
    dice.pick(world.players).copied().unwrap_or(player).bech32(&world.chain.prefix)
}

/// A lease, now and then of a name that somebody has.
pub(super) fn register(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let owner = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgRegister { owner, name: label(dice), seconds: seconds(dice, world)? }))
}

/// A name below one of the player's.
pub(super) fn register_below(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let Some(above) = some_name(dice, world, &player)? else { return Ok(None) };
    let owner = player.bech32(&world.chain.prefix);
    let name = format!("{above}.{}", dice.below(6));
    Ok(packed(&wire::MsgRegister { owner, name, seconds: 0 }))
}

/// More time for a lease.
pub(super) fn renew(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(name) = some_own(dice, world, &player)? else { return Ok(None) };
    let owner = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgRenew { owner, name, seconds: seconds(dice, world)? }))
}

/// A lease for some player.
pub(super) fn transfer(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(name) = some_own(dice, world, &player)? else { return Ok(None) };
    let owner = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgTransfer { owner, name, to_address: someone(dice, world, player) }))
}

/// A target for some name.
pub(super) fn set_target(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(name) = some_name(dice, world, &player)? else { return Ok(None) };
    let owner = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgSetTarget { owner, name, target_address: someone(dice, world, player) }))
}

/// No target for some name.
pub(super) fn clear_target(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let Some(name) = some_name(dice, world, &player)? else { return Ok(None) };
    Ok(packed(&wire::MsgClearTarget { owner: player.bech32(&world.chain.prefix), name }))
}

/// The end of some name.
pub(super) fn release(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(name) = some_name(dice, world, &player)? else { return Ok(None) };
    Ok(packed(&wire::MsgRelease { owner: player.bech32(&world.chain.prefix), name }))
}

/// A change of what is reserved, by whoever may; now and then by somebody else.
pub(super) fn reserve(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    if authority(world.state)? != player && !dice.once_in(32) {
        return Ok(None);
    }
    let authority = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgReserve { authority, reserve: vec![label(dice)], free: vec![label(dice)] }))
}
