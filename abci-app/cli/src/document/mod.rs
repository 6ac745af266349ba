//! A transaction in a file, on its way between those who write, sign and send it: the JSON of the Cosmos SDK's command
//! line, so that its tools and ours read each other's files.

mod file;
mod signature;
#[cfg(test)]
mod tests;

use std::{io::Read as _, path::Path};

use cosmrs::proto::cosmos::tx::v1beta1::{AuthInfo, SignerInfo, TxBody, TxRaw};
use prost::Message as _;
use serde_json::{Value, json};
use sirius_ledger::ante::amino;
use sirius_primitives::{AccountKey, Address};
use sirius_runtime::{
    Chain,
    tx::{Signing, pack_account_key},
};
use sirius_sdk::{
    ask::AccountState,
    catalogue::Catalogue,
    sign::{SignError, SignMode, Unsigned, sign_bytes, tx_raw},
};

pub(crate) use signature::MemberSignature;

use crate::failure::Failure;

/// The most bytes of a file: a transaction has at most 64 KiB, its base64 and its content in words some times that.
const MOST_BYTES: u64 = 1024 * 1024;

/// See the module's documentation. A signer who has not signed yet has an empty description and an empty signature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    body: TxBody,
    auth: AuthInfo,
    signatures: Vec<Vec<u8>>,
}

/// Who signs a document as what.
pub(crate) struct Signer<'a> {
    /// The account.
    pub(crate) address: Address,
    /// Its key.
    pub(crate) key: &'a AccountKey,
    /// Its number and its sequence before the transaction.
    pub(crate) state: AccountState,
}

