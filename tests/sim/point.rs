//! Everything that can go wrong, by name. A point that no seed ever meets fails the lane: it proves nothing.

/// Where something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// The proposer is away, and the round passes.
    ProposerAway,
    /// A proposal is accepted by all and not decided, and another one is.
    RoundLost,
    /// A proposal that no honest node makes is refused by all.
    ProposalRefused,
    /// One is decided all the same.
    ProposalForced,
    /// A host ends after it judged the proposal.
    AfterProposal,
    /// A host ends when CometBFT has saved the block.
    BlockSaved,
    /// A host ends when the block is executed, and nothing of it is written.
    Executed,
    /// The power is cut before the commit writes.
    CommitLost,
    /// The power is cut while the commit writes.
    CommitTorn,
    /// The power is cut when the commit is on disk, and CometBFT does not hear of it.
    CommitUnheard,
    /// A host ends after the commit, before CometBFT has saved its state.
    Committed,
    /// CometBFT alone ends at one of these points, and meets the same application again.
    CometbftAlone,
    /// InitChain comes a second time, since the first block was never committed.
    GenesisAgain,
    /// A host is away for some blocks and executes them afterwards.
    CaughtUp,
    /// A host loses everything and begins from a snapshot.
    StateSync,
    /// A snapshot is offered that is another one than it says, or of another state.
    SnapshotLie,
    /// A peer sends a wrong chunk.
    ChunkLie,
    /// A host ends in the middle of a restoration.
    RestoreCut,
    /// The power is cut while a chunk is written.
    RestoreTorn,
    /// CometBFT reports that a validator voted twice.
    Misbehaviour,
}

impl Point {
    /// All of them.
    pub(crate) const ALL: [Self; 20] = [
        Self::ProposerAway,
        Self::RoundLost,
        Self::ProposalRefused,
        Self::ProposalForced,
        Self::AfterProposal,
        Self::BlockSaved,
        Self::Executed,
        Self::CommitLost,
        Self::CommitTorn,
        Self::CommitUnheard,
        Self::Committed,
        Self::CometbftAlone,
        Self::GenesisAgain,
        Self::CaughtUp,
        Self::StateSync,
        Self::SnapshotLie,
        Self::ChunkLie,
        Self::RestoreCut,
        Self::RestoreTorn,
        Self::Misbehaviour,
    ];

    /// Those at which a host can end while it takes in a block.
    pub(crate) const IN_A_BLOCK: [Self; 7] = [
        Self::AfterProposal,
        Self::BlockSaved,
        Self::Executed,
        Self::CommitLost,
        Self::CommitTorn,
        Self::CommitUnheard,
        Self::Committed,
    ];
}
