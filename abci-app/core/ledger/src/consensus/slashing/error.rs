//! Why a validator stays jailed.

use sirius_primitives::Amount;
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// Nobody makes blocks under this address.
        "slashing" 1 => NoValidator { operator: String }:
            "validator {operator} does not exist; `query staking validators` lists them",
        /// It is free.
        "slashing" 2 => NotJailed { operator: String }:
            "validator {operator} is not jailed; there is nothing to do",
        /// It signed twice.
        "slashing" 3 => Tombstoned { operator: String }:
            "validator {operator} signed twice and stays jailed for ever; make another one with a new key",
        /// Its time is not over.
        "slashing" 4 => TooEarly { until: i64 }:
            "the validator stays jailed until the block time is {until} seconds after 1970; try again then",
        /// The operator stakes less than it promised.
        "slashing" 5 => OwnStakeTooLow { stake: Amount, least: Amount }:
            "the operator stakes {stake}, the validator promises at least {least}; stake more first",
        /// Genesis contradicts itself.
        "slashing" 6 => BadGenesis { cause: String }:
            "{cause}",
    }
}
