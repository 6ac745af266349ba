//! A permissioned chain over HTTP.

use mongo_ledger_core::{
    access::{Change, Holder, Right, Role},
    condition::Condition,
    proof::{Held, SubjectProof},
    transaction::{
        Proposal,
        build::{change, election},
    },
};
use serde_json::json;
use tendermint_proto::v0_38::abci::{RequestCheckTx, RequestProcessProposal};

use super::{super::roles::MOST_LOOKED_AT, *};

fn permissioned() -> Bed {
    let admin = alice().public();
    Bed::with(&format!(r#"{{"database":{{"mode":"permissioned","admins":["{admin}"]}}}}"#))
}

fn right(role: Role, namespace: &str) -> Right {
    Right { holder: Holder::from(&bob().public()), role, namespace: namespace.parse().unwrap() }
}

/// What Alice, the admin, changes.
fn changed(asked: &Change) -> Transaction {
    let admin = Condition::Ed25519(alice().public());
    change(&admin, "http", asked, None).sign(&[&alice()]).unwrap()
}

#[test]
fn roles_are_listed_searched_and_proven() {
    let bed = permissioned();
    let [wine, all] = [right(Role::Issuer, "wine"), right(Role::Auditor, "")];
    let given = changed(&Change::Grant { right: wine.clone(), until: Some(9) });
    bed.block(&[&given, &changed(&Change::Grant { right: all, until: None })]);
    let taken = changed(&Change::Revoke { right: wine.clone() });
    let height = bed.block(&[&taken]);
    let list = |query: &str| bed.get(&format!("/api/v1/roles{query}")).as_array().unwrap().clone();
    assert_eq!(list("").len(), 3);
    let (admin, key) = (alice().public(), bob().public());
    let first = list(&format!("?subject={admin}"));
    assert_eq!((first.len(), &first[0]["role"], &first[0]["by"]), (1, &json!("admin"), &json!(null)));
    let of_bob = list(&format!("?subject={key}&role=issuer"));
    assert_eq!(
        of_bob,
        [json!({
            "id": wine.id().to_string(), "subject": wine.holder.as_str(), "role": "issuer", "namespace": "wine",
            "since": height - 1, "by": given.id().to_string(), "until": 9, "revoked": height,
            "revoked_by": taken.id().to_string(), "status": "revoked", "h": height,
        })]
    );
    assert_eq!(list("?namespace=wine/red").len(), 3);
    assert_eq!(list("?namespace=wines").len(), 2);
    let (part, next) = bed.part("/api/v1/roles?limit=2");
    let (rest, end) = bed.part(&format!("/api/v1/roles?limit=2&after={}", next.unwrap()));
    assert_eq!((part.len(), rest.len(), end), (2, 1, None));
    for (query, field, what) in [
        ("role=owner", "role", "a role is admin"),
        ("namespace=A", "namespace", "a namespace is"),
        ("subject=alice", "subject", "a role is given to"),
    ] {
        let (status, said) = bed.text(&format!("/api/v1/roles?{query}"));
        assert!(status == 400 && said.contains(field) && said.contains(what), "{said}");
    }
    let proven = |name: &str| {
        let proof: SubjectProof =
            serde_json::from_value(bed.get(&format!("/api/v1/proofs/role/{name}"))).unwrap();
        match proof.verify(&proof.app_hash).unwrap() {
            Held::Role(grant) => grant.map(|grant| grant.status_at(height)),
            held => panic!("{held:?}"),
        }
    };
    assert_eq!(proven(&format!("admin:{admin}:")), Some("active"));
    assert_eq!(proven(&wine.id().to_string()), Some("revoked"));
    assert_eq!(proven(&format!("issuer:{key}:wine%2Fred")), None);
    assert_eq!(bed.text("/api/v1/proofs/role/owner:x:").0, 400);
    let found = bed.post("/api/v1/query", r#"{"collection":"roles","filter":{"role":"issuer"}}"#);
    assert!(found.0 == 200 && found.1.contains(&given.id().to_string()), "{found:?}");
    let health = bed.get("/health");
    assert_eq!((&health["access"], &health["chain"]), (&json!("permissioned"), &json!("http")));
}

#[test]
fn one_question_looks_at_so_many_grants_and_says_where_the_next_goes_on() {
    let bed = permissioned();
    let granted =
        |role, namespace: &str| changed(&Change::Grant { right: right(role, namespace), until: None });
    let many: Vec<_> =
        (0..MOST_LOOKED_AT).map(|number| granted(Role::Issuer, &format!("n{number}"))).collect();
    let rare = granted(Role::Auditor, "wine");
    bed.block(&many.iter().chain([&rare]).collect::<Vec<_>>());
    for query in ["role=auditor", "role=auditor&limit=1", "namespace=wine&role=auditor"] {
        let (none, next) = bed.part(&format!("/api/v1/roles?{query}"));
        assert_eq!(none, Vec::<Value>::new(), "{query}: the rare one lies behind what one question looks at");
        let (found, end) = bed.part(&format!("/api/v1/roles?{query}&after={}", next.unwrap()));
        assert_eq!((found.len(), &found[0]["role"], end), (1, &json!("auditor"), None), "{query}");
    }
    let (usual, next) = bed.part("/api/v1/roles");
    assert_eq!((usual.len(), next.is_some()), (1_000, true), "a part has a bound without `limit` too");
}

#[test]
fn who_has_no_role_is_told_what_is_missing() {
    let bed = permissioned();
    let made = asset(r#"{"ns":"wine"}"#, None, 1);
    let (status, said) = bed.post("/api/v1/transactions", made.raw());
    let expected = format!(
        "Invalid transaction (RoleMissing): `{}` has no role `issuer` in namespace `wine`: ask an admin to grant it",
        alice().public()
    );
    assert_eq!((status, said), refusal(&expected, 400));
    let last = changed(&Change::Revoke {
        right: Right {
            holder: Holder::from(&alice().public()),
            role: Role::Admin,
            namespace: "".parse().unwrap(),
        },
    });
    let (status, said) = bed.post("/api/v1/transactions", last.raw());
    assert!(
        status == 400 && said.contains("(LastAdmin)") && said.contains("make another one first"),
        "{said}"
    );
}

#[test]
fn decisions_on_settings_roles_and_upgrades_are_shown_and_a_lower_limit_counts_from_the_next_block_on() {
    let bed = permissioned();
    let validators = [(alice().public(), 10)];
    let ask = |proposal: &Proposal| {
        election("http", alice().public(), &validators, proposal, "1").sign(&[&alice()]).unwrap()
    };
    let vote = |election: &Transaction| {
        let spend = Spend { output: output(election, 0), condition: Condition::Ed25519(alice().public()) };
        mongo_ledger_core::transaction::build::vote(*election.id(), &spend, 10).sign(&[&alice()]).unwrap()
    };
    let grant = Change::Grant { right: right(Role::Issuer, "wine"), until: Some(7) };
    let (policy, plan) =
        (ask(&Proposal::Policy(grant)), mongo_ledger_core::upgrade::Plan { name: "v2".into(), height: 100 });
    let upgrade = ask(&Proposal::Upgrade(plan));
    let smaller = ask(&Proposal::Parameters { transaction_bytes: Some(2_048), election_blocks: None });
    let issuer = Change::Grant {
        right: Right { holder: Holder::from(&alice().public()), ..right(Role::Issuer, "") },
        until: None,
    };
    bed.block(&[&changed(&issuer), &policy, &upgrade, &smaller]);
    let large = asset(&format!(r#"{{"text":"{}"}}"#, "x".repeat(2_048)), None, 1);
    // Read before the limit is lowered, and remembered: that must not let it in.
    let bytes = large.raw().to_owned().into();
    assert!(bed.machine.check_tx(RequestCheckTx { tx: bytes, ..Default::default() }).code == 0);
    bed.block(&[&vote(&policy), &vote(&upgrade), &vote(&smaller)]);
    let shown = |election: &Transaction| bed.get(&format!("/api/v1/elections/{}", election.id()));
    assert_eq!(
        (&shown(&policy)["kind"], &shown(&policy)["status"], &shown(&policy)["proposal"]["until"]),
        (&json!("policy"), &json!("concluded"), &json!(7))
    );
    assert_eq!(shown(&upgrade)["proposal"], json!({ "name": "v2", "height": 100 }));
    assert_eq!(shown(&smaller)["proposal"], json!({ "transaction_bytes": 2_048 }));
    assert_eq!(bed.get("/api/v1/roles?role=issuer&namespace=wine").as_array().unwrap().len(), 2);
    let checked =
        bed.machine.check_tx(RequestCheckTx { tx: large.raw().to_owned().into(), ..Default::default() });
    assert_eq!(checked.code, 1, "{}", checked.log);
    let judged = bed.machine.process_proposal(RequestProcessProposal {
        height: i64::try_from(bed.ledger.height() + 1).unwrap(),
        txs: vec![large.raw().to_owned().into()],
        ..Default::default()
    });
    assert_eq!(judged.status, 2, "a block with it is rejected");
}
