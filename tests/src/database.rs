//! The database of a network as a stranger sees it: over HTTP, and by MongoDB's own driver.

mod documents;
mod http;

use std::time::Duration;

use anyhow::Result;
use localnet::{Documents, Layer, Layers, Manifest};

pub use documents::{Dump, alike, dump, holds, server};
pub use http::{Http, Said};

use crate::bed::{self, Bed};

/// How long the network may take until it is ready; the first start of a document server makes its files.
const READY: Duration = Duration::from_secs(60);

/// Starts four hosts with the database alone, fast blocks, and documents at `documents`.
///
/// # Errors
/// Those of [`Bed::start`].
pub fn start(documents: Documents) -> Result<Bed> {
    start_with(&bed::database_manifest()?, documents)
}

/// The same of another network.
///
/// # Errors
/// Those of [`Bed::start`].
pub fn start_with(manifest: &Manifest, documents: Documents) -> Result<Bed> {
    Bed::start_with(manifest, |options| {
        options.layers = Some(Layers::only(Layer::Database));
        options.documents = documents;
        options.ready_timeout = READY;
        Ok(())
    })
}
