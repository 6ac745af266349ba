//! What observers see of moving coins; kinds and keys are those of the Cosmos SDK's bank.

use sirius_primitives::{Address, Coins};
use sirius_runtime::{
    Context,
    event::{Attributes as _, event},
};

/// Coins left an account.
pub(super) fn spent(ctx: &mut Context<'_>, spender: &Address, coins: &Coins) {
    let spender = ctx.text(spender);
    ctx.emit(event("coin_spent").with("spender", spender).with("amount", coins));
}

/// Coins came to an account.
pub(super) fn received(ctx: &mut Context<'_>, receiver: &Address, coins: &Coins) {
    let receiver = ctx.text(receiver);
    ctx.emit(event("coin_received").with("receiver", receiver).with("amount", coins));
}

/// Coins went from one account to another. Both are indexed: wallets search for their own transactions by them.
pub(super) fn transferred(ctx: &mut Context<'_>, from: &Address, to: &Address, coins: &Coins) {
    let (sender, recipient) = (ctx.text(from), ctx.text(to));
    ctx.emit(
        event("transfer").indexed("recipient", recipient).indexed("sender", sender).with("amount", coins),
    );
}
