//! Light blocks of the own chain, as its own CometBFT has them.

use std::fmt::Display;

use sirius_ledger::service::anchor::wire::anchor as wire;
use tendermint::validator::Info;
use tendermint_rpc::{Client as _, HttpClient, Paging};

use super::AnchorError;
use crate::rpc::Rpc;

/// The own CometBFT.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    client: HttpClient,
}

/// Where the own node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The chain.
    pub(crate) chain_id: String,
    /// The newest block.
    pub(crate) height: u64,
    /// Its time, in seconds since 1970.
    pub(crate) time: i64,
    /// The root that its header has, of the state after the block before.
    pub(crate) app_hash: Vec<u8>,
    /// The node's own key, with which it votes if it is a validator.
    pub(crate) key: Vec<u8>,
}

impl Own {
    pub(crate) fn new(url: &str) -> Result<Self, AnchorError> {
        Ok(Self { client: Rpc::new(url)?.client })
    }

    /// Where the node stands.
    pub(crate) async fn standing(&self) -> Result<Standing, AnchorError> {
        let status = self.client.status().await.map_err(|error| failed("its status", &error))?;
        Ok(Standing {
            chain_id: status.node_info.network.to_string(),
            height: status.sync_info.latest_block_height.value(),
            time: status.sync_info.latest_block_time.unix_timestamp(),
            app_hash: status.sync_info.latest_app_hash.as_bytes().to_vec(),
            key: status.validator_info.pub_key.to_bytes(),
        })
    }

    /// The header at a height with everything that its verification needs.
    pub(crate) async fn light_block(&self, height: u64) -> Result<wire::LightBlock, AnchorError> {
        let what = || format!("header {height}");
        let at = u32::try_from(height).map_err(|error| failed(&what(), &error))?;
        let commit = self.client.commit(at).await.map_err(|error| failed(&what(), &error))?;
        let signed = commit.signed_header;
        let validators = self.validators(at).await?;
        // Most blocks change nothing, and the header says so.
        let next_validators = match signed.header.next_validators_hash == signed.header.validators_hash {
            true => Vec::new(),
            false => self.validators(at.saturating_add(1)).await?,
        };
        Ok(wire::LightBlock { signed_header: Some(signed.into()), validators, next_validators })
    }

    async fn validators(&self, height: u32) -> Result<Vec<wire::Validator>, AnchorError> {
        let asked = self.client.validators(height, Paging::All).await;
        let found = asked.map_err(|error| failed(&format!("the validators of block {height}"), &error))?;
        let member =
            |info: &Info| wire::Validator { pub_key: info.pub_key.to_bytes(), power: info.power.into() };
        Ok(found.validators.iter().map(member).collect())
    }
}

fn failed(what: &str, error: &dyn Display) -> AnchorError {
    let cause = error.to_string().lines().next().unwrap_or_default().to_owned();
    AnchorError::Own { what: what.into(), cause }
}
