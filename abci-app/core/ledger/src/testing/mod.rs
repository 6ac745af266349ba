//! A chain in memory for tests: genesis with funded accounts, real keys, signed transactions, and what became of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod bed;
mod case;
pub(crate) mod golden;
mod group;
mod key;
mod message;
mod parts;
mod vault;

pub(crate) use bed::{Bed, CodeOf, GAS, State, mode, sections};
pub(crate) use case::Case;
pub(crate) use group::Group;
pub(crate) use key::{Key, alice, bob, carol, dave, eve};
pub(crate) use message::{
    any, coin, coins, grant, multi_send, pay, revoke, rotate, send, text, update, update_at, vault,
};
pub(crate) use parts::Parts;
pub(crate) use vault::{MsgNobody, MsgVault, Vault};
