//! Whose signature a transaction needs, and whether it has it.

use std::cell::OnceCell;

use cosmos_sdk_proto::cosmos::{
    crypto::multisig::v1beta1::MultiSignature,
    tx::v1beta1::{AuthInfo, SignDoc, TxBody},
};
use prost::Message as _;
use sirius_primitives::{AccountKey, Address, Multisig, PublicKey};
use sirius_runtime::{
    Chain, Refusal, Tx, decode_canonical,
    tx::{SignMode, Signing},
};

use super::{Refused, amino};
use crate::base::auth::Account;

/// One signer: what the transaction says of it, and what the state says.
pub(super) struct Signer<'a> {
    index: usize,
    pub(super) address: Address,
    pub(super) described: &'a sirius_runtime::tx::Signer,
    pub(super) account: Account,
    /// The key that must have signed: the account's, or before its first transaction the one shown, if its address
    /// is the account's.
    pub(super) key: Option<AccountKey>,
}

impl<'a> Signer<'a> {
    pub(super) fn new(
        tx: &'a Tx,
        index: usize,
        address: Address,
        account: Option<Account>,
        chain: &Chain,
    ) -> Result<Self, Refused> {
        let text = || address.bech32(&chain.prefix);
        let account = account.ok_or_else(|| Refused::UnknownAccount { address: text() })?;
        let described = tx.signers.get(index).ok_or(Refused::NoSignatures)?;
        let key = match (&account.public_key, &described.public_key) {
            (Some(own), Some(shown)) if own != shown => return Err(Refused::WrongKey { address: text() }),
            (Some(own), _) => Some(own.clone()),
            (None, Some(shown)) if shown.address() != address => {
                return Err(Refused::WrongKey { address: text() });
            }
            (None, shown) => shown.clone(),
        };
        Ok(Self { index, address, described, account, key })
    }

    /// Verifies the signature; the answer is what it was verified for.
    pub(super) fn verify(&self, tx: &Tx, chain: &Chain) -> Option<(AccountKey, u64)> {
        self.check(tx, chain).ok()
    }

    fn check(&self, tx: &Tx, chain: &Chain) -> Result<(AccountKey, u64), Refusal> {
        if let Signing::Single(SignMode::Other(found)) = self.described.signing {
            return Err(Refused::WrongMode { found }.into());
        }
        let text = || self.address.bech32(&chain.prefix);
        let key = self.key.clone().ok_or_else(|| Refused::NoKey { address: text() })?;
        let signature = tx.signatures.get(self.index).ok_or(Refused::NoSignatures)?;
        let documents =
            Documents { signer: self, tx, chain, direct: OnceCell::new(), amino: OnceCell::new() };
        match (&key, &self.described.signing) {
            (AccountKey::Single(key), Signing::Single(mode)) => documents.check(key, *mode, signature)?,
            (AccountKey::Multisig(multisig), Signing::Multi(modes)) => {
                check_members(&documents, multisig, (modes, signature))?;
            }
            (AccountKey::Single(_), Signing::Multi(_)) => {
                return Err(Refused::NoMultisig { address: text() }.into());
            }
            (AccountKey::Multisig(_), Signing::Single(_)) => {
                return Err(Refused::NeedsMembers { address: text() }.into());
            }
        }
        Ok((key, self.account.number))
    }
}

