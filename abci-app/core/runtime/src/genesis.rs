//! The state of height 0, written from the sections of genesis, one a module.

use serde::Deserialize;
use serde_json::{Map, Value};
use sirius_primitives::{Prefix, PrefixError};
use sirius_store::{Fault, Write};
use thiserror::Error;

use crate::{Context, Error, Module};

/// Why a chain cannot begin. Each names the field.
#[derive(Debug, Error)]
pub enum GenesisError {
    /// Not a JSON object of sections.
    #[error("genesis app_state is not a JSON object of module sections: {0}")]
    NotSections(String),
    /// A section that no module has.
    #[error(
        "genesis app_state has a section {0:?} that no module of this program reads; remove it or use the program it is for"
    )]
    UnknownSection(String),
    /// A section that its module cannot read.
    #[error("genesis field app_state.{field}: {cause}")]
    Field {
        /// The path of the field.
        field: String,
        /// What is wrong there.
        cause: String,
    },
    /// The address prefix is none.
    #[error("genesis field app_state.chain.prefix: {0}")]
    Prefix(#[from] PrefixError),
    /// This node is ill.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The `chain` section.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainSection {
    prefix: String,
}

/// The sections not yet used.
#[derive(Debug)]
pub struct Sections(Map<String, Value>);

impl Sections {
    /// Reads genesis' `app_state`.
    ///
    /// # Errors
    /// Bytes that are no JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        serde_json::from_slice(bytes).map(Self).map_err(|error| GenesisError::NotSections(error.to_string()))
    }

    /// Takes the address prefix from the `chain` section.
    ///
    /// # Errors
    /// No such section, or no prefix in it.
    pub fn prefix(&mut self) -> Result<Prefix, GenesisError> {
        let section: Option<ChainSection> = self.take("chain")?;
        let section = section.ok_or_else(|| GenesisError::Field {
            field: "chain".into(),
            cause: "the section is missing; it names the address prefix".into(),
        })?;
        Ok(Prefix::new(&section.prefix)?)
    }

    /// Gives a module its section, or its default when genesis has none.
    ///
    /// # Errors
    /// What the module cannot read or does not accept.
    pub(crate) fn init<M: Module>(
        &mut self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
    ) -> Result<(), GenesisError> {
        let genesis = self.take::<M::Genesis>(M::NAME)?.unwrap_or_default();
        M::init(genesis, ctx, state).map_err(|error| match error {
            Error::Fault(fault) => fault.into(),
            Error::Refusal(refusal) => {
                GenesisError::Field { field: M::NAME.into(), cause: refusal.to_string() }
            }
        })
    }

    /// Whether every section was used.
    ///
    /// # Errors
    /// The first that was not.
    pub(crate) fn finish(self) -> Result<(), GenesisError> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(GenesisError::UnknownSection(name)),
            None => Ok(()),
        }
    }

    fn take<T: for<'de> Deserialize<'de>>(&mut self, name: &str) -> Result<Option<T>, GenesisError> {
        let Some(section) = self.0.remove(name) else { return Ok(None) };
        serde_path_to_error::deserialize(section).map(Some).map_err(|error| GenesisError::Field {
            field: format!("{name}.{}", error.path()),
            cause: error.inner().to_string(),
        })
    }
}

/// Whole numbers in genesis: JSON text, because a JSON number is exact only to 2^53, or a plain number below that.
pub mod number {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Number(u64),
    }

    /// Writes a number as text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    /// Reads a number from text or from a plain number.
    ///
    /// # Errors
    /// Anything that is no whole number below 2^64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Number(number) => Ok(number),
            Form::Text(text) => text
                .parse()
                .map_err(|_| D::Error::custom(format!("{text:?} is not a whole number below 2^64"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use serde::Serialize;

    use super::*;

    #[test]
    fn sections_name_what_is_wrong() {
        let check = |text: &str, expected: &str| {
            let prefix = Sections::parse(text.as_bytes()).and_then(|mut sections| {
                let prefix = sections.prefix()?;
                sections.finish().map(|()| prefix)
            });
            assert!(prefix.unwrap_err().to_string().starts_with(expected), "{text}");
        };
        check("", "genesis app_state is not a JSON object of module sections");
        check("[]", "genesis app_state is not a JSON object of module sections");
        check("{}", "genesis field app_state.chain: the section is missing");
        check(r#"{"chain":{}}"#, "genesis field app_state.chain..: missing field `prefix`");
        check(r#"{"chain":{"prefix":1}}"#, "genesis field app_state.chain.prefix: invalid type");
        check(r#"{"chain":{"prefix":"A"}}"#, "genesis field app_state.chain.prefix: address prefix \"A\"");
        check(r#"{"chain":{"prefix":"a"},"x":1}"#, "genesis app_state has a section \"x\" that no module");
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Count(#[serde(with = "number")] u64);

    #[test]
    fn numbers_are_text_or_small() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(serde_json::from_str::<Count>(text).ok(), expected.map(Count), "{text}");
        };
        check("7", Some(7));
        check("\"7\"", Some(7));
        check("\"18446744073709551615\"", Some(u64::MAX));
        check("\"18446744073709551616\"", None);
        check("-1", None);
        check("1.5", None);
        check("null", None);
        assert_eq!(serde_json::to_string(&Count(7)).unwrap(), "\"7\"");
    }
}
