//! What the ledger does for the other layers.

pub mod anchor;
