//! The shape of each operation: which members there are, of which kind, and which names a document may have.

use std::collections::BTreeSet;

use crate::{
    access::Change,
    condition::{Condition, ConditionError, Fulfillment, FulfillmentError},
    json::{Object, Value},
    key::PublicKey,
    payload::{self, Commitment, Declared},
    refusal::Refusal,
};

use super::{Asset, Input, MAX_AMOUNT, Operation, Output, OutputRef, Proposal, TransactionId, Version};

/// What a transaction says, without its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) version: Version,
    pub(super) operation: Operation,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    pub(super) asset: Asset,
    pub(super) metadata: Option<Object>,
    pub(super) proposal: Option<Proposal>,
    pub(super) change: Option<Change>,
    pub(super) chain: Option<String>,
    pub(super) payloads: Vec<Declared>,
    pub(super) erases: Vec<Commitment>,
}

/// Reads a transaction, whose id is known to be right.
pub(super) fn read(object: &Object) -> Result<Shape, Refusal> {
    let names = ["asset", "id", "inputs", "metadata", "operation", "outputs", "version"];
    let [asset, _, inputs, metadata, operation, outputs, version] = members(object, names, "a transaction")?;
    let operation =
        operation.as_str().and_then(|name| Operation::ALL.into_iter().find(|known| known.as_str() == name));
    let operation = operation.ok_or_else(|| schema("`operation` is none that is known"))?;
    if version.as_str() != Some(operation.version().as_str()) {
        let (name, version) = (operation.as_str(), operation.version().as_str());
        return Err(schema(&format!("`version` of {name} is \"{version}\"")));
    }
    let asset = read_asset(asset, operation)?;
    let metadata = read_metadata(metadata)?;
    if let Asset::Data(Some(data)) = &asset {
        check_names("asset", data)?;
    }
    if let Some(metadata) = &metadata {
        check_names("metadata", metadata)?;
    }
    let data = match &asset {
        Asset::Data(data) => data.as_ref(),
        Asset::Id(_) => None,
    };
    let proposal = Proposal::read(operation, data)?;
    let change = read_change(operation, data)?;
    let chain = read_chain(operation, data)?;
    let inputs = read_inputs(inputs, operation)?;
    let outputs = read_outputs(outputs, operation)?;
    let payloads = match operation {
        Operation::Create | Operation::Transfer | Operation::Record => {
            payload::declared(data.into_iter().chain(metadata.as_ref()))?
        }
        _ => Vec::new(),
    };
    let erases = match operation {
        Operation::Erase => payload::erased(metadata.as_ref())?,
        _ => Vec::new(),
    };
    let version = operation.version();
    Ok(Shape {
        version,
        operation,
        inputs,
        outputs,
        asset,
        metadata,
        proposal,
        change,
        chain,
        payloads,
        erases,
    })
}

/// What a transaction changes about roles by itself.
fn read_change(operation: Operation, data: Option<&Object>) -> Result<Option<Change>, Refusal> {
    let action = match operation {
        Operation::Grant => "grant",
        Operation::Revoke => "revoke",
        _ => return Ok(None),
    };
    let data = data.ok_or_else(|| schema("asset.data of a change of roles is an object"))?;
    Change::read(action, data, &["chain"]).map(Some)
}

/// The chain that a transaction is for.
fn read_chain(operation: Operation, data: Option<&Object>) -> Result<Option<String>, Refusal> {
    if !operation.names_chain() {
        return Ok(None);
    }
    let chain = data.and_then(|data| data.get("chain")).and_then(Value::as_str);
    let chain = chain.filter(|chain| (1..=LONGEST_CHAIN).contains(&chain.len()));
    let chain = chain.ok_or_else(|| schema("asset.data.chain is the id of the chain, of 1 to 50 bytes"))?;
    Ok(Some(chain.to_owned()))
}

/// How long the id of a chain is at most, in bytes: CometBFT's bound.
const LONGEST_CHAIN: usize = 50;

fn schema(text: &str) -> Refusal {
    Refusal::SchemaValidationError(text.to_owned())
}

