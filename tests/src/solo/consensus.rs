//! What CometBFT says to the application: blocks, and snapshots that are offered and taken.

use std::{
    io::{BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use mongo_ledger_core::key::SecretKey;
use prost::Message as _;
use tendermint_proto::{
    crypto::{PublicKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{
        Request, RequestApplySnapshotChunk, RequestCommit, RequestFinalizeBlock, RequestFlush, RequestInfo,
        RequestInitChain, RequestListSnapshots, RequestLoadSnapshotChunk, RequestOfferSnapshot, Response,
        Snapshot, ValidatorUpdate, request, response, response_apply_snapshot_chunk::Result as Applied,
        response_offer_snapshot::Result as Offered,
    },
};

use super::program::PATIENCE;

/// A connection of CometBFT's to the application.
pub struct Consensus {
    stream: BufReader<UnixStream>,
    /// The last block.
    height: i64,
    /// The app hash after it.
    app_hash: Bytes,
}

/// A snapshot, and the app hash that a light client trusts.
#[derive(Debug, Clone)]
pub struct Shipped {
    /// What is offered.
    pub offer: Snapshot,
    /// The app hash at its height.
    pub app_hash: Bytes,
}

impl Consensus {
    /// Waits until the socket is there, and asks how far the application is.
    pub(super) fn connect(socket: &Path) -> Result<Self> {
        let begin = Instant::now();
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break BufReader::new(stream),
                Err(_) if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
                Err(error) => return Err(error).context("mongo-ledger does not listen"),
            }
        };
        let mut consensus = Self { stream, height: 0, app_hash: Bytes::new() };
        consensus.inform()?;
        Ok(consensus)
    }

    fn call(&mut self, value: request::Value) -> Result<response::Value> {
        let mut bytes = Request { value: Some(value) }.encode_length_delimited_to_vec();
        let flush = Request { value: Some(request::Value::Flush(RequestFlush {})) };
        bytes.extend(flush.encode_length_delimited_to_vec());
        self.stream.get_mut().write_all(&bytes)?;
        let answer = self.answer()?;
        self.answer()?;
        Ok(answer)
    }

    fn answer(&mut self) -> Result<response::Value> {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            let [byte] = byte;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        match Response::decode(bytes.as_slice())?.value.context("an empty answer")? {
            response::Value::Exception(exception) => bail!("{}", exception.error),
            value => Ok(value),
        }
    }

    /// Asks how far the application is: the height and the app hash of its last block.
    ///
    /// # Errors
    /// It does not answer.
    pub fn inform(&mut self) -> Result<(i64, Bytes)> {
        let response::Value::Info(info) = self.call(request::Value::Info(RequestInfo::default()))? else {
            bail!("Info was answered with something else");
        };
        (self.height, self.app_hash) = (info.last_block_height, info.last_block_app_hash);
        Ok((self.height, self.app_hash.clone()))
    }

    /// Begins a chain with one validator.
    ///
    /// # Errors
    /// The application refuses.
    pub fn begin(&mut self) -> Result<()> {
        let key = SecretKey::new(&[1; 32]).public();
        let validator = ValidatorUpdate {
            pub_key: Some(PublicKey { sum: Some(Sum::Ed25519(key.as_bytes().to_vec())) }),
            power: 10,
        };
        let genesis = RequestInitChain {
            chain_id: "assets".into(),
            validators: vec![validator],
            initial_height: 1,
            ..Default::default()
        };
        self.call(request::Value::InitChain(genesis)).map(drop)
    }

    /// Executes and commits a block; gives how long that took in milliseconds.
    ///
    /// # Errors
    /// A transaction is refused.
    pub fn block(&mut self, txs: Vec<Bytes>) -> Result<f64> {
        self.height += 1;
        let request = RequestFinalizeBlock {
            height: self.height,
            time: Some(Timestamp { seconds: 1_700_000_000 + self.height, nanos: 0 }),
            hash: Bytes::copy_from_slice(&self.height.to_be_bytes()),
            txs,
            ..Default::default()
        };
        let begin = Instant::now();
        let response::Value::FinalizeBlock(done) = self.call(request::Value::FinalizeBlock(request))? else {
            bail!("FinalizeBlock was answered with something else");
        };
        self.call(request::Value::Commit(RequestCommit {}))?;
        let took = begin.elapsed().as_secs_f64() * 1e3;
        if let Some(refused) = done.tx_results.iter().find(|result| result.code != 0) {
            bail!("block {}: {}", self.height, refused.log);
        }
        self.app_hash = done.app_hash;
        Ok(took)
    }

    /// The snapshot of the last block, once it is taken.
    ///
    /// # Errors
    /// It is not taken in time.
    pub fn snapshot(&mut self, patience: Duration) -> Result<Shipped> {
        let begin = Instant::now();
        let height = u64::try_from(self.height)?;
        while begin.elapsed() < patience {
            let request = request::Value::ListSnapshots(RequestListSnapshots {});
            let response::Value::ListSnapshots(list) = self.call(request)? else {
                bail!("ListSnapshots was answered with something else");
            };
            if let Some(offer) = list.snapshots.into_iter().find(|offer| offer.height == height) {
                return Ok(Shipped { offer, app_hash: self.app_hash.clone() });
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("no snapshot of height {height} was taken in {} s", patience.as_secs())
    }

    /// A chunk of a snapshot.
    ///
    /// # Errors
    /// It is gone.
    pub fn chunk(&mut self, shipped: &Shipped, chunk: u32) -> Result<Bytes> {
        let Snapshot { height, format, .. } = shipped.offer;
        let request = RequestLoadSnapshotChunk { height, format, chunk };
        let response::Value::LoadSnapshotChunk(found) =
            self.call(request::Value::LoadSnapshotChunk(request))?
        else {
            bail!("LoadSnapshotChunk was answered with something else");
        };
        ensure!(!found.chunk.is_empty(), "chunk {chunk} of height {height} is gone");
        Ok(found.chunk)
    }

    /// Offers a snapshot, which is to be accepted.
    ///
    /// # Errors
    /// It is not.
    pub fn offer(&mut self, shipped: &Shipped) -> Result<()> {
        let Shipped { offer, app_hash } = shipped.clone();
        let request = RequestOfferSnapshot { snapshot: Some(offer), app_hash };
        let response::Value::OfferSnapshot(said) = self.call(request::Value::OfferSnapshot(request))? else {
            bail!("OfferSnapshot was answered with something else");
        };
        ensure!(said.result == i32::from(Offered::Accept), "the offer was answered with {}", said.result);
        Ok(())
    }

    /// Gives the next chunk, which is to be accepted.
    ///
    /// # Errors
    /// It is not.
    pub fn apply(&mut self, index: u32, chunk: Bytes) -> Result<()> {
        let request = RequestApplySnapshotChunk { index, chunk, sender: "peer".into() };
        let response::Value::ApplySnapshotChunk(said) =
            self.call(request::Value::ApplySnapshotChunk(request))?
        else {
            bail!("ApplySnapshotChunk was answered with something else");
        };
        ensure!(said.result == i32::from(Applied::Accept), "chunk {index} was answered with {}", said.result);
        Ok(())
    }
}
