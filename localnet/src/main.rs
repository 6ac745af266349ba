//! The program `localnet`: see `localnet --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    localnet::command::run()
}
