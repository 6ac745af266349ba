//! The collections of the database, which anyone may read with a MongoDB driver: their names are a public interface.

use std::fmt;

/// One of them. Each document has a string as its `_id`; `h` is the height of the block that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collection {
    /// Every transaction, by its id: its fields to query, its exact text in `raw`, its place in the ledger in `_l`.
    Transactions,
    /// What `CREATE` transactions describe, by the id of the asset.
    Assets,
    /// The metadata of transactions, by their id.
    Metadata,
    /// Outputs that can be spent, by `transaction:index`.
    Utxos,
    /// Who spent an output, by `transaction:index`.
    Spends,
    /// Blocks with transactions, by their height in 20 digits.
    Blocks,
    /// The validators from a height on, by that height in 20 digits.
    Validators,
    /// Elections as they stand, by their id.
    Elections,
    /// Roles that somebody has or had, by `role:holder:namespace`.
    Roles,
    /// Bodies that can be erased, by their commitment: not part of what the chain agrees on beyond that.
    Payloads,
    /// `state`: how far the ledger is. `chain`: what it began from. `restoring`: the documents are being put back.
    Meta,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 11] = [
        Self::Transactions,
        Self::Assets,
        Self::Metadata,
        Self::Utxos,
        Self::Spends,
        Self::Blocks,
        Self::Validators,
        Self::Elections,
        Self::Roles,
        Self::Payloads,
        Self::Meta,
    ];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Assets => "assets",
            Self::Metadata => "metadata",
            Self::Utxos => "utxos",
            Self::Spends => "spends",
            Self::Blocks => "blocks",
            Self::Validators => "validators",
            Self::Elections => "elections",
            Self::Roles => "roles",
            Self::Payloads => "payloads",
            Self::Meta => "meta",
        }
    }

    /// Fields that readers look documents up by, beside `_id`. A server that has no index on one still answers.
    pub const fn indexed(self) -> &'static [&'static str] {
        match self {
            Self::Transactions => {
                &["_l.h", "_l.asset", "outputs.public_keys", "inputs.fulfills.transaction_id", "operation"]
            }
            Self::Assets => &["h"],
            Self::Metadata => &["asset_id", "h"],
            Self::Utxos => &["public_keys", "asset_id", "h"],
            Self::Spends => &["by", "h"],
            Self::Blocks | Self::Validators => &["height"],
            Self::Elections => &["h"],
            Self::Roles => &["subject", "h"],
            Self::Payloads | Self::Meta => &[],
        }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
