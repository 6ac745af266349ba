//! Roles as a node says them, and proven.

use mongo_ledger_core::{
    access::{Holder, Namespace, Right, Role},
    proof::Subject,
};

use super::{bundle::Setting, *};
use crate::database::{
    DatabaseError, Wanted,
    fake::{Reply, Server},
};

fn right(namespace: &str) -> Right {
    Right {
        holder: Holder::from(&secret(1).public()),
        role: Role::Issuer,
        namespace: namespace.parse().unwrap(),
    }
}

#[tokio::test]
async fn roles_are_asked_for_by_whose_which_and_where_part_by_part() {
    let granted = |status: &str| {
        serde_json::json!({
            "id": "issuer:00:wine", "subject": "ni:///", "role": "issuer", "namespace": "wine", "status": status,
            "since": 1, "by": null, "until": 9, "revoked": null, "revoked_by": null, "h": 1,
        })
    };
    let (first, second) = (format!("[{}]", granted("active")), format!("[{}]", granted("expired")));
    let server = Server::start(move |asked, _| match asked.line.contains("after=") {
        true => Reply::Says(200, second.clone()),
        false => Reply::Part(first.clone(), "issuer:00:wine"),
    })
    .await;
    let wanted = Wanted {
        holder: Some(right("").holder),
        role: Some(Role::Issuer),
        namespace: Some("wine/red".parse().unwrap()),
    };
    let found = Server::client(&[&server]).roles(&wanted).await.unwrap();
    let statuses: Vec<_> = found.iter().map(|one| (one.status.as_str(), one.until)).collect();
    assert_eq!(statuses, [("active", Some(9)), ("expired", Some(9))]);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    for part in ["GET /api/v1/roles?", "subject=ni%3A", "role=issuer", "namespace=wine%2Fred"] {
        assert!(asked[0].line.contains(part), "{part}: {}", asked[0].line);
    }
}

#[tokio::test]
async fn a_right_is_proven_and_another_ones_proof_is_noticed() {
    let setting = Setting::new();
    let asked = right("wine/red");
    let proof = setting.ledger.subject(Subject::Role(asked.id()));
    let text = serde_json::to_string(&proof).unwrap();
    let server = Server::start(move |_, _| Reply::Says(200, text.clone())).await;
    let client = Server::client(&[&server]);
    let now = || setting.chain.now();
    let proven = client.proven_role(&mut setting.light(), &asked.id(), now).await.unwrap();
    assert_eq!((proven.value, proven.header.height), (None, proven.height.next()));
    let line = &server.asked()[0].line;
    assert!(line.starts_with("GET /api/v1/proofs/role/issuer:") && line.ends_with("wine%2Fred"), "{line}");
    let other = Right { namespace: Namespace::all(), ..asked };
    let error = client.proven_role(&mut setting.light(), &other.id(), now).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Unusable { .. }), "{error}");
}
