//! A registered chain and its headers, as they are kept.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Amount, Hash, Height, Timestamp};

/// A chain whose headers are taken.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Chain {
    /// Who registered it.
    pub owner: Address,
    /// What is lost when two headers of one height are shown; zero once it is lost or paid back.
    pub bond: Amount,
    /// What is left to pay for headers.
    pub deposit: Amount,
    /// For how many seconds after its time a header is trusted.
    pub trusting_seconds: u64,
    /// How many blocks are between two headers at least, of the chain or of the ledger.
    pub every: u64,
    /// The ledger's block that registered it.
    pub registered: Height,
    /// The height of the header that it was registered with.
    pub first: u64,
    /// The newest header.
    pub latest: Header,
    /// How many headers are kept.
    pub kept: u64,
    /// How many were ever taken, the first among them.
    pub posted: u64,
    /// Whether headers are taken.
    pub status: Status,
}

/// Whether headers of a chain are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// They are.
    Active,
    /// Two of one height were shown; nothing is taken or proven any more.
    Frozen,
    /// The owner ended it; conflicts are still heard.
    Closing {
        /// The block time from which the bond comes back.
        ends: Timestamp,
    },
    /// It is over. The chain's name is not given to anybody else: what was proven of it stands under it.
    Closed,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Closing { .. } => "closing",
            Self::Closed => "closed",
        }
    }
}

/// A header that was verified.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// Its height.
    pub height: u64,
    /// Its time.
    pub time: Timestamp,
    /// Its hash.
    pub hash: Hash,
    /// The root of the chain's state after the block before; 32 bytes in a chain of ours.
    pub app_hash: Vec<u8>,
    /// The hash of the validators of the next block.
    pub next_validators: Hash,
    /// The ledger's block that took it.
    pub posted: Height,
    /// Who posted it.
    pub poster: Address,
}

/// The evidence that froze a chain's anchor.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Evidence {
    /// A `sirius.anchor.v1.LightBlock`.
    pub(super) first: Vec<u8>,
    /// Another of the same height.
    pub(super) second: Vec<u8>,
    /// Who showed them.
    pub(super) reporter: Address,
    /// The ledger's block in which they were shown.
    pub(super) reported: Height,
    /// What the reporter got of the bond.
    pub(super) reward: Amount,
    /// What of it was destroyed; the rest is the community's.
    pub(super) burned: Amount,
}
