//! Reading a whole state out, chunk by chunk, while the chain goes on.

use sirius_primitives::{Hash, sha256};

use super::{CHUNK_BYTES, Manifest, chunk::Filling};
use crate::{
    Fault, Order, Snapshot, Span,
    backend::{Space, View},
    cursor::Cursor,
    tree::{
        hash::Node,
        page::{Child, Page, WIDTH},
        path::Path,
    },
};

/// The chunks of one state, in order. Its memory is one chunk, and for each depth of the tree a few pages.
///
/// It reads around the store's cache of pages, which is the running chain's, and believes no page that does not hash to
/// what its parent says: a damaged disk ends it with a fault instead of shipping what nobody would take.
pub struct Export<'a> {
    state: &'a Snapshot,
    pages: PagesInOrder<'a>,
    /// The pages from the root down to where the walk is, each with the place that is next.
    way: Vec<Open>,
    /// Bytes with which a chunk is full.
    full: usize,
    chunks: Vec<Hash>,
    done: bool,
}

/// A page that is being walked through.
struct Open {
    path: Path,
    page: Page,
    next: usize,
}

/// The pages of one version in the order of the walk. Pages of one depth lie side by side on disk and are met in that
/// order, so that a cursor for each depth reads them as they lie.
struct PagesInOrder<'a> {
    view: &'a dyn View,
    depths: Vec<Cursor<'a>>,
}

impl Snapshot {
    /// Begins to read the whole state out in chunks of `full` bytes, at most and by default [`CHUNK_BYTES`]: the same
    /// number on every node, or their snapshots are not the same.
    ///
    /// # Errors
    /// This is not the latest state of its database as this snapshot sees it, or this node cannot read its state.
    pub fn export(&self, full: usize) -> Result<Export<'_>, Fault> {
        if self.height != self.latest {
            let detail = format!("height {} is past: the database has reached {}", self.height, self.latest);
            return Err(Fault::Contradiction(detail));
        }
        let mut pages = PagesInOrder { view: &*self.view, depths: Vec::new() };
        let mut way = Vec::new();
        if let Some(root) = self.root {
            way.push(Open { path: Path::ROOT, page: pages.page(&Path::ROOT, &root)?, next: 0 });
        }
        let full = full.clamp(1, CHUNK_BYTES);
        Ok(Export { state: self, pages, way, full, chunks: Vec::new(), done: false })
    }
}

impl Export<'_> {
    /// What the chunks that came out so far are chunks of; complete when they all have.
    pub fn manifest(self) -> Manifest {
        Manifest { height: self.state.height, roots: self.state.roots(), chunks: self.chunks }
    }

    /// The next chunk; `None` behind the last.
    fn fill(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let mut chunk = Filling::new();
        let mut way = Vec::new();
        while chunk.is_empty() || chunk.len() < self.full {
            // A page shares its bytes with its clones.
            let Some((page, place)) = self.leaf()? else { break };
            if let Child::Leaf(leaf) = page.child(place) {
                chunk.push(&leaf.key, &leaf.value);
                // Behind the very last pair nothing is left to be proven but the root itself.
                if chunk.len() >= self.full {
                    way = self.siblings();
                }
            }
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        let bytes = chunk.close(&way);
        self.chunks.push(sha256(&bytes));
        Ok(Some(bytes))
    }

    /// Walks on to the next leaf and says where it is.
    fn leaf(&mut self) -> Result<Option<(Page, usize)>, Fault> {
        loop {
            let Some(open) = self.way.last_mut() else { return Ok(None) };
            let place = open.next;
            if place >= WIDTH {
                self.way.pop();
                continue;
            }
            open.next = place.saturating_add(1);
            match open.page.node(place) {
                Node::Empty => {}
                Node::Leaf(_) => return Ok(Some((open.page.clone(), place))),
                Node::Inner(hash) => {
                    let path = open.path.child(place);
                    let page = self.pages.page(&path, &hash)?;
                    self.way.push(Open { path, page, next: 0 });
                }
            }
        }
    }

    /// The hashes beside the way to the leaf that the walk has just met.
    fn siblings(&self) -> Vec<Hash> {
        let beside = |open: &Open| open.page.siblings(open.next.saturating_sub(1));
        self.way.iter().flat_map(beside).collect()
    }
}

impl Iterator for Export<'_> {
    type Item = Result<Vec<u8>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let chunk = self.fill().transpose();
        self.done = !matches!(chunk, Some(Ok(_)));
        chunk
    }
}

impl PagesInOrder<'_> {
    fn page(&mut self, path: &Path, hash: &Hash) -> Result<Page, Fault> {
        let key = path.encode();
        while self.depths.len() <= path.depth() {
            let depth = u8::try_from(self.depths.len()).unwrap_or(u8::MAX);
            self.depths.push(Cursor::new(self.view, Space::Pages, Span::prefix(&[depth]), Order::Ascending));
        }
        let damaged = |detail: String| Fault::Damaged { what: "the state tree", detail };
        let cursor = self.depths.get_mut(path.depth()).expect("the list was made long enough");
        for pair in cursor {
            let (found, bytes) = pair?;
            if found < key {
                continue;
            }
            let page = Page::decode(&bytes).filter(|page| found == key && page.hash() == *hash);
            return page
                .ok_or_else(|| damaged(format!("the page at {path} is not the one that hashes to {hash}")));
        }
        Err(damaged(format!("there is no page at {path}")))
    }
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export")
            .field("state", self.state)
            .field("chunks", &self.chunks.len())
            .finish_non_exhaustive()
    }
}
