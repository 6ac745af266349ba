//! What a transaction does to the state, and when it may not.

use std::collections::BTreeSet;

use sirius_store::{Fault, Read, Write};

use crate::{
    access::{Access, Namespace, Role},
    erase,
    error::Error,
    governance,
    key::PublicKey,
    permission, policy,
    record::Record,
    refusal::Refusal,
    state::{self, Chain, Entry, Spent, Unspent},
    transaction::{Asset, Operation, Output, OutputRef, Transaction},
};

/// Where a transaction would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The block.
    pub height: u64,
    /// The place among the block's accepted transactions, from 0.
    pub position: u32,
    /// The number of the record in the log.
    pub index: u64,
    /// Whether the chain asks for roles.
    pub access: Access,
}

/// Executes a transaction whose signatures are in order, or says why it may not be. What was written before a refusal
/// is the caller's to drop.
///
/// # Errors
/// The rule that it breaks, or this node's illness.
pub fn execute(transaction: &Transaction, state: &mut impl Write, place: Place) -> Result<Record, Error> {
    if let Some(height) = state::ended().get(state)? {
        return Err(Refusal::ChainEnded { height }.into());
    }
    let id = *transaction.id();
    if state::entry(&id).get(state)?.is_some() {
        return Err(Refusal::DuplicateTransaction(id).into());
    }
    for_this_chain(transaction, state)?;
    let asset = transaction.asset_id();
    let gate = Gate { access: place.access, height: place.height };
    let chain = match transaction.operation() {
        Operation::Create => {
            let chain = begun(transaction, gate.namespace(transaction)?);
            gate.pass(transaction, state, Role::Issuer, &chain.namespace)?;
            chain
        }
        Operation::Record => {
            let chain = match transaction.asset() {
                Asset::Data(_) => begun(transaction, gate.namespace(transaction)?),
                Asset::Id(_) => appended(transaction, state)?,
            };
            gate.pass(transaction, state, Role::Recorder, &chain.namespace)?;
            chain
        }
        Operation::Transfer => {
            let chain = spend(transaction, state)?;
            gate.pass(transaction, state, Role::Transactor, &chain.namespace)?;
            chain
        }
        Operation::Grant | Operation::Revoke => {
            let namespace = gate.change(transaction, state)?;
            begun(transaction, namespace)
        }
        Operation::ValidatorElection
        | Operation::ChainMigrationElection
        | Operation::ParamElection
        | Operation::PolicyElection
        | Operation::UpgradeElection => {
            governance::open(transaction, state, place.height)?;
            begun(transaction, Namespace::all())
        }
        Operation::Erase => erase::erase(transaction, state, place.height)?,
        Operation::Vote => {
            let chain = spend(transaction, state)?;
            governance::vote(transaction, state, place.height)?;
            chain
        }
    };
    for (output, index) in transaction.outputs().iter().zip(0_u32..) {
        let reference = OutputRef { transaction_id: id, output_index: index };
        state::unspent(&reference).set(state, &unspent(output, transaction));
    }
    erase::bring(transaction, state)?;
    let raw = sirius_primitives::sha256(transaction.raw().as_bytes());
    let Place { height, position, index, .. } = place;
    let record = Record { height, position, id, raw, asset, previous: chain.head };
    let leaf = record.leaf();
    let chain = Chain { head: leaf, length: chain.length.saturating_add(1), ..chain };
    state::chain(&asset).set(state, &chain);
    state::entry(&id).set(state, &Entry { index, height, leaf });
    Ok(record)
}

/// Refuses what was signed for another chain.
fn for_this_chain(transaction: &Transaction, state: &impl Read) -> Result<(), Error> {
    let Some(found) = transaction.chain() else { return Ok(()) };
    let expected = state::chain_id().get(state)?.unwrap_or_default();
    match found == expected {
        true => Ok(()),
        false => Err(Refusal::WrongChain { found: found.to_owned(), expected }.into()),
    }
}

/// What is asked of whoever acts in a block.
struct Gate {
    access: Access,
    height: u64,
}

impl Gate {
    /// The namespace of an asset that begins. Where no roles are asked for, `ns` is a member as any other.
    fn namespace(&self, transaction: &Transaction) -> Result<Namespace, Refusal> {
        let data = match transaction.asset() {
            Asset::Data(data) => data.as_ref(),
            Asset::Id(_) => None,
        };
        match (Namespace::of(data), self.access) {
            (Ok(namespace), _) => Ok(namespace),
            (Err(_), Access::Open) => Ok(Namespace::all()),
            (Err(error), Access::Permissioned) => {
                Err(Refusal::ValidationError(format!("asset.data.ns: {error}")))
            }
        }
    }

