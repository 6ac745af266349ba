//! The thread that owns a unit of a host's programs: it starts them, watches them, does what it is told, and starts again
//! what ends by itself.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::unit::{Role, Unit};
use crate::{Error, Phase};

/// How often the programs are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How often the size of the logs is looked at.
const LOG_TICK: Duration = Duration::from_secs(10);
/// How many orders may wait for a unit that is busy stopping or starting.
const MAX_ORDERS: usize = 16;
/// How often in a row a unit is started again by itself.
const MAX_RESTARTS: u32 = 8;
/// The wait before the first of them; each next one doubles it.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
/// The longest wait.
const MAX_BACKOFF: Duration = Duration::from_secs(10);
/// A unit that ran for so long has recovered: its next end begins a new row.
const STABLE: Duration = Duration::from_secs(30);

/// What a keeper can be told to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Start,
    /// From now on, start again what ends by itself.
    Keep,
    /// End everything at once; [`Order::Resume`] follows.
    Kill,
    /// End one program at once, then what is left; [`Order::Resume`] follows.
    KillOnly(Role),
    /// Stop everything in order; [`Order::Resume`] follows.
    Halt,
    /// Start what was ended to disturb it.
    Resume,
    Pause(Duration),
    Stop,
}

/// What others may know of the unit.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    ids: Vec<(Role, u32)>,
    pub(crate) started: Option<Instant>,
    pub(crate) restarts: u32,
    pub(crate) trouble: Option<String>,
}

impl State {
    /// What went wrong, where the unit was given up.
    pub(crate) fn given_up(self) -> Option<String> {
        (self.phase == Phase::Failed).then(|| self.trouble.unwrap_or_default())
    }

    /// The process in this role.
    pub(crate) fn id(&self, role: Role) -> Option<u32> {
        self.ids.iter().find(|(found, _)| *found == role).map(|(_, id)| *id)
    }
}

type Reply = Result<(), Error>;

/// A handle on the thread. Dropping it stops the unit and waits for that.
#[derive(Debug)]
pub(crate) struct Keeper {
    orders: Option<SyncSender<(Order, SyncSender<Reply>)>>,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread; the unit waits for [`Order::Start`].
    pub(crate) fn new(unit: Unit) -> Result<Self, Error> {
        let (orders, received) = sync_channel(MAX_ORDERS);
        let state =
            State { phase: Phase::Stopped, ids: Vec::new(), started: None, restarts: 0, trouble: None };
        let state = Arc::new(Mutex::new(state));
        let watch = Watch {
            unit,
            state: state.clone(),
            keep: false,
            in_a_row: 0,
            retry_at: None,
            resume_at: None,
            logs_at: Instant::now(),
        };
        let thread = thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || watch.run(&received))
            .map_err(|source| Error::Io { action: "start a thread".to_owned(), source })?;
        Ok(Self { orders: Some(orders), state, thread: Some(thread) })
    }

    /// Gives an order without waiting; the receiver yields its result.
    pub(crate) fn order(&self, order: Order) -> Result<Receiver<Reply>, Error> {
        let (reply, result) = sync_channel(1);
        let orders = self.orders.as_ref().ok_or(Error::Stopped)?;
        orders.send((order, reply)).map_err(|_| Error::Stopped)?;
        Ok(result)
    }

    /// Gives an order and waits until it is done.
    pub(crate) fn command(&self, order: Order) -> Reply {
        self.order(order)?.recv().map_err(|_| Error::Stopped)?
    }

    /// What is known of the host now.
    pub(crate) fn state(&self) -> State {
        lock(&self.state).clone()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Without anybody left to give orders the thread stops its host and ends.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed, and its unwinding has killed the programs.
            let _ = thread.join();
        }
    }
}

/// The state stays readable after a panic of the thread that writes it.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread knows.
struct Watch {
    unit: Unit,
    state: Arc<Mutex<State>>,
    keep: bool,
    in_a_row: u32,
    retry_at: Option<Instant>,
    resume_at: Option<Instant>,
    logs_at: Instant,
}

