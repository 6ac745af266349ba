//! Random stakes.

use std::ops::ControlFlow;

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use prost::{Message, Name};
use sirius_primitives::{Address, Amount, Coin, Prefix, PublicKey};
use sirius_runtime::{
    dice::{Dice, World},
    rows::each_row,
    tx::{pack_public_key, wire_coin},
    type_url,
};
use sirius_store::{Fault, Read};
use tendermint_proto::google::protobuf::Any;

use super::{
    Delegation, Fraction, Validator,
    address::operator_text,
    keys, state,
    stored::Leaving,
    wire::{distribution, staking as wire},
};
use crate::base::bank;

/// Somebody stands for making blocks, with a new key; now and then with a secp256k1 key, or when it does already.
pub(super) fn create_validator(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    if keys::validator(&player).get(world.state)?.is_some() && !dice.once_in(8) {
        return Ok(None);
    }
    let (key, _) = (world.spare_key)(dice, b"validator");
    let key = if dice.once_in(16) { key } else { ed25519(dice) };
    let Some(stake) = some_coin(dice, world, &player)? else { return Ok(None) };
    let rate = |points| Fraction::of_basis_points(points).to_string();
    let operator = operator(world, &player);
    pack(&wire::MsgCreateValidator {
        description: Some(wire::Description { moniker: operator.clone(), ..wire::Description::default() }),
        commission: Some(wire::CommissionRates {
            rate: rate(dice.below(1_001)),
            max_rate: rate(1_000),
            max_change_rate: rate(100),
        }),
        min_self_delegation: "1".into(),
        delegator_address: String::new(),
        validator_address: operator,
        pubkey: Some(pack_public_key(&key)),
        value: Some(stake),
    })
}

/// An Ed25519 key that nobody signs with: chance is a point of the curve every other time.
fn ed25519(dice: &mut Dice) -> PublicKey {
    loop {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&dice.roll().to_be_bytes());
        }
        if let Ok(key) = PublicKey::ed25519(&bytes) {
            return key;
        }
    }
}

/// Another commission, description or promise.
pub(super) fn edit_validator(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    if keys::validator(&player).get(world.state)?.is_none() && !dice.once_in(8) {
        return Ok(None);
    }
    let word = |is: bool, text: String| if is { text } else { String::new() };
    let rate = Fraction::of_basis_points(dice.below(1_100)).to_string();
    let promise = dice.below(1_000_000).to_string();
    pack(&wire::MsgEditValidator {
        description: Some(wire::Description {
            moniker: format!("validator {}", dice.below(9)),
            identity: "[do-not-modify]".into(),
            ..wire::Description::default()
        }),
        validator_address: operator(world, &player),
        commission_rate: word(dice.once_in(2), rate),
        min_self_delegation: word(dice.once_in(4), promise),
    })
}

/// A stake on some validator, up to somewhat more than the player has.
pub(super) fn delegate(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let (Some(to), Some(amount)) = (some_validator(dice, world)?, some_coin(dice, world, &player)?) else {
        return Ok(None);
    };
    pack(&wire::MsgDelegate {
        delegator_address: account(world, &player),
        validator_address: operator(world, &to),
        amount: Some(amount),
    })
}

/// A part of a stake moves to another validator, now and then to the same, perhaps too soon.
pub(super) fn redelegate(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((from, amount)) = some_stake(dice, world, &player)? else { return Ok(None) };
    let Some(to) = some_validator(dice, world)? else { return Ok(None) };
    if to == from && !dice.once_in(8) {
        return Ok(None);
    }
    pack(&wire::MsgBeginRedelegate {
        delegator_address: account(world, &player),
        validator_src_address: operator(world, &from),
        validator_dst_address: operator(world, &to),
        amount: Some(amount),
    })
}

/// A part of a stake is taken back.
pub(super) fn undelegate(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((from, amount)) = some_stake(dice, world, &player)? else { return Ok(None) };
    pack(&wire::MsgUndelegate {
        delegator_address: account(world, &player),
        validator_address: operator(world, &from),
        amount: Some(amount),
    })
}

