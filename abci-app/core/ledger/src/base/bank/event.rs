//! What observers see of moving coins; kinds and keys are those of the Cosmos SDK's bank.

use sirius_primitives::{Address, Coins};
use sirius_runtime::{
    Context,
    event::{Attributes as _, event},
};

/// Coins left an account.
pub(super) fn spent(ctx: &mut Context<'_>, spender: &Address, coins: &Coins) {
    ctx.emit(|ctx| event("coin_spent").with("spender", ctx.text(spender)).with("amount", coins));
}

/// Coins came to an account.
pub(super) fn received(ctx: &mut Context<'_>, receiver: &Address, coins: &Coins) {
    ctx.emit(|ctx| event("coin_received").with("receiver", ctx.text(receiver)).with("amount", coins));
}

/// Coins went from one account to another. Both are indexed: wallets search for their own transactions by them.
pub(super) fn transferred(ctx: &mut Context<'_>, from: &Address, to: &Address, coins: &Coins) {
    ctx.emit(|ctx| {
        let shown = event("transfer").indexed("recipient", ctx.text(to)).indexed("sender", ctx.text(from));
        shown.with("amount", coins)
    });
}
