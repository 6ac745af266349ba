//! Reading names, and the few functions that messages share.

use sirius_primitives::{Address, Timestamp};
use sirius_runtime::{Chain, Context, Error, excerpt};
use sirius_store::{Fault, Read, Write};

use super::{
    Name, Refused, keys,
    lease::{Lease, Part},
};

/// For whom a name stands at a block's time; `None` for nobody.
///
/// # Errors
/// This node cannot read its state.
pub fn target(state: &(impl Read + ?Sized), name: &Name, now: Timestamp) -> Result<Option<Address>, Fault> {
    let Some(lease) = keys::root(name.root()).get(state)?.filter(|lease| lease.is_live(now)) else {
        return Ok(None);
    };
    match name.is_root() {
        true => Ok(lease.target),
        false => Ok(keys::part(name).get(state)?.and_then(|part| part.target)),
    }
}

/// Reads a message's name.
pub(super) fn name(text: &str) -> Result<Name, Refused> {
    Name::parse(text).map_err(|cause| Refused::BadName { name: excerpt(text), cause })
}

/// Reads the name of a message that is about a lease.
pub(super) fn leased(text: &str) -> Result<Name, Refused> {
    let name = name(text)?;
    match name.is_root() {
        true => Ok(name),
        false => Err(Refused::NotLeased { root: name.root().into(), name: name.to_string() }),
    }
}

/// Reads an address of a message.
pub(super) fn address(what: &'static str, text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// The lease that a name belongs to, which is `owner`'s.
pub(super) fn of_owner(
    ctx: &Context<'_>,
    state: &(impl Read + ?Sized),
    (name, owner): (&Name, &Address),
) -> Result<Lease, Error> {
    let root = name.root();
    let lease = keys::root(root).get(state)?.ok_or_else(|| Refused::NoName { name: root.into() })?;
    if lease.owner != *owner {
        return Err(Refused::NotOwner { name: root.into(), owner: ctx.text(&lease.owner) }.into());
    }
    Ok(lease)
}

/// The same where the lease lives too.
pub(super) fn live(
    ctx: &Context<'_>,
    state: &(impl Read + ?Sized),
    pair: (&Name, &Address),
) -> Result<Lease, Error> {
    let lease = of_owner(ctx, state, pair)?;
    match lease.is_live(ctx.block.time) {
        true => Ok(lease),
        false => Err(Refused::Lapsed { name: pair.0.root().into() }.into()),
    }
}

/// A name below a leased one that there is.
pub(super) fn part(state: &(impl Read + ?Sized), name: &Name) -> Result<Part, Error> {
    keys::part(name).get(state)?.ok_or_else(|| Refused::NoName { name: name.to_string() }.into())
}

/// Keeps a lease whose time has changed, with its place in the queue.
pub(super) fn put_off(state: &mut dyn Write, label: &str, (before, now): (&Lease, &Lease)) {
    keys::due(before.due(), label).remove(state);
    keys::due(now.due(), label).set(state, &true);
    keys::root(label).set(state, now);
}

/// Lets go of a lease: the name is free as soon as what is below it is cleared away.
pub(super) fn free(state: &mut dyn Write, label: &str, lease: &Lease) {
    keys::due(lease.due(), label).remove(state);
    keys::owned(&lease.owner, label).remove(state);
    keys::root(label).remove(state);
    if lease.below > 0 {
        keys::clearing(label).set(state, &true);
    }
}
