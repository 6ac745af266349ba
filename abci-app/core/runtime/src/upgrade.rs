//! A change of the chain's rules that a program can carry out.

use sirius_store::{Fault, Write};

use crate::Context;

/// Brings the state into the form that the new rules need. It runs once, in the block of the plan's height, before
/// anything else of that block; what it does is a function of state and block alone.
pub type Migration = fn(&mut Context<'_>, &mut dyn Write) -> Result<(), Fault>;

/// An upgrade by the name under which the chain decides on it.
#[derive(Debug, Clone, Copy)]
pub struct Upgrade {
    /// The name in the plan.
    pub name: &'static str,
    /// What it does to the state.
    pub migrate: Migration,
}
