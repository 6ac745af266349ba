//! The command line's grammar. Verbs and their arguments come from the ledger's catalogue.

mod database;
mod field;
mod option;
mod page;
#[cfg(test)]
mod tests;
mod verb;

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use sirius_sdk::{catalogue::Catalogue, key::Scheme, keystore::Name};

pub(crate) use field::{Reader, needs_units};
pub(crate) use option::{SendArguments, Way, send_arguments, sign_mode};
pub(crate) use verb::{chosen, request};

use sirius_runtime::VerbKind;

pub(crate) const HOME: &str = "home";
pub(crate) const JSON: &str = "json";
pub(crate) const RPC: &str = "rpc";

/// The whole grammar.
pub(crate) fn command(catalogue: &Catalogue) -> Command {
    Command::new("sirius")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The command line of Sirius")
        .after_help("Exit codes: 0 done, 1 refused by the chain or not understood, 2 a network or a file does not work.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(global())
        .subcommand(tx(catalogue))
        .subcommand(query(catalogue))
        .subcommand(Command::new("status").about("Shows how each node stands"))
        .subcommand(
            Command::new("block")
                .about("Shows a block and what came of its transactions")
                .arg(Arg::new("height").value_name("HEIGHT").value_parser(value_parser!(u64)).help("The latest when left out")),
        )
        .subcommand(watch())
        .subcommand(keys())
        .subcommand(database::command())
        .subcommand(verify())
        .subcommand(sign())
        .subcommand(multisign())
        .subcommand(broadcast())
        .subcommand(Command::new("catalogue").about("Lists every message and question of the ledger"))
        .subcommand(
            Command::new("completions").about("Prints the completions of a shell").arg(
                Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(clap_complete::Shell)),
            ),
        )
}

/// The global options stand below each command's own.
fn global() -> impl Iterator<Item = Arg> {
    options().into_iter().map(|option| option.help_heading("Options of every command"))
}

fn options() -> [Arg; 3] {
    [
        Arg::new(HOME)
            .long(HOME)
            .global(true)
            .env("SIRIUS_HOME")
            .value_name("FOLDER")
            .value_parser(value_parser!(PathBuf))
            .help("The folder with client.toml; else .localnet here or above, else ~/.sirius"),
        Arg::new(JSON)
            .long(JSON)
            .global(true)
            .action(ArgAction::SetTrue)
            .help("Answers with one JSON value on standard output; errors too"),
        Arg::new(RPC)
            .long(RPC)
            .global(true)
            .action(ArgAction::Append)
            .value_name("URL")
            .help("Asks this node instead of those in client.toml; may be given more than once"),
    ]
}

fn tx(catalogue: &Catalogue) -> Command {
    let modules = verb::modules(catalogue, VerbKind::Message, option::send);
    Command::new("tx")
        .about("Sends a transaction, or looks one up by its hash")
        .override_usage("sirius tx <MODULE> <VERB> [ARGUMENTS]… --from <NAME>\n       sirius tx <HASH>")
        .arg_required_else_help(true)
        .args_conflicts_with_subcommands(true)
        .arg(Arg::new("hash").value_name("HASH").help("Looks up this transaction: 64 hexadecimal digits"))
        .subcommands(modules)
}

fn query(catalogue: &Catalogue) -> Command {
    let modules = verb::modules(catalogue, VerbKind::Query, |verb| verb.args(option::query()));
    Command::new("query")
        .about("Asks the chain")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(modules)
}

fn watch() -> Command {
    let number = |id: &'static str| Arg::new(id).long(id).value_name("N").value_parser(value_parser!(u64));
    Command::new("watch")
        .about("Shows blocks and transactions as they come, one JSON value a line with --json")
        .arg(number("from").help("Begins with this block instead of the next"))
        .arg(number("blocks").help("Ends after so many blocks"))
}

fn name() -> Arg {
    Arg::new("name")
        .value_name("NAME")
        .required(true)
        .value_parser(value_parser!(Name))
        .help("The name of a key")
}

fn derivation() -> [Arg; 3] {
    let number = |id: &'static str| {
        Arg::new(id).long(id).value_name("N").default_value("0").value_parser(value_parser!(u32))
    };
    [
        Arg::new("scheme")
            .long("scheme")
            .default_value("secp256k1")
            .value_parser(value_parser!(Scheme))
            .help("secp256k1, which Cosmos wallets speak, or ed25519"),
        number("account").help("BIP-44's account"),
        number("index").help("BIP-44's address index"),
    ]
}

