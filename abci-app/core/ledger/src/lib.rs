//! The ledger: the list of its modules and the door through which transactions come to them.
//!
//! Modules call each other by plain functions, and only those earlier in [`registry`]'s list.

pub mod ante;
pub mod base;
pub mod consensus;

use sirius_runtime::Registry;

/// Descriptors of every contract, as an encoded `google.protobuf.FileDescriptorSet`: for programs that read messages
/// without knowing their Rust types.
pub const DESCRIPTORS: &[u8] = include_bytes!("descriptors.bin");

/// The list of modules. Its order is that of genesis and hooks, and says who may call whom.
pub fn registry() -> Registry {
    Registry::new(ante::Door)
        .with::<consensus::params::Params>()
        .with::<base::auth::Auth>()
        .with::<base::bank::Bank>()
        .with::<base::fee::Fees>()
}
