//! Which sequences of calls CometBFT v0.38 may make, as an automaton fed by the call log.
//!
//! Source: `spec/abci/abci++_comet_expected_behavior.md` of CometBFT v0.38 and, where that text and the program
//! differ, the program (`node/node.go`, `consensus/replay.go`):
//!
//! ```text
//! start       = ( clean / recovery / state-sync ) *height
//! clean       = [info] init-chain [state-sync]
//! recovery    = info [init-chain]                       init-chain only if info answered height 0
//! state-sync  = *( offer *apply ) offer 1*apply info    without a handshake before it, unlike the text
//! height      = *( prepare / process / extend / verify ) finalize commit
//! ```
//!
//! The text's rounds, each part of which is optional and which may follow each other without end, are together every
//! sequence of the four calls of a round: that is all `height` says. `Info` may also come at any time, from an RPC
//! client; the calls not named here may come at any time too.
//!
//! Beyond the text, heights are checked: every call of a height carries it, and each height follows the one before
//! (or what `Info` answered, or what `InitChain` began). One run of CometBFT ends with its consensus connection; the
//! next starts over. Where lines are missing (rotated away, or lost on a full disk) the automaton takes up the thread
//! at the next call.

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::call_log::{Entry, Event};
use crate::method::Method;

/// A call that CometBFT does not make at this point.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("call {seq} on connection {connection}: {method}{at} is against the grammar, expected {expected}",
    at = height.map(|height| format!(" at height {height}")).unwrap_or_default())]
pub struct Violation {
    /// Number of the line, [`Entry::seq`].
    pub seq: u64,
    /// Connection that made the call.
    pub connection: u64,
    /// The call.
    pub method: Method,
    /// Its height.
    pub height: Option<i64>,
    /// What would have been legal.
    pub expected: String,
}

/// What a legal log has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Starts of the application's process.
    pub processes: u64,
    /// Calls that the grammar speaks of.
    pub calls: u64,
    /// Blocks committed, counting a replayed one again.
    pub blocks: u64,
}

/// Follows a log line by line.
#[derive(Debug)]
pub struct Checker {
    state: State,
    /// The connections that CometBFT uses for consensus and for snapshots in this run.
    consensus: Option<u64>,
    snapshots: Option<u64>,
    /// Connection and height of the last `Info`.
    info: Option<(u64, Option<i64>)>,
    next_seq: Option<u64>,
    seen: Seen,
}

/// Where a run is. A height of `None` is not known and agrees with any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Lines are missing: any call may come.
    Unknown,
    /// Nothing was called.
    Fresh,
    /// `Info` answered this height.
    Informed(Option<i64>),
    /// `InitChain` began at this height.
    Initialised(Option<i64>),
    /// A snapshot was offered.
    Offered,
    /// At least one chunk of it was applied.
    Applying,
    /// `Info` answered this height after the last chunk.
    Restored(Option<i64>),
    /// Between blocks, or in the rounds of this height.
    Deciding(Option<i64>),
    /// The block of this height is executed and not yet committed.
    Executed(Option<i64>),
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// A checker for a log whose beginning may be gone; [`Event::Started`] makes it strict.
    pub fn new() -> Self {
        let seen = Seen::default();
        Self { state: State::Unknown, consensus: None, snapshots: None, info: None, next_seq: None, seen }
    }

    /// What has been followed so far.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Follows one line.
    ///
    /// # Errors
    /// A call that is not legal here. The checker takes up the thread at the next call, so that one violation is
    /// reported once.
    pub fn feed(&mut self, entry: &Entry) -> Result<(), Violation> {
        if entry.event == Event::Started {
            let seen = Seen { processes: self.seen.processes + 1, ..self.seen };
            *self = Self { state: State::Fresh, seen, ..Self::new() };
        } else if self.next_seq.is_some_and(|next| next != entry.seq) {
            *self = Self { seen: self.seen, ..Self::new() };
        }
        self.next_seq = Some(entry.seq + 1);
        match entry.event {
            Event::Started | Event::Opened => Ok(()),
            Event::Closed => {
                self.close(entry.connection);
                Ok(())
            }
            Event::Call(method) => self.call(entry, method),
        }
    }

    /// A run ends with its consensus connection, or with its snapshot connection if it had come no further.
    fn close(&mut self, connection: u64) {
        if self.consensus.or(self.snapshots) == Some(connection) {
            self.begin_run(connection);
        }
    }

    /// Starts over behind a run that used `previous`. Connections are counted in the order in which they were opened,
    /// so an `Info` on a later one belongs to the new run, even where it was answered while the old run's last call
    /// was still being executed.
    fn begin_run(&mut self, previous: u64) {
        self.state = match self.info.take() {
            Some((connection, height)) if connection > previous => State::Informed(height),
            _ => State::Fresh,
        };
        self.consensus = None;
        self.snapshots = None;
    }

    fn call(&mut self, entry: &Entry, method: Method) -> Result<(), Violation> {
        let connection = entry.connection;
        match method {
            Method::Info => {
                self.info = Some((connection, entry.height));
                self.state = self.state.informed(entry.height);
                return Ok(());
            }
            Method::OfferSnapshot | Method::ApplySnapshotChunk => {
                if let Some(previous) = self.snapshots.filter(|&previous| previous != connection) {
                    self.begin_run(previous);
                }
                self.snapshots = Some(connection);
            }
            Method::InitChain
            | Method::PrepareProposal
            | Method::ProcessProposal
            | Method::ExtendVote
            | Method::VerifyVoteExtension
            | Method::FinalizeBlock
            | Method::Commit => {
                if let Some(previous) = self.consensus.filter(|&previous| previous != connection) {
                    self.begin_run(previous);
                }
                self.consensus = Some(connection);
            }
            _ => return Ok(()),
        }
        self.seen.calls += 1;
        let state = self.state;
        self.state = State::Unknown;
        self.state = state.after(method, entry.height).ok_or_else(|| Violation {
            seq: entry.seq,
            connection,
            method,
            height: entry.height,
            expected: state.expected(),
        })?;
        self.seen.blocks += u64::from(method == Method::Commit);
        Ok(())
    }
}

