//! Transactions as an attacker writes them: signed and hashed rightly, whatever they say.

use anyhow::{Context as _, Result};
use mongo_ledger_core::condition::Condition;
use mongo_ledger_core::json::{self, Form, Object, Value};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::build::{self, Share, Spend};
use mongo_ledger_core::transaction::{OutputRef, Transaction};
use sha3::{Digest as _, Sha3_256};

/// An asset of one owner; `serial` makes it unlike others.
pub(crate) fn asset(owner: &SecretKey, shares: &[u64], serial: i64) -> Result<Transaction> {
    let data = Object::from([("serial".to_owned(), Value::from(serial))]);
    let shares: Vec<Share> = shares.iter().map(|amount| Share::to(owner.public(), *amount)).collect();
    Ok(build::create(&[owner.public()], &shares, Some(data), None).sign(&[owner])?)
}

/// An output of a transaction, to be spent.
pub(crate) fn output(of: &Transaction, index: u32) -> Spend {
    let condition = of.outputs()[index as usize].condition.clone();
    Spend { output: OutputRef { transaction_id: *of.id(), output_index: index }, condition }
}

/// What an attacker makes of an honest transaction: `change` is made, then all is signed by `signer` and hashed anew.
pub(crate) fn forged(
    honest: &Transaction,
    signer: &SecretKey,
    change: impl FnOnce(&mut Object),
) -> Result<String> {
    let mut object = honest.value().as_object().context("a transaction is an object")?.clone();
    change(&mut object);
    let spent: Vec<Option<OutputRef>> = honest.inputs().iter().map(|input| input.fulfills).collect();
    set_fulfillments(&mut object, &vec![Value::Null; spent.len()]);
    object.insert("id".to_owned(), Value::Null);
    let text = json::canonical(&Value::Object(object.clone()), Form::Python);
    let mut signed = Vec::new();
    for spent in spent {
        let mut hash = Sha3_256::new();
        hash.update(&text);
        if let Some(OutputRef { transaction_id, output_index }) = spent {
            hash.update(format!("{transaction_id}{output_index}"));
        }
        let condition = Condition::Ed25519(signer.public());
        let fulfillment =
            condition.fulfill(&hash.finalize().into(), &[signer]).context("a key signs for itself")?;
        signed.push(Value::from(fulfillment.encode()));
    }
    set_fulfillments(&mut object, &signed);
    Ok(hashed(object))
}

/// Gives any object the id that is its hash.
pub(crate) fn hashed(mut object: Object) -> String {
    object.insert("id".to_owned(), Value::Null);
    let text = json::canonical(&Value::Object(object.clone()), Form::Python);
    object.insert("id".to_owned(), Value::from(hex::encode(Sha3_256::digest(text))));
    json::canonical(&Value::Object(object), Form::Python)
}

fn set_fulfillments(object: &mut Object, fulfillments: &[Value]) {
    let Some(Value::Array(inputs)) = object.get_mut("inputs") else { return };
    for (input, fulfillment) in inputs.iter_mut().zip(fulfillments) {
        if let Value::Object(input) = input {
            input.insert("fulfillment".to_owned(), fulfillment.clone());
        }
    }
}

/// The member of the first element of a list, such as the amount of the first output.
pub(crate) fn first<'a>(object: &'a mut Object, list: &str, member: &str) -> &'a mut Value {
    let Some(Value::Array(elements)) = object.get_mut(list) else { panic!("{list} is a list") };
    let Some(Value::Object(element)) = elements.first_mut() else { panic!("{list} holds objects") };
    element.entry(member.to_owned()).or_insert(Value::Null)
}
