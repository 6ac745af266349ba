//! A refusal and the way to meet it.

use sirius_runtime::{Refusal, genesis::GenesisError};

/// What was met.
#[derive(Debug)]
pub(crate) enum Met {
    /// The answer to a transaction or a question.
    Refusal(Refusal),
    /// A genesis that no chain begins with; its text alone tells which.
    Genesis(GenesisError),
}

impl From<Refusal> for Met {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<GenesisError> for Met {
    fn from(error: GenesisError) -> Self {
        Self::Genesis(error)
    }
}

/// One row of a module's table of refusals, with a way to meet it from outside.
pub(crate) struct Case {
    /// Space, code and name, as the table has them.
    pub(crate) of: (&'static str, u32, &'static str),
    text: &'static str,
    meet: fn() -> Met,
}

impl Case {
    /// `meet` meets the refusal `of`, whose text has the part `text`.
    pub(crate) fn new(of: (&'static str, u32, &'static str), text: &'static str, meet: fn() -> Met) -> Self {
        Self { of, text, meet }
    }

    /// Meets it.
    pub(crate) fn check(&self) {
        let (space, code, name) = self.of;
        let found = match (self.meet)() {
            Met::Refusal(refusal) => {
                assert_eq!((refusal.space, refusal.code), (space, code), "{name}: {}", refusal.text);
                refusal.text
            }
            Met::Genesis(error) => error.to_string(),
        };
        assert!(found.contains(self.text), "{space} {code} {name} says {found:?}, not {:?}", self.text);
        // What a stranger sent is quoted, but never at length: it goes back to everybody and into logs.
        assert!(found.len() <= 1_000, "{space} {code} {name} answers with {} bytes", found.len());
    }
}
