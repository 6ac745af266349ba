//! Coins: every movement, every refusal of one, and what can be asked about them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod door;
mod query;

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use prost::Message as _;
use serde_json::{Value, json};
use sirius_primitives::{Address, Amount, Denom};
use sirius_runtime::Refusal;
use sirius_store::Key;
use tendermint_proto::google::protobuf::Any;

use super::{Hold, Metadata, keys, wire::bank as wire};
use crate::testing::{
    Bed, Case, alice, any, bob, carol, coin, coins, dave, golden::Record, multi_send, send, text, vault,
};

/// The refusal of a message that alice signs.
fn refusal(message: Any) -> Refusal {
    let bed = Bed::new();
    bed.refusal(&bed.draft(&[&alice()], vec![message]).sign())
}

/// The refusal of a payment of alice.
fn unpaid(amount: Vec<WireCoin>) -> Refusal {
    refusal(send(&alice(), &bob(), amount))
}

/// Alice's multi-send of 4 uxpx, changed.
fn changed(change: impl FnOnce(&mut wire::MsgMultiSend)) -> Any {
    let half = coins(2, "uxpx");
    let message = multi_send(&alice(), coins(4, "uxpx"), &[(&bob(), half.clone()), (&carol(), half)]);
    let mut wire = wire::MsgMultiSend::decode(message.value.as_slice()).unwrap();
    change(&mut wire);
    any(&wire)
}

/// The error of a genesis whose first denomination is changed.
fn genesis(change: impl FnOnce(&mut Value)) -> sirius_runtime::genesis::GenesisError {
    Bed::genesis(|genesis| change(&mut genesis["bank"]["denoms"])).err().unwrap()
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 5, "Insufficient"), "spendable balance 1000gold is smaller than 1001gold", || {
            unpaid(coins(1_001, "gold")).into()
        }),
        Case::new(("sdk", 7, "BadAddress"), "the recipient's address is not valid", || {
            refusal(any(&wire::MsgSend {
                from_address: text(&alice().address()),
                to_address: text(&bob().address()).to_uppercase(),
                amount: coins(1, "uxpx"),
            }))
            .into()
        }),
        Case::new(("sdk", 10, "BadCoins"), "the amount of uxpx is zero", || unpaid(coins(0, "uxpx")).into()),
        Case::new(("bank", 1, "Nothing"), "the message moves no coins", || unpaid(Vec::new()).into()),
        Case::new(("bank", 2, "UnknownDenom"), "there is no denomination silver", || {
            unpaid(coins(1, "silver")).into()
        }),
        Case::new(("bank", 3, "Overflow"), "the sum of uxpx would pass 2^128 - 1", || {
            refusal(changed(|message| {
                message.outputs[0].coins = coins(u128::MAX, "uxpx");
            }))
            .into()
        }),
        Case::new(("bank", 4, "NotOneInput"), "exactly one input, this one has 2", || {
            refusal(changed(|message| message.inputs.push(message.inputs[0].clone()))).into()
        }),
        Case::new(("bank", 5, "BadOutputCount"), "1 to 1 outputs, this one has 2", || {
            let bed = Bed::with(|genesis| genesis["params"]["values"] = json!({ "bank.max_outputs": 1 }));
            bed.refusal(&bed.draft(&[&alice()], vec![changed(|_| {})]).sign()).into()
        }),
        Case::new(("bank", 6, "SumsDiffer"), "the input gives 4uxpx, the outputs take 5uxpx", || {
            refusal(changed(|message| message.outputs[0].coins = coins(3, "uxpx"))).into()
        }),
        Case::new(("bank", 7, "NotHeld"), "0uxpx is held, 1uxpx cannot be released", || {
            refusal(vault("release", &alice(), &alice(), 1, "uxpx")).into()
        }),
        Case::new(("bank", 8, "BadMetadata"), "app_state.bank: the metadata of uxpx are not valid", || {
            genesis(|denoms| denoms[0]["exponent"] = json!(19)).into()
        }),
        Case::new(("bank", 10, "BadHold"), "lacks its module or its purpose", || {
            let coin = json!({ "denom": "gold", "amount": "1" });
            let hold =
                json!({ "address": text(&alice().address()), "module": "", "purpose": "7", "coin": coin });
            Bed::genesis(|genesis| genesis["bank"]["holds"] = json!([hold])).err().unwrap().into()
        }),
        Case::new(("bank", 9, "DenomTwice"), "app_state.bank: denomination uxpx is described twice", || {
            genesis(|denoms| *denoms = json!([denoms[0], denoms[0]])).into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let address = Address::new([0xaa; 20]);
    let denom: Denom = "uxpx".parse().unwrap();
    let hold = Hold { module: "exchange", purpose: "order 7" };
    let metadata = Metadata {
        base: denom.clone(),
        display: "xpx".parse().unwrap(),
        exponent: 6,
        name: "XPX".into(),
        symbol: "X".into(),
        description: "fees".into(),
    };
    vec![
        Record::new("balance", &keys::balance(&address, &denom), &Amount::new(1_500_000)),
        Record::new("supply", &keys::supply(&denom), &Amount::new(u128::MAX)),
        Record::new("denomination", &keys::denom(&denom), &metadata),
        Record::new("hold", &keys::hold(&address, &hold, &denom), &Amount::new(1)),
    ]
}

#[test]
fn coins_go_from_one_account_to_another() {
    let mut bed = Bed::new();
    let amount = vec![coin(10, "gold"), coin(20, "uxpx")];
    let before = bed.balance(&bob().address(), "uxpx");
    bed.deliver(&[&alice()], vec![send(&alice(), &bob(), amount)]);
    assert_eq!(bed.balance(&alice().address(), "gold"), 990);
    assert_eq!(bed.balance(&bob().address(), "gold"), 10);
    assert_eq!(bed.balance(&bob().address(), "uxpx"), before + 20);
}

#[test]
fn a_whole_balance_can_go_even_to_oneself() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![send(&alice(), &alice(), coins(1_000, "gold"))]);
    assert_eq!(bed.balance(&alice().address(), "gold"), 1_000);
    bed.deliver(&[&alice()], vec![send(&alice(), &dave(), coins(1_000, "gold"))]);
    assert_eq!(bed.balance(&alice().address(), "gold"), 0);
    assert_eq!(bed.balance(&dave().address(), "gold"), 1_000);
    let record = keys::balance(&alice().address(), &"gold".parse().unwrap());
    assert!(!bed.state.contains_key(record.as_bytes()), "nothing is not kept");
}

