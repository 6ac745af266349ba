//! What a client does: prepare a transaction, sign it, send its text.

use thiserror::Error;

use crate::{
    access::Change,
    condition::Condition,
    json::{Form, Limits, Object, Value, object},
    key::{PublicKey, SecretKey},
    payload::{self, Commitment},
    refusal::Refusal,
};

use super::{Asset, AssetId, Operation, OutputRef, Proposal, Transaction, text::Text};

/// An amount for whoever meets a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Who may spend it.
    pub condition: Condition,
    /// From 1 to [`super::MAX_AMOUNT`].
    pub amount: u64,
}

impl Share {
    /// An amount for the holder of one key.
    pub fn to(key: PublicKey, amount: u64) -> Self {
        Self { condition: Condition::Ed25519(key), amount }
    }
}

/// An output that is to be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// Which.
    pub output: OutputRef,
    /// Its condition.
    pub condition: Condition,
}

/// Why a prepared transaction was not signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignError {
    /// The keys do not suffice.
    #[error("the keys given do not meet the condition of input {input}: give those of its owners")]
    MissingKey {
        /// Which input, from 0.
        input: usize,
    },
    /// It would be refused.
    #[error("the transaction would be refused: {0}")]
    Refused(#[from] Refusal),
}

/// A transaction that nobody has signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    object: Object,
    spends: Vec<(Condition, Option<OutputRef>)>,
}

/// Makes an asset, all issuers signing.
pub fn create(
    issuers: &[PublicKey],
    shares: &[Share],
    data: Option<Object>,
    metadata: Option<Object>,
) -> Prepared {
    prepare(Operation::Create, vec![(all(issuers), None)], shares, Asset::Data(data), metadata)
}

/// Moves shares of an asset; what goes in comes out.
pub fn transfer(spends: &[Spend], shares: &[Share], asset: AssetId, metadata: Option<Object>) -> Prepared {
    prepare(Operation::Transfer, spent(spends), shares, Asset::Id(asset), metadata)
}

/// Begins a chain of records with a document, or adds to one.
pub fn record(authors: &[PublicKey], asset: Asset, metadata: Option<Object>) -> Prepared {
    prepare(Operation::Record, vec![(all(authors), None)], &[], asset, metadata)
}

/// Has bodies of an asset removed everywhere, all authors signing.
pub fn erase(authors: &[PublicKey], asset: AssetId, bodies: &[Commitment]) -> Prepared {
    let bodies: Vec<Value> = bodies.iter().map(|commitment| commitment.to_string().into()).collect();
    let metadata = Object::from([(payload::ERASE.to_owned(), bodies.into())]);
    prepare(Operation::Erase, vec![(all(authors), None)], &[], Asset::Id(asset), Some(metadata))
}

/// Gives or takes a role, signed by whoever meets the condition of an admin. `metadata` tells two such changes apart.
pub fn change(admin: &Condition, chain: &str, change: &Change, metadata: Option<Object>) -> Prepared {
    let mut data = change.data();
    data.insert("chain".into(), chain.into());
    let operation = match change {
        Change::Grant { .. } => Operation::Grant,
        Change::Revoke { .. } => Operation::Revoke,
    };
    prepare(operation, vec![(admin.clone(), None)], &[], Asset::Data(Some(data)), metadata)
}

/// Asks the validators of a chain, which must be named with their power, for a decision. `seed` tells two such elections
/// apart.
pub fn election(
    chain: &str,
    proposer: PublicKey,
    validators: &[(PublicKey, u64)],
    proposal: &Proposal,
    seed: &str,
) -> Prepared {
    let shares: Vec<Share> = validators.iter().map(|(key, power)| Share::to(*key, *power)).collect();
    let data = Some(proposal.data(chain, seed));
    prepare(proposal.operation(), vec![(all(&[proposer]), None)], &shares, Asset::Data(data), None)
}

/// Gives a validator's shares of an election to the election.
pub fn vote(election: AssetId, spend: &Spend, power: u64) -> Prepared {
    let share = Share::to(PublicKey::new(*election.as_bytes()), power);
    prepare(Operation::Vote, spent(std::slice::from_ref(spend)), &[share], Asset::Id(election), None)
}

