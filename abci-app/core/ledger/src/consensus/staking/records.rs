//! A module's records as they are stored, for a genesis that goes on where another chain stopped.
//!
//! Who stakes what, what is on its way and what was slashed lies in records that point at each other; they are carried
//! over byte by byte, so that the new chain owes exactly what the old one did. People read them with queries.

use std::ops::ControlFlow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sirius_runtime::rows::each_pair;
use sirius_store::{Fault, Read, Span, Write};

/// One record: key and value in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisRecord {
    /// The whole key; it begins with the module's name.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Every record whose key begins with `beginning`.
pub(crate) fn read(state: &dyn Read, beginning: &[u8]) -> Result<Vec<GenesisRecord>, Fault> {
    let mut records = Vec::new();
    each_pair(state, &Span::prefix(beginning), |key, value| {
        records.push(GenesisRecord { key: STANDARD.encode(key), value: STANDARD.encode(value) });
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(records)
}

/// Writes records, all of whose keys must begin with `beginning`; says which does not, or is no base64.
pub(crate) fn write(
    state: &mut dyn Write,
    beginning: &[u8],
    records: Vec<GenesisRecord>,
) -> Result<(), String> {
    for record in records {
        let key = STANDARD.decode(&record.key).ok().filter(|key| key.starts_with(beginning));
        let (Some(key), Ok(value)) = (key, STANDARD.decode(&record.value)) else {
            let key: String = record.key.chars().take(100).collect();
            return Err(format!("record {key:?} is not base64, or is another module's"));
        };
        state.set_bytes(key, Some(value));
    }
    Ok(())
}
