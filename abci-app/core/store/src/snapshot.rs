//! The state after one block, as it stays while the chain goes on.

use std::{fmt, ops::ControlFlow, sync::Arc};

use ics23::{CommitmentProof, commitment_proof::Proof as Kind};
use sirius_primitives::{Hash, Height};

use crate::{
    Fault, Order, Read, Span, Visit,
    backend::View,
    history::Past,
    index,
    proof::{Proof, absent, present},
    roots::{self, Roots},
    tree::{
        cache::PageCache,
        hash::EMPTY,
        walk::{Side, Tree},
    },
};

/// The state after the block of one height. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) view: Arc<dyn View>,
    pub(crate) cache: Arc<PageCache>,
    /// The height that the view's database has reached.
    pub(crate) latest: Height,
    pub(crate) height: Height,
    /// The tree's root, `None` for an empty state.
    pub(crate) root: Option<Hash>,
    /// The store's name among the roots.
    pub(crate) name: Arc<str>,
}

impl Snapshot {
    /// The height of the block that left this state.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The app hash that the next block's header carries.
    pub fn app_hash(&self) -> Hash {
        roots::app_hash(&self.roots())
    }

    pub(crate) fn roots(&self) -> Roots {
        named(&self.name, self.root.as_ref())
    }

    /// The value under `key`, or its absence, with the proof of it.
    ///
    /// # Errors
    /// This node cannot read its own state.
    pub fn prove(&self, key: &[u8]) -> Result<Proof, Fault> {
        let (value, state) = match self.root {
            None => (None, Kind::Nonexist(absent(key, None, None))),
            Some(root) => {
                let tree = Tree { pages: &self.pages(), root };
                match tree.find(key)? {
                    Some(found) => (Some(found.value.clone()), Kind::Exist(present(&found))),
                    None => {
                        let [left, right] = [tree.beside(key, Side::Left)?, tree.beside(key, Side::Right)?];
                        (None, Kind::Nonexist(absent(key, left.as_ref(), right.as_ref())))
                    }
                }
            }
        };
        Ok(Proof {
            key: key.to_vec(),
            value,
            store: self.name.to_string(),
            state: CommitmentProof { proof: Some(state) },
            root: roots::prove(&self.roots(), &self.name).expect("the store's own root is among the roots"),
        })
    }

    pub(crate) fn pages(&self) -> Past<'_> {
        Past { view: &*self.view, cache: &self.cache, height: self.height, latest: self.latest }
    }
}

/// The roots when this store is the only one under the app hash.
pub(crate) fn named(name: &str, root: Option<&Hash>) -> Roots {
    Roots::from([(name.to_owned(), root.copied().unwrap_or(EMPTY))])
}

impl Read for Snapshot {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.root.map_or(Ok(None), |root| Tree { pages: &self.pages(), root }.value(key))
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        for key in index::keys(&*self.view, (self.height, self.latest), span, order) {
            let key = key?;
            let value = self.get_bytes(&key)?.ok_or_else(|| Fault::Damaged {
                what: "the list of keys",
                detail: format!("the tree at height {} has nothing under {key:02x?}", self.height),
            })?;
            if visit(&key, &value) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("height", &self.height)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
