//! The keys by which the database knows accounts.

use serde_json::json;
use sirius_primitives::Address;
use sirius_runtime::Refusal;
use tendermint_proto::google::protobuf::Any;

use super::super::{
    database_proof_bytes,
    wire::keys::{
        DatabaseKeySource, MsgClearDatabaseKey, MsgSetDatabaseKey, QueryDatabaseKeyRequest,
        QueryDatabaseKeyResponse,
    },
};
use crate::testing::{
    Bed, Case, Key, MsgVault, alice, any, bob, carol, coins, dave, eve, rotate, send, text,
};

const CHAIN: &str = "sirius-test-1";

/// A registration of `key` for `owner`, proven for `proven` on the chain `chain_id`.
fn proven_for(owner: &Key, key: &Key, proven: &Address, chain_id: &str) -> Any {
    any(&MsgSetDatabaseKey {
        address: text(&owner.address()),
        key: key.public().as_bytes().to_vec(),
        proof: key.sign(&database_proof_bytes(chain_id, proven)),
    })
}

/// A registration that is in order.
pub(crate) fn register(owner: &Key, key: &Key) -> Any {
    proven_for(owner, key, &owner.address(), CHAIN)
}

pub(crate) fn clear(owner: &Key) -> Any {
    any(&MsgClearDatabaseKey { address: text(&owner.address()) })
}

fn refusal(bed: &Bed, by: &Key, message: Any) -> Refusal {
    bed.refusal(&bed.draft(&[by], vec![message]).sign())
}

fn asked(bed: &Bed, owner: &Key) -> Result<QueryDatabaseKeyResponse, Refusal> {
    let request = QueryDatabaseKeyRequest { address: text(&owner.address()) };
    bed.ask("/sirius.auth.v1.Query/DatabaseKey", &request)
}

/// The key, where it comes from and since when, as an account's owner reads it.
fn found(bed: &Bed, owner: &Key) -> (Vec<u8>, DatabaseKeySource, u64) {
    let answer = asked(bed, owner).unwrap();
    (answer.key.clone(), answer.source(), answer.since)
}

/// A way to meet each refusal about database keys.
pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            ("auth", 6, "BadDatabaseKey"),
            "the database key is not valid: a key of this kind has 32 bytes, got 33",
            || refusal(&Bed::new(), &alice(), register(&alice(), &dave())).into(),
        ),
        Case::new(("auth", 7, "BadDatabaseProof"), "is not this key's over these bytes", || {
            let elsewhere = proven_for(&alice(), &eve(), &bob().address(), CHAIN);
            refusal(&Bed::new(), &alice(), elsewhere).into()
        }),
        Case::new(("auth", 8, "OwnKey"), "by which the database knows it already", || {
            refusal(&Bed::new(), &carol(), register(&carol(), &eve())).into()
        }),
        Case::new(("auth", 9, "NoDatabaseKey"), "has registered no database key", || {
            refusal(&Bed::new(), &alice(), clear(&alice())).into()
        }),
    ]
}

#[test]
fn an_account_registers_another_key_and_takes_it_back() {
    let mut bed = Bed::new();
    assert_eq!(asked(&bed, &alice()).unwrap_err().code, 22);
    bed.deliver(&[&alice()], vec![register(&alice(), &eve())]);
    let key = |key: &Key| key.public().as_bytes().to_vec();
    assert_eq!(found(&bed, &alice()), (key(&eve()), DatabaseKeySource::Registered, 1));
    assert_eq!(refusal(&bed, &alice(), register(&alice(), &eve())).code, 1, "the same once more");
    bed.deliver(&[&alice()], vec![register(&alice(), &Key::ed25519(9))]);
    assert_eq!(found(&bed, &alice()), (key(&Key::ed25519(9)), DatabaseKeySource::Registered, 2));
    bed.deliver(&[&alice()], vec![clear(&alice())]);
    assert_eq!(asked(&bed, &alice()).unwrap_err().code, 22);
}

#[test]
fn an_ed25519_account_is_known_by_its_own_key_also_after_a_rotation() {
    let mut bed = Bed::new();
    assert_eq!(asked(&bed, &carol()).unwrap_err().code, 22, "nobody has seen the key yet");
    bed.deliver(&[&carol()], vec![send(&carol(), &bob(), coins(1, "uxpx"))]);
    let key = |key: &Key| key.public().as_bytes().to_vec();
    assert_eq!(found(&bed, &carol()), (key(&carol()), DatabaseKeySource::Own, 0));
    bed.deliver(&[&carol()], vec![rotate(&carol(), &eve(), CHAIN)]);
    assert_eq!(found(&bed, &carol()), (key(&eve()), DatabaseKeySource::Own, 2));
}

#[test]
fn an_own_key_counts_before_a_registered_one() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![register(&alice(), &Key::ed25519(9))]);
    bed.deliver(&[&alice()], vec![rotate(&alice(), &eve(), CHAIN)]);
    let own = eve().public().as_bytes().to_vec();
    assert_eq!(found(&bed, &alice()), (own, DatabaseKeySource::Own, 2));
}

#[test]
fn a_proof_is_for_one_account_on_one_chain() {
    let check = |message: Any| {
        let refusal = refusal(&Bed::new(), &alice(), message);
        assert_eq!((refusal.space, refusal.code), ("auth", 7), "{}", refusal.text);
    };
    check(proven_for(&alice(), &eve(), &alice().address(), "sirius-test-2"));
    check(proven_for(&alice(), &eve(), &carol().address(), CHAIN));
    // The proof of a rotation is none of a database key.
    check(any(&MsgSetDatabaseKey {
        address: text(&alice().address()),
        key: eve().public().as_bytes().to_vec(),
        proof: eve().sign(&crate::base::auth::proof_bytes(CHAIN, &alice().address())),
    }));
}

#[test]
fn keys_that_are_none_and_accounts_that_are_none_are_refused() {
    let with =
        |key: Vec<u8>| any(&MsgSetDatabaseKey { address: text(&alice().address()), key, proof: vec![1; 64] });
    for key in [Vec::new(), vec![0; 32], vec![1; 31]] {
        assert_eq!(refusal(&Bed::new(), &alice(), with(key)).code, 6);
    }
    let carried = MsgVault {
        owner: text(&alice().address()),
        to: text(&alice().address()),
        action: "route".into(),
        amount: Some(crate::testing::coin(0, "uxpx")),
        inner: Some(register(&dave(), &eve())),
    };
    let refused = refusal(&Bed::new(), &alice(), any(&carried));
    assert_eq!((refused.space, refused.code), ("sdk", 9));
}

#[test]
fn genesis_takes_database_keys_and_names_what_is_wrong() {
    let key = base64(eve().public().as_bytes());
    let bed = Bed::with(|genesis| {
        genesis["auth"]["accounts"][0]["database_key"] = json!({ "key": key, "since": 4 });
    });
    assert_eq!(found(&bed, &alice()), (eve().public().as_bytes().to_vec(), DatabaseKeySource::Registered, 4));
    let check = |key: &str, text: &str| {
        let database_key = json!({ "key": key, "since": 4 });
        let begun = Bed::genesis(|genesis| genesis["auth"]["accounts"][0]["database_key"] = database_key);
        let error = begun.err().unwrap().to_string();
        assert!(error.contains(text), "{error}");
    };
    check("!", "its text is no base64");
    check("AAAA", "a key of this kind has 32 bytes, got 3");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
