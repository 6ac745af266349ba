//! The section `slashing` of genesis: nothing. A new chain has no absence to remember, and its limits are parameters.

use serde::{Deserialize, Serialize};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {}
