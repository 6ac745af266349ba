//! `MsgSubmitConflict`: two headers of one height that were both signed. Nobody can say any more which of a chain's headers
//! are true, so its anchor ends at once, and its bond with it.

use prost::Message as _;
use sirius_primitives::{Address, Amount, Coin};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    tx::wire_coin,
};
use sirius_store::{Fault, Read, Write};
use tendermint::validator::Set;

use super::{
    Refused,
    chain::{Chain, Evidence, Status},
    keys,
    light::{self, LightBlock},
    params::{BURN, REWARD},
    post::newest,
    state::{self, address},
    verify::{self, Trusted},
    wire::anchor as wire,
};
use crate::base::fee::community;

/// Two light blocks of one height, and from what they are verified.
#[derive(Debug)]
pub struct SubmitConflict {
    reporter: Address,
    first: LightBlock,
    second: LightBlock,
    trusted_height: u64,
    trusted: Option<Set>,
    /// Both as they came, to be shown.
    shown: [Vec<u8>; 2],
}

impl Message for SubmitConflict {
    type Wire = wire::MsgSubmitConflict;
    type Response = wire::MsgSubmitConflictResponse;
    const SIGNER: &'static str = "reporter_address";
    const OPTIONAL: &'static [&'static str] = &["trusted_validators"];

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        let (first, second) =
            (LightBlock::parse(wire.first.as_ref())?, LightBlock::parse(wire.second.as_ref())?);
        let not = |cause| Err(Refused::NoConflict { cause }.into());
        if first.chain() != second.chain() {
            return not("they are of two chains");
        }
        if first.height() != second.height() {
            return not("they are of two heights");
        }
        if first.hash() == second.hash() {
            return not("they are the same");
        }
        if wire.trusted_height >= first.height() {
            return not("they are not newer than the header that they are verified from");
        }
        let trusted = match wire.trusted_validators.as_slice() {
            [] => None,
            members => Some(light::set(members)?),
        };
        let bytes =
            |block: Option<wire::LightBlock>| block.map(|block| block.encode_to_vec()).unwrap_or_default();
        Ok(Self {
            reporter: address("reporter's", &wire.reporter_address, ledger)?,
            first,
            second,
            trusted_height: wire.trusted_height,
            trusted,
            shown: [bytes(wire.first), bytes(wire.second)],
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.reporter]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let chain_id = self.first.chain_id();
        let chain = state::load(state, chain_id)?;
        if !matches!(chain.status, Status::Active | Status::Closing { .. }) {
            return Err(state::not_active(chain_id, &chain));
        }
        let trusted = self.trusted(&*state as &dyn Read, &chain)?;
        let others = trusted.next.validators().len();
        state::charge(ctx, &*state as &dyn Read, &[&self.first, &self.second], others)?;
        let rules = state::rules(ctx, &*state as &dyn Read, chain.trusting_seconds)?;
        verify::shown(&rules, &trusted, &self.first)?;
        verify::shown(&rules, &trusted, &self.second)?;
        let reward = self.freeze(ctx, state, chain)?;
        let coin = Coin { denom: state::denom(&*state as &dyn Read)?, amount: reward };
        Ok(wire::MsgSubmitConflictResponse { reward: Some(wire_coin(&coin)) })
    }
}

impl SubmitConflict {
    /// The header that both are verified from, with the validators that it announced.
    fn trusted(&self, state: &dyn Read, chain: &Chain) -> Result<Trusted, Error> {
        let (chain_id, height) = (self.first.chain_id(), self.trusted_height);
        let Some(header) = keys::header(chain_id, height).get(state)? else {
            return Err(Refused::NoHeader { chain_id: chain_id.to_owned(), height }.into());
        };
        match &self.trusted {
            Some(set) if light::hash(set.hash()) == header.next_validators => {
                let none = || Fault::Damaged { what: "anchor", detail: "a header's time is none".into() };
                let time = verify::time(header.time).ok_or_else(none)?;
                Ok(Trusted { height, time, next: set.clone() })
            }
            None if height == chain.latest.height => Ok(newest(state, chain_id, chain)?),
            _ => Err(Refused::NotTrusted { height }.into()),
        }
    }

    /// Ends the anchor and divides its bond; says what the reporter got.
    fn freeze(
        &self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
        mut chain: Chain,
    ) -> Result<Amount, Error> {
        let chain_id = self.first.chain_id();
        if let Status::Closing { ends } = chain.status {
            keys::due(ends, chain_id).remove(state);
        }
        let bond = std::mem::replace(&mut chain.bond, Amount::ZERO);
        let reward = share(bond, REWARD.get(state)?);
        let rest = bond.checked_sub(reward).unwrap_or_default();
        let burned = share(rest, BURN.get(state)?);
        state::give(state, &self.reporter, reward)?;
        state::burn(ctx, state, burned)?;
        state::give(state, &community(), rest.checked_sub(burned).unwrap_or_default())?;
        chain.status = Status::Frozen;
        keys::chain(chain_id).set(state, &chain);
        let [first, second] = self.shown.clone();
        let (reporter, reported) = (self.reporter, ctx.block.height);
        keys::evidence(chain_id).set(state, &Evidence { first, second, reporter, reported, reward, burned });
        ctx.emit(|ctx| {
            let shown = event("anchor_conflict").indexed("chain_id", chain_id);
            let shown = shown.with("height", self.first.height()).with("reporter", ctx.text(&reporter));
            shown.with("reward", reward).with("burned", burned)
        });
        Ok(reward)
    }
}

/// So many thousandths, rounded down; a sum too large to be multiplied gives nothing rather than too much.
fn share(amount: Amount, permille: u64) -> Amount {
    amount.checked_share(permille.into(), 1_000).unwrap_or_default()
}