impl Prepared {
    /// The transaction without id and signatures.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Signs every input, gives the transaction its id, and checks it as a node would.
    ///
    /// # Errors
    /// Keys are missing, or what was prepared is not a transaction, as one with an amount of 0.
    pub fn sign(mut self, secrets: &[&SecretKey]) -> Result<Transaction, SignError> {
        self.name_signers(secrets);
        let messages =
            Text::write(&self.object, Form::Python).messages(self.spends.iter().map(|(_, spent)| *spent));
        let mut fulfillments = Vec::with_capacity(messages.len());
        for (input, ((condition, _), message)) in self.spends.iter().zip(&messages).enumerate() {
            let fulfillment = condition.fulfill(message, secrets).ok_or(SignError::MissingKey { input })?;
            fulfillments.push(fulfillment.encode());
        }
        let mut object = self.object;
        if let Some(Value::Array(inputs)) = object.get_mut("inputs") {
            for (input, fulfillment) in inputs.iter_mut().zip(fulfillments) {
                put(input, "fulfillment", fulfillment.into());
            }
        }
        let text = Text::write(&object, Form::Python);
        let transaction = Transaction::parse(text.with_id(&text.hash()).as_bytes(), &Limits::default())?;
        transaction.verify_signatures()?;
        Ok(transaction)
    }

    /// Names those who will sign where something begins: of a group, who does is open until then.
    fn name_signers(&mut self, secrets: &[&SecretKey]) {
        let Some(Value::Array(inputs)) = self.object.get_mut("inputs") else { return };
        for (input, (condition, spent)) in inputs.iter_mut().zip(&self.spends) {
            if spent.is_none()
                && matches!(condition, Condition::Threshold { .. })
                && let Some(fulfillment) = condition.fulfill(&[0; 32], secrets)
            {
                put(input, "owners_before", listed(fulfillment.keys()));
            }
        }
    }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(object) = object {
        object.insert(name.to_owned(), value);
    }
}

/// All of these keys.
fn all(keys: &[PublicKey]) -> Condition {
    match keys {
        [key] => Condition::Ed25519(*key),
        keys => Condition::Threshold {
            threshold: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            subconditions: keys.iter().copied().map(Condition::Ed25519).collect(),
        },
    }
}

fn spent(spends: &[Spend]) -> Vec<(Condition, Option<OutputRef>)> {
    spends.iter().map(|spend| (spend.condition.clone(), Some(spend.output))).collect()
}

fn prepare(
    operation: Operation,
    spends: Vec<(Condition, Option<OutputRef>)>,
    shares: &[Share],
    asset: Asset,
    metadata: Option<Object>,
) -> Prepared {
    let asset = match asset {
        Asset::Data(data) => object([("data", data.into())]),
        Asset::Id(id) => object([("id", id.to_string().into())]),
    };
    let members = [
        ("asset", asset),
        ("id", Value::Null),
        ("inputs", inputs(&spends)),
        ("metadata", metadata.into()),
        ("operation", operation.as_str().into()),
        ("outputs", shares.iter().map(output).collect::<Vec<_>>().into()),
        ("version", operation.version().as_str().into()),
    ];
    let object = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Prepared { object, spends }
}

fn inputs(spends: &[(Condition, Option<OutputRef>)]) -> Value {
    let input = |(condition, spent): &(Condition, Option<OutputRef>)| {
        let fulfills = spent.map_or(Value::Null, |OutputRef { transaction_id, output_index }| {
            object([
                ("transaction_id", transaction_id.to_string().into()),
                ("output_index", i64::from(output_index).into()),
            ])
        });
        object([
            ("fulfillment", Value::Null),
            ("fulfills", fulfills),
            ("owners_before", listed(condition.keys())),
        ])
    };
    spends.iter().map(input).collect::<Vec<_>>().into()
}

fn output(share: &Share) -> Value {
    let condition = object([("details", share.condition.details()), ("uri", share.condition.uri().into())]);
    let amount = share.amount.to_string();
    object([
        ("amount", amount.into()),
        ("condition", condition),
        ("public_keys", listed(share.condition.keys())),
    ])
}

/// Every key once, in order of appearance.
fn listed(keys: Vec<PublicKey>) -> Value {
    let mut once: Vec<PublicKey> = Vec::new();
    for key in keys {
        if !once.contains(&key) {
            once.push(key);
        }
    }
    once.iter().map(|key| Value::from(key.to_string())).collect::<Vec<_>>().into()
}
