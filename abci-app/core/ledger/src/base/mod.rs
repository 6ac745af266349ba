//! What every other module stands on: accounts, coins, fees and names.

pub mod auth;
pub mod bank;
pub mod fee;
pub mod name;
