//! The section `fee` of genesis: in what fees are paid, and their first price.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Coins, Denom, Timestamp};
use sirius_runtime::{Context, Error, QueryContext, rows::each_row};
use sirius_store::{Fault, Write};

use super::{
    Refused,
    allowance::Allowance,
    grant::pair,
    keys,
    params::{LEAST_BASE, MOST_BASE},
};

/// See the module's documentation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// In which denomination fees are paid.
    pub denom: Denom,
    /// The first price of 1,000,000 gas; the least one when left out.
    #[serde(default)]
    pub base_fee: Option<u64>,
    /// Who pays for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GenesisGrant>,
}

/// What one account lets another spend on fees.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisGrant {
    /// Who pays.
    pub granter: String,
    /// Whose fees.
    pub grantee: String,
    /// What is left; without limit when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Coins>,
    /// The block time from which it is void; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl Default for Genesis {
    fn default() -> Self {
        let denom = "uxpx".parse().expect("uxpx is a denomination");
        Self { denom, base_fee: None, grants: Vec::new() }
    }
}

impl Genesis {
    pub(super) fn write(self, ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let (least, most) = (LEAST_BASE.get(state)?, MOST_BASE.get(state)?);
        let base = self.base_fee.unwrap_or(least);
        if !(least..=most).contains(&base) {
            return Err(Refused::BadBaseFee { found: base, least, most }.into());
        }
        keys::denom().set(state, &self.denom);
        keys::base().set(state, &base);
        for grant in self.grants {
            let (granter, grantee) = pair(&grant.granter, &grant.grantee, ctx.chain)?;
            if grant.limit.as_ref().is_some_and(Coins::is_empty) {
                let cause = "its limit is empty; leave it out for one without limit".into();
                return Err(Refused::BadAllowance { cause }.into());
            }
            let allowance = Allowance { left: grant.limit, expires: grant.expires };
            keys::grant(&granter, &grantee).set(state, &allowance);
        }
        Ok(())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let missing = || Fault::Damaged { what: "fee", detail: "it has no denomination".into() };
        let mut grants = Vec::new();
        each_row(ctx.state, keys::GRANTS, |rest, allowance: Allowance| {
            let (grantee, granter) = keys::pair_in(rest)?;
            grants.push(GenesisGrant {
                granter: granter.bech32(&ctx.chain.prefix),
                grantee: grantee.bech32(&ctx.chain.prefix),
                limit: allowance.left,
                expires: allowance.expires,
            });
            Ok(ControlFlow::Continue(()))
        })?;
        let denom = keys::denom().get(ctx.state)?.ok_or_else(missing)?;
        Ok(Self { denom, base_fee: keys::base().get(ctx.state)?, grants })
    }
}
