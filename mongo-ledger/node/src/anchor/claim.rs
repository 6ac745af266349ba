//! A proof as the database serves it, as the ledger takes it.

use mongo_ledger_core::{
    json::Limits,
    proof::{RecordProof, StateProof},
    transaction::Transaction,
};
use sirius_ledger::service::anchor::wire::anchor as wire;
use sirius_primitives::sha256;

/// A record's proof for `MsgProveRecord`; its header is the one after the proof's height. `None` when the text in it is no
/// transaction.
pub fn record(proof: &RecordProof) -> Option<wire::RecordProof> {
    let transaction = Transaction::parse(proof.raw.as_bytes(), &Limits::of_any_length()).ok()?;
    Some(wire::RecordProof {
        transaction_id: proof.id.as_bytes().to_vec(),
        height: proof.record.height,
        position: proof.record.position,
        raw: sha256(proof.raw.as_bytes()).as_bytes().to_vec(),
        asset: transaction.asset_id().as_bytes().to_vec(),
        previous: proof.record.previous.as_bytes().to_vec(),
        index: proof.index,
        path: proof.path.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
        log: Some(entry(&proof.log)),
    })
}

fn entry(proof: &StateProof) -> wire::StateProof {
    wire::StateProof {
        key: proof.key.clone(),
        value: proof.value.clone().unwrap_or_default(),
        state: proof.state.clone(),
        root: proof.root.clone(),
    }
}
