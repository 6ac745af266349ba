//! Why a proposal, a deposit or a vote is refused.

use sirius_primitives::{Amount, Denom};
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// Coins that are no set.
        "sdk" 10 => BadCoins { cause: String }:
            "the deposit is not valid: {cause}: invalid coins",
        /// No such proposal.
        "gov" 1 => NoProposal { id: u64 }:
            "there is no proposal {id}; `query gov proposals` lists them",
        /// A text that is missing or too long.
        "gov" 2 => BadText { what: &'static str, found: usize, least: usize, most: usize }:
            "the proposal's {what} has {found} bytes, it needs {least} to {most}",
        /// Too many messages.
        "gov" 3 => TooManyMessages { found: usize, most: u64 }:
            "the proposal has {found} messages, at most {most} are allowed; split it",
        /// A message that the chain cannot execute for itself.
        "gov" 4 => BadMessage { index: usize, cause: String }:
            "message {index} of the proposal cannot be executed: {cause}",
        /// What this chain does not have.
        "gov" 5 => Expedited:
            "this chain has no expedited proposals; leave expedited out",
        /// Coins of another kind.
        "gov" 6 => WrongDenom { found: Denom, expected: Denom }:
            "deposits are made in {expected}, not in {found}; leave the rest out",
        /// Too small a deposit.
        "gov" 7 => TooLittle { found: Amount, least: Amount, denom: Denom }:
            "a deposit of {found}{denom} is too small, it must be {least}{denom} at least",
        /// Too many who back a proposal.
        "gov" 8 => TooManyDepositors { most: u64 }:
            "the proposal has {most} depositors already; ask one of them to deposit more",
        /// Its time is over.
        "gov" 9 => Closed { id: u64 }:
            "proposal {id} takes nothing any more: its time is over",
        /// Not now.
        "gov" 10 => NotVoting { id: u64 }:
            "proposal {id} is not voted on now",
        /// Options that are no vote.
        "gov" 11 => BadBallot { cause: String }:
            "the vote is not valid: {cause}",
        /// Somebody else's proposal.
        "gov" 12 => NotProposer { id: u64, proposer: String }:
            "proposal {id} is {proposer}'s, nobody else can take it back",
        /// A content that this chain does not know.
        "gov" 13 => BadContent { cause: String }:
            "the proposal's content is not valid: {cause}; send a /cosmos.gov.v1beta1.TextProposal, or cosmos.gov.v1 with messages",
        /// A genesis section that contradicts itself or the bank.
        "gov" 14 => BadGenesis { cause: String }:
            "{cause}",
    }
}
