//! The present stakes as a genesis says them.

use std::{collections::BTreeSet, ops::ControlFlow};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::Address;
use sirius_runtime::{QueryContext, rows::each_row};
use sirius_store::Fault;

use super::{
    Delegation, Fraction, Validator,
    address::{consensus_text, operator_text},
    carried::{
        Carried, CarriedDelegation, CarriedLoss, CarriedRedelegation, CarriedSlash, CarriedUnbonding,
        CarriedValidator, FormerKey, WithdrawAddress,
    },
    keys,
    slashed::height_at,
    state::address_at,
    stored::{Leaving, Moved, Slash},
};

impl Carried {
    /// All there is.
    ///
    /// # Errors
    /// This node cannot read its state.
    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let texts = Texts(ctx);
        let validators =
            texts.all(keys::VALIDATORS, |rest, one| texts.validator(&address_at(rest, 0)?, &one))?;
        Ok(Self {
            delegations: texts.all(keys::DELEGATIONS, |rest, one| texts.delegation(rest, &one))?,
            unbondings: texts.all(keys::UNBONDINGS, |rest, entries: Vec<Leaving>| {
                Ok(CarriedUnbonding {
                    delegator: texts.account(rest, 0)?,
                    validator: texts.operator(rest, Address::LENGTH)?,
                    entries,
                })
            })?,
            redelegations: texts.all(keys::REDELEGATIONS, |rest, entries: Vec<Moved>| {
                Ok(CarriedRedelegation {
                    delegator: texts.account(rest, 0)?,
                    to: texts.operator(rest, Address::LENGTH)?,
                    from: texts.operator(rest, 2 * Address::LENGTH)?,
                    entries,
                })
            })?,
            slashes: texts.all(keys::SLASHES, |rest, slash: Slash| {
                let (validator, (found, _)) = (texts.operator(rest, 0)?, height_at(rest, Address::LENGTH)?);
                Ok(CarriedSlash { validator, found, slash })
            })?,
            sweeping: texts.all(keys::SWEEPS, |rest, _: Vec<u8>| texts.operator(rest, 0))?,
            slashed: texts.all(keys::SLASHED, |rest, fraction: Fraction| {
                let (validator, (height, number)) =
                    (texts.operator(rest, 0)?, height_at(rest, Address::LENGTH)?);
                Ok(CarriedLoss { validator, height, number: number.first().copied().unwrap_or(0), fraction })
            })?,
            former_keys: texts.former_keys()?,
            withdraw_addresses: texts.all(keys::WITHDRAW, |rest, to: Address| {
                let (delegator, to) = (texts.account(rest, 0)?, to.bech32(&ctx.chain.prefix));
                Ok(WithdrawAddress { delegator, to })
            })?,
            validators,
        })
    }
}

/// The state, said with the chain's texts of addresses.
struct Texts<'a>(&'a QueryContext<'a>);

impl Texts<'_> {
    fn account(&self, rest: &[u8], from: usize) -> Result<String, Fault> {
        Ok(address_at(rest, from)?.bech32(&self.0.chain.prefix))
    }

    fn operator(&self, rest: &[u8], from: usize) -> Result<String, Fault> {
        Ok(operator_text(&address_at(rest, from)?, &self.0.chain.prefix))
    }

    /// Every record below `beginning`, said by `say` from the rest of its key and its value.
    fn all<V: BorshSerialize + BorshDeserialize, T>(
        &self,
        beginning: &[u8],
        mut say: impl FnMut(&[u8], V) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut list = Vec::new();
        each_row(self.0.state, beginning, |rest, value| {
            list.push(say(rest, value)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(list)
    }

    fn validator(&self, operator: &Address, one: &Validator) -> Result<CarriedValidator, Fault> {
        let told = keys::told(&one.consensus()).get(self.0.state)?;
        Ok(CarriedValidator {
            operator: operator_text(operator, &self.0.chain.prefix),
            consensus_key: STANDARD.encode(one.consensus_key),
            tokens: one.tokens,
            shares: one.shares,
            status: one.status,
            jailed: one.jailed,
            min_self_delegation: one.least_own_stake,
            commission: one.commission,
            description: one.description.clone(),
            since: told.map(|told| told.since),
            rewards: keys::rewards(operator).get(self.0.state)?,
        })
    }

    fn delegation(&self, rest: &[u8], one: &Delegation) -> Result<CarriedDelegation, Fault> {
        let (delegator, validator) = (self.account(rest, 0)?, self.operator(rest, Address::LENGTH)?);
        Ok(CarriedDelegation { delegator, validator, shares: one.shares, paid: one.paid })
    }

    /// The keys of those who are no validators any more.
    fn former_keys(&self) -> Result<Vec<FormerKey>, Fault> {
        let present: BTreeSet<Address> =
            self.all(keys::VALIDATORS, |_, one: Validator| Ok(one.consensus()))?.into_iter().collect();
        let known =
            self.all(keys::CONSENSUS, |rest, operator: Address| Ok((address_at(rest, 0)?, operator)))?;
        let former = known.into_iter().filter(|(consensus, _)| !present.contains(consensus));
        let prefix = &self.0.chain.prefix;
        let say = |(consensus, operator): (Address, Address)| FormerKey {
            consensus: consensus_text(&consensus, prefix),
            operator: operator_text(&operator, prefix),
        };
        Ok(former.map(say).collect())
    }
}
