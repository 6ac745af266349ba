//! Random grants.

use prost::Message as _;
use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{
    dice::{Dice, World},
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::{allowance::Allowance, keys, wire::feegrant as wire};

/// An allowance for some player, half of them limited.
pub(super) fn grant(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let (Some(grantee), Some(denom)) = (dice.pick(world.players).copied(), keys::denom().get(world.state)?)
    else {
        return Ok(None);
    };
    let limit = Coin { denom, amount: Amount::new(u128::from(dice.below(1_000_000)).saturating_add(1)) };
    let left = dice.once_in(2).then(|| Coins::from(limit));
    let wire = wire::MsgGrantAllowance {
        granter: player.bech32(&world.chain.prefix),
        grantee: grantee.bech32(&world.chain.prefix),
        allowance: Some(Allowance { left, expires: None }.pack()),
    };
    Ok(Some(Any { type_url: type_url::<wire::MsgGrantAllowance>(), value: wire.encode_to_vec() }))
}

/// The end of a grant, which may not exist.
pub(super) fn revoke(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(grantee) = dice.pick(world.players) else { return Ok(None) };
    let wire = wire::MsgRevokeAllowance {
        granter: player.bech32(&world.chain.prefix),
        grantee: grantee.bech32(&world.chain.prefix),
    };
    Ok(Some(Any { type_url: type_url::<wire::MsgRevokeAllowance>(), value: wire.encode_to_vec() }))
}
