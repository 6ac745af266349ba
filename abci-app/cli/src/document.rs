//! A transaction in a file, on its way between the machines of those who write, sign and send it.

use std::{io::Read as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cosmrs::proto::cosmos::tx::v1beta1::{AuthInfo, TxBody};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sirius_primitives::{PublicKey, sha256};
use sirius_sdk::{
    catalogue::Catalogue,
    sign::{AccountNumber, Unsigned, sign_bytes, tx_raw},
};

use crate::failure::Failure;

/// The most bytes of a file: a transaction has at most 64 KiB, its base64 and its content in words some times that.
const MOST_BYTES: u64 = 1024 * 1024;

/// See the module's documentation. What is signed are the two encoded parts; `content` says the same in words and is
/// made anew from them whenever the file is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    chain_id: String,
    /// One a signer, in order.
    account_numbers: Vec<AccountNumber>,
    body_bytes: String,
    auth_info_bytes: String,
    /// One a signer, in order; `null` where one has not signed.
    signatures: Vec<Option<String>>,
    /// For people.
    content: Value,
}

/// The two parts, decoded.
struct Parts {
    body: TxBody,
    auth: AuthInfo,
    body_bytes: Vec<u8>,
    auth_info_bytes: Vec<u8>,
}

impl Document {
    /// The transaction without signatures.
    pub(crate) fn new(unsigned: &Unsigned, chain_id: &str, catalogue: &Catalogue) -> Result<Self, Failure> {
        let mut document = Self {
            chain_id: chain_id.into(),
            account_numbers: unsigned.signers().iter().map(|signer| signer.account_number).collect(),
            body_bytes: STANDARD.encode(unsigned.body_bytes()),
            auth_info_bytes: STANDARD.encode(unsigned.auth_info_bytes()),
            signatures: vec![None; unsigned.signers().len()],
            content: Value::Null,
        };
        document.content = content(&document.parts()?, catalogue);
        Ok(document)
    }

    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// The file cannot be read, or holds no transaction.
    pub(crate) fn read(path: &Path, catalogue: &Catalogue) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::file("reading", path.display(), &error);
        let mut text = String::new();
        if path.as_os_str() == "-" {
            std::io::stdin().take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
        } else {
            let file = std::fs::File::open(path).map_err(failed)?;
            file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
        }
        let mut document: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::input(format!("{} holds no transaction of `sirius`: {error}", path.display()))
        })?;
        let parts = document.parts()?;
        let signers = parts.auth.signer_infos.len();
        if document.signatures.len() != signers || document.account_numbers.len() != signers {
            return Err(Failure::input(format!(
                "{} names {signers} signers, {} account numbers and {} signatures; give one of each a signer",
                path.display(),
                document.account_numbers.len(),
                document.signatures.len()
            )));
        }
        document.content = content(&parts, catalogue);
        Ok(document)
    }

    /// What the transaction says, in words.
    pub(crate) fn content(&self) -> &Value {
        &self.content
    }

    /// Puts the signature that `sign` makes in the place of `key`.
    ///
    /// # Errors
    /// The key is no signer's, or the transaction is of another chain.
    pub(crate) fn sign(
        &mut self,
        chain_id: &str,
        key: &PublicKey,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<(), Failure> {
        if self.chain_id != chain_id {
            return Err(Failure::input(format!(
                "the transaction is for chain {}, this home is of {chain_id}; use the home of that chain",
                self.chain_id
            )));
        }
        let parts = self.parts()?;
        let place = parts.auth.signer_infos.iter().position(|info| {
            let any = info.public_key.as_ref();
            any.is_some_and(|any| sirius_runtime::tx::public_key(any).is_ok_and(|found| found == *key))
        });
        let place = place.ok_or_else(|| {
            Failure::input("this key is no signer of the transaction; name the key that it was generated for")
        })?;
        let number = self.account_numbers.get(place).copied().unwrap_or_default();
        let bytes = sign_bytes(&parts.body_bytes, &parts.auth_info_bytes, &self.chain_id, number);
        if let Some(signature) = self.signatures.get_mut(place) {
            *signature = Some(STANDARD.encode(sign(&bytes)));
        }
        Ok(())
    }

    /// The transaction as nodes take it.
    ///
    /// # Errors
    /// Somebody has not signed.
    pub(crate) fn signed(&self) -> Result<Vec<u8>, Failure> {
        let parts = self.parts()?;
        let signatures = self.signatures.iter().enumerate().map(|(place, signature)| {
            let signature = signature.as_ref().ok_or_else(|| {
                Failure::input(format!(
                    "signer {} has not signed; run `sirius sign FILE --from NAME`",
                    place.saturating_add(1)
                ))
            })?;
            decode("a signature", signature)
        });
        let signatures = signatures.collect::<Result<_, _>>()?;
        Ok(tx_raw(parts.body_bytes, parts.auth_info_bytes, signatures))
    }

    /// The file's JSON; once all have signed it names the transaction's hash among its content.
    pub(crate) fn to_json(&self) -> Value {
        let mut document = self.clone();
        if let (Ok(tx), Some(content)) = (self.signed(), document.content.as_object_mut()) {
            content.insert("hash".into(), json!(sha256(&tx).to_string()));
        }
        json!(document)
    }

    fn parts(&self) -> Result<Parts, Failure> {
        let body_bytes = decode("body_bytes", &self.body_bytes)?;
        let auth_info_bytes = decode("auth_info_bytes", &self.auth_info_bytes)?;
        let bad = |part: &str, error: prost::DecodeError| {
            Failure::input(format!("{part} of the transaction cannot be decoded: {error}"))
        };
        Ok(Parts {
            body: TxBody::decode(body_bytes.as_slice()).map_err(|error| bad("body_bytes", error))?,
            auth: AuthInfo::decode(auth_info_bytes.as_slice())
                .map_err(|error| bad("auth_info_bytes", error))?,
            body_bytes,
            auth_info_bytes,
        })
    }
}

