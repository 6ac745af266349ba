//! What was set up in a folder, as far as starting and showing it needs: no secrets.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Coins, Denom, sha256};

use crate::{Application, Denomination, Error, Layer, Layers, Layout, Manifest, Readers, Snapshots, file};

/// The network that lies ready in a folder. Written last, so that it stands for a complete set of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Where it was set up; its files name this path.
    pub root: PathBuf,
    /// SHA-256 of the manifest's text, which may hold mnemonics.
    pub manifest: String,
    /// The chain.
    pub chain_id: String,
    /// What its addresses begin with.
    pub prefix: String,
    /// How many hosts there are.
    pub hosts: usize,
    /// What executes the blocks.
    pub application: Application,
    /// The second chain, where the network has one.
    pub database: Option<DatabaseRecord>,
    /// What is added to every port.
    pub port_offset: u16,
    /// Kinds of coins; the first one pays fees.
    pub denominations: Vec<Denomination>,
    /// The accounts with a name.
    pub accounts: Vec<Funded>,
    /// How many accounts for load tests there are beside them.
    pub load_accounts: usize,
}

/// What starting and showing the database needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseRecord {
    /// Its chain.
    pub chain_id: String,
    /// How many of the last versions of its state can be asked for with a proof.
    pub keep_versions: u64,
    /// Every how many blocks its headers are posted to the ledger; 0 is never.
    #[serde(default)]
    pub anchor_every: u64,
    /// Whom its nodes answer over HTTP.
    #[serde(default)]
    pub read: Readers,
    /// The snapshots that its nodes take.
    #[serde(default)]
    pub snapshots: Snapshots,
}

/// An account that exists from the first block on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funded {
    /// What its key is called in the keystore.
    pub name: String,
    /// Its address as people write it.
    pub address: String,
    /// What it owns at the first block.
    pub balances: Coins,
}

impl Record {
    /// The record of a folder; `None` when no complete network lies there.
    ///
    /// # Errors
    /// It cannot be read, or the folder was moved since.
    pub fn read(layout: &Layout) -> Result<Option<Self>, Error> {
        let path = layout.record();
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::io("read", &path))?,
        };
        let record: Self = serde_json::from_str(&text).map_err(|error| Error::Manifest {
            name: path.display().to_string(),
            reason: error.to_string(),
        })?;
        match record.root == layout.root() {
            true => Ok(Some(record)),
            false => Err(Error::Moved { now: layout.root().to_owned(), then: record.root }),
        }
    }

    pub(crate) fn write(&self, layout: &Layout) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).expect("text, numbers and lists are JSON");
        file::write(&layout.record(), text.as_bytes(), 0o644)
    }

    /// Whether the network was made from this manifest.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        self.manifest == digest(manifest)
    }

    /// Coins as people read them: `1000000 XPX` rather than `1000000000000uxpx`.
    pub fn show(&self, coins: &Coins) -> String {
        let texts: Vec<String> = coins
            .iter()
            .map(|coin| match self.denominations.iter().find(|kind| kind.base == coin.denom) {
                Some(kind) => format!("{} {}", decimal(coin.amount.units(), kind.exponent), kind.symbol),
                None => coin.to_string(),
            })
            .collect();
        match texts.is_empty() {
            true => "nothing".to_owned(),
            false => texts.join(", "),
        }
    }

    /// The layers that were set up.
    pub fn layers(&self) -> Layers {
        Layers::of(self.database.is_some())
    }

    /// The name of a layer's chain; `None` where the network has no such layer.
    pub fn chain_id(&self, layer: Layer) -> Option<&str> {
        match layer {
            Layer::Ledger => Some(&self.chain_id),
            Layer::Database => self.database.as_ref().map(|database| database.chain_id.as_str()),
        }
    }

    /// What fees are paid in.
    pub fn fee_denom(&self) -> Option<&Denom> {
        self.denominations.first().map(|kind| &kind.base)
    }
}

/// Names a manifest's text without repeating it.
pub(crate) fn digest(manifest: &Manifest) -> String {
    sha256(manifest.text().as_bytes()).to_string()
}

/// `units / 10^exponent` without rounding and without needless zeros.
fn decimal(units: u128, exponent: u32) -> String {
    let places = exponent as usize;
    let digits = format!("{units:0>width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_amounts_with_their_point() {
        let check = |units, exponent, expected: &str| assert_eq!(decimal(units, exponent), expected);
        check(1_500_000, 6, "1.5");
        check(1_000_000_000_000, 6, "1000000");
        check(1, 6, "0.000001");
        check(0, 6, "0");
        check(7, 0, "7");
        check(u128::MAX, 38, "3.40282366920938463463374607431768211455");
    }
}
