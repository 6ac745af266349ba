//! The server as a peer sees it, over real sockets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod call_log;
mod calls;
mod chunks;
mod hostile;
mod panics;
mod shutdown;
mod sockets;
mod support;