impl State {
    fn informed(self, height: Option<i64>) -> Self {
        match self {
            Self::Fresh | Self::Informed(_) => Self::Informed(height),
            Self::Applying | Self::Restored(_) => Self::Restored(height),
            other => other,
        }
    }

    /// The state after a call of the grammar, `None` where the call is illegal.
    fn after(self, method: Method, height: Option<i64>) -> Option<Self> {
        match method {
            Method::InitChain => self.may_initialise().then_some(Self::Initialised(height)),
            Method::OfferSnapshot => {
                (!matches!(self, Self::Deciding(_) | Self::Executed(_))).then_some(Self::Offered)
            }
            Method::ApplySnapshotChunk => {
                let offered =
                    matches!(self, Self::Unknown | Self::Offered | Self::Applying | Self::Restored(_));
                offered.then_some(Self::Applying)
            }
            Method::Commit => match self {
                Self::Executed(executed) if agree(executed, height) => {
                    Some(Self::Deciding(following(executed.or(height))))
                }
                Self::Unknown => Some(Self::Deciding(following(height))),
                _ => None,
            },
            _ => {
                let deciding = self.deciding()?;
                if !agree(deciding, height) {
                    return None;
                }
                let height = height.or(deciding);
                Some(if method == Method::FinalizeBlock {
                    Self::Executed(height)
                } else {
                    Self::Deciding(height)
                })
            }
        }
    }

    fn may_initialise(self) -> bool {
        matches!(self, Self::Unknown | Self::Fresh | Self::Informed(None | Some(0)))
    }

    /// The height that a call of a round would be about, `None` where no round may be.
    fn deciding(self) -> Option<Option<i64>> {
        match self {
            Self::Unknown => Some(None),
            Self::Informed(Some(0)) | Self::Fresh | Self::Offered | Self::Applying | Self::Executed(_) => {
                None
            }
            Self::Informed(height) | Self::Restored(height) => Some(following(height)),
            Self::Initialised(height) | Self::Deciding(height) => Some(height),
        }
    }

    fn expected(self) -> String {
        let at =
            |height: Option<i64>| height.map(|height| format!(" at height {height}")).unwrap_or_default();
        match self {
            Self::Unknown => "any call".to_owned(),
            Self::Fresh => "info, init_chain or offer_snapshot".to_owned(),
            Self::Informed(Some(0)) => "init_chain or offer_snapshot".to_owned(),
            Self::Informed(height) => format!("a round or finalize_block{}", at(following(height))),
            Self::Initialised(height) => format!("offer_snapshot, a round or finalize_block{}", at(height)),
            Self::Offered => "apply_snapshot_chunk or another offer_snapshot".to_owned(),
            Self::Applying => "apply_snapshot_chunk, offer_snapshot or info".to_owned(),
            Self::Restored(height) => format!("a round or finalize_block{}", at(following(height))),
            Self::Deciding(height) => format!("a round or finalize_block{}", at(height)),
            Self::Executed(height) => format!("commit{}", at(height)),
        }
    }
}

/// Whether two heights may be the same.
fn agree(one: Option<i64>, other: Option<i64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn following(height: Option<i64>) -> Option<i64> {
    height.and_then(|height| height.checked_add(1))
}

/// Checks a whole log, oldest line first.
///
/// # Errors
/// The first call that is not legal.
pub fn check<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Seen, Violation> {
    let mut checker = Checker::new();
    for entry in entries {
        checker.feed(entry)?;
    }
    Ok(checker.seen())
}
