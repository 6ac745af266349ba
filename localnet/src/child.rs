//! The last step before a program of a host runs: it must not outlive whoever watches it.
//!
//! `localnet child --parent PID -- PROGRAM …` asks the kernel to kill this process when its parent ends, however the
//! parent ends, and then becomes the program. The request belongs to the process and survives `exec`; made between
//! `fork` and `exec` it would need `unsafe` code here.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::Error;

/// Becomes `program`; returns only when that fails.
///
/// # Errors
/// The parent is gone already, or the program cannot be started.
pub(crate) fn become_program(parent: u32, program: &OsString, arguments: &[OsString]) -> Result<(), Error> {
    let path = Path::new(program);
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| Error::io("ask to die with the parent before starting", path)(error.into()))?;
    // The parent may have ended before the request was made, and then nobody will send the signal.
    let alive = getppid().map(Pid::as_raw_pid).and_then(|pid| u32::try_from(pid).ok());
    if alive != Some(parent) {
        return Err(Error::Stopped);
    }
    Err(Error::io("start", path)(Command::new(program).args(arguments).exec()))
}
