//! A block: its transactions one after the other, the elections that they decide, and the log that they lengthen.

use sirius_store::{Changes, Fault, Overlay, Read, Write as _};

use crate::{
    election::{self, Election},
    error::Error,
    execute::{Place, execute},
    governance,
    key::PublicKey,
    known,
    log::{self, Node},
    permission,
    record::Record,
    refusal::Refusal,
    state,
    transaction::{Operation, Proposal, Transaction, TransactionId},
};

/// What became of a block.
#[derive(Debug, Default)]
pub struct Executed {
    /// For each transaction the record that it made, or why it made none.
    pub results: Vec<Result<Record, Refusal>>,
    /// Nodes of the log that are complete from now on.
    pub nodes: Vec<Node>,
    /// The log afterwards.
    pub head: log::Head,
    /// Elections that were decided.
    pub decided: Vec<(TransactionId, Election)>,
    /// Validators whose power has changed; 0 removes one.
    pub validators: Vec<(PublicKey, u64)>,
    /// What the block changes in the state.
    pub changes: Changes,
}

/// A transaction that a block brings: read and its signatures checked, or refused by that already.
pub type Submitted<'a> = Result<&'a Transaction, Refusal>;

/// Executes the transactions of the block at `height` upon `state`, which stays as it is.
///
/// # Errors
/// This node cannot read its own state, or the chain goes on with another program ([`Fault::Halt`]).
pub fn run(state: &impl Read, height: u64, transactions: &[Submitted<'_>]) -> Result<Executed, Fault> {
    known::allow(state, height, known::UPGRADES)?;
    let mut block = Overlay::new(state);
    let mut executed =
        Executed { head: state::head().get(&block)?.unwrap_or_default(), ..Executed::default() };
    // Genesis decides it for good, so that it is read once.
    let access = permission::mode(&block)?;
    let mut voted: Vec<TransactionId> = Vec::new();
    let mut position = 0_u32;
    for submitted in transactions {
        let place = Place { height, position, index: executed.head.size, access };
        let result = match submitted {
            Ok(transaction) => match one(transaction, &mut block, place) {
                Ok(record) => {
                    executed.head.append(record.leaf(), |node| executed.nodes.push(node));
                    position = position.saturating_add(1);
                    if transaction.operation() == Operation::Vote && !voted.contains(&record.asset) {
                        voted.push(record.asset);
                    }
                    Ok(record)
                }
                Err(Error::Refusal(refusal)) => Err(refusal),
                Err(Error::Fault(fault)) => return Err(fault),
            },
            Err(refusal) => Err(refusal.clone()),
        };
        executed.results.push(result);
    }
    for id in voted {
        let Some(election) = governance::decide(&id, &mut block, height)? else { continue };
        if let (election::Status::Concluded { .. }, Proposal::Validator { key, power, .. }) =
            (election.status, &election.proposal)
        {
            executed.validators.push((*key, *power));
        }
        executed.decided.push((id, election));
    }
    if !executed.nodes.is_empty() {
        state::head().set(&mut block, &executed.head);
    }
    executed.changes = block.into_changes();
    Ok(executed)
}

/// Executes a transaction that waits for its block upon what those before it have done.
///
/// # Errors
/// The rule that it breaks, or this node's illness.
pub fn check(
    transaction: &Transaction,
    state: &mut Overlay<impl Read>,
    height: u64,
) -> Result<Record, Error> {
    let access = permission::mode(state)?;
    one(transaction, state, Place { height, position: 0, index: 0, access })
}

/// Executes a transaction wholly or not at all.
fn one(transaction: &Transaction, state: &mut Overlay<impl Read>, place: Place) -> Result<Record, Error> {
    let mut fork = Overlay::new(&*state);
    let record = execute(transaction, &mut fork, place)?;
    let changes = fork.into_changes();
    for (key, value) in changes {
        state.set_bytes(key, value);
    }
    Ok(record)
}
