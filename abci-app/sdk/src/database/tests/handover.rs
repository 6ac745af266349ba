//! Everything that a key can move alone moves, in as many transactions as it takes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use mongo_ledger_core::{
    condition::Condition,
    transaction::{AssetId, build::Share},
};

use super::*;
use crate::database::{
    DatabaseError,
    fake::{Reply, Server},
    handover::Handover,
    holding::MOST_INPUTS,
};

/// An asset of `secret(1)` in these shares.
fn asset(number: u64, shares: &[Share]) -> Transaction {
    let alice = secret(1);
    let data = Some(object(&format!(r#"{{"number":{number}}}"#)));
    build::create(&[alice.public()], shares, data, None).sign(&[&alice]).unwrap()
}

fn own(amount: u64) -> Share {
    Share::to(secret(1).public(), amount)
}

/// A node that says that these are the unspent outputs, and has these transactions.
async fn node(transactions: &[&Transaction], outputs: Vec<(String, u32)>) -> Server {
    let known: BTreeMap<String, String> =
        transactions.iter().map(|made| (made.id().to_string(), made.raw().to_owned())).collect();
    let each =
        outputs.iter().map(|(id, place)| serde_json::json!({ "transaction_id": id, "output_index": place }));
    let list = serde_json::Value::Array(each.collect()).to_string();
    Server::start(move |asked, _| {
        if asked.line.contains("/outputs?") {
            return Reply::Says(200, list.clone());
        }
        let id = asked.line.rsplit('/').next().unwrap_or_default();
        known.get(id).map_or_else(|| Reply::Says(404, "{}".into()), |raw| Reply::Says(200, raw.clone()))
    })
    .await
}

/// Every output of these transactions.
fn all(transactions: &[&Transaction]) -> Vec<(String, u32)> {
    let each = transactions.iter().flat_map(|made| {
        (0..u32::try_from(made.outputs().len()).unwrap()).map(|place| (made.id().to_string(), place))
    });
    each.collect()
}

async fn plan(node: &Server, assets: &[AssetId]) -> Result<Handover, DatabaseError> {
    let pair = (secret(1).public(), secret(2).public());
    let note = object(r#"{"handover":{"since":5}}"#);
    Server::client(&[node])
        .handover(pair, &assets.iter().copied().collect::<BTreeSet<_>>(), Some(&note))
        .await
}

#[tokio::test]
async fn each_asset_moves_whole_and_what_is_shared_stays() {
    let both = vec![Condition::Ed25519(secret(1).public()), Condition::Ed25519(secret(3).public())];
    let shared = Share { condition: Condition::threshold(2, both).unwrap(), amount: 4 };
    let (one, two) = (asset(1, &[own(3), own(5)]), asset(2, &[own(7), shared]));
    let node = node(&[&one, &two], all(&[&one, &two])).await;
    let found = plan(&node, &[]).await.unwrap();
    let mut amounts: Vec<_> = found.moves.iter().map(|part| (part.amount, part.outputs)).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [(7, 1), (8, 2)]);
    assert_eq!((found.shared, found.more), (vec![output(&two, 1)], 0));
    for part in found.moves {
        let transaction = part.prepared.sign(&[&secret(1)]).unwrap();
        assert_eq!(transaction.asset_id(), part.asset);
        assert_eq!(transaction.outputs().len(), 1);
        assert_eq!(transaction.outputs()[0].condition, Condition::Ed25519(secret(2).public()));
        assert!(transaction.raw().contains(r#""handover":{"since":5}"#));
    }
    let found = plan(&node, &[*one.id()]).await.unwrap();
    assert_eq!(found.moves.iter().map(|part| part.amount).collect::<Vec<_>>(), [8]);
}

#[tokio::test]
async fn many_outputs_take_more_than_one_transaction() {
    let many = asset(1, &vec![own(1); MOST_INPUTS + 1]);
    let found = plan(&node(&[&many], all(&[&many])).await, &[]).await.unwrap();
    assert_eq!(found.moves.iter().map(|part| part.outputs).collect::<Vec<_>>(), [MOST_INPUTS, 1]);
    for part in found.moves {
        part.prepared.sign(&[&secret(1)]).unwrap();
    }
}

#[tokio::test]
async fn an_output_that_there_is_not_is_noticed() {
    let one = asset(1, &[own(3)]);
    let check = async |outputs| {
        let error = plan(&node(&[&one], outputs).await, &[]).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Unusable { .. }), "{error}");
    };
    check(vec![(one.id().to_string(), 9)]).await;
    check(vec![("ab".repeat(32), 0)]).await;
}

#[tokio::test]
async fn who_owns_nothing_hands_nothing_over() {
    assert_eq!(plan(&node(&[], Vec::new()).await, &[]).await.unwrap(), Handover::default());
}
