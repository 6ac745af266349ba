//! A transaction: the Cosmos envelope, read once and kept in checked parts.

use std::sync::OnceLock;

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin as WireCoin,
    tx::v1beta1::{AuthInfo, Fee as WireFee, SignerInfo, TxBody, TxRaw},
};
use sirius_primitives::{AccountKey, Address, Coin, Coins, Gas, Hash, Height, sha256};

use crate::{Chain, Executable, Refusal, Registry, message::decode_canonical};

pub(crate) mod error;
mod key;
mod mode;

pub use error::Refused;
pub use key::{ED25519, MULTISIG, SECP256K1, account_key, pack_account_key, pack_public_key, public_key};
pub use mode::{SignMode, Signing};

/// The largest transaction this program decodes, in bytes; the chain's own limit is a parameter of `auth` below it.
/// The figure is the mempool's `max_tx_bytes` in the rendered CometBFT configuration.
pub const MOST_BYTES: usize = 64 * 1024;

/// One signer as the transaction describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key, which may be left out once the account has one.
    pub public_key: Option<AccountKey>,
    /// The account's count of transactions before this one.
    pub sequence: u64,
    /// What was signed.
    pub signing: Signing,
}

/// What the transaction offers for being executed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fee {
    /// What is paid, whole.
    pub amount: Coins,
    /// The most gas it may use.
    pub gas_limit: Gas,
    /// Who pays, when it is not the first signer.
    pub payer: Option<Address>,
    /// Whose grant pays.
    pub granter: Option<Address>,
}

/// A transaction that decodes, in canonical form, with messages that this chain knows and that are valid by themselves.
#[derive(Debug)]
pub struct Tx {
    /// SHA-256 of the bytes as received; CometBFT calls the transaction by it.
    pub hash: Hash,
    /// The bytes as received.
    pub bytes: Bytes,
    /// The signed body, as received.
    pub body_bytes: Vec<u8>,
    /// The signed fee and signers, as received.
    pub auth_info_bytes: Vec<u8>,
    /// A note to people.
    pub memo: String,
    /// The last height at which it may be in a block; `None` is forever.
    pub timeout_height: Option<Height>,
    /// What it asks for, in order; at least one.
    pub messages: Vec<Box<dyn Executable>>,
    /// Who signed, in the order of [`Tx::required_signers`].
    pub signers: Vec<Signer>,
    /// The signatures, in the order of `signers`.
    pub signatures: Vec<Vec<u8>>,
    /// What it offers.
    pub fee: Fee,
    /// For which key and account number of each signer the signatures were found to be right on this node. A cache of
    /// a pure function: it saves verifying the same bytes again in the next phase.
    pub verified: OnceLock<Vec<(AccountKey, u64)>>,
}

impl Tx {
    /// Reads a transaction.
    ///
    /// # Errors
    /// The first thing wrong with the bytes.
    pub fn decode(bytes: &Bytes, registry: &Registry, chain: &Chain) -> Result<Self, Refusal> {
        if bytes.len() > MOST_BYTES {
            let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            return Err(Refused::TooLarge { found, most: MOST_BYTES as u64 }.into());
        }
        let raw: TxRaw = decode_canonical("the transaction", bytes)?;
        let body: TxBody = decode_canonical("the transaction's body", &raw.body_bytes)?;
        let auth_info: AuthInfo = decode_canonical("the transaction's auth info", &raw.auth_info_bytes)?;
        if !body.extension_options.is_empty() || !body.non_critical_extension_options.is_empty() {
            return Err(Refused::Unsupported { part: "extension options" }.into());
        }
        #[allow(deprecated, reason = "the field must be refused for as long as the wire has it")]
        let tip = auth_info.tip;
        if tip.is_some() {
            return Err(Refused::Unsupported { part: "a tip" }.into());
        }
        if body.messages.is_empty() {
            return Err(Refused::NoMessages.into());
        }
        let messages =
            body.messages.iter().map(|any| registry.parse(any, chain)).collect::<Result<Vec<_>, _>>()?;
        let signers = auth_info.signer_infos.iter().map(signer).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            hash: sha256(bytes),
            bytes: bytes.clone(),
            memo: body.memo,
            timeout_height: (body.timeout_height != 0).then_some(Height(body.timeout_height)),
            messages,
            signers,
            signatures: raw.signatures,
            fee: fee(auth_info.fee.unwrap_or_default(), chain)?,
            body_bytes: raw.body_bytes,
            auth_info_bytes: raw.auth_info_bytes,
            verified: OnceLock::new(),
        })
    }

    /// Everyone whose signature is needed, each once: the messages' signers in order, then the fee's payer.
    pub fn required_signers(&self) -> Vec<Address> {
        let mut required: Vec<Address> = Vec::new();
        let of_messages = self.messages.iter().flat_map(|message| message.signers());
        for address in of_messages.chain(self.fee.payer) {
            if !required.contains(&address) {
                required.push(address);
            }
        }
        required
    }
}

