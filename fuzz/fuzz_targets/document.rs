//! F7 of the database: any text is a transaction or a refusal; what is accepted says the same when it is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mongo_ledger_core::{json::Limits, transaction::Transaction};

fuzz_target!(|bytes: &[u8]| {
    let Ok(transaction) = Transaction::parse(bytes, &Limits::default()) else { return };
    if transaction.verify_signatures().is_ok() {
        sirius_fuzz::taken();
    }
    let again = Transaction::parse(transaction.raw().as_bytes(), &Limits::of_any_length())
        .expect("it was read before");
    assert_eq!(again.id(), transaction.id());
});
