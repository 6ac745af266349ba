//! `/sirius.name.v1.MsgRegister`: leases a name, or makes one below a name of one's own.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    excerpt,
};
use sirius_store::Write;
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

use super::{
    Name, Refused, keys,
    lease::{Lease, Part, after},
    params::{LEAST_FREE, MOST_BELOW},
    renew, rent, state,
    wire::name as wire,
};
use crate::consensus::params::authority;

/// A new name. It stands for its owner until that says otherwise.
#[derive(Debug)]
pub struct Register {
    owner: Address,
    name: Name,
    seconds: u64,
}

impl Message for Register {
    type Wire = wire::MsgRegister;
    type Response = wire::MsgRegisterResponse;
    const SIGNER: &'static str = "owner";
    const OPTIONAL: &'static [&'static str] = &["seconds"];

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        let name = Name::parse_new(&wire.name, &chain.prefix)
            .map_err(|cause| Refused::BadName { name: excerpt(&wire.name), cause })?;
        if !name.is_root() && wire.seconds != 0 {
            return Err(Refused::TermBelow { root: name.root().into() }.into());
        }
        Ok(Self { owner, name, seconds: wire.seconds })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let lease = if self.name.is_root() { self.lease(ctx, state)? } else { self.below(ctx, state)? };
        ctx.emit(|ctx| {
            let shown = event("name_registered").indexed("name", &self.name);
            shown.with("owner", ctx.text(&self.owner)).with("expires", lease.expires.seconds)
        });
        let expires = WireTimestamp { seconds: lease.expires.seconds, nanos: lease.expires.nanos };
        Ok(wire::MsgRegisterResponse { expires: Some(expires) })
    }
}

impl Register {
    /// Leases a name that nobody has.
    fn lease(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Lease, Error> {
        let label = self.name.as_str();
        if let Some(lease) = keys::root(label).get(state)? {
            return Err(Refused::Taken { name: label.into(), owner: ctx.text(&lease.owner) }.into());
        }
        if keys::clearing(label).get(state)?.is_some() {
            return Err(Refused::Clearing { name: label.into() }.into());
        }
        let is_short = u64::try_from(label.len()).unwrap_or(u64::MAX) < LEAST_FREE.get(state)?;
        let is_reserved = is_short || keys::reserved(label).get(state)?.is_some();
        if is_reserved && authority(state)? != self.owner {
            return Err(Refused::Reserved { name: label.into() }.into());
        }
        let expires = after(ctx.block.time, self.seconds);
        renew::check_term(ctx, state, (self.seconds, expires))?;
        rent::pay_rent(ctx, state, &self.owner, self.seconds)?;
        let lease = Lease {
            owner: self.owner,
            expires,
            frees: None,
            target: Some(self.owner),
            since: ctx.block.height,
            below: 0,
        };
        keys::root(label).set(state, &lease);
        keys::owned(&self.owner, label).set(state, &true);
        keys::due(lease.due(), label).set(state, &true);
        Ok(lease)
    }

    /// Makes a name below one of the owner's.
    fn below(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Lease, Error> {
        let root = self.name.root();
        let mut lease = state::live(ctx, state, (&self.name, &self.owner))?;
        if keys::part(&self.name).get(state)?.is_some() {
            return Err(Refused::Exists { name: self.name.to_string() }.into());
        }
        let most = MOST_BELOW.get(state)?;
        if lease.below >= most {
            return Err(Refused::TooManyBelow { root: root.into(), most }.into());
        }
        if let Some(above) = self.name.middle() {
            let mut part = state::part(state, &above)?;
            part.below = part.below.saturating_add(1);
            keys::part(&above).set(state, &part);
        }
        rent::pay_below(ctx, state, &self.owner)?;
        let part = Part { target: Some(self.owner), since: ctx.block.height, below: 0 };
        keys::part(&self.name).set(state, &part);
        lease.below = lease.below.saturating_add(1);
        keys::root(root).set(state, &lease);
        Ok(lease)
    }
}
