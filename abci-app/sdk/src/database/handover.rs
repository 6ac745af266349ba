//! Everything that one key owns, handed over to another: what makes a new key on the ledger the owner on the database too.
//!
//! A transaction moves one asset, so there are as many as assets, and more where a key holds one in many outputs. Each
//! stands by itself: whoever is interrupted begins again, and what has moved is no longer there to be moved.

use std::collections::{BTreeMap, BTreeSet};

use mongo_ledger_core::{
    json::Object,
    key::PublicKey,
    transaction::{AssetId, Operation, OutputRef, Transaction, build::Prepared},
};

use super::{
    Database, DatabaseError,
    holding::{self, Holding},
    unusable,
};

/// Outputs that one plan looks at, at most; what is left is for the next.
pub const MOST_OUTPUTS: usize = 10_000;

/// One transaction of a hand-over, not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Of what.
    pub asset: AssetId,
    /// How much.
    pub amount: u128,
    /// From how many outputs.
    pub outputs: usize,
    /// The transaction.
    pub prepared: Prepared,
}

/// What a hand-over takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handover {
    /// The transactions, in the order of assets.
    pub moves: Vec<Move>,
    /// Outputs that the key cannot spend alone.
    pub shared: Vec<OutputRef>,
    /// Outputs beyond [`MOST_OUTPUTS`], which were not looked at.
    pub more: usize,
}

impl Database {
    /// Plans how everything that `from` owns goes to `to`: of these assets, or of all when none is named.
    ///
    /// # Errors
    /// No node answers, or one names an output that there is not.
    pub async fn handover(
        &self,
        (from, to): (PublicKey, PublicKey),
        assets: &BTreeSet<AssetId>,
        metadata: Option<&Object>,
    ) -> Result<Handover, DatabaseError> {
        let outputs = self.outputs(&from, Some(false)).await?;
        let mut plan = Handover { more: outputs.len().saturating_sub(MOST_OUTPUTS), ..Handover::default() };
        let mut own: BTreeMap<AssetId, Vec<Holding>> = BTreeMap::new();
        let mut last: Option<Transaction> = None;
        for output in outputs.into_iter().take(MOST_OUTPUTS) {
            // Outputs of one transaction mostly stand together.
            let transaction = match last.take().filter(|known| *known.id() == output.transaction_id) {
                Some(known) => known,
                None => self.maker(&output).await?,
            };
            let asset = transaction.asset_id();
            // What an election gave validators is for voting alone.
            let can_move = matches!(transaction.operation(), Operation::Create | Operation::Transfer);
            if can_move && (assets.is_empty() || assets.contains(&asset)) {
                let holding = holding_at(&transaction, output)?;
                match holding::of(std::slice::from_ref(&holding), &from).pop() {
                    Some(holding) => own.entry(asset).or_default().push(holding),
                    None => plan.shared.push(output),
                }
            }
            last = Some(transaction);
        }
        for (asset, holdings) in own {
            for part in holdings.chunks(holding::MOST_INPUTS) {
                let (prepared, amount) = holding::all(part, asset, to, metadata.cloned());
                plan.moves.push(Move { asset, amount, outputs: part.len(), prepared });
            }
        }
        Ok(plan)
    }

    async fn maker(&self, output: &OutputRef) -> Result<Transaction, DatabaseError> {
        let found = self.transaction(&output.transaction_id).await?;
        found.ok_or_else(|| missing(output))
    }
}

fn holding_at(transaction: &Transaction, output: OutputRef) -> Result<Holding, DatabaseError> {
    let place = usize::try_from(output.output_index).ok();
    let made = place.and_then(|place| transaction.outputs().get(place)).ok_or_else(|| missing(&output))?;
    Ok(Holding { output, condition: made.condition.clone(), amount: made.amount })
}

fn missing(output: &OutputRef) -> DatabaseError {
    unusable(&format!("output {output}"), "the node names it, and has no such output".into())
}
