//! What is asked: parameters of an address, read one by one with BigchainDB's own words for what is wrong.

use std::{collections::BTreeMap, convert::Infallible, fmt::Display, str::FromStr, sync::Arc};

use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use mongo_ledger_core::{
    key::PublicKey,
    transaction::{Operation, TransactionId},
};

use super::{Api, answer::Refused};

/// How many items one part of a list has at most.
pub(super) const MOST_ITEMS: usize = 1_000;

/// What Flask says of a parameter that is not there.
const MISSING: &str = "Missing required parameter in the JSON body or the post body or the query string";

/// The parameters behind the question mark. Of one that stands twice the last counts.
#[derive(Debug, Default)]
pub(super) struct Ask(BTreeMap<String, String>);

impl FromRequestParts<Arc<Api>> for Ask {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page<T> {
    /// How many items; everything when left out, as BigchainDB does.
    pub(super) limit: Option<usize>,
    /// The place behind which it begins.
    pub(super) after: Option<T>,
}

impl Ask {
    /// The parameters of an address.
    pub(super) fn of(uri: &Uri) -> Self {
        let read = Query::<Vec<(String, String)>>::try_from_uri(uri);
        Self(read.map(|Query(pairs)| pairs.into_iter().collect()).unwrap_or_default())
    }

    /// A text as it was sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text without which there is no answer.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Refused> {
        self.text(name).ok_or_else(|| Refused::parameter(name, MISSING))
    }

    fn parsed<T>(
        &self,
        name: &str,
        wrong: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Refused> {
        let read = |text| read(text).ok_or_else(|| Refused::parameter(name, wrong));
        self.text(name).map(read).transpose()
    }

    /// `true` or `false` in any case.
    pub(super) fn truth(&self, name: &str) -> Result<Option<bool>, Refused> {
        self.parsed(name, "Boolean value must be \"true\" or \"false\" (lowercase)", |text| {
            text.to_lowercase().parse().ok()
        })
    }

    /// Whether something is asked for by its name alone, or by `true`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refused> {
        match self.text(name) {
            None => Ok(false),
            Some("") => Ok(true),
            Some(_) => Ok(self.truth(name)?.unwrap_or(false)),
        }
    }

    /// Something that says itself why a text is none of it.
    pub(super) fn read<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Refused> {
        let read =
            |text: &str| text.parse().map_err(|error: T::Err| Refused::parameter(name, error.to_string()));
        self.text(name).map(read).transpose()
    }

    /// The id of a transaction.
    pub(super) fn id(&self, name: &str) -> Result<TransactionId, Refused> {
        self.needed(name)?;
        let id = self.parsed(name, "Invalid hash", |text| text.parse().ok())?;
        id.ok_or_else(|| Refused::parameter(name, MISSING))
    }

    /// A public key.
    pub(super) fn key(&self, name: &str) -> Result<Option<PublicKey>, Refused> {
        self.parsed(name, "Invalid base58 ed25519 hex", |text| text.parse().ok())
    }

    /// An operation in any case.
    pub(super) fn operation(&self) -> Result<Option<Operation>, Refused> {
        self.parsed("operation", "Operation must be \"CREATE\" or \"TRANSFER\"", |text| {
            Operation::ALL.into_iter().find(|operation| operation.as_str().eq_ignore_ascii_case(text))
        })
    }

    /// A whole number.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        self.parsed(name, "must be a whole number that is not negative", |text| text.parse().ok())
    }

    /// `limit` and `after`.
    pub(super) fn page<T: FromStr>(&self) -> Result<Page<T>, Refused> {
        let limit = self.number::<usize>("limit")?;
        if limit.is_some_and(|limit| limit == 0 || limit > MOST_ITEMS) {
            return Err(Refused::parameter("limit", format!("must be from 1 to {MOST_ITEMS}")));
        }
        let after =
            self.parsed("after", "must be the X-Next of the part before", |text| text.parse().ok())?;
        Ok(Page { limit, after })
    }
}
