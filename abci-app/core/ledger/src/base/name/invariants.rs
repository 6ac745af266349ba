//! What must hold of names after every block.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use sirius_runtime::rows::{each_pair, each_row};
use sirius_store::{Fault, Read, Span};

use super::{
    Name, keys,
    lease::{Lease, Part},
    query::name_at,
};

/// Each lease stands once in the queue, at its moment, and once with its owner; names below others are as many as those
/// say; nothing is below a name that nobody leases, but what is being cleared away.
pub(super) fn check(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let mut leases = BTreeMap::new();
    each_row(state, keys::ROOTS, |rest, lease: Lease| {
        leases.insert(name_at(rest, 0)?.to_string(), lease);
        Ok(ControlFlow::Continue(()))
    })?;
    if let Err(broken) = places(state, &leases)? {
        return Ok(Err(broken));
    }
    let mut clearing = BTreeSet::new();
    each_pair(state, &Span::prefix(keys::CLEARING), |key, _| {
        clearing.insert(name_at(key, keys::CLEARING.len())?.to_string());
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(both) = clearing.iter().find(|label| leases.contains_key(*label)) {
        return Ok(Err(format!("{both} is leased while it is being cleared away")));
    }
    counts(state, &leases, &clearing)
}

/// The queue and the owners' lists.
fn places(state: &dyn Read, leases: &BTreeMap<String, Lease>) -> Result<Result<(), String>, Fault> {
    for (label, lease) in leases {
        let is_due = keys::due(lease.due(), label).get(state)?.is_some();
        if !is_due || keys::owned(&lease.owner, label).get(state)?.is_none() {
            return Ok(Err(format!("{label} is not in the queue, or not with its owner")));
        }
    }
    for (kind, beginning) in [("queue", keys::DUE), ("lists of owners", keys::OWNED)] {
        let mut count = 0_usize;
        each_pair(state, &Span::prefix(beginning), |_, _| {
            count = count.saturating_add(1);
            Ok(ControlFlow::Continue(()))
        })?;
        if count != leases.len() {
            return Ok(Err(format!("the {kind} have {count} names, {} are leased", leases.len())));
        }
    }
    Ok(Ok(()))
}

fn counts(
    state: &dyn Read,
    leases: &BTreeMap<String, Lease>,
    clearing: &BTreeSet<String>,
) -> Result<Result<(), String>, Fault> {
    let (mut parts, mut below) = (Vec::<(Name, Part)>::new(), BTreeMap::<String, u64>::new());
    each_row(state, keys::BELOW, |rest, part: Part| {
        let name = name_at(rest, 0)?;
        for above in [Some(name.root().to_owned()), name.middle().map(|name| name.to_string())] {
            let count = above.map(|above| below.entry(above).or_default());
            count.into_iter().for_each(|count| *count = count.saturating_add(1));
        }
        parts.push((name, part));
        Ok(ControlFlow::Continue(()))
    })?;
    let names: BTreeSet<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let found = |name: &str| below.get(name).copied().unwrap_or_default();
    for (label, lease) in leases {
        if lease.below != found(label) {
            return Ok(Err(format!("{label} says {} names are below it, {} are", lease.below, found(label))));
        }
    }
    for (name, part) in &parts {
        if clearing.contains(name.root()) {
            continue;
        }
        let orphan = name.middle().is_some_and(|above| !names.contains(above.as_str()));
        if orphan || !leases.contains_key(name.root()) || part.below != found(name.as_str()) {
            return Ok(Err(format!("{name} is below nothing, or says a wrong number of names below it")));
        }
    }
    Ok(Ok(()))
}
