//! What an application has heard, as its server would log it, checked against CometBFT's grammar call by call.

use sirius_host::{
    Method,
    call_log::{Entry, Event},
    grammar::Checker,
};

/// CometBFT's connections of one run, in the order in which it opens them.
#[derive(Debug, Clone, Copy)]
enum Connection {
    Query = 1,
    Snapshots,
    Mempool,
    Consensus,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    checker: Checker,
    seq: u64,
    /// The connections that were there before this run of CometBFT.
    before: u64,
    is_open: bool,
}

impl Calls {
    fn feed(&mut self, connection: u64, event: Event, height: Option<u64>) {
        let height = height.map(|height| i64::try_from(height).unwrap());
        let entry = Entry {
            seq: self.seq,
            at_ms: 0,
            connection,
            event,
            height,
            hash: String::new(),
            app_hash: String::new(),
            outcome: String::new(),
            micros: 0,
        };
        self.seq += 1;
        if let Err(violation) = self.checker.feed(&entry) {
            panic!("{violation}");
        }
    }

    /// A new process of the application.
    pub(crate) fn started(&mut self) {
        (self.seq, self.before, self.is_open) = (0, 0, false);
        self.feed(0, Event::Started, None);
    }

    /// A new run of CometBFT.
    pub(crate) fn opened(&mut self) {
        self.is_open = true;
        for connection in 1..=4 {
            self.feed(self.before + connection, Event::Opened, None);
        }
    }

    /// The end of that run.
    pub(crate) fn closed(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        for connection in 1..=4 {
            self.feed(self.before + connection, Event::Closed, None);
        }
        self.before += 4;
    }

    /// An answered call.
    pub(crate) fn called(&mut self, method: Method, height: Option<u64>) {
        let connection = match method {
            Method::Info | Method::Query => Connection::Query,
            Method::OfferSnapshot
            | Method::ApplySnapshotChunk
            | Method::ListSnapshots
            | Method::LoadSnapshotChunk => Connection::Snapshots,
            Method::CheckTx => Connection::Mempool,
            _ => Connection::Consensus,
        };
        self.feed(self.before + connection as u64, Event::Call(method), height);
    }

    /// How many calls were legal.
    pub(crate) fn legal(&self) -> u64 {
        self.checker.seen().calls
    }
}
