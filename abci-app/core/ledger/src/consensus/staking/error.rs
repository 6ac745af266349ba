//! Why a stake, a validator or a reward is refused.

use sirius_primitives::{Amount, Denom};
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// A coin that is none, or nothing.
        "sdk" 10 => BadCoin { cause: String }:
            "the amount is not valid: {cause}; give a positive amount: invalid coins",
        /// Nobody makes blocks under this address.
        "staking" 1 => NoValidator { operator: String }:
            "validator {operator} does not exist; `query staking validators` lists them",
        /// One operator, one validator.
        "staking" 2 => ValidatorExists { operator: String }:
            "{operator} operates a validator already; edit that one, or use another account",
        /// Two validators with one key would vote as one.
        "staking" 3 => KeyUsed { consensus: String }:
            "the consensus key of {consensus} belongs to a validator, or did; give a new key",
        /// Only Ed25519 signs blocks.
        "staking" 4 => BadKey { cause: String }:
            "the consensus key is not usable: {cause}; give the ed25519 key of the validator's node",
        /// Coins of another denomination.
        "staking" 5 => WrongDenom { found: Denom, expected: Denom }:
            "{found} cannot be staked; stake {expected}",
        /// A commission beyond its bounds, or changed too soon.
        "staking" 6 => BadCommission { cause: String }:
            "the commission is not valid: {cause}",
        /// The chain wants more.
        "staking" 7 => CommissionTooLow { found: String, least: String }:
            "the commission is {found}, this chain's least is {least} (parts of 10^18); raise it",
        /// A text beyond its length.
        "staking" 8 => TooLong { field: &'static str, most: usize, found: usize }:
            "the {field} has {found} bytes, at most {most} are allowed; shorten it",
        /// Nameless.
        "staking" 9 => NoMoniker:
            "the description has no moniker; give the validator a name",
        /// The message describes nothing.
        "staking" 10 => Incomplete { part: &'static str }:
            "the message has no {part}; fill it in",
        /// The operator stakes less than it promises.
        "staking" 11 => OwnStakeTooLow { stake: Amount, least: Amount }:
            "the operator stakes {stake}, the validator promises at least {least}; stake more or promise less",
        /// A promise that falls.
        "staking" 12 => PromiseLowered { before: Amount, after: Amount }:
            "the least own stake is {before} and cannot become {after}; it only rises",
        /// Nothing is staked there.
        "staking" 13 => NoDelegation { delegator: String, operator: String }:
            "{delegator} stakes nothing on {operator}; `query staking delegations` lists what it stakes",
        /// Less is staked than asked for.
        "staking" 14 => StakeTooSmall { has: Amount, asked: Amount }:
            "the stake is worth {has}, less than {asked}; ask for less",
        /// Nothing would become of it.
        "staking" 15 => Worthless { operator: String }:
            "stakes on {operator} are worth nothing any more, or the amount is too small or too large for a share; choose another validator",
        /// Too many steps in flight.
        "staking" 16 => TooManyEntries { most: u64 }:
            "there are {most} entries on their way between these already; wait for one of them to complete",
        /// To where it is.
        "staking" 17 => SameValidator:
            "source and destination are the same validator; name another one",
        /// A stake that moved answers for where it was, and cannot be moved on before that ends.
        "staking" 18 => Transitive { operator: String }:
            "a stake that was moved to {operator} still answers for the validator that it left; wait until it does not",
        /// Nothing of that height is on its way.
        "staking" 19 => NoUnbonding { height: i64 }:
            "nothing that was taken back at height {height} is on its way; `query staking unbonding` lists what is",
        /// More than is on its way.
        "staking" 20 => UnbondingTooSmall { left: Amount, asked: Amount }:
            "{left} is on its way back, less than {asked}; ask for less",
        /// A jailed validator takes nothing back.
        "staking" 21 => Jailed { operator: String }:
            "validator {operator} is jailed; wait until it is not",
        /// Beyond what the chain reckons with.
        "staking" 22 => TooMuchStaked { most: Amount }:
            "more than {most} would be staked; stake less",
        /// Another account than the operator's.
        "staking" 23 => NotOperator:
            "the delegator is not the validator's operator; leave it out",
        /// Nothing has come in.
        "staking" 24 => NoCommission { operator: String }:
            "validator {operator} has no commission to withdraw; wait until it has",
        /// Nothing to give.
        "staking" 25 => NothingToGive:
            "the message gives no coins; name at least one coin with a positive amount",
        /// Genesis contradicts itself.
        "staking" 26 => BadGenesis { cause: String }:
            "{cause}",
    }
}
