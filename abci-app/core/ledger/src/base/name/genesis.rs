//! The section `name` of genesis: who leases what, and what is reserved.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Height, Timestamp};
use sirius_runtime::{
    Context, Error, QueryContext,
    rows::{each_pair, each_row},
};
use sirius_store::{Fault, Read, Span, Write};

use super::{
    Name, Refused, invariants, keys,
    lease::{Lease, Part},
    query::name_at,
    state,
};

/// See the module's documentation. What is being cleared away below names that are free is left out.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The leased names.
    pub leases: Vec<GenesisLease>,
    /// Names that only the chain's authority can lease.
    pub reserved: Vec<String>,
}

/// A leased name with everything below it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisLease {
    name: String,
    owner: String,
    expires: Timestamp,
    /// When it is free again; left out while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frees: Option<Timestamp>,
    /// For whom it stands; left out for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(default)]
    since: Height,
    /// The names below it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    below: Vec<GenesisPart>,
}

/// A name below a leased one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisPart {
    name: String,
    /// For whom it stands; left out for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(default)]
    since: Height,
}

fn bad(cause: String) -> Refused {
    Refused::BadGenesis { cause }
}

fn some_address(text: Option<&str>, ctx: &Context<'_>) -> Result<Option<Address>, Refused> {
    text.map(|text| state::address("target's", text, ctx.chain)).transpose()
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for name in &self.reserved {
            keys::reserved(state::leased(name)?.as_str()).set(state, &true);
        }
        for lease in self.leases {
            lease.write(ctx, state)?;
        }
        invariants::check(&*state as &dyn Read)?.map_err(|cause| bad(cause).into())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut leases = Vec::new();
        each_row(ctx.state, keys::ROOTS, |rest, lease: Lease| {
            leases.push(GenesisLease::read(ctx, &name_at(rest, 0)?, &lease)?);
            Ok(ControlFlow::Continue(()))
        })?;
        let mut reserved = Vec::new();
        each_pair(ctx.state, &Span::prefix(keys::RESERVED), |key, _| {
            reserved.push(name_at(key, keys::RESERVED.len())?.to_string());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self { leases, reserved })
    }
}

impl GenesisLease {
    fn write(self, ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let name = state::leased(&self.name)?;
        let (label, owner) = (name.as_str(), state::address("owner's", &self.owner, ctx.chain)?);
        if keys::root(label).get(state)?.is_some() {
            return Err(bad(format!("{label} stands twice")).into());
        }
        if self.frees.is_some_and(|frees| frees < self.expires) {
            return Err(bad(format!("{label} is free before its lease is over")).into());
        }
        let lease = Lease {
            owner,
            expires: self.expires,
            frees: self.frees,
            target: some_address(self.target.as_deref(), ctx)?,
            since: self.since,
            below: self.below.len() as u64,
        };
        for part in self.below {
            part.write(ctx, state, label)?;
        }
        keys::root(label).set(state, &lease);
        keys::owned(&owner, label).set(state, &true);
        keys::due(lease.due(), label).set(state, &true);
        Ok(())
    }

    fn read(ctx: &QueryContext<'_>, name: &Name, lease: &Lease) -> Result<Self, Fault> {
        let text = |address: Address| address.bech32(&ctx.chain.prefix);
        let mut below = Vec::new();
        let beginning = keys::parts(name.as_str());
        each_pair(ctx.state, &Span::prefix(&beginning), |key, value| {
            let part = sirius_store::Key::<Part>::decode(value)?;
            below.push(GenesisPart {
                name: name_at(key, keys::BELOW.len())?.to_string(),
                target: part.target.map(text),
                since: part.since,
            });
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self {
            name: name.to_string(),
            owner: text(lease.owner),
            expires: lease.expires,
            frees: lease.frees,
            target: lease.target.map(text),
            since: lease.since,
            below,
        })
    }
}

impl GenesisPart {
    fn write(self, ctx: &Context<'_>, state: &mut dyn Write, root: &str) -> Result<(), Error> {
        let name = state::name(&self.name)?;
        if name.is_root() || name.root() != root || keys::part(&name).get(state)?.is_some() {
            return Err(bad(format!("{name} is not below {root}, or stands twice")).into());
        }
        if let Some(above) = name.middle() {
            let part = keys::part(&above).get(state)?;
            let mut part = part.ok_or_else(|| bad(format!("{name} stands before {above}, or without it")))?;
            part.below = part.below.saturating_add(1);
            keys::part(&above).set(state, &part);
        }
        let target = some_address(self.target.as_deref(), ctx)?;
        keys::part(&name).set(state, &Part { target, since: self.since, below: 0 });
        Ok(())
    }
}
