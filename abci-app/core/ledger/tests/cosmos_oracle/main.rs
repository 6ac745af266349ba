//! What the Cosmos SDK's own Go modules say of sign bytes, addresses and multisigs, compared with what this ledger says.
//!
//! `cd tests/clients/cosmos-oracle && go build -o PROGRAM .`, then
//! `SIRIUS_COSMOS_ORACLE=PROGRAM cargo test --release -p sirius-ledger --test cosmos_oracle -- --ignored`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod multisig;
mod oracle;
mod random;

use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin,
    tx::v1beta1::{AuthInfo, Fee, TxBody},
};
use prost::Message as _;
use serde_json::json;
use sirius_ledger::ante::amino::SignDoc;
use sirius_runtime::dice::Dice;

use oracle::Oracle;
use random::Random;

/// Transactions compared.
const TRANSACTIONS: usize = 2_000;
/// Multisigs compared, each in several forms.
const MULTISIGS: usize = 240;

/// Whole transactions of every message that the registry has, with any values that their fields can hold.
#[test]
#[ignore = "needs the Go program: see the top of this file"]
fn sign_bytes_are_those_of_the_cosmos_sdk() {
    let (mut dice, random, mut oracle) = (Dice::new(1), Random::new(), Oracle::start());
    let (mut equal, mut refused) = (0, 0);
    for number in 0..TRANSACTIONS {
        let body = TxBody {
            messages: (0..=dice.below(3)).map(|extra| random.message(&mut dice, number, extra)).collect(),
            memo: Random::text(&mut dice),
            timeout_height: if dice.once_in(2) { 0 } else { dice.roll() },
            ..TxBody::default()
        };
        let coin = |dice: &mut Dice| Coin { denom: Random::text(dice), amount: dice.roll().to_string() };
        let address = |dice: &mut Dice| if dice.once_in(2) { String::new() } else { Random::text(dice) };
        let fee = Fee {
            amount: (0..dice.below(3)).map(|_| coin(&mut dice)).collect(),
            gas_limit: dice.roll(),
            payer: address(&mut dice),
            granter: address(&mut dice),
        };
        let doc = SignDoc {
            chain_id: &Random::text(&mut dice),
            account_number: dice.roll(),
            sequence: dice.roll(),
            body: &body,
            fee: &fee,
        };
        let auth = AuthInfo { fee: Some(fee.clone()), ..AuthInfo::default() };
        let answer = oracle.ask(&json!({ "kind": "bytes", "tx": oracle::tx(&doc, &auth.encode_to_vec()) }));
        match doc.sign_bytes() {
            Ok(ours) => {
                let theirs = hex::decode(answer["amino"].as_str().unwrap_or_default()).unwrap();
                assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs), "{answer}");
                let direct = oracle::direct(&doc, &auth.encode_to_vec());
                assert_eq!(answer["direct"].as_str(), Some(hex::encode(direct).as_str()));
                equal += 1;
            }
            Err(error) => {
                assert!(answer["cause"].is_string(), "{error}, but the Cosmos SDK says {answer}");
                refused += 1;
            }
        }
    }
    println!("{equal} transactions have equal sign bytes, {refused} have none on either side");
    assert!(equal >= 1_000);
}

/// Each multisig as it must be, and forged in every way that comes to mind.
#[test]
#[ignore = "needs the Go program: see the top of this file"]
fn multisigs_have_the_addresses_and_the_verdicts_of_the_cosmos_sdk() {
    let (mut dice, mut oracle) = (Dice::new(2), Oracle::start());
    let (mut accepted, mut forged) = (0, 0);
    for _ in 0..MULTISIGS {
        let group = multisig::Group::random(&mut dice);
        let address = oracle.ask(&json!({ "kind": "address", "key": oracle::key(&group.key()) }));
        assert_eq!(address["address"].as_str(), Some(hex::encode(group.address().as_bytes()).as_str()));
        for attempt in group.attempts(&mut dice) {
            let (ours, theirs) = (group.judge(&attempt), oracle.ask(&attempt.question));
            assert_eq!(theirs["valid"].as_bool(), Some(attempt.is_valid), "{}: {theirs}", attempt.what);
            assert_eq!(ours.is_none(), attempt.is_valid, "{}: {ours:?}", attempt.what);
            if attempt.is_valid { accepted += 1 } else { forged += 1 }
        }
    }
    println!("{MULTISIGS} multisigs: {accepted} signatures accepted and {forged} forgeries refused by both");
}
