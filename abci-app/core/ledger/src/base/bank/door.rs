//! The one door: every movement of coins, whichever module wants it, is one of these functions.
//!
//! Each either does all it says or refuses having written nothing that its caller keeps.

use sirius_primitives::{Address, Amount, Coin, Coins, Denom};
use sirius_runtime::{Context, Error};
use sirius_store::{Key, Write};

use super::{Hold, Refused, event, keys};
use crate::base::auth;

/// Moves coins from one account to another, which comes into being if it is new.
///
/// # Errors
/// Too little to spend, a denomination nobody made, or a sum beyond 2^128 - 1.
pub fn transfer(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (from, to): (&Address, &Address),
    coins: &Coins,
) -> Result<(), Error> {
    transfer_unseen(state, (from, to), coins)?;
    event::spent(ctx, from, coins);
    event::received(ctx, to, coins);
    event::transferred(ctx, from, to, coins);
    Ok(())
}

/// The same without an event: for a module that shows the movement in an event of its own, such as a fee's.
///
/// # Errors
/// As for [`transfer`].
pub fn transfer_unseen(
    state: &mut dyn Write,
    (from, to): (&Address, &Address),
    coins: &Coins,
) -> Result<(), Error> {
    auth::open(state, to)?;
    for coin in coins {
        take(state, from, coin)?;
        give(state, to, coin)?;
    }
    Ok(())
}

/// Makes coins.
///
/// # Errors
/// A supply beyond 2^128 - 1.
pub fn mint(ctx: &mut Context<'_>, state: &mut dyn Write, to: &Address, coins: &Coins) -> Result<(), Error> {
    auth::open(state, to)?;
    for coin in coins {
        add(state, &keys::supply(&coin.denom), coin)?;
        give(state, to, coin)?;
    }
    event::received(ctx, to, coins);
    Ok(())
}

/// Destroys coins.
///
/// # Errors
/// Too little to spend.
pub fn burn(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    from: &Address,
    coins: &Coins,
) -> Result<(), Error> {
    for coin in coins {
        take(state, from, coin)?;
        subtract(state, &keys::supply(&coin.denom), coin, |have| insufficient(have, coin))?;
    }
    event::spent(ctx, from, coins);
    Ok(())
}

/// Sets a coin of an account aside: it stays the account's, but only the module that holds it can let it go.
///
/// # Errors
/// Too little to spend.
pub fn hold(state: &mut dyn Write, owner: &Address, hold: &Hold<'_>, coin: &Coin) -> Result<(), Error> {
    take(state, owner, coin)?;
    add(state, &keys::hold(owner, hold, &coin.denom), coin)
}

/// Lets go of a held coin, to its owner or to somebody else.
///
/// # Errors
/// Less is held than asked for.
pub fn release(
    state: &mut dyn Write,
    owner: &Address,
    hold: &Hold<'_>,
    (to, coin): (&Address, &Coin),
) -> Result<(), Error> {
    subtract(state, &keys::hold(owner, hold, &coin.denom), coin, |held| Refused::NotHeld {
        held,
        asked: coin.amount,
        denom: coin.denom.clone(),
    })?;
    auth::open(state, to)?;
    give(state, to, coin)
}

fn take(state: &mut dyn Write, from: &Address, coin: &Coin) -> Result<(), Error> {
    let balance = keys::balance(from, &coin.denom);
    let taken = subtract(state, &balance, coin, |have| insufficient(have, coin));
    // Only on the way to a refusal: whether the denomination exists at all makes a better answer.
    match taken {
        Err(Error::Refusal(_)) if !exists(state, &coin.denom)? => {
            Err(Refused::UnknownDenom { denom: coin.denom.clone() }.into())
        }
        other => other,
    }
}

fn give(state: &mut dyn Write, to: &Address, coin: &Coin) -> Result<(), Error> {
    add(state, &keys::balance(to, &coin.denom), coin)
}

fn exists(state: &dyn Write, denom: &Denom) -> Result<bool, Error> {
    Ok(keys::supply(denom).get(state)?.is_some() || keys::denom(denom).get(state)?.is_some())
}

fn insufficient(have: Amount, coin: &Coin) -> Refused {
    Refused::Insufficient { have, need: coin.amount, denom: coin.denom.clone() }
}

fn add(state: &mut dyn Write, at: &Key<Amount>, coin: &Coin) -> Result<(), Error> {
    // Nothing leaves no trace: there would be a record of zero.
    if coin.amount.is_zero() {
        return Ok(());
    }
    let have = at.get(state)?.unwrap_or_default();
    let sum = have.checked_add(coin.amount).ok_or_else(|| Refused::Overflow { denom: coin.denom.clone() })?;
    at.set(state, &sum);
    Ok(())
}

/// What is not there is not kept: a record of zero would cost every node for nothing.
fn subtract(
    state: &mut dyn Write,
    at: &Key<Amount>,
    coin: &Coin,
    refuse: impl Fn(Amount) -> Refused,
) -> Result<(), Error> {
    let have = at.get(state)?.unwrap_or_default();
    let rest = have.checked_sub(coin.amount).ok_or_else(|| refuse(have))?;
    if rest.is_zero() {
        at.remove(state);
    } else {
        at.set(state, &rest);
    }
    Ok(())
}
