//! What each validator lost by slashes, for whoever asks: the last [`MOST_KEPT`] of each.

use sirius_primitives::{Address, Height};
use sirius_store::{Fault, Span, Write};

use super::{Fraction, keys, state::first_keys};

/// Slashes that are remembered of one validator. Between two of them it must have been jailed and have come back.
const MOST_KEPT: usize = 100;

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
