//! Prints a figure and writes it to `target/bench/<name>.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

/// Where the figures go, and what they were measured on.
pub(crate) struct Report {
    folder: PathBuf,
    machine: String,
    commit: String,
}

impl Report {
    pub(crate) fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
        fs::create_dir_all(&folder).unwrap();
        println!("{:<32} {:>12} {:<5} {:>8}", "median of runs", "value", "unit", "of echo");
        Self { folder, machine: machine(), commit: commit() }
    }

    /// The medians of `values` and of their ratios to `echo`, run by run.
    pub(crate) fn write(
        &self,
        name: &str,
        unit: &str,
        values: impl Iterator<Item = f64> + Clone,
        echo: impl Iterator<Item = f64>,
    ) {
        let ratio = median(values.clone().zip(echo).map(|(value, echo)| value / echo).collect());
        let value = median(values.collect());
        println!("{name:<32} {value:>12.1} {unit:<5} {ratio:>8.2}");
        let Self { machine, commit, .. } = self;
        let text = json!({
            "name": name, "value": value, "unit": unit, "ratio": ratio,
            "ratio_to": "echo of the same frames over a unix socket", "machine": machine, "commit": commit,
        });
        fs::write(self.folder.join(format!("{name}.json")), format!("{text:#}\n")).unwrap();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} x {}", model.map_or("unknown processor", |(_, model)| model))
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
