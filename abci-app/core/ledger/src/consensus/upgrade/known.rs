//! The upgrades that this program can carry out.
//!
//! Each is one entry: the name under which the chain decides on it, and a function that brings the state into the form
//! that this program reads. Whoever changes the form of a module's records counts up its
//! [`VERSION`](sirius_runtime::Module::VERSION) and adds an entry here; an entry stays until no network can be below its
//! height any more.

use sirius_runtime::Upgrade;

/// See the file's documentation. The first release has none.
pub const KNOWN: &[Upgrade] = &[];
