//! A host without processes: the application over a drive, and what CometBFT beside it does and remembers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

use abci_app::{Machine, Pace, config::Config};
use bytes::Bytes;
use sirius_host::Method;
use tempfile::TempDir;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestApplySnapshotChunk, RequestCheckTx, RequestFinalizeBlock, RequestInfo,
    RequestInitChain, RequestLoadSnapshotChunk, RequestOfferSnapshot, RequestPrepareProposal,
    RequestProcessProposal, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseFinalizeBlock, Snapshot,
    response_offer_snapshot, response_process_proposal::ProposalStatus,
};

use crate::{
    calls::Calls,
    drive::{Cut, Drive, POWER_CUT},
    point::Point,
};

/// Bytes of a snapshot's chunk, few enough that there are some.
const CHUNK: usize = 6_000;
/// Transactions that wait; more are turned away.
pub(crate) const WAITING: usize = 60;

/// The application has ended; CometBFT ends with it.
#[derive(Debug)]
pub(crate) struct Died;

/// Who ends at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crash {
    pub(crate) at: Point,
    /// CometBFT alone; the application stays as it is.
    pub(crate) cometbft_alone: bool,
    /// How far a torn write gets, in thousandths.
    pub(crate) torn: u64,
}

/// A block that was decided, and what executing it came to.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) request: RequestFinalizeBlock,
    pub(crate) response: ResponseFinalizeBlock,
}

/// See the module's documentation.
pub(crate) struct Node {
    home: TempDir,
    drive: Drive,
    machine: Option<Machine>,
    calls: Calls,
    /// Whether CometBFT runs.
    is_up: bool,
    /// The last block that CometBFT has saved, the last whose results it has saved, and the last that its state counts.
    store: u64,
    results: u64,
    state: u64,
    /// The lowest block that CometBFT still has.
    pub(crate) base: u64,
    pub(crate) mempool: Vec<Bytes>,
    /// Whether the end of its journal was torn when it was opened last.
    pub(crate) was_torn: bool,
}

impl Node {
    pub(crate) fn new() -> Self {
        // Snapshots are synced to a folder; in memory that costs nothing.
        let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let config = "[abci]\nlisten = \"unix:///none\"\n[store]\nkeep_versions = 12\nretain_blocks = 5\n\
                      [snapshots]\nevery_blocks = 6\nkeep = 2\n[receipts]\nkeep_blocks = 20\n";
        std::fs::write(home.path().join("app.toml"), config).unwrap();
        Self {
            home,
            drive: Drive::default(),
            machine: None,
            calls: Calls::default(),
            is_up: false,
            store: 0,
            results: 0,
            state: 0,
            base: 1,
            mempool: Vec::new(),
            was_torn: false,
        }
    }

    /// The same place with everything on it lost.
    pub(crate) fn wipe(&mut self) {
        self.end();
        let calls = std::mem::take(&mut self.calls);
        *self = Self { calls, ..Self::new() };
    }

    /// The last block that it has.
    pub(crate) fn height(&self) -> u64 {
        self.store
    }

    /// How many calls its application has heard, all of them legal.
    pub(crate) fn legal_calls(&self) -> u64 {
        self.calls.legal()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.is_up
    }

    pub(crate) fn machine(&self) -> &Machine {
        self.machine.as_ref().unwrap()
    }

    /// Its disk loses a part of the next commit and says nothing.
    pub(crate) fn lie_at_commit(&self) {
        self.drive.lie_at_commit();
    }

    /// Ends both processes.
    pub(crate) fn end(&mut self) {
        self.machine = None;
        self.end_cometbft();
    }

    /// Ends CometBFT alone: what it had not written is gone, its connections too.
    pub(crate) fn end_cometbft(&mut self) {
        self.is_up = false;
        self.mempool.clear();
        self.calls.closed();
    }

    /// Starts what does not run, without a word between them yet.
    fn start(&mut self) {
        if self.machine.is_none() {
            self.was_torn = self.drive.power_on();
            let config = Config::load(self.home.path()).unwrap();
            self.machine =
                Some(Machine::over(Arc::new(self.drive.clone()), &config, Pace::AtOnce(CHUNK)).unwrap());
            self.calls.started();
        }
        self.calls.opened();
        self.is_up = true;
    }

