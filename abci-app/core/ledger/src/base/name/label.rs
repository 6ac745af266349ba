//! Which texts are names.

use std::fmt;

use sirius_primitives::Prefix;
use thiserror::Error;

/// Characters of a label, at most; as in the domain name system (RFC 1035, section 2.3.4).
pub(super) const MOST_CHARACTERS: usize = 63;
/// Labels of a name, at most.
pub(super) const MOST_LABELS: usize = 3;

/// One to three labels of `a-z`, `0-9` and `-`, none beginning with `-`, each at most 63 characters, with dots between.
/// The leased one comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Too deep.
    #[error("it has {found} labels, a name has 1 to {MOST_LABELS}")]
    Labels {
        /// How many it has.
        found: usize,
    },
    /// A label that is empty or too long.
    #[error("a label of it has {found} characters, each has 1 to {MOST_CHARACTERS}")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// A character that no label has.
    #[error("labels have a-z, 0-9 and -, and do not begin with -")]
    Character,
    /// One that could be taken for an address with a wrong letter.
    #[error("it begins as an address does")]
    Address,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// What keeps the text from being one.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let found = text.split('.').count();
        if found > MOST_LABELS {
            return Err(NameError::Labels { found });
        }
        for label in text.split('.') {
            if !(1..=MOST_CHARACTERS).contains(&label.len()) {
                return Err(NameError::Length { found: label.chars().count() });
            }
            let known = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
            if label.starts_with('-') || !label.chars().all(known) {
                return Err(NameError::Character);
            }
        }
        Ok(Self(text.into()))
    }

    /// Reads a name that somebody may lease on a chain with this address prefix: one that no reader can take for an
    /// address.
    ///
    /// # Errors
    /// What keeps the text from being one.
    pub fn parse_new(text: &str, prefix: &Prefix) -> Result<Self, NameError> {
        let name = Self::parse(text)?;
        // `sirius1…`, and `siriusvaloper1…` and the like.
        let rest = name.root().strip_prefix(prefix.as_str()).and_then(|rest| rest.split_once('1'));
        match rest {
            Some((role, _)) if role.chars().all(|one| one.is_ascii_lowercase()) => Err(NameError::Address),
            _ => Ok(name),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The leased label.
    pub fn root(&self) -> &str {
        self.0.split_once('.').map_or(&self.0, |(root, _)| root)
    }

    /// Whether it is a leased name itself.
    pub fn is_root(&self) -> bool {
        !self.0.contains('.')
    }

    /// The name next above, where that is not the leased one.
    pub(super) fn middle(&self) -> Option<Self> {
        let (above, _) = self.0.rsplit_once('.')?;
        above.contains('.').then(|| Self(above.into()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn texts_are_names_or_say_why_not() {
        let check = |text: &str, expected: Result<(), NameError>| {
            assert_eq!(Name::parse(text).map(|name| assert_eq!(name.as_str(), text)), expected, "{text:?}");
        };
        let long = "a".repeat(63);
        for text in ["a", "0", "a-", "company.shop.till", "0.0.0", &long, &format!("{long}.{long}.{long}")] {
            check(text, Ok(()));
        }
        check("", Err(NameError::Length { found: 0 }));
        check("a..b", Err(NameError::Length { found: 0 }));
        check("a.", Err(NameError::Length { found: 0 }));
        check(&format!("{long}a"), Err(NameError::Length { found: 64 }));
        check("a.b.c.d", Err(NameError::Labels { found: 4 }));
        for text in ["A", "ä", "-a", "a.-b", "a_b", "a b", "a/b", "a\0"] {
            check(text, Err(NameError::Character));
        }
    }

    #[test]
    fn a_name_knows_what_is_above_it() {
        let check = |text: &str, root: &str, middle: Option<&str>| {
            let name = Name::parse(text).unwrap();
            assert_eq!((name.root(), name.middle().map(|name| name.to_string()).as_deref()), (root, middle));
            assert_eq!(name.is_root(), text == root);
        };
        check("a", "a", None);
        check("a.b", "a", None);
        check("a.b.c", "a", Some("a.b"));
    }

    #[test]
    fn nobody_leases_what_looks_like_an_address() {
        let prefix = Prefix::new("sirius").unwrap();
        let check = |text: &str, fits: bool| {
            assert_eq!(Name::parse_new(text, &prefix).is_ok(), fits, "{text}");
        };
        check("sirius1", false);
        check("sirius19rl4cm2hmr8afy4kldpxz3fka4jguq0a", false);
        check("siriusvaloper19rl4cm2hmr8afy4kldpxz3fka", false);
        check("sirius", true);
        check("sirius-1", true);
        check("siri1", true);
        check("a.sirius1", true);
    }
}
