//! How a transaction is sent.

use std::time::Duration;

use rand::{RngCore as _, rngs::OsRng};
use sirius_primitives::{Address, Blocks, Coins, Gas};
use sirius_runtime::tx::SignMode;

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
    /// In how many blocks from now it must be in one, at the latest: 1 to 1,000. After that it can never be.
    pub timeout: Blocks,
    /// Whose grant pays the fee.
    pub granter: Option<Address>,
    /// What is signed.
    pub mode: SignMode,
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
            mode: SignMode::Direct,
            wait: Duration::from_secs(180),
        }
    }
}

impl Options {
    /// The timeout within its range, and up to a quarter of it less, see [`spread`].
    pub(super) fn spread_timeout(&self) -> Blocks {
        let most = self.timeout.0.clamp(1, MOST_TIMEOUT.0);
        Blocks(most.saturating_sub(spread(most / 4)))
    }
}

/// A random number up to `most`.
///
/// Two payments of the same sum, made from the same state of the account, would have the same bytes, and so be one
/// transaction: one of them would be taken for both. It takes a node that lags to meet this; small differences in the
/// timeout height and the gas limit keep them apart. Without random bytes they stay as they are.
pub(super) fn spread(most: u64) -> u64 {
    let mut bytes = [0; 8];
    match OsRng.try_fill_bytes(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes).checked_rem(most.saturating_add(1)).unwrap_or(0),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bounds() {
        assert_eq!(spread(0), 0);
        assert!((0..1_000).all(|_| spread(3) <= 3));
        let check = |timeout, least, most| {
            let options = Options { timeout: Blocks(timeout), ..Options::default() };
            assert!((0..100).all(|_| (least..=most).contains(&options.spread_timeout().0)), "{timeout}");
        };
        check(0, 1, 1);
        check(1, 1, 1);
        check(60, 45, 60);
        check(1_000_000, 750, 1_000);
    }
}
