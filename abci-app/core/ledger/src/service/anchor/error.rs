//! Why a chain, a header or a proof is refused.

use sirius_primitives::{Amount, Denom, Height};
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// Coins that are none.
        "sdk" 10 => BadCoins { what: &'static str, cause: String }:
            "the {what} is not valid: {cause}: invalid coins",
        /// No light block.
        "anchor" 1 => BadBlock { cause: String }:
            "the light block cannot be: {cause}",
        /// No such chain.
        "anchor" 2 => NoChain { chain_id: String }:
            "no chain {chain_id} is registered; `query anchor chains` lists those that are",
        /// A name that is taken.
        "anchor" 3 => ChainExists { chain_id: String }:
            "chain {chain_id} is registered already; post its headers, or register under another chain id",
        /// Its anchor takes nothing any more.
        "anchor" 4 => NotActive { chain_id: String, status: &'static str }:
            "the anchor of chain {chain_id} is {status}",
        /// Coins of another kind.
        "anchor" 5 => WrongDenom { found: Denom, expected: Denom }:
            "bonds and deposits are made in {expected}, not in {found}",
        /// Too little at stake.
        "anchor" 6 => BondTooSmall { found: Amount, least: Amount, denom: Denom }:
            "a bond of {found}{denom} is too small, it must be {least}{denom} at least",
        /// A setting outside its range.
        "anchor" 7 => BadSetting { what: &'static str, found: u64, least: u64, most: u64 }:
            "{what} is {found}, it can be {least} to {most}",
        /// Too many validators.
        "anchor" 8 => TooManyValidators { found: usize, most: u64 }:
            "the light block has {found} validators, at most {most} are verified",
        /// A header that is known already, or older.
        "anchor" 9 => NotNewer { found: u64, latest: u64 }:
            "header {found} is not newer than the anchored header {latest}; post a later one",
        /// A header that comes too early.
        "anchor" 10 => TooSoon { found: u64, earliest: u64, from: Height }:
            "header {found} comes too soon: the next one is {earliest}, or any later one from block {from} of the ledger on, or one after which other validators sign, or one that comes a third of the trusting period later",
        /// Nothing left to pay with.
        "anchor" 11 => DepositExhausted { left: Amount, needed: Amount, denom: Denom }:
            "the chain's deposit has {left}{denom} left, this header costs {needed}{denom}; add to it by `tx anchor deposit`",
        /// Trust that has run out.
        "anchor" 12 => Expired { height: u64, seconds: u64 }:
            "header {height} is older than the trusting period of {seconds} seconds, nothing is verified from it any more; a vote can renew the trust (`tx anchor renew`)",
        /// A time that is not yet.
        "anchor" 13 => FromTheFuture { height: u64, seconds: u64 }:
            "the time of header {height} is more than {seconds} seconds ahead of the ledger's; wait, and check the chain's clocks",
        /// Validators that nobody announced.
        "anchor" 14 => OtherValidators { height: u64, before: u64 }:
            "the validators of header {height} are not those that header {before} announced",
        /// Too little of the trusted power.
        "anchor" 15 => NotEnoughTrust { height: u64, signed: u64, power: u64 }:
            "of the power {power} that is trusted only {signed} signed header {height}, more than a third must; post the headers between",
        /// Too little of its own power.
        "anchor" 16 => NotEnoughSigned { height: u64, signed: u64, power: u64 }:
            "of the power {power} of its own validators only {signed} signed header {height}, more than two thirds must",
        /// A header, its validators or its signatures that do not fit.
        "anchor" 17 => BadCommit { height: u64, cause: String }:
            "header {height} is not what its validators signed: {cause}",
        /// A way that is too long.
        "anchor" 18 => TooManySteps { found: usize, most: u64 }:
            "the message has {found} headers, it can have 1 to {most}; post those between by themselves",
        /// Somebody else's chain.
        "anchor" 19 => NotOwner { chain_id: String, owner: String }:
            "chain {chain_id} is {owner}'s, nobody else can do this",
        /// More than there is.
        "anchor" 20 => DepositTooSmall { left: Amount, asked: Amount, denom: Denom }:
            "the chain's deposit has {left}{denom}, {asked}{denom} cannot be taken out of it",
        /// Two headers that can both be.
        "anchor" 21 => NoConflict { cause: &'static str }:
            "the two headers do not contradict each other: {cause}",
        /// A header that is not kept.
        "anchor" 22 => NoHeader { chain_id: String, height: u64 }:
            "no header {height} of chain {chain_id} is kept; `query anchor headers` lists those that are",
        /// Not those that a header announced.
        "anchor" 23 => NotTrusted { height: u64 }:
            "the trusted validators are not those that header {height} announced; give these, or the newest header and none",
        /// A proof that does not convince.
        "anchor" 24 => BadProof { cause: String }:
            "the proof does not hold: {cause}",
        /// An older proof of what was proven already.
        "anchor" 25 => Outdated { found: u64, kept: u64 }:
            "this is proven against header {kept} already, header {found} is older",
        /// A genesis section that contradicts itself or the bank.
        "anchor" 26 => BadGenesis { cause: String }:
            "{cause}",
        /// A vote where validators can still sign.
        "anchor" 27 => StillTrusted { height: u64, seconds: u64 }:
            "header {height} is trusted for {seconds} seconds from its time on, which are not over; post a later header",
    }
}
