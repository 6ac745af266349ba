//! The upper of the two trees: named roots under one app hash, so that a second store never breaks a proof.
//!
//! It is CometBFT's simple Merkle tree over the roots in the order of their names, each leaf as the ICS-23
//! specification `tendermint_spec` proves it:
//!
//! ```text
//! leaf = length of the name: varint ‖ name ‖ 32: varint ‖ SHA-256(root)
//! ```

use std::collections::BTreeMap;

use ics23::{CommitmentProof, ExistenceProof, HashOp, InnerOp, commitment_proof};
use sirius_primitives::{
    Hash,
    merkle::{self, Sibling},
    sha256,
};

/// The roots under one app hash, by name.
pub type Roots = BTreeMap<String, Hash>;

fn leaves(roots: &Roots) -> Vec<Vec<u8>> {
    let leaf = |(name, root): (&String, &Hash)| {
        let mut leaf = Vec::new();
        for part in [name.as_bytes(), sha256(root.as_bytes()).as_bytes()] {
            prost::encode_length_delimiter(part.len(), &mut leaf).expect("a vector grows as needed");
            leaf.extend_from_slice(part);
        }
        leaf
    };
    roots.iter().map(leaf).collect()
}

/// The app hash over `roots`.
pub fn app_hash(roots: &Roots) -> Hash {
    merkle::root(&leaves(roots))
}

/// The proof that the root called `name` is one of those under the app hash; `None` when it is not.
pub fn prove(roots: &Roots, name: &str) -> Option<CommitmentProof> {
    let index = roots.keys().position(|other| other == name)?;
    let path = merkle::path(&leaves(roots), index)?.into_iter().map(|sibling| {
        let (prefix, suffix) = match sibling {
            Sibling::Left(left) => ([&[1], left.as_bytes().as_slice()].concat(), Vec::new()),
            Sibling::Right(right) => (vec![1], right.as_bytes().to_vec()),
        };
        InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
    });
    let proof = ExistenceProof {
        key: name.as_bytes().to_vec(),
        value: roots.get(name)?.as_bytes().to_vec(),
        leaf: ics23::tendermint_spec().leaf_spec,
        path: path.collect(),
    };
    Some(CommitmentProof { proof: Some(commitment_proof::Proof::Exist(proof)) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use ics23::{HostFunctionsManager, verify_membership};

    use super::*;

    #[test]
    fn any_number_of_roots_is_proven_by_the_standard_verifier() {
        let mut roots = Roots::new();
        for name in ["ledger", "anchor", "storage", "a", "zebra"] {
            roots.insert(name.to_owned(), sha256(name.as_bytes()));
            let app_hash = app_hash(&roots).as_bytes().to_vec();
            for (name, root) in &roots {
                let proof = prove(&roots, name).unwrap();
                let spec = ics23::tendermint_spec();
                let check = |name: &str, root: &Hash| {
                    verify_membership::<HostFunctionsManager>(
                        &proof,
                        &spec,
                        &app_hash,
                        name.as_bytes(),
                        root.as_bytes(),
                    )
                };
                assert!(check(name, root));
                assert!(!check(name, &sha256(b"other")));
                assert!(!check("other", root));
            }
        }
        assert!(prove(&roots, "unknown").is_none());
    }
}
