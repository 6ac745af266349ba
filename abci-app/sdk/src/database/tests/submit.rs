//! A transaction is sent until a block has it, always as the same bytes.

use super::*;
use crate::database::{
    DatabaseError,
    fake::{Reply, Server},
};

fn accepted(transaction: &Transaction) -> Reply {
    Reply::Says(202, transaction.raw().into())
}

fn refused(words: &str) -> Reply {
    Reply::Says(400, serde_json::json!({ "message": words, "status": 400 }).to_string())
}

const EXISTS: &str = "Invalid transaction (DuplicateTransaction): transaction `…` already exists";

#[tokio::test]
async fn a_block_has_it() {
    let bottle = bottle(1);
    let raw = bottle.raw().to_owned();
    let server = Server::start(move |_, _| Reply::Says(202, raw.clone())).await;
    Server::client(&[&server]).submit(&bottle).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /api/v1/transactions?mode=commit");
    assert_eq!(asked[0].body, bottle.raw());
}

#[tokio::test]
async fn a_refusal_is_told_in_the_nodes_words_and_not_repeated() {
    let server = Server::start(|_, _| refused("Invalid transaction (AmountError): \u{1b}[2J no")).await;
    let error = Server::client(&[&server]).submit(&bottle(1)).await.unwrap_err();
    let DatabaseError::Refused { reason, .. } = &error else { panic!("{error}") };
    assert_eq!(reason, "Invalid transaction (AmountError):  [2J no");
    assert_eq!((server.asked().len(), error.cause()), (1, crate::Cause::Refused));
}

#[tokio::test]
async fn what_existed_before_is_not_taken_for_what_was_sent() {
    let server = Server::start(|_, _| refused(EXISTS)).await;
    let bottle = bottle(1);
    let error = Server::client(&[&server]).submit(&bottle).await.unwrap_err();
    assert_eq!(error, DatabaseError::Exists(*bottle.id()));
}

#[tokio::test]
async fn what_exists_after_an_unanswered_sending_is_what_was_sent() {
    let server = Server::start(|_, count| if count == 1 { Reply::HangsUp } else { refused(EXISTS) }).await;
    let bottle = bottle(1);
    Server::client(&[&server]).submit(&bottle).await.unwrap();
    let bodies: Vec<_> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies, [bottle.raw(), bottle.raw()]);
}

#[tokio::test]
async fn a_refusal_after_an_unanswered_sending_is_looked_into() {
    let bottle = bottle(1);
    let raw = bottle.raw().to_owned();
    let server = Server::start(move |asked, count| match count {
        1 => Reply::HangsUp,
        _ if asked.line.starts_with("POST") => refused("Invalid transaction (DoubleSpend): spent"),
        _ => Reply::Says(200, raw.clone()),
    })
    .await;
    Server::client(&[&server]).submit(&bottle).await.unwrap();
}

#[tokio::test]
async fn another_node_is_tried_where_one_cannot() {
    let bottle = bottle(1);
    let sick = Server::start(|_, _| Reply::Says(503, r#"{"message":"documents away"}"#.into())).await;
    let raw = bottle.raw().to_owned();
    let well = Server::start(move |_, _| Reply::Says(202, raw.clone())).await;
    Server::client(&[&sick, &well]).submit(&bottle).await.unwrap();
    assert_eq!((sick.asked().len(), well.asked().len()), (1, 1));
}

#[tokio::test]
async fn one_that_waits_already_is_waited_for() {
    let bottle = bottle(1);
    let raw = bottle.raw().to_owned();
    let server = Server::start(move |asked, count| match count {
        _ if asked.line.starts_with("POST") => refused("Error - tx already exists in cache"),
        2 => Reply::Says(404, "{}".into()),
        _ => Reply::Says(200, raw.clone()),
    })
    .await;
    Server::client(&[&server]).submit(&bottle).await.unwrap();
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_two_things() {
    let gone = Server::start(|_, _| Reply::HangsUp).await;
    let nobody = Server::client(&[&gone]);
    drop(gone);
    // Its task ends, and with it the port is closed.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let error = nobody.submit(&bottle(1)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Unreachable { .. }), "{error}");
    let mute = Server::start(|_, _| Reply::HangsUp).await;
    let error = Server::client(&[&mute]).submit(&bottle(1)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Unconfirmed { .. }), "{error}");
    assert!(error.to_string().contains("sirius db show"), "{error}");
}

#[tokio::test]
async fn another_transaction_than_was_sent_is_no_answer() {
    let server = Server::start(|_, _| accepted(&bottle(2))).await;
    let error = Server::client(&[&server]).submit(&bottle(1)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Unusable { .. }), "{error}");
}
