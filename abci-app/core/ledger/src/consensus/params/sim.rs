//! Random changes of parameters.

use std::ops::ControlFlow;

use prost::Message as _;
use sirius_primitives::Address;
use sirius_runtime::{
    dice::{Dice, World},
    type_url,
};
use sirius_store::{Fault, Key, Order, Read, Span};
use tendermint_proto::google::protobuf::Any;

use super::{keys, wire::params as wire};

/// Another value for one parameter, at most a quarter away from the one in force, so that the chain stays usable. Now
/// and then somebody without authority tries.
pub(super) fn update(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let authority = keys::authority().get(world.state)?;
    if authority != Some(player) && !dice.once_in(8) {
        return Ok(None);
    }
    let values = values(world.state)?;
    let Some((name, value)) = dice.pick(&values) else { return Ok(None) };
    let quarter = value / 4;
    let value =
        value.saturating_sub(quarter).saturating_add(dice.below(quarter.saturating_mul(2).saturating_add(2)));
    let values = vec![wire::Value { name: name.clone(), value }];
    // Nobody here knows the height: one half of the changes that name one come too late.
    let height = if dice.once_in(3) { dice.below(250).saturating_add(1) } else { 0 };
    let wire = wire::MsgUpdate { authority: player.bech32(&world.chain.prefix), values, height };
    Ok(Some(Any { type_url: type_url::<wire::MsgUpdate>(), value: wire.encode_to_vec() }))
}

/// Every parameter's name and value.
fn values(state: &dyn Read) -> Result<Vec<(String, u64)>, Fault> {
    let (mut values, mut broken) = (Vec::new(), Ok(()));
    state.scan(&Span::prefix(keys::VALUES), Order::Ascending, &mut |key, value| {
        let name = String::from_utf8_lossy(key.strip_prefix(keys::VALUES).unwrap_or_default());
        match Key::<u64>::decode(value) {
            Ok(value) => {
                values.push((name.into_owned(), value));
                ControlFlow::Continue(())
            }
            Err(fault) => {
                broken = Err(fault);
                ControlFlow::Break(())
            }
        }
    })?;
    broken.map(|()| values)
}