fn decode(what: &str, text: &str) -> Result<Vec<u8>, Failure> {
    STANDARD
        .decode(text)
        .map_err(|error| Failure::input(format!("{what} of the transaction is not base64: {error}")))
}

fn content(parts: &Parts, catalogue: &Catalogue) -> Value {
    let fee = parts.auth.fee.clone().unwrap_or_default();
    let amount = fee.amount.iter().map(|coin| json!({ "denom": coin.denom, "amount": coin.amount }));
    json!({
        "messages": parts.body.messages.iter().map(|any| catalogue.unpack(any)).collect::<Vec<_>>(),
        "memo": parts.body.memo,
        "timeout_height": parts.body.timeout_height,
        "fee": { "amount": amount.collect::<Vec<_>>(), "gas_limit": fee.gas_limit, "payer": fee.payer, "granter": fee.granter },
        "sequences": parts.auth.signer_infos.iter().map(|info| info.sequence).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use sirius_primitives::{Gas, Height};
    use sirius_sdk::{
        key::{Key, Scheme},
        sign::{Sequence, Signer, TxBuilder},
    };

    use super::*;

    fn key(number: u8) -> Key {
        Key::from_secret_bytes(Scheme::Secp256k1, &[number; 32]).unwrap()
    }

    fn unsigned() -> Unsigned {
        let signer = |number| Signer {
            public_key: key(number).public_key(),
            account_number: AccountNumber(u64::from(number)),
            sequence: Sequence(9),
        };
        TxBuilder::new("c-1".parse().unwrap(), Gas(5))
            .message(cosmrs::Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: Vec::new() })
            .memo("hello")
            .timeout_height(Height(77))
            .signer(signer(1))
            .signer(signer(2))
            .build()
            .unwrap()
    }

    #[test]
    fn passes_through_files_and_hands_as_the_same_transaction() {
        let catalogue = Catalogue::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tx.json");
        let mut document = Document::new(&unsigned(), "c-1", &catalogue).unwrap();
        assert_eq!(document.content()["messages"][0]["@type"], "/cosmos.bank.v1beta1.MsgSend");
        assert_eq!(
            (&document.content()["memo"], &document.content()["timeout_height"]),
            (&json!("hello"), &json!(77))
        );
        for number in [2, 1] {
            assert!(document.signed().unwrap_err().to_string().contains("has not signed"));
            std::fs::write(&path, document.to_json().to_string()).unwrap();
            document = Document::read(&path, &catalogue).unwrap();
            let key = key(number);
            document.sign("c-1", &key.public_key(), |bytes| key.sign(bytes)).unwrap();
        }
        let expected = unsigned().sign(&[&key(1), &key(2)]).unwrap();
        assert_eq!(document.signed().unwrap(), expected.bytes);
        assert_eq!(document.to_json()["content"]["hash"], expected.hash.to_string());
    }

    #[test]
    fn shows_what_is_signed_whatever_the_file_says() {
        let catalogue = Catalogue::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tx.json");
        let mut json = Document::new(&unsigned(), "c-1", &catalogue).unwrap().to_json();
        json["content"]["memo"] = json!("something else");
        std::fs::write(&path, json.to_string()).unwrap();
        assert_eq!(Document::read(&path, &catalogue).unwrap().content()["memo"], "hello");
    }

    #[test]
    fn refuses_strangers_and_other_chains() {
        let catalogue = Catalogue::new();
        let mut document = Document::new(&unsigned(), "c-1", &catalogue).unwrap();
        let refuse = |result: Result<(), Failure>, text: &str| {
            assert!(result.unwrap_err().to_string().contains(text), "{text}");
        };
        refuse(document.sign("c-1", &key(3).public_key(), |_| unreachable!()), "no signer");
        refuse(document.sign("c-2", &key(1).public_key(), |_| unreachable!()), "is for chain c-1");
    }

    #[test]
    fn refuses_files_that_hold_no_transaction() {
        let catalogue = Catalogue::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tx.json");
        let good = Document::new(&unsigned(), "c-1", &catalogue).unwrap().to_json();
        let check = |change: fn(&mut Value), expected: &str| {
            let mut json = good.clone();
            change(&mut json);
            std::fs::write(&path, json.to_string()).unwrap();
            let error = Document::read(&path, &catalogue).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit_code(), 1);
        };
        check(|json| json["more"] = json!(1), "more");
        check(|json| json["body_bytes"] = json!("%"), "not base64");
        check(|json| json["auth_info_bytes"] = json!("/w=="), "cannot be decoded");
        check(|json| json["signatures"] = json!([null]), "names 2 signers");
        check(|json| json["account_numbers"] = json!([1, 2, 3]), "3 account numbers");
        assert_eq!(Document::read(&folder.path().join("none"), &catalogue).unwrap_err().exit_code(), 2);
    }
}