impl Watch {
    fn run(mut self, orders: &Receiver<(Order, SyncSender<Reply>)>) {
        loop {
            match orders.recv_timeout(TICK) {
                Ok((order, reply)) => {
                    let result = self.obey(order);
                    // Whoever gave the order may have stopped waiting.
                    let _ = reply.send(result);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.stop(),
            }
            self.look();
        }
    }

    fn obey(&mut self, order: Order) -> Reply {
        let phase = lock(&self.state).phase;
        match order {
            Order::Start => self.start(),
            Order::Stop => {
                self.stop();
                Ok(())
            }
            // Disturbing a unit must not start one that was stopped on purpose.
            _ if phase == Phase::Stopped => Err(Error::Stopped),
            // It ended after it was last looked at and before anybody would start it again.
            Order::Keep if phase == Phase::Failed => {
                Err(Error::Refused(lock(&self.state).trouble.clone().unwrap_or_default()))
            }
            Order::Keep => {
                self.keep = true;
                Ok(())
            }
            Order::Kill => {
                self.unit.kill();
                self.ended();
                Ok(())
            }
            Order::KillOnly(role) => {
                if !self.unit.kill_only(role) {
                    let name = self.unit.name();
                    return Err(Error::Pointless(format!(
                        "{name} has no application process to kill: use `kill`"
                    )));
                }
                self.unit.bury();
                self.ended();
                Ok(())
            }
            Order::Halt => {
                self.unit.stop();
                self.ended();
                Ok(())
            }
            Order::Resume => self.start(),
            Order::Pause(duration) => self.pause(duration),
        }
    }

    fn start(&mut self) -> Reply {
        (self.retry_at, self.resume_at) = (None, None);
        let result = self.unit.start();
        match &result {
            Ok(()) => {
                let mut state = lock(&self.state);
                state.phase = Phase::Running;
                state.ids = self.unit.ids();
                state.started = Some(Instant::now());
            }
            Err(error) => self.bury(error),
        }
        result
    }

    /// Nothing runs, and [`Order::Resume`] is to come.
    fn ended(&mut self) {
        (self.retry_at, self.resume_at) = (None, None);
        self.publish_down(Phase::Waiting);
    }

    fn stop(&mut self) {
        (self.keep, self.retry_at, self.resume_at) = (false, None, None);
        self.unit.stop();
        self.publish_down(Phase::Stopped);
    }

    fn pause(&mut self, duration: Duration) -> Reply {
        if lock(&self.state).phase != Phase::Running {
            let name = self.unit.name();
            return Err(Error::Pointless(format!("{name} does not run now, so that it cannot be paused")));
        }
        self.unit.signal(Signal::STOP);
        self.resume_at = Some(Instant::now() + duration);
        lock(&self.state).phase = Phase::Paused;
        Ok(())
    }

    /// Everything that happens by itself.
    fn look(&mut self) {
        let now = Instant::now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.resume_at) {
            self.resume_at = None;
            self.unit.signal(Signal::CONT);
            lock(&self.state).phase = Phase::Running;
        }
        if let Some(error) = self.unit.death() {
            self.bury(&error);
        }
        if due(self.retry_at) {
            lock(&self.state).restarts += 1;
            // A failure to start has set the next time already.
            let _ = self.start();
        }
        if now.duration_since(self.logs_at) >= LOG_TICK {
            self.logs_at = now;
            self.unit.trim_logs();
        }
    }

    /// Clears away what is left of a unit that does not run any more, and decides whether it is started again.
    fn bury(&mut self, error: &Error) {
        self.unit.bury();
        let stable = lock(&self.state).started.is_some_and(|started| started.elapsed() >= STABLE);
        self.in_a_row = if stable { 1 } else { self.in_a_row.saturating_add(1) };
        let again = self.keep && self.in_a_row <= MAX_RESTARTS;
        let wait =
            FIRST_BACKOFF.saturating_mul(1 << self.in_a_row.clamp(1, 16).saturating_sub(1)).min(MAX_BACKOFF);
        self.retry_at = again.then(|| Instant::now() + wait);
        self.resume_at = None;
        self.publish_down(if again { Phase::Waiting } else { Phase::Failed });
        lock(&self.state).trouble = Some(error.to_string());
        match again {
            true => tracing::warn!(host = self.unit.name(), ?wait, "starting again: {error}"),
            false => tracing::error!(host = self.unit.name(), "giving up: {error}"),
        }
    }

    fn publish_down(&self, phase: Phase) {
        let mut state = lock(&self.state);
        state.phase = phase;
        state.ids.clear();
        state.started = None;
    }
}
