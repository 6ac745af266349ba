//! The verbs of `sirius db`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use mongo_ledger_core::{
    access::{Namespace, Role},
    payload::Commitment,
    transaction::{AssetId, TransactionId},
};
use sirius_primitives::Hash;
use sirius_sdk::keystore::Name;

/// `sirius db`.
pub(super) fn command() -> Command {
    let verb = |word: &'static str, about: &'static str| Command::new(word).about(about);
    let mut from_all = from();
    from_all =
        from_all.help("The key that signs; may be left out where one key alone owns something of the asset");
    Command::new("db")
        .about("Works with the documents of the database chain")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            verb("create", "Makes an asset from a document")
                .arg(data())
                .args(private())
                .arg(metadata())
                .arg(amount().default_value("1").help("How many shares it has"))
                .arg(to().help("Who gets it in place of the key that signs; as for `sirius db transfer`"))
                .arg(from().required(true)),
        )
        .subcommand(
            verb("transfer", "Gives an asset, or shares of it, to somebody else")
                .arg(asset().required(true))
                .arg(to().required(true))
                .arg(amount().help("How many shares; all of them when left out"))
                .arg(metadata())
                .arg(from_all),
        )
        .subcommand(
            verb("handover", "Gives everything that a key owns to another, as after a new key on the ledger")
                .arg(from().required(true).help("The key that owned it so far"))
                .arg(to().required(true))
                .arg(asset().id("asset").long("asset").action(ArgAction::Append).help(
                    "Of this asset alone; may be given more than once, all assets when left out",
                )),
        )
        .subcommand(
            verb("record", "Writes a document down: as the first of a chain of records, or as the next")
                .arg(asset().id("asset").long("asset").help("The chain of records, or asset, that it continues"))
                .arg(data())
                .args(private())
                .arg(from().required(true)),
        )
        .subcommand(
            verb("read", "Opens the last sealed document of an asset")
                .arg(asset().required(true))
                .arg(from().required(true).help("The key that reads")),
        )
        .subcommand(readers())
        .subcommand(
            verb("reader-key", "Prints the key to which others seal documents for one of your keys").arg(super::name()),
        )
        .subcommand(
            verb("payload", "Prints an erasable body, compared with its commitment")
                .arg(commitment().required(true))
                .arg(
                    Arg::new("out")
                        .long("out")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Writes it to a file instead"),
                ),
        )
        .subcommand(
            verb("erase", "Has erasable bodies of an asset removed on every node")
                .arg(asset().required(true))
                .arg(
                    commitment()
                        .num_args(0..)
                        .help("Which; all of the asset's when left out"),
                )
                .arg(from().required(true)),
        )
        .subcommand(
            verb("grant", "Gives somebody a role on a permissioned database; an admin signs")
                .arg(subject().required(true))
                .arg(role().required(true))
                .arg(namespace())
                .arg(
                    Arg::new("until")
                        .long("until")
                        .value_name("HEIGHT")
                        .value_parser(value_parser!(u64).range(1..))
                        .help("The last block in which it counts; it has no end when left out"),
                )
                .arg(from().required(true)),
        )
        .subcommand(
            verb("revoke", "Takes somebody's role; an admin signs")
                .arg(subject().required(true))
                .arg(role().required(true))
                .arg(namespace())
                .arg(from().required(true)),
        )
        .subcommand(
            verb("roles", "Lists who may do what, also what has ended")
                .arg(subject())
                .arg(role())
                .arg(namespace().help("Lists those that count there; all when left out"))
                .arg(
                    Arg::new("prove")
                        .long("prove")
                        .action(ArgAction::SetTrue)
                        .requires("subject")
                        .requires("role")
                        .help("Proves here, against a verified header, what the chain has of this one right"),
                )
                .arg(genesis()),
        )
        .subcommand(verb("show", "Shows a transaction").arg(id()))
        .subcommand(
            verb("history", "Lists everything that happened to an asset")
                .arg(asset().required(true))
                .arg(
                    Arg::new("prove")
                        .long("prove")
                        .action(ArgAction::SetTrue)
                        .help("Proves here, against a verified header, that this is all of it"),
                )
                .arg(genesis()),
        )
        .subcommand(
            verb("outputs", "Lists what keys own")
                .arg(Arg::new("who").value_name("WHO").help("Whose, as for `sirius db transfer`; all your keys when left out"))
                .arg(Arg::new("spent").long("spent").action(ArgAction::SetTrue).help("Lists what they owned once"))
                .arg(limit("100")),
        )
        .subcommand(
            verb("keys", "Prints the public key by which the database knows one of your keys").arg(super::name()),
        )
        .subcommand(
            verb(
                "key-proof",
                "Prints the arguments of `tx auth set-database-key`, by which the ledger learns that key",
            )
            .arg(super::name())
            .arg(
                Arg::new("account")
                    .value_name("ACCOUNT")
                    .help("The account that registers it: an address or a name; that of the key when left out"),
            ),
        )
        .subcommand(
            verb("token", "Signs a token that opens the nodes of a closed database, and prints or keeps it")
                .arg(from().required(true).help("The key that reads: one of yours, or a name of the ledger that means one"))
                .arg(Arg::new("audience").long("audience").value_name("NAME").help("The nodes it is for, as their access.audience says; the chain's name when left out"))
                .arg(Arg::new("chain").long("chain").value_name("ID").help("The database's chain; that of the home's genesis file when left out"))
                .arg(Arg::new("hours").long("hours").value_name("N").default_value("24").value_parser(value_parser!(u32).range(1..=8_760)).help("For how long it counts"))
                .arg(Arg::new("save").long("save").action(ArgAction::SetTrue).help("Keeps it in the home, where every `sirius db` command takes it from")),
        )
        .subcommand(
            verb("search", "Finds documents by their words")
                .arg(
                    Arg::new("text")
                        .value_name("TEXT")
                        .required(true)
                        .help("Words, \"a phrase\", and -words that must not be there"),
                )
                .arg(
                    Arg::new("metadata")
                        .long("metadata")
                        .action(ArgAction::SetTrue)
                        .help("Searches the documents beside transactions instead of those of assets"),
                )
                .arg(limit("20")),
        )
        .subcommand(
            verb("prove", "Prints a transaction's proof with all that its check needs")
                .arg(id())
                .arg(
                    Arg::new("against")
                        .long("against")
                        .value_name("CHAIN")
                        .value_parser(["database", "ledger"])
                        .default_value("database")
                        .help(
                            "Whose headers the reader trusts: the database's, or the ledger's, which has anchored those",
                        ),
                )
                .arg(
                    Arg::new("out")
                        .long("out")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Writes it to this file instead of printing it"),
                )
                .arg(genesis()),
        )
        .subcommand(
            verb("verify", "Checks what `sirius db prove` printed; asks nobody")
                .arg(
                    Arg::new("file")
                        .value_name("FILE")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help("The file; - is standard input"),
                )
                .arg(genesis())
                .arg(
                    Arg::new("trust")
                        .long("trust")
                        .value_name("HASH")
                        .conflicts_with("genesis")
                        .value_parser(value_parser!(Hash))
                        .help("The hash of a header of the database chain, from somebody you trust, in place of genesis"),
                ),
        )
}

