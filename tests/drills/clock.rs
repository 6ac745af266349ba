//! A validator whose clock is an hour off: the others go on, and the time of blocks stays right.
//!
//! Go programs ask the kernel for the time by a function that it maps into each process (the vDSO), past any library that
//! could be put in between. So this writes another function over it: the system call, and so many seconds more where the
//! time of day was asked for. A program that is started again has the right time again.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use localnet::Perturbation;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sirius_tests::bed::Bed;
use sirius_tests::lane::Impossible;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::setting::{Setting, drill};

/// The host whose clock is wrong.
const HOST: usize = 1;
/// How wrong, in seconds.
const HOUR: i32 = 3_600;
/// Blocks that are looked at while it is: each validator proposes one.
const BLOCKS: u64 = 6;
/// How far the time of a block may be from this machine's. It is that of the votes for the block before.
const EXACT: Duration = Duration::from_secs(20);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How often a process may be met just when it asks for the time.
const TRIES: usize = 100;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    if !cfg!(target_arch = "x86_64") {
        let reason = "the function that is written over the kernel's is for x86-64";
        return Err(Impossible(reason.to_owned()).into());
    }
    let bed = setting.bed()?;
    drill(bed, || {
        for seconds in [HOUR, -HOUR] {
            off_by(bed, seconds).with_context(|| format!("a clock {seconds} s off"))?;
        }
        Ok(0)
    })
}

fn off_by(bed: &Bed, seconds: i32) -> Result<()> {
    let host = bed.network().status().hosts.swap_remove(HOST);
    shift(host.cometbft_pid.context("CometBFT runs")?, seconds)?;
    let before = bed.rpc(0).status()?.height;
    let others = (0..bed.network().hosts()).filter(|host| *host != HOST);
    for rpc in others.map(|host| bed.rpc(host)) {
        let deadline = Instant::now() + PATIENCE;
        while rpc.status()?.height < before + BLOCKS {
            ensure!(Instant::now() < deadline, "{} does not go on from {before}", rpc.url());
            sleep(LOOK);
        }
    }
    let now = now()?;
    for header in bed.rpc(0).headers(before + 1, before + BLOCKS)? {
        let off = now.abs_diff(header.nanos);
        ensure!(off < EXACT.as_nanos(), "block {} has a time {} s off", header.height, off / 1_000_000_000);
    }
    if seconds > 0 {
        let ahead = (vote(bed, before + BLOCKS / 2)? - now) / 1_000_000_000;
        println!("  ahead: the time of blocks is right, that of the host's own vote is {ahead} s off");
        ensure!(ahead > i128::from(seconds - 60), "the clock was not shifted: {ahead} s");
    } else {
        refuses(bed)?;
        println!("  behind: the time of blocks is right, the host takes it for the future and stands still");
    }
    bed.network().perturb(HOST, Perturbation::Restart)?;
    let height = bed.rpc(0).status()?.height + 2;
    Ok(bed.network().wait_height(height, PATIENCE)?)
}

