//! How state is read and written: bytes under ordered keys, and typed values through [`Key`].

use std::{cmp::Ordering, marker::PhantomData, ops::ControlFlow};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::Fault;

/// What a scan does with each pair: [`ControlFlow::Break`] ends it early.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// In which order a scan meets the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the first key on.
    Ascending,
    /// From the last key back.
    Descending,
}

/// A half-open interval of keys in byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first key within.
    pub from: Vec<u8>,
    /// The first key beyond; `None` is beyond every key.
    pub to: Option<Vec<u8>>,
}

impl Order {
    /// Which of two keys a scan meets first.
    pub(crate) fn compare(self, one: &[u8], other: &[u8]) -> Ordering {
        match self {
            Self::Ascending => one.cmp(other),
            Self::Descending => other.cmp(one),
        }
    }
}

impl Span {
    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut to = prefix.to_vec();
        // The first key beyond is the prefix counted up by one; 0xff has no successor of its own.
        while to.last() == Some(&u8::MAX) {
            to.pop();
        }
        let to = to.pop().map(|last| {
            to.push(last.wrapping_add(1));
            to
        });
        Self { from: prefix.to_vec(), to }
    }

    /// Whether `key` lies within.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.from.as_slice() && self.to.as_deref().is_none_or(|to| key < to)
    }

    /// Whether no key can lie within.
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// A state that can be asked. Every answer is a pure function of the keys written before.
pub trait Read {
    /// The bytes under `key`.
    ///
    /// # Errors
    /// This node cannot read its own state.
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Shows each pair of `span` in `order` to `visit` until it breaks.
    ///
    /// # Errors
    /// This node cannot read its own state.
    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault>;
}

/// A state that can be changed. Nothing is durable until the block's changes are committed.
pub trait Write: Read {
    /// Puts `value` under `key`, or removes what is there.
    fn set_bytes(&mut self, key: Vec<u8>, value: Option<Vec<u8>>);
}

impl<R: Read + ?Sized> Read for &R {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        (**self).get_bytes(key)
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        (**self).scan(span, order, visit)
    }
}

impl<R: Read + ?Sized> Read for std::sync::Arc<R> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        (**self).get_bytes(key)
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        (**self).scan(span, order, visit)
    }
}

/// Where a `V` lives. Keys are a public interface: proofs and other programs name them.
///
/// A module builds its keys in `keys.rs`, each with its bytes drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<V> {
    bytes: Vec<u8>,
    value: PhantomData<fn() -> V>,
}

impl<V: BorshSerialize + BorshDeserialize> Key<V> {
    /// The key made of these parts, one after the other.
    pub fn new(parts: &[&[u8]]) -> Self {
        Self { bytes: parts.concat(), value: PhantomData }
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value kept here.
    ///
    /// # Errors
    /// The state cannot be read, or the bytes are no `V`.
    pub fn get(&self, state: &(impl Read + ?Sized)) -> Result<Option<V>, Fault> {
        state.get_bytes(&self.bytes)?.map(|bytes| Self::decode(&bytes)).transpose()
    }

    /// Keeps `value` here.
    pub fn set(&self, state: &mut (impl Write + ?Sized), value: &V) {
        let bytes = borsh::to_vec(value).expect("writing to memory cannot fail");
        state.set_bytes(self.bytes.clone(), Some(bytes));
    }

    /// Removes what is kept here.
    pub fn remove(&self, state: &mut (impl Write + ?Sized)) {
        state.set_bytes(self.bytes.clone(), None);
    }

    /// Reads stored bytes as a `V`.
    ///
    /// # Errors
    /// The bytes are no `V`, or more than one.
    pub fn decode(bytes: &[u8]) -> Result<V, Fault> {
        V::try_from_slice(bytes)
            .map_err(|error| Fault::Damaged { what: std::any::type_name::<V>(), detail: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_what_begins_with_it() {
        let check = |prefix: &[u8], inside: &[u8], outside: &[u8]| {
            let span = Span::prefix(prefix);
            assert!(span.contains(inside), "{inside:?} begins with {prefix:?}");
            assert!(!span.contains(outside), "{outside:?} does not begin with {prefix:?}");
        };
        check(b"a/", b"a/", b"a0");
        check(b"a/", b"a/\xff\xff", b"a.");
        check(&[1, 0xff], &[1, 0xff, 0xff], &[2]);
        check(&[0xff], &[0xff, 0xff], &[0xfe]);
        assert_eq!(Span::prefix(b"").to, None);
    }
}
