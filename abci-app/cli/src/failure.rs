//! Everything that can go wrong, with the exit code that says whose turn it is.

use std::fmt::Display;

use mongo_ledger_core::transaction::build;
use serde_json::{Value, json};
use sirius_sdk::{
    Cause,
    anchored::AnchoredError,
    ask::AskError,
    catalogue::CatalogueError,
    client::ClientError,
    config::ConfigError,
    database::{DatabaseError, DatabaseKeyError, holding::HoldingError},
    identity::IdentityError,
    key::KeyError,
    keystore::{KeystoreError, PassphraseError},
    prove::ProveError,
    sign::SignError,
    submit::SubmitError,
    trust::TrustError,
    units::UnitError,
};
use thiserror::Error;

/// Exit code: refused by the chain, or input that cannot be meant.
pub(crate) const REFUSED: u8 = 1;
/// Exit code: a network, a file or a program does not work.
pub(crate) const BROKEN: u8 = 2;

/// Why a command was not done.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Input that cannot be meant.
    #[error("{0}")]
    Input(String),
    /// A file or a stream.
    #[error("{action} {path} failed: {reason}")]
    File { action: &'static str, path: String, reason: String },
    #[error(transparent)]
    Anchored(#[from] AnchoredError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    DatabaseKey(#[from] DatabaseKeyError),
    #[error(transparent)]
    DatabaseSign(#[from] build::SignError),
    #[error(transparent)]
    Holding(#[from] HoldingError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Some of what was to be done is done.
    #[error("{cause}; {done} of {count} transactions are in blocks, run the same again for the rest")]
    Interrupted { done: usize, count: usize, cause: Box<Failure> },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    #[error(transparent)]
    Prove(#[from] ProveError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Units(#[from] UnitError),
}

impl Failure {
    /// Input that cannot be meant.
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::Input(text.into())
    }

    /// A file or a stream that did not do as asked.
    pub(crate) fn file(action: &'static str, path: impl Display, reason: &impl Display) -> Self {
        Self::File { action, path: path.to_string(), reason: reason.to_string() }
    }

    fn cause(&self) -> Cause {
        match self {
            Self::Anchored(error) => error.cause(),
            Self::Ask(error) => error.cause(),
            Self::Client(error) => error.cause(),
            Self::Database(error) => error.cause(),
            Self::Identity(error) => error.cause(),
            Self::Interrupted { cause, .. } => cause.cause(),
            Self::Prove(error) => error.cause(),
            Self::Submit(error) => error.cause(),
            Self::Trust(error) => error.cause(),
            Self::File { .. }
            | Self::Config(_)
            | Self::Keystore(KeystoreError::Io { .. })
            | Self::DatabaseKey(DatabaseKeyError::Keystore(KeystoreError::Io { .. })) => Cause::Broken,
            Self::Input(_)
            | Self::Catalogue(_)
            | Self::DatabaseKey(_)
            | Self::DatabaseSign(_)
            | Self::Holding(_)
            | Self::Key(_)
            | Self::Keystore(_)
            | Self::Passphrase(_)
            | Self::Sign(_)
            | Self::Units(_) => Cause::Refused,
        }
    }

    /// 1 where something was refused, 2 where something is broken.
    pub(crate) fn exit_code(&self) -> u8 {
        match self.cause() {
            Cause::Refused => REFUSED,
            Cause::Broken => BROKEN,
        }
    }

    /// `{"error": {"kind", "message"}}`, with code and receipt where the chain gave them.
    pub(crate) fn to_json(&self) -> Value {
        let kind = match self.cause() {
            Cause::Refused => "refused",
            Cause::Broken => "broken",
        };
        let mut error = json!({ "kind": kind, "message": self.to_string() });
        let code = match self {
            Self::Ask(AskError::Refused { code, codespace, .. })
            | Self::Submit(SubmitError::Refused { code, codespace, .. })
            | Self::Submit(SubmitError::Ask(AskError::Refused { code, codespace, .. })) => {
                Some((*code, codespace))
            }
            Self::Submit(SubmitError::Failed { receipt }) => {
                if let (Some(fields), Ok(receipt)) = (error.as_object_mut(), serde_json::to_value(receipt)) {
                    fields.insert("receipt".into(), receipt);
                }
                Some((receipt.code, &receipt.codespace))
            }
            _ => None,
        };
        if let (Some((code, codespace)), Some(fields)) = (code, error.as_object_mut()) {
            fields.insert("code".into(), json!(code));
            fields.insert("codespace".into(), json!(codespace));
        }
        json!({ "error": error })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn exit_codes() {
        let check = |failure: Failure, code: u8, kind: &str| {
            assert_eq!(failure.exit_code(), code, "{failure}");
            assert_eq!(failure.to_json()["error"]["kind"], kind, "{failure}");
        };
        let text = String::new;
        check(Failure::input("x"), 1, "refused");
        check(UnitError::NoUnit(text()).into(), 1, "refused");
        check(CatalogueError::NoMessage { name: text() }.into(), 1, "refused");
        check(SubmitError::Refused { code: 5, codespace: "sdk".into(), log: text() }.into(), 1, "refused");
        check(
            AskError::Refused { path: text(), code: 22, codespace: "sdk".into(), log: text() }.into(),
            1,
            "refused",
        );
        check(ProveError::Range { path: text() }.into(), 1, "refused");
        check(ClientError::Refused { what: text(), endpoint: text(), reason: text() }.into(), 1, "refused");
        check(
            KeystoreError::Missing {
                name: "a".parse().unwrap_or_else(|_| unreachable!()),
                folder: "b".into(),
            }
            .into(),
            1,
            "refused",
        );
        check(ClientError::Unreachable { what: text(), attempts: Vec::new() }.into(), 2, "broken");
        check(SubmitError::NotSent { attempts: Vec::new() }.into(), 2, "broken");
        check(ConfigError::NoHome.into(), 2, "broken");
        check(Failure::file("reading", "x", &"gone"), 2, "broken");
        let io = std::io::Error::other("disk");
        check(KeystoreError::Io { action: "reading", path: "x".into(), error: io }.into(), 2, "broken");
    }

    #[test]
    fn codes_of_the_chain_are_in_the_json() {
        let refused = SubmitError::Refused { code: 5, codespace: "sdk".into(), log: "no".into() };
        let json = Failure::from(refused).to_json();
        assert_eq!(
            (json["error"]["code"].as_u64(), json["error"]["codespace"].as_str()),
            (Some(5), Some("sdk"))
        );
        assert!(Failure::input("x").to_json()["error"].get("code").is_none());
    }
}
