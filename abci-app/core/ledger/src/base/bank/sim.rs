//! Random payments.

use prost::Message as _;
use sirius_primitives::{Address, Amount, Coin, Denom};
use sirius_runtime::{
    dice::{Dice, World},
    tx::wire_coin,
    type_url,
};
use sirius_store::{Fault, Span};
use tendermint_proto::google::protobuf::Any;

use super::{keys, state, wire::bank as wire};

/// A payment to some player: mostly affordable, now and then too much.
pub(super) fn send(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let (Some(coin), Some(to)) = (some_coin(dice, world, &player)?, dice.pick(world.players)) else {
        return Ok(None);
    };
    let wire = wire::MsgSend {
        from_address: player.bech32(&world.chain.prefix),
        to_address: to.bech32(&world.chain.prefix),
        amount: vec![wire_coin(&coin)],
    };
    Ok(Some(Any { type_url: type_url::<wire::MsgSend>(), value: wire.encode_to_vec() }))
}

/// Payments of the same coin to several players.
pub(super) fn multi_send(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some(coin) = some_coin(dice, world, &player)? else { return Ok(None) };
    let count = dice.below(5).saturating_add(1);
    let output = |dice: &mut Dice| {
        let to = dice.pick(world.players).copied().unwrap_or(player);
        wire::Output { address: to.bech32(&world.chain.prefix), coins: vec![wire_coin(&coin)] }
    };
    let outputs: Vec<_> = (0..count).map(|_| output(dice)).collect();
    let Some(sum) = coin.amount.checked_share(u128::from(count), 1) else { return Ok(None) };
    let sent = Coin { denom: coin.denom.clone(), amount: sum };
    let input = wire::Input { address: player.bech32(&world.chain.prefix), coins: vec![wire_coin(&sent)] };
    let wire = wire::MsgMultiSend { inputs: vec![input], outputs };
    Ok(Some(Any { type_url: type_url::<wire::MsgMultiSend>(), value: wire.encode_to_vec() }))
}

/// A coin that the player has, in an amount up to somewhat more than it has.
fn some_coin(dice: &mut Dice, world: &World<'_>, player: &Address) -> Result<Option<Coin>, Fault> {
    let mut denoms: Vec<Denom> = Vec::new();
    world.state.scan(&Span::prefix(keys::SUPPLIES), sirius_store::Order::Ascending, &mut |key, _| {
        denoms.extend(state::denom_at(key.strip_prefix(keys::SUPPLIES)));
        std::ops::ControlFlow::Continue(())
    })?;
    let Some(denom) = dice.pick(&denoms).cloned() else { return Ok(None) };
    let have = state::balance(world.state, player, &denom)?;
    let share = u128::from(dice.below(110));
    let amount = have.checked_share(share, 100).unwrap_or(Amount::new(1));
    let amount = if amount.is_zero() { Amount::new(1) } else { amount };
    Ok(Some(Coin { denom, amount }))
}
