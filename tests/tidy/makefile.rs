//! The Makefile: the verbs that people expect, each with a line of help.

use std::{collections::BTreeSet, fs};

use sirius_tests::wire::workspace;

use crate::tree::none;

const VERBS: &str = "help build tools proto fmt lint tidy test golden sim e2e chaos load bench docs deny fuzz sbom release \
    check localnet localnet-status localnet-down localnet-reset ci";

/// A verb that comes with its crate.
const EXPLORER: (&str, &str) = ("abci-app/explorer", "explorer");

fn makefile() -> String {
    fs::read_to_string(workspace().join("Makefile")).unwrap()
}

/// Each rule's target with what follows the colon; variables are assigned with `=` and are none.
fn rules(makefile: &str) -> Vec<(&str, &str)> {
    makefile
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(':'))
        .filter(|(_, rest)| !rest.starts_with('='))
        .collect()
}

#[test]
fn every_verb_has_help() {
    let makefile = makefile();
    let dumb = rules(&makefile)
        .into_iter()
        .filter(|(_, rest)| rest.split_once("## ").is_none_or(|(_, help)| help.trim().is_empty()));
    let wrong: Vec<_> = dumb.map(|(verb, _)| verb.to_owned()).collect();
    none(&wrong, "add `## ` and what the verb does behind the colon: plain `make` prints it");
}

#[test]
fn the_verbs_that_people_expect_are_there() {
    let makefile = makefile();
    let verbs: BTreeSet<_> = rules(&makefile).into_iter().map(|(verb, _)| verb).collect();
    let explorer = workspace().join(EXPLORER.0).is_dir().then_some(EXPLORER.1);
    let missing = VERBS.split_whitespace().chain(explorer).filter(|verb| !verbs.contains(verb));
    let wrong: Vec<_> = missing.map(str::to_owned).collect();
    none(&wrong, "these verbs are the same in every layer: add them to the Makefile");
    assert!(makefile.contains(".DEFAULT_GOAL := help"), "plain `make` prints the verbs");
}

#[test]
fn no_verb_is_taken_for_a_file() {
    let makefile = makefile();
    let phony = makefile.replace("\\\n", " ");
    let phony: BTreeSet<_> = phony
        .lines()
        .filter_map(|line| line.strip_prefix(".PHONY:"))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect();
    let wrong: Vec<_> = rules(&makefile)
        .into_iter()
        .map(|(verb, _)| verb.to_owned())
        .filter(|verb| !phony.contains(verb))
        .collect();
    none(&wrong, "add them to .PHONY: a file of that name would stop the verb from running");
}
