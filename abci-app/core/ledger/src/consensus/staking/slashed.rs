//! The slashes of each validator: those that still meet what has left it, and what it lost by the last [`MOST_KEPT`], for
//! whoever asks.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Height};
use sirius_runtime::rows::each_row;
use sirius_store::{Fault, Read, Span, Write};

use super::{Fraction, keys, state::first_keys, stored::Slash};

/// Slashes that are remembered of one validator. Between two of them it must have been jailed and have come back.
const MOST_KEPT: usize = 100;

/// A validator's slashes that meet what has left it, with the heights at which they were found, the earliest first.
pub(super) fn all(state: &(impl Read + ?Sized), operator: &Address) -> Result<Vec<(Height, Slash)>, Fault> {
    let beginning = keys::slashes(operator);
    let mut slashes = Vec::new();
    each_row(state, &beginning, |rest, slash: Slash| {
        slashes.push((height_at(rest, 0)?.0, slash));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(slashes)
}

/// The height at `from` in a slash's key, and what follows it.
pub(super) fn height_at(key: &[u8], from: usize) -> Result<(Height, &[u8]), Fault> {
    let (height, more) = key
        .get(from..)
        .and_then(|rest| rest.split_first_chunk())
        .ok_or_else(|| Fault::Damaged { what: "staking", detail: "a slash has no height".into() })?;
    Ok((Height(u64::from_be_bytes(*height)), more))
}

/// Remembers a slash, found in the block of `height`.
pub(super) fn remember(
    state: &mut dyn Write,
    operator: &Address,
    height: Height,
    fraction: Fraction,
) -> Result<(), Fault> {
    let mut key = keys::slashed(operator, height, 0);
    // Evidence and absence may meet a validator in the same block, each once.
    for number in 1..=u8::MAX {
        if key.get(state)?.is_none() {
            break;
        }
        key = keys::slashed(operator, height, number);
    }
    key.set(state, &fraction);
    let kept = first_keys(state, &Span::prefix(&keys::slashed_of(operator)), MOST_KEPT.saturating_add(1))?;
    if let (true, Some(oldest)) = (kept.len() > MOST_KEPT, kept.into_iter().next()) {
        state.set_bytes(oldest, None);
    }
    Ok(())
}

/// Forgets the slashes of a validator that goes.
pub(super) fn forget(state: &mut dyn Write, operator: &Address) -> Result<(), Fault> {
    for key in first_keys(state, &Span::prefix(&keys::slashed_of(operator)), MOST_KEPT)? {
        state.set_bytes(key, None);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_last_hundred_are_remembered_until_the_validator_goes() {
        let (mut state, operator) = (BTreeMap::new(), Address::new([7; 20]));
        for height in 1..=150_u64 {
            remember(&mut state, &operator, Height(height), Fraction::ALL).unwrap();
        }
        assert_eq!(state.len(), MOST_KEPT);
        assert!(keys::slashed(&operator, Height(51), 0).get(&state).unwrap().is_some());
        remember(&mut state, &operator, Height(150), Fraction::ALL).unwrap();
        assert!(keys::slashed(&operator, Height(150), 1).get(&state).unwrap().is_some());
        forget(&mut state, &operator).unwrap();
        assert!(state.is_empty());
    }
}
