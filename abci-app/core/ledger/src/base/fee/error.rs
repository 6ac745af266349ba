//! Why a fee, or a grant, is refused.

use sirius_primitives::{Amount, Coin, Coins, Denom};
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// Less than the gas costs.
        "sdk" 13 => TooLittle { got: Coins, required: Coin }:
            "insufficient fees; got: {got} required: {required}: insufficient fee",
        /// Paid in something that is no fee.
        "fee" 1 => WrongDenom { found: Denom, expected: Denom }:
            "the fee holds {found}, but fees are paid in {expected} alone; leave the rest out",
        /// Nobody allowed this.
        "fee" 2 => NoGrant { granter: String, payer: String }:
            "{granter} has not granted {payer} an allowance; leave the granter out or ask for a grant",
        /// The grant's time is over.
        "fee" 3 => GrantExpired { granter: String }:
            "the allowance of {granter} has expired; ask for a new one",
        /// The grant is smaller than the fee.
        "fee" 4 => GrantTooSmall { left: Amount, needed: Amount, denom: Denom }:
            "the allowance has {left}{denom} left, the fee is {needed}{denom}; pay it yourself or ask for more",
        /// The grant exists.
        "fee" 5 => GrantExists { granter: String, grantee: String }:
            "{granter} already grants {grantee} an allowance; revoke it first",
        /// To oneself.
        "fee" 6 => GrantToOneself:
            "granter and grantee are the same account; nobody needs an allowance from himself",
        /// Not a kind of allowance this chain knows.
        "fee" 7 => BadAllowance { cause: String }:
            "the allowance is not valid: {cause}; send a /cosmos.feegrant.v1beta1.BasicAllowance",
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// A base fee in genesis outside its parameters.
        "fee" 8 => BadBaseFee { found: u64, least: u64, most: u64 }:
            "base_fee {found} is outside {least} to {most}",
    }
}
