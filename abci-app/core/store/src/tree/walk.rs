//! Looking for one key, and for the keys beside it: what reading and proving are made of.

use sirius_primitives::{Hash, sha256};

use super::{
    Pages,
    hash::Node,
    page::{Child, Page, WIDTH},
    path::{Path, nibble},
};
use crate::Fault;

/// One version of the tree that is not empty.
pub(crate) struct Tree<'a> {
    pub(crate) pages: &'a dyn Pages,
    pub(crate) root: Hash,
}

/// A key, its value, and the hashes beside the way to it, from the root down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) siblings: Vec<Hash>,
}

/// On which side of a place, in the order of key hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Tree<'_> {
    /// The value under `key`.
    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let key_hash = sha256(key);
        let (mut path, mut hash) = (Path::ROOT, self.root);
        loop {
            let page = self.pages.page(&path, &hash)?;
            let step = nibble(&key_hash, path.depth());
            match page.child(step) {
                Child::Inner(below) => (path, hash) = (path.child(step), below),
                Child::Leaf(leaf) if *leaf.key == *key => return Ok(Some(leaf.value.into_owned())),
                _ => return Ok(None),
            }
        }
    }

    /// The pair of `key` with the way to it.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<Found>, Fault> {
        let key_hash = sha256(key);
        let (mut path, mut hash, mut siblings) = (Path::ROOT, self.root, Vec::new());
        loop {
            let page = self.pages.page(&path, &hash)?;
            let step = nibble(&key_hash, path.depth());
            siblings.extend(page.siblings(step));
            match page.child(step) {
                Child::Inner(below) => (path, hash) = (path.child(step), below),
                Child::Leaf(leaf) if *leaf.key == *key => {
                    return Ok(Some(Found { key: key.to_vec(), value: leaf.value.into_owned(), siblings }));
                }
                _ => return Ok(None),
            }
        }
    }

    /// The nearest pair on one side of a key that the tree does not have.
    pub(crate) fn beside(&self, key: &[u8], side: Side) -> Result<Option<Found>, Fault> {
        let key_hash = sha256(key);
        let (mut path, mut hash) = (Path::ROOT, self.root);
        let mut way: Vec<(Path, Page, usize)> = Vec::new();
        loop {
            let page = self.pages.page(&path, &hash)?;
            let step = nibble(&key_hash, path.depth());
            match page.child(step) {
                Child::Inner(below) => {
                    way.push((path, page, step));
                    (path, hash) = (path.child(step), below);
                }
                Child::Leaf(leaf) if (sha256(&leaf.key) < key_hash) == (side == Side::Left) => {
                    return self.find(&leaf.key);
                }
                _ => {
                    way.push((path, page, step));
                    break;
                }
            }
        }
        // Up again, until a page has something on the side that is asked for.
        for (path, page, step) in way.into_iter().rev() {
            let nearest = match side {
                Side::Left => occupied(&page).rev().find(|place| *place < step),
                Side::Right => occupied(&page).find(|place| *place > step),
            };
            if let Some(place) = nearest {
                let key = self.edge(path, page, place, side)?;
                return self.find(&key);
            }
        }
        Ok(None)
    }

    /// The key below `place` that is nearest to what lies beyond it on the other side.
    fn edge(&self, mut path: Path, mut page: Page, mut place: usize, side: Side) -> Result<Vec<u8>, Fault> {
        loop {
            match page.child(place) {
                Child::Leaf(leaf) => return Ok(leaf.key.into_owned()),
                Child::Inner(hash) => {
                    path = path.child(place);
                    page = self.pages.page(&path, &hash)?;
                    let nearest = match side {
                        Side::Left => occupied(&page).next_back(),
                        Side::Right => occupied(&page).next(),
                    };
                    place = nearest.unwrap_or_default();
                }
                Child::Empty => {
                    let detail = format!("the page at {path} has nothing at place {place}");
                    return Err(Fault::Damaged { what: "the state tree", detail });
                }
            }
        }
    }
}

/// The places of a page that hold something.
fn occupied(page: &Page) -> impl DoubleEndedIterator<Item = usize> {
    (0..WIDTH).filter(|place| page.node(*place) != Node::Empty)
}
