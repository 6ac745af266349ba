//! Several keys as one account.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    crypto::multisig::v1beta1::MultiSignature,
    tx::v1beta1::{AuthInfo, Fee, SignerInfo, TxBody, TxRaw},
};
use prost::Message as _;
use sirius_primitives::{AccountKey, Address, Multisig};
use sirius_runtime::tx::{SignMode, Signing, pack_account_key};
use tendermint_proto::google::protobuf::Any;

use super::{Bed, GAS, Key, Parts, coins};

/// A multisig of keys whose secrets are known.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) multisig: Multisig,
    pub(crate) keys: Vec<Key>,
}

impl Group {
    pub(crate) fn new(threshold: u32, keys: Vec<Key>) -> Self {
        let members = keys.iter().map(Key::public).collect();
        Self { multisig: Multisig::new(threshold, members).unwrap(), keys }
    }

    pub(crate) fn key(&self) -> AccountKey {
        AccountKey::Multisig(self.multisig.clone())
    }

    pub(crate) fn address(&self) -> Address {
        self.multisig.address()
    }

    /// A transaction of the account at `address`, whose key this is, that `modes` sign.
    pub(crate) fn draft(
        &self,
        bed: &Bed,
        address: &Address,
        (modes, messages): (&[Option<SignMode>], Vec<Any>),
    ) -> Parts {
        let account = bed.account(address);
        let signer = SignerInfo {
            public_key: Some(pack_account_key(&self.key())),
            mode_info: Some(Signing::Multi(modes.to_vec()).pack()),
            sequence: account.sequence,
        };
        let fee = Fee { amount: coins(u128::from(GAS), "uxpx"), gas_limit: GAS, ..Fee::default() };
        Parts {
            body: TxBody { messages, ..TxBody::default() },
            auth: AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..AuthInfo::default() },
            keys: Vec::new(),
            numbers: vec![account.number],
            chain_id: bed.chain.id.clone(),
        }
    }

    /// The signatures of the members that `modes` name, in order.
    pub(crate) fn signatures(&self, parts: &Parts, modes: &[Option<SignMode>]) -> Vec<Vec<u8>> {
        let sign = |(key, mode): (&Key, &Option<SignMode>)| {
            mode.map(|mode| match mode {
                SignMode::AminoJson => key.sign(&parts.amino(0)),
                SignMode::Direct | SignMode::Other(_) => key.sign(&parts.direct(0)),
            })
        };
        self.keys.iter().zip(modes).filter_map(sign).collect()
    }
}

impl Parts {
    /// The bytes of the transaction with the signatures of a multisig's members.
    pub(crate) fn assemble(&self, signatures: Vec<Vec<u8>>) -> Bytes {
        self.assemble_raw(MultiSignature { signatures }.encode_to_vec())
    }

    /// The same with any bytes in their place.
    pub(crate) fn assemble_raw(&self, signature: Vec<u8>) -> Bytes {
        let raw = TxRaw {
            body_bytes: self.body.encode_to_vec(),
            auth_info_bytes: self.auth.encode_to_vec(),
            signatures: vec![signature],
        };
        raw.encode_to_vec().into()
    }
}
