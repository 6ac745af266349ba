//! Reading proposals and their queue, and what must always hold of them.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Address, Amount, Denom, Timestamp};
use sirius_runtime::{Context, Error, rows::each_row};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    ballot::{Vote, plus},
    keys,
    proposal::{Proposal, Stage, Voting},
};
use crate::base::{
    bank::{self, Hold},
    fee::Price,
};

/// The chain's own account, to which nobody has a key: proposals are executed in its name.
pub fn account() -> Address {
    Address::of_module("gov")
}

/// In what deposits are made: what fees are paid in.
pub(super) fn denom(state: &dyn Read) -> Result<Denom, Fault> {
    Ok(Price::load(state)?.denom)
}

/// Why the bank holds a deposit.
pub(super) fn purpose(id: &str) -> Hold<'_> {
    Hold { module: "gov", purpose: id }
}

/// A proposal.
pub(super) fn load(state: &(impl Read + ?Sized), id: u64) -> Result<Proposal, Error> {
    keys::proposal(id).get(state)?.ok_or_else(|| Refused::NoProposal { id }.into())
}

/// The number for a new proposal.
pub(super) fn take_id(state: &mut dyn Write) -> Result<u64, Fault> {
    let id = keys::next().get(state)?.unwrap_or(1);
    keys::next().set(state, &id.saturating_add(1));
    Ok(id)
}

/// When a period of so many seconds that begins now ends.
pub(super) fn after(now: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp { seconds: now.seconds.saturating_add(seconds), nanos: now.nanos }
}

/// When voting takes place, if it is now.
pub(super) fn voting_now(ctx: &Context<'_>, id: u64, proposal: &Proposal) -> Result<Voting, Refused> {
    match &proposal.stage {
        // A count may take longer than a block; votes end with their time.
        Stage::Voting(voting) if ctx.block.time < voting.end => Ok(*voting),
        Stage::Deposit | Stage::Voting(_) | Stage::Closed { .. } => Err(Refused::NotVoting { id }),
    }
}

/// The first proposal whose time is over.
pub(super) fn first_due(state: &dyn Read, now: Timestamp) -> Result<Option<u64>, Fault> {
    let mut first = None;
    each_row(state, keys::DUE, |rest, id: u64| {
        let at = rest.get(..12).unwrap_or_default();
        if at <= now.in_order().as_slice() {
            first = Some(id);
        }
        Ok(ControlFlow::Break(()))
    })?;
    Ok(first)
}

/// The address at the end of a deposit's or a vote's key, behind `skip` bytes.
pub(super) fn address_at(rest: &[u8], skip: usize) -> Result<Address, Fault> {
    rest.get(skip..)
        .and_then(|bytes| bytes.try_into().ok())
        .map(Address::new)
        .ok_or_else(|| Fault::Damaged { what: "gov", detail: "a key holds no address".into() })
}

/// The number at the beginning of a key's rest.
pub(super) fn id_at(rest: &[u8]) -> Result<u64, Fault> {
    rest.first_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| Fault::Damaged { what: "gov", detail: "a key holds no proposal's number".into() })
}

/// The accounts that deposited on a proposal; there are at most as many as a parameter allowed.
pub(super) fn deposits(state: &dyn Read, id: u64) -> Result<Vec<(Address, Amount)>, Fault> {
    let mut deposits = Vec::new();
    each_row(state, &keys::deposits(id), |rest, amount: Amount| {
        deposits.push((address_at(rest, 0)?, amount));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(deposits)
}

/// Every open proposal is in the queue once, at its time; its deposits add up; every deposit is of an open proposal,
/// and every vote of one that is voted on or that is being cleared away.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let mut open = BTreeMap::new();
    let mut queue = BTreeMap::new();
    each_row(state, keys::PROPOSALS, |rest, proposal: Proposal| {
        let id = id_at(rest)?;
        if let Some(due) = proposal.due() {
            queue.insert(keys::due(due, id).as_bytes().to_vec(), id);
            open.insert(id, proposal);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut queued = BTreeMap::new();
    each_row(state, keys::DUE, |rest, id: u64| {
        queued.insert([keys::DUE, rest].concat(), id);
        Ok(ControlFlow::Continue(()))
    })?;
    if queue != queued {
        return Ok(Err(format!("{} proposals are open, {} are in the queue", queue.len(), queued.len())));
    }
    let mut sums = BTreeMap::<u64, (Amount, u64)>::new();
    let denom = denom(state)?;
    let mut unheld = None;
    each_row(state, keys::DEPOSITS, |rest, amount: Amount| {
        let id = id_at(rest)?;
        let (text, depositor) = (id.to_string(), address_at(rest, 8)?);
        if bank::held(state, &depositor, &purpose(&text), &denom)? != amount {
            unheld = Some(id);
        }
        let (sum, count) = sums.entry(id).or_default();
        *sum = plus(*sum, amount);
        *count = count.saturating_add(1);
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(id) = unheld {
        return Ok(Err(format!("the bank does not hold what was deposited on proposal {id}")));
    }
    for (id, proposal) in &open {
        let found = sums.remove(id).unwrap_or_default();
        if found != (proposal.deposit, proposal.depositors) {
            return Ok(Err(format!(
                "proposal {id} says {} of {} accounts, its deposits are {} of {}",
                proposal.deposit, proposal.depositors, found.0, found.1
            )));
        }
    }
    if let Some(id) = sums.keys().next() {
        return Ok(Err(format!("there are deposits on proposal {id}, which is not open")));
    }
    let mut stray = None;
    each_row(state, keys::VOTES, |rest, _: Vote| {
        let id = id_at(rest)?;
        let voting = open.get(&id).is_some_and(|proposal| matches!(proposal.stage, Stage::Voting(_)));
        if !voting && keys::clearing(id).get(state)?.is_none() {
            stray = Some(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(stray.map_or(Ok(()), |id| Err(format!("there are votes on proposal {id}, which is not voted on"))))
}
