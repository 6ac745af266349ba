//! What every other module stands on: accounts, coins and fees.

pub mod auth;
pub mod bank;
pub mod fee;