    /// Lets those through who have the role.
    fn pass(
        &self,
        transaction: &Transaction,
        state: &impl Read,
        role: Role,
        namespace: &Namespace,
    ) -> Result<(), Error> {
        match self.access {
            Access::Open => Ok(()),
            Access::Permissioned => permission::require(state, transaction, role, namespace, self.height),
        }
    }

    /// Grants or revokes, and gives the namespace in which.
    fn change(&self, transaction: &Transaction, state: &mut impl Write) -> Result<Namespace, Error> {
        if self.access == Access::Open {
            return Err(Refusal::OpenChain.into());
        }
        let change = transaction.change().ok_or_else(|| {
            Refusal::SchemaValidationError("a change of roles says in asset.data what changes".into())
        })?;
        let namespace = &change.right().namespace;
        self.pass(transaction, state, Role::Admin, namespace)?;
        policy::apply(change, state, self.height, transaction.id())?;
        Ok(namespace.clone())
    }
}

/// The chain of an asset that has no record yet.
fn begun(transaction: &Transaction, namespace: Namespace) -> Chain {
    Chain { head: Record::FIRST, length: 0, writers: transaction.authors(), namespace }
}

/// The chain that a `RECORD` continues; only who began it may do so.
fn appended(transaction: &Transaction, state: &impl Read) -> Result<Chain, Error> {
    let asset = transaction.asset_id();
    let chain = state::chain(&asset).get(state)?;
    let chain = chain.ok_or_else(|| Refusal::InputDoesNotExist(format!("asset `{asset}` doesn't exist")))?;
    match chain.writers == transaction.authors() {
        true => Ok(chain),
        false => Err(Refusal::InvalidSignature(format!(
            "only who began the chain of `{asset}` may append a record to it"
        ))
        .into()),
    }
}

fn sorted<'a>(keys: impl Iterator<Item = &'a PublicKey>) -> Vec<PublicKey> {
    let mut keys: Vec<PublicKey> = keys.copied().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn unspent(output: &Output, transaction: &Transaction) -> Unspent {
    Unspent {
        asset: transaction.asset_id(),
        amount: output.amount,
        uri: output.condition.uri(),
        keys: output.public_keys.clone(),
    }
}

/// Spends every input, and gives the chain of their asset. The order of the checks is BigchainDB's.
fn spend(transaction: &Transaction, state: &mut impl Write) -> Result<Chain, Error> {
    let asset = transaction.asset_id();
    let mut inputs = Vec::with_capacity(transaction.inputs().len());
    for input in transaction.inputs() {
        let Some(reference) = &input.fulfills else {
            return Err(
                Refusal::SchemaValidationError("an input of a transfer spends an output".into()).into()
            );
        };
        inputs.push((input, *reference, available(reference, state)?));
    }
    let mut once = BTreeSet::new();
    if !inputs.iter().all(|(_, reference, _)| once.insert(*reference)) {
        let id = transaction.id();
        return Err(Refusal::DoubleSpend(format!("tx \"{id}\" spends inputs twice")).into());
    }
    if inputs.iter().any(|(_, _, unspent)| unspent.asset != asset) {
        return Err(Refusal::AssetIdMismatch.into());
    }
    let paid: u128 = inputs.iter().map(|(_, _, unspent)| u128::from(unspent.amount)).sum();
    let received: u128 = transaction.outputs().iter().map(|output| u128::from(output.amount)).sum();
    if paid != received {
        return Err(Refusal::AmountError(format!(
            "The amount used in the inputs `{paid}` needs to be same as the amount used in the outputs `{received}`"
        ))
        .into());
    }
    for (input, reference, unspent) in &inputs {
        if input.fulfillment.condition_uri() != unspent.uri {
            return Err(Refusal::InvalidSignature(format!(
                "the fulfillment is not that of output {reference}"
            ))
            .into());
        }
        if sorted(input.owners_before.iter()) != sorted(unspent.keys.iter()) {
            return Err(Refusal::InvalidSignature(format!(
                "owners_before are not the public_keys of output {reference}"
            ))
            .into());
        }
    }
    for (_, reference, _) in &inputs {
        state::unspent(reference).remove(state);
        state::spent(reference).set(state, &Spent { by: *transaction.id() });
    }
    let lost = || Fault::Contradiction(format!("asset {asset} has outputs and no chain"));
    Ok(state::chain(&asset).get(state)?.ok_or_else(lost)?)
}

/// The output if it can be spent.
fn available(reference: &OutputRef, state: &impl Read) -> Result<Unspent, Error> {
    if let Some(unspent) = state::unspent(reference).get(state)? {
        return Ok(unspent);
    }
    match state::spent(reference).get(state)? {
        Some(Spent { by }) => {
            Err(Refusal::DoubleSpend(format!("output {reference} was already spent by `{by}`")).into())
        }
        None => {
            Err(Refusal::InputDoesNotExist(format!("input `{}` doesn't exist", reference.transaction_id))
                .into())
        }
    }
}
