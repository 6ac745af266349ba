//! Signatures of a multisig's members as the one signature of its account.

use cosmrs::proto::cosmos::crypto::multisig::v1beta1::MultiSignature;
use prost::Message;
use sirius_primitives::{Multisig, PublicKey};
use sirius_runtime::tx::{SignMode, Signing};

use super::SignError;

/// Puts amino-JSON signatures of members together, given in any order: who signed, and the bytes that stand in the place
/// of the account's signature.
///
/// # Errors
/// A stranger's signature, a member's second one, one that was not made over `document`, or fewer than the threshold.
pub fn combine(
    multisig: &Multisig,
    document: &[u8],
    signatures: &[(PublicKey, Vec<u8>)],
) -> Result<(Signing, Vec<u8>), SignError> {
    let mut given: Vec<Option<&Vec<u8>>> = vec![None; multisig.members().len()];
    for (position, (key, signature)) in signatures.iter().enumerate() {
        let text = || hex::encode(key.as_bytes());
        key.verify(document, signature)
            .map_err(|reason| SignError::Signature { position: position + 1, reason })?;
        let mut places = multisig.members().iter().zip(&mut given).filter(|(member, _)| *member == key);
        // Where one key stands for two members, its signature counts for each of them.
        let first = places.next().ok_or_else(|| SignError::NoMember(text()))?;
        for (_, place) in std::iter::once(first).chain(places) {
            if place.replace(signature).is_some() {
                return Err(SignError::MemberTwice(text()));
            }
        }
    }
    let (threshold, signed) = (multisig.threshold(), given.iter().flatten().count());
    if signed < threshold {
        return Err(SignError::TooFew { threshold, signed });
    }
    let modes = given.iter().map(|signature| signature.map(|_| SignMode::AminoJson)).collect();
    let signatures = given.into_iter().flatten().cloned().collect();
    Ok((Signing::Multi(modes), MultiSignature { signatures }.encode_to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;
    use crate::key::{Key, Scheme};

    fn key(seed: u8) -> Key {
        Key::from_secret_bytes(Scheme::Secp256k1, &[seed; 32]).unwrap()
    }

    fn signed(seed: u8, document: &[u8]) -> (PublicKey, Vec<u8>) {
        (key(seed).public_key(), key(seed).sign(document))
    }

    #[test]
    fn members_are_put_in_their_order() {
        let multisig = Multisig::new(2, [1, 2, 3].map(|seed| key(seed).public_key()).to_vec()).unwrap();
        let (last, first) = (signed(3, b"pay"), signed(1, b"pay"));
        let (signing, signature) = combine(&multisig, b"pay", &[last.clone(), first.clone()]).unwrap();
        assert_eq!(signing, Signing::Multi(vec![Some(SignMode::AminoJson), None, Some(SignMode::AminoJson)]));
        let wire = MultiSignature::decode(signature.as_slice()).unwrap();
        assert_eq!(wire.signatures, [first.1.clone(), last.1]);

        let check = |signatures: &[(PublicKey, Vec<u8>)], text: &str| {
            let error = combine(&multisig, b"pay", signatures).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        };
        check(&[], "needs 2 signatures, got 0");
        check(std::slice::from_ref(&first), "needs 2 signatures, got 1");
        check(&[first.clone(), first.clone()], "signed twice");
        check(&[first.clone(), signed(4, b"pay")], "no member");
        check(&[first, signed(2, b"pat")], "signature of signer 2 does not count");
    }

    #[test]
    fn a_key_that_stands_twice_counts_twice() {
        let multisig = Multisig::new(2, [1, 1, 3].map(|seed| key(seed).public_key()).to_vec()).unwrap();
        assert!(combine(&multisig, b"pay", &[signed(1, b"pay")]).is_ok());
    }
}
