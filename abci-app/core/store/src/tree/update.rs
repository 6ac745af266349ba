//! A block's changes to the tree: every page they touch is read once, hashed once and written once.

use rayon::prelude::*;
use sirius_primitives::{Hash, sha256};

use super::{
    Pages,
    hash::Node,
    page::{Child, Children, Leaf, Page, differing, keep},
    path::{Path, nibble},
};
use crate::{
    Fault,
    backend::{Batch, Space},
    history::Undo,
};

/// From this many changes on, the root page's sixteen subtrees are worked out in parallel: handing out work costs
/// some microseconds, which is what a few changes cost.
const WORTH_SHARING: usize = 64;

/// What becomes of one key: its new value, or `None` where it is removed.
#[derive(Debug, Clone)]
pub(crate) struct Change<'a> {
    pub(crate) key: &'a [u8],
    /// SHA-256 of the key.
    pub(crate) key_hash: Hash,
    pub(crate) value: Option<&'a [u8]>,
}

/// Everything that the changes do to the tree.
#[derive(Debug, Default)]
pub(crate) struct Outcome<'a> {
    /// The pages as they are to be stored.
    pub(crate) batch: Batch,
    /// What their children were before.
    pub(crate) undo: Vec<Undo>,
    /// Hashes of the pages that are replaced.
    pub(crate) stale: Vec<Hash>,
    /// Keys that the tree did not have before.
    pub(crate) born: Vec<&'a [u8]>,
    /// Keys that it no longer has.
    pub(crate) gone: Vec<&'a [u8]>,
}

/// A part of the tree that is being worked through by one thread.
struct Work<'a, 'b> {
    pages: &'b dyn Pages,
    batch: Batch,
    undo: Undo,
    stale: Vec<Hash>,
    born: Vec<&'a [u8]>,
    gone: Vec<&'a [u8]>,
}

/// What one change costs in pages and bytes to be written, about: it is only where memory starts to grow from.
const PAGES_A_CHANGE: usize = 2;
const BYTES_A_CHANGE: usize = 512;

/// The root after `changes`, and what they do. They are sorted by key hash, each key once; a root is `None` for an
/// empty tree.
pub(crate) fn update<'a>(
    pages: &dyn Pages,
    root: Option<&Hash>,
    changes: &'a [Change<'a>],
) -> Result<(Option<Hash>, Outcome<'a>), Fault> {
    let page = root.map(|root| pages.page(&Path::ROOT, root)).transpose()?.unwrap_or_default();
    let before = page.children();
    let descend = |(step, group): (usize, &'a [Change<'a>])| {
        let mut work = Work::new(pages, group.len());
        let child = work.descend(Path::ROOT.child(step), page.child(step), group)?;
        Ok((step, child, work))
    };
    let groups: Vec<_> = by_step(changes, 0).collect();
    let done: Vec<_> = if changes.len() < WORTH_SHARING {
        groups.into_iter().map(descend).collect::<Result<_, Fault>>()?
    } else {
        groups.into_par_iter().map(descend).collect::<Result<_, Fault>>()?
    };
    let (mut after, mut outcome) = (before.clone(), Outcome::default());
    for (step, child, work) in done {
        outcome.add(work);
        if let Some(place) = after.get_mut(step) {
            *place = child;
        }
    }
    // The root has a page even over a single leaf, so that a tree is found by one hash and one path.
    let mut work = Work::new(pages, 1);
    let hash = if after.iter().all(|child| *child == Child::Empty) {
        work.rewrite(&Path::ROOT, root, &before, None);
        None
    } else {
        Some(work.rewritten(&Path::ROOT, root, &before, &after))
    };
    outcome.add(work);
    Ok((hash, outcome))
}

impl<'a> Outcome<'a> {
    fn add(&mut self, work: Work<'a, '_>) {
        self.batch.append(work.batch);
        self.undo.push(work.undo);
        self.stale.extend(work.stale);
        self.born.extend(work.born);
        self.gone.extend(work.gone);
    }
}

impl<'a, 'b> Work<'a, 'b> {
    fn new(pages: &'b dyn Pages, changes: usize) -> Self {
        let touched = changes.saturating_mul(PAGES_A_CHANGE);
        Self {
            pages,
            batch: Batch::with_capacity(touched, changes.saturating_mul(BYTES_A_CHANGE)),
            undo: Undo::default(),
            stale: Vec::with_capacity(touched),
            born: Vec::new(),
            gone: Vec::new(),
        }
    }

