//! Counting who is absent: a ring of bits for each validator, of which only what changes is written.

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Height, Timestamp};
use sirius_runtime::{
    Context, Vote,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Key, Order, Read, Span, Write};

use super::{
    keys,
    params::{DOWNTIME, JAIL, LEAST_SIGNED, WINDOW},
};
use crate::consensus::staking::{self, Fraction, Told, Wrong, consensus_text, time::later};

/// Bits in one record of the ring.
const PART_BITS: u64 = 1_024;
/// Bytes of them.
const PART_BYTES: usize = 128;

/// How present a validator has been since it makes blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// From which height on it is counted.
    pub start: Height,
    /// How long the window was when counting began; another one begins anew.
    pub window: u64,
    /// How many blocks of the window it missed.
    pub missed: u64,
}

/// The limits of a block.
struct Limits {
    window: u64,
    most_missed: u64,
}

impl Limits {
    fn load(state: &dyn Read) -> Result<Self, Fault> {
        let window = WINDOW.get(state)?;
        let signed = window.saturating_mul(LEAST_SIGNED.get(state)?).div_ceil(100);
        Ok(Self { window, most_missed: window.saturating_sub(signed) })
    }
}

/// Counts the votes of the last block, and jails whoever was absent too often.
pub(super) fn count(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let limits = Limits::load(state)?;
    for vote in &ctx.report.votes {
        // Whoever has left makes blocks for two more heights; nobody waits for it.
        let Some(told) = staking::told(state, &vote.validator)? else { continue };
        count_one(ctx, state, &limits, (vote, &told))?;
    }
    Ok(())
}

fn count_one(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    limits: &Limits,
    (vote, told): (&Vote, &Told),
) -> Result<(), Fault> {
    let consensus = &vote.validator;
    let key = keys::presence(consensus);
    let before = key.get(state)?;
    // A validator that was away, or another window, begins with a clean slate.
    let current = before.filter(|known| known.start >= told.since && known.window == limits.window);
    let mut presence = match current {
        Some(presence) => presence,
        None => {
            forget(state, consensus)?;
            let begun = Presence { start: ctx.block.height, window: limits.window, missed: 0 };
            key.set(state, &begun);
            begun
        }
    };
    let counted = ctx.block.height.0.saturating_sub(presence.start.0);
    // With nothing missed every bit is clear, which nearly every vote leaves as it is.
    if vote.signed && presence.missed == 0 {
        return Ok(());
    }
    let place = counted.checked_rem(limits.window).unwrap_or(0);
    let was_missed = mark(state, consensus, place, !vote.signed)?;
    match (was_missed, !vote.signed) {
        (false, true) => presence.missed = presence.missed.saturating_add(1),
        (true, false) => presence.missed = presence.missed.saturating_sub(1),
        _ => {}
    }
    if was_missed == vote.signed {
        key.set(state, &presence);
    }
    if !vote.signed {
        show_absence(ctx, consensus, presence.missed);
    }
    // A whole window must have been counted: a newcomer is not judged by its first blocks.
    if counted >= limits.window && presence.missed > limits.most_missed {
        jail(ctx, state, vote)?;
    }
    Ok(())
}

/// The places in the window of the bits that are set in a part of the ring.
pub(super) fn places(part: u32, bits: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let first = u64::from(part).saturating_mul(PART_BITS);
    let of_byte = move |(index, byte): (u64, &u8)| {
        let (byte, first) = (*byte, first.saturating_add(index.saturating_mul(8)));
        (0..8_u64).filter(move |bit| byte >> bit & 1 == 1).map(move |bit| first.saturating_add(bit))
    };
    (0..).zip(bits).flat_map(of_byte)
}

/// Sets or clears a bit of the ring; says what it was.
pub(super) fn mark(
    state: &mut dyn Write,
    consensus: &Address,
    place: u64,
    missed: bool,
) -> Result<bool, Fault> {
    let part = u32::try_from(place / PART_BITS).unwrap_or(u32::MAX);
    let key = keys::missed(consensus, part);
    let mut bits = key.get(state)?.unwrap_or_default();
    let before = bits.clone();
    bits.resize(PART_BYTES, 0);
    let within = place % PART_BITS;
    let (byte, bit) = (usize::try_from(within / 8).unwrap_or(0), 1u8 << (within % 8));
    let byte = bits.get_mut(byte).ok_or_else(|| Fault::Contradiction("a bit is beyond its part".into()))?;
    let was_missed = *byte & bit != 0;
    if missed {
        *byte |= bit;
    } else {
        *byte &= !bit;
    }
    if bits.iter().all(|byte| *byte == 0) {
        if !before.is_empty() {
            key.remove(state);
        }
    } else if bits != before {
        key.set(state, &bits);
    }
    Ok(was_missed)
}

