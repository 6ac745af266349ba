//! Whose signature a transaction needs, and whether it has it.

use cosmos_sdk_proto::cosmos::tx::v1beta1::SignDoc;
use prost::Message as _;
use sirius_primitives::{Address, PublicKey};
use sirius_runtime::{Chain, Refusal, Tx, tx::SignMode};

use super::Refused;
use crate::base::auth::Account;

/// One signer: what the transaction says of it, and what the state says.
pub(super) struct Signer<'a> {
    index: usize,
    pub(super) address: Address,
    pub(super) described: &'a sirius_runtime::tx::Signer,
    pub(super) account: Account,
    /// The key that must have signed: the account's, or before its first transaction the one shown, if its address
    /// is the account's.
    pub(super) key: Option<PublicKey>,
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
        let key = match (account.public_key, described.public_key) {
            (Some(own), Some(shown)) if own != shown => return Err(Refused::WrongKey { address: text() }),
            (Some(own), _) => Some(own),
            (None, Some(shown)) if shown.address() != address => {
                return Err(Refused::WrongKey { address: text() });
            }
            (None, shown) => shown,
        };
        Ok(Self { index, address, described, account, key })
    }

    /// Verifies the signature; the answer is what it was verified for.
    pub(super) fn verify(&self, tx: &Tx, chain: &Chain) -> Option<(PublicKey, u64)> {
        self.check(tx, chain).ok()
    }

    fn check(&self, tx: &Tx, chain: &Chain) -> Result<(PublicKey, u64), Refused> {
        if let SignMode::Other(found) = self.described.mode {
            return Err(Refused::WrongMode { found });
        }
        let key = self.key.ok_or_else(|| Refused::NoKey { address: self.address.bech32(&chain.prefix) })?;
        let signature = tx.signatures.get(self.index).ok_or(Refused::NoSignatures)?;
        let signed = SignDoc {
            body_bytes: tx.body_bytes.clone(),
            auth_info_bytes: tx.auth_info_bytes.clone(),
            chain_id: chain.id.clone(),
            account_number: self.account.number,
        };
        key.verify(&signed.encode_to_vec(), signature).map_err(|error| Refused::BadSignature {
            cause: error.to_string(),
            number: self.account.number,
            sequence: self.account.sequence,
            chain: chain.id.clone(),
        })?;
        Ok((key, self.account.number))
    }
}

/// Verifies every signature, unless this node has done so for the same keys and account numbers.
pub(super) fn check(tx: &Tx, signers: &[Signer<'_>], chain: &Chain) -> Result<(), Refusal> {
    let verified = tx.verified.get().is_some_and(|keys| {
        keys.len() == signers.len()
            && keys
                .iter()
                .zip(signers)
                .all(|((key, number), signer)| signer.key == Some(*key) && signer.account.number == *number)
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
