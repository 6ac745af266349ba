//! Follows the chain while load is sent, and reads its blocks afterwards.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::send::Gauge;
use crate::rpc::{Header, Rpc, RpcError};

/// How often new blocks are looked for.
const TICK: Duration = Duration::from_millis(20);
/// How many headers CometBFT gives at once.
const PAGE: u64 = 20;

/// A block that came during the load.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// When it was decided, in nanoseconds since 1970.
    pub(super) decided: i128,
    /// Its transactions.
    pub(super) txs: Vec<Vec<u8>>,
    /// The code of each.
    pub(super) codes: Vec<u32>,
}

pub(super) struct Watch {
    rpc: Rpc,
    /// The last block before the load.
    before: u64,
    /// Headers since, in order.
    headers: Vec<Header>,
}

impl Watch {
    pub(super) fn begin(rpc: Rpc) -> Result<Self, RpcError> {
        let before = rpc.status()?.height;
        Ok(Self { rpc, before, headers: Vec::new() })
    }

    fn last(&self) -> u64 {
        self.headers.last().map_or(self.before, |header| header.height)
    }

    /// Takes note of new blocks, then sleeps for a moment.
    pub(super) fn look(&mut self, gauge: &Gauge) -> Result<()> {
        let last = self.last();
        match self.rpc.headers(last + 1, last + PAGE) {
            Ok(mut headers) => {
                headers.sort_by_key(|header| header.height);
                for header in headers {
                    // With the block after it, a block is executed by most hosts and out of their mempools; until
                    // then they may hold its transactions, and refuse others because they are full.
                    let executed = self.headers.last().map_or(0, |before| before.txs);
                    gauge.release(usize::try_from(executed)?);
                    self.headers.push(header);
                }
            }
            // There is no block beyond the last one yet, or the node is being started again.
            Err(RpcError::Refused { .. } | RpcError::Transport { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        sleep(TICK);
        Ok(())
    }

    /// Waits until everything sent is in a block and that block has a successor, or until `limit` is over.
    pub(super) fn drain(&mut self, gauge: &Gauge, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        while !gauge.is_empty() && Instant::now() < deadline {
            self.look(gauge)?;
        }
        Ok(())
    }

    /// The blocks since the beginning whose successor is known, which tells when they were decided.
    pub(super) fn blocks(&self) -> Result<Vec<Seen>> {
        let pairs = self.headers.iter().zip(self.headers.iter().skip(1));
        let read = |(header, next): (&Header, &Header)| {
            let (txs, codes) = match header.txs {
                0 => Default::default(),
                _ => (self.rpc.block(Some(header.height))?.txs, self.rpc.codes(header.height)?),
            };
            Ok(Seen { decided: next.nanos, txs, codes })
        };
        pairs.map(read).collect()
    }
}