    /// The subtree at `path` after `changes`, which all belong into it.
    fn descend<'c>(
        &mut self,
        path: Path,
        child: Child<'c>,
        changes: &'a [Change<'a>],
    ) -> Result<Child<'c>, Fault>
    where
        'a: 'c,
    {
        match (child, changes) {
            (child, []) => Ok(child),
            (Child::Inner(hash), _) => self.branch(path, Some(&hash), None, changes),
            (Child::Empty, [change]) => Ok(match change.value {
                Some(value) => {
                    self.born.push(change.key);
                    Child::Leaf(Leaf::new(change.key, &change.key_hash, value))
                }
                None => Child::Empty,
            }),
            (Child::Leaf(old), [change]) if *old.key == *change.key => Ok(match change.value {
                Some(value) => Child::Leaf(Leaf::new(change.key, &change.key_hash, value)),
                None => {
                    self.gone.push(change.key);
                    Child::Empty
                }
            }),
            // There is nothing to remove.
            (child @ Child::Leaf(_), [Change { value: None, .. }]) => Ok(child),
            (Child::Leaf(old), _) => self.branch(path, None, Some(old), changes),
            (Child::Empty, _) => self.branch(path, None, None, changes),
        }
    }

    /// The subtree at `path`, whose page is stored under `hash` if it has one yet, and which `joining`, a leaf that
    /// stood here alone until now, shares with the changes.
    fn branch(
        &mut self,
        path: Path,
        hash: Option<&Hash>,
        joining: Option<Leaf<'_>>,
        changes: &'a [Change<'a>],
    ) -> Result<Child<'static>, Fault> {
        let page = hash.map(|hash| self.pages.page(&path, hash)).transpose()?;
        let before = page.as_ref().map(Page::children).unwrap_or_default();
        let mut after = before.clone();
        if let Some(leaf) = joining
            && let Some(place) = after.get_mut(nibble(&sha256(&leaf.key), path.depth()))
        {
            *place = Child::Leaf(leaf);
        }
        for (step, group) in by_step(changes, path.depth()) {
            if let Some(place) = after.get_mut(step) {
                let old = std::mem::take(place);
                *place = self.descend(path.child(step), old, group)?;
            }
        }
        if let Some(only) = alone(&after) {
            let only = only.clone().into_owned();
            self.rewrite(&path, hash, &before, None);
            return Ok(only);
        }
        Ok(Child::Inner(self.rewritten(&path, hash, &before, &after)))
    }

    /// The hash of the page with the children `after`, which is written if it is another than before.
    fn rewritten(
        &mut self,
        path: &Path,
        hash: Option<&Hash>,
        before: &Children<'_>,
        after: &Children<'_>,
    ) -> Hash {
        if let Some(hash) = hash
            && differing(before, after) == 0
        {
            return *hash;
        }
        let page = Page::new(after);
        let now = page.hash();
        self.rewrite(path, hash, before, Some((page.clone(), after)));
        self.pages.made(now, page);
        now
    }

    /// Writes what became of a page and keeps what it was; `after` is `None` where it is no longer needed.
    fn rewrite(
        &mut self,
        path: &Path,
        hash: Option<&Hash>,
        before: &Children<'_>,
        after: Option<(Page, &Children<'_>)>,
    ) {
        let differing =
            differing(before, after.as_ref().map_or(&Children::default(), |(_, children)| *children));
        if differing == 0 {
            return;
        }
        self.stale.extend(hash);
        self.undo.keep(path, |bytes| keep(before, differing, bytes));
        match after {
            Some((page, _)) => {
                self.batch.put_with(Space::Pages, |bytes| path.write(bytes), |bytes| page.encode(bytes));
            }
            None => self.batch.remove(Space::Pages, &path.encode()),
        }
    }
}

/// What stands for all sixteen places if they need no page: nothing, or their only leaf.
fn alone<'a, 'b>(children: &'b Children<'a>) -> Option<&'b Child<'a>> {
    let mut found = &Child::Empty;
    for child in children {
        match (found.node(), child.node()) {
            (_, Node::Empty) => {}
            (Node::Empty, Node::Leaf(_)) => found = child,
            _ => return None,
        }
    }
    Some(found)
}

/// The changes below each step from a page of this depth, by ascending step.
fn by_step<'a>(changes: &'a [Change<'a>], depth: usize) -> impl Iterator<Item = (usize, &'a [Change<'a>])> {
    let step = move |change: &Change<'_>| nibble(&change.key_hash, depth);
    let groups = changes.chunk_by(move |one, next| step(one) == step(next));
    groups.filter_map(move |group| Some((step(group.first()?), group)))
}
