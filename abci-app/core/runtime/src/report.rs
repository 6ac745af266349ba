//! What consensus tells the modules with a block, and what they tell it back.

use sirius_primitives::{Address, Height, PublicKey, Timestamp};

use crate::BlockLimits;

/// What consensus says with a block beside its transactions. It is part of the block: every node hears the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The validators that the chain begins with; empty after genesis.
    pub validators: Vec<Validator>,
    /// The validators of the block before this one, and which of them signed it; empty with the first block.
    pub votes: Vec<Vote>,
    /// Proven wrongs of validators, each reported once.
    pub misbehavior: Vec<Misbehavior>,
}

impl Report {
    /// Nothing to say.
    pub const EMPTY: &'static Self =
        &Self { validators: Vec::new(), votes: Vec::new(), misbehavior: Vec::new() };
}

/// A validator as consensus knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validator {
    /// The key it signs blocks with, whose address is its consensus address.
    pub key: PublicKey,
    /// Its weight among the others, below 2^60; 0 in an update removes it.
    pub power: u64,
}

/// A validator's part in the commit of the last block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// The address of its consensus key.
    pub validator: Address,
    /// Its power when it voted.
    pub power: u64,
    /// Whether its vote was there, for the block or for none.
    pub signed: bool,
}

/// What a validator is proven to have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offence {
    /// It signed two votes of one round.
    DuplicateVote,
    /// It signed a header that light clients were to be deceived with.
    LightClientAttack,
}

/// A proven wrong of one validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misbehavior {
    /// What it did.
    pub offence: Offence,
    /// The address of its consensus key.
    pub validator: Address,
    /// Its power then.
    pub power: u64,
    /// When it did it.
    pub height: Height,
    /// The time of the block at that height.
    pub time: Timestamp,
    /// The power of all validators then.
    pub total_power: u64,
}

/// What consensus is to change from a coming block on: the validators from the block after next, limits from the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Updates {
    /// Validators that are new, have another power or leave, each key once.
    pub validators: Vec<Validator>,
    /// Other limits of a block; `None` leaves them as they are.
    pub limits: Option<BlockLimits>,
}
