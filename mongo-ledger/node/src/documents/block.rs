//! What a block writes, and how half of it is taken back.

use std::{collections::BTreeSet, slice};

use mongo_ledger_core::{
    access::{Change, Grant, RightId},
    election::Election,
    json::Limits,
    key::PublicKey,
    transaction::{OutputRef, Transaction, TransactionId},
};
use mongodb::bson::{Document, doc};

use super::{
    Collection, Documents, DocumentsError, Place, Shape, StateDocument,
    role::{granted, rights},
    state::{document, listed, wide},
    transaction::Placed,
};

/// The documents of one block, ready to be written.
#[derive(Debug, Clone)]
pub struct BlockDocuments {
    head: Document,
    transactions: Vec<Document>,
    assets: Vec<Document>,
    metadata: Vec<Document>,
    spends: Vec<Document>,
    utxos: Vec<Document>,
    /// Outputs of earlier blocks that are no longer to be spent.
    gone: Vec<String>,
    validators: Option<Document>,
    elections: Vec<Document>,
    roles: Vec<Document>,
    chain: Option<Document>,
    state: Document,
}

/// What a block decides beside its transactions.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    /// The validators from now on, when they have changed.
    pub validators: Option<Vec<(PublicKey, u64)>>,
    /// Elections that are new or have changed.
    pub elections: Vec<(TransactionId, Election)>,
    /// Roles that were granted or revoked.
    pub grants: Vec<Grant>,
}

impl Decisions {
    /// The document of the validators from `height` on, when they have changed.
    pub fn validators_document(&self, height: u64) -> Option<Document> {
        let listed: Vec<Document> = listed(self.validators.as_deref()?).iter().map(document).collect();
        Some(doc! { "_id": padded(height), "height": wide(height), "validators": listed })
    }
}

/// The `_id` of what a height is the name of.
pub fn padded(height: u64) -> String {
    format!("{height:020}")
}

