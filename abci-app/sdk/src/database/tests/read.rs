//! What is read is what it says it is, in any number of parts, from the first node that can.

use mongo_ledger_core::{
    condition::Condition,
    transaction::build::{Spend, transfer},
};
use sirius_primitives::Height;

use super::*;
use crate::database::{
    Database, DatabaseError, Field,
    fake::{Reply, Server},
};

async fn saying(status: u16, body: impl Into<String>) -> Server {
    let body = body.into();
    Server::start(move |_, _| Reply::Says(status, body.clone())).await
}

#[tokio::test]
async fn a_transaction_has_its_id_and_its_signatures() {
    let bottle = bottle(1);
    let good = saying(200, bottle.raw()).await;
    let client = Server::client(&[&good]);
    assert_eq!(client.transaction(bottle.id()).await.unwrap().unwrap(), bottle);
    assert_eq!(good.asked()[0].line, format!("GET /api/v1/transactions/{}", bottle.id()));
    let check = async |body: String| {
        let server = saying(200, body).await;
        let error = Server::client(&[&server]).transaction(bottle.id()).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Unusable { .. }), "{error}");
    };
    check(super::bottle(2).raw().to_owned()).await;
    check(bottle.raw().replace("1998", "1999")).await;
    check("{".into()).await;
    let none = saying(404, r#"{"message":"Not found"}"#).await;
    assert_eq!(Server::client(&[&none]).transaction(bottle.id()).await.unwrap(), None);
    let bad = saying(400, r#"{"message":{"id":"Invalid hash"},"status":400}"#).await;
    let error = Server::client(&[&bad]).transaction(bottle.id()).await.unwrap_err().to_string();
    assert!(error.contains("Invalid hash"), "{error}");
}

#[tokio::test]
async fn a_history_comes_in_parts() {
    let (alice, bob, bottle) = (secret(1), secret(2), bottle(1));
    let spend = Spend { output: output(&bottle, 0), condition: Condition::Ed25519(alice.public()) };
    let moved =
        transfer(&[spend], &[Share::to(bob.public(), 1)], *bottle.id(), None).sign(&[&alice]).unwrap();
    let (first, second) = (format!("[{}]", bottle.raw()), format!("[{}]", moved.raw()));
    let server = Server::start(move |asked, _| match asked.line.contains("after=") {
        false => Reply::Part(first.clone(), "7"),
        true => Reply::Says(200, second.clone()),
    })
    .await;
    let client = Server::client(&[&server]);
    assert_eq!(client.history(bottle.id()).await.unwrap(), [bottle.clone(), moved.clone()]);
    assert!(server.asked()[1].line.ends_with("limit=200&after=7"), "{:?}", server.asked());
    // What is of another asset does not belong there.
    let error = client.history(moved.id()).await.unwrap_err();
    assert!(error.to_string().contains("another asset"), "{error}");
    let endless = Server::start(|_, _| Reply::Part("[]".into(), "1")).await;
    let error = Server::client(&[&endless]).history(bottle.id()).await.unwrap_err();
    assert!(matches!(error, DatabaseError::TooMany { .. }), "{error}");
}

#[tokio::test]
async fn outputs_heights_and_words() {
    let bottle = bottle(1);
    let id = bottle.id();
    let server = saying(200, format!(r#"[{{"output_index":3,"transaction_id":"{id}"}}]"#)).await;
    let found = Server::client(&[&server]).outputs(&secret(1).public(), Some(false)).await.unwrap();
    assert_eq!(found, [output(&bottle, 3)]);
    assert!(server.asked()[0].line.ends_with("limit=1000&spent=false"));
    let server = saying(200, "[7]").await;
    assert_eq!(Server::client(&[&server]).height_of(id).await.unwrap(), Some(Height(7)));
    let server = saying(200, "[]").await;
    assert_eq!(Server::client(&[&server]).height_of(id).await.unwrap(), None);
    let server = saying(200, format!(r#"[{{"id":"{id}","metadata":{{"a":1}}}}]"#)).await;
    let client = Server::client(&[&server]);
    let found = client.search(Field::Metadata, "red & \"dry wine\"", 5).await.unwrap();
    assert_eq!((found[0].id, found[0].document.clone()), (*id, object(r#"{"a":1}"#)));
    assert!(server.asked()[0].line.contains("search=red+%26+%22dry+wine%22&limit=5"), "{:?}", server.asked());
    assert!(matches!(client.search(Field::Asset, "red", 5).await, Err(DatabaseError::Unusable { .. })));
}

#[tokio::test]
async fn the_next_node_is_asked_and_remembered() {
    let sick = saying(500, r#"{"message":"no disk"}"#).await;
    let well = saying(200, "[1]").await;
    let client = Server::client(&[&sick, &well]);
    for _ in 0..3 {
        assert_eq!(client.height_of(bottle(1).id()).await.unwrap(), Some(Height(1)));
    }
    assert_eq!((sick.asked().len(), well.asked().len()), (1, 3));
    let error = Server::client(&[&sick]).height_of(bottle(1).id()).await.unwrap_err();
    assert!(error.to_string().contains("no disk"), "{error}");
    assert_eq!(error.cause(), crate::Cause::Broken);
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let server = saying(200, " ".repeat(crate::database::http::MOST_BYTES + 1)).await;
    let error = Server::client(&[&server]).height_of(bottle(1).id()).await.unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}

#[test]
fn addresses_are_checked() {
    let check = |urls: &[&str], expected: &str| {
        let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
        let error = Database::new(&urls).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&[], "got 0");
    check(&["http://a"; 17], "got 17");
    check(&["ftp://a"], "neither http");
    check(&["127.0.0.1:9984"], "not usable");
    check(&["http://a?b"], "a query");
    let client = Database::new(&["http://127.0.0.1:9984/".to_owned()]).unwrap();
    assert_eq!(client.urls().collect::<Vec<_>>(), ["http://127.0.0.1:9984"]);
}
