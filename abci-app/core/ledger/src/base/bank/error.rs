//! Why the bank refuses.

use sirius_primitives::{Amount, Denom};
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// Not enough to spend.
        "sdk" 5 => Insufficient { have: Amount, need: Amount, denom: Denom }:
            "spendable balance {have}{denom} is smaller than {need}{denom}; send less or fund the account: insufficient funds",
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// Coins that are no set.
        "sdk" 10 => BadCoins { cause: String }:
            "the coins are not valid: {cause}: invalid coins",
        /// Nothing to move.
        "bank" 1 => Nothing:
            "the message moves no coins; name at least one coin with a positive amount",
        /// Nobody ever made this kind of coin.
        "bank" 2 => UnknownDenom { denom: Denom }:
            "there is no denomination {denom} on this chain; `query bank denoms` lists them",
        /// More than 2^128 - 1 of something.
        "bank" 3 => Overflow { denom: Denom }:
            "the sum of {denom} would pass 2^128 - 1; move less",
        /// A multi-send that does not have exactly one input.
        "bank" 4 => NotOneInput { found: usize }:
            "a multi-send has exactly one input, this one has {found}; send one message for each sender",
        /// A multi-send without outputs, or with too many.
        "bank" 5 => BadOutputCount { found: u64, most: u64 }:
            "a multi-send has 1 to {most} outputs, this one has {found}; split it",
        /// A multi-send whose sums differ.
        "bank" 6 => SumsDiffer { sent: String, received: String }:
            "the input gives {sent}, the outputs take {received}; make them equal",
        /// Less is held than is to be released.
        "bank" 7 => NotHeld { held: Amount, asked: Amount, denom: Denom }:
            "{held}{denom} is held, {asked}{denom} cannot be released",
        /// Names of a denomination that make no sense.
        "bank" 8 => BadMetadata { denom: Denom, cause: String }:
            "the metadata of {denom} are not valid: {cause}",
        /// The same denomination twice in genesis.
        "bank" 9 => DenomTwice { denom: Denom }:
            "denomination {denom} is described twice; keep one description",
        /// A hold in genesis that names neither module nor purpose.
        "bank" 10 => BadHold { address: String }:
            "a hold on coins of {address} lacks its module or its purpose; name both, without zero bytes",
    }
}
