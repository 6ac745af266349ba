//! A node behind HTTP, by `tendermint-rpc`.

use std::sync::Arc;

use async_trait::async_trait;
use sirius_primitives::{Hash, Height};
use sirius_store::ProofOp;
use tendermint::block::{self, Block, Header, signed_header::SignedHeader};
use tendermint_rpc::{
    Client as _, HttpClient, HttpClientUrl, Paging, client::CompatMode, error::ErrorDetail,
};

use super::{
    AbciAnswer, AbciQuestion, BlockResults, CALL_TIMEOUT, Checked, ClientError, Found, Node, NodeError,
    NodeStatus, ValidatorPage,
};

/// Validators a page; CometBFT gives no more.
const PAGE: u8 = 100;

/// The node at `url`; nothing is sent yet.
pub(super) fn connect(url: &str) -> Result<Arc<dyn Node>, ClientError> {
    let refuse = |reason: tendermint_rpc::Error| ClientError::Url { url: url.into(), reason: short(&reason) };
    let parsed: HttpClientUrl = url.parse().map_err(refuse)?;
    let client = HttpClient::builder(parsed).compat_mode(CompatMode::V0_38).timeout(CALL_TIMEOUT).build();
    Ok(Arc::new(client.map_err(refuse)?))
}

/// The error on one line. `flex-error` keeps the cause of a failed connection in its trace alone.
fn short(error: &tendermint_rpc::Error) -> String {
    match error.detail() {
        ErrorDetail::Response(response) => response.source.to_string(),
        _ => {
            let whole = format!("{:#}", error.trace()).replace('\n', " ");
            // The address stands before the reason already.
            whole.rsplit("): ").next().unwrap_or_default().to_owned()
        }
    }
}

fn failed(error: tendermint_rpc::Error) -> NodeError {
    match error.detail() {
        ErrorDetail::Response(_) => NodeError::Refused(short(&error)),
        _ => NodeError::Silent(short(&error)),
    }
}

fn wire(height: Height) -> Result<block::Height, NodeError> {
    height.0.try_into().map_err(|_| NodeError::Refused(format!("height {height} is beyond 2^63 - 1")))
}

fn wired(height: Option<Height>) -> Result<Option<block::Height>, NodeError> {
    height.map(wire).transpose()
}

#[async_trait]
impl Node for HttpClient {
    async fn status(&self) -> Result<NodeStatus, NodeError> {
        let status = tendermint_rpc::Client::status(self).await.map_err(failed)?;
        Ok(NodeStatus {
            moniker: status.node_info.moniker.to_string(),
            id: status.node_info.id.to_string(),
            version: status.node_info.version.to_string(),
            network: status.node_info.network.to_string(),
            height: Height(status.sync_info.latest_block_height.value()),
            time: status.sync_info.latest_block_time,
            block_hash: status.sync_info.latest_block_hash.to_string(),
            app_hash: status.sync_info.latest_app_hash.to_string(),
            catching_up: status.sync_info.catching_up,
            voting_power: status.validator_info.power.value(),
        })
    }

    async fn committed(&self) -> Result<Height, NodeError> {
        let info = self.abci_info().await.map_err(failed)?;
        Ok(Height(info.last_block_height.value()))
    }

    async fn abci_query(&self, question: AbciQuestion) -> Result<AbciAnswer, NodeError> {
        let AbciQuestion { path, data, height, prove } = question;
        let answer = tendermint_rpc::Client::abci_query(self, Some(path), data, wired(height)?, prove);
        let answer = answer.await.map_err(failed)?;
        let ops = answer.proof.into_iter().flat_map(|proof| proof.ops);
        Ok(AbciAnswer {
            code: answer.code.value(),
            codespace: answer.codespace,
            log: answer.log,
            value: answer.value,
            height: Height(answer.height.value()),
            proof: ops.map(|op| ProofOp { kind: op.field_type, key: op.key, data: op.data }).collect(),
        })
    }

    async fn broadcast(&self, tx: Vec<u8>) -> Result<Checked, NodeError> {
        let answer = self.broadcast_tx_sync(tx).await.map_err(failed)?;
        Ok(Checked { code: answer.code.value(), codespace: answer.codespace, log: answer.log })
    }

    async fn tx(&self, hash: Hash) -> Result<Option<Found>, NodeError> {
        let asked = tendermint::Hash::Sha256(*hash.as_bytes());
        match tendermint_rpc::Client::tx(self, asked, false).await {
            Ok(found) => Ok(Some(Found {
                height: Height(found.height.value()),
                index: found.index,
                result: found.tx_result,
                tx: found.tx,
            })),
            Err(error) => match failed(error) {
                // Without an index a node cannot tell; whoever must know looks into the blocks.
                NodeError::Refused(reason)
                    if reason.contains("not found") || reason.contains("indexing is disabled") =>
                {
                    Ok(None)
                }
                other => Err(other),
            },
        }
    }

    async fn block(&self, height: Option<Height>) -> Result<Block, NodeError> {
        let answer = match wired(height)? {
            Some(height) => tendermint_rpc::Client::block(self, height).await,
            None => self.latest_block().await,
        };
        Ok(answer.map_err(failed)?.block)
    }

    async fn block_results(&self, height: Height) -> Result<BlockResults, NodeError> {
        let answer = tendermint_rpc::Client::block_results(self, wire(height)?).await.map_err(failed)?;
        Ok(answer.txs_results.unwrap_or_default())
    }

    async fn commit(&self, height: Height) -> Result<SignedHeader, NodeError> {
        Ok(tendermint_rpc::Client::commit(self, wire(height)?).await.map_err(failed)?.signed_header)
    }

    async fn validators(&self, height: Height, page: u32) -> Result<ValidatorPage, NodeError> {
        let page_number = usize::try_from(page).unwrap_or(usize::MAX).into();
        let paging = Paging::Specific { page_number, per_page: PAGE.into() };
        let answer = tendermint_rpc::Client::validators(self, wire(height)?, paging).await.map_err(failed)?;
        Ok(ValidatorPage { validators: answer.validators, total: usize::try_from(answer.total).unwrap_or(0) })
    }

    async fn headers(&self, least: Height, most: Height) -> Result<Vec<Header>, NodeError> {
        let answer = self.blockchain(wire(least)?, wire(most)?).await.map_err(failed)?;
        Ok(answer.block_metas.into_iter().map(|meta| meta.header).collect())
    }
}
