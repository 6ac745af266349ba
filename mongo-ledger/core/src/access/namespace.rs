//! What part of the chain's assets is meant: a path of segments, as `wine/bordeaux`.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::json::{Object, Value};

/// How many segments a namespace has at most.
pub const MOST_SEGMENTS: usize = 8;
/// How long a segment is at most, in bytes.
pub const LONGEST_SEGMENT: usize = 32;

/// At most [`MOST_SEGMENTS`] segments of letters `a` to `z`, digits and `-`, joined by `/`. The empty one is everything.
///
/// It covers itself and what continues it by a `/`: segments are compared, never letters, so that `a` does not cover
/// `ab`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Namespace(String);

/// Why a text is no namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a namespace is a text of at most {MOST_SEGMENTS} segments joined by `/`, each 1 to {LONGEST_SEGMENT} of a-z, 0-9 and -"
)]
pub struct NamespaceError;

impl Namespace {
    /// The one that covers all.
    pub fn all() -> Self {
        Self::default()
    }

    /// Its text; empty for the one that covers all.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The namespace of an asset with this document: its `ns`, or everything where there is none.
    ///
    /// # Errors
    /// `ns` is no text, or none of a namespace.
    pub fn of(data: Option<&Object>) -> Result<Self, NamespaceError> {
        match data.and_then(|data| data.get("ns")) {
            None => Ok(Self::all()),
            Some(Value::String(text)) if !text.is_empty() => text.parse(),
            Some(_) => Err(NamespaceError),
        }
    }

    /// Whether what counts here counts in `other` too.
    pub fn covers(&self, other: &Self) -> bool {
        let rest = || other.0.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('/'));
        self.0.is_empty() || self.0 == other.0 || rest()
    }

    /// Every namespace that covers this one, from itself to the empty one: at most [`MOST_SEGMENTS`] and one.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |scope| match scope.rsplit_once('/') {
            Some((above, _)) => Some(above),
            None => (!scope.is_empty()).then_some(""),
        })
    }

    /// In a sentence.
    pub(crate) fn said(&self) -> String {
        match self.as_str() {
            "" => "the whole chain".to_owned(),
            text => format!("namespace `{text}`"),
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(text: &str) -> Result<Self, NamespaceError> {
        let segment = |segment: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=LONGEST_SEGMENT).contains(&segment.len()) && segment.bytes().all(fits)
        };
        let fits = text.is_empty() || text.split('/').take(MOST_SEGMENTS.saturating_add(1)).all(segment);
        match fits && text.split('/').nth(MOST_SEGMENTS).is_none() {
            true => Ok(Self(text.to_owned())),
            false => Err(NamespaceError),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn namespace(text: &str) -> Namespace {
        text.parse().unwrap()
    }

    #[test]
    fn covers_itself_and_what_continues_it_by_a_segment() {
        let check = |scope: &str, other: &str, covers: bool| {
            assert_eq!(namespace(scope).covers(&namespace(other)), covers, "{scope:?} and {other:?}");
        };
        check("", "", true);
        check("", "a", true);
        check("a", "", false);
        check("a", "a", true);
        check("a", "a/b", true);
        check("a", "ab", false);
        check("a", "a-b", false);
        check("a", "ab/a", false);
        check("a/b", "a", false);
        check("a/b", "a/b/c/d", true);
        check("a/b", "a/bc", false);
        check("b", "a/b", false);
    }

    #[test]
    fn refuses_what_is_no_path_of_segments() {
        for text in ["/", "a/", "/a", "a//b", "A", "a.b", "a b", "ä", "a\0", "a/..", "*", "a:b"] {
            assert_eq!(text.parse::<Namespace>(), Err(NamespaceError), "{text:?}");
        }
        let (long, deep) = ("a".repeat(LONGEST_SEGMENT), ["a"; MOST_SEGMENTS].join("/"));
        assert!(long.parse::<Namespace>().is_ok() && deep.parse::<Namespace>().is_ok());
        assert!(format!("{long}a").parse::<Namespace>().is_err());
        assert!(format!("{deep}/a").parse::<Namespace>().is_err());
    }

    #[test]
    fn an_asset_says_its_namespace_as_text() {
        let of = |text: &str| {
            let value = crate::json::parse(text.as_bytes(), &crate::json::Limits::default()).unwrap();
            Namespace::of(value.as_object())
        };
        assert_eq!(of(r#"{"ns":"wine/red"}"#), Ok(namespace("wine/red")));
        assert_eq!(of(r#"{"kind":"bottle"}"#), Ok(Namespace::all()));
        for wrong in [r#"{"ns":1}"#, r#"{"ns":null}"#, r#"{"ns":["a"]}"#, r#"{"ns":""}"#, r#"{"ns":"A"}"#] {
            assert_eq!(of(wrong), Err(NamespaceError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_scopes_are_those_that_cover(one in "([ab]{1,2}/){0,3}[ab]{1,2}|", other in "([ab]{1,2}/){0,3}[ab]{1,2}|") {
            let (one, other) = (namespace(&one), namespace(&other));
            prop_assert_eq!(one.covers(&other), other.scopes().any(|scope| scope == one.as_str()));
            prop_assert!(other.scopes().count() <= MOST_SEGMENTS + 1);
        }
    }
}
