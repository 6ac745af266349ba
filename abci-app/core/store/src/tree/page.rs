//! A page: four levels of the binary tree, as the sixteen subtrees below them.

use sirius_primitives::{Hash, sha256};

use super::hash::{EMPTY, inner_hash, leaf_hash};

/// Subtrees below a page.
pub(crate) const WIDTH: usize = 16;

/// One key with its value's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// SHA-256 of the key: where the leaf stands.
    pub(crate) key_hash: Hash,
    /// SHA-256 of the value.
    pub(crate) value_hash: Hash,
    /// The key itself, which proofs of absence name.
    pub(crate) key: Box<[u8]>,
}

/// What stands below one of a page's sixteen places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Child {
    /// Nothing.
    #[default]
    Empty,
    /// One key.
    Leaf(Leaf),
    /// Two keys or more: a page of its own with this hash.
    Inner(Hash),
}

/// Four levels of the tree. A page that is not stored is the same as one with sixteen empty places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The subtrees, by the next four bits of the key's hash.
    pub(crate) children: [Child; WIDTH],
}

impl Child {
    /// The hash of the subtree.
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Self::Empty => EMPTY,
            Self::Leaf(leaf) => leaf_hash(&leaf.key_hash, &leaf.value_hash),
            Self::Inner(hash) => *hash,
        }
    }
}

impl Page {
    /// The hash of the subtree whose root this page is.
    pub(crate) fn hash(&self) -> Hash {
        subtree(&self.children)
    }

    /// What one place must hold if this page is not needed: nothing, or its only leaf.
    pub(crate) fn collapsed(&self) -> Option<Child> {
        only(&self.children).cloned()
    }

    /// The hashes beside the way to place `step`, from the page's top down, as far as the way branches.
    pub(crate) fn siblings(&self, step: usize) -> Vec<Hash> {
        let mut siblings = Vec::new();
        let mut below: &[Child] = &self.children;
        let mut at = step;
        while below.len() > 1 && only(below).is_none() {
            let middle = below.len() / 2;
            let (left, right) = below.split_at(middle);
            let beside = if at < middle {
                below = left;
                right
            } else {
                at = at.saturating_sub(middle);
                below = right;
                left
            };
            siblings.push(subtree(beside));
        }
        siblings
    }

    /// The page's bytes: see [`encode_children`].
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WIDTH * Hash::LENGTH);
        encode_children(self.children.iter().enumerate(), &mut bytes);
        bytes
    }

    /// Reads what [`Page::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut page = Self::default();
        page.replace(&mut bytes)?;
        bytes.is_empty().then_some(page)
    }

    /// Takes encoded children off the front of `bytes` and puts them in their places; `None` when there are none.
    pub(crate) fn replace(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let [named, leaves, inner] = [take_u16(bytes)?, take_u16(bytes)?, take_u16(bytes)?];
        if leaves & inner != 0 || (leaves | inner) & !named != 0 {
            return None;
        }
        for (place, child) in self.children.iter_mut().enumerate() {
            let here = 1 << place;
            if named & here == 0 {
                continue;
            }
            *child = if leaves & here != 0 {
                Child::Leaf(take_leaf(bytes)?)
            } else if inner & here != 0 {
                Child::Inner(take_hash(bytes)?)
            } else {
                Child::Empty
            };
        }
        Some(())
    }
}

/// The one subtree of `children` that is their whole: nothing, or a single leaf; `None` where there is more.
fn only(children: &[Child]) -> Option<&Child> {
    let mut found = &Child::Empty;
    for child in children {
        match (found, child) {
            (_, Child::Empty) => {}
            (Child::Empty, Child::Leaf(_)) => found = child,
            _ => return None,
        }
    }
    Some(found)
}

fn subtree(children: &[Child]) -> Hash {
    match children {
        [child] => child.hash(),
        _ => match only(children) {
            Some(child) => child.hash(),
            None => {
                let (left, right) = children.split_at(children.len() / 2);
                inner_hash(&subtree(left), &subtree(right))
            }
        },
    }
}

/// Appends some of a page's children, by ascending place:
///
/// ```text
/// named: u16 ‖ leaves: u16 ‖ inner: u16 ‖ one entry for each leaf or inner child
///   leaf entry   length of the key: u16 ‖ key ‖ SHA-256(value)
///   inner entry  hash
/// ```
///
/// Bit `i` of each mask stands for place `i`; little-endian.
pub(crate) fn encode_children<'a>(
    children: impl Iterator<Item = (usize, &'a Child)> + Clone,
    bytes: &mut Vec<u8>,
) {
    let mut masks = [0u16; 3];
    let [named, leaves, inner] = &mut masks;
    for (place, child) in children.clone() {
        let here = 1 << place;
        *named |= here;
        match child {
            Child::Empty => {}
            Child::Leaf(_) => *leaves |= here,
            Child::Inner(_) => *inner |= here,
        }
    }
    bytes.extend(masks.iter().flat_map(|mask| mask.to_le_bytes()));
    for (_, child) in children {
        match child {
            Child::Empty => {}
            Child::Leaf(leaf) => {
                let length = u16::try_from(leaf.key.len()).expect("the store refuses longer keys");
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(&leaf.key);
                bytes.extend_from_slice(leaf.value_hash.as_bytes());
            }
            Child::Inner(hash) => bytes.extend_from_slice(hash.as_bytes()),
        }
    }
}

fn take_u16(bytes: &mut &[u8]) -> Option<u16> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u16::from_le_bytes(*number))
}

fn take_hash(bytes: &mut &[u8]) -> Option<Hash> {
    let (hash, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(Hash::new(*hash))
}

fn take_leaf(bytes: &mut &[u8]) -> Option<Leaf> {
    let length = usize::from(take_u16(bytes)?);
    let (key, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Leaf { key_hash: sha256(key), value_hash: take_hash(bytes)?, key: key.into() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn child() -> impl Strategy<Value = Child> {
        let hash = || any::<[u8; 32]>().prop_map(Hash::new);
        prop_oneof![
            Just(Child::Empty),
            hash().prop_map(Child::Inner),
            (prop::collection::vec(any::<u8>(), 1..40), hash()).prop_map(|(key, value_hash)| Child::Leaf(
                Leaf { key_hash: sha256(&key), value_hash, key: key.into() }
            )),
        ]
    }

    fn page() -> impl Strategy<Value = Page> {
        prop::collection::vec(child(), WIDTH)
            .prop_map(|children| Page { children: children.try_into().unwrap() })
    }

    proptest! {
        #[test]
        fn bytes_are_one_to_one(page in page(), cut in any::<prop::sample::Index>()) {
            let bytes = page.encode();
            prop_assert_eq!(Page::decode(&bytes), Some(page));
            prop_assert_eq!(Page::decode(&bytes[..cut.index(bytes.len())]), None);
            prop_assert_eq!(Page::decode(&[bytes.as_slice(), &[0]].concat()), None);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Page::decode(&bytes);
        }
    }
}
