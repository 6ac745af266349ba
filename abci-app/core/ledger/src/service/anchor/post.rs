//! `MsgPostHeader`: a header of a registered chain, which the chain's deposit pays for.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Amount, Coin, Height};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    rows::each_row,
    tx::wire_coin,
};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    chain::{Chain, Header, Status},
    keys,
    light::{self, LightBlock},
    params::{HEADER_PRICE, MOST_HEADERS, MOST_STEPS, SIGNATURE_PRICE},
    state::{self, address},
    verify::{self, Trusted},
    wire::anchor as wire,
};
use crate::consensus::staking::time;

/// How many of the oldest headers go with a new one, so that a chain comes to a lower limit, if by and by.
const DROPPED: usize = 2;

/// A header, and those over which it is reached.
#[derive(Debug)]
pub struct PostHeader {
    poster: Address,
    /// Of one chain, in ascending order; at least one.
    blocks: Vec<LightBlock>,
    last: LightBlock,
}

impl Message for PostHeader {
    type Wire = wire::MsgPostHeader;
    type Response = wire::MsgPostHeaderResponse;
    const SIGNER: &'static str = "poster_address";

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        let poster = address("poster's", &wire.poster_address, ledger)?;
        let mut blocks: Vec<LightBlock> = Vec::with_capacity(wire.blocks.len());
        for block in &wire.blocks {
            let block = LightBlock::parse(Some(block))?;
            let fits = blocks
                .last()
                .is_none_or(|before| before.chain() == block.chain() && before.height() < block.height());
            if !fits {
                let cause = "it is of another chain than the one before it, or not higher".into();
                return Err(Refused::BadBlock { cause }.into());
            }
            blocks.push(block);
        }
        let last = blocks.last().cloned();
        let last = last.ok_or_else(|| Refused::BadBlock { cause: "the message has none".into() })?;
        Ok(Self { poster, blocks, last })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.poster]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let chain_id = self.last.chain_id();
        let mut chain = state::load(state, chain_id)?;
        // What costs nothing to see comes first: of several members that post at a time all but one end here.
        self.check_place(&chain, ctx.block.height)?;
        let most = MOST_STEPS.get(state)?;
        if u64::try_from(self.blocks.len()).is_ok_and(|steps| steps > most) {
            return Err(Refused::TooManySteps { found: self.blocks.len(), most }.into());
        }
        let blocks: Vec<_> = self.blocks.iter().collect();
        let price = self.price(&*state as &dyn Read, &chain)?;
        state::charge(ctx, &*state as &dyn Read, &blocks, 0)?;
        self.verify(ctx, &*state as &dyn Read, &chain)?;
        let header = self.last.header(ctx.block.height, self.poster);
        if header.next_validators != chain.latest.next_validators {
            keys::validators(chain_id).set(state, &light::members(&self.last.next));
        }
        advance(state, chain_id, &mut chain, header)?;
        chain.deposit = chain.deposit.checked_sub(price).unwrap_or_default();
        state::give(state, &self.poster, price)?;
        keys::chain(chain_id).set(state, &chain);
        let denom = state::denom(&*state as &dyn Read)?;
        ctx.emit(|ctx| {
            let shown = event("anchor_header").indexed("chain_id", chain_id);
            let shown = shown.indexed("height", chain.latest.height).with("hash", chain.latest.hash);
            shown.with("poster", ctx.text(&self.poster)).with("paid", price)
        });
        let paid = Some(wire_coin(&Coin { denom, amount: price }));
        Ok(wire::MsgPostHeaderResponse { height: chain.latest.height, paid })
    }
}

