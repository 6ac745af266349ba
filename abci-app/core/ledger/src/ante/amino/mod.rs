//! `SIGN_MODE_LEGACY_AMINO_JSON`: what hardware wallets and members of multisigs sign.
//!
//! The transaction becomes compact JSON with sorted keys, byte for byte as the Cosmos SDK v0.50 makes it
//! (`x/tx/signing/aminojson`). Messages are turned by their descriptors and a table of the Cosmos SDK's exceptions, so
//! that a new message of our own needs no line anywhere.
//!
//! The JSON says nothing of public keys and sign modes, so that somebody else can leave a key out or show it and make
//! another hash of the same transaction; the sequence lets one of them in.

mod contract;
mod convert;
mod scalar;
#[cfg(test)]
mod tests;
mod text;

use cosmos_sdk_proto::cosmos::tx::v1beta1::{Fee, TxBody};
use thiserror::Error;

pub use contract::name;
use convert::Converter;

/// How deep messages may stand within each other: a proposal that carries a message that carries a key needs four.
const MOST_DEPTH: usize = 16;

/// The longest JSON, in bytes: sixteen times the largest transaction, for names of fields and escaped text.
const MOST_BYTES: usize = 1 << 20;

/// Why a transaction has no such form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AminoError {
    /// Something packed of a kind that the ledger has no contract of.
    #[error("{type_url} is no message of this chain")]
    Unknown {
        /// What it is called, at most its first 200 characters.
        type_url: String,
    },
    /// A value that the form has no way to write.
    #[error("field {field} has no amino-JSON form: {cause}")]
    NoForm {
        /// The field's full name.
        field: String,
        /// Why it has none.
        cause: String,
    },
    /// Messages within messages.
    #[error("messages stand within each other more than {MOST_DEPTH} deep")]
    TooDeep,
    /// The JSON would be beyond a bound.
    #[error("its JSON would be longer than {MOST_BYTES} bytes")]
    TooLong,
}

/// What one signer signs.
#[derive(Debug, Clone, Copy)]
pub struct SignDoc<'a> {
    /// The chain's name.
    pub chain_id: &'a str,
    /// The account's number.
    pub account_number: u64,
    /// The account's count of transactions before this one.
    pub sequence: u64,
    /// The messages, the memo and the timeout.
    pub body: &'a TxBody,
    /// What is paid.
    pub fee: &'a Fee,
}

impl SignDoc<'_> {
    /// The bytes that are signed:
    ///
    /// ```text
    /// {"account_number":"1","chain_id":"c","fee":{"amount":[{"amount":"5","denom":"uxpx"}],"gas":"9"[,"granter":"…"]
    /// [,"payer":"…"]},"memo":"","msgs":[{"type":"…","value":{…}}],"sequence":"0"[,"timeout_height":"7"]}
    /// ```
    ///
    /// # Errors
    /// A message without such a form, or a bound that is passed.
    pub fn sign_bytes(&self) -> Result<Vec<u8>, AminoError> {
        let mut json = Converter::default();
        json.raw("{\"account_number\":");
        json.number(self.account_number);
        json.raw(",\"chain_id\":");
        json.text(self.chain_id);
        json.raw(",\"fee\":");
        self.fee(&mut json);
        json.raw(",\"memo\":");
        json.text(&self.body.memo);
        json.raw(",\"msgs\":[");
        for (index, message) in self.body.messages.iter().enumerate() {
            if index > 0 {
                json.raw(",");
            }
            json.packed(message, 0)?;
        }
        json.raw("],\"sequence\":");
        json.number(self.sequence);
        if self.body.timeout_height != 0 {
            json.raw(",\"timeout_height\":");
            json.number(self.body.timeout_height);
        }
        json.raw("}");
        json.finish()
    }

    fn fee(&self, json: &mut Converter) {
        json.raw("{\"amount\":[");
        for (index, coin) in self.fee.amount.iter().enumerate() {
            json.raw(if index > 0 { ",{\"amount\":" } else { "{\"amount\":" });
            json.text(if coin.amount.is_empty() { "0" } else { &coin.amount });
            if !coin.denom.is_empty() {
                json.raw(",\"denom\":");
                json.text(&coin.denom);
            }
            json.raw("}");
        }
        json.raw("],\"gas\":");
        json.number(self.fee.gas_limit);
        for (name, address) in [("granter", &self.fee.granter), ("payer", &self.fee.payer)] {
            if !address.is_empty() {
                json.raw(",");
                json.text(name);
                json.raw(":");
                json.text(address);
            }
        }
        json.raw("}");
    }
}