fn members() -> [Arg; 3] {
    [
        Arg::new("threshold")
            .long("threshold")
            .value_name("N")
            .required(true)
            .value_parser(value_parser!(u32))
            .help("How many of them must sign"),
        Arg::new("keys").long("keys").value_name("KEYS").required(true).value_delimiter(',').help(
            "The members: names of keys, or public keys as 66 or 64 hexadecimal digits, separated by commas",
        ),
        Arg::new("nosort")
            .long("nosort")
            .action(ArgAction::SetTrue)
            .help("Keeps the order of --keys instead of sorting by address, as the Cosmos command line does"),
    ]
}

fn keys() -> Command {
    let plain = |word: &'static str, about: &'static str| Command::new(word).about(about).arg(name());
    Command::new("keys")
        .about("Manages the keys of the home")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(plain("add", "Makes a new key and prints the words to write down").args(derivation()))
        .subcommand(
            plain("multisig", "Keeps a multisig under a name: so many of these keys sign").args(members()),
        )
        .subcommand(Command::new("list").about("Lists the keys; needs no passphrase"))
        .subcommand(plain("show", "Shows address and public key; needs no passphrase"))
        .subcommand(
            plain("remove", "Deletes a key for good")
                .arg(Arg::new("yes").long("yes").action(ArgAction::SetTrue).help("Does not ask")),
        )
        .subcommand(plain("export", "Prints the words behind a key"))
        .subcommand(
            plain("import", "Keeps a key from its words, typed or piped in").args(derivation()).arg(
                Arg::new("raw")
                    .long("raw")
                    .action(ArgAction::SetTrue)
                    .help("Reads 64 hexadecimal digits instead of words"),
            ),
        )
        .subcommand(
            plain("rotate-passphrase", "Encrypts a key anew under another passphrase").arg(
                Arg::new("new-passphrase-file")
                    .long("new-passphrase-file")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("Takes the new passphrase from a file of mode 0600 instead of asking"),
            ),
        )
        .subcommand(
            plain(
                "rotation-proof",
                "Prints the arguments of `tx auth rotate-key` for putting this key in an account",
            )
            .arg(
                Arg::new("account")
                    .value_name("ACCOUNT")
                    .required(true)
                    .help("The account that gets the key: an address or a name"),
            ),
        )
}

fn file() -> Arg {
    Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("A file that --generate-only, --offline or `sirius sign` printed; - is standard input")
}

fn verify() -> Command {
    let path = |id: &'static str| Arg::new(id).value_name("FILE").value_parser(value_parser!(PathBuf));
    Command::new("verify")
        .about("Checks a proof that `sirius db prove` wrote; asks nobody")
        .arg(path("file").required(true).help("The file; - is standard input"))
        .arg(
            Arg::new("trusted-header")
                .long("trusted-header")
                .value_name("HEADER")
                .help(
                    "A header that somebody you trust told you: HASH@HEIGHT, or a file with that or with JSON that has \
                     height and hash; what the home trusts when left out",
                ),
        )
        .arg(
            path("genesis")
                .long("genesis")
                .conflicts_with("trusted-header")
                .help("The genesis file of the chain whose headers it is proven by, in place of the home's"),
        )
}

fn sign() -> Command {
    let from = Arg::new("from")
        .long("from")
        .value_name("NAME")
        .required(true)
        .value_parser(value_parser!(Name))
        .help("The key that signs");
    let group = Arg::new("multisig")
        .long("multisig")
        .value_name("NAME")
        .value_parser(value_parser!(Name))
        .help("The multisig of which the key is a member; prints its signature alone");
    Command::new("sign")
        .about("Signs a transaction and prints it")
        .arg(file())
        .args([from, group, option::mode(), account()])
        .args(option::account_state())
}

fn multisign() -> Command {
    let signatures = Arg::new("signatures")
        .value_name("SIGNATURE")
        .required(true)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .help("Files that `sirius sign --multisig` printed");
    Command::new("multisign")
        .about("Puts the signatures of a multisig's members together and prints the transaction")
        .arg(file())
        .args([name(), signatures, account()])
        .args(option::account_state())
}

fn account() -> Arg {
    Arg::new("account")
        .long("account")
        .value_name("ACCOUNT")
        .help("The account it signs for, where the account's key was rotated: an address or a name")
}

fn broadcast() -> Command {
    Command::new("broadcast").about("Sends a signed transaction").arg(file()).arg(option::no_wait())
}
