//! `MsgSubmitProposal`: messages that the chain's own account is to execute, or a mere text.

use prost::{Message as _, Name};
use sirius_primitives::{Address, Coins};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal, decode_canonical,
    event::{Attributes as _, event},
    excerpt, tx, type_url,
};
use sirius_store::{Read, Write};
use tendermint_proto::google::protobuf::Any;

use super::{
    Refused, deposit, keys,
    params::{DEPOSIT_PERIOD, LEAST_FIRST, MOST_MESSAGES},
    proposal::{Packed, Proposal, Stage},
    state::{self, account, after, take_id},
    wire::{gov as wire, legacy},
};

/// Bytes of a title, a summary and metadata at most; the Cosmos SDK's defaults.
const MOST_TITLE: usize = 255;
const MOST_SUMMARY: usize = 10_200;
pub(super) const MOST_METADATA: usize = 255;

/// What is proposed, and by whom.
#[derive(Debug)]
struct Draft {
    proposer: Address,
    title: String,
    summary: String,
    metadata: String,
    messages: Vec<Any>,
    coins: Coins,
}

impl Draft {
    fn checked(self) -> Result<Self, Refusal> {
        text("title", &self.title, 1, MOST_TITLE)?;
        text("summary", &self.summary, 1, MOST_SUMMARY)?;
        text("metadata", &self.metadata, 0, MOST_METADATA)?;
        Ok(self)
    }

    fn propose(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<u64, Error> {
        self.check_messages(ctx, state)?;
        let first = deposit::amount(&*state as &dyn Read, &self.coins)?;
        let least = deposit::least(&*state as &dyn Read, &LEAST_FIRST)?;
        if first < least {
            let denom = state::denom(&*state as &dyn Read)?;
            return Err(Refused::TooLittle { found: first, least, denom }.into());
        }
        let (id, now) = (take_id(state)?, ctx.block.time);
        let mut proposal = Proposal {
            proposer: self.proposer,
            title: self.title.clone(),
            summary: self.summary.clone(),
            metadata: self.metadata.clone(),
            messages: self.messages.iter().cloned().map(Packed::from).collect(),
            submitted: now,
            deposit_end: after(now, DEPOSIT_PERIOD.get(state)?),
            deposit: Default::default(),
            depositors: 0,
            stage: Stage::Deposit,
        };
        keys::due(proposal.deposit_end, id).set(state, &id);
        let names: String = self.messages.iter().map(|any| format!(",{}", any.type_url)).collect();
        ctx.emit(|ctx| {
            let shown = event("submit_proposal").indexed("proposal_id", id);
            shown.with("proposal_messages", &names).with("proposal_proposer", ctx.text(&self.proposer))
        });
        if !first.is_zero() {
            deposit::put(ctx, state, (id, &mut proposal), (&self.proposer, first))?;
        }
        keys::proposal(id).set(state, &proposal);
        Ok(id)
    }

    /// Only what the chain itself may sign is worth a vote.
    fn check_messages(&self, ctx: &Context<'_>, state: &dyn Write) -> Result<(), Error> {
        let (found, most) = (self.messages.len(), MOST_MESSAGES.get(state)?);
        if found as u64 > most {
            return Err(Refused::TooManyMessages { found, most }.into());
        }
        for (index, any) in self.messages.iter().enumerate() {
            let bad = |cause: String| Refused::BadMessage { index, cause: excerpt(&cause) };
            let message = ctx.registry().parse(any, ctx.chain).map_err(|refusal| bad(refusal.text))?;
            if message.signers() != [account()] {
                let cause =
                    format!("it must be signed by {} alone, the chain's own account", ctx.text(&account()));
                return Err(bad(cause).into());
            }
        }
        Ok(())
    }
}

fn text(what: &'static str, text: &str, least: usize, most: usize) -> Result<(), Refused> {
    if (least..=most).contains(&text.len()) {
        return Ok(());
    }
    Err(Refused::BadText { what, found: text.len(), least, most })
}

/// Reads an address of a message.
pub(super) fn address(what: &'static str, text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// Refuses metadata that are too long.
pub(super) fn metadata(text_of: &str) -> Result<(), Refused> {
    text("metadata", text_of, 0, MOST_METADATA)
}

/// A proposal.
#[derive(Debug)]
pub struct SubmitProposal(Draft);

impl Message for SubmitProposal {
    type Wire = wire::MsgSubmitProposal;
    type Response = wire::MsgSubmitProposalResponse;
    const SIGNER: &'static str = "proposer";
    const OPTIONAL: &'static [&'static str] = &["expedited"];

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        if wire.expedited {
            return Err(Refused::Expedited.into());
        }
        let draft = Draft {
            proposer: address("proposer's", &wire.proposer, chain)?,
            title: wire.title,
            summary: wire.summary,
            metadata: wire.metadata,
            messages: wire.messages,
            coins: tx::coins(&wire.initial_deposit).map_err(|cause| Refused::BadCoins { cause })?,
        };
        Ok(Self(draft.checked()?))
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.0.proposer]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        Ok(wire::MsgSubmitProposalResponse { proposal_id: self.0.propose(ctx, state)? })
    }
}

/// A text in the older form.
#[derive(Debug)]
pub struct SubmitText(Draft);

impl Message for SubmitText {
    type Wire = legacy::MsgSubmitProposal;
    type Response = legacy::MsgSubmitProposalResponse;
    const SIGNER: &'static str = "proposer";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let bad = |cause: String| Refused::BadContent { cause };
        let content = wire.content.ok_or_else(|| bad("the message has none".into()))?;
        if content.type_url != type_url::<legacy::TextProposal>() {
            return Err(bad(format!("kind {} is not known", excerpt(&content.type_url))).into());
        }
        let content: legacy::TextProposal =
            decode_canonical(&legacy::TextProposal::full_name(), &content.value)?;
        let draft = Draft {
            proposer: address("proposer's", &wire.proposer, chain)?,
            title: content.title,
            summary: content.description,
            metadata: String::new(),
            messages: Vec::new(),
            coins: tx::coins(&wire.initial_deposit).map_err(|cause| Refused::BadCoins { cause })?,
        };
        Ok(Self(draft.checked()?))
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.0.proposer]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        Ok(legacy::MsgSubmitProposalResponse { proposal_id: self.0.propose(ctx, state)? })
    }
}

/// A proposal's text as the older form shows it.
pub(super) fn packed_text(title: String, description: String) -> Any {
    let value = legacy::TextProposal { title, description }.encode_to_vec();
    Any { type_url: type_url::<legacy::TextProposal>(), value }
}
