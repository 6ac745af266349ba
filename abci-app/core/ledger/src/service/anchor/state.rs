//! Reading chains, the coins that stand behind them, and what must always hold of both.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Address, Amount, Coin, Coins, Denom};
use sirius_runtime::{Chain as Ledger, Context, Error, excerpt, rows::each_row, tx};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    chain::{Chain, Header, Status},
    keys, light,
    params::{DRIFT, MOST_VALIDATORS, SIGNATURE_GAS},
    subject::{Proven, Subject},
    verify::{self, Rules},
};
use crate::base::{
    bank::{self, Hold},
    fee::Price,
};

/// Why the bank holds bonds and deposits: in the name of [`account`], so that somebody's payment to it is never mistaken
/// for one.
const HELD: Hold<'_> = Hold { module: "anchor", purpose: "chains" };

/// The account whose held coins are all bonds and deposits.
pub fn account() -> Address {
    Address::of_module("anchor")
}

/// A registered chain.
///
/// # Errors
/// This node cannot read its state.
pub fn chain(state: &(impl Read + ?Sized), chain_id: &str) -> Result<Option<Chain>, Fault> {
    keys::chain(chain_id).get(state)
}

/// A header that is kept, unless the chain's anchor is frozen.
///
/// # Errors
/// This node cannot read its state.
pub fn header(state: &(impl Read + ?Sized), chain_id: &str, height: u64) -> Result<Option<Header>, Fault> {
    if is_frozen(state, chain_id)? { Ok(None) } else { keys::header(chain_id, height).get(state) }
}

/// What was proven of a chain about `subject`; `None` when nothing was, or when the chain's anchor is frozen, since
/// nobody knows then which of its headers were true. The answer says against which header it was proven: what a key
/// held may have changed since.
///
/// # Errors
/// This node cannot read its state.
pub fn proven(
    state: &(impl Read + ?Sized),
    chain_id: &str,
    subject: &Subject,
) -> Result<Option<Proven>, Fault> {
    if is_frozen(state, chain_id)? { Ok(None) } else { keys::proven(chain_id, subject).get(state) }
}

fn is_frozen(state: &(impl Read + ?Sized), chain_id: &str) -> Result<bool, Fault> {
    Ok(chain(state, chain_id)?.is_some_and(|chain| chain.status == Status::Frozen))
}

/// A chain that a message names.
pub(super) fn load(state: &(impl Read + ?Sized), chain_id: &str) -> Result<Chain, Error> {
    chain(state, chain_id)?.ok_or_else(|| Refused::NoChain { chain_id: excerpt(chain_id) }.into())
}

/// A chain that `owner` can decide on.
pub(super) fn owned(
    ctx: &Context<'_>,
    state: &dyn Read,
    chain_id: &str,
    owner: &Address,
) -> Result<Chain, Error> {
    let chain = load(state, chain_id)?;
    if chain.owner == *owner {
        Ok(chain)
    } else {
        let (chain_id, owner) = (chain_id.to_owned(), ctx.text(&chain.owner));
        Err(Refused::NotOwner { chain_id, owner }.into())
    }
}

/// Why a chain's status does not allow what was asked.
pub(super) fn not_active(chain_id: &str, chain: &Chain) -> Error {
    Refused::NotActive { chain_id: chain_id.to_owned(), status: chain.status.word() }.into()
}

/// In what bonds and deposits are made: what fees are paid in.
pub(super) fn denom(state: &dyn Read) -> Result<Denom, Fault> {
    Ok(Price::load(state)?.denom)
}

/// The amount of a coin that a message brings, which must be of that denomination.
pub(super) fn amount(state: &dyn Read, coin: &Coin) -> Result<Amount, Error> {
    let expected = denom(state)?;
    if coin.denom == expected {
        Ok(coin.amount)
    } else {
        Err(Refused::WrongDenom { found: coin.denom.clone(), expected }.into())
    }
}

/// Takes coins of an account to stand behind a chain.
pub(super) fn take(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    from: &Address,
    amount: Amount,
) -> Result<(), Error> {
    if amount.is_zero() {
        return Ok(());
    }
    let coin = Coin { denom: denom(&*state as &dyn Read)?, amount };
    bank::transfer(ctx, state, (from, &account()), &Coins::from(coin.clone()))?;
    bank::hold(state, &account(), &HELD, &coin)
}

/// Gives coins that stood behind a chain to somebody.
pub(super) fn give(state: &mut dyn Write, to: &Address, amount: Amount) -> Result<(), Error> {
    if amount.is_zero() {
        return Ok(());
    }
    let coin = Coin { denom: denom(&*state as &dyn Read)?, amount };
    bank::release(state, &account(), &HELD, (to, &coin))
}

/// Destroys coins that stood behind a chain.
pub(super) fn burn(ctx: &mut Context<'_>, state: &mut dyn Write, amount: Amount) -> Result<(), Error> {
    if amount.is_zero() {
        return Ok(());
    }
    give(state, &account(), amount)?;
    let coin = Coin { denom: denom(&*state as &dyn Read)?, amount };
    bank::burn(ctx, state, &account(), &Coins::from(coin))
}

/// The sum of two parts of a supply, which is below 2^128.
pub(super) fn plus(one: Amount, other: Amount) -> Amount {
    one.checked_add(other).unwrap_or(one)
}

