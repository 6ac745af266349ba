//! Why a plan is refused.

use sirius_primitives::Height;
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { cause: String }:
            "the authority's address is not valid: {cause}; give an address of this chain: invalid address",
        /// A plan that nobody could follow.
        "upgrade" 1 => BadPlan { cause: String }:
            "the plan is not valid: {cause}",
        /// A height that is there already.
        "upgrade" 2 => TooSoon { height: Height, next: Height }:
            "an upgrade cannot happen at height {height}: the next block is {next}; plan it for a later one",
        /// The name was used.
        "upgrade" 3 => Done { name: String, height: Height }:
            "upgrade {name:?} was carried out at height {height}; give the next one another name",
        /// Nothing to give up.
        "upgrade" 4 => NoPlan:
            "no upgrade is planned, so none can be given up",
    }
}
