//! `MsgRegisterChain`: a chain with what it puts at stake and the first header that is trusted.

use sirius_primitives::{Address, Amount, Coin};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Param, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};

use super::{
    Refused,
    chain::{Chain, Status},
    keys,
    light::{self, LightBlock},
    params::{LEAST_BOND, LEAST_TRUSTING, MOST_EVERY, MOST_TRUSTING},
    state::{self, address, coin},
    verify,
    wire::anchor as wire,
};

/// A registration.
#[derive(Debug)]
pub struct RegisterChain {
    owner: Address,
    bond: Coin,
    deposit: Option<Coin>,
    block: LightBlock,
    trusting_seconds: u64,
    every: u64,
}

impl Message for RegisterChain {
    type Wire = wire::MsgRegisterChain;
    type Response = wire::MsgRegisterChainResponse;
    const SIGNER: &'static str = "owner_address";
    const OPTIONAL: &'static [&'static str] = &["deposit"];

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        Ok(Self {
            owner: address("owner's", &wire.owner_address, ledger)?,
            bond: coin("bond", wire.bond.as_ref())?,
            deposit: wire.deposit.as_ref().map(|deposit| coin("deposit", Some(deposit))).transpose()?,
            block: LightBlock::parse(wire.block.as_ref())?,
            trusting_seconds: wire.trusting_seconds,
            every: wire.every,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let chain_id = self.block.chain_id();
        if state::chain(state, chain_id)?.is_some() {
            return Err(Refused::ChainExists { chain_id: chain_id.to_owned() }.into());
        }
        let (bond, deposit) = self.coins(state)?;
        self.check_settings(state)?;
        let rules = state::rules(ctx, &*state as &dyn Read, self.trusting_seconds)?;
        state::charge(ctx, &*state as &dyn Read, &[&self.block], 0)?;
        verify::own(&rules, &self.block)?;
        state::take(ctx, state, &self.owner, state::plus(bond, deposit))?;
        let latest = self.block.header(ctx.block.height, self.owner);
        keys::header(chain_id, latest.height).set(state, &latest);
        keys::validators(chain_id).set(state, &light::members(&self.block.next));
        ctx.emit(|ctx| {
            let shown =
                event("anchor_chain").indexed("chain_id", chain_id).with("owner", ctx.text(&self.owner));
            shown.with("bond", bond).with("height", latest.height).with("hash", latest.hash)
        });
        let chain = Chain {
            owner: self.owner,
            bond,
            deposit,
            trusting_seconds: self.trusting_seconds,
            every: self.every,
            registered: ctx.block.height,
            first: latest.height,
            latest,
            kept: 1,
            posted: 1,
            status: Status::Active,
        };
        keys::chain(chain_id).set(state, &chain);
        Ok(wire::MsgRegisterChainResponse { chain_id: chain_id.to_owned() })
    }
}

impl RegisterChain {
    /// Bond and deposit.
    fn coins(&self, state: &dyn Write) -> Result<(Amount, Amount), Error> {
        let state = state as &dyn Read;
        let bond = state::amount(state, &self.bond)?;
        let least = Amount::new(LEAST_BOND.get(state)?.into());
        if bond < least {
            return Err(Refused::BondTooSmall { found: bond, least, denom: state::denom(state)? }.into());
        }
        let deposit = self.deposit.as_ref().map(|coin| state::amount(state, coin)).transpose()?;
        Ok((bond, deposit.unwrap_or_default()))
    }

    fn check_settings(&self, state: &dyn Write) -> Result<(), Error> {
        let get = |param: &Param| param.get(state as &dyn Read);
        let trusting = (get(&LEAST_TRUSTING)?, get(&MOST_TRUSTING)?);
        let settings = [
            ("trusting_seconds", self.trusting_seconds, trusting),
            ("every", self.every, (1, get(&MOST_EVERY)?)),
        ];
        for (what, found, (least, most)) in settings {
            if !(least..=most).contains(&found) {
                return Err(Refused::BadSetting { what, found, least, most }.into());
            }
        }
        Ok(())
    }
}
