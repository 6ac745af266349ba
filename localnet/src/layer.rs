//! The layers of a network: chains of their own, which the hosts run side by side.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A layer: one chain, with one application beside each of its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The ledger.
    Ledger,
    /// The database, whose hosts have a document server too.
    Database,
}

impl Layer {
    /// Every layer, in the order in which people are shown them.
    pub const ALL: [Self; 2] = [Self::Ledger, Self::Database];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Database => "database",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Some layers, at least one. Text is a comma list, such as `ledger,database`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers(BTreeSet<Layer>);

impl Layers {
    /// Only this one.
    pub fn only(layer: Layer) -> Self {
        Self(BTreeSet::from([layer]))
    }

    /// The ledger, and the database where there is one.
    pub(crate) fn of(database: bool) -> Self {
        Self(Layer::ALL.into_iter().filter(|layer| *layer == Layer::Ledger || database).collect())
    }

    /// Whether `layer` is one of them.
    pub fn has(&self, layer: Layer) -> bool {
        self.0.contains(&layer)
    }

    /// Each of them, in the order of [`Layer::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Layer> + '_ {
        self.0.iter().copied()
    }

    /// What of `present` is wanted: all of it when nothing is said.
    pub(crate) fn choose(wanted: Option<&Self>, present: &Self) -> Result<Self, Error> {
        let wanted = wanted.unwrap_or(present);
        match wanted.iter().find(|layer| !present.has(*layer)) {
            None => Ok(wanted.clone()),
            Some(layer) => Err(Error::field(
                "LAYERS",
                wanted,
                format!("the network has no {layer}: its manifest needs a table [{layer}]"),
            )),
        }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Layer::name).collect();
        formatter.pad(&names.join(","))
    }
}

impl FromStr for Layers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let layer = |name: &str| Layer::ALL.into_iter().find(|layer| layer.name() == name.trim());
        let found: Option<BTreeSet<Layer>> = text.split(',').map(layer).collect();
        found.map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            Error::field(
                "LAYERS",
                format!("{shown:?}"),
                "use `ledger`, `database`, or both with a comma between",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn text_and_value_agree() {
        let check =
            |text: &str, expected: &str| assert_eq!(text.parse::<Layers>().unwrap().to_string(), expected);
        check("ledger", "ledger");
        check("database", "database");
        check("database, ledger", "ledger,database");
        check("ledger,ledger", "ledger");
        for text in ["", ",", "Ledger", "ledger,", "ledger;database", "storage"] {
            let error = text.parse::<Layers>().unwrap_err().to_string();
            assert!(error.starts_with("LAYERS is "), "{error}");
        }
    }

    #[test]
    fn only_what_is_there_can_be_chosen() {
        let (both, ledger) = (Layers::of(true), Layers::of(false));
        assert_eq!(Layers::choose(None, &both).unwrap(), both);
        assert_eq!(Layers::choose(Some(&ledger), &both).unwrap(), ledger);
        let error = Layers::choose(Some(&both), &ledger).unwrap_err().to_string();
        assert!(error.contains("the network has no database"), "{error}");
    }
}
