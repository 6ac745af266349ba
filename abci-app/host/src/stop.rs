//! A panic on a connection's thread stops the process: one line on stderr, then [`PANIC_EXIT_CODE`].
//!
//! The process is left from inside the panic hook, before anything is unwound, so that no destructor of the
//! application runs on a state that is half changed. Panics of other threads are left to the hook that was there; when
//! such a panic is handed on to a connection's thread (as rayon does, without calling a hook), it is caught at the
//! thread's bottom and stops the process there.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};
use std::time::Instant;

use crate::call_log::{CallLog, Event, Line};
use crate::method::Method;

/// Exit code of a process that a panic in its application has stopped (`EX_SOFTWARE` of `sysexits.h`).
pub const PANIC_EXIT_CODE: i32 = 70;

/// What a guarded thread is doing.
struct Current {
    connection: u64,
    log: Option<Arc<CallLog>>,
    call: Option<Call>,
}

struct Call {
    method: Method,
    height: Option<i64>,
    begun: Instant,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Puts our hook before the one that is there, once a process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            stop_if_guarded(panic);
            previous(panic);
        }));
    });
}

/// Runs `work` such that a panic in it stops the process.
pub(crate) fn guard<T>(connection: u64, log: Option<Arc<CallLog>>, work: impl FnOnce() -> T) -> T {
    CURRENT.set(Some(Current { connection, log, call: None }));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let current = CURRENT.take();
    match (result, current) {
        (Ok(value), _) => value,
        (Err(payload), Some(current)) => stop(&current, message(payload.as_ref()), None),
        (Err(payload), None) => panic::resume_unwind(payload),
    }
}

/// Runs one call of the application, named in the line that a panic in it prints.
pub(crate) fn during<T>(method: Method, height: Option<i64>, begun: Instant, work: impl FnOnce() -> T) -> T {
    set_call(Some(Call { method, height, begun }));
    let value = work();
    set_call(None);
    value
}

fn set_call(call: Option<Call>) {
    CURRENT.with_borrow_mut(|current| {
        if let Some(current) = current {
            current.call = call;
        }
    });
}

fn stop_if_guarded(panic: &PanicHookInfo<'_>) {
    // A thread that is already losing its locals, or is changing CURRENT, runs no handler.
    let current = CURRENT.try_with(|current| current.try_borrow_mut().ok()?.take());
    if let Ok(Some(current)) = current {
        let place = panic.location().map(ToString::to_string);
        stop(&current, message(panic.payload()), place);
    }
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without a text"
    }
}

/// Prints the one line, closes the call log with the call that panicked, and leaves.
fn stop(current: &Current, message: &str, place: Option<String>) -> ! {
    let doing = match &current.call {
        Some(Call { method, height: Some(height), .. }) => format!("in {method} at height {height}"),
        Some(Call { method, height: None, .. }) => format!("in {method}"),
        None => "between two requests".to_owned(),
    };
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    // The message is quoted, so that one with line breaks stays one line.
    let line = format!(
        "abci: panic {doing} on connection {connection}: {message:?}{place}; the process stops with exit code {PANIC_EXIT_CODE}\n",
        connection = current.connection
    );
    // Nothing is left to be done about a closed stderr.
    let _ = io::stderr().write_all(line.as_bytes());
    if let (Some(log), Some(call)) = (&current.log, &current.call) {
        let took = call.begun.elapsed();
        let event = Event::Call(call.method);
        let mark = Line::mark(current.connection, event);
        log.write(&Line { height: call.height, outcome: "panic", took, ..mark });
    }
    std::process::exit(PANIC_EXIT_CODE)
}
