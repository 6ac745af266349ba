//! What a `GRANT`, a `REVOKE` or an election on either asks for.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};

use super::Right;
use crate::{
    json::{Object, Value, object},
    refusal::Refusal,
};

/// A change of who may do what.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Change {
    /// Gives a right. One that was given before begins anew, with this end.
    Grant {
        /// What is given.
        right: Right,
        /// The last block in which it counts; none when it has no end.
        until: Option<u64>,
    },
    /// Takes a right that counts.
    Revoke {
        /// What is taken.
        right: Right,
    },
}

impl Change {
    /// What it gives or takes.
    pub fn right(&self) -> &Right {
        match self {
            Self::Grant { right, .. } | Self::Revoke { right } => right,
        }
    }

    /// `grant` or `revoke`.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Grant { .. } => "grant",
            Self::Revoke { .. } => "revoke",
        }
    }

    /// The members of a document that says so.
    pub(crate) fn data(&self) -> Object {
        let Right { holder, role, namespace } = self.right();
        let mut data = match object([
            ("namespace", namespace.as_str().into()),
            ("role", role.as_str().into()),
            ("subject", holder.as_str().into()),
        ]) {
            Value::Object(data) => data,
            _ => Object::new(),
        };
        if let Self::Grant { until: Some(until), .. } = self {
            data.insert("until".into(), i64::try_from(*until).unwrap_or(i64::MAX).into());
        }
        data
    }

    /// Reads the members of a document; those named in `beside` are somebody else's.
    pub(crate) fn read(action: &str, data: &Object, beside: &[&str]) -> Result<Self, Refusal> {
        let mut allowed = BTreeSet::from(["namespace", "role", "subject"]);
        allowed.extend(beside);
        if action == "grant" {
            allowed.insert("until");
        }
        if let Some(name) = data.keys().find(|name| !allowed.contains(name.as_str())) {
            return Err(schema(format!("asset.data of a change of roles has no member `{name}`")));
        }
        let text = |name: &str| {
            let text = data.get(name).and_then(Value::as_str);
            text.ok_or_else(|| schema(format!("asset.data.{name} of a change of roles is a string")))
        };
        let wrong = |name: &str, error: &dyn std::fmt::Display| schema(format!("asset.data.{name}: {error}"));
        let right = Right {
            holder: text("subject")?.parse().map_err(|error| wrong("subject", &error))?,
            role: text("role")?.parse().map_err(|error| wrong("role", &error))?,
            namespace: text("namespace")?.parse().map_err(|error| wrong("namespace", &error))?,
        };
        let until = match data.get("until") {
            None => None,
            Some(value) => {
                let height = value.as_i64().and_then(|height| u64::try_from(height).ok());
                Some(height.filter(|height| *height > 0).ok_or_else(|| {
                    schema("asset.data.until is a height: a whole number from 1".to_owned())
                })?)
            }
        };
        match action {
            "grant" => Ok(Self::Grant { right, until }),
            "revoke" => Ok(Self::Revoke { right }),
            _ => Err(schema("asset.data.action is `grant` or `revoke`".to_owned())),
        }
    }
}

fn schema(text: String) -> Refusal {
    Refusal::SchemaValidationError(text)
}
