//! Random chains, headers, conflicts and proofs.
//!
//! The simulator's chains have two validators, of which one is replaced every few blocks: their keys follow from the
//! chain's name, so that whoever posts can sign.

use std::ops::ControlFlow;

use prost::{Message, Name};
use sirius_primitives::{Address, Amount, Coin, PublicKey, Timestamp, sha256};
use sirius_runtime::{
    dice::{Dice, World},
    rows::each_row,
    tx::wire_coin,
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::{
    chain::{Chain, Status},
    keys,
    light::Member,
    made::{Database, Draft, ENTRY},
    params::LEAST_BOND,
    state::denom,
    wire::anchor as wire,
};
use crate::consensus::params::authority;

/// How many chains there can be.
const CHAINS: u64 = 60;
/// Blocks for which the validators of a chain stay.
const TERM: u64 = 10;

fn packed<M: Message + Name>(message: &M) -> Option<Any> {
    Some(Any { type_url: type_url::<M>(), value: message.encode_to_vec() })
}

/// The dice that make the key of a chain's term, and the key. Not every spare key is an Ed25519 key.
fn key(world: &World<'_>, chain_id: &str, term: u64) -> Option<(Dice, [u8; 32])> {
    (0..16_u64).find_map(|salt| {
        let seed = sha256(&[chain_id.as_bytes(), &term.to_be_bytes(), &salt.to_be_bytes()].concat());
        let dice = Dice::new(seed.as_bytes().first_chunk().copied().map_or(0, u64::from_be_bytes));
        match (world.spare_key)(&mut dice.clone(), b"") {
            (PublicKey::Ed25519(key), _) => Some((dice, key)),
            (PublicKey::Secp256k1(_), _) => None,
        }
    })
}

/// The validators of a height: those of its term and of the next, of equal power.
fn validators(world: &World<'_>, chain_id: &str, height: u64) -> Option<Vec<(Dice, Member)>> {
    let term = height / TERM;
    let member = |term| key(world, chain_id, term).map(|(dice, key)| (dice, Member { key, power: 10 }));
    Some(vec![member(term)?, member(term.saturating_add(1))?])
}

/// A header of a chain that its validators signed.
fn block(
    world: &World<'_>,
    (chain_id, height): (&str, u64),
    time: Timestamp,
    app_hash: Vec<u8>,
) -> Option<wire::LightBlock> {
    let signers = validators(world, chain_id, height)?;
    let members = |all: &[(Dice, Member)]| all.iter().map(|(_, member)| *member).collect();
    let draft = Draft {
        chain_id: chain_id.into(),
        height,
        time,
        app_hash,
        validators: members(&signers),
        next: members(&validators(world, chain_id, height.saturating_add(1))?),
    };
    draft.sign(|key, message| {
        let (dice, _) = signers.iter().find(|(_, member)| member.key == key)?;
        Some((world.spare_key)(&mut dice.clone(), message).1)
    })
}

/// Some chain, mostly one whose headers are taken.
fn some_chain(dice: &mut Dice, world: &World<'_>) -> Result<Option<(String, Chain)>, Fault> {
    let (mut active, mut all) = (Vec::new(), Vec::new());
    each_row(world.state, keys::CHAINS, |rest, chain: Chain| {
        let found = (String::from_utf8_lossy(rest).into_owned(), chain);
        if found.1.status == Status::Active {
            active.push(found.clone());
        }
        all.push(found);
        Ok(ControlFlow::Continue(()))
    })?;
    let from = if dice.once_in(6) { &all } else { &active };
    Ok(dice.pick(from).cloned())
}

fn coin(
    world: &World<'_>,
    amount: u128,
) -> Result<Option<cosmos_sdk_proto::cosmos::base::v1beta1::Coin>, Fault> {
    Ok(Some(wire_coin(&Coin { denom: denom(world.state)?, amount: Amount::new(amount) })))
}

/// A second after a moment, or now if that is later.
fn after(world: &World<'_>, time: Timestamp) -> Timestamp {
    let next = Timestamp { seconds: time.seconds.saturating_add(1), ..time };
    next.max(world.time)
}

/// A chain that mostly is not registered yet, with a deposit that is soon used up.
pub(super) fn register(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let chain_id = format!("sim-{}", dice.below(CHAINS));
    let known = keys::chain(&chain_id).get(world.state)?.is_some();
    if known && !dice.once_in(8) {
        return Ok(None);
    }
    let least = u128::from(LEAST_BOND.get(world.state)?);
    let bond = if dice.once_in(10) { least.saturating_sub(1) } else { least };
    let height = dice.below(1_000).saturating_add(1);
    let Some(block) = block(world, (&chain_id, height), world.time, Database::new()?.app_hash()) else {
        return Ok(None);
    };
    Ok(packed(&wire::MsgRegisterChain {
        owner_address: player.bech32(&world.chain.prefix),
        bond: coin(world, bond)?,
        deposit: coin(world, dice.below(40_000).into())?,
        block: Some(block),
        trusting_seconds: if dice.once_in(10) { 60 } else { 3_600 },
        every: dice.below(5).saturating_add(1),
    }))
}

/// The next header of a chain, now and then one that comes too soon or that was posted already.
pub(super) fn post(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    let distance = if dice.once_in(10) { dice.below(2) } else { chain.every.saturating_add(dice.below(3)) };
    let height = chain.latest.height.saturating_add(distance);
    let time = after(world, chain.latest.time);
    let block = block(world, (&chain_id, height), time, Database::new()?.app_hash());
    let poster_address = player.bech32(&world.chain.prefix);
    Ok(block.and_then(|block| packed(&wire::MsgPostHeader { poster_address, blocks: vec![block] })))
}

/// Coins for a chain's headers.
pub(super) fn deposit(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, _)) = some_chain(dice, world)? else { return Ok(None) };
    let depositor_address = player.bech32(&world.chain.prefix);
    let amount = coin(world, u128::from(dice.below(50_000)).saturating_add(1))?;
    Ok(packed(&wire::MsgDeposit { depositor_address, chain_id, amount }))
}