/// The members of these names, which must be all.
fn members<'a, const N: usize>(
    object: &'a Object,
    names: [&str; N],
    whose: &str,
) -> Result<[&'a Value; N], Refusal> {
    if let Some(name) = object.keys().find(|name| !names.contains(&name.as_str())) {
        return Err(schema(&format!("`{name}` is not a member of {whose}")));
    }
    let mut found = [&Value::Null; N];
    for (place, name) in found.iter_mut().zip(names) {
        *place = object.get(name).ok_or_else(|| schema(&format!("{whose} must have `{name}`")))?;
    }
    Ok(found)
}

fn as_object<'a>(value: &'a Value, what: &str) -> Result<&'a Object, Refusal> {
    value.as_object().ok_or_else(|| schema(&format!("{what} is an object, found {}", value.kind())))
}

fn as_array<'a>(value: &'a Value, what: &str) -> Result<&'a [Value], Refusal> {
    value.as_array().ok_or_else(|| schema(&format!("{what} is an array, found {}", value.kind())))
}

fn read_asset(value: &Value, operation: Operation) -> Result<Asset, Refusal> {
    let object = as_object(value, "`asset`")?;
    let refers = operation.spends()
        || operation == Operation::Erase
        || operation == Operation::Record && object.contains_key("id");
    if refers {
        let [id] = members(object, ["id"], "`asset` of what exists")?;
        return Ok(Asset::Id(read_id(id, "`asset.id`")?));
    }
    match members(object, ["data"], "`asset` of what begins")? {
        [Value::Null] => Ok(Asset::Data(None)),
        [data] => Ok(Asset::Data(Some(as_object(data, "`asset.data`")?.clone()))),
    }
}

fn read_metadata(value: &Value) -> Result<Option<Object>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::Object(object) if !object.is_empty() => Ok(Some(object.clone())),
        _ => Err(schema("`metadata` is null or an object with at least one member")),
    }
}

/// Refuses the names that MongoDB would take for something else, at any depth.
fn check_names(whose: &str, object: &Object) -> Result<(), Refusal> {
    for (name, value) in object {
        if name.starts_with('$') || name.contains(['.', '\0']) {
            return Err(Refusal::ValidationError(format!(
                "Invalid key name \"{name}\" in {whose} object. The key name cannot contain characters \".\", \"$\" or null characters"
            )));
        }
        check_values(whose, value)?;
    }
    Ok(())
}

fn check_values(whose: &str, value: &Value) -> Result<(), Refusal> {
    match value {
        Value::Object(object) => check_names(whose, object),
        Value::Array(values) => values.iter().try_for_each(|value| check_values(whose, value)),
        _ => Ok(()),
    }
}

fn read_inputs(value: &Value, operation: Operation) -> Result<Vec<Input>, Refusal> {
    let values = as_array(value, "`inputs`")?;
    let enough = if operation.spends() { !values.is_empty() } else { values.len() == 1 };
    if !enough {
        let wanted = if operation.spends() { "at least one input" } else { "exactly one input" };
        return Err(schema(&format!("{} has {wanted}, found {}", operation.as_str(), values.len())));
    }
    values.iter().map(|value| read_input(value, operation)).collect()
}

fn read_input(value: &Value, operation: Operation) -> Result<Input, Refusal> {
    let names = ["fulfillment", "fulfills", "owners_before"];
    let [fulfillment, fulfills, owners] = members(as_object(value, "an input")?, names, "an input")?;
    let fulfills = match fulfills {
        Value::Null if !operation.spends() => None,
        Value::Object(spent) if operation.spends() => Some(read_reference(spent)?),
        _ => {
            return Err(schema(
                "`fulfills` names an output where one is spent, and is null where something begins",
            ));
        }
    };
    let owners_before = read_keys(owners, "`owners_before`")?;
    Ok(Input { owners_before, fulfills, fulfillment: read_fulfillment(fulfillment)? })
}

