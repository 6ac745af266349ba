//! The door to the ledger: what every transaction fulfils before its messages run.
//!
//! The order is that of cost: what needs no state, then the fee's size, then accounts, and signatures last, so that
//! garbage is turned away cheaply.

pub mod amino;
mod error;
mod limits;
mod signature;
#[cfg(test)]
pub(crate) mod tests;

pub use error::Refused;

use sirius_primitives::Address;
use sirius_runtime::{
    Ante, Chain, Context, Costs, Error, Mode, Rules, Tx,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use crate::base::{
    auth::{self, Account},
    fee::{self, Price},
};
use limits::Limits;
use signature::Signer;

/// Makes the rules of each block from the parameters in force.
#[derive(Debug)]
pub struct Door;

impl Ante for Door {
    fn rules(&self, state: &dyn Read) -> Result<Box<dyn Rules>, Fault> {
        Ok(Box::new(DoorRules {
            limits: Limits::load(state)?,
            price: Price::load(state)?,
            costs: fee::costs(state)?,
        }))
    }

    fn refusals(&self) -> &'static [(&'static str, u32, &'static str)] {
        Refused::TABLE
    }
}

struct DoorRules {
    limits: Limits,
    price: Price,
    costs: Costs,
}

impl Rules for DoorRules {
    fn costs(&self) -> Costs {
        self.costs
    }

    fn verify_ahead(&self, tx: &Tx, chain: &Chain, state: &dyn Read) {
        let required = tx.required_signers();
        if self.limits.check(tx).is_err() || required.len() != tx.signers.len() {
            return;
        }
        // Whatever cannot be found out here is found out, and answered for, when the transaction's turn comes.
        let Ok(signers) = signers(tx, &required, chain, state) else { return };
        let keys: Option<Vec<_>> = signers.iter().map(|signer| signer.verify(tx, chain)).collect();
        if let Some(keys) = keys {
            // Another thread may have been faster with the same answer.
            let _ = tx.verified.set(keys);
        }
    }

    fn admit(&self, tx: &Tx, mode: Mode, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        self.limits.check(tx)?;
        self.limits.check_height(tx, ctx.block.height)?;
        let required = tx.required_signers();
        self.limits.check_signers(tx, required.len(), mode)?;
        self.limits.charge(tx, mode, ctx.meter);
        ctx.check_gas()?;
        if mode != Mode::Simulate {
            self.price.check(&tx.fee)?;
        }
        let signers = signers(tx, &required, ctx.chain, state)?;
        check_sequences(&signers)?;
        if mode != Mode::Simulate {
            signature::check(tx, &signers, ctx.chain)?;
            let first = required.first().ok_or(Refused::NoSigners)?;
            fee::charge(ctx, state, &tx.fee, first)?;
        }
        count(tx, ctx, state, &signers)
    }
}

/// Finds the account of each required signer.
fn signers<'a>(
    tx: &'a Tx,
    required: &[Address],
    chain: &Chain,
    state: &(impl Read + ?Sized),
) -> Result<Vec<Signer<'a>>, Error> {
    let mut signers = Vec::with_capacity(required.len());
    for (index, address) in required.iter().enumerate() {
        let account = auth::account(state, address)?;
        signers.push(Signer::new(tx, index, *address, account, chain)?);
    }
    Ok(signers)
}

fn check_sequences(signers: &[Signer<'_>]) -> Result<(), Refused> {
    for signer in signers {
        let (expected, got) = (signer.account.sequence, signer.described.sequence);
        if expected != got {
            return Err(Refused::WrongSequence { expected, got });
        }
    }
    Ok(())
}

/// Counts the transaction for each signer and remembers the key it signed with.
fn count(tx: &Tx, ctx: &mut Context<'_>, state: &mut dyn Write, signers: &[Signer<'_>]) -> Result<(), Error> {
    for (signer, signature) in
        signers.iter().zip(tx.signatures.iter().map(Some).chain(std::iter::repeat(None)))
    {
        let sequence = signer.account.sequence.checked_add(1).ok_or(Refused::SequenceUsedUp)?;
        let account = Account { sequence, public_key: signer.key.clone(), ..signer.account.clone() };
        auth::save(state, &signer.address, &account);
        ctx.emit(|ctx| {
            let counted = format!("{}/{}", ctx.text(&signer.address), signer.described.sequence);
            let shown = event("tx").with("acc_seq", counted);
            match signature {
                Some(signature) => shown.with("signature", signature::base64(signature)),
                None => shown,
            }
        });
    }
    Ok(())
}
