//! A page: four levels of the binary tree, as the sixteen subtrees below them.

use std::{borrow::Cow, sync::Arc};

use prost::encoding::{decode_varint, encode_varint, encoded_len_varint};
use sirius_primitives::{Hash, sha256};

use super::hash::{EMPTY, Node, leaf_hash};

/// Subtrees below a page.
pub(crate) const WIDTH: usize = 16;

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf<'a> {
    pub(crate) hash: Hash,
    pub(crate) key: Cow<'a, [u8]>,
    pub(crate) value: Cow<'a, [u8]>,
}

/// What stands at one of a page's sixteen places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Child<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// One key.
    Leaf(Leaf<'a>),
    /// Two keys or more: a page of its own with this hash.
    Inner(Hash),
}

/// What stands at every place of a page.
pub(crate) type Children<'a> = [Child<'a>; WIDTH];

/// Four levels of the tree. A page that is not stored is the same as one with sixteen empty places. Clones share their
/// bytes.
///
/// ```text
/// masks ‖ the hash of each place that holds something ‖ the key and value of each leaf, both by ascending place
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page(Arc<[u8]>);

/// Which places hold what: bit `i` stands for place `i`.
#[derive(Clone, Copy, Default)]
struct Masks {
    /// Places that hold a leaf.
    leaves: u16,
    /// Places that hold a page of its own.
    inner: u16,
}

impl<'a> Leaf<'a> {
    /// The leaf of this pair; `key_hash` is SHA-256 of the key.
    pub(crate) fn new(key: &'a [u8], key_hash: &Hash, value: &'a [u8]) -> Self {
        Self { hash: leaf_hash(key_hash, value), key: key.into(), value: value.into() }
    }
}

impl Child<'_> {
    /// The subtree as its parent sees it.
    pub(crate) fn node(&self) -> Node {
        match self {
            Self::Empty => Node::Empty,
            Self::Leaf(leaf) => Node::Leaf(leaf.hash),
            Self::Inner(hash) => Node::Inner(*hash),
        }
    }

    /// The same, without borrowing from a page.
    pub(crate) fn into_owned(self) -> Child<'static> {
        match self {
            Self::Empty => Child::Empty,
            Self::Leaf(Leaf { hash, key, value }) => {
                Child::Leaf(Leaf { hash, key: key.into_owned().into(), value: value.into_owned().into() })
            }
            Self::Inner(hash) => Child::Inner(hash),
        }
    }
}

impl Masks {
    fn of(children: &Children<'_>) -> Self {
        let mut masks = Self::default();
        for (place, child) in children.iter().enumerate() {
            match child {
                Child::Empty => {}
                Child::Leaf(_) => masks.leaves |= 1 << place,
                Child::Inner(_) => masks.inner |= 1 << place,
            }
        }
        masks
    }

    fn occupied(self) -> u16 {
        self.leaves | self.inner
    }

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.leaves.to_le_bytes());
        bytes.extend_from_slice(&self.inner.to_le_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let [leaves, inner] = [take_u16(bytes)?, take_u16(bytes)?];
        (leaves & inner == 0).then_some(Self { leaves, inner })
    }

    /// Bytes of the hashes of every place that holds something.
    fn hashes(self) -> usize {
        self.occupied().count_ones() as usize * Hash::LENGTH
    }

    /// Bytes of the hashes of every place that holds a page of its own.
    fn inner_hashes(self) -> usize {
        self.inner.count_ones() as usize * Hash::LENGTH
    }
}

/// How many places of `mask` come before `place`.
fn rank(mask: u16, place: usize) -> usize {
    (mask & (1u16 << place).wrapping_sub(1)).count_ones() as usize
}

impl Page {
    /// The page with these children.
    pub(crate) fn new(children: &Children<'_>) -> Self {
        let masks = Masks::of(children);
        let bodies = children.iter().map(body_size).fold(0, usize::saturating_add);
        let mut bytes = Vec::with_capacity(MASKS + masks.hashes() + bodies);
        masks.write(&mut bytes);
        for child in children {
            if let Node::Leaf(hash) | Node::Inner(hash) = child.node() {
                bytes.extend_from_slice(hash.as_bytes());
            }
        }
        children.iter().for_each(|child| write_body(child, &mut bytes));
        Self(bytes.into())
    }

