//! Public keys as transactions and accounts carry them.

use cosmos_sdk_proto::cosmos::crypto::{ed25519, multisig::LegacyAminoPubKey, secp256k1};
use prost::Message as _;
use sirius_primitives::{AccountKey, Multisig, PublicKey};
use tendermint_proto::google::protobuf::Any;

use super::Refused;
use crate::{Refusal, excerpt, message::decode_canonical};

/// The type URL of one secp256k1 key.
pub const SECP256K1: &str = "/cosmos.crypto.secp256k1.PubKey";
/// The type URL of one Ed25519 key.
pub const ED25519: &str = "/cosmos.crypto.ed25519.PubKey";
/// The type URL of a multisig.
pub const MULTISIG: &str = "/cosmos.crypto.multisig.LegacyAminoPubKey";

fn bad(cause: impl ToString) -> Refusal {
    Refused::BadKey { cause: cause.to_string() }.into()
}

/// Reads what signs for an account, in its packed form.
///
/// # Errors
/// A kind of key this chain does not have, bytes that are no key, a threshold that nobody can meet, or a multisig within
/// a multisig.
pub fn account_key(any: &Any) -> Result<AccountKey, Refusal> {
    if any.type_url != MULTISIG {
        return public_key(any).map(AccountKey::Single);
    }
    let wire: LegacyAminoPubKey = decode_canonical("the multisig's public key", &any.value)?;
    // Counted before they are read: each costs a little, and there may be thousands.
    if wire.public_keys.len() > Multisig::MOST_MEMBERS {
        return Err(bad(sirius_primitives::MultisigError::Members {
            found: wire.public_keys.len(),
            most: Multisig::MOST_MEMBERS,
        }));
    }
    let member = |any: &Any| match any.type_url.as_str() {
        MULTISIG => Err(Refused::NestedMultisig.into()),
        _ => public_key(any),
    };
    let members = wire.public_keys.iter().map(member).collect::<Result<_, Refusal>>()?;
    Multisig::new(wire.threshold, members).map(AccountKey::Multisig).map_err(bad)
}

/// Reads one public key in its packed form.
///
/// # Errors
/// A kind of key this chain does not have, or bytes that are no key.
pub fn public_key(any: &Any) -> Result<PublicKey, Refusal> {
    match any.type_url.as_str() {
        SECP256K1 => {
            let wire: secp256k1::PubKey = decode_canonical("the public key", &any.value)?;
            PublicKey::secp256k1(&wire.key).map_err(bad)
        }
        ED25519 => {
            let wire: ed25519::PubKey = decode_canonical("the public key", &any.value)?;
            PublicKey::ed25519(&wire.key).map_err(bad)
        }
        other => Err(bad(format!("keys of type {} are not supported", excerpt(other)))),
    }
}

/// Packs what signs for an account.
pub fn pack_account_key(key: &AccountKey) -> Any {
    match key {
        AccountKey::Single(key) => pack_public_key(key),
        AccountKey::Multisig(multisig) => {
            let wire = LegacyAminoPubKey {
                threshold: u32::try_from(multisig.threshold()).unwrap_or(u32::MAX),
                public_keys: multisig.members().iter().map(pack_public_key).collect(),
            };
            Any { type_url: MULTISIG.into(), value: wire.encode_to_vec() }
        }
    }
}

/// Packs one public key.
pub fn pack_public_key(key: &PublicKey) -> Any {
    let (type_url, value) = match key {
        PublicKey::Secp256k1(bytes) => (SECP256K1, secp256k1::PubKey { key: bytes.to_vec() }.encode_to_vec()),
        PublicKey::Ed25519(bytes) => (ED25519, ed25519::PubKey { key: bytes.to_vec() }.encode_to_vec()),
    };
    Any { type_url: type_url.into(), value }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn keys() -> [PublicKey; 2] {
        let secp256k1 = b"\x02\x79\xbe\x66\x7e\xf9\xdc\xbb\xac\x55\xa0\x62\x95\xce\x87\x0b\x07\x02\x9b\xfc\xdb\x2d\xce\x28\xd9\x59\xf2\x81\x5b\x16\xf8\x17\x98";
        let ed25519 = b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
        [PublicKey::secp256k1(secp256k1).unwrap(), PublicKey::ed25519(ed25519).unwrap()]
    }

    fn multisig(threshold: u32, public_keys: Vec<Any>) -> Any {
        Any { type_url: MULTISIG.into(), value: LegacyAminoPubKey { threshold, public_keys }.encode_to_vec() }
    }

    #[test]
    fn a_packed_key_is_the_same_key() {
        let check = |key: AccountKey| assert_eq!(account_key(&pack_account_key(&key)), Ok(key));
        keys().into_iter().for_each(|key| check(key.into()));
        check(AccountKey::Multisig(Multisig::new(2, keys().to_vec()).unwrap()));
    }

    #[test]
    fn a_broken_multisig_is_named() {
        let [one, other] = keys().map(|key| pack_public_key(&key));
        let check = |any: Any, code: (&str, u32), text: &str| {
            let refusal = account_key(&any).unwrap_err();
            assert_eq!((refusal.space, refusal.code), code, "{}", refusal.text);
            assert!(refusal.text.contains(text), "{}", refusal.text);
        };
        check(multisig(0, vec![one.clone()]), ("sdk", 8), "is 1 to 1, got 0");
        check(multisig(3, vec![one.clone(), other.clone()]), ("sdk", 8), "is 1 to 2, got 3");
        check(multisig(1, Vec::new()), ("sdk", 8), "1 to 64 members, got 0");
        check(multisig(1, vec![one.clone(); 65]), ("sdk", 8), "1 to 64 members, got 65");
        check(multisig(1, vec![Any::default()]), ("sdk", 8), "are not supported");
        check(multisig(1, vec![multisig(1, vec![one.clone()])]), ("tx", 4), "within a multisig");
        let mut trailing = multisig(1, vec![one]);
        trailing.value.extend([0x18, 1]);
        check(trailing, ("tx", 1), "canonical");
    }
}
