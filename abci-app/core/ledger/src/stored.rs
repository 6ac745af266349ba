//! A module's records as they are stored, in its section of genesis: for a chain that goes on from another's state, where
//! nobody is meant to edit them.

use std::{collections::BTreeMap, ops::ControlFlow};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sirius_store::{Fault, Order, Read, Span, Write};

/// Keys and values in base64.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stored(BTreeMap<String, String>);

impl Stored {
    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every record whose key begins with `beginning`.
    pub(crate) fn read(state: &dyn Read, beginning: &[u8]) -> Result<Self, Fault> {
        let mut records = BTreeMap::new();
        state.scan(&Span::prefix(beginning), Order::Ascending, &mut |key, value| {
            records.insert(BASE64_STANDARD.encode(key), BASE64_STANDARD.encode(value));
            ControlFlow::Continue(())
        })?;
        Ok(Self(records))
    }

    /// Writes them; each key must begin with `beginning`, so that no section writes another's records.
    ///
    /// # Errors
    /// What is wrong with a record.
    pub(crate) fn write(&self, state: &mut dyn Write, beginning: &[u8]) -> Result<(), String> {
        let decode = |text: &String| {
            BASE64_STANDARD.decode(text).map_err(|error| format!("the record {text:?} is no base64: {error}"))
        };
        for (key, value) in &self.0 {
            let bytes = decode(key)?;
            if !bytes.starts_with(beginning) {
                return Err(format!("the record {key:?} is another module's"));
            }
            state.set_bytes(bytes, Some(decode(value)?));
        }
        Ok(())
    }
}
