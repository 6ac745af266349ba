//! Clocks, counters of this process, and where results go.

use std::{fs, path::Path, process::Command, time::Duration};

/// Durations of many runs of the same thing.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
        self.0.sort_unstable();
    }

    /// The duration that this share of the runs did not exceed, in milliseconds.
    pub(crate) fn milliseconds(&self, share: f64) -> f64 {
        let index = ((self.0.len() - 1) as f64 * share).round() as usize;
        self.0[index].as_secs_f64() * 1e3
    }
}

/// Milliseconds of processor time that this process has used: the database's own threads, or all others.
pub(crate) fn processor(background: bool) -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let used = tasks.filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let ran = fs::read_to_string(task.path().join("schedstat")).ok()?;
        (name.starts_with("fjall") == background)
            .then(|| ran.split(' ').next()?.parse::<f64>().ok())
            .flatten()
    });
    used.sum::<f64>() / 1e6
}

/// Bytes that this process has sent to the disk.
pub(crate) fn written() -> u64 {
    field("/proc/self/io", "write_bytes:")
}

/// Resident memory of this process in megabytes.
pub(crate) fn resident() -> f64 {
    field("/proc/self/status", "VmRSS:") as f64 / 1024.0
}

fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Bytes that a file or folder takes on the disk.
pub(crate) fn on_disk(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    if path.is_dir() {
        fs::read_dir(path).unwrap().flatten().map(|entry| on_disk(&entry.path())).sum()
    } else {
        path.metadata().map_or(0, |metadata| metadata.blocks() * 512)
    }
}

/// The processor and how many of it there are.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{} x {cores}", model.map_or("unknown processor", |(_, model)| model))
}

/// The commit that is measured.
pub(crate) fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Prints a result and writes it to `target/bench/NAME.json`; `beside` is what it is compared with in the same run.
pub(crate) fn report(name: &str, value: f64, unit: &str, beside: Option<(f64, &str)>) {
    let ratio = beside.map(|(other, _)| value / other);
    let compared =
        beside.map_or(String::new(), |(other, what)| format!("  {:.2} x {what} ({other:.2})", value / other));
    println!("{name:<44} {value:>10.2} {unit}{compared}");
    let json = serde_json::json!({
        "name": name, "value": value, "unit": unit, "ratio": ratio, "ratio_to": beside.map(|(_, what)| what),
        "machine": machine(), "commit": commit(),
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/bench");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.json")), format!("{json:#}\n")).unwrap();
}
