//! Which keys there are, in order: the tree knows keys only by their hashes, and scans need neighbours.
//!
//! The latest keys lie in [`Space::Keys`]. A block that adds or removes one keeps in [`Space::KeyUndo`] whether it was
//! there before, under the block's height. The keys at height `h` are then: for each key the *earliest* such record
//! above `h`, or, where there is none, what is there now.

use std::cmp::Ordering;

use sirius_primitives::Height;

use crate::{
    Fault, Order, Span,
    backend::{Batch, Space, View},
    cursor::Cursor,
};

/// The end of an escaped key. No escaped key holds these two bytes in a row, so none is the beginning of another.
const END: [u8; 2] = [0, 0];

/// What stands for a zero byte within an escaped key, so that the order of keys stays as it was.
const ZERO: [u8; 2] = [0, 0xff];

/// `key`, escaped, so that a height can follow it.
fn escape(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len().saturating_add(12));
    for byte in key {
        if *byte == 0 { bytes.extend_from_slice(&ZERO) } else { bytes.push(*byte) }
    }
    bytes
}

/// ```text
/// key undo   escaped key ‖ 0x00 0x00 ‖ height: u64 big-endian   →   0x00 it was not there  or  0x01 it was
/// ```
fn undo_key(key: &[u8], height: Height) -> Vec<u8> {
    let mut bytes = escape(key);
    bytes.extend_from_slice(&END);
    bytes.extend_from_slice(&height.0.to_be_bytes());
    bytes
}

fn read_undo(record_key: &[u8], record: &[u8]) -> Result<(Vec<u8>, Height, bool), Fault> {
    let split = || {
        let (rest, height) = record_key.split_last_chunk()?;
        let escaped = rest.strip_suffix(&END)?;
        let (mut key, mut bytes) = (Vec::with_capacity(escaped.len()), escaped.iter());
        while let Some(byte) = bytes.next() {
            key.push(*byte);
            if *byte == 0 && bytes.next() != Some(&0xff) {
                return None;
            }
        }
        let there = match record {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        Some((key, Height(u64::from_be_bytes(*height)), there))
    };
    let detail = || format!("the record under {record_key:02x?} is not one");
    split().ok_or_else(|| Fault::Damaged { what: "the history of keys", detail: detail() })
}

/// Writes that the block at `height` added or removed `key`, and gives the name of the record that keeps it.
pub(crate) fn write(batch: &mut Batch, key: &[u8], added: bool, undo: Option<Height>) -> Option<Vec<u8>> {
    if added {
        batch.put(Space::Keys, key, &[]);
    } else {
        batch.remove(Space::Keys, key);
    }
    let name = undo_key(key, undo?);
    batch.put(Space::KeyUndo, &name, &[u8::from(!added)]);
    Some(name)
}

/// The keys that the block at `height` left within `span`, in `order`, of a view whose last block is `latest`.
pub(crate) fn keys<'a>(
    view: &'a dyn View,
    (height, latest): (Height, Height),
    span: &Span,
    order: Order,
) -> impl Iterator<Item = Result<Vec<u8>, Fault>> + 'a {
    let now = Cursor::new(view, Space::Keys, span.clone(), order).map(|pair| pair.map(|(key, _)| key));
    // Nothing is above the last block: looking for it would walk every record that is kept of the span.
    let changed = (height < latest).then(|| changed(view, height, span, order));
    let (mut now, mut changed) = (now.peekable(), changed.into_iter().flatten().peekable());
    std::iter::from_fn(move || {
        loop {
            // A key in both is as it was; a fault comes first, whichever side has it.
            let met = match (now.peek(), changed.peek()) {
                (None, None) => return None,
                (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
                (_, Some(Err(_))) | (None, Some(_)) => Ordering::Greater,
                (Some(Ok(key)), Some(Ok((other, _)))) => order.compare(key, other),
            };
            if met == Ordering::Less {
                return now.next();
            }
            if met == Ordering::Equal {
                now.next();
            }
            match changed.next()? {
                Ok((key, true)) => return Some(Ok(key)),
                Ok((_, false)) => {}
                Err(fault) => return Some(Err(fault)),
            }
        }
    })
}

/// The keys that blocks above `height` added or removed, in `order`, each once, and whether it was there at `height`.
fn changed<'a>(
    view: &'a dyn View,
    height: Height,
    span: &Span,
    order: Order,
) -> impl Iterator<Item = Result<(Vec<u8>, bool), Fault>> + 'a {
    let undo = Span { from: escape(&span.from), to: span.to.as_deref().map(escape) };
    let records = Cursor::new(view, Space::KeyUndo, undo, order)
        .map(|record| record.and_then(|(key, record)| read_undo(&key, &record)));
    let mut above =
        records.filter(move |record| record.as_ref().map_or(true, |(_, at, _)| *at > height)).peekable();
    std::iter::from_fn(move || {
        let (key, _, mut there) = match above.next()? {
            Ok(record) => record,
            Err(fault) => return Some(Err(fault)),
        };
        // Of a key's records the earliest counts: the first when ascending, the last when descending.
        let same = |record: &Result<(Vec<u8>, Height, bool), Fault>| {
            record.as_ref().is_ok_and(|(next, _, _)| *next == key)
        };
        while let Some(Ok((_, _, earlier))) = above.next_if(same) {
            if order == Order::Descending {
                there = earlier;
            }
        }
        Some(Ok((key, there)))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn undo_keys_keep_the_order_of_keys_then_heights(
            one in prop::collection::vec(0..3u8, 0..6), other in prop::collection::vec(0..3u8, 0..6),
            low in 0..3u64, high in 0..3u64,
        ) {
            let (low, high) = (Height(low), Height(high));
            prop_assert_eq!(undo_key(&one, low).cmp(&undo_key(&other, high)), (&one, low).cmp(&(&other, high)));
            prop_assert_eq!(read_undo(&undo_key(&one, low), &[1]).unwrap(), (one, low, true));
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_undo(&bytes, &[0]);
            let _ = read_undo(&bytes, &bytes);
        }
    }
}
