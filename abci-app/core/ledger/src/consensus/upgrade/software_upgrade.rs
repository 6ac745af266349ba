//! `/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade`: a plan, in place of the one there was.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Plan, Refused, keys, wire::upgrade as wire};
use crate::consensus::params;

/// A plan by the chain's authority.
#[derive(Debug)]
pub struct SoftwareUpgrade {
    authority: Address,
    plan: Plan,
}

impl Message for SoftwareUpgrade {
    type Wire = wire::MsgSoftwareUpgrade;
    type Response = wire::MsgSoftwareUpgradeResponse;
    const SIGNER: &'static str = "authority";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self { authority: authority(&wire.authority, chain)?, plan: Plan::parse(wire.plan)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        params::authorize(ctx, state, &self.authority)?;
        let (height, next) = (self.plan.height(), ctx.block.height.next());
        // The block that decides is being executed: its own height is past.
        if height < next {
            return Err(Refused::TooSoon { height, next }.into());
        }
        if let Some(height) = keys::done(&self.plan.name).get(state)? {
            return Err(Refused::Done { name: self.plan.name.clone(), height }.into());
        }
        keys::plan().set(state, &self.plan);
        ctx.emit(|_| event("upgrade_planned").with("name", &self.plan.name).with("height", height));
        Ok(wire::MsgSoftwareUpgradeResponse {})
    }
}

/// Reads the authority of a message.
pub(super) fn authority(text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix).map_err(|error| Refused::BadAddress { cause: error.to_string() })
}
