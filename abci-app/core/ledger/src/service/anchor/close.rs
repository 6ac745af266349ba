//! `MsgClose`: the end of an anchor. Its bond stays at stake for as long as what its validators signed may be shown.

use sirius_primitives::{Address, Amount};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};

use super::{
    chain::Status,
    keys,
    state::{self, address},
    wire::anchor as wire,
};
use crate::consensus::staking::time;

/// The end of a chain's anchor.
#[derive(Debug)]
pub struct Close {
    owner: Address,
    chain_id: String,
}

impl Message for Close {
    type Wire = wire::MsgClose;
    type Response = wire::MsgCloseResponse;
    const SIGNER: &'static str = "owner_address";

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        Ok(Self { owner: address("owner's", &wire.owner_address, ledger)?, chain_id: wire.chain_id })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let mut chain = state::owned(ctx, &*state as &dyn Read, &self.chain_id, &self.owner)?;
        if chain.status != Status::Active {
            return Err(state::not_active(&self.chain_id, &chain));
        }
        let ends = time::later(ctx.block.time, chain.trusting_seconds);
        state::give(state, &self.owner, chain.deposit)?;
        chain.deposit = Amount::ZERO;
        chain.status = Status::Closing { ends };
        keys::due(ends, &self.chain_id).set(state, &self.chain_id);
        keys::chain(&self.chain_id).set(state, &chain);
        ctx.emit(|_| {
            event("anchor_close").indexed("chain_id", &self.chain_id).with("bond_returns_at", ends.seconds)
        });
        Ok(wire::MsgCloseResponse { closes_at: Some(time::wire(ends)) })
    }
}