impl PostHeader {
    /// Whether a header of this height is wanted in this block of the ledger.
    fn check_place(&self, chain: &Chain, block: Height) -> Result<(), Error> {
        if chain.status != Status::Active {
            return Err(state::not_active(self.last.chain_id(), chain));
        }
        let (found, latest) = (self.last.height(), chain.latest.height);
        let first = self.blocks.first().map_or(found, LightBlock::height);
        if first <= latest {
            return Err(Refused::NotNewer { found: first, latest }.into());
        }
        let earliest = latest.saturating_add(chain.every);
        // Counted from when the last one was taken, so that nobody spends the deposit on a row of old headers.
        let from = Height(chain.latest.posted.0.saturating_add(chain.every));
        let announced = self.last.signed.header.next_validators_hash;
        // A chain that has little to do is not to wait for blocks that nobody needs. A header after which others sign is always
        // welcome, since later ones may not be reached without it; and so is one that comes long after the newest, whose trust
        // would run out where both chains stand still.
        let changes = light::hash(announced) != chain.latest.next_validators;
        if found < earliest && block < from && !changes && !self.is_late(chain) {
            return Err(Refused::TooSoon { found, earliest, from }.into());
        }
        Ok(())
    }

    /// Whether the header came when a third of the newest one's trusting period had passed.
    fn is_late(&self, chain: &Chain) -> bool {
        let due = time::later(chain.latest.time, chain.trusting_seconds / 3);
        verify::time(due).is_some_and(|due| self.last.signed.header.time >= due)
    }

    /// What the deposit pays, which it must have.
    fn price(&self, state: &dyn Read, chain: &Chain) -> Result<Amount, Error> {
        let signatures = self.blocks.iter().map(|block| block.signatures() as u64);
        let signatures = signatures.fold(0, u64::saturating_add);
        let price = SIGNATURE_PRICE.get(state)?.saturating_mul(signatures);
        let needed = Amount::new(HEADER_PRICE.get(state)?.saturating_add(price).into());
        if chain.deposit < needed {
            let (left, denom) = (chain.deposit, state::denom(state)?);
            return Err(Refused::DepositExhausted { left, needed, denom }.into());
        }
        Ok(needed)
    }

    /// Goes from what the chain is trusted for to the posted header.
    fn verify(&self, ctx: &Context<'_>, state: &dyn Read, chain: &Chain) -> Result<(), Error> {
        let rules = state::rules(ctx, state, chain.trusting_seconds)?;
        let mut trusted = newest(state, self.last.chain_id(), chain)?;
        for block in &self.blocks {
            verify::next(&rules, &trusted, block)?;
            trusted = Trusted::from(block);
        }
        Ok(())
    }
}

/// What is trusted of a chain: its newest header and the validators that it announced.
pub(super) fn newest(state: &dyn Read, chain_id: &str, chain: &Chain) -> Result<Trusted, Fault> {
    let missing = |detail: &str| Fault::Damaged { what: "anchor", detail: detail.into() };
    let members = keys::validators(chain_id).get(state)?;
    let members = members.ok_or_else(|| missing("a chain that is not closed has no validators"))?;
    let time = verify::time(chain.latest.time).ok_or_else(|| missing("a header's time is none"))?;
    Ok(Trusted { height: chain.latest.height, time, next: light::kept(&members)? })
}

/// Makes a header a chain's newest, and drops the oldest beyond the limit.
pub(super) fn advance(
    state: &mut dyn Write,
    chain_id: &str,
    chain: &mut Chain,
    header: Header,
) -> Result<(), Fault> {
    keys::header(chain_id, header.height).set(state, &header);
    chain.latest = header;
    chain.posted = chain.posted.saturating_add(1);
    chain.kept = chain.kept.saturating_add(1);
    drop_oldest(state, chain_id, chain)
}

/// Drops the oldest headers beyond the limit, a few at a time.
fn drop_oldest(state: &mut dyn Write, chain_id: &str, chain: &mut Chain) -> Result<(), Fault> {
    let beyond = chain.kept.saturating_sub(MOST_HEADERS.get(state)?);
    let count = usize::try_from(beyond).unwrap_or(DROPPED).min(DROPPED);
    if count == 0 {
        return Ok(());
    }
    let mut oldest = Vec::new();
    each_row(&*state as &dyn Read, &keys::headers(chain_id), |_, header: Header| {
        oldest.push(header.height);
        Ok(if oldest.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    for height in oldest {
        keys::header(chain_id, height).remove(state);
        chain.kept = chain.kept.saturating_sub(1);
    }
    Ok(())
}
