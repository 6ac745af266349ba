//! Who can do something about an error.

/// Whether something was refused or is broken: what command lines tell by their exit code and libraries by a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The request was understood and turned down, by the chain or before it was sent; asked again, it is again.
    Refused,
    /// Something did not work: a network, a file, a node. The same request may succeed later or elsewhere.
    Broken,
}
