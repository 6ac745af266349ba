//! What the chain decides about itself.

pub mod params;
pub mod upgrade;