#[test]
fn one_pays_many_all_or_none() {
    let mut bed = Bed::new();
    let shares = [(&bob(), coins(1, "gold")), (&dave(), coins(2, "gold")), (&dave(), coins(3, "gold"))];
    bed.deliver(&[&alice()], vec![multi_send(&alice(), coins(6, "gold"), &shares)]);
    let gold = |bed: &Bed| [alice(), bob(), dave()].map(|key| bed.balance(&key.address(), "gold"));
    assert_eq!(gold(&bed), [994, 1, 5]);

    let shares = [(&bob(), coins(900, "gold")), (&dave(), coins(95, "gold"))];
    let message = multi_send(&alice(), coins(995, "gold"), &shares);
    let bytes = bed.draft(&[&alice()], vec![message]).sign();
    assert_eq!(bed.refusal(&bytes).code, 5);
    bed.make_block(&[bytes]);
    assert_eq!(gold(&bed), [994, 1, 5]);
}

#[test]
fn refuses_coins_that_are_no_set() {
    let check = |amount: Vec<WireCoin>, cause: &str| {
        let refusal = unpaid(amount);
        assert_eq!((refusal.space, refusal.code), ("sdk", 10));
        assert_eq!(refusal.text, format!("the coins are not valid: {cause}: invalid coins"));
    };
    check(coins(0, "uxpx"), "the amount of uxpx is zero; leave the coin out or give a positive amount");
    check(vec![coin(1, "uxpx"), coin(2, "uxpx")], "denomination uxpx stands twice; add its amounts up");
    check(
        vec![coin(1, "uxpx"), coin(2, "gold")],
        "coins are not sorted: gold comes too late; sort them by denomination",
    );
    check(vec![coin("1e3", "uxpx")], "amount \"1e3\" is not a whole number in plain decimal digits");
    check(vec![coin("01", "uxpx")], "amount \"01\" is not a whole number in plain decimal digits");
    check(vec![coin("-1", "uxpx")], "amount \"-1\" is not a whole number in plain decimal digits");
    check(
        vec![coin("340282366920938463463374607431768211456", "uxpx")],
        "the amount is larger than 2^128 - 1",
    );
    check(
        vec![coin(1, "x")],
        "invalid denom \"x\": use 3 to 128 letters, digits and /:._- beginning with a letter",
    );
}

