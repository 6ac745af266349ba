//! The sixteen requests of ABCI 2.0, as names and indices.

use std::fmt;

use tendermint_proto::v0_38::abci::request::Value;

/// A request of ABCI 2.0 (CometBFT v0.38), in the order of the protocol's field numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the protocol's own")]
pub enum Method {
    Echo,
    Flush,
    Info,
    InitChain,
    Query,
    CheckTx,
    Commit,
    ListSnapshots,
    OfferSnapshot,
    LoadSnapshotChunk,
    ApplySnapshotChunk,
    PrepareProposal,
    ProcessProposal,
    ExtendVote,
    VerifyVoteExtension,
    FinalizeBlock,
}

impl Method {
    /// How many methods there are.
    pub const COUNT: usize = 16;

    /// Every method; the position of each is [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::Echo,
        Self::Flush,
        Self::Info,
        Self::InitChain,
        Self::Query,
        Self::CheckTx,
        Self::Commit,
        Self::ListSnapshots,
        Self::OfferSnapshot,
        Self::LoadSnapshotChunk,
        Self::ApplySnapshotChunk,
        Self::PrepareProposal,
        Self::ProcessProposal,
        Self::ExtendVote,
        Self::VerifyVoteExtension,
        Self::FinalizeBlock,
    ];

    /// Which method a request calls.
    pub(crate) fn of(request: &Value) -> Self {
        match request {
            Value::Echo(_) => Self::Echo,
            Value::Flush(_) => Self::Flush,
            Value::Info(_) => Self::Info,
            Value::InitChain(_) => Self::InitChain,
            Value::Query(_) => Self::Query,
            Value::CheckTx(_) => Self::CheckTx,
            Value::Commit(_) => Self::Commit,
            Value::ListSnapshots(_) => Self::ListSnapshots,
            Value::OfferSnapshot(_) => Self::OfferSnapshot,
            Value::LoadSnapshotChunk(_) => Self::LoadSnapshotChunk,
            Value::ApplySnapshotChunk(_) => Self::ApplySnapshotChunk,
            Value::PrepareProposal(_) => Self::PrepareProposal,
            Value::ProcessProposal(_) => Self::ProcessProposal,
            Value::ExtendVote(_) => Self::ExtendVote,
            Value::VerifyVoteExtension(_) => Self::VerifyVoteExtension,
            Value::FinalizeBlock(_) => Self::FinalizeBlock,
        }
    }

    /// Position in [`Self::ALL`], for tables with one row a method.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The protocol's name in lower case with underscores, as metrics and the call log write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Flush => "flush",
            Self::Info => "info",
            Self::InitChain => "init_chain",
            Self::Query => "query",
            Self::CheckTx => "check_tx",
            Self::Commit => "commit",
            Self::ListSnapshots => "list_snapshots",
            Self::OfferSnapshot => "offer_snapshot",
            Self::LoadSnapshotChunk => "load_snapshot_chunk",
            Self::ApplySnapshotChunk => "apply_snapshot_chunk",
            Self::PrepareProposal => "prepare_proposal",
            Self::ProcessProposal => "process_proposal",
            Self::ExtendVote => "extend_vote",
            Self::VerifyVoteExtension => "verify_vote_extension",
            Self::FinalizeBlock => "finalize_block",
        }
    }

    /// The method of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether answers that are ready may wait for this call, so that many go out with one write.
    pub(crate) const fn is_quick(self) -> bool {
        matches!(self, Self::Echo | Self::Flush | Self::CheckTx)
    }

    /// Whether each call is a line of the call log; the others come by the thousand and are only counted.
    pub const fn is_logged(self) -> bool {
        !matches!(self, Self::Echo | Self::Flush | Self::CheckTx | Self::Query)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_own_index_and_name() {
        for (position, method) in Method::ALL.into_iter().enumerate() {
            assert_eq!(method.index(), position);
            assert_eq!(Method::named(method.name()), Some(method));
        }
        assert_eq!(Method::named("begin_block"), None);
    }
}
