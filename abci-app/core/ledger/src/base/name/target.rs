//! For whom a name stands: `MsgSetTarget` and `MsgClearTarget` of `sirius.name.v1`.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Name, Refused, keys, state, wire::name as wire};

/// Lets a name stand for an account.
#[derive(Debug)]
pub struct SetTarget {
    owner: Address,
    name: Name,
    target: Address,
}

impl Message for SetTarget {
    type Wire = wire::MsgSetTarget;
    type Response = wire::MsgSetTargetResponse;
    const SIGNER: &'static str = "owner";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        let target = state::address("target's", &wire.target_address, chain)?;
        Ok(Self { owner, name: state::name(&wire.name)?, target })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        put(ctx, state, (&self.name, &self.owner), Some(self.target))?;
        ctx.emit(|ctx| {
            event("name_target").indexed("name", &self.name).with("target", ctx.text(&self.target))
        });
        Ok(wire::MsgSetTargetResponse {})
    }
}

/// Lets a name stand for nobody.
#[derive(Debug)]
pub struct ClearTarget {
    owner: Address,
    name: Name,
}

impl Message for ClearTarget {
    type Wire = wire::MsgClearTarget;
    type Response = wire::MsgClearTargetResponse;
    const SIGNER: &'static str = "owner";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        Ok(Self { owner, name: state::name(&wire.name)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let before = put(ctx, state, (&self.name, &self.owner), None)?;
        if before.is_none() {
            return Err(Refused::NoTarget { name: self.name.to_string() }.into());
        }
        ctx.emit(|_| event("name_target").indexed("name", &self.name).with("target", ""));
        Ok(wire::MsgClearTargetResponse {})
    }
}

/// Puts a target in the place of the one before, and gives that.
fn put(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    (name, owner): (&Name, &Address),
    target: Option<Address>,
) -> Result<Option<Address>, Error> {
    let mut lease = state::live(ctx, state, (name, owner))?;
    if name.is_root() {
        let before = std::mem::replace(&mut lease.target, target);
        keys::root(name.root()).set(state, &lease);
        return Ok(before);
    }
    let mut part = state::part(state, name)?;
    let before = std::mem::replace(&mut part.target, target);
    keys::part(name).set(state, &part);
    Ok(before)
}
