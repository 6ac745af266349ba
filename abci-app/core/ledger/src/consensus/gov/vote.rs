//! `MsgVote` and `MsgVoteWeighted`, in the present form and in the older one. A later vote takes the place of an earlier.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{
    ballot::{Ballot, Vote},
    decimal, keys,
    state::{load, voting_now},
    submit::{address, metadata},
    wire::{gov as wire, legacy},
};
use crate::consensus::staking::Fraction;

/// Who votes what, and on which proposal.
#[derive(Debug)]
struct Casting {
    id: u64,
    voter: Address,
    vote: Vote,
}

impl Casting {
    fn parse((id, voter): (u64, &str), ballot: Ballot, text: String, chain: &Chain) -> Result<Self, Refusal> {
        metadata(&text)?;
        Ok(Self { id, voter: address("voter's", voter, chain)?, vote: Vote { ballot, metadata: text } })
    }

    fn cast(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        voting_now(ctx, self.id, &load(state, self.id)?)?;
        keys::vote(self.id, &self.voter).set(state, &self.vote);
        ctx.emit(|ctx| {
            let shown = event("proposal_vote").with("voter", ctx.text(&self.voter));
            shown.with("option", self.vote.ballot.text()).indexed("proposal_id", self.id)
        });
        Ok(())
    }
}

/// Makes the message types, which differ in their wire forms only.
macro_rules! votes {
    ($($(#[$doc:meta])* $name:ident: $module:ident::$wire:ident to $response:ident,
        |$bound:ident| $ballot:expr, $metadata:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Casting);

        impl Message for $name {
            type Wire = $module::$wire;
            type Response = $module::$response;
            const SIGNER: &'static str = "voter";
            const OPTIONAL: &'static [&'static str] = &["metadata"];

            fn parse($bound: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
                let ballot = $ballot?;
                let metadata = $metadata;
                Casting::parse(($bound.proposal_id, &$bound.voter), ballot, metadata, chain).map(Self)
            }

            fn signers(&self) -> Vec<Address> {
                vec![self.0.voter]
            }

            fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
                self.0.cast(ctx, state).map(|()| $module::$response {})
            }
        }
    )*};
}

votes! {
    /// A vote for one option.
    CastVote: wire::MsgVote to MsgVoteResponse, |wire| Ballot::one(wire.option), wire.metadata.clone();
    /// A vote for several options in parts.
    CastWeighted: wire::MsgVoteWeighted to MsgVoteWeightedResponse,
        |wire| Ballot::weighted(wire.options.iter().map(|part| (part.option, decimal::parse(&part.weight)))),
        wire.metadata.clone();
    /// A vote for one option in the older form.
    LegacyVote: legacy::MsgVote to MsgVoteResponse, |wire| Ballot::one(wire.option), String::new();
    /// A vote for several options in the older form, whose weights are whole numbers of 10^-18.
    LegacyWeighted: legacy::MsgVoteWeighted to MsgVoteWeightedResponse,
        |wire| Ballot::weighted(wire.options.iter().map(|part| (part.option, Fraction::parse(&part.weight)))),
        String::new();
}
