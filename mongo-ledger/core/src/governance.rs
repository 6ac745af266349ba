//! How elections are opened, voted on and decided.

use sirius_primitives::{Hash, sha256};
use sirius_store::{Fault, Read, Write};

use crate::{
    access::Access,
    election::{Election, Status, address},
    error::Error,
    key::PublicKey,
    permission, policy,
    refusal::Refusal,
    state,
    transaction::{Proposal, Transaction, TransactionId},
};

/// Opens an election if its proposer may.
pub(crate) fn open(transaction: &Transaction, state: &mut impl Write, height: u64) -> Result<(), Error> {
    let proposal = transaction.proposal().cloned().ok_or_else(|| {
        Refusal::SchemaValidationError("an election says in asset.data what is to be decided".into())
    })?;
    let validators = state::validators(state)?;
    let total = power(&validators);
    let [input] = transaction.inputs() else {
        return Err(Refusal::MultipleInputsError.into());
    };
    let [proposer] = input.owners_before.as_slice() else {
        return Err(Refusal::MultipleInputsError.into());
    };
    if !validators.iter().any(|(key, _)| key == proposer) {
        return Err(Refusal::InvalidProposer.into());
    }
    let mut asked: Vec<(PublicKey, u64)> = Vec::new();
    for output in transaction.outputs() {
        match output.public_keys.as_slice() {
            [key] => asked.push((*key, output.amount)),
            _ => return Err(Refusal::UnequalValidatorSet.into()),
        }
    }
    asked.sort_unstable();
    if asked != validators {
        return Err(Refusal::UnequalValidatorSet.into());
    }
    admit(&proposal, transaction, state, (height, total))?;
    let settings = state::settings().get(state)?.unwrap_or_default();
    let election = Election {
        proposal,
        opened: height,
        expires: height.saturating_add(settings.election_blocks),
        validators: digest(&validators),
        total,
        votes: 0,
        status: Status::Ongoing,
    };
    state::election(transaction.id()).set(state, &election);
    Ok(())
}

/// Refuses to ask for what could not be carried out now.
fn admit(
    proposal: &Proposal,
    transaction: &Transaction,
    state: &impl Read,
    (height, total): (u64, u64),
) -> Result<(), Error> {
    match proposal {
        Proposal::Validator { power, .. } if u128::from(*power).saturating_mul(3) >= u128::from(total) => {
            Err(Refusal::InvalidPowerChange.into())
        }
        Proposal::Validator { .. } | Proposal::Migration => Ok(()),
        Proposal::Parameters { transaction_bytes, .. } => {
            let length = u64::try_from(transaction.raw().len()).unwrap_or(u64::MAX);
            match transaction_bytes.map(u64::from).filter(|bytes| *bytes < length) {
                // Nobody could ask for more again.
                Some(bytes) => Err(Refusal::ValidationError(format!(
                    "with transaction_bytes {bytes} no election as this one, of {length} bytes, could be proposed again"
                ))
                .into()),
                None => Ok(()),
            }
        }
        Proposal::Policy(_) if permission::mode(state)? == Access::Open => Err(Refusal::OpenChain.into()),
        Proposal::Policy(change) => policy::outcome(change, state, height, transaction.id()).map(|_| ()),
        Proposal::Upgrade(plan) if plan.height <= height => {
            Err(Refusal::InvalidUpgrade { height: plan.height, next: height }.into())
        }
        Proposal::Upgrade(_) => Ok(()),
    }
}

/// Counts the votes that a transaction, which has spent its inputs, sends to the election.
pub(crate) fn vote(transaction: &Transaction, state: &mut impl Write, height: u64) -> Result<(), Error> {
    let id = transaction.asset_id();
    let Some(mut election) = state::election(&id).get(state)? else {
        return Err(Refusal::AssetIdMismatch.into());
    };
    if election.status != Status::Ongoing || height > election.expires {
        return Err(Refusal::ElectionClosed(id).into());
    }
    let address = address(&id);
    let votes = transaction.outputs().iter().filter(|output| output.public_keys == [address]);
    let votes = votes.fold(0_u64, |votes, output| votes.saturating_add(output.amount));
    election.votes = election.votes.saturating_add(votes);
    state::election(&id).set(state, &election);
    Ok(())
}

/// Decides one election after the last transaction of a block; gives it when it is decided now.
pub(crate) fn decide(
    id: &TransactionId,
    state: &mut impl Write,
    height: u64,
) -> Result<Option<Election>, Fault> {
    let Some(mut election) = state::election(id).get(state)? else { return Ok(None) };
    if election.status != Status::Ongoing || !election.agreed() {
        return Ok(None);
    }
    let validators = state::validators(state)?;
    election.status = match digest(&validators) == election.validators
        && carry_out((id, &election), &validators, state, height)?
    {
        true => Status::Concluded { height },
        false => Status::Inconclusive { height },
    };
    state::election(id).set(state, &election);
    Ok(Some(election))
}

/// Does what was agreed. `false` when that can no longer be: it would leave the chain without validators or admins, or
/// comes too late.
fn carry_out(
    (id, election): (&TransactionId, &Election),
    validators: &[(PublicKey, u64)],
    state: &mut impl Write,
    height: u64,
) -> Result<bool, Fault> {
    Ok(match &election.proposal {
        Proposal::Validator { key, power: 0, .. } => {
            let others = validators.iter().any(|(other, _)| other != key);
            if others {
                state::validator(key).remove(state);
            }
            others
        }
        Proposal::Validator { key, power, .. } => {
            state::validator(key).set(state, power);
            true
        }
        Proposal::Migration => {
            state::ended().set(state, &height);
            true
        }
        Proposal::Parameters { transaction_bytes, election_blocks } => {
            let mut settings = state::settings().get(state)?.unwrap_or_default();
            settings.transaction_bytes = transaction_bytes.unwrap_or(settings.transaction_bytes);
            settings.election_blocks = election_blocks.unwrap_or(settings.election_blocks);
            state::settings().set(state, &settings);
            true
        }
        Proposal::Policy(change) => match policy::apply(change, state, height, id) {
            Ok(()) => true,
            Err(Error::Refusal(_)) => false,
            Err(Error::Fault(fault)) => return Err(fault),
        },
        Proposal::Upgrade(plan) if plan.height <= height => false,
        Proposal::Upgrade(plan) => {
            state::upgrade().set(state, plan);
            true
        }
    })
}

fn digest(validators: &[(PublicKey, u64)]) -> Hash {
    sha256(&borsh::to_vec(validators).expect("writing to memory cannot fail"))
}

/// The power of all validators.
///
/// # Errors
/// The state cannot be read.
pub fn total_power(state: &(impl Read + ?Sized)) -> Result<u64, Fault> {
    Ok(power(&state::validators(state)?))
}

fn power(validators: &[(PublicKey, u64)]) -> u64 {
    validators.iter().fold(0, |total, (_, power)| total.saturating_add(*power))
}
