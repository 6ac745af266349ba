//! What a process has used so far (proc(5)).

use std::fs;

use anyhow::{Context as _, Result};

/// Clock ticks of a second in `/proc`, on every Linux that is built for (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Seconds that a core has worked for a process, its own and the system's for it.
///
/// # Errors
/// The process is gone.
pub fn worked(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    // The second field is a name in brackets, which may hold anything; those meant are the 14th and the 15th.
    let (_, fields) = stat.rsplit_once(')').with_context(|| format!("{path} has no name"))?;
    let mut ticks = fields.split_ascii_whitespace().skip(11).map(str::parse::<f64>);
    let mut next = || ticks.next().with_context(|| format!("{path} is short"));
    Ok((next()?? + next()??) / TICKS)
}

/// Resident memory of a process in MB.
///
/// # Errors
/// The process is gone.
pub fn memory(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: f64 =
        line.with_context(|| format!("{path} has no VmRSS"))?.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}
