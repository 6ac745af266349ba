//! The ledger: the list of its modules and the door through which transactions come to them.
//!
//! Modules call each other by plain functions, and only those earlier in [`registry`]'s list.

pub mod ante;
pub mod base;
pub mod consensus;
pub mod service;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use sirius_runtime::Registry;

/// Descriptors of every contract, as an encoded `google.protobuf.FileDescriptorSet`: for programs that read messages
/// without knowing their Rust types.
pub const DESCRIPTORS: &[u8] = include_bytes!("descriptors.bin");

/// What the ledger can do: its modules behind its door.
pub fn registry() -> Registry {
    modules(Registry::new(ante::Door))
}

/// The list of modules. Its order is that of genesis and hooks, and says who may call whom.
fn modules(door: Registry) -> Registry {
    door.knowing(consensus::upgrade::KNOWN)
        .with::<consensus::params::Params>()
        .with::<consensus::upgrade::Upgrades>()
        .with::<base::auth::Auth>()
        .with::<base::bank::Bank>()
        .with::<base::fee::Fees>()
        .with::<base::name::Names>()
        .with::<consensus::staking::Staking>()
        .with::<consensus::slashing::Slashing>()
        .with::<consensus::gov::Gov>()
        .with::<service::anchor::Anchor>()
}
