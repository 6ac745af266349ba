//! What REST and gRPC have in common: the contracts, the answers, the limits, the listeners.
//!
//! A method of a contract is answered inside the process, by the same code that answers CometBFT's `abci_query`, upon a
//! snapshot; it waits for no block and no lock. What the application does not know is asked of CometBFT.
//!
//! There is no login and no TLS: a proxy in front has both.

mod comet;
mod contracts;
mod failure;
mod guard;
pub(crate) mod listen;
mod service;
mod traffic;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::RequestQuery;
use tokio::sync::Semaphore;

use crate::{Machine, config::Config};

pub(crate) use contracts::Contracts;
pub(crate) use failure::Failure;
pub(crate) use guard::Guard;
pub(crate) use listen::{Peer, Protocol};
pub(crate) use traffic::{Faces, Traffic};

use comet::Comet;

/// How long a client waits for an answer at most.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request, in bytes.
pub(crate) const MOST_BODY: usize = 1024 * 1024;
/// The header in which a client names the height it asks about, and an answer the height it holds for.
pub(crate) const HEIGHT_HEADER: &str = "x-cosmos-block-height";
/// Questions that read the state at the same time, each on a thread of its own.
pub(crate) const MOST_READERS: usize = 32;

/// What answers are made from.
pub(crate) struct Gateway {
    machine: Machine,
    contracts: Contracts,
    comet: Comet,
    keep_versions: u64,
    readers: Arc<Semaphore>,
}

/// An answer, and the height it holds for.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The encoded message.
    pub(crate) value: Bytes,
    /// 0 where no height has a part in it.
    pub(crate) height: i64,
}

impl Gateway {
    /// # Errors
    /// The address of CometBFT is none.
    pub(crate) fn new(config: &Config, machine: Machine) -> Result<Self, tendermint_rpc::Error> {
        Ok(Self {
            contracts: Contracts::new(machine.shared().app.registry()),
            machine,
            comet: Comet::new(config.rpc())?,
            keep_versions: config.store.keep_versions.0,
            readers: Arc::new(Semaphore::new(MOST_READERS)),
        })
    }

    /// The contracts of what can be asked.
    pub(crate) fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// Answers the method `path` with `request`, an encoded message, at `height`; 0 is the latest.
    ///
    /// # Errors
    /// A method that nobody answers, a refusal, or a node that cannot.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        path: &str,
        height: i64,
        request: Bytes,
    ) -> Result<Answer, Failure> {
        if self.contracts.method(path).is_none() {
            return Err(Failure::unknown(path));
        }
        match service::answer(self, path, &request).await {
            Some(answer) => answer,
            None => self.query(RequestQuery { path: path.into(), data: request, height, prove: false }).await,
        }
    }

    /// Asks the application.
    async fn query(self: &Arc<Self>, request: RequestQuery) -> Result<Answer, Failure> {
        let response = self.read(move |machine| machine.query(request)).await?;
        match response.code {
            0 => Ok(Answer { value: response.value, height: response.height }),
            _ => Err(Failure::refused(response)),
        }
    }

    /// Does work that reads the disk, away from the threads that serve connections.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Machine) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        // Whoever gives up waiting here leaves no work behind.
        let reader = Arc::clone(&self.readers).acquire_owned().await;
        let machine = self.machine.clone();
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work(&machine);
            drop(reader);
            outcome
        });
        done.await.map_err(|error| Failure::broken(format!("the work for this answer ended early: {error}")))
    }
}
