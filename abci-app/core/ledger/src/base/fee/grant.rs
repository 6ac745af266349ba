//! Paying fees for others: `MsgGrantAllowance` and `MsgRevokeAllowance` of `cosmos.feegrant.v1beta1`.

use sirius_primitives::{Address, Coin, Coins};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Refused, allowance::Allowance, keys, wire::feegrant as wire};
use crate::base::auth;

/// Spends of the grant of `granter` to `payer`.
///
/// # Errors
/// No such grant, one that has expired, or one too small.
pub(super) fn spend(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    (granter, payer): (&Address, &Address),
    amount: &Coins,
) -> Result<(), Error> {
    let key = keys::grant(granter, payer);
    let Some(mut allowance) = key.get(state)? else {
        return Err(Refused::NoGrant { granter: ctx.text(granter), payer: ctx.text(payer) }.into());
    };
    if allowance.expires.is_some_and(|expires| expires <= ctx.block.time) {
        return Err(Refused::GrantExpired { granter: ctx.text(granter) }.into());
    }
    let Some(left) = allowance.left.take() else { return Ok(()) };
    let mut rest = Vec::new();
    for coin in amount {
        if left.amount_of(&coin.denom) < coin.amount {
            return Err(Refused::GrantTooSmall {
                left: left.amount_of(&coin.denom),
                needed: coin.amount,
                denom: coin.denom.clone(),
            }
            .into());
        }
    }
    for coin in &left {
        let kept = coin.amount.checked_sub(amount.amount_of(&coin.denom)).unwrap_or_default();
        if !kept.is_zero() {
            rest.push(Coin { denom: coin.denom.clone(), amount: kept });
        }
    }
    if rest.is_empty() {
        // Used up: an empty limit would read as no limit.
        key.remove(state);
    } else {
        let rest = Coins::new(rest).map_err(|error| Refused::BadAllowance { cause: error.to_string() })?;
        allowance.left = Some(rest);
        key.set(state, &allowance);
    }
    Ok(())
}

/// Lets another account pay its fees from the granter's balance.
#[derive(Debug)]
pub struct GrantAllowance {
    granter: Address,
    grantee: Address,
    allowance: Allowance,
}

impl Message for GrantAllowance {
    type Wire = wire::MsgGrantAllowance;
    type Response = wire::MsgGrantAllowanceResponse;
    const SIGNER: &'static str = "granter";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let (granter, grantee) = pair(&wire.granter, &wire.grantee, chain)?;
        Ok(Self { granter, grantee, allowance: Allowance::parse(wire.allowance.as_ref())? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.granter]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let key = keys::grant(&self.granter, &self.grantee);
        let (granter, grantee) = (ctx.text(&self.granter), ctx.text(&self.grantee));
        // One that has expired is as good as none.
        let live = |old: &Allowance| old.expires.is_none_or(|expires| expires > ctx.block.time);
        if key.get(state)?.as_ref().is_some_and(live) {
            return Err(Refused::GrantExists { granter, grantee }.into());
        }
        // Whoever is granted fees can sign, even before receiving anything else.
        auth::open(state, &self.grantee)?;
        key.set(state, &self.allowance);
        ctx.emit(|_| event("set_feegrant").with("granter", granter).with("grantee", grantee));
        Ok(wire::MsgGrantAllowanceResponse {})
    }
}

/// Ends a grant.
#[derive(Debug)]
pub struct RevokeAllowance {
    granter: Address,
    grantee: Address,
}

impl Message for RevokeAllowance {
    type Wire = wire::MsgRevokeAllowance;
    type Response = wire::MsgRevokeAllowanceResponse;
    const SIGNER: &'static str = "granter";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let (granter, grantee) = pair(&wire.granter, &wire.grantee, chain)?;
        Ok(Self { granter, grantee })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.granter]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let key = keys::grant(&self.granter, &self.grantee);
        let (granter, grantee) = (ctx.text(&self.granter), ctx.text(&self.grantee));
        if key.get(state)?.is_none() {
            return Err(Refused::NoGrant { granter, payer: grantee }.into());
        }
        key.remove(state);
        ctx.emit(|_| event("revoke_feegrant").with("granter", granter).with("grantee", grantee));
        Ok(wire::MsgRevokeAllowanceResponse {})
    }
}

/// Reads the two addresses of a grant.
pub(super) fn pair(granter: &str, grantee: &str, chain: &Chain) -> Result<(Address, Address), Refused> {
    let address = |what, text: &str| {
        Address::parse(text, &chain.prefix)
            .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
    };
    let (granter, grantee) = (address("granter's", granter)?, address("grantee's", grantee)?);
    if granter == grantee { Err(Refused::GrantToOneself) } else { Ok((granter, grantee)) }
}
