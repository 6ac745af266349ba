//! `MsgCancelProposal`: the proposer takes the proposal back; a part of the deposits is burned.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

use super::{
    Refused, clearing, deposit, keys,
    params::{self, CANCEL_BURN},
    state::load,
    submit::address,
    wire::gov as wire,
};

/// The end of one's own proposal.
#[derive(Debug)]
pub struct CancelProposal {
    id: u64,
    proposer: Address,
}

impl Message for CancelProposal {
    type Wire = wire::MsgCancelProposal;
    type Response = wire::MsgCancelProposalResponse;
    const SIGNER: &'static str = "proposer";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self { id: wire.proposal_id, proposer: address("proposer's", &wire.proposer, chain)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.proposer]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let (id, now) = (self.id, ctx.block.time);
        let proposal = load(state, id)?;
        if proposal.proposer != self.proposer {
            return Err(Refused::NotProposer { id, proposer: ctx.text(&proposal.proposer) }.into());
        }
        // A proposal whose time is over belongs to the block that ends it, also when its count takes longer.
        let Some(due) = proposal.due().filter(|due| now < *due) else {
            return Err(Refused::Closed { id }.into());
        };
        let burned = params::part(&CANCEL_BURN, &*state as &dyn Read)?;
        deposit::settle(ctx, state, id, burned)?;
        keys::due(due, id).remove(state);
        keys::proposal(id).remove(state);
        clearing::begin(state, id)?;
        ctx.emit(|ctx| {
            event("cancel_proposal").with("sender", ctx.text(&self.proposer)).indexed("proposal_id", id)
        });
        Ok(wire::MsgCancelProposalResponse {
            proposal_id: id,
            canceled_time: Some(WireTimestamp { seconds: now.seconds, nanos: now.nanos }),
            canceled_height: ctx.block.height.0,
        })
    }
}
