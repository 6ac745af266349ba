//! What catalogue promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use proptest::prelude::*;
use prost::Message as _;
use sirius_ledger::base::bank::wire::bank::{MsgSend, QueryBalanceRequest};

use super::*;
use crate::key::{Key, Scheme};

#[test]
fn every_verb_has_its_messages() {
    let catalogue = Catalogue::new();
    let verbs = catalogue.registry().verbs();
    assert!(verbs.len() > 15);
    for verb in verbs {
        catalogue.message(&verb.request).unwrap();
        catalogue.message(&verb.response).unwrap();
        assert_eq!(catalogue.verb(verb.kind, verb.module, verb.name).unwrap(), verb);
        if let Some(signer) = verb.signer {
            let first = signer.split('.').next().unwrap();
            assert!(
                catalogue.message(&verb.request).unwrap().get_field_by_name(first).is_some(),
                "{}",
                verb.path
            );
        }
    }
}

#[test]
fn says_what_does_not_exist() {
    let catalogue = Catalogue::new();
    assert!(matches!(catalogue.verb(VerbKind::Query, "bank", "send"), Err(CatalogueError::NoVerb { .. })));
    assert!(matches!(catalogue.message("a.B"), Err(CatalogueError::NoMessage { .. })));
    let check = |json| catalogue.encode("cosmos.bank.v1beta1.MsgSend", &json).unwrap_err().to_string();
    assert!(check(json!({ "to": "x" })).contains("to"));
    assert!(check(json!({ "to_address": 3 })).contains("MsgSend"));
    let bytes = catalogue.decode("cosmos.bank.v1beta1.MsgSend", &[0xff]).unwrap_err();
    assert!(matches!(bytes, CatalogueError::Bytes { .. }));
}

#[test]
fn a_key_in_an_envelope_is_readable() {
    let catalogue = Catalogue::new();
    for scheme in Scheme::ALL {
        let key = Key::from_secret_bytes(scheme, &[7; 32]).unwrap();
        let any = sirius_runtime::tx::pack_public_key(&key.public_key());
        let json = catalogue.unpack(&any);
        assert_eq!(json["@type"], any.type_url);
        assert_eq!(STANDARD.decode(json["key"].as_str().unwrap()).unwrap(), key.public_key().as_bytes());
    }
    let members = Scheme::ALL.map(|scheme| Key::from_secret_bytes(scheme, &[7; 32]).unwrap().public_key());
    let multisig = sirius_primitives::Multisig::new(2, members.to_vec()).unwrap();
    let any = sirius_runtime::tx::pack_account_key(&sirius_primitives::AccountKey::Multisig(multisig));
    let json = catalogue.unpack(&any);
    assert_eq!((&json["threshold"], json["public_keys"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(catalogue.pack_json(&json).unwrap(), any);
    assert!(catalogue.pack_json(&json!({ "threshold": 2 })).is_err());
    let unknown = Any { type_url: "/a.B".into(), value: vec![1, 2] };
    assert_eq!(catalogue.unpack(&unknown), json!({ "@type": "/a.B", "value": "AQI=" }));
}

proptest! {
    /// Whatever the dynamic encoder makes must be what the ledger calls canonical: the bytes of the typed encoder.
    #[test]
    fn json_and_types_give_the_same_bytes(
        from in "[a-z0-9]{0,40}", to in "[a-z0-9]{0,40}", coins in proptest::collection::vec(("[a-z]{0,9}", any::<u64>()), 0..4),
    ) {
        let catalogue = Catalogue::new();
        let wire = MsgSend {
            from_address: from.clone(),
            to_address: to.clone(),
            amount: coins.iter().map(|(denom, amount)| cosmrs::proto::cosmos::base::v1beta1::Coin {
                denom: denom.clone(), amount: amount.to_string(),
            }).collect(),
        };
        let json = json!({
            "from_address": from, "to_address": to,
            "amount": coins.iter().map(|(denom, amount)| json!({ "denom": denom, "amount": amount.to_string() })).collect::<Vec<_>>(),
        });
        prop_assert_eq!(catalogue.encode("cosmos.bank.v1beta1.MsgSend", &json).unwrap(), wire.encode_to_vec());
        prop_assert_eq!(catalogue.decode("cosmos.bank.v1beta1.MsgSend", &wire.encode_to_vec()).unwrap(), json);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let catalogue = Catalogue::new();
        let _ = catalogue.decode("cosmos.feegrant.v1beta1.QueryAllowancesResponse", &bytes);
        if let Ok(typed) = QueryBalanceRequest::decode(bytes.as_slice()) {
            let json = catalogue.decode("cosmos.bank.v1beta1.QueryBalanceRequest", &bytes).unwrap();
            prop_assert_eq!(json["denom"].as_str(), Some(typed.denom.as_str()));
        }
    }
}
