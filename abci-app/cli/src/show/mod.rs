//! Answers: aligned text for people, or one JSON value for programs.

mod receipt;
mod record;
mod table;
mod tree;

use std::io::{ErrorKind, Write as _};

use serde_json::Value;

use crate::failure::Failure;

pub(crate) use receipt::receipt;
pub(crate) use record::{outputs, step};
pub(crate) use table::table;
pub(crate) use tree::{coins_in, tree};

/// How a command answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// As JSON, or for people.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads the answer.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Answers: `json` for a program, `text` for a person.
    ///
    /// # Errors
    /// Standard output cannot be written to; that nobody reads it any more is no error.
    pub(crate) fn answer(
        self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.json { json().to_string() } else { text() };
        print(&text)
    }
}

/// Writes lines to standard output.
///
/// # Errors
/// As [`Output::answer`].
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::file("writing", "standard output", &error)),
        Ok(()) => Ok(()),
    }
}
