//! What the players send: their modules' random moves, one or more in a transaction, signed as they must be, and now
//! and then as they must not.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin,
    tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignerInfo, TxBody, mode_info},
};
use prost::Message as _;
use sirius_ledger::{
    ante::amino,
    base::{
        auth::{self, Account},
        fee::{
            Price, required,
            wire::feegrant::{QueryAllowancesRequest, QueryAllowancesResponse},
        },
    },
};
use sirius_primitives::{Address, Gas, Height, PublicKey, Timestamp};
use sirius_runtime::{
    Chain, QueryContext, Registry,
    dice::{Dice, World},
    tx::pack_public_key,
};
use sirius_sdk::sign::{AccountNumber, sign_bytes, tx_raw};
use sirius_store::Read;
use tendermint_proto::google::protobuf::Any;

use crate::{
    crowd::Crowd,
    mangle::{self, Mangle},
};

/// How many players are asked for a move that not everybody can make.
const PLAYERS_ASKED: usize = 8;

/// The numbers of the sign modes.
const DIRECT: i32 = 1;
const AMINO: i32 = 127;

/// Gas that one message may use; enough for most.
const GAS_PER_MESSAGE: u64 = 30_000;
/// Gas that a message about stakes may use, which keeps much in order.
const GAS_PER_STAKE: u64 = 100_000;

/// Gas that a message about another chain may use, which brings headers and proofs.
const GAS_PER_ANCHOR: u64 = 200_000;

/// A transaction on its way to the mempool.
pub(crate) struct Sent {
    pub(crate) bytes: Bytes,
    /// The type URLs of its messages.
    pub(crate) types: Vec<String>,
    pub(crate) mangled: Option<Mangle>,
}

/// What the senders know.
pub(crate) struct Traffic<'a> {
    pub(crate) crowd: &'a Crowd,
    pub(crate) registry: &'a Registry,
    pub(crate) chain: &'a Chain,
    /// What the mempool says.
    pub(crate) state: &'a dyn Read,
    /// The block that is being made.
    pub(crate) height: Height,
    /// The time of the one before.
    pub(crate) time: Timestamp,
}

