//! A network of hosts on this machine: described by a manifest, started, watched, disturbed and stopped.
//!
//! A *host* runs one CometBFT beside its application for each layer (the ledger, the database), and a document server for
//! the database. Tests start the same network in process that people start with
//! `localnet up`:
//!
//! ```no_run
//! use std::time::Duration;
//! use localnet::{Manifest, Network, Options, Perturbation};
//!
//! # fn main() -> Result<(), localnet::Error> {
//! let manifest = Manifest::local()?.on_free_ports()?;
//! let running = Network::start(&manifest, &Options::new("/tmp/net")?)?;
//! running.perturb(3, Perturbation::Kill)?;
//! running.wait_height(10, Duration::from_secs(30))?;
//! running.stop()?;
//! # Ok(())
//! # }
//! ```
//!
//! The stages are *build* ([`Binaries`]), *setup* ([`Network::prepare`]), *start* ([`Network::launch`]), *wait*
//! ([`Running::wait_ready`]), *perturb*, *status* and *stop*.
//!
//! Not a goal: networks over several machines, and keys worth protecting. Everything listens on 127.0.0.1.

mod accounts;
mod app_config;
mod child;
pub mod command;
pub mod control;
mod database_config;
mod documents;
mod error;
mod file;
mod genesis;
mod guest;
mod host;
mod keeper;
mod layer;
mod layout;
mod link;
pub mod load;
mod manifest;
mod network;
mod node_config;
mod perturb;
mod ports;
mod process;
mod record;
mod rpc;
mod running;
mod setup;
mod status;
mod supervisor;
mod tools;
mod unit;

pub use documents::Documents;
pub use error::Error;
pub use guest::{Beginning, Joined};
pub use layer::{Layer, Layers};
pub use layout::{DocumentFiles, HostFiles, Layout};
pub use manifest::{
    Account, Application, Database, Denomination, Load, Manifest, Readers, Snapshots, Source, Store,
};
pub use network::{Network, Options, Progress};
pub use perturb::{Perturbation, PerturbationError};
pub use ports::Ports;
pub use record::{DatabaseRecord, Funded, Record};
pub use rpc::{NodeStatus, Rpc};
pub use running::Running;
pub use status::{DatabaseHost, DatabaseStatus, DocumentsStatus, HostStatus, Phase, Status};
pub use tools::Binaries;