/// A part of a deposit back, now and then more than there is, or somebody else's.
pub(super) fn withdraw(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    if chain.owner != player && !dice.once_in(8) {
        return Ok(None);
    }
    let left = u64::try_from(chain.deposit.units()).unwrap_or(u64::MAX);
    let amount = coin(world, u128::from(dice.below(left.saturating_add(2))).max(1))?;
    let owner_address = player.bech32(&world.chain.prefix);
    Ok(packed(&wire::MsgWithdraw { owner_address, chain_id, amount }))
}

/// The end of a chain, which most should live to see their conflicts.
pub(super) fn close(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    if !dice.once_in(if chain.owner == player { 3 } else { 20 }) {
        return Ok(None);
    }
    Ok(packed(&wire::MsgClose { owner_address: player.bech32(&world.chain.prefix), chain_id }))
}

/// Two headers of one height, now and then the same twice, against a chain that mostly goes on.
pub(super) fn conflict(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    if !dice.once_in(4) {
        return Ok(None);
    }
    let height = chain.latest.height.saturating_add(1);
    let time = after(world, chain.latest.time);
    let mut made = |odd: bool| {
        let app_hash = vec![u8::from(odd && !dice.once_in(5)); 32];
        block(world, (&chain_id, height), time, app_hash)
    };
    let (first, second) = (made(false), made(true));
    if first.is_none() {
        return Ok(None);
    }
    Ok(packed(&wire::MsgSubmitConflict {
        reporter_address: player.bech32(&world.chain.prefix),
        first,
        second,
        trusted_height: chain.latest.height,
        trusted_validators: Vec::new(),
    }))
}

/// A record, an entry, or that there is none; now and then one that was changed.
pub(super) fn prove(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    let database = Database::new()?;
    let mut message = wire::MsgProveRecord {
        prover_address: player.bech32(&world.chain.prefix),
        chain_id,
        height: chain.latest.height,
        ..wire::MsgProveRecord::default()
    };
    if dice.once_in(2) {
        let mut record = database.record()?;
        record.position = record.position.saturating_add(u32::from(dice.once_in(6)));
        message.record = Some(record);
    } else {
        let key = if dice.once_in(3) { b"u/nothing" } else { ENTRY.0 };
        message.entry = Some(database.entry(key)?);
    }
    Ok(packed(&message))
}

/// A header by the authority that nothing has to lead to; mostly the chain is trusted still, and now and then somebody else
/// tries.
pub(super) fn renew(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let Some((chain_id, chain)) = some_chain(dice, world)? else { return Ok(None) };
    if !dice.once_in(if authority(world.state)? == player { 3 } else { 30 }) {
        return Ok(None);
    }
    let height = chain.latest.height.saturating_add(dice.below(40));
    let block = block(world, (&chain_id, height), world.time, Database::new()?.app_hash());
    let authority = player.bech32(&world.chain.prefix);
    Ok(block.and_then(|block| packed(&wire::MsgRenewTrust { authority, block: Some(block) })))
}
