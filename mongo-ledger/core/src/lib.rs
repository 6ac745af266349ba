//! The rules of the database chain: what a transaction is, when it counts, and how every record is proven.
//!
//! A transaction is read ([`transaction`] upon [`json`], [`condition`] and [`key`]), executed upon the agreed [`state`]
//! ([`execute`], [`election`], [`block`]), by those who may ([`permission`] upon [`access`]), and becomes a [`record`] of the [`log`]. What may
//! not be is refused by name ([`refusal`]). Whoever has no ledger checks a [`proof`].

pub mod access;
pub mod block;
pub mod condition;
pub mod election;
mod erase;
pub mod error;
pub mod execute;
pub mod genesis;
pub mod governance;
pub mod json;
pub mod key;
pub mod known;
pub mod log;
pub mod pass;
pub mod payload;
pub mod permission;
mod policy;
pub mod proof;
pub mod record;
pub mod refusal;
pub mod seal;
pub mod settings;
pub mod state;
pub mod transaction;
pub mod upgrade;
pub mod words;
