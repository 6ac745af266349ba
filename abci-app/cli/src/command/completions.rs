//! `sirius completions`: what a shell needs to complete commands, modules and verbs.

use clap::ArgMatches;
use clap_complete::Shell;
use sirius_sdk::catalogue::Catalogue;

use crate::{argument, failure::Failure, show::print};

pub(super) fn run(catalogue: &Catalogue, matches: &ArgMatches) -> Result<(), Failure> {
    let shell = matches.get_one::<Shell>("shell").ok_or_else(|| Failure::input("name a shell"))?;
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut argument::command(catalogue), "sirius", &mut script);
    print(&String::from_utf8_lossy(&script))
}
