//! The CometBFT beside this process, asked for what it alone has: blocks, validators, the mempool, the index.

use std::{future::Future, time::Duration};

use tendermint_rpc::{
    Client as _, HttpClient, HttpClientUrl, SimpleRequest,
    client::CompatMode,
    dialect::v0_38::Dialect,
    error::{Error, ErrorDetail},
};
use tokio::sync::Semaphore;
use tonic::Code;

use super::Failure;

/// How long CometBFT may take to answer; less than a client waits, so that the client is told.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Questions to CometBFT at the same time; more are sent away.
const MOST_QUESTIONS: usize = 128;

/// A client with limits.
#[derive(Debug)]
pub(crate) struct Comet {
    client: HttpClient,
    url: String,
    slots: Semaphore,
}

impl Comet {
    /// A client of the RPC at `url`.
    ///
    /// # Errors
    /// The text is no address.
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let parsed: HttpClientUrl = url.parse()?;
        let client = HttpClient::builder(parsed).compat_mode(CompatMode::V0_38).timeout(TIMEOUT).build()?;
        Ok(Self { client, url: url.into(), slots: Semaphore::new(MOST_QUESTIONS) })
    }

    /// Asks, and hands a refusal of CometBFT to the caller in its words.
    pub(super) async fn ask<R>(&self, request: R) -> Result<R::Output, Failure>
    where
        R: SimpleRequest<Dialect>,
    {
        self.attempt(request).await?.map_err(|words| Failure::bad(format!("CometBFT refuses: {words}")))
    }

    /// Asks; the inner result is CometBFT's own refusal, in its words.
    pub(super) async fn attempt<R>(&self, request: R) -> Result<Result<R::Output, String>, Failure>
    where
        R: SimpleRequest<Dialect>,
    {
        let Ok(_slot) = self.slots.try_acquire() else {
            let message =
                format!("CometBFT is being asked {MOST_QUESTIONS} questions; ask again in a moment");
            return Err(Failure::busy(message));
        };
        let answered = self.within(self.client.perform(request)).await?;
        match answered {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error(ErrorDetail::Response(found), _)) => {
                Ok(Err(found.source.data().unwrap_or(found.source.message()).to_owned()))
            }
            Err(error) => {
                let message = format!("CometBFT at {} does not answer: {}", self.url, error.detail());
                Err(Failure::busy(message))
            }
        }
    }

    async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::time::timeout(TIMEOUT, work).await.map_err(|_| {
            let message = format!("CometBFT at {} takes longer than {} s", self.url, TIMEOUT.as_secs());
            Failure::new(Code::DeadlineExceeded, message)
        })
    }
}
