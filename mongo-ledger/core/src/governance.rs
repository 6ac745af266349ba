//! How elections are opened, voted on and decided.

use sirius_primitives::{Hash, sha256};
use sirius_store::{Fault, Read, Write};

use crate::{
    election::{Election, Status, address},
    error::Error,
    key::PublicKey,
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
    let total: u64 = validators.iter().fold(0, |total, (_, power)| total.saturating_add(*power));
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
    if let Proposal::Validator { power, .. } = &proposal
        && u128::from(*power).saturating_mul(3) >= u128::from(total)
    {
        return Err(Refusal::InvalidPowerChange.into());
    }
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
        && carry_out(&election, &validators, state, height)
    {
        true => Status::Concluded { height },
        false => Status::Inconclusive { height },
    };
    state::election(id).set(state, &election);
    Ok(Some(election))
}

/// Does what was agreed. `false` when that would leave the chain without validators.
fn carry_out(
    election: &Election,
    validators: &[(PublicKey, u64)],
    state: &mut impl Write,
    height: u64,
) -> bool {
    match &election.proposal {
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
    }
}

fn digest(validators: &[(PublicKey, u64)]) -> Hash {
    sha256(&borsh::to_vec(validators).expect("writing to memory cannot fail"))
}

/// The power of all validators.
///
/// # Errors
/// The state cannot be read.
pub fn total_power(state: &(impl Read + ?Sized)) -> Result<u64, Fault> {
    Ok(state::validators(state)?.iter().fold(0, |total, (_, power)| total.saturating_add(*power)))
}
