//! What the plan means for a program, and carrying it out.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::Height;
use sirius_runtime::{
    Context, Registry, Upgrade,
    event::{Attributes as _, event},
    rows::each_row,
};
use sirius_store::{Fault, Read, Write};
use thiserror::Error;

use super::{Plan, keys};

/// What the planned upgrade asks of a program before a block.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing: go on.
    Go,
    /// Carry this upgrade out, then go on.
    CarryOut(Upgrade),
    /// Stop before the block: another program knows how to go on.
    Halt(Plan),
    /// Do not run yet: this program is for after the upgrade.
    TooEarly(Plan),
}

impl Verdict {
    /// Why a program must not execute the block.
    ///
    /// # Errors
    /// [`Fault::Halt`] with one line for the operator.
    pub fn allow(self) -> Result<Option<Upgrade>, Fault> {
        match self {
            Self::Go => Ok(None),
            Self::CarryOut(upgrade) => Ok(Some(upgrade)),
            Self::Halt(Plan { name, height, info }) => Err(Fault::Halt(format!(
                "upgrade {name:?} is needed at height {height}: start the program that knows it: {info}"
            ))),
            Self::TooEarly(plan) => Err(Fault::Halt(Misfit::TooEarly { plan }.to_string())),
        }
    }
}

/// Why a program does not fit a state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    /// It is for after the planned upgrade.
    #[error(
        "this program already has upgrade {:?}, which the chain carries out at height {}; start the program before it until then", plan.name, plan.height
    )]
    TooEarly {
        /// The plan.
        plan: Plan,
    },
    /// It reads records in another form than the state has.
    #[error(
        "the state has {module}'s records in version {stored}, this program reads version {own}; start the program that fits, or carry out the upgrade between them"
    )]
    Version {
        /// Whose records.
        module: String,
        /// The version in the state; 0 when there is none.
        stored: u64,
        /// The program's version; 0 when it has no such module.
        own: u64,
    },
}

/// The upgrade that is planned.
///
/// # Errors
/// This node cannot read its state.
pub fn plan(state: &(impl Read + ?Sized)) -> Result<Option<Plan>, Fault> {
    keys::plan().get(state)
}

/// What the plan asks of the program of `registry` before the block of `height`.
///
/// # Errors
/// This node cannot read its state.
pub fn verdict(registry: &Registry, state: &(impl Read + ?Sized), height: Height) -> Result<Verdict, Fault> {
    let Some(plan) = plan(state)? else { return Ok(Verdict::Go) };
    let known = registry.upgrades().iter().find(|upgrade| upgrade.name == plan.name);
    Ok(match (height >= plan.height(), known) {
        (false, None) => Verdict::Go,
        (false, Some(_)) => Verdict::TooEarly(plan),
        (true, Some(upgrade)) => Verdict::CarryOut(*upgrade),
        (true, None) => Verdict::Halt(plan),
    })
}

/// Whether the program of `registry` may go on from `state` with the block of `next`; asked when a node starts. That an
/// upgrade is due which the program does not know is no misfit: it stops at the block.
///
/// # Errors
/// This node cannot read its state.
pub fn misfit(registry: &Registry, state: &dyn Read, next: Height) -> Result<Option<Misfit>, Fault> {
    match verdict(registry, state, next)? {
        Verdict::TooEarly(plan) => return Ok(Some(Misfit::TooEarly { plan })),
        // Its migration is what leads from the one form to the other.
        Verdict::CarryOut(_) => return Ok(None),
        Verdict::Go | Verdict::Halt(_) => {}
    }
    let stored = versions(state)?;
    let own: BTreeMap<_, _> = registry.versions().map(|(name, version)| (name.to_owned(), version)).collect();
    let of = |versions: &BTreeMap<String, u64>, module: &str| versions.get(module).copied().unwrap_or(0);
    let module = stored.keys().chain(own.keys()).find(|module| of(&stored, module) != of(&own, module));
    Ok(module.map(|module| Misfit::Version {
        module: module.clone(),
        stored: of(&stored, module),
        own: of(&own, module),
    }))
}

/// The versions of the modules' records in a state.
pub(super) fn versions(state: &dyn Read) -> Result<BTreeMap<String, u64>, Fault> {
    let mut versions = BTreeMap::new();
    each_row(state, keys::VERSIONS, |rest, version: u64| {
        versions.insert(String::from_utf8_lossy(rest).into_owned(), version);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(versions)
}

/// The upgrades carried out, with their heights.
pub(super) fn done(state: &dyn Read) -> Result<BTreeMap<String, Height>, Fault> {
    let mut done = BTreeMap::new();
    each_row(state, keys::DONE, |rest, height: Height| {
        done.insert(String::from_utf8_lossy(rest).into_owned(), height);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(done)
}

/// Writes down which form this program's records have.
pub(super) fn note_versions(registry: &Registry, state: &mut dyn Write) -> Result<(), Fault> {
    for module in versions(&*state as &dyn Read)?.keys() {
        if registry.versions().all(|(name, _)| name != module) {
            keys::version(module).remove(state);
        }
    }
    for (module, version) in registry.versions() {
        keys::version(module).set(state, &version);
    }
    Ok(())
}

/// Carries out what is due, or stops the program.
pub(super) fn carry_out(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let (registry, height) = (ctx.registry(), ctx.block.height);
    let Some(upgrade) = verdict(registry, &*state as &dyn Read, height)?.allow()? else { return Ok(()) };
    (upgrade.migrate)(ctx, state)?;
    keys::plan().remove(state);
    keys::done(upgrade.name).set(state, &height);
    note_versions(registry, state)?;
    ctx.emit(|_| event("upgrade_carried_out").with("name", upgrade.name).with("height", height));
    Ok(())
}

/// What is planned has not been carried out.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let Some(plan) = plan(state)? else { return Ok(Ok(())) };
    let done = keys::done(&plan.name).get(state)?;
    Ok(done.map_or(Ok(()), |height| {
        Err(format!("upgrade {} is planned, and was carried out at height {height}", plan.name))
    }))
}
