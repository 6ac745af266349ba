//! Options of `tx` and `query`.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use sirius_primitives::{Blocks, Gas, Height};
use sirius_sdk::{
    keystore::Name,
    sign::{AccountNumber, Sequence, SignMode},
    submit::GasLimit,
};

use crate::failure::Failure;

/// Adds the options of `query`.
pub(super) fn query() -> [Arg; 2] {
    [
        Arg::new("height")
            .long("height")
            .value_name("H")
            .value_parser(value_parser!(u64))
            .help("Asks the state after this block instead of the latest"),
        Arg::new("prove")
            .long("prove")
            .action(ArgAction::SetTrue)
            .help("Computes the answer here from values proven against a verified header"),
    ]
}

/// `--no-wait`.
pub(super) fn no_wait() -> Arg {
    Arg::new("no-wait")
        .long("no-wait")
        .action(ArgAction::SetTrue)
        .help("Returns when a node has it, not when a block has")
}

/// `--sign-mode`.
pub(super) fn mode() -> Arg {
    Arg::new("sign-mode").long("sign-mode").value_name("MODE").value_parser(["direct", "amino-json"]).help(
        "What is signed: direct, the protobuf bytes, or amino-json, as hardware wallets and members of multisigs do",
    )
}

/// The mode that `--sign-mode` names.
pub(crate) fn sign_mode(matches: &ArgMatches) -> Option<SignMode> {
    matches.get_one::<String>("sign-mode").map(|mode| match mode.as_str() {
        "amino-json" => SignMode::AminoJson,
        _ => SignMode::Direct,
    })
}

/// `--account-number` and `--sequence`, with which no node is asked.
pub(super) fn account_state() -> [Arg; 3] {
    let number = |id: &'static str| Arg::new(id).long(id).value_name("N").value_parser(value_parser!(u64));
    [
        Arg::new("offline")
            .long("offline")
            .action(ArgAction::SetTrue)
            .requires_all(["account-number", "sequence"])
            .help("Asks no node: signs with the given numbers"),
        number("account-number").requires("offline").help("The account's number, offline"),
        number("sequence").requires("offline").help("The account's sequence, offline"),
    ]
}

/// Adds the options of a message.
pub(super) fn send(verb: Command) -> Command {
    let number = |id: &'static str| Arg::new(id).long(id).value_name("N").value_parser(value_parser!(u64));
    let flag = |id: &'static str| Arg::new(id).long(id).action(ArgAction::SetTrue);
    verb.arg(
        Arg::new("from")
            .long("from")
            .value_name("NAME")
            .required(true)
            .value_parser(value_parser!(Name))
            .help("The key that signs"),
    )
    .arg(
        Arg::new("account")
            .long("account")
            .value_name("ACCOUNT")
            .help("The account it acts for, where the account's key was rotated: an address or a name"),
    )
    .arg(
        Arg::new("gas")
            .long("gas")
            .value_name("N")
            .default_value("auto")
            .help("The most gas it may use; auto is 30 % more than a simulation uses"),
    )
    .arg(
        Arg::new("fee")
            .long("fee")
            .value_name("AMOUNT")
            .default_value("auto")
            .help("What it pays; auto is 25 % more than the base fee of its gas"),
    )
    .arg(
        Arg::new("memo")
            .long("memo")
            .value_name("TEXT")
            .default_value("")
            .help("A note that everybody can read"),
    )
    .arg(
        number("timeout-blocks")
            .default_value("60")
            .value_parser(value_parser!(u64).range(1..=1000))
            .help("In how many blocks it must be in one; after that it never will be"),
    )
    .arg(Arg::new("fee-granter").long("fee-granter").value_name("ACCOUNT").help("Whose grant pays the fee"))
    .arg(no_wait())
    .arg(mode())
    .arg(
        flag("generate-only")
            .conflicts_with_all(["offline", "no-wait"])
            .help("Prints it unsigned instead of sending"),
    )
    .arg(
        flag("offline")
            .conflicts_with("no-wait")
            .requires_all(["account-number", "sequence", "timeout-height"])
            .help("Asks no node: signs with the given numbers and prints it; needs --gas N and --fee AMOUNT"),
    )
    .arg(number("account-number").requires("offline").help("The account's number, offline"))
    .arg(number("sequence").requires("offline").help("The account's sequence, offline"))
    .arg(
        number("timeout-height")
            .requires("offline")
            .help("The last block that may have it, offline; 0 is any"),
    )
}

/// The options of a message, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SendArguments {
    /// The key that signs.
    pub(crate) from: Name,
    /// The account it acts for, where it is not the key's own.
    pub(crate) account: Option<String>,
    /// The most gas it may use.
    pub(crate) gas: GasLimit,
    /// What it pays; `None` is the base fee.
    pub(crate) fee: Option<String>,
    /// A note.
    pub(crate) memo: String,
    /// In how many blocks it must be in one.
    pub(crate) timeout: Blocks,
    /// Whose grant pays.
    pub(crate) granter: Option<String>,
    /// What is signed.
    pub(crate) mode: SignMode,
    /// What becomes of it.
    pub(crate) way: Way,
}

/// What becomes of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Sent; and waited for, or not.
    Send { wait: bool },
    /// Printed unsigned.
    Generate,
    /// Signed without asking any node, and printed.
    Offline { number: AccountNumber, sequence: Sequence, timeout: Height },
}

/// Reads the options of a message.
///
/// # Errors
/// A gas limit that is no number, or one of the numbers that `--offline` needs is missing.
pub(crate) fn send_arguments(matches: &ArgMatches) -> Result<SendArguments, Failure> {
    let text = |id: &str| matches.get_one::<String>(id).cloned();
    let number = |id: &str| matches.get_one::<u64>(id).copied().unwrap_or_default();
    let gas = match text("gas").as_deref() {
        None | Some("auto") => GasLimit::Simulated,
        Some(digits) => GasLimit::Exactly(Gas(digits.parse().map_err(|_| {
            Failure::input(format!("--gas {digits:?} is neither `auto` nor a whole number"))
        })?)),
    };
    let way = if matches.get_flag("offline") {
        Way::Offline {
            number: AccountNumber(number("account-number")),
            sequence: Sequence(number("sequence")),
            timeout: Height(number("timeout-height")),
        }
    } else if matches.get_flag("generate-only") {
        Way::Generate
    } else {
        Way::Send { wait: !matches.get_flag("no-wait") }
    };
    Ok(SendArguments {
        from: matches
            .get_one::<Name>("from")
            .cloned()
            .ok_or_else(|| Failure::input("--from is missing; name the key that signs"))?,
        account: text("account"),
        gas,
        fee: text("fee").filter(|fee| fee != "auto"),
        memo: text("memo").unwrap_or_default(),
        timeout: Blocks(number("timeout-blocks")),
        granter: text("fee-granter"),
        mode: sign_mode(matches).unwrap_or(SignMode::Direct),
        way,
    })
}
