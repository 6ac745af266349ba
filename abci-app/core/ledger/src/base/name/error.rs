//! Why something about a name is refused.

use sirius_runtime::refusals;

use super::NameError;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}; give an address of this chain: invalid address",
        /// No name.
        "name" 1 => BadName { name: String, cause: NameError }:
            "{name:?} is no name: {cause}; write one such as company or company.shop",
        /// Somebody has it.
        "name" 2 => Taken { name: String, owner: String }:
            "{name} is leased by {owner}; choose another name, or wait until its lease and its grace are over",
        /// Kept for the chain's authority.
        "name" 3 => Reserved { name: String }:
            "{name} is reserved; choose another name, or ask the chain's authority for it",
        /// Nobody has it.
        "name" 4 => NoName { name: String }:
            "there is no name {name}; register it first",
        /// Somebody else has it.
        "name" 5 => NotOwner { name: String, owner: String }:
            "{name} is leased by {owner}, who alone can change it",
        /// Its time is over.
        "name" 6 => Lapsed { name: String }:
            "the lease of {name} is over; renew it first, while its grace lasts",
        /// Too short or too long.
        "name" 7 => BadTerm { found: u64, least: u64 }:
            "a name is leased or renewed for at least {least} seconds, asked for were {found}",
        /// Too far ahead.
        "name" 8 => TooFarAhead { most: u64 }:
            "the lease would end more than {most} seconds from now; ask for less",
        /// Below a leased name.
        "name" 9 => NotLeased { name: String, root: String }:
            "{name} is below {root} and lives as long; do this with {root}",
        /// A time for what has none of its own.
        "name" 10 => TermBelow { root: String }:
            "a name below {root} lives as long as that; leave seconds at 0",
        /// More below a name than may be.
        "name" 11 => TooManyBelow { root: String, most: u64 }:
            "{root} has {most} names below it already, which is the most; release one first",
        /// Something stands below it.
        "name" 12 => HasBelow { name: String, below: u64 }:
            "{below} names are below {name}; release those first",
        /// What was below it is being cleared away.
        "name" 13 => Clearing { name: String }:
            "{name} is free, and what was below it is still being cleared away; try again in a few blocks",
        /// Nothing to clear.
        "name" 14 => NoTarget { name: String }:
            "{name} stands for nobody already",
        /// To oneself.
        "name" 15 => SameOwner { name: String }:
            "{name} is leased by this account already; give another address",
        /// A name that exists.
        "name" 16 => Exists { name: String }:
            "{name} exists already; set its target instead",
        /// Nothing or too much at once.
        "name" 17 => BadList { found: usize, most: usize }:
            "reserve and free have {found} names together, 1 to {most} are changed at once",
        /// A genesis that contradicts itself.
        "name" 18 => BadGenesis { cause: String }:
            "the names of genesis contradict themselves: {cause}",
    }
}
