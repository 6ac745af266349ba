//! Taking the fee of one transaction.

use sirius_primitives::{Address, Coin, Denom};
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
    tx::Fee,
};
use sirius_store::{Fault, Read, Write};

use super::{Refused, base_fee::required, grant, keys, split::COLLECTOR};
use crate::base::bank;

/// What gas costs in one block, and in what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// In which denomination fees are paid.
    pub denom: Denom,
    /// The least price of 1,000,000 gas, in its smallest units.
    pub per_million_gas: u64,
}

impl Price {
    /// The price in force.
    ///
    /// # Errors
    /// This node cannot read its state, or genesis never set a price.
    pub fn load(state: &dyn Read) -> Result<Self, Fault> {
        let denom = keys::denom()
            .get(state)?
            .ok_or_else(|| Fault::Contradiction("fees have no denomination".into()))?;
        Ok(Self { denom, per_million_gas: keys::base().get(state)?.unwrap_or(0) })
    }

    /// Whether the fee is in the right denomination and enough for its gas limit. Needs no account, so it comes before
    /// everything that costs time.
    ///
    /// # Errors
    /// What is wrong with the fee.
    pub fn check(&self, fee: &Fee) -> Result<(), Refused> {
        if let Some(wrong) = fee.amount.iter().find(|coin| coin.denom != self.denom) {
            return Err(Refused::WrongDenom { found: wrong.denom.clone(), expected: self.denom.clone() });
        }
        let amount = required(fee.gas_limit, self.per_million_gas);
        if fee.amount.amount_of(&self.denom) < amount {
            let required = Coin { denom: self.denom.clone(), amount };
            return Err(Refused::TooLittle { got: fee.amount.clone(), required });
        }
        Ok(())
    }
}

/// Moves the fee from whoever pays to the collector.
///
/// # Errors
/// Too little to spend, or no grant for it.
pub fn charge(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    fee: &Fee,
    first_signer: &Address,
) -> Result<(), Error> {
    let payer = fee.payer.unwrap_or(*first_signer);
    let source = fee.granter.unwrap_or(payer);
    if source != payer {
        grant::spend(ctx, state, (&source, &payer), &fee.amount)?;
    }
    if !fee.amount.is_empty() {
        bank::transfer_unseen(state, (&source, &COLLECTOR), &fee.amount)?;
    }
    ctx.emit(|ctx| event("tx").with("fee", &fee.amount).with("fee_payer", ctx.text(&source)));
    Ok(())
}