/// Reads a file of text; `-` is standard input.
fn text(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::file("reading", path.display(), &error);
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

impl Document {
    /// The transaction for others to sign: messages, memo, timeout and fee.
    pub(crate) fn unsigned(unsigned: &Unsigned) -> Result<Self, Failure> {
        let whole = Self::decode((unsigned.body_bytes(), unsigned.auth_info_bytes()), Vec::new())?;
        let auth = AuthInfo { signer_infos: Vec::new(), ..whole.auth };
        Ok(Self { auth, ..whole })
    }

    /// The signed transaction.
    pub(crate) fn signed(bytes: &[u8]) -> Result<Self, Failure> {
        let raw = TxRaw::decode(bytes).map_err(|error| Failure::input(error.to_string()))?;
        Self::decode((&raw.body_bytes, &raw.auth_info_bytes), raw.signatures)
    }

    fn decode((body, auth): (&[u8], &[u8]), signatures: Vec<Vec<u8>>) -> Result<Self, Failure> {
        let bad =
            |error: prost::DecodeError| Failure::input(format!("the transaction cannot be decoded: {error}"));
        Ok(Self {
            body: TxBody::decode(body).map_err(bad)?,
            auth: AuthInfo::decode(auth).map_err(bad)?,
            signatures,
        })
    }

    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// The file cannot be read, or holds no transaction.
    pub(crate) fn read(path: &Path, catalogue: &Catalogue) -> Result<Self, Failure> {
        file::parse(&text(path)?, catalogue)
            .map_err(|failure| Failure::input(format!("{} holds no transaction: {failure}", path.display())))
    }

    /// The file's JSON.
    pub(crate) fn to_json(&self, catalogue: &Catalogue) -> Value {
        file::print(self, catalogue)
    }

    /// What a person should see before signing.
    pub(crate) fn content(&self, catalogue: &Catalogue) -> Value {
        let json = self.to_json(catalogue);
        json!({ "messages": json.pointer("/body/messages"), "memo": self.body.memo, "timeout_height": self.body.timeout_height,
            "fee": json.pointer("/auth_info/fee") })
    }

    /// Who must sign, in order.
    fn required(&self, catalogue: &Catalogue, chain: &Chain) -> Result<Vec<Address>, Failure> {
        let refused = |error: sirius_runtime::Refusal| Failure::input(error.to_string());
        let mut required = Vec::new();
        for message in &self.body.messages {
            required.extend(catalogue.registry().parse(message, chain).map_err(refused)?.signers());
        }
        let payer = self.auth.fee.as_ref().map(|fee| fee.payer.as_str()).filter(|payer| !payer.is_empty());
        if let Some(payer) = payer {
            let payer = Address::parse(payer, &chain.prefix);
            required
                .push(payer.map_err(|error| Failure::input(format!("the fee's payer is none: {error}")))?);
        }
        let mut once: Vec<Address> = Vec::new();
        required.into_iter().for_each(|address| {
            if !once.contains(&address) {
                once.push(address);
            }
        });
        Ok(once)
    }

    /// What members of a multisig sign, and everybody who signs amino-JSON.
    ///
    /// # Errors
    /// A message that has no such form.
    pub(crate) fn amino(&self, chain: &Chain, state: AccountState) -> Result<Vec<u8>, Failure> {
        let document = amino::SignDoc {
            chain_id: &chain.id,
            account_number: state.number.0,
            sequence: state.sequence.0,
            body: &self.body,
            fee: &self.auth.fee.clone().unwrap_or_default(),
        };
        Ok(document.sign_bytes().map_err(SignError::NoAmino)?)
    }

    /// Describes `signer` and puts the signature that `sign` makes in its place.
    ///
    /// # Errors
    /// An account that does not sign this transaction; or the mode direct where several sign, each of whom would have
    /// to know all others first.
    pub(crate) fn sign(
        &mut self,
        signer: &Signer<'_>,
        mode: SignMode,
        (catalogue, chain): (&Catalogue, &Chain),
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<(), Failure> {
        let place = self.place(signer, (catalogue, chain))?;
        if mode == SignMode::Direct && self.signatures.len() > 1 {
            return Err(Failure::input(
                "several accounts sign this transaction; sign it with --sign-mode amino-json",
            ));
        }
        self.describe(place, signer, &Signing::Single(mode));
        let document = match mode {
            SignMode::AminoJson => self.amino(chain, signer.state)?,
            SignMode::Direct | SignMode::Other(_) => sign_bytes(
                &self.body.encode_to_vec(),
                &self.auth.encode_to_vec(),
                &chain.id,
                signer.state.number,
            ),
        };
        self.put(place, sign(&document));
        Ok(())
    }

    /// Describes a multisig and puts the one signature of its members in its place.
    ///
    /// # Errors
    /// An account that does not sign this transaction.
    pub(crate) fn sign_multi(
        &mut self,
        signer: &Signer<'_>,
        (signing, signature): (&Signing, Vec<u8>),
        (catalogue, chain): (&Catalogue, &Chain),
    ) -> Result<(), Failure> {
        let place = self.place(signer, (catalogue, chain))?;
        self.describe(place, signer, signing);
        self.put(place, signature);
        Ok(())
    }

    fn put(&mut self, place: usize, signature: Vec<u8>) {
        if let Some(own) = self.signatures.get_mut(place) {
            *own = signature;
        }
    }

    fn describe(&mut self, place: usize, signer: &Signer<'_>, signing: &Signing) {
        if let Some(own) = self.auth.signer_infos.get_mut(place) {
            *own = SignerInfo {
                public_key: Some(pack_account_key(signer.key)),
                mode_info: Some(signing.pack()),
                sequence: signer.state.sequence.0,
            };
        }
    }

    /// Makes room for everybody who must sign and finds the signer's.
    fn place(
        &mut self,
        signer: &Signer<'_>,
        (catalogue, chain): (&Catalogue, &Chain),
    ) -> Result<usize, Failure> {
        let required = self.required(catalogue, chain)?;
        let place = required.iter().position(|address| *address == signer.address).ok_or_else(|| {
            Failure::input(format!(
                "{} is no signer of the transaction; name the key or the --account that it was generated for",
                signer.address.bech32(&chain.prefix)
            ))
        })?;
        self.auth.signer_infos.resize(required.len(), SignerInfo::default());
        self.signatures.resize(required.len(), Vec::new());
        Ok(place)
    }

    /// The transaction as nodes take it.
    ///
    /// # Errors
    /// Somebody has not signed.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Failure> {
        let missing = self.signatures.iter().position(Vec::is_empty);
        let missing = missing.or_else(|| self.signatures.is_empty().then_some(0));
        match missing {
            Some(place) => Err(Failure::input(format!(
                "signer {} has not signed; run `sirius sign FILE --from NAME`",
                place.saturating_add(1)
            ))),
            None => Ok(tx_raw(self.body.encode_to_vec(), self.auth.encode_to_vec(), self.signatures.clone())),
        }
    }
}
