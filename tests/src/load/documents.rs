//! Transactions of the database: assets that are made, and each of them moved some hundred transactions later.

use std::ops::Range;

use anyhow::{Context as _, Result};
use mongo_ledger_core::condition::Condition;
use mongo_ledger_core::json::{Object, Value};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::build::{self, Share, Spend};
use mongo_ledger_core::transaction::{OutputRef, Transaction};
use rayon::prelude::*;

use super::Tx;

/// How long a `CREATE` is on the wire, in bytes: as long as those that BigchainDB's own figures are of.
pub const CREATE_BYTES: usize = 850;
/// How many other transactions stand between an asset's `CREATE` and its `TRANSFER`, over all hosts. Those of another
/// host may hear of the `TRANSFER` first and refuse it; the host of its lane never does.
const APART: usize = 800;
/// How many people own assets.
const OWNERS: u8 = 100;

/// `assets` times `CREATE`, and a `TRANSFER` of each, for `hosts` hosts. Other runs on the same chain use another `seed`.
///
/// # Errors
/// None: what is prepared here is signed with the keys that it needs.
pub fn documents(assets: usize, hosts: usize, seed: u64) -> Result<Vec<Tx>> {
    let made: Vec<(Transaction, Transaction)> =
        (0..assets).into_par_iter().map(|index| pair(index, seed)).collect::<Result<_>>()?;
    let tx = |transaction: &Transaction, index: usize| Tx {
        bytes: transaction.raw().as_bytes().to_vec(),
        lane: index % hosts,
    };
    let mut txs = Vec::with_capacity(made.len() * 2);
    for index in 0..made.len() + APART {
        txs.extend(made.get(index).map(|(create, _)| tx(create, index)));
        let moved = index.checked_sub(APART);
        txs.extend(moved.and_then(|moved| Some(tx(&made.get(moved)?.1, moved))));
    }
    Ok(txs)
}

/// Assets of these numbers: the `CREATE` of each, and its `TRANSFER` to the next owner.
///
/// # Errors
/// None: what is prepared here is signed with the keys that it needs.
pub fn assets(numbers: Range<usize>, seed: u64) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let raw = |transaction: Transaction| transaction.raw().as_bytes().to_vec();
    let both = |index| pair(index, seed).map(|(create, transfer)| (raw(create), raw(transfer)));
    numbers.into_par_iter().map(both).collect()
}

fn owner(index: usize) -> SecretKey {
    let number = u8::try_from(index % usize::from(OWNERS)).unwrap_or_default();
    SecretKey::new(&[number; 32])
}

/// An asset of one owner, and how it goes to the next one.
fn pair(index: usize, seed: u64) -> Result<(Transaction, Transaction)> {
    let (from, to) = (owner(index), owner(index + 1));
    let bare = create(&from, index, seed, 0)?.raw().len();
    let create = create(&from, index, seed, CREATE_BYTES.saturating_sub(bare))?;
    let spend = Spend {
        output: OutputRef { transaction_id: *create.id(), output_index: 0 },
        condition: Condition::Ed25519(from.public()),
    };
    let transfer = build::transfer(&[spend], &[Share::to(to.public(), 1)], *create.id(), None);
    Ok((create, transfer.sign(&[&from]).context("moving an asset")?))
}

fn create(owner: &SecretKey, index: usize, seed: u64, filler: usize) -> Result<Transaction> {
    let mut data = Object::new();
    data.insert("serial".to_owned(), Value::from(format!("{seed:08x}{index:08x}")));
    data.insert("note".to_owned(), Value::from(words(index as u64 ^ seed.rotate_left(32), filler)));
    let key = owner.public();
    let create = build::create(&[key], &[Share::to(key, 1)], Some(data), None);
    create.sign(&[owner]).context("making an asset")
}

/// A text of so many bytes, in words of up to eight digits, as unlike others as documents are.
fn words(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:x} ", state >> 32));
    }
    text.truncate(bytes);
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use std::collections::HashMap;

    use mongo_ledger_core::json::Limits;
    use mongo_ledger_core::transaction::Operation;

    use super::*;

    #[test]
    fn every_asset_is_moved_once_later_in_its_lane() {
        let txs = documents(1_000, 4, 7).unwrap();
        assert_eq!(txs.len(), 2_000);
        let mut made = HashMap::new();
        for (place, tx) in txs.iter().enumerate() {
            let transaction = Transaction::parse(&tx.bytes, &Limits::default()).unwrap();
            match transaction.operation() {
                Operation::Create => {
                    assert_eq!(tx.bytes.len(), CREATE_BYTES);
                    assert!(made.insert(*transaction.id(), (place, tx.lane)).is_none());
                }
                Operation::Transfer => {
                    let (before, lane) = made.remove(&transaction.asset_id()).unwrap();
                    assert_eq!(lane, tx.lane);
                    assert!(place - before >= APART);
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(made.is_empty());
    }
}