fn now() -> Result<i128> {
    Ok(i128::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

/// Waits until the host has refused a block whose time lies beyond its own by more than CometBFT tolerates (a minute). It
/// stays up then without making blocks, until it is started again with a right clock.
fn refuses(bed: &Bed) -> Result<()> {
    let (log, deadline) = (bed.network().files(HOST).cometbft_log, Instant::now() + PATIENCE);
    while !fs::read_to_string(&log)?.contains("is too far in the future") {
        ensure!(Instant::now() < deadline, "the clock was not shifted: the host refuses no block");
        sleep(LOOK);
    }
    Ok(())
}

/// The time that the host put into a vote soon after the block at `height`, in nanoseconds since 1970. A vote that came too
/// late is in no block.
fn vote(bed: &Bed, height: u64) -> Result<i128> {
    let status: Value = bed.rpc(HOST).call("status", json!({}))?;
    let validator =
        status.pointer("/validator_info/address").and_then(Value::as_str).context("an address")?;
    for height in height..=height + BLOCKS {
        bed.network().wait_host_height(0, height + 1, PATIENCE)?;
        let commit: Value = bed.rpc(0).call("commit", json!({ "height": height.to_string() }))?;
        let votes = commit.pointer("/signed_header/commit/signatures").and_then(Value::as_array);
        let own =
            votes.context("a commit has votes")?.iter().find(|vote| vote["validator_address"] == validator);
        if let Some(time) = own.and_then(|own| own["timestamp"].as_str()) {
            return Ok(OffsetDateTime::parse(time, &Rfc3339)?.unix_timestamp_nanos());
        }
    }
    bail!("the host's votes are in none of {BLOCKS} blocks")
}

/// Shifts the time of day of a process of ours.
fn shift(process: u32, seconds: i32) -> Result<()> {
    let id = Pid::from_raw(i32::try_from(process)?).context("a process id")?;
    let memory = OpenOptions::new().read(true).write(true).open(format!("/proc/{process}/mem"));
    let memory = memory.map_err(not_allowed)?;
    let vdso = Vdso::find(process, &memory)?;
    for _ in 0..TRIES {
        kill_process(id, Signal::STOP)?;
        let place = where_it_stands(process, &vdso);
        let written = match place {
            Ok(Place::Elsewhere) => memory.write_all_at(&shifted(seconds), vdso.clock_gettime),
            _ => Ok(()),
        };
        kill_process(id, Signal::CONT)?;
        written.map_err(not_allowed)?;
        if let Place::Elsewhere = place? {
            return Ok(());
        }
        sleep(Duration::from_millis(1));
    }
    bail!("process {process} asks for the time whenever it is looked at")
}

fn not_allowed(error: std::io::Error) -> Impossible {
    Impossible(format!(
        "the memory of another process cannot be written here, so that no clock can be shifted: {error}"
    ))
}

/// The function that is written: `clock_gettime(clock, time)`.
fn shifted(seconds: i32) -> Vec<u8> {
    let mut code = vec![
        0xb8, 0xe4, 0x00, 0x00, 0x00, // mov eax, 228      the system call of that name
        0x0f, 0x05, //                   syscall
        0x85, 0xff, //                   test edi, edi     0 is the time of day
        0x75, 0x07, //                   jnz to the end
        0x48, 0x81, 0x06, //             add qword [rsi], seconds
    ];
    code.extend(seconds.to_le_bytes());
    code.push(0xc3); //                  ret
    code
}

/// What the kernel maps into a process.
struct Vdso {
    begin: u64,
    end: u64,
    /// Where the function is.
    clock_gettime: u64,
}

impl Vdso {
    fn find(process: u32, memory: &File) -> Result<Self> {
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let line = maps.lines().find(|line| line.ends_with("[vdso]")).context("no vDSO is mapped")?;
        let (begin, end) =
            line.split(' ').next().and_then(|range| range.split_once('-')).context("a range")?;
        let (begin, end) = (u64::from_str_radix(begin, 16)?, u64::from_str_radix(end, 16)?);
        let mut image = vec![0; usize::try_from(end - begin)?];
        memory.read_exact_at(&mut image, begin)?;
        let offset = symbol(&image, b"__vdso_clock_gettime\0").context("the vDSO has no clock")?;
        Ok(Self { begin, end, clock_gettime: begin + offset })
    }
}

/// The value of a symbol of a 64-bit ELF image that is mapped as it is.
fn symbol(image: &[u8], name: &[u8]) -> Option<u64> {
    const DYNAMIC: u64 = 2;
    const STRINGS: u64 = 5;
    const SYMBOLS: u64 = 6;
    let number = |at: usize, bytes: usize| -> Option<u64> {
        let mut number = [0; 8];
        number[..bytes].copy_from_slice(image.get(at..at + bytes)?);
        Some(u64::from_le_bytes(number))
    };
    let place = |number: u64| usize::try_from(number).ok();
    let (headers, size, count) =
        (place(number(0x20, 8)?)?, place(number(0x36, 2)?)?, place(number(0x38, 2)?)?);
    let mut header = (0..count).map(|index| headers + index * size);
    let dynamic = header.find(|at| number(*at, 4) == Some(DYNAMIC))?;
    let table = place(number(dynamic + 0x08, 8)?)?;
    let entry = |tag: u64| {
        let at = (table..image.len()).step_by(16).find(|at| number(*at, 8) == Some(tag))?;
        place(number(at + 8, 8)?)
    };
    let (strings, symbols) = (entry(STRINGS)?, entry(SYMBOLS)?);
    let named = |at: &usize| {
        let from = number(*at, 4).and_then(place).and_then(|offset| image.get(strings + offset..));
        from.is_some_and(|text| text.starts_with(name))
    };
    // The strings come behind the symbols.
    let at = (symbols..strings).step_by(24).find(named)?;
    number(at + 8, 8)
}

/// Where the threads of a process are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One has not stopped yet.
    Underway,
    /// One stands within the vDSO, so that nothing there may be changed.
    Within,
    /// All stand elsewhere.
    Elsewhere,
}

/// Waits until every thread of a process that was stopped stands still.
fn where_it_stands(process: u32, vdso: &Vdso) -> Result<Place> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look(process, vdso)? {
            Place::Underway => ensure!(Instant::now() < deadline, "process {process} does not stop"),
            place => return Ok(place),
        }
        sleep(Duration::from_millis(1));
    }
}

fn look(process: u32, vdso: &Vdso) -> Result<Place> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let said = fs::read_to_string(thread?.path().join("syscall"))?;
        // It says `running` until the thread has noticed that it was stopped.
        let Some(place) = said.trim().rsplit(' ').next().and_then(|word| word.strip_prefix("0x")) else {
            return Ok(Place::Underway);
        };
        if (vdso.begin..vdso.end).contains(&u64::from_str_radix(place, 16)?) {
            return Ok(Place::Within);
        }
    }
    Ok(Place::Elsewhere)
}
