//! How a transaction is sent.

use std::time::Duration;

use sirius_primitives::{Address, Blocks, Coins, Gas};

/// Blocks a transaction may wait at most: when it has passed, as many blocks are searched for it.
pub(super) const MOST_TIMEOUT: Blocks = Blocks(1_000);

/// The most gas that a transaction may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GasLimit {
    /// What a simulation used, and 30 % more: state may have changed when the transaction runs.
    #[default]
    Simulated,
    /// This much.
    Exactly(Gas),
}

/// What is paid for the gas limit, whole, however much is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fee {
    /// The base fee and 25 % more: two full blocks in a row do not make the transaction too cheap.
    #[default]
    BaseFee,
    /// This much.
    Exactly(Coins),
}

/// How a transaction is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The most gas that it may use.
    pub gas: GasLimit,
    /// What is paid.
    pub fee: Fee,
    /// A note that everybody can read for ever.
    pub memo: String,
    /// In how many blocks from now it must be in one: 1 to 1,000. After that it can never be.
    pub timeout: Blocks,
    /// Whose grant pays the fee.
    pub granter: Option<Address>,
    /// How long [`super::Pending::confirm`] waits, whatever the chain does.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gas: GasLimit::default(),
            fee: Fee::default(),
            memo: String::new(),
            timeout: Blocks(60),
            granter: None,
            wait: Duration::from_secs(180),
        }
    }
}

impl Options {
    /// The timeout within its range.
    pub(super) fn bounded_timeout(&self) -> Blocks {
        Blocks(self.timeout.0.clamp(1, MOST_TIMEOUT.0))
    }
}