#[test]
fn refuses_a_multi_send_without_inputs_or_outputs() {
    let check = |change: fn(&mut wire::MsgMultiSend), code| {
        let refusal = refusal(changed(change));
        assert_eq!((refusal.space, refusal.code), ("bank", code), "{}", refusal.text);
    };
    check(|message| message.inputs.clear(), 4);
    check(|message| message.outputs.clear(), 6);
    check(|message| message.outputs[1].coins.clear(), 1);
}

#[test]
fn a_denomination_that_was_only_described_is_known() {
    let bed = Bed::with(|genesis| {
        genesis["bank"]["denoms"].as_array_mut().unwrap().push(json!({
            "base": "silver", "display": "silver", "exponent": 0, "name": "Silver", "symbol": "AG",
        }));
    });
    let bytes = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "silver"))]).sign();
    assert_eq!(bed.refusal(&bytes).code, 5);
}

#[test]
fn genesis_names_what_is_wrong() {
    let check = |change: fn(&mut Value), text: &str| {
        let error = Bed::genesis(|genesis| change(&mut genesis["bank"])).err().unwrap().to_string();
        assert!(error.starts_with(text), "{error}");
    };
    let field = "genesis field app_state.bank";
    check(|bank| bank["denoms"][0]["exponent"] = json!(0), &format!("{field}: the metadata of uxpx"));
    check(|bank| bank["denoms"][0]["name"] = json!("n".repeat(513)), &format!("{field}: the metadata of"));
    check(|bank| bank["denoms"][0]["display"] = json!("x"), &format!("{field}.denoms[0].display: invalid"));
    check(
        |bank| bank["balances"][0]["coins"][0]["amount"] = json!("0"),
        &format!("{field}.balances[0].coins: the amount of gold is zero"),
    );
    check(
        |bank| bank["balances"][0]["coins"][0]["amount"] = json!(1),
        &format!("{field}.balances[0].coins[0].amount: invalid type: integer `1`, expected a string"),
    );
    check(|bank| bank["balances"][0]["address"] = json!("x"), &format!("{field}: the balance's address"));
    check(
        |bank| {
            bank["balances"][1]["coins"][0]["amount"] = json!(u128::MAX.to_string());
        },
        &format!("{field}: the sum of uxpx would pass"),
    );
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |text: &str, change: fn(&mut Bed)| {
        let mut bed = Bed::new();
        change(&mut bed);
        let broken = super::state::invariants(&bed.state).unwrap().unwrap_err();
        assert!(broken.contains(text), "{broken}");
    };
    fn balance() -> Key<Amount> {
        keys::balance(&bob().address(), &"uxpx".parse().unwrap())
    }
    let hold = Hold { module: "exchange", purpose: "1" };
    check("the supply is", |bed| balance().set(&mut bed.state, &Amount::new(1)));
    check("the supply is", |bed| balance().remove(&mut bed.state));
    check("says zero", |bed| balance().set(&mut bed.state, &Amount::ZERO));
    check("passes 2^128 - 1", |bed| balance().set(&mut bed.state, &Amount::new(u128::MAX)));
    let mut bed = Bed::new();
    keys::hold(&bob().address(), &hold, &"gold".parse().unwrap()).set(&mut bed.state, &Amount::new(1));
    assert!(super::state::invariants(&bed.state).unwrap().is_err(), "what is held is part of the supply");
    let mut damaged = Bed::new();
    damaged.state.insert(balance().as_bytes().to_vec(), vec![1]);
    assert!(super::state::invariants(&damaged.state).is_err());
}
