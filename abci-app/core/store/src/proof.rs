//! A value, or its absence, with what convinces somebody who knows only the app hash of a block header.

use ics23::{
    CommitmentProof, ExistenceProof, HashOp, HostFunctionsManager, InnerOp, InnerSpec, LeafOp, LengthOp,
    NonExistenceProof, ProofSpec, commitment_proof::Proof as Kind, verify_membership, verify_non_membership,
};
use prost::Message;
use sirius_primitives::{Hash, sha256};
use thiserror::Error;

use crate::tree::{
    hash::{EMPTY, INNER_PREFIX, LEAF_PREFIX, bit},
    walk::Found,
};

/// The operation that leads from a key to the root of its store.
pub const STATE_OP: &str = "ics23:jmt";

/// The operation that leads from the root of a store to the app hash.
pub const ROOT_OP: &str = "ics23:simple";

/// One step of a proof as CometBFT carries it (`tendermint.crypto.ProofOp`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofOp {
    /// [`STATE_OP`] or [`ROOT_OP`].
    pub kind: String,
    /// The key of the state, or the name of the store.
    pub key: Vec<u8>,
    /// A protobuf `cosmos.ics23.v1.CommitmentProof`.
    pub data: Vec<u8>,
}

/// What one key holds at one height, with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The key.
    pub key: Vec<u8>,
    /// Its value; `None` where the key is absent.
    pub value: Option<Vec<u8>>,
    /// The name of the store.
    pub store: String,
    /// From the key to the store's root, of the kind that [`state_spec`] describes.
    pub state: CommitmentProof,
    /// From the store's root to the app hash, of ICS-23's `tendermint_spec`.
    pub root: CommitmentProof,
}

/// Why a proof does not convince.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The proof's steps are not those of this chain.
    #[error("a proof has the steps {STATE_OP} and {ROOT_OP}, in this order; found {found}")]
    Steps {
        /// The steps' names.
        found: String,
    },
    /// A step is no commitment proof of a single key.
    #[error("step {step} is no ICS-23 proof of one key: {detail}")]
    Malformed {
        /// The step's name.
        step: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The store's root does not lead to the app hash.
    #[error("the root of store \"{store}\" is not proven against app hash {app_hash}")]
    Root {
        /// The store's name.
        store: String,
        /// The app hash that was to be reached.
        app_hash: Hash,
    },
    /// The value, or its absence, does not lead to the store's root.
    #[error("{claim} is not proven against the store's root {root}")]
    State {
        /// "the value" or "the absence of a value".
        claim: &'static str,
        /// The root that was to be reached.
        root: Hash,
    },
}

impl Proof {
    /// Checks the proof against the app hash of a header: state after block `h` is in header `h + 1`.
    ///
    /// # Errors
    /// It does not convince.
    pub fn verify(&self, app_hash: &Hash) -> Result<(), ProofError> {
        let root = proven_root(&self.root, &self.store, app_hash)?;
        check_state(&self.state, &root, &self.key, self.value.as_deref())
    }

    /// The proof as an ABCI answer carries it.
    pub fn to_ops(&self) -> [ProofOp; 2] {
        let state =
            ProofOp { kind: STATE_OP.into(), key: self.key.clone(), data: self.state.encode_to_vec() };
        let root = ProofOp {
            kind: ROOT_OP.into(),
            key: self.store.clone().into_bytes(),
            data: self.root.encode_to_vec(),
        };
        [state, root]
    }

    /// Reads an ABCI answer. Nothing is verified yet.
    ///
    /// # Errors
    /// The steps are others, or no ICS-23 proofs.
    pub fn from_ops(key: Vec<u8>, value: Option<Vec<u8>>, ops: &[ProofOp]) -> Result<Self, ProofError> {
        let [state, root] = ops else { return Err(steps(ops)) };
        if state.kind != STATE_OP || root.kind != ROOT_OP {
            return Err(steps(ops));
        }
        let store = String::from_utf8(root.key.clone())
            .map_err(|error| ProofError::Malformed { step: ROOT_OP, detail: error.to_string() })?;
        Ok(Self { key, value, store, state: decode(STATE_OP, state)?, root: decode(ROOT_OP, root)? })
    }
}

fn steps(ops: &[ProofOp]) -> ProofError {
    let found: Vec<_> = ops.iter().map(|op| op.kind.as_str()).collect();
    ProofError::Steps { found: found.join(", ") }
}

fn decode(step: &'static str, op: &ProofOp) -> Result<CommitmentProof, ProofError> {
    CommitmentProof::decode(op.data.as_slice())
        .map_err(|error| ProofError::Malformed { step, detail: error.to_string() })
}

