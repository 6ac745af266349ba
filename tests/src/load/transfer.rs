//! Signed transfers in the Cosmos envelope, as many as one likes, made on all cores.

use cosmos_sdk_proto::Any;
use cosmos_sdk_proto::cosmos::bank::v1beta1::MsgSend;
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use cosmos_sdk_proto::cosmos::tx::signing::v1beta1::SignMode;
use cosmos_sdk_proto::cosmos::tx::v1beta1 as wire;
use prost::Message as _;
use rayon::prelude::*;
use sirius_runtime::tx::pack_public_key;
use sirius_sdk::sign::{AccountNumber, sign_direct, tx_raw};

use super::{Account, Accounts, Tx};

/// What a transaction pays to be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// The most gas it may use.
    pub gas_limit: u64,
    /// What is paid for that.
    pub amount: u128,
    /// In which denomination.
    pub denom: String,
}

impl Default for Fee {
    /// Enough for a transfer at the least base fee, 0.025 uxpx a gas.
    fn default() -> Self {
        Self { gas_limit: 40_000, amount: 1_000, denom: "uxpx".to_owned() }
    }
}

/// What the transfers are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfers {
    /// The chain they are signed for.
    pub chain_id: String,
    /// What each moves, in the fee's denomination.
    pub amount: u128,
    /// What each pays.
    pub fee: Fee,
    /// A note, which makes them longer.
    pub memo: String,
}

impl Transfers {
    /// Small transfers for `chain_id`.
    pub fn new(chain_id: impl Into<String>) -> Self {
        Self { chain_id: chain_id.into(), amount: 1, fee: Fee::default(), memo: String::new() }
    }

    /// `rounds` transfers of each account to the next one, and counts them in `accounts`.
    ///
    /// They are ordered by rounds: two of one account lie as far apart as there are accounts, so that hosts which
    /// hear of them on different ways seldom hear of the second one first.
    pub fn sign(&self, accounts: &mut Accounts, rounds: u32) -> Vec<Tx> {
        let count = accounts.0.len();
        let mut txs = Vec::with_capacity(count.saturating_mul(rounds as usize));
        for _ in 0..rounds {
            let round = accounts.0.par_iter().enumerate().map(|(index, account)| {
                let next = accounts.0.get((index + 1) % count).unwrap_or(account);
                Tx { bytes: self.transfer(account, &next.address), lane: index }
            });
            txs.append(&mut round.collect());
            for account in &mut accounts.0 {
                account.sequence += 1;
                account.key_known = true;
            }
        }
        txs
    }

    /// The next transfer of `account`, without counting it. The first one of an account carries its key, later ones
    /// leave it out.
    pub fn transfer(&self, account: &Account, to: &str) -> Vec<u8> {
        let coin = |amount: u128| Coin { denom: self.fee.denom.clone(), amount: amount.to_string() };
        let send = MsgSend {
            from_address: account.address.clone(),
            to_address: to.to_owned(),
            amount: vec![coin(self.amount)],
        };
        let message =
            Any { type_url: "/cosmos.bank.v1beta1.MsgSend".to_owned(), value: send.encode_to_vec() };
        let body = wire::TxBody { messages: vec![message], memo: self.memo.clone(), ..Default::default() };
        let direct = wire::mode_info::Single { mode: SignMode::Direct.into() };
        let signer = wire::SignerInfo {
            public_key: (!account.key_known).then(|| pack_public_key(&account.key.public_key())),
            mode_info: Some(wire::ModeInfo { sum: Some(wire::mode_info::Sum::Single(direct)) }),
            sequence: account.sequence,
        };
        let fee = wire::Fee {
            amount: vec![coin(self.fee.amount)],
            gas_limit: self.fee.gas_limit,
            ..Default::default()
        };
        let auth_info = wire::AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..Default::default() };
        let (body, auth_info) = (body.encode_to_vec(), auth_info.encode_to_vec());
        let number = AccountNumber(account.number);
        let signature = sign_direct(&account.key, &body, &auth_info, &self.chain_id, number);
        tx_raw(body, auth_info, vec![signature])
    }
}
