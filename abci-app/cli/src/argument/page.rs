//! The part of a long answer that a person wants.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use prost_reflect::{FieldDescriptor, Kind};
use serde_json::{Value, json};

use super::field::bytes;
use crate::failure::Failure;

/// The message whose fields are these options.
const PAGE: &str = "cosmos.base.query.v1beta1.PageRequest";

/// Whether a field asks for a page.
pub(super) fn is_page(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == PAGE)
}

/// Adds the options.
pub(super) fn options(verb: Command) -> Command {
    let number = |id: &'static str| Arg::new(id).long(id).value_name("N").value_parser(value_parser!(u64));
    let flag = |id: &'static str| Arg::new(id).long(id).action(ArgAction::SetTrue);
    verb.arg(number("limit").help("Rows a page, at most 1,000; 100 when left out"))
        .arg(number("offset").conflicts_with("key").help("Rows to pass over"))
        .arg(Arg::new("key").long("key").value_name("KEY").help("Goes on from an answer's next_key"))
        .arg(flag("count-total").help("Counts all rows"))
        .arg(flag("reverse").help("The last rows first"))
}

/// Reads the options.
///
/// # Errors
/// A key that is not in base64 or hexadecimal.
pub(super) fn read(matches: &ArgMatches) -> Result<Value, Failure> {
    let number = |id: &str| matches.get_one::<u64>(id).copied().unwrap_or_default().to_string();
    let key = matches.get_one::<String>("key").map(|key| bytes("--key", key)).transpose()?;
    Ok(json!({
        "key": key.unwrap_or_default(),
        "offset": number("offset"),
        "limit": number("limit"),
        "count_total": matches.get_flag("count-total"),
        "reverse": matches.get_flag("reverse"),
    }))
}
