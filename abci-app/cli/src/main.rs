//! The program `sirius`: what a person does with the chain, see `sirius --help`.

mod argument;
mod command;
mod document;
mod failure;
mod names;
mod progress;
mod prompt;
mod session;
mod show;

use std::{io::Write as _, process::ExitCode};

use clap::error::ErrorKind;
use sirius_sdk::catalogue::Catalogue;

use failure::Failure;

fn main() -> ExitCode {
    let catalogue = Catalogue::new();
    let matches = match argument::command(&catalogue).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let json = matches.get_flag(argument::JSON);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Failure::file("starting", "the asynchronous runtime", &error), json),
    };
    let result = runtime.block_on(command::run(catalogue, &matches));
    // Whatever still waits for an answer is of no use to anybody.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure, json),
    }
}

/// Arguments that cannot be understood are refused like any other input; help and version are what was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        return report(&Failure::input(text.trim_start_matches("error: ").trim_end()), true);
    }
    // That nobody reads the text is no failure of its own.
    let _ = error.print();
    if asked { ExitCode::SUCCESS } else { ExitCode::from(failure::REFUSED) }
}

/// Says what went wrong: as JSON where that was asked for, else in words on standard error.
fn report(failure: &Failure, json: bool) -> ExitCode {
    if json {
        let _ = writeln!(std::io::stdout(), "{}", failure.to_json());
    } else {
        let _ = writeln!(std::io::stderr(), "error: {failure}");
    }
    ExitCode::from(failure.exit_code())
}
