//! Secrets that a person types. They never come from arguments or the environment.

use std::io::{IsTerminal as _, Read as _};

use sirius_sdk::{config::Config, keystore::Passphrase};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The most bytes that are read where a secret is piped in: 24 words have at most 215.
const MOST_BYTES: u64 = 4096;

/// The passphrase of the home's keys: from its file, or typed.
///
/// # Errors
/// A file that others can read, no file and nobody to ask, or what was typed is no passphrase.
pub(crate) fn passphrase(config: &Config) -> Result<Passphrase, Failure> {
    match config.passphrase()? {
        Some(passphrase) => Ok(passphrase),
        None => typed("passphrase: "),
    }
}

/// The passphrase for a new key: the one of the home's file, or typed twice.
///
/// # Errors
/// As [`passphrase`], or what was typed differs.
pub(crate) fn new_passphrase(config: &Config) -> Result<Passphrase, Failure> {
    match config.passphrase()? {
        Some(passphrase) => Ok(passphrase),
        None => typed_twice(),
    }
}

/// A new passphrase, typed twice.
///
/// # Errors
/// Nobody to ask, or what was typed differs or is no passphrase.
pub(crate) fn typed_twice() -> Result<Passphrase, Failure> {
    let (first, second) = (hidden("new passphrase: ")?, hidden("once more: ")?);
    if first != second {
        return Err(Failure::input("the two passphrases differ; nothing was changed, try again"));
    }
    Ok(Passphrase::new(first.to_string())?)
}

/// A mnemonic or a raw key: typed unseen, or piped in.
///
/// # Errors
/// Nothing to read, or too much.
pub(crate) fn secret(question: &str) -> Result<Zeroizing<String>, Failure> {
    if std::io::stdin().is_terminal() {
        return hidden(question);
    }
    let mut text = Zeroizing::new(String::with_capacity(4096));
    std::io::stdin()
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Failure::file("reading", "standard input", &error))?;
    Ok(text)
}

/// Asks a person to confirm something that cannot be undone.
///
/// # Errors
/// Nobody to ask.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::input(format!("{question} nobody is there to ask; confirm with --yes")));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::file("reading", "the terminal", &error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn typed(question: &str) -> Result<Passphrase, Failure> {
    Ok(Passphrase::new(hidden(question)?.to_string())?)
}

fn hidden(question: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(question).map(Zeroizing::new).map_err(|error| {
        Failure::input(format!(
            "a secret is needed and there is no terminal to type it ({error}); run in a terminal, or set \
             passphrase_file in client.toml"
        ))
    })
}
