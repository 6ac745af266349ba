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
        (Child::Inner(hash), _) => {
            let page = pages.page(&path, &hash)?;
            branch(pages, path, page, changes, rewrites)
        }
        // Below here nothing is stored yet: an empty page that the old leaf joins, one step further down.
        (Child::Leaf(old), _) => {
            let mut page = Page::default();
            if let Some(place) = page.children.get_mut(nibble(&old.key_hash, path.depth())) {
                *place = Child::Leaf(old);
            }
            branch(pages, path, page, changes, rewrites)
        }
        (Child::Empty, _) => branch(pages, path, Page::default(), changes, rewrites),
    }
}

/// The subtree whose page is `page`, stored or not.
fn branch(
    pages: &dyn Pages,
    path: Path,
    before: Page,
    changes: &[Change<'_>],
    rewrites: &mut Vec<Rewrite>,
) -> Result<Child, Fault> {
    let mut after = before.clone();
    for (step, group) in by_step(changes, path.depth()) {
        if let Some(place) = after.children.get_mut(step) {
            let old = std::mem::take(place);
            *place = descend(pages, path.child(step), old, group, rewrites)?;
        }
    }
    Ok(match after.collapsed() {
        Some(child) => {
            note(rewrites, path, before, None);
            child
        }
        None => {
            let hash = after.hash();
            note(rewrites, path, before, Some(after));
            Child::Inner(hash)
        }
    })
}
