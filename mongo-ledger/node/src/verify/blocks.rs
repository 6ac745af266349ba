//! An index of its own, made of CometBFT's blocks: what documents are compared with while the node's own is in use.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use mongo_ledger_core::state::STORE;
use sirius_store::{Disk, DiskOptions, Options, Store};
use tendermint_abci::Application as _;
use tendermint_proto::{
    google::protobuf::Timestamp,
    v0_38::abci::{RequestFinalizeBlock, RequestInitChain, ValidatorUpdate},
};
use tendermint_rpc::Client as _;
use tokio::runtime::Runtime;

use super::VerifyError;
use crate::{
    Machine,
    documents::{Documents as _, Memory},
    ledger::Ledger,
    rpc::{Rpc, RpcError},
};

/// A ledger that follows the blocks of a CometBFT, in a folder that is deleted with it.
pub struct Blocks {
    ledger: Arc<Ledger>,
    /// What each block writes; forgotten at once.
    documents: Arc<Memory>,
    rpc: Rpc,
    folder: PathBuf,
}

impl Blocks {
    /// A ledger at height 0 in `folder`, where nothing else may be.
    ///
    /// # Errors
    /// The address is none, or the folder cannot be used.
    pub fn new(url: &str, folder: &Path, runtime: &Runtime) -> Result<Self, BlocksError> {
        let _ = std::fs::remove_dir_all(folder);
        let disk = Disk::open(folder, DiskOptions::default()).map_err(VerifyError::Index)?;
        let options = Options { name: STORE.into(), ..Options::default() };
        let store = Store::open(Arc::new(disk), options).map_err(VerifyError::Index)?;
        let documents = Arc::new(Memory::default());
        let ledger = Ledger::new(store, documents.clone(), runtime.handle().clone());
        Ok(Self {
            ledger: Arc::new(ledger.map_err(VerifyError::Index)?),
            documents,
            rpc: Rpc::new(url)?,
            folder: folder.into(),
        })
    }

    /// The index as far as it got.
    pub fn store(&self) -> &Store {
        &self.ledger.store
    }

    /// Executes every block up to `limit`; each app hash is compared with the next header.
    ///
    /// # Errors
    /// The node does not answer or does not have the blocks, or they do not lead to its headers.
    pub fn follow(
        &self,
        runtime: &Runtime,
        limit: u64,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), VerifyError> {
        let machine = Machine::alone(Arc::clone(&self.ledger));
        let mut height = self.ledger.height();
        if height == 0 {
            machine.init_chain(runtime.block_on(self.genesis())?);
        }
        while height < limit {
            height = height.saturating_add(1);
            self.execute(&machine, runtime, height)?;
            progress(height, limit);
        }
        Ok(())
    }

    fn execute(&self, machine: &Machine, runtime: &Runtime, height: u64) -> Result<(), VerifyError> {
        let block = runtime.block_on(self.rpc.block(height))?.block;
        let before = self.ledger.store.committed();
        let agreed = block.header.app_hash.as_bytes();
        if height > 1 && agreed != before.app_hash.as_bytes() {
            let what = format!(
                "has app hash {}, where the blocks before it lead to {}",
                block.header.app_hash, before.app_hash
            );
            return Err(self.rpc.wrong(height, what));
        }
        let time: Timestamp = block.header.time.into();
        machine.finalize_block(RequestFinalizeBlock {
            height: block.header.height.into(),
            time: Some(time),
            proposer_address: Bytes::copy_from_slice(block.header.proposer_address.as_bytes()),
            txs: block.data.into_iter().map(Bytes::from).collect(),
            ..Default::default()
        });
        machine.commit();
        runtime.block_on(self.documents.clear())?;
        Ok(())
    }

    async fn genesis(&self) -> Result<RequestInitChain, VerifyError> {
        let genesis = self
            .rpc
            .client
            .genesis::<serde_json::Value>()
            .await
            .map_err(|error| self.rpc.failed(0, &error))?;
        let validator = |validator: &tendermint::validator::Info| ValidatorUpdate {
            pub_key: Some(validator.pub_key.into()),
            power: i64::try_from(validator.power.value()).unwrap_or(i64::MAX),
        };
        Ok(RequestInitChain {
            chain_id: genesis.chain_id.to_string(),
            validators: genesis.validators.iter().map(validator).collect(),
            app_state_bytes: genesis.app_state.to_string().into(),
            initial_height: 1,
            ..Default::default()
        })
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        // What stays is deleted by the next one.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Why such a ledger does not begin.
#[derive(Debug, thiserror::Error)]
pub enum BlocksError {
    /// The address.
    #[error(transparent)]
    Address(#[from] RpcError),
    /// The folder.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}
