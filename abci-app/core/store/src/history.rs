//! The past: what a block replaced in the tree, so that earlier states within the window can still be read and proven.
//!
//! Pages are stored as they are now. A block that changes a page keeps the children that it replaced, under the
//! block's height. A page at height `h` is then: the page as it is now, and of each child the *earliest* record above
//! `h`, if there is one.

use std::ops::ControlFlow;

use sirius_primitives::{Hash, Height};

use crate::{
    Fault, Order, Span,
    backend::{Batch, Space, View},
    tree::{
        Pages,
        cache::PageCache,
        page::{Children, Page, undo},
        path::Path,
    },
};

/// The pages of the state that the block at `height` left, in a database that may have gone further.
pub(crate) struct Past<'a> {
    pub(crate) view: &'a dyn View,
    pub(crate) cache: &'a PageCache,
    pub(crate) height: Height,
    /// The height that the database has reached.
    pub(crate) latest: Height,
}

impl Pages for Past<'_> {
    fn page(&self, path: &Path, hash: &Hash) -> Result<Page, Fault> {
        if let Some(page) = self.cache.get(hash) {
            return Ok(page);
        }
        let page = self.read(path)?;
        // Whatever the disk did, nothing is read or hashed further that its root does not prove.
        let found = page.hash();
        if found != *hash {
            let detail = format!("the page at {path} hashes to {found} where its parent says {hash}");
            return Err(Fault::Damaged { what: "the state tree", detail });
        }
        self.cache.insert(*hash, page.clone());
        Ok(page)
    }

    fn made(&self, hash: Hash, page: Page) {
        self.cache.insert(hash, page);
    }
}

impl Past<'_> {
    fn read(&self, path: &Path) -> Result<Page, Fault> {
        let key = path.encode();
        let mut page = match self.view.get(Space::Pages, &key)? {
            Some(bytes) => Page::decode(&bytes).ok_or_else(|| damaged("a page of the state tree", &key))?,
            None => Page::default(),
        };
        if self.height == self.latest {
            return Ok(page);
        }
        let group = path.group();
        let span = Span { from: undo_key(&group, self.height.next()), to: Span::prefix(&group.encode()).to };
        let mut broken = None;
        // The latest record first, so that the earliest has the last word about each child.
        self.view.scan(Space::PageUndo, &span, Order::Descending, &mut |key, record| {
            match restored(&page, path, record) {
                Ok(None) => return ControlFlow::Continue(()),
                Ok(Some(before)) => page = before,
                Err(()) => broken = Some(damaged("an old page", key)),
            }
            if broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        broken.map_or(Ok(page), Err)
    }
}

fn damaged(what: &'static str, key: &[u8]) -> Fault {
    Fault::Damaged { what, detail: format!("the record under {key:02x?} is not one") }
}

/// The page at `path` before the block that wrote `record`, if that keeps anything of it; an error when it is no
/// record.
fn restored<'a>(page: &'a Page, path: &Path, mut record: &'a [u8]) -> Result<Option<Page>, ()> {
    let mut before = None;
    while !record.is_empty() {
        let whose = Path::take(&mut record).ok_or(())?;
        let mut children = if whose == *path { page.children() } else { Children::default() };
        undo(&mut children, &mut record).ok_or(())?;
        if whose == *path {
            before = Some(Page::new(&children));
        }
    }
    Ok(before)
}

/// ```text
/// page undo   path of the group ‖ height: u64 big-endian   →   (path of a page ‖ its old children)…
/// ```
fn undo_key(group: &Path, height: Height) -> Vec<u8> {
    let mut bytes = group.encode();
    bytes.extend_from_slice(&height.0.to_be_bytes());
    bytes
}

/// What a block replaces in the pages, in the order in which the tree is worked through: the pages of one group stand
/// side by side.
#[derive(Debug, Default)]
pub(crate) struct Undo {
    bytes: Vec<u8>,
    /// Each group and where its record ends.
    groups: Vec<(Path, usize)>,
}

impl Undo {
    /// Keeps what `keep` appends as the old children of the page at `path`.
    pub(crate) fn keep(&mut self, path: &Path, keep: impl FnOnce(&mut Vec<u8>)) {
        path.write(&mut self.bytes);
        keep(&mut self.bytes);
        let (group, end) = (path.group(), self.bytes.len());
        match self.groups.last_mut() {
            Some((last, until)) if *last == group => *until = end,
            _ => self.groups.push((group, end)),
        }
    }

    /// Writes everything as what the block at `height` replaced, and gives the names of the records.
    pub(crate) fn write(&self, batch: &mut Batch, height: Height) -> Vec<Vec<u8>> {
        let mut start = 0;
        let write = |(group, end): &(Path, usize)| {
            let name = undo_key(group, height);
            batch.put(Space::PageUndo, &name, self.bytes.get(start..*end).unwrap_or_default());
            start = *end;
            name
        };
        self.groups.iter().map(write).collect()
    }
}

/// The records that a block wrote to be undone, kept as a list for [`prune`]:
///
/// ```text
/// changed   height: u64 big-endian   →   (0 for keys or 1 for pages: u8 ‖ length: u32 little-endian ‖ name)…
/// ```
pub(crate) fn list(batch: &mut Batch, height: Height, keys: &[Vec<u8>], pages: &[Vec<u8>]) {
    let mut changed = Vec::new();
    for (space, names) in [(0, keys), (1, pages)] {
        for name in names {
            let length = u32::try_from(name.len()).expect("the store refuses longer keys");
            changed.push(space);
            changed.extend_from_slice(&length.to_le_bytes());
            changed.extend_from_slice(name);
        }
    }
    batch.put(Space::Changed, &height.0.to_be_bytes(), &changed);
}

/// Removes what the block at `height` kept to be undone.
pub(crate) fn prune(view: &dyn View, height: Height, batch: &mut Batch) -> Result<(), Fault> {
    let key = height.0.to_be_bytes();
    let Some(changed) = view.get(Space::Changed, &key)? else { return Ok(()) };
    let mut rest = changed.as_slice();
    while !rest.is_empty() {
        let (space, name) = take_listed(&mut rest).ok_or_else(|| damaged("a list of changes", &key))?;
        batch.remove(space, name);
    }
    batch.remove(Space::Changed, &key);
    Ok(())
}

fn take_listed<'a>(bytes: &mut &'a [u8]) -> Option<(Space, &'a [u8])> {
    let (space, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    let space = match space {
        0 => Space::KeyUndo,
        1 => Space::PageUndo,
        _ => return None,
    };
    Some((space, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = take_listed(&mut bytes.as_slice());
            let _ = restored(&Page::default(), &Path::ROOT, &bytes);
        }
    }
}