impl Traffic<'_> {
    /// A transaction of some player; `None` when nobody has anything to do, or a signer has no account.
    pub(crate) fn send(&self, dice: &mut Dice) -> Option<Sent> {
        let mut messages = vec![self.message(dice)?];
        while dice.once_in(5) && messages.len() < 4 {
            messages.extend(self.message(dice));
        }
        // In the first block nothing can have expired.
        let mangled =
            if self.height > Height(1) && dice.once_in(6) { dice.pick(mangle::ALL).copied() } else { None };
        let types = messages.iter().map(|(_, message)| message.type_url.clone()).collect();
        let bytes = self.transaction(dice, messages, mangled)?;
        let bytes = mangled.map_or(bytes.clone(), |mangle| mangle.damage(dice, bytes));
        Some(Sent { bytes, types, mangled })
    }

    /// A random move of a random player.
    fn message(&self, dice: &mut Dice) -> Option<(Address, Any)> {
        let spare_key = |dice: &mut Dice, message: &[u8]| self.crowd.spare(dice, message);
        let world = World {
            chain: self.chain,
            players: &self.crowd.players,
            time: self.time,
            spare_key: &spare_key,
            state: self.state,
        };
        // A move with which one player has nothing to do is left to another player, then to another move: so what only
        // few can do is done as often as what all can.
        (0..10).find_map(|_| {
            let (_, make) = dice.pick(self.registry.moves())?;
            (0..PLAYERS_ASKED).find_map(|_| {
                let player = *dice.pick(&self.crowd.players)?;
                make(dice, &world, player).unwrap().map(|message| (player, message))
            })
        })
    }

    fn transaction(
        &self,
        dice: &mut Dice,
        messages: Vec<(Address, Any)>,
        mangled: Option<Mangle>,
    ) -> Option<Bytes> {
        let fee = self.fee(dice, &messages, mangled);
        let signers = self.signers(&messages, &fee)?;
        let wrong = u64::from(mangled == Some(Mangle::Sequence)) * (1 + dice.below(3));
        let timeout_height = match mangled {
            Some(Mangle::Expired) => self.height.0.saturating_sub(1 + dice.below(3)).max(1),
            _ if dice.once_in(3) => self.height.0 + dice.below(4),
            _ => 0,
        };
        let memo = if dice.once_in(4) {
            "for the book".repeat(1 + usize::from(dice.once_in(9)) * 40)
        } else {
            String::new()
        };
        let messages = messages.into_iter().map(|(_, message)| message).collect();
        let body = TxBody { messages, memo, timeout_height, ..TxBody::default() };
        // As hardware wallets sign, where the messages have the form for it, or as programs do.
        let form = amino::SignDoc {
            chain_id: &self.chain.id,
            account_number: 0,
            sequence: 0,
            body: &body,
            fee: &fee,
        };
        let mode = if dice.once_in(3) && form.sign_bytes().is_ok() { AMINO } else { DIRECT };
        let describe = |(_, account, key): &(Address, Account, PublicKey)| SignerInfo {
            public_key: (account.public_key.is_none() || dice.once_in(2)).then(|| pack_public_key(key)),
            mode_info: Some(ModeInfo { sum: Some(mode_info::Sum::Single(mode_info::Single { mode })) }),
            sequence: account.sequence.wrapping_add(wrong),
        };
        let auth = AuthInfo {
            signer_infos: signers.iter().map(describe).collect(),
            fee: Some(fee),
            ..AuthInfo::default()
        };
        Some(self.sign(dice, &body, &auth, &signers, mangled))
    }

    fn sign(
        &self,
        dice: &mut Dice,
        body: &TxBody,
        auth: &AuthInfo,
        signers: &[(Address, Account, PublicKey)],
        mangled: Option<Mangle>,
    ) -> Bytes {
        let chain = if mangled == Some(Mangle::Chain) { "elsewhere-1" } else { &self.chain.id };
        let document = |account: &Account, info: &SignerInfo| match &info.mode_info {
            Some(ModeInfo { sum: Some(mode_info::Sum::Single(single)) }) if single.mode == AMINO => {
                amino::SignDoc {
                    chain_id: chain,
                    account_number: account.number,
                    sequence: info.sequence,
                    body,
                    fee: &auth.fee.clone().unwrap_or_default(),
                }
                .sign_bytes()
                .unwrap()
            }
            _ => {
                sign_bytes(&body.encode_to_vec(), &auth.encode_to_vec(), chain, AccountNumber(account.number))
            }
        };
        let signed = signers.iter().zip(&auth.signer_infos);
        let mut signatures: Vec<_> =
            signed.map(|((_, account, key), info)| self.crowd.sign(key, &document(account, info))).collect();
        let (body, auth) = (body.encode_to_vec(), auth.encode_to_vec());
        if mangled == Some(Mangle::Signature) {
            let at = usize::try_from(dice.below(64)).unwrap();
            signatures[0][at] ^= 1 << dice.below(8);
        }
        tx_raw(body, auth, signatures).into()
    }

    /// The price of its gas and up to half as much again, sometimes from somebody else's pocket.
    fn fee(&self, dice: &mut Dice, messages: &[(Address, Any)], mangled: Option<Mangle>) -> Fee {
        let gas = |(_, message): &(Address, Any)| match message.type_url.as_str() {
            url if url.contains(".anchor.") => GAS_PER_ANCHOR,
            url if url.contains(".staking.") => GAS_PER_STAKE,
            _ => GAS_PER_MESSAGE,
        };
        let mut gas_limit = messages.iter().map(gas).sum();
        if dice.once_in(20) {
            gas_limit = 8_000;
        }
        if mangled == Some(Mangle::HugeGas) {
            gas_limit = 1 << (24 + dice.below(39));
        }
        let price = Price::load(self.state).unwrap();
        let least = required(Gas(gas_limit), price.per_million_gas).units();
        let amount = match mangled {
            Some(Mangle::LowFee) => least * u128::from(dice.below(100)) / 100,
            _ => least + least * u128::from(dice.below(50)) / 100,
        };
        let text = |address: &Address| address.bech32(&self.chain.prefix);
        let player = |dice: &mut Dice| dice.pick(&self.crowd.players).map(text).unwrap_or_default();
        let payer = if dice.once_in(10) { player(dice) } else { String::new() };
        let pays = if payer.is_empty() { text(&messages[0].0) } else { payer.clone() };
        Fee {
            amount: (amount > 0)
                .then(|| Coin { denom: price.denom.to_string(), amount: amount.to_string() })
                .into_iter()
                .collect(),
            gas_limit,
            payer,
            granter: match dice.below(12) {
                0 => player(dice),
                1..3 => dice.pick(&self.granters(pays)).cloned().unwrap_or_default(),
                _ => String::new(),
            },
        }
    }

    /// Who has granted fees to somebody.
    fn granters(&self, grantee: String) -> Vec<String> {
        let request = QueryAllowancesRequest { grantee, pagination: None }.encode_to_vec();
        let (state, chain, registry) = (self.state, self.chain, self.registry);
        let ctx = QueryContext { state, chain, height: self.height, registry };
        let answer = registry.answer(&ctx, "/cosmos.feegrant.v1beta1.Query/Allowances", &request).unwrap();
        let answer = QueryAllowancesResponse::decode(answer.as_slice()).unwrap();
        answer.allowances.into_iter().map(|grant| grant.granter).collect()
    }

    /// Who must sign, with the account that the mempool knows and its present key.
    fn signers(&self, messages: &[(Address, Any)], fee: &Fee) -> Option<Vec<(Address, Account, PublicKey)>> {
        let mut addresses = Vec::new();
        // A message that is not valid by itself names nobody; whoever moved signs it all the same.
        let of_message = |(player, any): &(Address, Any)| match self.registry.parse(any, self.chain) {
            Ok(message) => message.signers(),
            Err(_) => vec![*player],
        };
        let parsed = messages.iter().flat_map(of_message);
        let payer = Address::parse(&fee.payer, &self.chain.prefix).ok();
        for address in parsed.chain(payer) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        let signer = |address: Address| {
            let account = auth::account(self.state, &address).unwrap()?;
            let key = self.crowd.present_key(&address, &account);
            Some((address, account, key))
        };
        addresses.into_iter().map(signer).collect()
    }
}
