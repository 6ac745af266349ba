//! Random attempts to stand again.

use prost::Message as _;
use sirius_primitives::Address;
use sirius_runtime::{
    dice::{Dice, World},
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::wire::slashing as wire;
use crate::consensus::staking::{operator_text, validator};

/// A validator asks to stand again when it is jailed, now and then when it is not.
pub(super) fn unjail(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let is_jailed = validator(world.state, &player)?.is_some_and(|validator| validator.jailed);
    if !is_jailed && !dice.once_in(16) {
        return Ok(None);
    }
    let wire = wire::MsgUnjail { validator_addr: operator_text(&player, &world.chain.prefix) };
    Ok(Some(Any { type_url: type_url::<wire::MsgUnjail>(), value: wire.encode_to_vec() }))
}