/// A part of what is on its way back is staked again.
pub(super) fn cancel_unbonding(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let rows: Vec<(Address, Vec<Leaving>)> = rows(world, &keys::unbondings(&player))?;
    let Some((operator_address, entries)) = dice.pick(&rows) else { return Ok(None) };
    let Some(entry) = dice.pick(entries) else { return Ok(None) };
    pack(&wire::MsgCancelUnbondingDelegation {
        delegator_address: account(world, &player),
        validator_address: operator(world, operator_address),
        amount: Some(part(dice, world, entry.balance)?),
        creation_height: entry.created.to_wire(),
    })
}

/// What some stake has earned.
pub(super) fn withdraw_reward(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let Some((from, _)) = some_stake(dice, world, &player)? else { return Ok(None) };
    pack(&distribution::MsgWithdrawDelegatorReward {
        delegator_address: account(world, &player),
        validator_address: operator(world, &from),
    })
}

/// A validator's commission.
pub(super) fn withdraw_commission(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    if keys::validator(&player).get(world.state)?.is_none() && !dice.once_in(8) {
        return Ok(None);
    }
    pack(&distribution::MsgWithdrawValidatorCommission { validator_address: operator(world, &player) })
}

/// Rewards go to some player, perhaps to oneself again.
pub(super) fn set_withdraw_address(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let Some(to) = dice.pick(world.players) else { return Ok(None) };
    pack(&distribution::MsgSetWithdrawAddress {
        delegator_address: account(world, &player),
        withdraw_address: account(world, to),
    })
}

/// A gift to the community.
pub(super) fn fund_community(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let Some(coin) = some_coin(dice, world, &player)? else { return Ok(None) };
    let depositor = account(world, &player);
    pack(&distribution::MsgFundCommunityPool { amount: vec![coin], depositor })
}

/// Some validator; `None` when there is none.
fn some_validator(dice: &mut Dice, world: &World<'_>) -> Result<Option<Address>, Fault> {
    let rows: Vec<(Address, Validator)> = rows(world, keys::VALIDATORS)?;
    Ok(dice.pick(&rows).map(|(operator, _)| *operator))
}

/// A stake of the player, and a part of what it is worth, now and then somewhat more.
fn some_stake(
    dice: &mut Dice,
    world: &World<'_>,
    player: &Address,
) -> Result<Option<(Address, WireCoin)>, Fault> {
    let rows: Vec<(Address, Delegation)> = rows(world, &keys::delegations(player))?;
    let Some((operator, delegation)) = dice.pick(&rows) else { return Ok(None) };
    let worth = state::known(world.state, operator)?.worth(delegation.shares);
    // All of it often enough that delegations and validators go.
    let coin = if dice.once_in(4) { whole(world, worth)? } else { part(dice, world, worth)? };
    Ok(Some((*operator, coin)))
}

fn some_coin(dice: &mut Dice, world: &World<'_>, player: &Address) -> Result<Option<WireCoin>, Fault> {
    let have = bank::balance(world.state, player, &state::denom(world.state)?)?;
    if have.is_zero() { Ok(None) } else { part(dice, world, have).map(Some) }
}

/// Up to somewhat more than `amount`, at least 1.
fn part(dice: &mut Dice, world: &World<'_>, amount: Amount) -> Result<WireCoin, Fault> {
    let share = u128::from(dice.below(105));
    whole(world, amount.checked_share(share, 100).unwrap_or(amount))
}

fn whole(world: &World<'_>, amount: Amount) -> Result<WireCoin, Fault> {
    let amount = amount.max(Amount::new(1));
    Ok(wire_coin(&Coin { denom: state::denom(world.state)?, amount }))
}

/// The records below `beginning` with the address that follows it.
fn rows<V: borsh::BorshSerialize + borsh::BorshDeserialize>(
    world: &World<'_>,
    beginning: &[u8],
) -> Result<Vec<(Address, V)>, Fault> {
    let mut rows = Vec::new();
    let state: &dyn Read = world.state;
    each_row(state, beginning, |rest, value: V| {
        rows.push((state::address_at(rest, 0)?, value));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

fn account(world: &World<'_>, address: &Address) -> String {
    address.bech32(&world.chain.prefix)
}

fn operator(world: &World<'_>, address: &Address) -> String {
    let prefix: &Prefix = &world.chain.prefix;
    operator_text(address, prefix)
}

fn pack<M: Message + Name>(wire: &M) -> Result<Option<Any>, Fault> {
    Ok(Some(Any { type_url: type_url::<M>(), value: wire.encode_to_vec() }))
}