impl BlockDocuments {
    /// The documents of the block that ends in `state`.
    pub fn new(
        shape: Shape,
        state: &StateDocument,
        proposer: &str,
        placed: &[Placed<'_>],
        decisions: &Decisions,
    ) -> Self {
        let height = u64::try_from(state.height).unwrap_or_default();
        let ids: Vec<String> = placed.iter().map(|one| one.transaction.id().to_string()).collect();
        let head = Self::head(state, proposer, ids);
        let spent: BTreeSet<String> =
            placed.iter().flat_map(Placed::spent).map(|reference| reference.to_string()).collect();
        let mut utxos: Vec<Document> = placed.iter().flat_map(Placed::utxos).collect();
        let made: BTreeSet<String> =
            utxos.iter().filter_map(|utxo| utxo.get_str("_id").ok()).map(str::to_owned).collect();
        // What is made and spent within one block is never to be seen.
        utxos.retain(|utxo| utxo.get_str("_id").is_ok_and(|id| !spent.contains(id)));
        let validators = decisions.validators_document(height);
        Self {
            head,
            transactions: placed.iter().map(|one| one.transaction(shape)).collect(),
            assets: placed.iter().filter_map(|one| one.asset(shape)).collect(),
            metadata: placed.iter().filter_map(|one| one.metadata(shape)).collect(),
            spends: placed.iter().flat_map(Placed::spends).collect(),
            utxos,
            gone: spent.difference(&made).cloned().collect(),
            validators,
            elections: decisions.elections.iter().map(|(id, election)| shown(id, election)).collect(),
            roles: decisions.grants.iter().map(granted).collect(),
            chain: None,
            state: document(state),
        }
    }

    /// The document in `blocks` of a block that ends in `state` and has these transactions.
    pub fn head(state: &StateDocument, proposer: &str, transactions: Vec<String>) -> Document {
        doc! {
            "_id": padded(u64::try_from(state.height).unwrap_or_default()),
            "height": state.height,
            "app_hash": &state.app_hash,
            "log_size": state.log_size,
            "log_root": &state.log_root,
            "time": &state.time,
            "proposer": proposer,
            "transactions": transactions,
        }
    }

    /// Adds what the chain began from: the first block carries it.
    pub fn with_chain(self, chain: &super::ChainDocument) -> Self {
        Self { chain: Some(document(chain)), ..self }
    }

    /// Writes everything. Done again after a failure it comes to the same.
    ///
    /// # Errors
    /// The server does not answer, or somebody put another document where one of these belongs.
    pub async fn write(&self, to: &dyn Documents) -> Result<(), DocumentsError> {
        to.replace(Collection::Meta, self.chain.as_slice()).await?;
        if !self.transactions.is_empty() || self.validators.is_some() {
            to.insert(Collection::Blocks, slice::from_ref(&self.head)).await?;
            to.insert(Collection::Transactions, &self.transactions).await?;
            // One after the other: a server that writes one thing at a time is slower when several wait for their turn.
            to.insert(Collection::Assets, &self.assets).await?;
            to.insert(Collection::Metadata, &self.metadata).await?;
            to.insert(Collection::Spends, &self.spends).await?;
            to.insert(Collection::Utxos, &self.utxos).await?;
            to.remove(Collection::Utxos, &self.gone).await?;
            to.insert(Collection::Validators, self.validators.as_slice()).await?;
            to.replace(Collection::Elections, &self.elections).await?;
            to.replace(Collection::Roles, &self.roles).await?;
        }
        to.replace(Collection::Meta, slice::from_ref(&self.state)).await
    }
}

/// An election as a document.
pub fn shown(id: &TransactionId, election: &Election) -> Document {
    use mongo_ledger_core::{election::Status, transaction::Proposal};
    let (kind, change) = match &election.proposal {
        Proposal::Validator { key, power, node_id } => {
            ("validator", doc! { "public_key": key.to_string(), "power": wide(*power), "node_id": node_id })
        }
        Proposal::Migration => ("chain-migration", doc! {}),
        Proposal::Parameters { transaction_bytes, election_blocks } => {
            let mut change = Document::new();
            let bytes = transaction_bytes.map(i64::from);
            change.extend(bytes.map(|bytes| ("transaction_bytes".to_owned(), bytes.into())));
            change.extend(election_blocks.map(|blocks| ("election_blocks".to_owned(), wide(blocks).into())));
            ("parameters", change)
        }
        Proposal::Policy(change) => ("policy", asked(change)),
        Proposal::Upgrade(plan) => ("upgrade", doc! { "name": &plan.name, "height": wide(plan.height) }),
    };
    let (status, height) = match election.status {
        Status::Ongoing => ("ongoing", election.opened),
        Status::Concluded { height } => ("concluded", height),
        Status::Inconclusive { height } => ("inconclusive", height),
    };
    doc! {
        "_id": id.to_string(),
        "kind": kind,
        "proposal": change,
        "status": status,
        "votes": wide(election.votes),
        "total": wide(election.total),
        "opened": wide(election.opened),
        "expires": wide(election.expires),
        "h": wide(height),
    }
}

/// A change of roles that an election asks for.
fn asked(change: &Change) -> Document {
    let right = change.right();
    let mut document = doc! {
        "action": change.action(),
        "subject": right.holder.as_str(),
        "role": right.role.as_str(),
        "namespace": right.namespace.as_str(),
    };
    if let Change::Grant { until: Some(until), .. } = change {
        document.insert("until", wide(*until));
    }
    document
}

/// Takes back what a block wrote that never came to count: it did not get as far as its state document.
///
/// `elections` gives an election as it was before, if it was, and `grants` a right.
///
/// # Errors
/// The server does not answer, or what was before cannot be read: then the documents stay as far as they came.
pub async fn take_back<E: From<DocumentsError>>(
    from: &dyn Documents,
    height: u64,
    elections: impl Fn(&TransactionId) -> Result<Option<Election>, E>,
    grants: impl Fn(&RightId) -> Result<Option<Grant>, E>,
) -> Result<bool, E> {
    let id = padded(height);
    let Some(head) = from.get(Collection::Blocks, slice::from_ref(&id)).await?.into_iter().flatten().next()
    else {
        return Ok(false);
    };
    let ids: Vec<String> = head
        .get_array("transactions")
        .map(|ids| ids.iter().filter_map(|id| id.as_str()).map(str::to_owned).collect())
        .unwrap_or_default();
    let found = from.get(Collection::Transactions, &ids).await?;
    let limits = Limits::of_any_length();
    // Of what was not written nothing follows: dependent documents come after all transactions.
    let transactions: Vec<Transaction> = found
        .iter()
        .flatten()
        .filter_map(|document| document.get_str("raw").ok())
        .filter_map(|raw| Transaction::parse(raw.as_bytes(), &limits).ok())
        .collect();
    let mut outputs = Vec::new();
    let mut restored: BTreeSet<OutputRef> = BTreeSet::new();
    let mut voted = BTreeSet::new();
    for transaction in &transactions {
        let reference = |index| OutputRef { transaction_id: *transaction.id(), output_index: index };
        outputs.extend((0..).zip(transaction.outputs()).map(|(index, _)| reference(index)));
        restored.extend(transaction.inputs().iter().filter_map(|input| input.fulfills));
        voted.insert(transaction.asset_id());
    }
    let own: BTreeSet<OutputRef> = outputs.iter().copied().collect();
    let spends: Vec<String> = restored.iter().map(ToString::to_string).collect();
    restore(from, restored.difference(&own).copied().collect()).await?;
    let ids_of = |outputs: &[OutputRef]| outputs.iter().map(ToString::to_string).collect::<Vec<_>>();
    from.remove(Collection::Spends, &spends).await?;
    from.remove(Collection::Utxos, &ids_of(&outputs)).await?;
    from.remove(Collection::Metadata, &ids).await?;
    from.remove(Collection::Assets, &ids).await?;
    from.remove(Collection::Validators, slice::from_ref(&id)).await?;
    for right in rights(&transactions, &elections)? {
        match grants(&right)? {
            Some(before) => from.replace(Collection::Roles, &[granted(&before)]).await?,
            None => from.remove(Collection::Roles, &[right.to_string()]).await?,
        }
    }
    for election in voted {
        match elections(&election)? {
            Some(before) => from.replace(Collection::Elections, &[shown(&election, &before)]).await?,
            None => from.remove(Collection::Elections, &[election.to_string()]).await?,
        }
    }
    from.remove(Collection::Transactions, &ids).await?;
    from.remove(Collection::Blocks, &[id]).await?;
    Ok(true)
}

/// Puts outputs of earlier blocks back among those that can be spent.
async fn restore(to: &dyn Documents, outputs: Vec<OutputRef>) -> Result<(), DocumentsError> {
    let ids: Vec<String> = outputs.iter().map(|output| output.transaction_id.to_string()).collect();
    let mut utxos = Vec::new();
    for (output, document) in outputs.iter().zip(to.get(Collection::Transactions, &ids).await?) {
        let Some(document) = document else { continue };
        let id = output.transaction_id.to_string();
        let place = Place::read(&id, &document)?;
        utxos.extend(
            place
                .placed()
                .utxos()
                .into_iter()
                .filter(|utxo| utxo.get_str("_id").is_ok_and(|id| id == output.to_string())),
        );
    }
    to.replace(Collection::Utxos, &utxos).await
}
