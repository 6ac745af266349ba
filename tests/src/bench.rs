//! What a benchmark leaves behind: a line for people and `target/bench/<name>.json` for programs.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::wire::workspace;

/// One measured figure, beside what it is compared with.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// What was measured; the file's name.
    pub name: String,
    /// The figure: the median of the runs.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// The figure divided by what it is compared with, when it is compared.
    pub ratio: Option<f64>,
    /// What it is compared with, measured in the same run.
    pub ratio_to: Option<&'static str>,
    /// The processor and the number of cores.
    pub machine: String,
    /// The commit that was measured.
    pub commit: String,
}

impl Record {
    /// Prints and keeps a figure that stands alone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn figure(name: &str, value: f64, unit: &'static str) -> Result<()> {
        Self::keep(name, value, unit, None)
    }

    /// Prints and keeps a figure and its ratio to something measured in the same run.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn ratio(name: &str, value: f64, unit: &'static str, ratio: f64, to: &'static str) -> Result<()> {
        Self::keep(name, value, unit, Some((ratio, to)))
    }

    fn keep(name: &str, value: f64, unit: &'static str, ratio: Option<(f64, &'static str)>) -> Result<()> {
        let record = Self {
            name: name.into(),
            value,
            unit,
            ratio: ratio.map(|(ratio, _)| ratio),
            ratio_to: ratio.map(|(_, to)| to),
            machine: machine(),
            commit: commit(),
        };
        match ratio {
            Some((ratio, to)) => println!("{name:<44} {value:>14.3} {unit:<12} {ratio:>8.3} × {to}"),
            None => println!("{name:<44} {value:>14.3} {unit}"),
        }
        let folder = workspace().join("target/bench");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let path: PathBuf = folder.join(format!("{name}.json"));
        fs::write(&path, serde_json::to_vec_pretty(&record)?)
            .with_context(|| format!("writing {}", path.display()))
    }
}

/// The middle one of some measurements.
///
/// # Panics
/// When there are none.
pub fn median(mut runs: Vec<f64>) -> f64 {
    assert!(!runs.is_empty(), "a median needs a measurement");
    runs.sort_by(f64::total_cmp);
    runs.swap_remove(runs.len() / 2)
}

/// The measurement that `percent` of them do not pass.
///
/// # Panics
/// When there are none.
pub fn percentile(mut runs: Vec<f64>, percent: usize) -> f64 {
    assert!(!runs.is_empty(), "a percentile needs a measurement");
    runs.sort_by(f64::total_cmp);
    let index = (runs.len() * percent / 100).min(runs.len() - 1);
    runs.swap_remove(index)
}

fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':']))
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(workspace()).output();
    output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(String::new, |text| text.trim().into())
}