/// `sirius db readers`.
fn readers() -> Command {
    let verb =
        |word: &'static str, about: &'static str| Command::new(word).about(about).arg(asset().required(true));
    let keys = || {
        Arg::new("key")
            .value_name("KEY")
            .required(true)
            .num_args(1..)
            .help("Reader's keys as `sirius db reader-key` prints them, or names of your keys")
    };
    Command::new("readers")
        .about("Says who can open the sealed document of an asset, and changes it")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(verb("list", "Lists the readers"))
        .subcommand(
            verb("add", "Lets more read")
                .arg(keys())
                .arg(from().required(true).help("A reader, who began the asset")),
        )
        .subcommand(
            verb("remove", "Seals it anew to all but these; what they read until then they may have kept")
                .arg(keys())
                .arg(from().required(true).help("A reader, who began the asset")),
        )
}

/// What keeps a document from some, or makes parts of it erasable.
fn private() -> [Arg; 2] {
    [
        Arg::new("readers")
            .long("readers")
            .value_name("KEY")
            .value_delimiter(',')
            .help("Seals the document to these readers and to the key that signs: reader's keys, or names of your keys"),
        Arg::new("erasable")
            .long("erasable")
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("A file kept beside the chain, in the clear, until it is erased; may be given up to 16 times"),
    ]
}

fn commitment() -> Arg {
    Arg::new("commitment")
        .value_name("COMMITMENT")
        .value_parser(value_parser!(Commitment))
        .help("A payload: 64 lower-case hexadecimal digits")
}

fn subject() -> Arg {
    Arg::new("subject")
        .value_name("SUBJECT")
        .help("Whose, as for `sirius db transfer`, or the URI of a condition (ni:///sha-256;…)")
}

fn role() -> Arg {
    Arg::new("role")
        .value_name("ROLE")
        .value_parser(value_parser!(Role))
        .help("admin, issuer, transactor, recorder or auditor")
}

fn namespace() -> Arg {
    Arg::new("namespace")
        .long("namespace")
        .value_name("NS")
        .value_parser(value_parser!(Namespace))
        .help("Where it counts, such as wine/red; everywhere when left out")
}

fn to() -> Arg {
    Arg::new("to").long("to").value_name("WHO").help(
        "One of your keys, a public key as `sirius db keys` prints it, an account's address, or a name of the ledger \
         (name:NAME where a key is called alike)",
    )
}

fn from() -> Arg {
    Arg::new("from")
        .long("from")
        .value_name("NAME")
        .value_parser(own)
        .help("The key that signs: one of yours, or a name of the ledger (name:NAME where a key is called alike) that means one")
}

/// A text that can name one of the home's keys, directly or by the ledger.
fn own(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("name:").unwrap_or(text);
    match text.parse::<Name>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) if sirius_ledger::base::name::Name::parse(name).is_ok() => Ok(text.to_owned()),
        Err(error) => Err(format!("{error}, or a name of the ledger")),
    }
}

fn id() -> Arg {
    Arg::new("id")
        .value_name("ID")
        .required(true)
        .value_parser(value_parser!(TransactionId))
        .help("A transaction: 64 lower-case hexadecimal digits")
}

fn asset() -> Arg {
    Arg::new("asset")
        .value_name("ASSET")
        .value_parser(value_parser!(AssetId))
        .help("The asset: the id of the transaction that made it")
}

fn data() -> Arg {
    Arg::new("data")
        .long("data")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("A file with a JSON object; - is standard input")
}

fn metadata() -> Arg {
    Arg::new("metadata")
        .long("metadata")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("A file with a JSON object to keep beside the transaction; - is standard input")
}

fn amount() -> Arg {
    Arg::new("amount").long("amount").value_name("N").value_parser(value_parser!(u64).range(1..))
}

fn limit(default: &'static str) -> Arg {
    Arg::new("limit")
        .long("limit")
        .value_name("N")
        .default_value(default)
        .value_parser(value_parser!(u32).range(1..=1_000))
        .help("The most that are listed")
}

fn genesis() -> Arg {
    Arg::new("genesis")
        .long("genesis")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The genesis file of the database chain, in place of the one in client.toml")
}
