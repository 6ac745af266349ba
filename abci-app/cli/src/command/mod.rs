//! What each command does.

mod block;
mod broadcast;
mod catalogue;
mod completions;
mod confirm;
mod db;
mod keys;
mod lookup;
mod query;
mod secrets;
mod sign;
mod status;
mod tx;
mod verify;
mod watch;

use clap::ArgMatches;
use sirius_sdk::catalogue::Catalogue;

use crate::{failure::Failure, session::Session, show::Output};

/// Does what the arguments say.
///
/// # Errors
/// Why it was not done.
pub(crate) async fn run(catalogue: Catalogue, matches: &ArgMatches) -> Result<(), Failure> {
    let output = Output::new(matches.get_flag(crate::argument::JSON));
    let Some((word, arguments)) = matches.subcommand() else {
        return Err(Failure::input("name a command; `sirius --help` lists them"));
    };
    // These need no home.
    match word {
        "completions" => return completions::run(&catalogue, arguments),
        "catalogue" => return catalogue::run(&catalogue, output),
        "verify" => return verify::run(matches, arguments, output),
        "db" => {
            if let Some(arguments) = db::verifies(arguments) {
                return db::verify(matches, arguments, output);
            }
        }
        _ => {}
    }
    let session = Session::open(catalogue, matches)?;
    match word {
        "tx" => match arguments.get_one::<String>("hash") {
            Some(hash) => lookup::run(&session, hash).await,
            None => tx::run(&session, arguments).await,
        },
        "query" => query::run(&session, arguments).await,
        "status" => status::run(&session).await,
        "block" => block::run(&session, arguments).await,
        "watch" => watch::run(&session, arguments).await,
        "keys" => keys::run(&session, arguments),
        "db" => db::run(&session, arguments).await,
        "sign" => sign::run(&session, arguments).await,
        "multisign" => sign::multisign(&session, arguments).await,
        "broadcast" => broadcast::run(&session, arguments).await,
        other => Err(Failure::input(format!("there is no command {other}; `sirius --help` lists them"))),
    }
}