/// The rules that a chain's headers are verified by in this block.
pub(super) fn rules(ctx: &Context<'_>, state: &dyn Read, trusting: u64) -> Result<Rules, Error> {
    let beyond = || Fault::Contradiction("the block's time is none that headers can have".into());
    let now = verify::time(ctx.block.time).ok_or_else(beyond)?;
    Ok(Rules { trusting, drift: DRIFT.get(state)?, now })
}

/// Charges for the signatures of light blocks before any is verified, and refuses those with too many validators.
pub(super) fn charge(
    ctx: &Context<'_>,
    state: &dyn Read,
    blocks: &[&light::LightBlock],
    others: usize,
) -> Result<u64, Error> {
    let most = MOST_VALIDATORS.get(state)?;
    let counts = blocks.iter().map(|block| block.members()).chain([others]);
    if let Some(found) =
        counts.into_iter().find(|found| u64::try_from(*found).is_ok_and(|found| found > most))
    {
        return Err(Refused::TooManyValidators { found, most }.into());
    }
    let signatures = blocks.iter().map(|block| block.signatures() as u64).fold(0, u64::saturating_add);
    ctx.meter.charge(SIGNATURE_GAS.get(state)?.saturating_mul(signatures));
    ctx.check_gas()?;
    Ok(signatures)
}

/// Reads the address of a message.
pub(super) fn address(what: &'static str, text: &str, ledger: &Ledger) -> Result<Address, Refused> {
    Address::parse(text, &ledger.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// Reads the coin of a message; nothing was left out.
pub(super) fn coin(
    what: &'static str,
    wire: Option<&cosmos_sdk_proto::cosmos::base::v1beta1::Coin>,
) -> Result<Coin, Refused> {
    let wire = wire.ok_or_else(|| Refused::BadCoins { what, cause: "there is none".into() })?;
    tx::coin(wire).map_err(|cause| Refused::BadCoins { what, cause })
}

/// The same, which is more than zero.
pub(super) fn some_coin(
    what: &'static str,
    wire: Option<&cosmos_sdk_proto::cosmos::base::v1beta1::Coin>,
) -> Result<Coin, Refused> {
    let coin = coin(what, wire)?;
    if coin.amount.is_zero() { Err(Refused::BadCoins { what, cause: "it is zero".into() }) } else { Ok(coin) }
}

/// The bank holds what chains have; each chain keeps as many headers as it says, with the validators that its newest
/// announced; each that is being closed is in the queue, once.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let (mut sum, mut due, mut wrong) = (Amount::ZERO, BTreeMap::new(), None);
    each_row(state, keys::CHAINS, |rest, chain: Chain| {
        let chain_id = String::from_utf8_lossy(rest).into_owned();
        sum = plus(sum, plus(chain.bond, chain.deposit));
        if let Status::Closing { ends } = chain.status {
            due.insert(keys::due(ends, &chain_id).as_bytes().to_vec(), chain_id.clone());
        }
        if let Some(broken) = broken(state, &chain_id, &chain)? {
            wrong = Some(format!("chain {chain_id}: {broken}"));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(wrong) = wrong {
        return Ok(Err(wrong));
    }
    let held = bank::held(state, &account(), &HELD, &denom(state)?)?;
    if held != sum {
        return Ok(Err(format!("bonds and deposits are {sum}, the bank holds {held}")));
    }
    let mut queued = BTreeMap::new();
    each_row(state, keys::DUE, |rest, chain_id: String| {
        queued.insert([keys::DUE, rest].concat(), chain_id);
        Ok(ControlFlow::Continue(()))
    })?;
    if queued != due {
        return Ok(Err(format!("{} chains are being closed, {} are in the queue", due.len(), queued.len())));
    }
    Ok(Ok(()))
}

/// What is wrong with one chain's rows.
fn broken(state: &dyn Read, chain_id: &str, chain: &Chain) -> Result<Option<&'static str>, Fault> {
    let (mut count, mut last) = (0_u64, None);
    each_row(state, &keys::headers(chain_id), |_, header: Header| {
        count = count.saturating_add(1);
        last = Some(header);
        Ok(ControlFlow::Continue(()))
    })?;
    if count != chain.kept {
        return Ok(Some("it keeps another number of headers than it says"));
    }
    let over = chain.status == Status::Closed;
    // A chain that is being closed loses its headers from the oldest on, over several blocks.
    let gone = over || matches!(chain.status, Status::Closing { .. });
    if last.map_or(!gone, |last| last != chain.latest) {
        return Ok(Some("its newest header is not the last that is kept"));
    }
    if (chain.status == Status::Frozen) != keys::evidence(chain_id).get(state)?.is_some() {
        return Ok(Some("it is frozen without evidence, or has evidence without being frozen"));
    }
    if matches!(chain.status, Status::Frozen | Status::Closed) && !chain.bond.is_zero() {
        return Ok(Some("its bond was neither lost nor paid back"));
    }
    let announced = match keys::validators(chain_id).get(state)? {
        Some(members) => light::hash(light::kept(&members)?.hash()) == chain.latest.next_validators,
        None => over,
    };
    Ok((!announced).then_some("its validators are not those that its newest header announced"))
}
