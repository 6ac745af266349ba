//! `MsgRenewTrust`: a chain that made no header within its trusting period goes on under its name, from a header that the
//! ledger's authority vouches for.
//!
//! Nothing leads to that header but the vote: it is only asked that its own validators signed it, and that it is newer than
//! what was trusted. While the newest header is trusted a vote is not heard, so that it never takes the place of what
//! validators signed; and a frozen anchor stays frozen, since what was proven under the name before would count again.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};

use super::{
    Refused,
    chain::{Chain, Status},
    keys,
    light::{self, LightBlock},
    post::advance,
    state::{self, address},
    verify::{self, Rules},
    wire::anchor as wire,
};
use crate::consensus::params;

/// A header that is trusted by a vote.
#[derive(Debug)]
pub struct RenewTrust {
    authority: Address,
    block: LightBlock,
}

impl Message for RenewTrust {
    type Wire = wire::MsgRenewTrust;
    type Response = wire::MsgRenewTrustResponse;
    const SIGNER: &'static str = "authority";

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        Ok(Self {
            authority: address("authority's", &wire.authority, ledger)?,
            block: LightBlock::parse(wire.block.as_ref())?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        params::authorize(ctx, state, &self.authority)?;
        let chain_id = self.block.chain_id();
        let mut chain = state::load(state, chain_id)?;
        let rules = state::rules(ctx, &*state as &dyn Read, chain.trusting_seconds)?;
        self.check_place(&rules, &chain)?;
        state::charge(ctx, &*state as &dyn Read, &[&self.block], 0)?;
        verify::own(&rules, &self.block)?;
        let header = self.block.header(ctx.block.height, self.authority);
        keys::validators(chain_id).set(state, &light::members(&self.block.next));
        advance(state, chain_id, &mut chain, header)?;
        keys::chain(chain_id).set(state, &chain);
        ctx.emit(|_| {
            let shown = event("anchor_renewed").indexed("chain_id", chain_id);
            shown.indexed("height", chain.latest.height).with("hash", chain.latest.hash)
        });
        Ok(wire::MsgRenewTrustResponse { height: chain.latest.height })
    }
}

impl RenewTrust {
    /// Whether the chain needs a header that nothing leads to, and this one is newer than all before.
    fn check_place(&self, rules: &Rules, chain: &Chain) -> Result<(), Error> {
        if chain.status != Status::Active {
            return Err(state::not_active(self.block.chain_id(), chain));
        }
        let (found, latest) = (self.block.height(), chain.latest.height);
        if found <= latest {
            return Err(Refused::NotNewer { found, latest }.into());
        }
        let time = verify::time(chain.latest.time);
        if time.is_some_and(|time| rules.trusts(time)) {
            return Err(Refused::StillTrusted { height: latest, seconds: chain.trusting_seconds }.into());
        }
        Ok(())
    }
}
