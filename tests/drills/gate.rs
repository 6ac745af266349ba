//! What stands between CometBFT and its application, and ends the application at a point of a block.
//!
//! ```text
//! CometBFT ──▶ gate ──▶ abci-app          frames pass unchanged, until the armed point comes:
//!                                         then the application is killed, and nothing more passes
//! ```
//!
//! The points are those of the ABCI calls that a block is made of, so that the application needs no hook for its own end.
//! What lies within a call is met by killing a moment after it was handed over.

use std::io::{self, Read, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use prost::Message as _;
use rustix::process::{Pid, Signal, kill_process};
use tendermint_proto::v0_38::abci::{Request, Response, request, response};

/// The longest frame: a full block with its envelope.
const MOST: usize = 64 << 20;

/// Where the application ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// It has judged a proposal, and CometBFT does not hear how.
    Judged,
    /// A block is decided and saved, and the application does not hear of it.
    Decided,
    /// It is executing the block.
    Executing,
    /// It has executed the block, and CometBFT does not hear what came of it.
    Executed,
    /// CometBFT has saved what came of the block, and the application is not told to commit.
    Saved,
    /// It is committing.
    Committing,
    /// It has committed, and CometBFT does not hear of it.
    Committed,
}

impl Point {
    /// All of them, in the order of a block.
    pub(crate) const ALL: [Self; 7] = [
        Self::Judged,
        Self::Decided,
        Self::Executing,
        Self::Executed,
        Self::Saved,
        Self::Committing,
        Self::Committed,
    ];

    /// Whether it lies before this call is handed over.
    fn is_before(self, call: &request::Value) -> bool {
        matches!(
            (self, call),
            (Self::Decided, request::Value::FinalizeBlock(_)) | (Self::Saved, request::Value::Commit(_))
        )
    }

    /// Whether it lies within this call.
    fn is_within(self, call: &request::Value) -> bool {
        matches!(
            (self, call),
            (Self::Executing, request::Value::FinalizeBlock(_))
                | (Self::Committing, request::Value::Commit(_))
        )
    }

    /// Whether it lies between this answer and CometBFT.
    fn is_after(self, answer: &response::Value) -> bool {
        matches!(
            (self, answer),
            (Self::Judged, response::Value::ProcessProposal(_))
                | (Self::Executed, response::Value::FinalizeBlock(_))
                | (Self::Committed, response::Value::Commit(_))
        )
    }
}

/// An end that is to come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crash {
    /// Where.
    pub(crate) point: Point,
    /// The application's process.
    pub(crate) process: u32,
    /// How long after the call was handed over, where the point lies within one.
    pub(crate) delay: Duration,
}

/// A gate that stands open. Dropping it closes it.
pub(crate) struct Gate {
    shared: Arc<Shared>,
    listen: PathBuf,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    app: PathBuf,
    closed: AtomicBool,
    armed: Mutex<Option<Crash>>,
    ends: Mutex<Vec<UnixStream>>,
}

impl Gate {
    /// Opens a gate at `listen` to the application at the socket `app`.
    pub(crate) fn open(listen: &Path, app: &Path) -> io::Result<Self> {
        remove(listen)?;
        let socket = UnixListener::bind(listen)?;
        let shared = Arc::new(Shared {
            app: app.to_owned(),
            closed: AtomicBool::new(false),
            armed: Mutex::default(),
            ends: Mutex::default(),
        });
        let thread = thread::spawn({
            let shared = shared.clone();
            move || shared.accept(&socket)
        });
        Ok(Self { shared, listen: listen.to_owned(), thread: Some(thread) })
    }

    /// From now on, the next time that the point comes is the application's end.
    pub(crate) fn arm(&self, crash: Crash) {
        *locked(&self.shared.armed) = Some(crash);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // The thread waits for a connection, and this one is the last.
        if UnixStream::connect(&self.listen).is_ok() {
            let _ = self.thread.take().map(JoinHandle::join);
        }
        let _ = remove(&self.listen);
        self.shared.shut();
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, socket: &UnixListener) {
        while let Ok((cometbft, _)) = socket.accept() {
            if self.closed.load(Ordering::SeqCst) {
                return;
            }
            // The connection is closed then, which CometBFT takes for an application that is gone.
            let _ = self.join(cometbft);
        }
    }

    fn join(self: &Arc<Self>, cometbft: UnixStream) -> io::Result<()> {
        let app = UnixStream::connect(&self.app)?;
        locked(&self.ends).extend([cometbft.try_clone()?, app.try_clone()?]);
        let (asking, asked) = (cometbft.try_clone()?, app.try_clone()?);
        let shared = self.clone();
        // Whatever ends one direction ends the connection.
        thread::spawn(move || {
            let _ = shared.requests(&asking, &asked);
            close([&asking, &asked]);
        });
        let shared = self.clone();
        thread::spawn(move || {
            let _ = shared.answers(&app, &cometbft);
            close([&app, &cometbft]);
        });
        Ok(())
    }

    /// Hands over what CometBFT asks.
    fn requests(&self, mut from: &UnixStream, mut to: &UnixStream) -> io::Result<()> {
        while let Some(frame) = frame(&mut from)? {
            let call = Request::decode_length_delimited(frame.as_slice()).map_err(io::Error::other)?.value;
            let Some(call) = call else { return Err(io::Error::other("a request without a call")) };
            if self.comes(|point| point.is_before(&call)) {
                return Ok(());
            }
            to.write_all(&frame)?;
            if self.comes(|point| point.is_within(&call)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands over what the application answers.
    fn answers(&self, mut from: &UnixStream, mut to: &UnixStream) -> io::Result<()> {
        while let Some(frame) = frame(&mut from)? {
            let answer = Response::decode_length_delimited(frame.as_slice()).map_err(io::Error::other)?.value;
            if answer.is_some_and(|answer| self.comes(|point| point.is_after(&answer))) {
                return Ok(());
            }
            to.write_all(&frame)?;
        }
        Ok(())
    }

    /// Ends the application when its point has come.
    fn comes(&self, is_here: impl Fn(Point) -> bool) -> bool {
        let mut armed = locked(&self.armed);
        let Some(crash) = armed.take_if(|crash| is_here(crash.point)) else { return false };
        if !crash.delay.is_zero() {
            thread::sleep(crash.delay);
        }
        let process = i32::try_from(crash.process).ok().and_then(Pid::from_raw);
        // It is nobody's number but the application's: who started it has not yet heard that it ended.
        process.is_some_and(|process| kill_process(process, Signal::KILL).is_ok())
    }

    fn shut(&self) {
        for end in locked(&self.ends).drain(..) {
            // An end that is closed already is as good.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn close(ends: [&UnixStream; 2]) {
    for end in ends {
        // An end that is closed already is as good.
        let _ = end.shutdown(Shutdown::Both);
    }
}

/// Reads one frame with its length before it; `None` at the end.
fn frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let (mut frame, mut length, mut shift) = (Vec::new(), 0_usize, 0_u32);
    loop {
        let mut byte = [0];
        if from.read(&mut byte)? == 0 {
            return Ok(None);
        }
        frame.extend(byte);
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if length > MOST || shift > 28 {
            return Err(io::Error::other("the frame is too long"));
        }
        if byte[0] < 0x80 {
            break;
        }
    }
    let begin = frame.len();
    frame.resize(begin + length, 0);
    from.read_exact(&mut frame[begin..])?;
    Ok(Some(frame))
}

fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// The lists stay usable after a panic of another thread: they are never left half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
