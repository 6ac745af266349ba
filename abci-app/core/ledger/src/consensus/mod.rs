//! What the chain decides about itself.

pub mod gov;
pub mod params;
pub mod slashing;
pub mod staking;
pub mod upgrade;
