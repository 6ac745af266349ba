//! The RPC of a CometBFT of this chain: the own node's, or whose blocks and headers are believed.

use std::{fmt::Display, time::Duration};

use tendermint_rpc::{
    Client as _, HttpClient, HttpClientUrl, client::CompatMode, endpoint::block::Response as Block,
};
use thiserror::Error;

use crate::verify::VerifyError;

/// How long it may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An address that is none.
#[derive(Debug, Error)]
#[error("{url} is no address of an RPC: {cause}; use one such as http://127.0.0.1:27657")]
pub struct RpcError {
    url: String,
    cause: Box<tendermint_rpc::Error>,
}

/// See the module's documentation.
#[derive(Debug, Clone)]
pub struct Rpc {
    pub(crate) client: HttpClient,
    url: String,
}

impl Rpc {
    /// The node behind an address.
    ///
    /// # Errors
    /// It is no address.
    pub fn new(url: &str) -> Result<Self, RpcError> {
        let wrong = |cause| RpcError { url: url.into(), cause: Box::new(cause) };
        let parsed: HttpClientUrl = url.parse().map_err(wrong)?;
        let client = HttpClient::builder(parsed).compat_mode(CompatMode::V0_38).timeout(TIMEOUT).build();
        Ok(Self { client: client.map_err(wrong)?, url: url.into() })
    }

    /// Where it is, for people.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A block that was asked for could not be had, or something about it.
    pub(crate) fn failed(&self, height: u64, error: &dyn Display) -> VerifyError {
        VerifyError::Blocks { url: self.url.clone(), height, cause: brief(error) }
    }

    /// What the node says of a block is not what the chain agreed on.
    pub(crate) fn wrong(&self, height: u64, what: String) -> VerifyError {
        VerifyError::Wrong { url: self.url.clone(), height, what }
    }

    /// A block.
    pub(crate) async fn block(&self, height: u64) -> Result<Block, VerifyError> {
        let at = u32::try_from(height).map_err(|error| self.failed(height, &error))?;
        self.client.block(at).await.map_err(|error| self.failed(height, &error))
    }

    /// The app hash after a block, which the next header carries; `None` when that is still to come, or given up.
    pub(crate) async fn app_hash(&self, height: u64) -> Result<Option<String>, VerifyError> {
        let next = u32::try_from(height.saturating_add(1)).map_err(|error| self.failed(height, &error))?;
        let status = self.client.status().await.map_err(|error| self.failed(height, &error))?;
        let kept =
            status.sync_info.earliest_block_height.value()..=status.sync_info.latest_block_height.value();
        if !kept.contains(&u64::from(next)) {
            return Ok(None);
        }
        let header = self.client.header(next).await.map_err(|error| self.failed(height, &error))?;
        Ok(Some(header.header.app_hash.to_string()))
    }
}

/// An error of the RPC client without the place in its code that it ends with.
fn brief(error: &dyn Display) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Location:"));
    lines.filter(|line| !line.is_empty() && *line != "Caused by:").collect::<Vec<_>>().join(": ")
}
