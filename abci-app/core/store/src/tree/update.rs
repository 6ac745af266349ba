//! A block's changes to the tree: every page they touch is read once, hashed once and written once.

use rayon::prelude::*;
use sirius_primitives::Hash;

use super::{
    page::{Child, Leaf, Page, WIDTH},
    path::{Path, nibble},
};
use crate::Fault;

/// From this many changes on, the root page's sixteen subtrees are worked out in parallel: handing out work costs
/// some microseconds, which is what a few changes cost.
const WORTH_SHARING: usize = 64;

/// What becomes of one key: the hash of its new value, or `None` where it is removed.
#[derive(Debug, Clone)]
pub(crate) struct Change<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) key_hash: Hash,
    pub(crate) value_hash: Option<Hash>,
}

/// One page that the changes touched.
#[derive(Debug)]
pub(crate) struct Rewrite {
    pub(crate) path: Path,
    /// The children that are different now, as they were, by ascending place.
    pub(crate) before: Vec<(usize, Child)>,
    /// The page now; `None` where it is no longer needed.
    pub(crate) after: Option<Page>,
}

/// Where the tree's pages come from.
pub(crate) trait Pages: Sync {
    /// The stored page at `path`, which hashes to `hash`.
    fn page(&self, path: &Path, hash: &Hash) -> Result<Page, Fault>;
}

/// The root after `changes`, and the pages that lead to it. `changes` are sorted by key hash, each key once; `root` is
/// `None` for an empty tree.
pub(crate) fn update(
    pages: &dyn Pages,
    root: Option<&Hash>,
    changes: &[Change<'_>],
) -> Result<(Option<Hash>, Vec<Rewrite>), Fault> {
    let before = root.map(|root| pages.page(&Path::ROOT, root)).transpose()?.unwrap_or_default();
    let groups = by_step(changes, 0);
    let work = |(step, group): (usize, &[Change<'_>])| {
        let mut rewrites = Vec::new();
        let child = before.children.get(step).cloned().unwrap_or_default();
        let child = descend(pages, Path::ROOT.child(step), child, group, &mut rewrites)?;
        Ok((step, child, rewrites))
    };
    let done: Vec<_> = if changes.len() < WORTH_SHARING {
        groups.into_iter().map(work).collect::<Result<_, Fault>>()?
    } else {
        groups.into_par_iter().map(work).collect::<Result<_, Fault>>()?
    };
    let (mut after, mut rewrites) = (before.clone(), Vec::new());
    for (step, child, below) in done {
        rewrites.extend(below);
        if let Some(place) = after.children.get_mut(step) {
            *place = child;
        }
    }
    // The root has a page even over a single leaf, so that a tree is found by one hash and one path.
    let root = (after != Page::default()).then(|| after.hash());
    note(&mut rewrites, Path::ROOT, before, root.map(|_| after));
    Ok((root, rewrites))
}

/// The subtree at `path` after `changes`, which all belong into it.
fn descend(
    pages: &dyn Pages,
    path: Path,
    child: Child,
    changes: &[Change<'_>],
    rewrites: &mut Vec<Rewrite>,
) -> Result<Child, Fault> {
    match (child, changes) {
        (child, []) => Ok(child),
        (Child::Empty, [change]) => Ok(leaf(change)),
        (Child::Leaf(old), [change]) if old.key_hash == change.key_hash => Ok(leaf(change)),
        (Child::Inner(hash), _) => branch(pages, path, pages.page(&path, &hash)?, None, changes, rewrites),
        (Child::Leaf(old), _) => branch(pages, path, Page::default(), Some(old), changes, rewrites),
        (Child::Empty, _) => branch(pages, path, Page::default(), None, changes, rewrites),
    }
}

/// The subtree at `path`, whose page is stored as `before` and which `joining`, a leaf that had no page until now,
/// shares with the changes.
fn branch(
    pages: &dyn Pages,
    path: Path,
    before: Page,
    joining: Option<Leaf>,
    changes: &[Change<'_>],
    rewrites: &mut Vec<Rewrite>,
) -> Result<Child, Fault> {
    let mut after = before.clone();
    if let Some(leaf) = joining
        && let Some(place) = after.children.get_mut(nibble(&leaf.key_hash, path.depth()))
    {
        *place = Child::Leaf(leaf);
    }
    for (step, group) in by_step(changes, path.depth()) {
        if let Some(place) = after.children.get_mut(step) {
            let old = std::mem::take(place);
            *place = descend(pages, path.child(step), old, group, rewrites)?;
        }
    }
    if let Some(child) = after.collapsed() {
        note(rewrites, path, before, None);
        return Ok(child);
    }
    let hash = after.hash();
    note(rewrites, path, before, Some(after));
    Ok(Child::Inner(hash))
}

/// The changes below each step from a page of this depth, by ascending step.
fn by_step<'a, 'b>(changes: &'a [Change<'b>], depth: usize) -> Vec<(usize, &'a [Change<'b>])> {
    let step = |change: &Change<'_>| nibble(&change.key_hash, depth);
    let groups = changes.chunk_by(|one, next| step(one) == step(next));
    groups.filter_map(|group| Some((step(group.first()?), group))).collect()
}

fn leaf(change: &Change<'_>) -> Child {
    change.value_hash.map_or(Child::Empty, |value_hash| {
        Child::Leaf(Leaf { key_hash: change.key_hash, value_hash, key: change.key.into() })
    })
}

/// Keeps what became of a page, unless nothing did.
fn note(rewrites: &mut Vec<Rewrite>, path: Path, before: Page, after: Option<Page>) {
    let empty = [const { Child::Empty }; WIDTH];
    let now = after.as_ref().map_or(&empty, |page| &page.children);
    let changed = before.children.into_iter().zip(now).enumerate();
    let before: Vec<_> =
        changed.filter(|(_, (old, new))| old != *new).map(|(step, (old, _))| (step, old)).collect();
    if !before.is_empty() {
        rewrites.push(Rewrite { path, before, after });
    }
}