    /// Calls the application. A power cut ends it; any other panic is what the simulator looks for.
    fn call<T>(
        &mut self,
        method: Method,
        height: Option<u64>,
        call: impl FnOnce(&Machine) -> T,
    ) -> Result<T, Died> {
        let machine = self.machine();
        match catch_unwind(AssertUnwindSafe(|| call(machine))) {
            Ok(answer) => {
                self.calls.called(method, height);
                Ok(answer)
            }
            Err(panic) => {
                let is_cut = panic.downcast_ref::<String>().is_some_and(|text| text.contains(POWER_CUT));
                if !is_cut {
                    resume_unwind(panic);
                }
                self.end();
                Err(Died)
            }
        }
    }

    /// Starts with CometBFT's handshake and executes every block that was decided meanwhile. Returns whether InitChain
    /// came to an application that had heard it before.
    pub(crate) fn restart(&mut self, genesis: &RequestInitChain, blocks: &[Block]) -> bool {
        let heard = self.machine.is_some() && self.machine().chain().is_some();
        self.start();
        let app = self.info();
        // CometBFT refuses to go on with an application that is ahead of its blocks.
        assert!(app <= self.store, "the application is at {app}, CometBFT has {} blocks", self.store);
        if app == 0 {
            self.call(Method::InitChain, Some(1), |machine| machine.init_chain(genesis.clone())).unwrap();
        } else {
            assert_eq!(self.machine().info(RequestInfo::default()).last_block_app_hash, hash_at(blocks, app));
        }
        if app == self.store && self.state < self.store {
            assert_eq!(self.results, self.store, "CometBFT goes on with the results that it has saved");
        }
        for height in app + 1..=self.store {
            self.execute(&blocks[index(height)]).unwrap();
            self.commit().unwrap();
        }
        self.state = self.store;
        self.catch_up(blocks);
        app == 0 && heard
    }

    /// Executes the blocks that it does not have.
    fn catch_up(&mut self, blocks: &[Block]) {
        for block in &blocks[index(self.store + 1)..] {
            self.store += 1;
            self.execute(block).unwrap();
            self.commit().unwrap();
            self.state = self.store;
        }
    }

    /// What Info answers as the height.
    fn info(&mut self) -> u64 {
        let info = self.machine().info(RequestInfo::default());
        let height = u64::try_from(info.last_block_height).unwrap();
        self.calls.called(Method::Info, Some(height));
        height
    }

