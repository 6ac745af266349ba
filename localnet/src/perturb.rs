//! What can be done to a running host to see whether the network bears it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// How long a pause or a cut lasts when nothing else is said.
const DEFAULT_SECONDS: u64 = 10;
/// The longest pause or cut.
const MAX_SECONDS: u64 = 3_600;

/// A disturbance of one host. Text is `kill`, `pause=5`, `disconnect` (10 s) and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Perturbation {
    /// All processes end at once, as by a power cut, and are started again.
    Kill,
    /// Only the ledger's application ends at once; its CometBFT is then ended too, and both are started again.
    KillApp,
    /// Only the ledger's CometBFT ends at once; its application is then stopped, and both are started again.
    KillCometbft,
    /// As [`Perturbation::KillApp`], of the database.
    KillDatabaseApp,
    /// As [`Perturbation::KillCometbft`], of the database.
    KillDatabaseCometbft,
    /// Only the document server ends at once, and is started again; nothing else is told.
    KillDocuments,
    /// All processes are stopped as by an operator, and started again.
    Restart,
    /// All processes stand still for so long.
    Pause(Duration),
    /// The links to all other hosts are cut, on every layer, for so long.
    Disconnect(Duration),
}

/// A text that names no perturbation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "perturbation {0:?} is unknown: use kill, kill-app, kill-cometbft, kill-database-app, kill-database-cometbft, kill-documents, restart, pause[=seconds] or disconnect[=seconds], with 1 to 3600 seconds"
)]
pub struct PerturbationError(String);

impl FromStr for Perturbation {
    type Err = PerturbationError;

    fn from_str(text: &str) -> Result<Self, PerturbationError> {
        let unknown = || PerturbationError(text.chars().take(60).collect());
        let (kind, seconds) = match text.split_once('=') {
            Some((kind, seconds)) => (kind, Some(seconds.parse().map_err(|_| unknown())?)),
            None => (text, None),
        };
        let duration = match seconds.unwrap_or(DEFAULT_SECONDS) {
            seconds @ 1..=MAX_SECONDS => Duration::from_secs(seconds),
            _ => return Err(unknown()),
        };
        match (kind, seconds) {
            ("kill", None) => Ok(Self::Kill),
            ("kill-app", None) => Ok(Self::KillApp),
            ("kill-cometbft", None) => Ok(Self::KillCometbft),
            ("kill-database-app", None) => Ok(Self::KillDatabaseApp),
            ("kill-database-cometbft", None) => Ok(Self::KillDatabaseCometbft),
            ("kill-documents", None) => Ok(Self::KillDocuments),
            ("restart", None) => Ok(Self::Restart),
            ("pause", _) => Ok(Self::Pause(duration)),
            ("disconnect", _) => Ok(Self::Disconnect(duration)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => formatter.write_str("kill"),
            Self::KillApp => formatter.write_str("kill-app"),
            Self::KillDatabaseApp => formatter.write_str("kill-database-app"),
            Self::KillCometbft => formatter.write_str("kill-cometbft"),
            Self::KillDatabaseCometbft => formatter.write_str("kill-database-cometbft"),
            Self::KillDocuments => formatter.write_str("kill-documents"),
            Self::Restart => formatter.write_str("restart"),
            Self::Pause(duration) => write!(formatter, "pause={}", duration.as_secs()),
            Self::Disconnect(duration) => write!(formatter, "disconnect={}", duration.as_secs()),
        }
    }
}

impl Serialize for Perturbation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Perturbation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        let seconds = Duration::from_secs;
        let check = |text: &str, expected| assert_eq!(text.parse(), Ok(expected), "{text}");
        check("kill", Perturbation::Kill);
        check("kill-app", Perturbation::KillApp);
        check("kill-cometbft", Perturbation::KillCometbft);
        check("kill-database-app", Perturbation::KillDatabaseApp);
        check("kill-database-cometbft", Perturbation::KillDatabaseCometbft);
        check("kill-documents", Perturbation::KillDocuments);
        check("restart", Perturbation::Restart);
        check("pause", Perturbation::Pause(seconds(10)));
        check("pause=5", Perturbation::Pause(seconds(5)));
        check("disconnect", Perturbation::Disconnect(seconds(10)));
        check("disconnect=3600", Perturbation::Disconnect(seconds(3600)));
        let kills = ["kill", "kill-app", "kill-cometbft", "kill-database-app", "kill-database-cometbft"];
        for text in kills.into_iter().chain(["kill-documents", "restart", "pause=7", "disconnect=8"]) {
            assert_eq!(text.parse::<Perturbation>().map(|parsed| parsed.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "",
            "kil",
            "Kill",
            "kill=5",
            "restart=",
            "pause=",
            "pause=0",
            "pause=3601",
            "pause=-1",
            "pause=1.5",
        ] {
            assert!(text.parse::<Perturbation>().is_err(), "{text}");
        }
    }
}
