//! The section `staking` of genesis: who operates the validators that consensus begins with, and what they stake.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Amount, Denom, PublicKey};
use sirius_runtime::{Context, Error, Report, Validator as Member};
use sirius_store::Write;

use super::{
    Carried, Commission, Description, Refused, Shares, Status, Validator,
    address::consensus_text,
    create_validator::{no_commission, open},
    delegation, field, invariants, keys,
    pool::Pool,
    set::{self, TOKENS_PER_POWER, told_all},
    validator::parse_rate,
};
use crate::base::fee::Price;

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The denomination that is staked; that of fees when left out.
    pub denom: Option<Denom>,
    /// The validators. When there are none, each that consensus begins with is operated by the account of its consensus
    /// key, with coins made for it that give it the power it has there.
    pub validators: Vec<GenesisValidator>,
    /// What another chain exported: all there is, and then no `validators` are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// One validator.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// The account that operates it, as text.
    pub operator: String,
    /// Its Ed25519 key, in base64, as CometBFT writes it.
    pub consensus_key: String,
    /// What the operator stakes, out of its balance.
    pub stake: Amount,
    /// Its name.
    pub moniker: String,
    /// The operator's own stake below which it is jailed; 1 when left out.
    #[serde(default)]
    pub min_self_delegation: Option<Amount>,
    /// What it keeps of its delegators' rewards, and the bounds of that; nothing when left out.
    #[serde(default)]
    pub commission: Option<GenesisCommission>,
}

/// A commission, in whole numbers of 10^-18.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisCommission {
    /// The part that it keeps.
    pub rate: String,
    /// It is never above this.
    pub max_rate: String,
    /// It rises at most by this a day.
    pub max_change_rate: String,
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let denom = match self.denom {
            Some(denom) => denom,
            None => Price::load(state)?.denom,
        };
        keys::denom().set(state, &denom);
        if let Some(carried) = self.carried {
            if !self.validators.is_empty() {
                let cause = "it has validators and carried; give one of the two".into();
                return Err(Refused::BadGenesis { cause }.into());
            }
            return go_on(ctx, state, carried);
        }
        let report: &Report = ctx.report;
        if self.validators.is_empty() {
            for member in &report.validators {
                unstaked(ctx, state, member)?;
            }
        } else {
            // A validator that consensus has and nobody stakes for would be dismissed at once.
            let mut missing: BTreeSet<_> = report.validators.iter().map(|member| member.key).collect();
            for validator in self.validators {
                missing.remove(&validator.write(ctx, state)?);
            }
            if let Some(key) = missing.first() {
                let cause = format!("no operator is named for the validator {:?} of genesis", key.address());
                return Err(Refused::BadGenesis { cause }.into());
            }
        }
        set::update(ctx, state)?;
        // Nobody reads the events of genesis.
        ctx.take_events();
        Ok(())
    }
}

/// Goes on with another chain's stakes. Bank's section holds their coins.
fn go_on(ctx: &mut Context<'_>, state: &mut dyn Write, carried: Carried) -> Result<(), Error> {
    let bad = |cause: String| Error::from(Refused::BadGenesis { cause });
    carried.write(ctx, state).map_err(bad)?;
    invariants::check(&*state)?.map_err(bad)?;
    let told = told_all(state)?;
    if ctx.report.validators.is_empty() {
        // Consensus leaves it to the application who begins.
        told.into_iter().for_each(|one| ctx.tell(one));
        return Ok(());
    }
    let told: BTreeSet<_> = told.into_iter().map(|one| (one.key, one.power)).collect();
    let begun = ctx.report.validators.iter().map(|one| (one.key, one.power)).collect();
    // What consensus begins with must be what it was told, or nothing that it is told later is right.
    if told == begun {
        Ok(())
    } else {
        Err(bad("the validators of genesis are not those that make blocks in `carried`".into()))
    }
}

impl GenesisValidator {
    fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<PublicKey, Error> {
        let operator = field::operator("operator's", &self.operator, ctx.chain)?;
        let key = base64_key(&self.consensus_key)
            .ok_or_else(|| Refused::BadKey { cause: "it is not 32 bytes of base64".into() })?;
        let key = PublicKey::ed25519(&key).map_err(|error| Refused::BadKey { cause: error.to_string() })?;
        let commission = match &self.commission {
            None => no_commission(),
            Some(genesis) => Commission {
                rate: parse_rate("commission", &genesis.rate)?,
                most: parse_rate("highest commission", &genesis.max_rate)?,
                most_change: parse_rate("highest daily change", &genesis.max_change_rate)?,
                changed: ctx.block.time,
            },
        };
        let least_own_stake = self.min_self_delegation.unwrap_or(Amount::new(1));
        let validator = begin(&key, commission, (self.moniker, least_own_stake))?;
        open(ctx, state, &operator, &validator)?;
        Pool::NotBonded.take(ctx, state, &operator, self.stake)?;
        delegation::add(ctx, state, (&operator, &operator), self.stake)?;
        Ok(key)
    }
}

/// A validator that consensus begins with and of which genesis says nothing.
fn unstaked(ctx: &mut Context<'_>, state: &mut dyn Write, member: &Member) -> Result<(), Error> {
    let operator = member.key.address();
    let stake = Amount::new(u128::from(member.power).saturating_mul(TOKENS_PER_POWER));
    let moniker = consensus_text(&operator, &ctx.chain.prefix);
    let validator = begin(&member.key, no_commission(), (moniker, Amount::new(1)))?;
    open(ctx, state, &operator, &validator)?;
    Pool::NotBonded.mint(ctx, state, stake)?;
    delegation::add(ctx, state, (&operator, &operator), stake)?;
    Ok(())
}

fn begin(
    key: &PublicKey,
    commission: Commission,
    (moniker, least_own_stake): (String, Amount),
) -> Result<Validator, Refused> {
    let PublicKey::Ed25519(consensus_key) = *key else {
        return Err(Refused::BadKey { cause: "it is a secp256k1 key".into() });
    };
    Ok(Validator {
        consensus_key,
        tokens: Amount::ZERO,
        shares: Shares::ZERO,
        status: Status::Unbonded,
        jailed: false,
        least_own_stake,
        commission,
        description: Description { moniker, ..Description::default() },
    })
}

fn base64_key(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
