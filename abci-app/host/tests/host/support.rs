//! An application that shows what was called, a server of it in the background, and a client.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::panic;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use sirius_host::{Endpoint, Handle, Metrics, Options, Server};
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci as pb;
pub(crate) use tendermint_proto::v0_38::abci::request::Value as Request;
pub(crate) use tendermint_proto::v0_38::abci::response::Value as Response;

/// How long a test waits for an answer before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers `CheckTx` with the transaction itself, counts blocks, and does as the first transaction of a block says.
#[derive(Clone, Default)]
pub(crate) struct App {
    pub(crate) height: Arc<AtomicI64>,
    pub(crate) pending: Arc<AtomicI64>,
}

/// Says on stderr that a handler was unwound.
struct Unwound;

impl Drop for Unwound {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = std::io::stderr().write_all(b"unwound\n");
        }
    }
}

impl Application for App {
    fn info(&self, _: pb::RequestInfo) -> pb::ResponseInfo {
        pb::ResponseInfo {
            last_block_height: self.height.load(Ordering::SeqCst),
            last_block_app_hash: Bytes::from_static(&[0xab, 0xcd]),
            ..Default::default()
        }
    }

    fn check_tx(&self, request: pb::RequestCheckTx) -> pb::ResponseCheckTx {
        assert!(request.tx.as_ref() != b"panic", "a transaction says so");
        pb::ResponseCheckTx { data: request.tx, ..Default::default() }
    }

    fn query(&self, request: pb::RequestQuery) -> pb::ResponseQuery {
        let size = request.path.parse().unwrap_or(0);
        pb::ResponseQuery { value: vec![7; size].into(), ..Default::default() }
    }

    fn process_proposal(&self, request: pb::RequestProcessProposal) -> pb::ResponseProcessProposal {
        pb::ResponseProcessProposal { status: if request.txs.is_empty() { 1 } else { 2 } }
    }

    fn finalize_block(&self, request: pb::RequestFinalizeBlock) -> pb::ResponseFinalizeBlock {
        let _unwound = Unwound;
        match request.txs.first().map(AsRef::as_ref) {
            Some(b"slow") => thread::sleep(Duration::from_millis(300)),
            Some(b"panic") => panic!("the tree is torn\nat two places"),
            Some(b"handed on") => {
                let panicked = thread::spawn(|| panic::resume_unwind(Box::new("from a worker"))).join();
                panic::resume_unwind(panicked.unwrap_err());
            }
            _ => {}
        }
        self.pending.store(request.height, Ordering::SeqCst);
        pb::ResponseFinalizeBlock { app_hash: Bytes::from_static(&[0xef]), ..Default::default() }
    }

    fn commit(&self) -> pb::ResponseCommit {
        self.height.store(self.pending.load(Ordering::SeqCst), Ordering::SeqCst);
        pb::ResponseCommit::default()
    }
}

/// A server in the background; dropping it shuts it down.
pub(crate) struct Running {
    pub(crate) endpoint: Endpoint,
    pub(crate) handle: Handle,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) folder: TempDir,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Serves [`App`] on a unix socket in a new folder.
    pub(crate) fn unix(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(Endpoint::Unix(folder.path().join("abci.sock")), options, folder)
    }

    pub(crate) fn tcp() -> Self {
        Self::at("tcp://127.0.0.1:0".parse().unwrap(), Options::default(), tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(endpoint: Endpoint, options: Options, folder: TempDir) -> Self {
        let server = Server::bind(&endpoint, App::default(), options).unwrap();
        let (endpoint, handle, metrics) = (server.endpoint().clone(), server.handle(), server.metrics());
        let thread = Some(thread::spawn(move || server.run().unwrap()));
        Self { endpoint, handle, metrics, folder, thread }
    }

    pub(crate) fn path(&self) -> PathBuf {
        match &self.endpoint {
            Endpoint::Unix(path) => path.clone(),
            Endpoint::Tcp(_) => panic!("there is no path"),
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.endpoint)
    }

    /// Shuts down and waits until every thread has ended.
    pub(crate) fn stop(&mut self) {
        self.handle.shutdown();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One connection.
pub(crate) struct Client {
    writer: Box<dyn Write + Send>,
    reader: BufReader<Box<dyn Read + Send>>,
}

impl Client {
    pub(crate) fn connect(endpoint: &Endpoint) -> Self {
        match endpoint {
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                Self::over(stream.try_clone().unwrap(), stream)
            }
            Endpoint::Tcp(address) => {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                Self::over(stream.try_clone().unwrap(), stream)
            }
        }
    }

    fn over(writer: impl Write + Send + 'static, reader: impl Read + Send + 'static) -> Self {
        Self { writer: Box::new(writer), reader: BufReader::new(Box::new(reader)) }
    }

    /// Splits it into the half that writes and the half that reads, for two threads.
    pub(crate) fn halves(self) -> (Box<dyn Write + Send>, Self) {
        (self.writer, Self { writer: Box::new(std::io::sink()), reader: self.reader })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
    }

    /// Sends all requests with one write.
    pub(crate) fn send(&mut self, requests: &[Request]) {
        self.write(&frames(requests));
    }

    /// The next answer, `None` where the server has closed the connection.
    pub(crate) fn receive(&mut self) -> Option<Response> {
        let mut size = 0_usize;
        for position in 0.. {
            let mut byte = [0];
            if self.reader.read(&mut byte).ok()? == 0 {
                assert_eq!(position, 0, "the server has cut an answer");
                return None;
            }
            size |= usize::from(byte[0] & 0x7f) << (7 * position);
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; size];
        self.reader.read_exact(&mut body).unwrap();
        pb::Response::decode(body.as_slice()).unwrap().value
    }

    /// A synchronous call as CometBFT makes it: the request, a flush, and both answers.
    pub(crate) fn call(&mut self, request: Request) -> Response {
        self.send(&[request, flush()]);
        let answer = self.receive().unwrap();
        assert!(matches!(self.receive(), Some(Response::Flush(_))));
        answer
    }
}

/// Requests as they are on the wire.
pub(crate) fn frames(requests: &[Request]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for request in requests {
        let request = pb::Request { value: Some(request.clone()) };
        request.encode_length_delimited(&mut bytes).unwrap();
    }
    bytes
}

pub(crate) fn flush() -> Request {
    Request::Flush(pb::RequestFlush {})
}

pub(crate) fn info() -> Request {
    Request::Info(pb::RequestInfo::default())
}

pub(crate) fn check_tx(tx: impl Into<Bytes>) -> Request {
    Request::CheckTx(pb::RequestCheckTx { tx: tx.into(), r#type: 0 })
}

pub(crate) fn query(path: &str) -> Request {
    Request::Query(pb::RequestQuery { path: path.to_owned(), ..Default::default() })
}

pub(crate) fn finalize(height: i64, tx: &'static str) -> Request {
    let hash = Bytes::from_static(&[0x12, 0x34]);
    Request::FinalizeBlock(pb::RequestFinalizeBlock {
        height,
        hash,
        txs: vec![tx.into()],
        ..Default::default()
    })
}

pub(crate) fn commit() -> Request {
    Request::Commit(pb::RequestCommit {})
}

/// The transaction that a `CheckTx` answer carries back.
pub(crate) fn checked(answer: Option<Response>) -> Bytes {
    match answer {
        Some(Response::CheckTx(answer)) => answer.data,
        other => panic!("no answer to CheckTx: {other:?}"),
    }
}
