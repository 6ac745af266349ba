//! What holds for the ledger as a whole, across its modules.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod bad_input;
mod block;
mod canonical;
mod client_texts;
mod export;
mod golden;
mod question;
mod refusal;
mod simulate;
mod vulnerabilities;