/// Verifies the signatures of a multisig's members: of at least as many as its threshold, and of no others.
fn check_members(
    documents: &Documents<'_>,
    multisig: &Multisig,
    (modes, signature): (&[Option<SignMode>], &[u8]),
) -> Result<(), Refusal> {
    let (expected, found) = (multisig.members().len(), modes.len());
    if expected != found {
        return Err(Refused::WrongMemberCount { expected, found }.into());
    }
    let (threshold, signed) = (multisig.threshold(), modes.iter().flatten().count());
    if signed < threshold {
        return Err(Refused::BelowThreshold { threshold, signed }.into());
    }
    let wire: MultiSignature = decode_canonical("the multisig's signature", signature)?;
    if wire.signatures.len() != signed {
        return Err(Refused::WrongSignatureCount { signed, found: wire.signatures.len() }.into());
    }
    let signers = multisig.members().iter().zip(modes).enumerate();
    let signers = signers.filter_map(|(place, (member, mode))| Some((place, member, (*mode)?)));
    for ((place, member, mode), signature) in signers.zip(&wire.signatures) {
        documents.check(member, mode, signature).map_err(|refused| match refused {
            Refused::BadSignature { cause, number, sequence, chain } => {
                let cause = format!("member {}: {cause}", place.saturating_add(1));
                Refused::BadSignature { cause, number, sequence, chain }
            }
            other => other,
        })?;
    }
    Ok(())
}

/// What a signer's keys sign, each made once.
struct Documents<'a> {
    signer: &'a Signer<'a>,
    tx: &'a Tx,
    chain: &'a Chain,
    direct: OnceCell<Vec<u8>>,
    amino: OnceCell<Result<Vec<u8>, Refused>>,
}

impl Documents<'_> {
    fn check(&self, key: &PublicKey, mode: SignMode, signature: &[u8]) -> Result<(), Refused> {
        let message = match mode {
            SignMode::Direct => self.direct.get_or_init(|| self.direct()),
            SignMode::AminoJson => self.amino.get_or_init(|| self.amino()).as_ref().map_err(Clone::clone)?,
            SignMode::Other(found) => return Err(Refused::WrongMode { found }),
        };
        let account = &self.signer.account;
        key.verify(message, signature).map_err(|error| Refused::BadSignature {
            cause: error.to_string(),
            number: account.number,
            sequence: account.sequence,
            chain: self.chain.id.clone(),
        })
    }

    fn direct(&self) -> Vec<u8> {
        let signed = SignDoc {
            body_bytes: self.tx.body_bytes.clone(),
            auth_info_bytes: self.tx.auth_info_bytes.clone(),
            chain_id: self.chain.id.clone(),
            account_number: self.signer.account.number,
        };
        signed.encode_to_vec()
    }

    /// The sequence is the one described, which the door compares with the account's: what was verified does not depend
    /// on the state beyond key and number.
    fn amino(&self) -> Result<Vec<u8>, Refused> {
        let undecodable = |error: prost::DecodeError| Refused::NoAminoForm { cause: error.to_string() };
        let body = TxBody::decode(self.tx.body_bytes.as_slice()).map_err(undecodable)?;
        let auth_info = AuthInfo::decode(self.tx.auth_info_bytes.as_slice()).map_err(undecodable)?;
        let signed = amino::SignDoc {
            chain_id: &self.chain.id,
            account_number: self.signer.account.number,
            sequence: self.signer.described.sequence,
            body: &body,
            fee: &auth_info.fee.unwrap_or_default(),
        };
        signed.sign_bytes().map_err(|error| Refused::NoAminoForm { cause: error.to_string() })
    }
}

/// Verifies every signature, unless this node has done so for the same keys and account numbers.
pub(super) fn check(tx: &Tx, signers: &[Signer<'_>], chain: &Chain) -> Result<(), Refusal> {
    let verified = tx.verified.get().is_some_and(|keys| {
        keys.len() == signers.len()
            && keys.iter().zip(signers).all(|((key, number), signer)| {
                signer.key.as_ref() == Some(key) && signer.account.number == *number
            })
    });
    if verified {
        return Ok(());
    }
    let keys = signers.iter().map(|signer| signer.check(tx, chain)).collect::<Result<Vec<_>, _>>()?;
    // A value that is there already is of an earlier key of the account: verified again each time, which is rare.
    let _ = tx.verified.set(keys);
    Ok(())
}

/// Standard base64 (RFC 4648, section 4), in which Cosmos shows signatures.
pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}