fn read_reference(object: &Object) -> Result<OutputRef, Refusal> {
    let [index, id] = members(object, ["output_index", "transaction_id"], "`fulfills`")?;
    let output_index = index.as_i64().and_then(|index| u32::try_from(index).ok());
    let output_index =
        output_index.ok_or_else(|| schema("`output_index` is an integer from 0 to 4294967295"))?;
    Ok(OutputRef { transaction_id: read_id(id, "`transaction_id`")?, output_index })
}

fn read_fulfillment(value: &Value) -> Result<Fulfillment, Refusal> {
    let text = match value {
        Value::String(text) => text,
        // What a driver prepares has the condition in this place.
        Value::Object(_) => {
            return Err(Refusal::InvalidSignature("the input is not signed: fulfill it first".to_owned()));
        }
        _ => return Err(schema(&format!("`fulfillment` is a string, found {}", value.kind()))),
    };
    Fulfillment::parse(text).map_err(|error| match error {
        FulfillmentError::Encoding => {
            Refusal::InvalidSignature(format!("Fulfillment URI couldn't been parsed: {error}"))
        }
        FulfillmentError::TooDeep => Refusal::ThresholdTooDeep(error.to_string()),
    })
}

fn read_outputs(value: &Value, operation: Operation) -> Result<Vec<Output>, Refusal> {
    let values = as_array(value, "`outputs`")?;
    let unowned = matches!(operation, Operation::Record | Operation::Erase) || operation.is_change();
    if unowned && !values.is_empty() {
        let name = operation.as_str();
        return Err(schema(&format!("`outputs` of {name} is empty: it is not owned")));
    }
    values.iter().map(|value| read_output(value, operation)).collect()
}

fn read_output(value: &Value, operation: Operation) -> Result<Output, Refusal> {
    let names = ["amount", "condition", "public_keys"];
    let [amount, condition, keys] = members(as_object(value, "an output")?, names, "an output")?;
    let [details, uri] = members(as_object(condition, "`condition`")?, ["details", "uri"], "`condition`")?;
    let condition = Condition::from_details(details).map_err(|error| match error {
        ConditionError::Shape(_) => schema(&error.to_string()),
        ConditionError::TooDeep => Refusal::ThresholdTooDeep(error.to_string()),
    })?;
    if (operation.is_election() || operation == Operation::Vote)
        && !matches!(condition, Condition::Ed25519(_))
    {
        return Err(schema("an output of an election or a vote has the condition of one key"));
    }
    if uri.as_str() != Some(condition.uri().as_str()) {
        return Err(schema("`uri` is not that of `details`"));
    }
    let public_keys = read_keys(keys, "`public_keys`")?;
    let in_details = condition.keys();
    let set = |keys: &[PublicKey]| keys.iter().copied().collect::<BTreeSet<_>>();
    // Who looks for outputs by key would else be told of some that are not theirs.
    if public_keys.len() > in_details.len() || set(&public_keys) != set(&in_details) {
        return Err(schema("`public_keys` are not the keys in `details`"));
    }
    Ok(Output { amount: read_amount(amount)?, condition, public_keys })
}

fn read_amount(value: &Value) -> Result<u64, Refusal> {
    let digits = value
        .as_str()
        .filter(|text| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.ok_or_else(|| schema("`amount` is a string of 1 to 20 decimal digits"))?;
    match digits.parse() {
        Ok(0) => Err(Refusal::AmountError("`amount` must be greater than 0".to_owned())),
        Ok(amount) if amount <= MAX_AMOUNT => Ok(amount),
        _ => Err(Refusal::AmountError(format!("`amount` must be <= {MAX_AMOUNT}"))),
    }
}

fn read_keys(value: &Value, what: &str) -> Result<Vec<PublicKey>, Refusal> {
    let key = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let keys: Option<Vec<PublicKey>> = as_array(value, what)?.iter().map(key).collect();
    keys.ok_or_else(|| schema(&format!("{what} has something else than the base58 text of a 32-byte key")))
}

fn read_id(value: &Value, what: &str) -> Result<TransactionId, Refusal> {
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.ok_or_else(|| schema(&format!("{what} is a transaction's id: 64 lower-case hexadecimal digits")))
}
