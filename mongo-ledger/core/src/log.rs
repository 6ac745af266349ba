//! The chain of records: an append-only Merkle tree (RFC 6962, section 2.1) over everything that was ever accepted.
//!
//! How it grows and how a proof is checked is said in [`sirius_primitives::log`], which the ledger checks by too; here is
//! how proofs are made. The state keeps the [`Head`] alone; whoever serves proofs keeps the nodes that each append
//! completes.

use sirius_primitives::{Hash, merkle::inner_hash as parent};
use sirius_store::Fault;

pub use sirius_primitives::log::{
    Head, LEVELS, LogError, Node, Position, leaf, verify_consistency, verify_inclusion,
};

/// Where the nodes of a log are kept.
pub trait Nodes {
    /// The hash of a complete subtree.
    ///
    /// # Errors
    /// The node cannot be read, or is not there although the log is long enough.
    fn node(&self, position: Position) -> Result<Hash, Fault>;
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63_u32.saturating_sub(size.saturating_sub(1).leading_zeros()))
}

/// The root over `size` leaves from `start` on, which begin a subtree as large as the next power of two.
fn root_over(nodes: &impl Nodes, start: u64, size: u64) -> Result<Hash, Fault> {
    if size.is_power_of_two() {
        let level = u8::try_from(size.trailing_zeros()).unwrap_or(LEVELS);
        return nodes.node(Position { level, index: start >> level });
    }
    let left = split(size);
    let right = root_over(nodes, start.saturating_add(left), size.saturating_sub(left))?;
    Ok(parent(&root_over(nodes, start, left)?, &right))
}

/// The path that proves record `index` within the first `size` records, from the leaf upward (RFC 6962, section 2.1.1).
///
/// # Errors
/// A node cannot be read; or there is no such record, which is a [`Fault::Contradiction`].
pub fn inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, Fault> {
    if index >= size {
        return Err(Fault::Contradiction(LogError::Beyond { index, size }.to_string()));
    }
    let (mut start, mut size, mut path) = (0_u64, size, Vec::new());
    while size > 1 {
        let left = split(size);
        let middle = start.saturating_add(left);
        let right = size.saturating_sub(left);
        if index < middle {
            path.push(root_over(nodes, middle, right)?);
            size = left;
        } else {
            path.push(root_over(nodes, start, left)?);
            (start, size) = (middle, right);
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the log of `new` records begins with the log of `old` records (RFC 6962, section 2.1.2).
///
/// # Errors
/// A node cannot be read; or the older log is empty or longer, which is a [`Fault::Contradiction`].
pub fn consistency(nodes: &impl Nodes, old: u64, new: u64) -> Result<Vec<Hash>, Fault> {
    if old == 0 || old > new {
        return Err(Fault::Contradiction(LogError::Shrunk { old, new }.to_string()));
    }
    let (mut start, mut size, mut rest, mut whole, mut path) = (0_u64, new, old, true, Vec::new());
    while rest != size {
        let left = split(size);
        let middle = start.saturating_add(left);
        let right = size.saturating_sub(left);
        if rest <= left {
            path.push(root_over(nodes, middle, right)?);
            size = left;
        } else {
            path.push(root_over(nodes, start, left)?);
            (start, size, rest, whole) = (middle, right, rest.saturating_sub(left), false);
        }
    }
    if !whole {
        path.push(root_over(nodes, start, size)?);
    }
    path.reverse();
    Ok(path)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "a test that panics fails"
    )]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Default)]
    struct Kept(BTreeMap<Position, Hash>);

    impl Nodes for Kept {
        fn node(&self, position: Position) -> Result<Hash, Fault> {
            self.0.get(&position).copied().ok_or_else(|| Fault::Contradiction(format!("{position:?}")))
        }
    }

    fn grown(size: u64) -> (Vec<Head>, Kept) {
        let (mut head, mut kept, mut heads) = (Head::default(), Kept::default(), vec![Head::default()]);
        for index in 0..size {
            head.append(leaf(&index.to_be_bytes()), |node| {
                assert!(kept.0.insert(node.position, node.hash).is_none(), "a node is completed once");
            });
            heads.push(head.clone());
        }
        (heads, kept)
    }

    /// The definition of RFC 6962, word by word.
    fn tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sirius_primitives::sha256(&[]),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                parent(&tree_hash(left), &tree_hash(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let (heads, _) = grown(70);
        for (size, head) in heads.iter().enumerate() {
            let leaves: Vec<Hash> = (0..size as u64).map(|index| leaf(&index.to_be_bytes())).collect();
            assert_eq!(head.root(), tree_hash(&leaves), "{size}");
            assert_eq!(head.size, size as u64);
        }
        // RFC 6962's own value of a tree without leaves.
        assert!(heads[0].root().to_string().starts_with("E3B0C44298FC1C14"));
    }

    #[test]
    fn every_record_is_proven_in_every_log_and_nothing_else() {
        let (heads, kept) = grown(40);
        for size in 1..=40_u64 {
            let root = heads[size as usize].root();
            for index in 0..size {
                let path = inclusion(&kept, index, size).unwrap();
                let this = leaf(&index.to_be_bytes());
                verify_inclusion(this, index, &path, size, &root).unwrap();
                assert!(verify_inclusion(leaf(b"other"), index, &path, size, &root).is_err());
                assert!(verify_inclusion(this, index ^ 1, &path, size, &root).is_err() || size == 1);
                let longer = [path.as_slice(), &[root]].concat();
                assert!(verify_inclusion(this, index, &longer, size, &root).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(verify_inclusion(this, index, shorter, size, &root).is_err());
                }
            }
            assert!(inclusion(&kept, size, size).is_err());
        }
    }

    #[test]
    fn every_log_is_proven_to_have_grown_from_every_older_one() {
        let (heads, kept) = grown(40);
        for new in 1..=40_u64 {
            for old in 1..=new {
                let path = consistency(&kept, old, new).unwrap();
                let (before, after) = (heads[old as usize].root(), heads[new as usize].root());
                verify_consistency((old, &before), (new, &after), &path).unwrap();
                let forged = leaf(b"forged");
                assert!(verify_consistency((old, &forged), (new, &after), &path).is_err());
                assert!(verify_consistency((old, &before), (new, &forged), &path).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(verify_consistency((old, &before), (new, &after), shorter).is_err());
                }
            }
        }
        assert!(consistency(&kept, 0, 4).is_err() && consistency(&kept, 5, 4).is_err());
    }

    proptest! {
        #[test]
        fn no_path_proves_what_it_was_not_made_for(size in 2..40_u64, index in 0..40_u64, flip in 0..7_usize) {
            let index = index % size;
            let (heads, kept) = grown(size);
            let mut path = inclusion(&kept, index, size).unwrap();
            let place = flip % path.len();
            path[place] = leaf(b"changed");
            prop_assert_eq!(
                verify_inclusion(leaf(&index.to_be_bytes()), index, &path, size, &heads[size as usize].root()),
                Err(LogError::Root)
            );
        }
    }
}
