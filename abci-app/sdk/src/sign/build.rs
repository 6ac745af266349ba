//! What a transaction says, before anybody has signed it.

use std::collections::BTreeSet;

use cosmrs::{
    Any,
    proto::cosmos::{
        base::v1beta1::Coin,
        tx::v1beta1::{AuthInfo, Fee, SignerInfo, TxBody},
    },
};
use prost::Message;
use sirius_ledger::ante::amino;
use sirius_primitives::{Address, Coins, Gas, Height, Prefix};
use sirius_runtime::tx::{SignMode, Signing, pack_account_key};
use tendermint::chain;

use super::{SignError, Signer, Unsigned, sign_bytes, unsigned::Parts};

/// Collects the parts of a transaction.
#[derive(Debug, Clone)]
pub struct TxBuilder {
    chain_id: chain::Id,
    body: TxBody,
    fee: Fee,
    mode: SignMode,
    signers: Vec<Signer>,
}

impl TxBuilder {
    /// A transaction for this chain that may use up to `gas_limit`; without fee, memo or timeout so far.
    pub fn new(chain_id: chain::Id, gas_limit: Gas) -> Self {
        Self {
            chain_id,
            body: TxBody::default(),
            fee: Fee { gas_limit: gas_limit.0, ..Fee::default() },
            mode: SignMode::Direct,
            signers: Vec::new(),
        }
    }

    /// Adds a message; messages run in the order they are added, all or none.
    pub fn message(mut self, message: Any) -> Self {
        self.body.messages.push(message);
        self
    }

    /// Sets the text that goes with the payment; everybody can read it for ever.
    pub fn memo(mut self, memo: impl Into<String>) -> Self {
        self.body.memo = memo.into();
        self
    }

    /// Sets the last block that may hold the transaction; [`Height::ZERO`] means any block.
    pub fn timeout_height(mut self, height: Height) -> Self {
        self.body.timeout_height = height.0;
        self
    }

    /// Sets what the transaction pays to be included, whether or not its messages succeed.
    pub fn fee(mut self, amount: &Coins) -> Self {
        let coin = |coin: &sirius_primitives::Coin| Coin {
            denom: coin.denom.to_string(),
            amount: coin.amount.to_string(),
        };
        self.fee.amount = amount.iter().map(coin).collect();
        self
    }

    /// Names the signer who pays the fee, where it is not the first one.
    pub fn payer(mut self, payer: &Address, prefix: &Prefix) -> Self {
        self.fee.payer = payer.bech32(prefix);
        self
    }

    /// Names an account that has granted the payer to pay fees from its balance.
    pub fn granter(mut self, granter: &Address, prefix: &Prefix) -> Self {
        self.fee.granter = granter.bech32(prefix);
        self
    }

    /// Sets what is signed: the protobuf bytes, which is the default, or amino-JSON, as hardware wallets do.
    pub fn mode(mut self, mode: SignMode) -> Self {
        self.mode = mode;
        self
    }

    /// Adds a signer; the order is that in which the messages first name their accounts.
    pub fn signer(mut self, signer: Signer) -> Self {
        self.signers.push(signer);
        self
    }

    /// Encodes what is to be signed.
    ///
    /// # Errors
    /// No message, no signer, one key twice, or a message that has no amino-JSON.
    pub fn build(self) -> Result<Unsigned, SignError> {
        if self.body.messages.is_empty() {
            return Err(SignError::NoMessages);
        }
        if self.signers.is_empty() {
            return Err(SignError::NoSigners);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.signers.iter().find(|signer| !seen.insert(&signer.public_key)) {
            return Err(SignError::SignerTwice(twice.text()));
        }
        let auth_info = AuthInfo {
            signer_infos: self.signers.iter().map(|signer| signer_info(signer, self.mode)).collect(),
            fee: Some(self.fee.clone()),
            ..AuthInfo::default()
        };
        let (body_bytes, auth_info_bytes) = (self.body.encode_to_vec(), auth_info.encode_to_vec());
        let document = |signer: &Signer| match self.mode {
            SignMode::AminoJson => self.amino(signer),
            SignMode::Direct | SignMode::Other(_) => {
                Ok(sign_bytes(&body_bytes, &auth_info_bytes, self.chain_id.as_str(), signer.account_number))
            }
        };
        let documents = self.signers.iter().map(document).collect::<Result<_, _>>()?;
        Ok(Unsigned::new(Parts { body_bytes, auth_info_bytes, signers: self.signers, documents }))
    }

    fn amino(&self, signer: &Signer) -> Result<Vec<u8>, SignError> {
        let document = amino::SignDoc {
            chain_id: self.chain_id.as_str(),
            account_number: signer.account_number.0,
            sequence: signer.sequence.0,
            body: &self.body,
            fee: &self.fee,
        };
        document.sign_bytes().map_err(SignError::NoAmino)
    }
}

fn signer_info(signer: &Signer, mode: SignMode) -> SignerInfo {
    SignerInfo {
        public_key: Some(pack_account_key(&signer.public_key)),
        mode_info: Some(Signing::Single(mode).pack()),
        sequence: signer.sequence.0,
    }
}
