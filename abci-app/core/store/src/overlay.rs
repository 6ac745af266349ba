//! A fork of a state: changes kept in memory above a base that stays as it is.

use std::{cmp::Ordering, collections::BTreeMap, ops::ControlFlow};

use crate::{
    Fault,
    state::{Order, Read, Span, Visit, Write},
};

/// What a fork has written: the new bytes of each key, or `None` where it was removed.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A state that reads through to `base` and writes only to itself. Dropping it undoes everything;
/// [`Overlay::into_changes`] hands its writes to whoever merges them.
#[derive(Debug, Clone)]
pub struct Overlay<R> {
    base: R,
    changes: Changes,
}

impl<R: Read> Overlay<R> {
    /// An empty fork of `base`.
    pub fn new(base: R) -> Self {
        Self { base, changes: Changes::new() }
    }

    /// What has been written since the fork.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Ends the fork and hands out what it wrote.
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    /// Takes over what another fork, made of this state, has written.
    pub fn apply(&mut self, changes: Changes) {
        self.changes.extend(changes);
    }

    /// The state below.
    pub fn base(&self) -> &R {
        &self.base
    }
}

impl<R: Read> Read for Overlay<R> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.base.get_bytes(key),
        }
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let above: Vec<_> = match &span.to {
            Some(to) => self.changes.range(span.from.clone()..to.clone()).collect(),
            None => self.changes.range(span.from.clone()..).collect(),
        };
        let mut merge = Merge { above: &above, order, stopped: false };
        self.base.scan(span, order, &mut |key, value| merge.below(key, value, visit))?;
        merge.finish(visit);
        Ok(())
    }
}

impl<R: Read> Write for Overlay<R> {
    fn set_bytes(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.changes.insert(key, value);
    }
}

/// The walk along two ordered lists of keys at once: the fork's above, the base's below.
struct Merge<'a> {
    above: &'a [(&'a Vec<u8>, &'a Option<Vec<u8>>)],
    order: Order,
    stopped: bool,
}

impl Merge<'_> {
    /// Takes the next pair of the base: shows what the fork has before it, then the pair unless the fork changed it.
    fn below(&mut self, key: &[u8], value: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        while let Some((changed, change)) = self.peek() {
            let met = match self.order {
                Order::Ascending => changed.as_slice().cmp(key),
                Order::Descending => key.cmp(changed.as_slice()),
            };
            if met == Ordering::Greater {
                break;
            }
            self.advance();
            if let Some(value) = change {
                self.show(changed, value, visit)?;
            }
            if met == Ordering::Equal {
                return ControlFlow::Continue(());
            }
        }
        self.show(key, value, visit)
    }

    /// Shows what the fork has beyond the base's last pair.
    fn finish(&mut self, visit: &mut Visit<'_>) {
        while let (false, Some((key, change))) = (self.stopped, self.peek()) {
            self.advance();
            if let Some(value) = change {
                // Once `visit` breaks, `stopped` ends the loop.
                let _ = self.show(key, value, visit);
            }
        }
    }

    fn show(&mut self, key: &[u8], value: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
        let flow = visit(key, value);
        self.stopped = flow.is_break();
        flow
    }

    fn advance(&mut self) {
        self.above = match self.order {
            Order::Ascending => self.above.split_first().map_or(&[], |(_, rest)| rest),
            Order::Descending => self.above.split_last().map_or(&[], |(_, rest)| rest),
        };
    }
}

impl<'a> Merge<'a> {
    fn peek(&self) -> Option<(&'a Vec<u8>, &'a Option<Vec<u8>>)> {
        match self.order {
            Order::Ascending => self.above.first().copied(),
            Order::Descending => self.above.last().copied(),
        }
    }
}

/// A plain map is the smallest state: the base of tests and of the simulator.
impl Read for BTreeMap<Vec<u8>, Vec<u8>> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.get(key).cloned())
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let pairs: Box<dyn DoubleEndedIterator<Item = _>> = match &span.to {
            Some(to) => Box::new(self.range(span.from.clone()..to.clone())),
            None => Box::new(self.range(span.from.clone()..)),
        };
        let mut pairs: Box<dyn Iterator<Item = _>> = match order {
            Order::Ascending => Box::new(pairs),
            Order::Descending => Box::new(pairs.rev()),
        };
        // Breaking is the visitor's wish, not a failure.
        let _ = pairs.try_for_each(|(key, value)| visit(key, value));
        Ok(())
    }
}

impl Write for BTreeMap<Vec<u8>, Vec<u8>> {
    fn set_bytes(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        match value {
            Some(value) => self.insert(key, value),
            None => self.remove(&key),
        };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn pairs(state: &dyn Read, span: &Span, order: Order, most: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        state
            .scan(span, order, &mut |key, value| {
                found.push((key.to_vec(), value.to_vec()));
                if found.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        found
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(0..4u8, 0..4)
    }

    proptest! {
        #[test]
        fn a_fork_reads_as_if_its_writes_had_been_made(
            base in prop::collection::btree_map(key(), key(), 0..20),
            writes in prop::collection::vec((key(), prop::option::of(key())), 0..20),
            from in key(), to in prop::option::of(key()), most in 1..8usize,
        ) {
            let mut flat = base.clone();
            let mut fork = Overlay::new(base);
            for (key, value) in writes {
                flat.set_bytes(key.clone(), value.clone());
                fork.set_bytes(key, value);
            }
            let span = Span { from, to };
            for order in [Order::Ascending, Order::Descending] {
                prop_assert_eq!(pairs(&fork, &span, order, most), pairs(&flat, &span, order, most));
            }
            for key in flat.keys() {
                prop_assert_eq!(fork.get_bytes(key).unwrap(), flat.get_bytes(key).unwrap());
            }
        }
    }
}
