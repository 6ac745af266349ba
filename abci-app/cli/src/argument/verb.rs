//! Verbs of the catalogue as commands, and commands as requests.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};
use sirius_runtime::{Verb, VerbKind};
use sirius_sdk::catalogue::Catalogue;

use super::{
    field::{self, Reader},
    page,
};
use crate::failure::Failure;

/// The modules' commands with one command a verb, to each of which `add` adds the common options.
pub(super) fn modules(
    catalogue: &Catalogue,
    kind: VerbKind,
    add: impl Fn(Command) -> Command,
) -> Vec<Command> {
    let mut modules: BTreeMap<&str, Vec<Command>> = BTreeMap::new();
    for verb in catalogue.verbs(kind) {
        let Ok(message) = catalogue.message(&verb.request) else { continue };
        modules.entry(verb.module).or_default().push(add(command(verb, &message)));
    }
    let module = |(name, verbs): (&'static str, Vec<Command>)| {
        let words = verbs.iter().map(|verb| verb.get_name().to_owned()).collect::<Vec<_>>().join(", ");
        Command::new(name)
            .about(words)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(verbs)
    };
    modules.into_iter().map(module).collect()
}

/// One verb: its fields but the signer are its arguments, in the order of their numbers.
fn command(verb: &Verb, message: &MessageDescriptor) -> Command {
    let fields = arguments(verb, message);
    let is_last = |position: usize| position.saturating_add(1) == fields.len();
    // An argument can be left out only when all after it can.
    let mut from_the_end = fields.iter().enumerate().rev();
    let required = from_the_end.find(|(position, field)| is_required(verb, field, is_last(*position)));
    let required = required.map_or(0, |(position, _)| position.saturating_add(1));
    let mut command = Command::new(verb.name).about(about(verb));
    for (position, field) in fields.iter().enumerate() {
        command = command.arg(argument(field, position < required, is_last(position)));
    }
    if message.fields().any(|field| page::is_page(&field)) { page::options(command) } else { command }
}

fn about(verb: &Verb) -> String {
    match verb.kind {
        VerbKind::Message => format!("Sends {}", verb.path),
        VerbKind::Query => format!("Asks {}", verb.path),
    }
}

fn argument(field: &FieldDescriptor, required: bool, last: bool) -> Arg {
    let name = field.name().to_uppercase();
    let argument = Arg::new(id(field)).value_name(name).required(required).help(field::describe(field));
    let argument = argument.allow_negative_numbers(true);
    if last && takes_many(field) { argument.num_args(1..) } else { argument }
}

/// Fields' names must not meet the names of options.
fn id(field: &FieldDescriptor) -> String {
    format!("field.{}", field.name())
}

/// Whether several arguments make the field; coins are one argument, separated by commas.
fn takes_many(field: &FieldDescriptor) -> bool {
    field.is_list() && !field::is_coin(field)
}

/// The fields that are arguments.
fn arguments(verb: &Verb, message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let mut fields: Vec<_> = message.fields().collect();
    fields.sort_by_key(FieldDescriptor::number);
    fields.retain(|field| verb.signer != Some(field.name()) && !page::is_page(field));
    fields
}

/// A message says everything but what its contract or its module marks optional, and a list that ends it; a question
/// names at least its accounts.
fn is_required(verb: &Verb, field: &FieldDescriptor, last: bool) -> bool {
    match verb.kind {
        VerbKind::Message => {
            let marked = field.supports_presence() && !matches!(field.kind(), Kind::Message(_))
                || verb.optional.contains(&field.name());
            !(marked || last && takes_many(field))
                || field.is_list() && verb.signer.is_some_and(|signer| leads_into(signer, field))
        }
        VerbKind::Query => field::is_address(field),
    }
}

fn leads_into(signer: &str, field: &FieldDescriptor) -> bool {
    signer.split_once('.').is_some_and(|(outer, _)| outer == field.name())
}

/// The verb that was chosen below `tx` or `query`, and its arguments.
pub(crate) fn chosen<'a>(
    catalogue: &'a Catalogue,
    kind: VerbKind,
    matches: &'a ArgMatches,
) -> Result<(&'a Verb, &'a ArgMatches), Failure> {
    let (module, matches) = matches.subcommand().ok_or_else(|| Failure::input("name a module"))?;
    let (name, matches) = matches.subcommand().ok_or_else(|| Failure::input("name a verb"))?;
    Ok((catalogue.verb(kind, module, name)?, matches))
}

/// The JSON of a verb's message, from its arguments and, for a message, the account that signs.
///
/// # Errors
/// An argument that its field cannot hold; the text names it.
pub(crate) fn request(
    verb: &Verb,
    message: &MessageDescriptor,
    matches: &ArgMatches,
    reader: &Reader<'_>,
    signer: Option<&str>,
) -> Result<Value, Failure> {
    let mut fields = Map::new();
    for field in arguments(verb, message) {
        let texts: Vec<String> =
            matches.get_many::<String>(&id(&field)).map(|texts| texts.cloned().collect()).unwrap_or_default();
        let value = if texts.is_empty() { reader.absent(&field) } else { Some(reader.read(&field, &texts)?) };
        if let Some(value) = value {
            fields.insert(field.name().into(), value);
        }
    }
    if let Some(field) = message.fields().find(page::is_page) {
        fields.insert(field.name().into(), page::read(matches)?);
    }
    let mut json = Value::Object(fields);
    if let (Some(path), Some(signer)) = (verb.signer, signer) {
        put(&mut json, path, signer);
    }
    Ok(json)
}

/// Fills in the signer; a dot leads into the first element of a list.
fn put(json: &mut Value, path: &str, signer: &str) {
    let (outer, inner) = path.split_once('.').map_or((path, None), |(outer, inner)| (outer, Some(inner)));
    let Some(fields) = json.as_object_mut() else { return };
    match inner {
        None => {
            fields.insert(outer.into(), Value::String(signer.into()));
        }
        Some(inner) => {
            let list = fields.entry(outer).or_insert_with(|| Value::Array(vec![Value::Object(Map::new())]));
            if let Some(first) = list.as_array_mut().and_then(|list| list.first_mut()) {
                put(first, inner, signer);
            }
        }
    }
}
