//! Random plans, for heights that no simulation comes to.

use prost::Message as _;
use sirius_primitives::Address;
use sirius_runtime::{
    dice::{Dice, World},
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::wire::upgrade as wire;
use crate::consensus::params;

/// Whether the player has authority; now and then somebody without it tries.
fn tries(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<bool, Fault> {
    Ok(params::authority(world.state)? == player || dice.once_in(8))
}

/// A plan for a height that is far away, or for one that is past.
pub(super) fn plan(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    if !tries(dice, world, player)? {
        return Ok(None);
    }
    let far = i64::try_from(dice.below(1_000_000)).unwrap_or(0).saturating_add(1_000_000_000);
    let height = if dice.once_in(4) { 1 } else { far };
    let plan = wire::Plan { name: format!("v{}", dice.below(9)), height, ..wire::Plan::default() };
    let authority = player.bech32(&world.chain.prefix);
    let wire = wire::MsgSoftwareUpgrade { authority, plan: Some(plan) };
    Ok(Some(Any { type_url: type_url::<wire::MsgSoftwareUpgrade>(), value: wire.encode_to_vec() }))
}

/// The end of the plan, which may not exist.
pub(super) fn cancel(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    if !tries(dice, world, player)? {
        return Ok(None);
    }
    let wire = wire::MsgCancelUpgrade { authority: player.bech32(&world.chain.prefix) };
    Ok(Some(Any { type_url: type_url::<wire::MsgCancelUpgrade>(), value: wire.encode_to_vec() }))
}