/// Checks that `key` of `store` holds `value` at `app_hash`, for a client without a store.
///
/// # Errors
/// The steps do not convince.
pub fn verify_value(
    app_hash: &Hash,
    store: &str,
    key: &[u8],
    value: &[u8],
    ops: &[ProofOp],
) -> Result<(), ProofError> {
    let proof = Proof::from_ops(key.to_vec(), Some(value.to_vec()), ops)?;
    Proof { store: store.to_owned(), ..proof }.verify(app_hash)
}

/// Checks that `store` holds nothing under `key` at `app_hash`, for a client without a store.
///
/// # Errors
/// The steps do not convince.
pub fn verify_absence(app_hash: &Hash, store: &str, key: &[u8], ops: &[ProofOp]) -> Result<(), ProofError> {
    let proof = Proof::from_ops(key.to_vec(), None, ops)?;
    Proof { store: store.to_owned(), ..proof }.verify(app_hash)
}

/// The store's root that the upper step proves.
fn proven_root(proof: &CommitmentProof, store: &str, app_hash: &Hash) -> Result<Hash, ProofError> {
    let malformed = |detail: &str| ProofError::Malformed { step: ROOT_OP, detail: detail.to_owned() };
    let Some(Kind::Exist(exist)) = &proof.proof else {
        return Err(malformed("a root is proven by its existence"));
    };
    let root = exist.value.as_slice().try_into().map_err(|_| malformed("a root has 32 bytes"))?;
    let reaches = app_hash.as_bytes().to_vec();
    let spec = ics23::tendermint_spec();
    if verify_membership::<HostFunctionsManager>(proof, &spec, &reaches, store.as_bytes(), &exist.value) {
        Ok(Hash::new(root))
    } else {
        Err(ProofError::Root { store: store.to_owned(), app_hash: *app_hash })
    }
}

fn check_state(
    proof: &CommitmentProof,
    root: &Hash,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), ProofError> {
    let reaches = root.as_bytes().to_vec();
    // Only these two kinds are let through: unpacking a hostile compressed batch is nothing that a client needs.
    let holds = match (&proof.proof, value) {
        (Some(Kind::Exist(_)), Some(value)) => {
            verify_membership::<HostFunctionsManager>(proof, &state_spec(), &reaches, key, value)
        }
        // Nothing is in an empty tree; ICS-23 itself has no way of saying so.
        (Some(Kind::Nonexist(absence)), None) if *root == EMPTY => *absence == absent(key, None, None),
        // The standard verifier reads the neighbours alone; a proof that names another key is none of this one.
        (Some(Kind::Nonexist(absence)), None) => {
            absence.key == key
                && verify_non_membership::<HostFunctionsManager>(proof, &state_spec(), &reaches, key)
        }
        _ => {
            let detail = "a value needs an existence proof, an absent one a non-existence proof".to_owned();
            return Err(ProofError::Malformed { step: STATE_OP, detail });
        }
    };
    let claim = if value.is_some() { "the value" } else { "the absence of a value" };
    if holds { Ok(()) } else { Err(ProofError::State { claim, root: *root }) }
}

/// How a [`STATE_OP`] step is verified (ICS-23 `ProofSpec`), for clients in other languages.
///
/// It is that of crate `jmt` except for the greatest depth: two keys may share any number of leading bits.
pub fn state_spec() -> ProofSpec {
    ProofSpec {
        leaf_spec: Some(leaf_op()),
        inner_spec: Some(InnerSpec {
            child_order: vec![0, 1],
            child_size: 32,
            min_prefix_length: 16,
            max_prefix_length: 16,
            empty_child: EMPTY.as_bytes().to_vec(),
            hash: HashOp::Sha256.into(),
        }),
        max_depth: 256,
        min_depth: 0,
        prehash_key_before_comparison: true,
    }
}

fn leaf_op() -> LeafOp {
    LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::Sha256.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::NoPrefix.into(),
        prefix: LEAF_PREFIX.to_vec(),
    }
}

/// The step that shows a pair.
pub(crate) fn present(found: &Found) -> ExistenceProof {
    let key_hash = sha256(&found.key);
    let way = found.siblings.iter().enumerate().rev().map(|(depth, sibling)| {
        let (prefix, suffix) = if bit(&key_hash, depth) {
            ([INNER_PREFIX.as_slice(), sibling.as_bytes()].concat(), Vec::new())
        } else {
            (INNER_PREFIX.to_vec(), sibling.as_bytes().to_vec())
        };
        InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
    });
    ExistenceProof {
        key: found.key.clone(),
        value: found.value.clone(),
        leaf: Some(leaf_op()),
        path: way.collect(),
    }
}

/// The step that shows that between two neighbours there is no `key`.
pub(crate) fn absent(key: &[u8], left: Option<&Found>, right: Option<&Found>) -> NonExistenceProof {
    NonExistenceProof { key: key.to_vec(), left: left.map(present), right: right.map(present) }
}
