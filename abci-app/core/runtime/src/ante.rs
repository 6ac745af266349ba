//! The door: what a transaction must fulfil before its messages run.

use sirius_store::{Fault, Read, Write};

use crate::{Chain, Context, Costs, Error, Tx};

/// Why a transaction runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In a block, or in a proposal that is judged.
    Deliver,
    /// For the mempool, or for a proposal that is being made: the same rules, but nobody sees its events.
    Check,
    /// Still in the mempool after a block: whether the door would let it in. Its messages were tried when it came, and
    /// are tried again before they are proposed.
    Recheck,
    /// To learn its gas: signatures, fee and gas limit are not looked at, and a key may be missing.
    Simulate,
}

/// Makes the rules that hold for one block.
pub trait Ante: Send + Sync {
    /// Reads the limits in force, once for a block: a change of parameters counts from the next block on.
    ///
    /// # Errors
    /// This node cannot read its state.
    fn rules(&self, state: &dyn Read) -> Result<Box<dyn Rules>, Fault>;

    /// The refusals that the rules can give: space, code, name.
    fn refusals(&self) -> &'static [(&'static str, u32, &'static str)];
}

/// The rules of one block.
pub trait Rules: Send + Sync {
    /// What each operation costs.
    fn costs(&self) -> Costs;

    /// Verifies signatures ahead of [`Rules::admit`], as far as the state tells whose they must be, and remembers the
    /// good ones in the transaction. It decides nothing; it is called for many transactions at once, in parallel.
    fn verify_ahead(&self, tx: &Tx, chain: &Chain, state: &dyn Read);

    /// Lets the transaction in: checks it, takes its fee, counts it. The caller drops every write when it is refused.
    ///
    /// # Errors
    /// Why it is not let in, or a fault.
    fn admit(&self, tx: &Tx, mode: Mode, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error>;
}
