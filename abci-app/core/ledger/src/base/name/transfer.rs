//! `/sirius.name.v1.MsgTransfer`: gives a name, with all names below it, to another account.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Name, Refused, keys, lease::Lease, state, wire::name as wire};
use crate::base::auth;

/// A change of owner. Where the name stood for the old owner, it stands for the new one; targets of names below it stay
/// until the new owner changes them.
#[derive(Debug)]
pub struct Transfer {
    owner: Address,
    name: Name,
    to: Address,
}

impl Message for Transfer {
    type Wire = wire::MsgTransfer;
    type Response = wire::MsgTransferResponse;
    const SIGNER: &'static str = "owner";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        let (name, to) =
            (state::leased(&wire.name)?, state::address("new owner's", &wire.to_address, chain)?);
        if owner == to {
            return Err(Refused::SameOwner { name: name.to_string() }.into());
        }
        Ok(Self { owner, name, to })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let label = self.name.as_str();
        let before = state::live(ctx, state, (&self.name, &self.owner))?;
        // Whoever is given a name can sign, even before receiving anything else.
        auth::open(state, &self.to)?;
        let target = before.target.map(|target| if target == self.owner { self.to } else { target });
        keys::root(label).set(state, &Lease { owner: self.to, target, ..before });
        keys::owned(&self.owner, label).remove(state);
        keys::owned(&self.to, label).set(state, &true);
        ctx.emit(|ctx| {
            let shown = event("name_transferred").indexed("name", label);
            shown.with("owner", ctx.text(&self.to)).with("from", ctx.text(&self.owner))
        });
        Ok(wire::MsgTransferResponse {})
    }
}
