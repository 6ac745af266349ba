//! Bodies beside the chain, brought and read past nodes that lie or miss them.

use mongo_ledger_core::payload::{Commitment, Declared};

use crate::{
    Cause,
    database::{
        Database, DatabaseError,
        fake::{Reply, Server},
        payload::{Payload, PayloadError},
    },
};

fn payload() -> Payload {
    Payload::with_salt([7; 32], b"hello".to_vec()).unwrap()
}

fn right() -> Reply {
    Reply::Salted("hello".into(), "07".repeat(32))
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::Says(status, format!(r#"{{"message":"{message}","status":{status}}}"#))
}

#[test]
fn a_body_has_its_bounds_and_a_salt_of_its_own() {
    let (one, two) = (Payload::new(b"hello".to_vec()).unwrap(), Payload::new(b"hello".to_vec()).unwrap());
    assert_ne!(one.commitment(), two.commitment());
    let commitment = Commitment::of(&[7; 32], b"hello");
    assert_eq!(payload().declared(), Declared { commitment, bytes: 5 });
    assert_eq!(Payload::new(Vec::new()), Err(PayloadError::Length(0)));
    assert_eq!(Payload::new(vec![0; (1 << 20) + 1]), Err(PayloadError::Length((1 << 20) + 1)));
    Payload::new(vec![0; 1 << 20]).unwrap();
}

#[tokio::test]
async fn a_body_is_read_from_the_first_node_that_has_the_right_one() {
    let misses = Server::start(|_, _| refused(404, "it is missing here")).await;
    let lies = Server::start(|_, _| Reply::Salted("other".into(), "07".repeat(32))).await;
    let silent = Server::start(|_, _| Reply::HangsUp).await;
    let has = Server::start(|_, _| right()).await;
    let urls = [&misses, &lies, &silent, &has].map(|server| server.url.clone());
    let database = Database::new(&urls).unwrap();
    assert_eq!(database.payload(&payload().commitment()).await.unwrap(), payload());
    let none = Database::new(&urls[..3]).unwrap().payload(&payload().commitment()).await.unwrap_err();
    let text = none.to_string();
    assert!(text.contains("it is missing here") && text.contains("does not match the commitment"), "{text}");
    assert_eq!(none.cause(), Cause::Broken);
}

#[tokio::test]
async fn an_erased_body_is_refused() {
    let gone = Server::start(|_, _| refused(410, "payload x was erased at height 9")).await;
    let has = Server::start(|_, _| right()).await;
    let database = Database::new(&[gone.url.clone(), has.url.clone()]).unwrap();
    let refused = database.payload(&payload().commitment()).await.unwrap_err();
    assert!(
        matches!(&refused, DatabaseError::Refused { reason, .. } if reason.ends_with("erased at height 9"))
    );
    assert_eq!(refused.cause(), Cause::Refused);
}

#[tokio::test]
async fn a_body_is_put_at_every_node_that_takes_it() {
    let takes = || Server::start(|_, _| Reply::Says(202, "{}".into()));
    let (one, two) = (takes().await, takes().await);
    let full = Server::start(|_, _| refused(503, "there is no room")).await;
    let urls = [&one, &full, &two].map(|server| server.url.clone());
    assert_eq!(Database::new(&urls).unwrap().put_payload(&payload()).await.unwrap(), 2);
    let refused = Database::new(&urls[1..2]).unwrap().put_payload(&payload()).await.unwrap_err();
    assert!(refused.to_string().contains("there is no room"), "{refused}");
}
