//! The ledger's messages in their packed form, made of few words.

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use prost::{Message, Name};
use sirius_primitives::{Address, Prefix, Timestamp};
use sirius_runtime::{tx::pack_public_key, type_url};
use tendermint_proto::google::protobuf::{Any, Timestamp as WireTimestamp};

use super::{Key, vault::MsgVault};
use crate::{
    base::{
        auth::{proof_bytes, wire::keys},
        bank::wire::bank,
        fee::wire::feegrant,
    },
    consensus::params::wire::params,
};

/// The text of an address.
pub(crate) fn text(address: &Address) -> String {
    address.bech32(&Prefix::new("sirius").unwrap())
}

/// Packs a message.
pub(crate) fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: type_url::<M>(), value: message.encode_to_vec() }
}

/// A coin, also one that is not valid.
pub(crate) fn coin(amount: impl ToString, denom: &str) -> WireCoin {
    WireCoin { denom: denom.into(), amount: amount.to_string() }
}

/// One coin.
pub(crate) fn coins(amount: u128, denom: &str) -> Vec<WireCoin> {
    vec![coin(amount, denom)]
}

pub(crate) fn send(from: &Key, to: &Key, amount: Vec<WireCoin>) -> Any {
    pay(&from.address(), &to.address(), amount)
}

/// A payment between any two addresses.
pub(crate) fn pay(from: &Address, to: &Address, amount: Vec<WireCoin>) -> Any {
    any(&bank::MsgSend { from_address: text(from), to_address: text(to), amount })
}

pub(crate) fn multi_send(from: &Key, sum: Vec<WireCoin>, outputs: &[(&Key, Vec<WireCoin>)]) -> Any {
    let output =
        |(to, coins): &(&Key, Vec<_>)| bank::Output { address: text(&to.address()), coins: coins.clone() };
    any(&bank::MsgMultiSend {
        inputs: vec![bank::Input { address: text(&from.address()), coins: sum }],
        outputs: outputs.iter().map(output).collect(),
    })
}

/// A change to `key`, proven by it for `owner` on the chain `chain_id`.
pub(crate) fn rotate(owner: &Key, key: &Key, chain_id: &str) -> Any {
    any(&keys::MsgRotateKey {
        address: text(&owner.address()),
        public_key: Some(pack_public_key(&key.public())),
        proof: key.sign(&proof_bytes(chain_id, &owner.address())),
    })
}

pub(crate) fn grant(
    granter: &Key,
    grantee: &Key,
    spend_limit: Vec<WireCoin>,
    expires: Option<Timestamp>,
) -> Any {
    let expiration = expires.map(|at| WireTimestamp { seconds: at.seconds, nanos: at.nanos });
    any(&feegrant::MsgGrantAllowance {
        granter: text(&granter.address()),
        grantee: text(&grantee.address()),
        allowance: Some(any(&feegrant::BasicAllowance { spend_limit, expiration })),
    })
}

pub(crate) fn revoke(granter: &Key, grantee: &Key) -> Any {
    any(&feegrant::MsgRevokeAllowance {
        granter: text(&granter.address()),
        grantee: text(&grantee.address()),
    })
}

pub(crate) fn update(authority: &Key, values: &[(&str, u64)]) -> Any {
    update_at(&authority.address(), values, 0)
}

/// A change of parameters from a height on; 0 is the next block.
pub(crate) fn update_at(authority: &Address, values: &[(&str, u64)], height: u64) -> Any {
    let value = |(name, value): &(&str, u64)| params::Value { name: (*name).into(), value: *value };
    any(&params::MsgUpdate { authority: text(authority), values: values.iter().map(value).collect(), height })
}

/// What a module does at the bank's door for `owner`; see [`MsgVault`].
pub(crate) fn vault(action: &str, owner: &Key, to: &Key, amount: u128, denom: &str) -> Any {
    any(&MsgVault {
        owner: text(&owner.address()),
        action: action.into(),
        to: text(&to.address()),
        amount: Some(coin(amount, denom)),
        inner: None,
    })
}
