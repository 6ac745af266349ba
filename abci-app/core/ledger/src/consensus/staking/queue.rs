//! What waits for its time: keys in the order of time, taken from the front, a bounded number a block.

use sirius_primitives::Timestamp;
use sirius_store::{Fault, Key, Span, Write};

use super::{keys, state::first_keys};

/// What one queue gives in a block at most; the rest waits for the next.
pub(super) const MOST_DUE: usize = 50;

/// Puts a key into a queue.
///
/// # Errors
/// The state cannot be read.
pub(super) fn add(state: &mut dyn Write, queue: &[u8], key: &Key<bool>) -> Result<(), Fault> {
    let front = keys::front(queue);
    if front.get(state)?.is_some_and(|front| key.as_bytes() < front.as_slice()) {
        front.remove(state);
    }
    key.set(state, &true);
    Ok(())
}

/// Takes out the keys whose time has come, the first at most [`MOST_DUE`].
///
/// The last key taken is remembered: a search from the beginning of the queue would meet every key that was ever taken,
/// until the disk has forgotten them.
///
/// # Errors
/// The state cannot be read.
pub(super) fn take_due(state: &mut dyn Write, queue: &[u8], now: Timestamp) -> Result<Vec<Vec<u8>>, Fault> {
    let front = keys::front(queue);
    let from = front.get(state)?.unwrap_or_else(|| queue.to_vec());
    // The key after every key of `now`: no address is longer than all of 0xff.
    let to = [queue, now.in_order().as_slice(), &[u8::MAX; 61]].concat();
    let due = first_keys(state, &Span { from, to: Some(to) }, MOST_DUE)?;
    for key in &due {
        state.set_bytes(key.clone(), None);
    }
    if let Some(last) = due.last() {
        front.set(state, last);
    }
    Ok(due)
}
