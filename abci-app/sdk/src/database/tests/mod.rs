//! What the database's client promises, as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that panics fails")]

mod bundle;
mod handover;
mod holding;
mod key;
mod read;
mod roles;
mod submit;

use mongo_ledger_core::{
    json::{Limits, Object, parse},
    key::SecretKey,
    transaction::{
        OutputRef, Transaction,
        build::{self, Share},
    },
};

fn object(text: &str) -> Object {
    parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::new(&[seed; 32])
}

/// A bottle with `amount` shares of `secret(1)`.
fn bottle(amount: u64) -> Transaction {
    let alice = secret(1);
    let data = Some(object(r#"{"bottle":{"ml":750.5,"year":1998}}"#));
    build::create(&[alice.public()], &[Share::to(alice.public(), amount)], data, None)
        .sign(&[&alice])
        .unwrap()
}

fn output(transaction: &Transaction, output_index: u32) -> OutputRef {
    OutputRef { transaction_id: *transaction.id(), output_index }
}
