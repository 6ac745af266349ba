//! Stakes for these tests, in whole coins.

use prost::Message as _;
use sirius_primitives::PublicKey;
use sirius_runtime::tx::pack_public_key;

use super::*;
use crate::{
    consensus::staking::{TOKENS_PER_POWER, operator_text, wire::staking as wire},
    testing::vault,
};

/// Makes `operator` a validator that makes blocks, with `own` coins of its own and those of others.
pub(super) fn bond(bed: &mut Bed, operator: &Key, own: u128, others: &[(&Key, u128)]) {
    let mut messages = vec![(operator.clone(), own, create(bed, operator, own))];
    for (delegator, amount) in others {
        messages.push(((*delegator).clone(), *amount, delegate(bed, delegator, operator, *amount)));
    }
    for some in messages.chunks(20) {
        let fund = |(key, amount, _): &(Key, u128, Any)| {
            vault("mint", key, key, amount * TOKENS_PER_POWER + 10 * FEE, "uxpx")
        };
        for funds in some.chunks(5) {
            // The vault mints for whoever signs; alice pays for it.
            let funds = funds.iter().map(fund).map(|message| owned_by_alice(&message)).collect();
            all_at_once(bed, vec![(alice(), funds)]);
        }
        all_at_once(bed, some.iter().map(|(key, _, message)| (key.clone(), vec![message.clone()])).collect());
    }
}

/// What a transaction of these tests pays.
const FEE: u128 = 1_000_000;

fn owned_by_alice(message: &Any) -> Any {
    let mut wire = crate::testing::MsgVault::decode(message.value.as_slice()).unwrap();
    wire.owner = text(&alice().address());
    any(&wire)
}

/// Delivers transactions in one block, each of which must do what it says.
pub(super) fn all_at_once(bed: &mut Bed, txs: Vec<(Key, Vec<Any>)>) {
    let sign = |(key, messages): (Key, Vec<Any>)| {
        let parts = bed.draft(&[&key], messages).with(|parts| {
            parts.fee().gas_limit = 480_000;
            parts.fee().amount = coins(FEE, "uxpx");
        });
        parts.sign()
    };
    let txs: Vec<_> = txs.into_iter().map(sign).collect();
    for result in bed.make_block(&txs).results {
        assert_eq!(result.refusal, None);
    }
}

fn coins_of(amount: u128) -> Coin {
    coin(amount * TOKENS_PER_POWER, "uxpx")
}

fn create(bed: &Bed, operator: &Key, own: u128) -> Any {
    let mut seed = [7; 32];
    seed[..20].copy_from_slice(operator.address().as_bytes());
    let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    any(&wire::MsgCreateValidator {
        description: Some(wire::Description { moniker: "validator".into(), ..Default::default() }),
        commission: Some(wire::CommissionRates {
            rate: "0".into(),
            max_rate: "0".into(),
            max_change_rate: "0".into(),
        }),
        min_self_delegation: "1".into(),
        validator_address: operator_text(&operator.address(), &bed.chain.prefix),
        pubkey: Some(pack_public_key(&PublicKey::Ed25519(key))),
        value: Some(coins_of(own)),
        ..Default::default()
    })
}

fn delegate(bed: &Bed, delegator: &Key, operator: &Key, amount: u128) -> Any {
    any(&wire::MsgDelegate {
        delegator_address: text(&delegator.address()),
        validator_address: operator_text(&operator.address(), &bed.chain.prefix),
        amount: Some(coins_of(amount)),
    })
}

/// Moves a stake from one validator to another.
pub(super) fn redelegate(bed: &Bed, delegator: &Key, (from, to): (&Key, &Key), amount: u128) -> Any {
    any(&wire::MsgBeginRedelegate {
        delegator_address: text(&delegator.address()),
        validator_src_address: operator_text(&from.address(), &bed.chain.prefix),
        validator_dst_address: operator_text(&to.address(), &bed.chain.prefix),
        amount: Some(coins_of(amount)),
    })
}
