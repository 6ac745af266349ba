//! `sirius catalogue`: every message and question of the ledger.

use serde_json::json;
use sirius_runtime::{Verb, VerbKind};
use sirius_sdk::catalogue::Catalogue;

use crate::{
    failure::Failure,
    show::{Output, table},
};

pub(super) fn run(catalogue: &Catalogue, output: Output) -> Result<(), Failure> {
    let row = |verb: &Verb| {
        let word = match verb.kind {
            VerbKind::Message => "tx",
            VerbKind::Query => "query",
        };
        [format!("sirius {word} {} {}", verb.module, verb.name), verb.path.clone()]
    };
    let mut rows: Vec<_> = catalogue.registry().verbs().iter().map(row).collect();
    rows.sort_unstable();
    output.answer(|| json!(catalogue.registry().verbs()), || table(&rows))
}
