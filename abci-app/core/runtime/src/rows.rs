//! Walking over stored records of one kind.

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_store::{Fault, Key, Order, Read, Span};

/// Shows each record whose key begins with `beginning` to `visit`, in the order of keys, until it breaks: the rest of
/// the key and the value. How many there may be is the caller's to bound.
///
/// # Errors
/// This node cannot read its state, a value is no `V`, or what `visit` says.
pub fn each_row<V: BorshSerialize + BorshDeserialize>(
    state: &(impl Read + ?Sized),
    beginning: &[u8],
    mut visit: impl FnMut(&[u8], V) -> Result<ControlFlow<()>, Fault>,
) -> Result<(), Fault> {
    each_pair(state, &Span::prefix(beginning), |key, value| {
        visit(key.get(beginning.len()..).unwrap_or_default(), Key::<V>::decode(value)?)
    })
}

/// Shows each key of `span` with its value to `visit`, in order, until it breaks. How many there may be is the caller's
/// to bound.
///
/// # Errors
/// This node cannot read its state, or what `visit` says.
pub fn each_pair(
    state: &(impl Read + ?Sized),
    span: &Span,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, Fault>,
) -> Result<(), Fault> {
    let mut outcome = Ok(());
    state.scan(span, Order::Ascending, &mut |key, value| {
        visit(key, value).unwrap_or_else(|fault| {
            outcome = Err(fault);
            ControlFlow::Break(())
        })
    })?;
    outcome
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn meets_the_records_in_order_until_it_breaks() {
        let mut state = BTreeMap::new();
        for (name, value) in [("a/1", 1_u64), ("a/2", 2), ("a/3", 3), ("b/1", 9)] {
            Key::new(&[name.as_bytes()]).set(&mut state, &value);
        }
        let met = |last: u64| {
            let mut met = Vec::new();
            each_row(&state, b"a/", |rest, value: u64| {
                met.push((rest.to_vec(), value));
                Ok(if value == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .unwrap();
            met
        };
        assert_eq!(met(2), [(b"1".to_vec(), 1), (b"2".to_vec(), 2)]);
        assert_eq!(met(0).len(), 3);
        let broken = each_row(&state, b"a/", |_, _: u32| Ok(ControlFlow::Continue(())));
        assert!(matches!(broken, Err(Fault::Damaged { .. })));
    }
}
