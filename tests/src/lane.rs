//! Runs the cases of a lane one after the other on one network, and says what `cargo test` says.
//!
//! The lanes that start real networks are programs of their own (`harness = false`): a network must be stopped whatever
//! becomes of the tests, which a test harness that ends with `exit` would not do.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use thiserror::Error;

/// One case: what it promises, and how that is tried on `T`.
pub struct Case<T> {
    /// The promise, as the name of a test.
    pub name: &'static str,
    /// Fails, by error or panic, when the promise is not kept.
    pub run: fn(&mut T) -> Result<()>,
}

impl<T> std::fmt::Debug for Case<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.name)
    }
}

/// Why a case could not be tried on this machine; an error of this kind fails no lane, and is said aloud.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Impossible(pub String);

/// A number from the environment; `None` where it is not set.
///
/// # Errors
/// It is no number of that kind.
pub fn number<T: FromStr>(name: &str) -> Result<Option<T>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| anyhow!("{name} is {text:?}: use a number"))
}

/// Runs the cases whose names contain one of the words on the command line, or all of them.
///
/// `start` makes what they run on; `explain` tells more about a failure. The whole lane ends after `limit`, its
/// processes with it.
pub fn run<T>(
    cases: &[Case<T>],
    limit: Duration,
    start: impl FnOnce() -> Result<T>,
    explain: impl Fn(&T) -> String,
) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen: Vec<_> = cases
        .iter()
        .filter(|case| words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str())))
        .collect();
    if std::env::args().any(|word| word == "--list") {
        chosen.iter().for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    let begin = Instant::now();
    end_after(limit);
    println!("\nrunning {} tests", chosen.len());
    let (mut passed, mut ignored, mut failed) = (0, 0, Vec::new());
    if !chosen.is_empty() {
        match start() {
            Ok(mut bed) => {
                for case in &chosen {
                    match attempt(case, &mut bed) {
                        Ok(()) => passed += 1,
                        Err(error) if error.is::<Impossible>() => ignored += 1,
                        Err(error) => {
                            println!("--- {}\n{error:#}\n{}", case.name, explain(&bed));
                            failed.push(case.name);
                        }
                    }
                }
            }
            Err(error) => {
                println!("nothing could be tried: {error:#}");
                failed.extend(chosen.iter().map(|case| case.name));
            }
        }
    }
    failed.iter().for_each(|name| println!("failed: {name}"));
    let result = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {} failed; {ignored} ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        failed.len(),
        cases.len() - chosen.len(),
        begin.elapsed().as_secs_f64(),
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

fn attempt<T>(case: &Case<T>, bed: &mut T) -> Result<()> {
    let begin = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| (case.run)(bed)))
        .unwrap_or_else(|panic| Err(anyhow!("panicked: {}", words_of(panic.as_ref()))));
    let verdict = match &result {
        Ok(()) => "ok".to_owned(),
        Err(error) if error.is::<Impossible>() => format!("ignored, {error}"),
        Err(_) => "FAILED".to_owned(),
    };
    println!("test {} ... {verdict} ({:.1} s)", case.name, begin.elapsed().as_secs_f64());
    result
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Ends the program when the lane takes too long; the network's programs die with the threads that started them.
fn end_after(limit: Duration) {
    thread::spawn(move || {
        thread::sleep(limit);
        eprintln!("the lane took longer than {} s and is ended", limit.as_secs());
        std::process::exit(101);
    });
}
