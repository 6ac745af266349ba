//! `/cosmos.upgrade.v1beta1.MsgCancelUpgrade`: the planned upgrade does not happen.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Refused, keys, software_upgrade::authority, wire::upgrade as wire};
use crate::consensus::params;

/// The end of a plan.
#[derive(Debug)]
pub struct CancelUpgrade {
    authority: Address,
}

impl Message for CancelUpgrade {
    type Wire = wire::MsgCancelUpgrade;
    type Response = wire::MsgCancelUpgradeResponse;
    const SIGNER: &'static str = "authority";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self { authority: authority(&wire.authority, chain)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        params::authorize(ctx, state, &self.authority)?;
        let plan = keys::plan().get(state)?.ok_or(Refused::NoPlan)?;
        keys::plan().remove(state);
        ctx.emit(|_| event("upgrade_cancelled").with("name", &plan.name).with("height", plan.height));
        Ok(wire::MsgCancelUpgradeResponse {})
    }
}