    pub(crate) fn check(&mut self, tx: &Bytes, kind: CheckTxType) -> ResponseCheckTx {
        self.machine().check_tx(RequestCheckTx { tx: tx.clone(), r#type: kind.into() })
    }

    pub(crate) fn prepare(&mut self, request: RequestPrepareProposal) -> Vec<Bytes> {
        let height = u64::try_from(request.height).ok();
        self.call(Method::PrepareProposal, height, |machine| machine.prepare_proposal(request)).unwrap().txs
    }

    pub(crate) fn judge(&mut self, request: RequestProcessProposal) -> bool {
        let height = u64::try_from(request.height).ok();
        let answer = self.call(Method::ProcessProposal, height, |machine| machine.process_proposal(request));
        answer.unwrap().status() == ProposalStatus::Accept
    }

    /// Executes a block and compares with what others came to.
    fn execute(&mut self, block: &Block) -> Result<(), Died> {
        let response = self.finalize(&block.request)?;
        assert_eq!(response, block.response, "hosts come to different results at {}", block.request.height);
        Ok(())
    }

    fn finalize(&mut self, request: &RequestFinalizeBlock) -> Result<ResponseFinalizeBlock, Died> {
        let height = u64::try_from(request.height).ok();
        let response =
            self.call(Method::FinalizeBlock, height, |machine| machine.finalize_block(request.clone()))?;
        self.results = self.store;
        Ok(response)
    }

    fn commit(&mut self) -> Result<(), Died> {
        let retain = self.call(Method::Commit, None, tendermint_abci::Application::commit)?.retain_height;
        let retain = u64::try_from(retain).unwrap();
        assert!(retain <= self.store, "CometBFT keeps the block that was just committed");
        let snapshots = self.machine().list_snapshots().snapshots;
        assert!(
            snapshots.iter().all(|snapshot| snapshot.height >= retain),
            "blocks behind an offered snapshot are kept"
        );
        self.base = self.base.max(retain);
        Ok(())
    }

    /// Takes in a decided block; `known` is what another host came to, if one did before. Returns what this one came to,
    /// unless it ended on the way.
    pub(crate) fn take_in(
        &mut self,
        request: &RequestFinalizeBlock,
        known: Option<&ResponseFinalizeBlock>,
        crash: Option<Crash>,
    ) -> Result<ResponseFinalizeBlock, Died> {
        self.store += 1;
        self.end_at(crash, Point::BlockSaved)?;
        let response = self.finalize(request)?;
        if let Some(known) = known {
            assert_eq!(&response, known, "hosts come to different results at {}", request.height);
        }
        self.end_at(crash, Point::Executed)?;
        match crash.map(|crash| (crash.at, crash.torn)) {
            Some((Point::CommitLost, _)) => self.drive.cut_at_commit(Cut::Before),
            Some((Point::CommitTorn, torn)) => self.drive.cut_at_commit(Cut::Within(torn)),
            Some((Point::CommitUnheard, _)) => self.drive.cut_at_commit(Cut::Behind),
            _ => {}
        }
        self.commit()?;
        self.end_at(crash, Point::Committed)?;
        self.state = self.store;
        let waiting = std::mem::take(&mut self.mempool);
        for tx in waiting.into_iter().filter(|tx| !request.txs.contains(tx)) {
            if self.check(&tx, CheckTxType::Recheck).code == 0 {
                self.mempool.push(tx);
            }
        }
        Ok(response)
    }

    /// Ends here if this is where it is to.
    pub(crate) fn end_at(&mut self, crash: Option<Crash>, at: Point) -> Result<(), Died> {
        match crash {
            Some(crash) if crash.at == at => {
                if crash.cometbft_alone {
                    self.end_cometbft();
                } else {
                    self.end();
                }
                Err(Died)
            }
            _ => Ok(()),
        }
    }

    /// Starts without a handshake, as CometBFT does that is to begin from a snapshot.
    pub(crate) fn begin_state_sync(&mut self) {
        self.start();
    }

    pub(crate) fn offer(&mut self, snapshot: &Snapshot, trusted: Bytes) -> response_offer_snapshot::Result {
        let request = RequestOfferSnapshot { snapshot: Some(snapshot.clone()), app_hash: trusted };
        let answer = self
            .call(Method::OfferSnapshot, Some(snapshot.height), |machine| machine.offer_snapshot(request));
        answer.unwrap().result()
    }

    pub(crate) fn load(&self, snapshot: &Snapshot, chunk: u32) -> Bytes {
        let Snapshot { height, format, .. } = *snapshot;
        self.machine().load_snapshot_chunk(RequestLoadSnapshotChunk { height, format, chunk }).chunk
    }

    pub(crate) fn apply(
        &mut self,
        index: u32,
        chunk: Bytes,
        cut: Option<Cut>,
    ) -> Result<ResponseApplySnapshotChunk, Died> {
        if let Some(cut) = cut {
            self.drive.cut_at_commit(cut);
        }
        let request = RequestApplySnapshotChunk { index, chunk, sender: format!("peer-{index}") };
        self.call(Method::ApplySnapshotChunk, None, |machine| machine.apply_snapshot_chunk(request))
    }

    /// Goes on from the snapshot that was restored.
    pub(crate) fn end_state_sync(&mut self, height: u64, blocks: &[Block]) {
        assert_eq!(self.info(), height);
        let info = self.machine().info(RequestInfo::default());
        assert_eq!(info.last_block_app_hash, hash_at(blocks, height));
        (self.store, self.results, self.state, self.base) = (height, height, height, height + 1);
        self.catch_up(blocks);
    }
}

/// Where the block of a height stands.
fn index(height: u64) -> usize {
    usize::try_from(height - 1).unwrap()
}

/// The app hash after a height.
pub(crate) fn hash_at(blocks: &[Block], height: u64) -> Bytes {
    blocks[index(height)].response.app_hash.clone()
}
