//! A genesis' stakes as the state has them, with everything that follows from them. Nothing was ever taken from the queues
//! of a state that begins.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sirius_primitives::Address;
use sirius_runtime::{Chain, Context};
use sirius_store::Write;

use super::{
    Delegation, Status, Validator,
    address::{parse_consensus, parse_operator},
    carried::{Carried, CarriedDelegation, CarriedRedelegation, CarriedUnbonding, CarriedValidator},
    keys,
    set::{self, power},
    stored::Told,
};

impl Carried {
    /// Writes all of it; says what is wrong with it otherwise.
    pub(super) fn write(self, ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), String> {
        let chain = ctx.chain;
        let mut in_office = 0_u64;
        for validator in &self.validators {
            in_office = in_office.saturating_add(u64::from(validator.status == Status::Bonded));
            validator.write(chain, state)?;
        }
        keys::bonded_count().set(state, &in_office);
        self.delegations.iter().try_for_each(|one| one.write(chain, state))?;
        self.unbondings.into_iter().try_for_each(|one| one.write(chain, state))?;
        self.redelegations.into_iter().try_for_each(|one| one.write(chain, state))?;
        for one in &self.slashes {
            keys::slash(&operator(&one.validator, chain)?, one.found).set(state, &one.slash);
        }
        for one in &self.sweeping {
            // What was settled already says so itself.
            keys::sweep(&operator(one, chain)?).set(state, &Vec::new());
        }
        for one in &self.slashed {
            let key = keys::slashed(&operator(&one.validator, chain)?, one.height, one.number);
            key.set(state, &one.fraction);
        }
        for one in &self.former_keys {
            let consensus = parse_consensus(&one.consensus, &chain.prefix);
            let consensus = consensus.map_err(|error| format!("{:?}: {error}", one.consensus))?;
            keys::consensus(&consensus).set(state, &operator(&one.operator, chain)?);
        }
        for one in &self.withdraw_addresses {
            keys::withdraw(&account(&one.delegator, chain)?).set(state, &account(&one.to, chain)?);
        }
        keys::seats_changed().set(state, &true);
        Ok(())
    }
}

impl CarriedValidator {
    fn write(&self, chain: &Chain, state: &mut dyn Write) -> Result<(), String> {
        let operator = operator(&self.operator, chain)?;
        let key = STANDARD.decode(&self.consensus_key).ok().and_then(|key| key.try_into().ok());
        let key = key
            .ok_or_else(|| format!("the consensus key {:?} is no base64 of 32 bytes", self.consensus_key))?;
        let validator = Validator {
            consensus_key: key,
            tokens: self.tokens,
            shares: self.shares,
            status: self.status,
            jailed: self.jailed,
            least_own_stake: self.min_self_delegation,
            commission: self.commission,
            description: self.description.clone(),
        };
        set::save(state, &operator, None, &validator);
        // Only one that cannot leave although it is jailed is looked at again when the next block ends.
        if !(validator.jailed && validator.is_bonded()) {
            keys::changed(&operator).remove(state);
        }
        let consensus = validator.consensus();
        keys::consensus(&consensus).set(state, &operator);
        if let Status::Unbonding { until, .. } = validator.status {
            keys::validator_due(until, &operator).set(state, &true);
        }
        if let Some(since) = self.since {
            keys::told(&consensus).set(state, &Told { key, power: power(validator.tokens), since });
        }
        if let Some(rewards) = &self.rewards {
            keys::rewards(&operator).set(state, rewards);
        }
        Ok(())
    }
}

impl CarriedDelegation {
    fn write(&self, chain: &Chain, state: &mut dyn Write) -> Result<(), String> {
        let (delegator, operator) = (account(&self.delegator, chain)?, operator(&self.validator, chain)?);
        let delegation = Delegation { shares: self.shares, paid: self.paid };
        keys::delegation(&delegator, &operator).set(state, &delegation);
        keys::delegator(&operator, &delegator).set(state, &true);
        Ok(())
    }
}

impl CarriedUnbonding {
    fn write(self, chain: &Chain, state: &mut dyn Write) -> Result<(), String> {
        let (delegator, operator) = (account(&self.delegator, chain)?, operator(&self.validator, chain)?);
        for entry in &self.entries {
            keys::unbonding_due(entry.completes, &delegator, &operator).set(state, &true);
        }
        keys::unbonding_from(&operator, &delegator).set(state, &true);
        keys::unbonding(&delegator, &operator).set(state, &self.entries);
        Ok(())
    }
}

impl CarriedRedelegation {
    fn write(self, chain: &Chain, state: &mut dyn Write) -> Result<(), String> {
        let delegator = account(&self.delegator, chain)?;
        let (from, to) = (operator(&self.from, chain)?, operator(&self.to, chain)?);
        for entry in &self.entries {
            keys::redelegation_due(entry.completes, (&delegator, &to, &from)).set(state, &true);
        }
        keys::redelegation_from(&from, &delegator, &to).set(state, &true);
        keys::redelegation(&delegator, &to, &from).set(state, &self.entries);
        Ok(())
    }
}

fn account(text: &str, chain: &Chain) -> Result<Address, String> {
    Address::parse(text, &chain.prefix).map_err(|error| format!("{text:?}: {error}"))
}

fn operator(text: &str, chain: &Chain) -> Result<Address, String> {
    parse_operator(text, &chain.prefix).map_err(|error| format!("{text:?}: {error}"))
}
