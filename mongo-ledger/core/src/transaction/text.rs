//! The text of a transaction that is hashed, and the texts that are signed: one writing gives them all.

use std::ops::Range;

use sha3::{Digest as _, Sha3_256};

use crate::{
    json::{self, Form, Object, Value},
    refusal::Refusal,
};

use super::{OutputRef, TransactionId};

const NULL: &str = "null";

/// A canonical text with `id: null`, and where its id and fulfilments stand.
pub(super) struct Text {
    body: String,
    id: usize,
    fulfillments: Vec<Range<usize>>,
}

/// Finds the canonical form whose hash is the transaction's id.
///
/// BigchainDB's form first, then that of the JavaScript driver, whose numbers BigchainDB itself would refuse.
pub(super) fn identify(object: &Object) -> Result<(TransactionId, Text), Refusal> {
    let claimed = object.get("id").and_then(Value::as_str);
    let claimed = claimed.ok_or_else(|| Refusal::InvalidHash("No transaction id found!".to_owned()))?;
    let python = Text::write(object, Form::Python);
    let id = python.hash();
    if claimed == id.to_string() {
        return Ok((id, python));
    }
    let written = Text::write(object, Form::AsWritten);
    let id = written.hash();
    if written.body != python.body && claimed == id.to_string() {
        return Ok((id, written));
    }
    Err(Refusal::InvalidHash(format!(
        "The transaction's id '{claimed}' isn't equal to the hash of its body, i.e. it's not valid."
    )))
}

impl Text {
    /// Writes any object, whether it is a transaction or not.
    pub(super) fn write(object: &Object, form: Form) -> Self {
        let mut text = Self { body: String::with_capacity(1_024), id: 0, fulfillments: Vec::new() };
        text.body.push('{');
        for (place, (name, value)) in json::ordered(object, form).iter().enumerate() {
            json::append_key(&mut text.body, place, name, form);
            match (name.as_str(), value) {
                ("id", _) => {
                    text.id = text.body.len();
                    text.body.push_str(NULL);
                }
                ("inputs", Value::Array(inputs)) => text.inputs(inputs, form),
                _ => json::append(&mut text.body, value, form),
            }
        }
        text.body.push('}');
        text
    }

    fn inputs(&mut self, inputs: &[Value], form: Form) {
        self.body.push('[');
        for (place, input) in inputs.iter().enumerate() {
            if place > 0 {
                self.body.push(',');
            }
            match input {
                Value::Object(input) => self.input(input, form),
                _ => json::append(&mut self.body, input, form),
            }
        }
        self.body.push(']');
    }

    fn input(&mut self, input: &Object, form: Form) {
        self.body.push('{');
        for (place, (name, value)) in json::ordered(input, form).iter().enumerate() {
            json::append_key(&mut self.body, place, name, form);
            let start = self.body.len();
            json::append(&mut self.body, value, form);
            if name.as_str() == "fulfillment" {
                self.fulfillments.push(start..self.body.len());
            }
        }
        self.body.push('}');
    }

    /// The id of a transaction with this text.
    pub(super) fn hash(&self) -> TransactionId {
        TransactionId::new(Sha3_256::digest(&self.body).into())
    }

    /// The text with its id.
    pub(super) fn with_id(&self, id: &TransactionId) -> String {
        let (before, after) = self.body.split_at(self.id);
        format!("{before}\"{id}\"{}", after.strip_prefix(NULL).unwrap_or(after))
    }

    /// What the inputs sign, which spend these outputs.
    pub(super) fn messages(&self, inputs: impl Iterator<Item = Option<OutputRef>>) -> Vec<[u8; 32]> {
        let mut unsigned = Sha3_256::new();
        let mut from = 0;
        for fulfillment in &self.fulfillments {
            unsigned.update(self.body.get(from..fulfillment.start).unwrap_or_default());
            unsigned.update(NULL);
            from = fulfillment.end;
        }
        unsigned.update(self.body.get(from..).unwrap_or_default());
        let message = |spent: Option<OutputRef>| {
            let mut hash = unsigned.clone();
            if let Some(OutputRef { transaction_id, output_index }) = spent {
                hash.update(format!("{transaction_id}{output_index}"));
            }
            hash.finalize().into()
        };
        inputs.map(message).collect()
    }
}
