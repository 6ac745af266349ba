//! `/sirius.name.v1.MsgRelease`: gives a name up; nothing of its rent comes back.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Name, Refused, keys, lease::Lease, state, wire::name as wire};

/// The end of a name. A leased one may go while its grace lasts too, and takes all names below it along.
#[derive(Debug)]
pub struct Release {
    owner: Address,
    name: Name,
}

impl Message for Release {
    type Wire = wire::MsgRelease;
    type Response = wire::MsgReleaseResponse;
    const SIGNER: &'static str = "owner";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        Ok(Self { owner, name: state::name(&wire.name)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let lease = state::of_owner(ctx, state, (&self.name, &self.owner))?;
        if self.name.is_root() {
            state::free(state, self.name.root(), &lease);
        } else {
            self.remove(state, lease)?;
        }
        ctx.emit(|_| event("name_released").indexed("name", &self.name));
        Ok(wire::MsgReleaseResponse {})
    }
}

impl Release {
    /// Removes a name that has nothing below it.
    fn remove(&self, state: &mut dyn Write, lease: Lease) -> Result<(), Error> {
        let part = state::part(state, &self.name)?;
        if part.below > 0 {
            return Err(Refused::HasBelow { name: self.name.to_string(), below: part.below }.into());
        }
        if let Some(above) = self.name.middle() {
            let mut part = state::part(state, &above)?;
            part.below = part.below.saturating_sub(1);
            keys::part(&above).set(state, &part);
        }
        keys::part(&self.name).remove(state);
        keys::root(self.name.root()).set(state, &Lease { below: lease.below.saturating_sub(1), ..lease });
        Ok(())
    }
}
