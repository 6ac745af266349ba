//! What REST reads and writes, which routes there are, and what it takes from hostile clients.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod hostile;
mod openapi;
mod read;
mod routes;
mod written;

use prost_reflect::DynamicMessage;
use serde_json::Value;

use crate::gateway::Contracts;

fn contracts() -> Contracts {
    Contracts::new(&sirius_ledger::registry())
}

/// The message `name`, read from JSON.
fn message(contracts: &Contracts, name: &str, json: Value) -> DynamicMessage {
    DynamicMessage::deserialize(contracts.pool().get_message_by_name(name).unwrap(), json).unwrap()
}
