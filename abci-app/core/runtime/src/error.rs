//! The two ways not to succeed: a refusal, on which every honest node agrees, and a fault, which is this node's own.

use std::fmt;

use sirius_store::Fault;
use thiserror::Error;

/// "No", said alike by every honest node. Its code and space are part of consensus, its text is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who refuses: a module's name, or `sdk` where the Cosmos SDK's own table has a code that clients know.
    pub space: &'static str,
    /// Which refusal of that space; never 0, never used again for another meaning.
    pub code: u32,
    /// What was tried, what was found, what to do.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}

/// One enum of refusals, made by [`refusals!`](crate::refusals).
pub trait Refuse: fmt::Display {
    /// Space and code of this refusal.
    fn code(&self) -> (&'static str, u32);
}

impl<R: Refuse> From<R> for Refusal {
    fn from(refused: R) -> Self {
        let (space, code) = refused.code();
        Self { space, code, text: refused.to_string() }
    }
}

/// Why something did not succeed.
#[derive(Debug, Error)]
pub enum Error {
    /// Every honest node says no.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// This node is ill; it must stop rather than disagree.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl<R: Refuse> From<R> for Error {
    fn from(refused: R) -> Self {
        Self::Refusal(refused.into())
    }
}

/// The beginning of a text that a stranger chose, to be quoted in a refusal: that goes back to everybody and into logs.
pub fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Writes a module's refusals as one table: `space code => Variant { fields }: "text"`.
///
/// It makes the enum with its `Display`, its [`Refuse`] and `TABLE`, the list of (space, code, name) that the golden
/// catalogue pins.
#[macro_export]
macro_rules! refusals {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$doc:meta])* $space:literal $code:literal =>
            $variant:ident $({ $($field:ident : $type:ty),* $(,)? })? : $text:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, ::thiserror::Error)]
        pub enum $name {
            $($(#[$doc])* #[error($text)]
            $variant $({ $(#[allow(missing_docs, reason = "the variant's text names each field")] $field: $type),* })?),*
        }

        impl $name {
            /// Space, code and name of each refusal.
            pub const TABLE: &'static [(&'static str, u32, &'static str)] =
                &[$(($space, $code, stringify!($variant))),*];
        }

        impl $crate::Refuse for $name {
            fn code(&self) -> (&'static str, u32) {
                match self { $(Self::$variant { .. } => ($space, $code)),* }
            }
        }
    };
}