fn signer(info: &SignerInfo) -> Result<Signer, Refusal> {
    let signing = Signing::parse(info.mode_info.as_ref())?;
    let public_key = info.public_key.as_ref().map(account_key).transpose()?;
    Ok(Signer { public_key, sequence: info.sequence, signing })
}

fn fee(wire: WireFee, chain: &Chain) -> Result<Fee, Refusal> {
    let bad = |cause: String| Refusal::from(Refused::BadFee { cause });
    // CometBFT counts gas in signed 64 bits.
    if i64::try_from(wire.gas_limit).is_err() {
        return Err(Refused::GasTooLarge { found: wire.gas_limit }.into());
    }
    let address = |what: &'static str, text: &str| match text {
        "" => Ok(None),
        text => Address::parse(text, &chain.prefix)
            .map(Some)
            .map_err(|error| Refused::BadAddress { what, cause: error.to_string() }),
    };
    Ok(Fee {
        amount: coins(&wire.amount).map_err(bad)?,
        gas_limit: Gas(wire.gas_limit),
        payer: address("fee payer", &wire.payer)?,
        granter: address("fee granter", &wire.granter)?,
    })
}

/// Reads coins from the wire: sorted, each once, each positive.
///
/// # Errors
/// What is wrong with them, in words.
pub fn coins(wire: &[WireCoin]) -> Result<Coins, String> {
    let coins = wire.iter().map(coin).collect::<Result<_, _>>()?;
    Coins::new(coins).map_err(|error| error.to_string())
}

/// Reads one coin from the wire; its amount may be zero.
///
/// # Errors
/// What is wrong with it, in words.
pub fn coin(wire: &WireCoin) -> Result<Coin, String> {
    Ok(Coin {
        denom: wire.denom.parse().map_err(|error| format!("{error}"))?,
        amount: wire.amount.parse().map_err(|error| format!("{error}"))?,
    })
}

/// Writes a coin for the wire.
pub fn wire_coin(coin: &Coin) -> WireCoin {
    WireCoin { denom: coin.denom.to_string(), amount: coin.amount.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn coins_of_the_wire_are_checked() {
        let check = |amounts: &[(&str, &str)], fine: bool| {
            let wire: Vec<_> = amounts
                .iter()
                .map(|(amount, denom)| WireCoin { denom: (*denom).into(), amount: (*amount).into() })
                .collect();
            let read = coins(&wire);
            assert_eq!(read.is_ok(), fine, "{amounts:?}");
            if let Ok(coins) = read {
                assert_eq!(coins.iter().map(wire_coin).collect::<Vec<_>>(), wire);
            }
        };
        check(&[], true);
        check(&[("1", "gold"), ("2", "uxpx")], true);
        check(&[("2", "uxpx"), ("1", "gold")], false);
        check(&[("0", "uxpx")], false);
        check(&[("1.5", "uxpx")], false);
        check(&[("1", "")], false);
    }
}
