//! The state after one block, as it stays while the chain goes on.

use std::{fmt, sync::Arc};

use ics23::{CommitmentProof, ExistenceProof, commitment_proof::Proof as Kind};
use sirius_primitives::{Hash, Height, sha256};

use crate::{
    Fault, Order, Read, Span, Visit,
    backend::{Space, View},
    history::Past,
    proof::{self, Proof},
    roots::{self, Roots},
    tree::{
        hash::EMPTY,
        walk::{Found, Side, Walk},
    },
};

/// The state after the block of one height. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) view: Arc<dyn View>,
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
        let past = self.past();
        let value = self.get_bytes(key)?;
        let state = match (&self.root, &value) {
            (None, _) => Kind::Nonexist(proof::absent(key, None, None)),
            (Some(root), Some(value)) => {
                let walk = Walk::new(&past, *root);
                let found = walk.find(&sha256(key))?.ok_or_else(|| misfit(key))?;
                Kind::Exist(agreed(&found, value.clone())?)
            }
            (Some(root), None) => {
                let walk = Walk::new(&past, *root);
                let left = self.neighbour(&walk, key, Side::Left)?;
                Kind::Nonexist(proof::absent(key, left, self.neighbour(&walk, key, Side::Right)?))
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

    fn neighbour(&self, walk: &Walk<'_>, key: &[u8], side: Side) -> Result<Option<ExistenceProof>, Fault> {
        let Some(leaf) = walk.beside(&sha256(key), side)? else { return Ok(None) };
        let found = walk.find(&leaf.key_hash)?.ok_or_else(|| misfit(&leaf.key))?;
        let value = self.get_bytes(&leaf.key)?.ok_or_else(|| misfit(&leaf.key))?;
        agreed(&found, value).map(Some)
    }

    fn past(&self) -> Past<'_> {
        Past { view: &*self.view, height: self.height, latest: self.latest }
    }
}

/// The roots when this store is the only one under the app hash.
pub(crate) fn named(name: &str, root: Option<&Hash>) -> Roots {
    Roots::from([(name.to_owned(), root.copied().unwrap_or(EMPTY))])
}

/// The proof of a leaf, whose value must be what the tree was built from.
fn agreed(found: &Found, value: Vec<u8>) -> Result<ExistenceProof, Fault> {
    if sha256(&value) == found.leaf.value_hash {
        Ok(proof::present(found, value))
    } else {
        Err(misfit(&found.leaf.key))
    }
}

fn misfit(key: &[u8]) -> Fault {
    Fault::Damaged {
        what: "the state",
        detail: format!("the tree and the value under {key:02x?} do not agree"),
    }
}

impl Read for Snapshot {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if self.height == self.latest {
            self.view.get(Space::Values, key)
        } else {
            self.past().get_bytes(key)
        }
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if self.height == self.latest {
            self.view.scan(Space::Values, span, order, visit)
        } else {
            self.past().scan(span, order, visit)
        }
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
