//! Looking for one key's leaf, and for the leaves beside it: what proofs are made of.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use sirius_primitives::Hash;

use super::{
    page::{Child, Leaf, Page, WIDTH},
    path::{Path, nibble},
    update::Pages,
};
use crate::Fault;

/// A tree that is being looked at. It reads each page once.
pub(crate) struct Walk<'a> {
    pages: &'a dyn Pages,
    root: Hash,
    seen: RefCell<BTreeMap<Path, Rc<Page>>>,
}

/// A leaf and the hashes beside the way to it, from the root down.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) leaf: Leaf,
    pub(crate) siblings: Vec<Hash>,
}

/// On which side of a place, in the order of key hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl<'a> Walk<'a> {
    /// The tree with this root, which is not empty.
    pub(crate) fn new(pages: &'a dyn Pages, root: Hash) -> Self {
        Self { pages, root, seen: RefCell::default() }
    }

    /// The leaf of this key hash, if the tree has it.
    pub(crate) fn find(&self, key_hash: &Hash) -> Result<Option<Found>, Fault> {
        let (mut path, mut hash, mut siblings) = (Path::ROOT, self.root, Vec::new());
        loop {
            let page = self.page(&path, &hash)?;
            let step = nibble(key_hash, path.depth());
            siblings.extend(page.siblings(step));
            match page.children.get(step) {
                Some(Child::Leaf(leaf)) if leaf.key_hash == *key_hash => {
                    return Ok(Some(Found { leaf: leaf.clone(), siblings }));
                }
                Some(Child::Inner(below)) => (path, hash) = (path.child(step), *below),
                _ => return Ok(None),
            }
        }
    }

    /// The nearest leaf on one side of a key hash that the tree does not have.
    pub(crate) fn beside(&self, key_hash: &Hash, side: Side) -> Result<Option<Leaf>, Fault> {
        self.beside_below(&Path::ROOT, &self.root, key_hash, side)
    }

    fn beside_below(
        &self,
        path: &Path,
        hash: &Hash,
        key_hash: &Hash,
        side: Side,
    ) -> Result<Option<Leaf>, Fault> {
        let page = self.page(path, hash)?;
        let step = nibble(key_hash, path.depth());
        let here = match page.children.get(step) {
            Some(Child::Leaf(leaf)) if (leaf.key_hash < *key_hash) == (side == Side::Left) => {
                Some(leaf.clone())
            }
            Some(Child::Inner(below)) => self.beside_below(&path.child(step), below, key_hash, side)?,
            _ => None,
        };
        if here.is_some() {
            return Ok(here);
        }
        let nearest = match side {
            Side::Left => (0..step).rev().find(|place| occupied(&page, *place)),
            Side::Right => (step.saturating_add(1)..WIDTH).find(|place| occupied(&page, *place)),
        };
        nearest.map_or(Ok(None), |place| self.edge(path, &page, place, side))
    }

    /// The leaf below `place` that is nearest to what lies beyond it on the other side.
    fn edge(&self, path: &Path, page: &Page, place: usize, side: Side) -> Result<Option<Leaf>, Fault> {
        match page.children.get(place) {
            Some(Child::Leaf(leaf)) => Ok(Some(leaf.clone())),
            Some(Child::Inner(hash)) => {
                let path = path.child(place);
                let page = self.page(&path, hash)?;
                let nearest = match side {
                    Side::Left => (0..WIDTH).rev().find(|place| occupied(&page, *place)),
                    Side::Right => (0..WIDTH).find(|place| occupied(&page, *place)),
                };
                nearest.map_or(Ok(None), |place| self.edge(&path, &page, place, side))
            }
            _ => Ok(None),
        }
    }

    fn page(&self, path: &Path, hash: &Hash) -> Result<Rc<Page>, Fault> {
        if let Some(page) = self.seen.borrow().get(path) {
            return Ok(Rc::clone(page));
        }
        let page = Rc::new(self.pages.page(path, hash)?);
        self.seen.borrow_mut().insert(*path, Rc::clone(&page));
        Ok(page)
    }
}

fn occupied(page: &Page, place: usize) -> bool {
    page.children.get(place).is_some_and(|child| *child != Child::Empty)
}
