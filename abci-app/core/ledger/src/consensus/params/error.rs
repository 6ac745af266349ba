//! Why a change of parameters is refused.

use sirius_primitives::Height;
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// Somebody else signed.
        "params" 1 => NotAuthority { expected: String, found: String }:
            "parameters are changed by {expected}, not by {found}; propose the change to the chain's authority",
        /// No such parameter.
        "params" 2 => Unknown { name: String }:
            "there is no parameter {name:?}; `query params params` lists them",
        /// Too small or too large.
        "params" 3 => OutOfRange { name: &'static str, unit: &'static str, value: u64, least: u64, most: u64 }:
            "parameter {name} cannot be {value}: it goes from {least} to {most} {unit}",
        /// The same parameter more than once, or none.
        "params" 4 => NotASet { cause: String }:
            "a change names at least one parameter and each once: {cause}",
        /// The authority in the message or in genesis is no address.
        "params" 5 => BadAuthority { cause: String }:
            "the authority is no address of this chain: {cause}",
        /// A limit of blocks that genesis says in two ways.
        "params" 6 => Contradicts { name: &'static str, value: u64, found: u64 }:
            "{name} is {value} here and {found} in consensus_params; leave it out here",
        /// A height that is there already.
        "params" 7 => TooSoon { height: Height, next: Height }:
            "values cannot be in force from height {height} on: the next block is {next}; name it or a later one",
        /// More waiting changes than a node looks through.
        "params" 8 => TooManyScheduled { most: usize }:
            "something is decided for {most} heights already; choose one of those, or wait until one has passed",
    }
}