    /// What stands at every place.
    pub(crate) fn children(&self) -> Children<'_> {
        let (masks, mut hashes, mut bodies) = self.parts();
        std::array::from_fn(|place| {
            let here = 1 << place;
            if masks.occupied() & here == 0 {
                return Child::Empty;
            }
            let hash = hashes.split_first_chunk().map_or(EMPTY, |(hash, rest)| {
                hashes = rest;
                Hash::new(*hash)
            });
            if masks.inner & here != 0 {
                return Child::Inner(hash);
            }
            let (key, value) = take_pair(&mut bodies).unwrap_or_default();
            Child::Leaf(Leaf { hash, key: key.into(), value: value.into() })
        })
    }

    /// What stands at place `step`.
    pub(crate) fn child(&self, step: usize) -> Child<'_> {
        match self.node(step) {
            Node::Empty => Child::Empty,
            Node::Inner(hash) => Child::Inner(hash),
            Node::Leaf(hash) => {
                let (masks, _, mut bodies) = self.parts();
                for _ in 0..rank(masks.leaves, step) {
                    take_pair(&mut bodies);
                }
                let (key, value) = take_pair(&mut bodies).unwrap_or_default();
                Child::Leaf(Leaf { hash, key: key.into(), value: value.into() })
            }
        }
    }

    /// The subtree at place `step`.
    pub(crate) fn node(&self, step: usize) -> Node {
        let (masks, hashes, _) = self.parts();
        let here = 1u16 << step;
        if masks.occupied() & here == 0 {
            return Node::Empty;
        }
        let start = rank(masks.occupied(), step) * Hash::LENGTH;
        let hash = hashes.get(start..).and_then(<[u8]>::first_chunk).map_or(EMPTY, |hash| Hash::new(*hash));
        if masks.leaves & here != 0 { Node::Leaf(hash) } else { Node::Inner(hash) }
    }

    /// The subtrees at every place.
    pub(crate) fn nodes(&self) -> [Node; WIDTH] {
        std::array::from_fn(|step| self.node(step))
    }

    /// The hash of the subtree whose root this page is.
    pub(crate) fn hash(&self) -> Hash {
        Node::over(&self.nodes()).hash()
    }

    /// The hashes beside the way to place `step`, from the page's top down, as far as the way branches.
    pub(crate) fn siblings(&self, step: usize) -> Vec<Hash> {
        let nodes = self.nodes();
        let (mut siblings, mut below, mut at) = (Vec::new(), nodes.as_slice(), step);
        while below.len() > 1 && !matches!(Node::over(below), Node::Leaf(_) | Node::Empty) {
            let middle = below.len() / 2;
            let (left, right) = below.split_at(middle);
            let (mine, beside) = if at < middle { (left, right) } else { (right, left) };
            siblings.push(Node::over(beside).hash());
            (below, at) = (mine, at % middle);
        }
        siblings
    }

    /// Whether there are pages below this one.
    pub(crate) fn is_above_others(&self) -> bool {
        self.parts().0.inner != 0
    }

    /// Bytes that the page takes in memory.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    /// Appends the page as it is stored: without the leaves' hashes, which follow from their keys and values.
    ///
    /// ```text
    /// masks ‖ the hash of each place that holds a page of its own ‖ the key and value of each leaf
    /// ```
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        let (masks, hashes, bodies) = self.parts();
        masks.write(bytes);
        let places = (0..WIDTH).filter(|place| masks.occupied() >> place & 1 == 1);
        for (place, hash) in places.zip(hashes.chunks_exact(Hash::LENGTH)) {
            if masks.inner >> place & 1 == 1 {
                bytes.extend_from_slice(hash);
            }
        }
        bytes.extend_from_slice(bodies);
    }

    /// Reads what [`Page::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let page = Self::new(&take_children(&mut bytes)?);
        bytes.is_empty().then_some(page)
    }

    fn parts(&self) -> (Masks, &[u8], &[u8]) {
        let mut rest = &*self.0;
        let masks = Masks::take(&mut rest).unwrap_or_default();
        let (hashes, bodies) = rest.split_at_checked(masks.hashes()).unwrap_or_default();
        (masks, hashes, bodies)
    }
}

impl Default for Page {
    /// A page with nothing in it.
    fn default() -> Self {
        Self::new(&Children::default())
    }
}

/// Bytes of the masks.
const MASKS: usize = 4;

/// Which places differ, as bits.
pub(crate) fn differing(before: &Children<'_>, after: &Children<'_>) -> u16 {
    let differ = |(place, (before, after)): (usize, (&Child<'_>, &Child<'_>))| {
        if before.node() == after.node() { 0 } else { 1 << place }
    };
    before.iter().zip(after).enumerate().map(differ).fold(0, |all, one| all | one)
}

/// Appends those of a page's children that `named` names.
///
/// ```text
/// named: u16 little-endian, bit i is set where place i is kept, be it empty ‖ the named children, encoded as a page
/// ```
pub(crate) fn keep(children: &Children<'_>, named: u16, bytes: &mut Vec<u8>) {
    let all = Masks::of(children);
    let masks = Masks { leaves: all.leaves & named, inner: all.inner & named };
    bytes.extend_from_slice(&named.to_le_bytes());
    masks.write(bytes);
    let kept = children.iter().enumerate().filter(|(place, _)| named >> place & 1 == 1);
    for (_, child) in kept.clone() {
        if let Child::Inner(hash) = child {
            bytes.extend_from_slice(hash.as_bytes());
        }
    }
    kept.for_each(|(_, child)| write_body(child, bytes));
}

