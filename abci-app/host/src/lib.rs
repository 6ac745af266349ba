//! Serves any [`tendermint_abci::Application`] to CometBFT v0.38 over its socket protocol (ABCI 2.0).
//!
//! Blocking threads, one a connection, on a unix socket or loopback TCP. A hostile frame closes the connection that
//! sent it and nothing else; a panic in the application stops the whole process, because a state machine that has
//! lost one thread must not go on voting.
//!
//! ```no_run
//! use sirius_host::{Endpoint, Options, Server};
//!
//! #[derive(Clone)]
//! struct Empty;
//! impl tendermint_abci::Application for Empty {}
//!
//! let endpoint: Endpoint = "unix:///run/sirius/abci.sock".parse()?;
//! let server = Server::bind(&endpoint, Empty, Options::default())?;
//! let handle = server.handle(); // for the thread that waits for signals: handle.shutdown()
//! server.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Beside the server stands what the processes of a node share: [`settings`], [`log`], [`metrics`], [`health`], the
//! [`doctor`], and what [`snapshots`] of any application have in common.
//!
//! Not here: the gRPC flavour of ABCI, other protocol versions, and any knowledge of what the application does.

pub mod call_log;
mod connection;
mod dispatch;
pub mod doctor;
mod endpoint;
mod facts;
mod fault;
mod frame;
pub mod grammar;
pub mod health;
mod listener;
mod live;
pub mod log;
mod memory;
mod method;
pub mod metrics;
mod options;
mod output;
mod raw_key;
mod server;
pub mod settings;
mod shared;
mod signals;
pub mod snapshots;
mod stop;
mod stream;
mod wake;

pub use call_log::CallLogOptions;
pub use endpoint::{Endpoint, EndpointError};
pub use fault::or_stop;
pub use listener::BindError;
pub use memory::small_pages;
pub use method::Method;
pub use metrics::Metrics;
pub use options::{FRAME_ALLOWANCE, MAX_MESSAGE, Options, OptionsError};
pub use raw_key::{EmptyKey, Proven, raw_key};
pub use server::{Handle, RunError, Server, StartError};
pub use signals::on_stop;
pub use stop::PANIC_EXIT_CODE;