/// Clears a validator's ring: at most one record for each 1,024 blocks of the longest window.
fn forget(state: &mut dyn Write, consensus: &Address) -> Result<(), Fault> {
    let mut parts = Vec::new();
    state.scan(&Span::prefix(&keys::missed_parts(consensus)), Order::Ascending, &mut |key, _| {
        parts.push(key.to_vec());
        ControlFlow::Continue(())
    })?;
    parts.into_iter().for_each(|key| state.set_bytes(key, None));
    Ok(())
}

fn jail(ctx: &mut Context<'_>, state: &mut dyn Write, vote: &Vote) -> Result<(), Fault> {
    let consensus = &vote.validator;
    let Some(operator) = staking::operator_of(state, consensus)? else { return Ok(()) };
    let Some(validator) = staking::validator(state, &operator)? else { return Ok(()) };
    forget(state, consensus)?;
    let begun = Presence { start: ctx.block.height, window: WINDOW.get(state)?, missed: 0 };
    keys::presence(consensus).set(state, &begun);
    if validator.jailed {
        return Ok(());
    }
    let fraction = Fraction::of_basis_points(DOWNTIME.get(state)?);
    // Whoever left before did not sit out these blocks, and what is lost here is little.
    let wrong = Wrong { power: vote.power, fraction, since: None };
    let burned = staking::slash(ctx, state, &operator, wrong)?;
    staking::jail(ctx, state, &operator)?;
    let until = later(ctx.block.time, JAIL.get(state)?);
    keys::jailed_until(consensus).set(state, &until);
    ctx.emit(|ctx| {
        let consensus = consensus_text(consensus, &ctx.chain.prefix);
        let shown = event("slash").with("address", &consensus).with("power", vote.power);
        shown.with("reason", "missing_signature").with("jailed", consensus).with("burned_coins", burned)
    });
    Ok(())
}

fn show_absence(ctx: &mut Context<'_>, consensus: &Address, missed: u64) {
    let height = ctx.block.height;
    ctx.emit(|ctx| {
        let shown = event("liveness").with("address", consensus_text(consensus, &ctx.chain.prefix));
        shown.with("missed_blocks", missed).with("height", height)
    });
}

/// Until when a validator stays jailed; the beginning of time when it was never jailed by this module.
pub(super) fn jailed_until(state: &(impl Read + ?Sized), consensus: &Address) -> Result<Timestamp, Fault> {
    Ok(keys::jailed_until(consensus).get(state)?.unwrap_or_default())
}

/// The count of missed blocks is that of the ring's bits, and the window's at most.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let (mut presences, mut broken) = (Vec::new(), Ok(()));
    state.scan(&Span::prefix(keys::PRESENCES), Order::Ascending, &mut |key, value| {
        let address = key.get(keys::PRESENCES.len()..).and_then(|rest| rest.try_into().ok());
        match (address, Key::<Presence>::decode(value)) {
            (Some(address), Ok(presence)) => presences.push((Address::new(address), presence)),
            (_, Err(fault)) => broken = Err(fault),
            (None, Ok(_)) => {
                broken = Err(Fault::Damaged { what: "slashing", detail: "a key holds no address".into() });
            }
        }
        ControlFlow::Continue(())
    })?;
    broken?;
    for (consensus, presence) in presences {
        let mut bits = 0u64;
        state.scan(&Span::prefix(&keys::missed_parts(&consensus)), Order::Ascending, &mut |_, value| {
            // The length of the borsh list stands before its bytes.
            let count: u32 = value.iter().skip(4).map(|byte| byte.count_ones()).sum();
            bits = bits.saturating_add(count.into());
            ControlFlow::Continue(())
        })?;
        if bits != presence.missed || presence.missed > presence.window {
            return Ok(Err(format!("{consensus:?} missed {} blocks, its bits say {bits}", presence.missed)));
        }
    }
    Ok(Ok(()))
}