/// Takes what [`keep`] wrote off the front of `bytes` and puts those children back in their places; `None` when
/// there is nothing of the kind.
pub(crate) fn undo<'a>(children: &mut Children<'a>, bytes: &mut &'a [u8]) -> Option<()> {
    let named = take_u16(bytes)?;
    let before = take_children(bytes)?;
    for ((place, child), before) in children.iter_mut().enumerate().zip(before) {
        if named >> place & 1 == 1 {
            *child = before;
        }
    }
    Some(())
}

/// Takes encoded children off the front of `bytes`; `None` when there are none.
fn take_children<'a>(bytes: &mut &'a [u8]) -> Option<Children<'a>> {
    let masks = Masks::take(bytes)?;
    let (mut hashes, mut bodies) = bytes.split_at_checked(masks.inner_hashes())?;
    let mut children = Children::default();
    for (place, child) in children.iter_mut().enumerate() {
        if masks.leaves >> place & 1 == 1 {
            let (key, value) = take_pair(&mut bodies)?;
            *child = Child::Leaf(Leaf::new(key, &sha256(key), value));
        } else if masks.inner >> place & 1 == 1 {
            let (hash, rest) = hashes.split_first_chunk()?;
            hashes = rest;
            *child = Child::Inner(Hash::new(*hash));
        }
    }
    *bytes = bodies;
    Some(children)
}

/// Appends the key and value of a leaf.
fn write_body(child: &Child<'_>, bytes: &mut Vec<u8>) {
    if let Child::Leaf(leaf) = child {
        write_pair(&leaf.key, &leaf.value, bytes);
    }
}

/// Appends a key and its value.
///
/// ```text
/// length of the key: varint ‖ key ‖ length of the value: varint ‖ value
/// ```
pub(crate) fn write_pair(key: &[u8], value: &[u8], bytes: &mut Vec<u8>) {
    for part in [key, value] {
        encode_varint(part.len() as u64, bytes);
        bytes.extend_from_slice(part);
    }
}

/// Bytes that [`write_body`] writes.
fn body_size(child: &Child<'_>) -> usize {
    let size = |part: &[u8]| part.len().saturating_add(encoded_len_varint(part.len() as u64));
    if let Child::Leaf(leaf) = child { size(&leaf.key).saturating_add(size(&leaf.value)) } else { 0 }
}

/// Takes what [`write_pair`] wrote off the front of `bytes`; `None` when there is nothing of the kind.
pub(crate) fn take_pair<'a>(bytes: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    Some((take_part(bytes)?, take_part(bytes)?))
}

fn take_part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

fn take_u16(bytes: &mut &[u8]) -> Option<u16> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u16::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn child() -> impl Strategy<Value = Child<'static>> {
        let bytes = || prop::collection::vec(any::<u8>(), 1..200);
        prop_oneof![
            Just(Child::Empty),
            any::<[u8; 32]>().prop_map(|hash| Child::Inner(Hash::new(hash))),
            (bytes(), bytes()).prop_map(|(key, value)| Child::Leaf(Leaf {
                hash: leaf_hash(&sha256(&key), &value),
                key: key.into(),
                value: value.into()
            })),
        ]
    }

    fn children() -> impl Strategy<Value = Children<'static>> {
        prop::collection::vec(child(), WIDTH).prop_map(|children| children.try_into().unwrap())
    }

    proptest! {
        #[test]
        fn bytes_are_one_to_one(children in children(), cut in any::<prop::sample::Index>()) {
            let page = Page::new(&children);
            prop_assert_eq!(&page.children(), &children);
            for (step, child) in children.iter().enumerate() {
                prop_assert_eq!(&page.child(step), child);
            }
            let mut bytes = Vec::new();
            page.encode(&mut bytes);
            prop_assert_eq!(Page::decode(&bytes[..cut.index(bytes.len())]), None);
            prop_assert_eq!(Page::decode(&[bytes.as_slice(), &[0]].concat()), None);
            prop_assert_eq!(Page::decode(&bytes), Some(page));
        }

        #[test]
        fn what_was_before_can_be_put_back(old in children(), new in children(), same in any::<u16>()) {
            let mut new = new;
            for (place, child) in new.iter_mut().enumerate() {
                if same >> place & 1 == 1 {
                    *child = old[place].clone();
                }
            }
            let mut bytes = Vec::new();
            keep(&old, differing(&old, &new), &mut bytes);
            undo(&mut new, &mut bytes.as_slice()).unwrap();
            prop_assert_eq!(&new, &old);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Page::decode(&bytes);
            let _ = undo(&mut Children::default(), &mut bytes.as_slice());
        }
    }
}
