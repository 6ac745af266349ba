//! A transaction of the database on one line.

use mongo_ledger_core::{
    access::Change,
    key::PublicKey,
    transaction::{Operation, Transaction},
};

/// Each output: how much, and whose it is.
pub(crate) fn outputs(transaction: &Transaction, name: &dyn Fn(&PublicKey) -> String) -> Vec<String> {
    let each = transaction.outputs().iter().map(|output| {
        let keys: Vec<_> = output.public_keys.iter().map(name).collect();
        format!("{} for {}", output.amount, keys.join(" and "))
    });
    each.collect()
}

/// A role that was given or taken.
fn role(change: &Change) -> String {
    let right = change.right();
    let place = if right.namespace.as_str().is_empty() { "everywhere" } else { right.namespace.as_str() };
    format!("{} {place} for {}", right.role, right.holder)
}

/// What was done, by which transaction, and who owns what afterwards or who wrote it.
pub(crate) fn step(transaction: &Transaction, name: &dyn Fn(&PublicKey) -> String) -> [String; 3] {
    let rest = match transaction.operation() {
        Operation::Record | Operation::Erase => {
            let authors = transaction.inputs().iter().flat_map(|input| &input.owners_before);
            format!("by {}", authors.map(name).collect::<Vec<_>>().join(" and "))
        }
        _ => match transaction.change() {
            Some(change) => role(change),
            None => outputs(transaction, name).join(", "),
        },
    };
    [transaction.operation().as_str().to_owned(), transaction.id().to_string(), rest]
}
