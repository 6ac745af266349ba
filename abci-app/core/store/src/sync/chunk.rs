//! A run of pairs in the order of their keys' hashes, and the way from the last of them to the root.

use sirius_primitives::Hash;

use crate::{
    LONGEST_KEY, LONGEST_VALUE,
    tree::page::{take_pair, write_pair},
};

/// Steps from the root to a leaf at most: the bits of a key's hash.
const DEEPEST: usize = Hash::LENGTH * 8;

/// Bytes of the shortest pair: two lengths, one byte each of key and value.
const SHORTEST_PAIR: usize = 4;

/// Bytes of the number of pairs.
const COUNT: usize = 4;

/// A chunk that is being filled.
///
/// ```text
/// pairs: u32 big-endian ‖ (length of key: varint ‖ key ‖ length of value: varint ‖ value)… ‖ (sibling: 32 bytes)…
/// ```
#[derive(Debug)]
pub(crate) struct Filling {
    bytes: Vec<u8>,
    pairs: u32,
}

/// A chunk that was received; it borrows its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    /// Keys and values, not yet known to be in order.
    pub(crate) pairs: Vec<(&'a [u8], &'a [u8])>,
    /// The hashes beside the way to the last pair, from the root down.
    pub(crate) way: Vec<Hash>,
}

impl Filling {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; COUNT], pairs: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) {
        write_pair(key, value, &mut self.bytes);
        self.pairs = self.pairs.saturating_add(1);
    }

    /// The chunk as it travels.
    pub(crate) fn close(mut self, way: &[Hash]) -> Vec<u8> {
        if let Some(count) = self.bytes.first_chunk_mut() {
            *count = self.pairs.to_be_bytes();
        }
        way.iter().for_each(|sibling| self.bytes.extend_from_slice(sibling.as_bytes()));
        self.bytes
    }
}

impl<'a> Chunk<'a> {
    /// Reads what [`Filling::close`] gives; `None` for anything that no tree has.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (count, mut rest) = bytes.split_first_chunk::<COUNT>()?;
        let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
        // A declared number allocates nothing that the bytes could not hold.
        if count == 0 || count > rest.len() / SHORTEST_PAIR {
            return None;
        }
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            let (key, value) = take_pair(&mut rest)?;
            let lengths =
                (1..=LONGEST_KEY).contains(&key.len()) && (1..=LONGEST_VALUE).contains(&value.len());
            pairs.push(lengths.then_some((key, value))?);
        }
        let (siblings, tail) = rest.as_chunks::<{ Hash::LENGTH }>();
        let whole = tail.is_empty() && siblings.len() <= DEEPEST;
        whole.then(|| Self { pairs, way: siblings.iter().map(|sibling| Hash::new(*sibling)).collect() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use proptest::prelude::*;
    use sirius_primitives::sha256;

    use super::*;

    #[test]
    fn comes_back_as_it_was_filled() {
        let mut filling = Filling::new();
        filling.push(b"key", b"value");
        filling.push(b"k", &[7; 300]);
        let way = [sha256(b"one"), sha256(b"two")];
        let bytes = filling.close(&way);
        let chunk = Chunk::parse(&bytes).unwrap();
        assert_eq!(chunk.pairs, [(&b"key"[..], &b"value"[..]), (b"k", &[7; 300])]);
        assert_eq!(chunk.way, way);
        for cut in 0..bytes.len() {
            let parsed = Chunk::parse(&bytes[..cut]);
            assert!(parsed.is_none_or(|parsed| parsed.way.len() < way.len()), "cut at {cut}");
        }
    }

    #[test]
    fn refuses_what_no_tree_has() {
        let check = |pairs: &[(&[u8], &[u8])], siblings: usize| {
            let mut filling = Filling::new();
            pairs.iter().for_each(|(key, value)| filling.push(key, value));
            let bytes = filling.close(&vec![sha256(b""); siblings]);
            assert_eq!(Chunk::parse(&bytes), None);
        };
        check(&[], 3);
        check(&[(b"", b"value")], 0);
        check(&[(b"key", b"")], 0);
        check(&[(&[1; LONGEST_KEY + 1], b"value")], 0);
        check(&[(b"key", b"value")], DEEPEST + 1);
        assert_eq!(Chunk::parse(&u32::MAX.to_be_bytes()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Chunk::parse(&bytes);
        }
    }
}
