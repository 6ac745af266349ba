//! A condition as an output's `details`: JSON with all keys in it.

use crate::json::{Object, Value, object};

use super::{Condition, ConditionError, Kind};

impl Condition {
    /// Reads `details`.
    ///
    /// # Errors
    /// Another shape than BigchainDB's, a key that is none, a threshold that cannot be met or cannot be 1 to 100, or a
    /// tree larger than the bounds.
    pub fn from_details(details: &Value) -> Result<Self, ConditionError> {
        // The depth of the value is bounded by the parser; what is deeper than a condition may be is refused by `check`.
        let condition = read(details)?;
        condition.check()?;
        Ok(condition)
    }

    /// Writes `details`.
    pub fn details(&self) -> Value {
        match self {
            Self::Ed25519(key) => {
                object([("type", Kind::Ed25519.name().into()), ("public_key", key.to_string().into())])
            }
            Self::Threshold { threshold, subconditions } => object([
                ("type", Kind::Threshold.name().into()),
                ("threshold", i64::from(*threshold).into()),
                ("subconditions", subconditions.iter().map(Self::details).collect::<Vec<_>>().into()),
            ]),
        }
    }
}

fn read(details: &Value) -> Result<Condition, ConditionError> {
    let object =
        details.as_object().ok_or_else(|| shape(&format!("expected an object, found {}", details.kind())))?;
    match object.get("type").and_then(Value::as_str) {
        Some(name) if name == Kind::Ed25519.name() => ed25519(object),
        Some(name) if name == Kind::Threshold.name() => threshold(object),
        _ => Err(shape("`type` is `ed25519-sha-256` or `threshold-sha-256`")),
    }
}

fn ed25519(object: &Object) -> Result<Condition, ConditionError> {
    let key = object.get("public_key").and_then(Value::as_str).filter(|_| object.len() == 2);
    let key = key.ok_or_else(|| shape("an ed25519-sha-256 has exactly `type` and the text `public_key`"))?;
    key.parse().map(Condition::Ed25519).map_err(|error| shape(&format!("`public_key`: {error}")))
}

fn threshold(object: &Object) -> Result<Condition, ConditionError> {
    let threshold = object.get("threshold").and_then(Value::as_i64);
    let subconditions = object.get("subconditions").and_then(Value::as_array);
    let (Some(threshold), Some(subconditions), 3) = (threshold, subconditions, object.len()) else {
        return Err(shape(
            "a threshold-sha-256 has exactly `type`, the integer `threshold` and the array `subconditions`",
        ));
    };
    let threshold = u32::try_from(threshold).ok().filter(|threshold| (1..=100).contains(threshold));
    let threshold = threshold.ok_or_else(|| shape("`threshold` is from 1 to 100"))?;
    if subconditions.len() > super::MAX_WIDTH {
        return Err(ConditionError::TooDeep);
    }
    let subconditions = subconditions.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Condition::Threshold { threshold, subconditions })
}

fn shape(what: &str) -> ConditionError {
    ConditionError::Shape(what.to_owned())
}
