//! What a transaction is made of.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    condition::{Condition, Fulfillment},
    json::Object,
    key::PublicKey,
};

use super::{AssetId, OutputRef};

/// Whose rules a transaction follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2.0`: BigchainDB's.
    V2,
    /// `ml-1`: this project's own operations.
    Ml1,
}

impl Version {
    /// As the wire has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "2.0",
            Self::Ml1 => "ml-1",
        }
    }
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Operation {
    /// Makes an asset.
    Create,
    /// Moves shares of an asset.
    Transfer,
    /// Adds a document to a chain of records, or begins one; nothing is owned or spent.
    Record,
    /// Proposes a change of one validator's power.
    ValidatorElection,
    /// Proposes that the chain moves to another.
    ChainMigrationElection,
    /// Gives a validator's shares of an election to the election.
    Vote,
    /// Gives somebody a role.
    Grant,
    /// Takes somebody's role.
    Revoke,
    /// Proposes other settings of the chain.
    ParamElection,
    /// Proposes to give or take a role.
    PolicyElection,
    /// Proposes that the chain goes on with another program.
    UpgradeElection,
    /// Has bodies beside the chain removed on every node; a record of their asset.
    Erase,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Create,
        Self::Transfer,
        Self::Record,
        Self::ValidatorElection,
        Self::ChainMigrationElection,
        Self::Vote,
        Self::Grant,
        Self::Revoke,
        Self::ParamElection,
        Self::PolicyElection,
        Self::UpgradeElection,
        Self::Erase,
    ];

    /// As the wire has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Transfer => "TRANSFER",
            Self::Record => "RECORD",
            Self::ValidatorElection => "VALIDATOR_ELECTION",
            Self::ChainMigrationElection => "CHAIN_MIGRATION_ELECTION",
            Self::Vote => "VOTE",
            Self::Grant => "GRANT",
            Self::Revoke => "REVOKE",
            Self::ParamElection => "PARAM_ELECTION",
            Self::PolicyElection => "POLICY_ELECTION",
            Self::UpgradeElection => "UPGRADE_ELECTION",
            Self::Erase => "ERASE",
        }
    }

    /// In which version it exists.
    pub fn version(self) -> Version {
        let own = matches!(self, Self::Record | Self::Erase) || self.names_chain();
        if own { Version::Ml1 } else { Version::V2 }
    }

    /// Whether its inputs spend outputs.
    pub fn spends(self) -> bool {
        matches!(self, Self::Transfer | Self::Vote)
    }

    /// Whether it proposes something to the validators.
    pub fn is_election(self) -> bool {
        matches!(
            self,
            Self::ValidatorElection
                | Self::ChainMigrationElection
                | Self::ParamElection
                | Self::PolicyElection
                | Self::UpgradeElection
        )
    }

    /// Whether it gives or takes a role by itself.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Grant | Self::Revoke)
    }

    /// Whether it says in `asset.data.chain` for which chain it is signed, so that it counts on no other.
    pub fn names_chain(self) -> bool {
        self.is_change() || matches!(self, Self::ParamElection | Self::PolicyElection | Self::UpgradeElection)
    }
}

/// Who signs, and what is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Who is said to sign; compared with the fulfilment, or with the output that is spent.
    pub owners_before: Vec<PublicKey>,
    /// The output that is spent; none where something begins.
    pub fulfills: Option<OutputRef>,
    /// The signatures.
    pub fulfillment: Fulfillment,
}

/// Who may spend what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Shares of the asset, from 1 to [`super::MAX_AMOUNT`].
    pub amount: u64,
    /// Who must sign to spend them.
    pub condition: Condition,
    /// The keys in the condition, in the order in which they are listed.
    pub public_keys: Vec<PublicKey>,
}

/// What a transaction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asset {
    /// A new asset, with its document.
    Data(Option<Object>),
    /// One that exists.
    Id(AssetId),
}
