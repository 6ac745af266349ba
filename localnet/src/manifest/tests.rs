//! What a manifest says, and which mistakes in one are named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use proptest::prelude::*;

use super::*;

const SMALL: &str = r#"
chain_id = "net-1"
prefix = "sirius"
hosts = 2
[[denomination]]
base = "uxpx"
display = "xpx"
exponent = 6
name = "ProximaX"
symbol = "XPX"
description = ""
"#;

/// Parses a small manifest with `top` before its tables and `tables` after them.
fn parse(top: &str, tables: &str) -> Result<Manifest, Error> {
    Manifest::parse(&format!("{top}\n{SMALL}\n{tables}"))
}

fn refuses(top: &str, tables: &str, expected: &str) {
    let error = parse(top, tables).unwrap_err().to_string();
    assert!(error.contains(expected), "expected {expected:?} in:\n{error}");
}

#[test]
fn the_built_in_networks_are_manifests() {
    let (local, single) = (Manifest::local().unwrap(), Manifest::single().unwrap());
    assert_eq!((local.hosts, single.hosts), (4, 1));
    let database = local.database.as_ref().map(|database| database.chain_id.as_str());
    assert_eq!(database, Some("sirius-local-1-db"));
    assert_eq!((local.layers(), single.layers()), (Layers::of(true), Layers::of(false)));
    assert!(local.clone().ledger_only().database.is_none());
    let permissioned = Manifest::permissioned().unwrap();
    let database = permissioned.database.as_ref().map(|database| &database.app_state["database"]);
    assert_eq!(database.map(|state| &state["mode"]), Some(&"permissioned".into()));
    for manifest in [local, single, permissioned] {
        let names: Vec<&str> = manifest.accounts.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["alice", "bob", "carol", "dave"]);
        assert_eq!(manifest.chain_id, "sirius-local-1");
        assert_eq!(manifest.application, Application::Ledger);
    }
}

#[test]
fn what_is_not_said_has_a_default() {
    let manifest = parse("", "").unwrap();
    assert_eq!(manifest.timeout_commit, Duration::from_secs(1));
    assert_eq!(manifest.ports.offset(), 0);
    assert_eq!((manifest.max_gas, manifest.receipt_blocks), (400_000_000, 1_000_000));
    assert_eq!(manifest.store, Store { backend: "disk".into(), keep_versions: 1_000, retain_blocks: 0 });
    assert!(manifest.accounts.is_empty() && manifest.load.is_none() && manifest.cors_origins.is_empty());
}

#[test]
fn reads_every_field() {
    let words = "abandon ".repeat(11) + "about";
    let address = Address::new([7; 20]).bech32(&Prefix::new("sirius").unwrap());
    let manifest = parse(
        "application = \"kvstore\"\ntimeout_commit = \"200ms\"\nmax_gas = 5\nreceipt_blocks = 6",
        &format!(
            r#"
            [ports]
            offset = 300
            [rpc]
            cors_origins = ["http://127.0.0.1:8080"]
            [store]
            backend = "memory"
            [[account]]
            name = "words"
            mnemonic = "{words}"
            scheme = "ed25519"
            balances = ["1uxpx", "2uxpx"]
            [[account]]
            name = "elsewhere"
            address = "{address}"
            sequence = 9
            [[account]]
            name = "new"
            key = "derive"
            [load]
            accounts = 3
            seed = "s"
            balances = ["5uxpx"]
            [genesis.app_state.params]
            values = {{ "auth.memo_bytes" = "256" }}
            "#
        ),
    )
    .unwrap();
    assert_eq!(manifest.application, Application::Kvstore);
    assert_eq!(manifest.timeout_commit, Duration::from_millis(200));
    assert_eq!((manifest.max_gas, manifest.receipt_blocks, manifest.ports.offset()), (5, 6, 300));
    assert_eq!(manifest.store, Store { backend: "memory".into(), keep_versions: 1_000, retain_blocks: 0 });
    assert_eq!(manifest.accounts[0].balances.to_string(), "3uxpx");
    assert!(matches!(manifest.accounts[0].source, Source::Mnemonic(_)));
    assert_eq!(manifest.accounts[0].scheme, Scheme::Ed25519);
    assert!(matches!(manifest.accounts[1].source, Source::Address(found) if found == Address::new([7; 20])));
    assert_eq!(manifest.accounts[1].sequence, 9);
    assert!(matches!(manifest.accounts[2].source, Source::Fresh));
    assert_eq!(manifest.load.unwrap().addresses.len(), 3);
    assert_eq!(manifest.app_state["params"]["values"]["auth.memo_bytes"], "256");
}

#[test]
fn reads_the_database() {
    let database = parse("", "[database]").unwrap().database.unwrap();
    assert_eq!(database.chain_id, "net-1-db");
    assert_eq!(database.timeout_commit, Duration::from_secs(1));
    assert_eq!((database.max_tx_bytes, database.keep_versions), (512 << 10, 1_000));
    assert_eq!((database.anchor_every, database.read), (0, Readers::Open));
    assert_eq!(database.app_state, serde_json::json!({}));
    let tables = r#"
        [database]
        chain_id = "records-1"
        timeout_commit = "200ms"
        max_tx_bytes = 7
        keep_versions = 8
        anchor_every = 9
        read = "roles"
        [database.app_state.database]
        x = "1"
        "#;
    let database = parse("", tables).unwrap().database.unwrap();
    assert_eq!((database.chain_id.as_str(), database.timeout_commit.as_millis()), ("records-1", 200));
    assert_eq!((database.max_tx_bytes, database.keep_versions, database.anchor_every), (7, 8, 9));
    assert_eq!(database.read, Readers::Roles);
    assert_eq!(database.app_state["database"]["x"], "1");
}

#[test]
fn names_the_field_that_is_wrong() {
    refuses("colour = \"red\"", "", "unknown field `colour`");
    refuses("timeout_commit = \"soon\"", "", "timeout_commit is \"soon\"");
    refuses("timeout_commit = \"-1s\"", "", "timeout_commit");
    refuses("application = \"other\"", "", "unknown variant `other`");
    refuses("", "[ports]\noffset = 70000", "offset");
    refuses("", "[ports]\noffset = 40000", "ports.offset is 40000");
    refuses("", "[ports]\nofset = 1", "unknown field `ofset`");
    refuses("", "[store]\nbackend = \"paper\"", "store.backend is paper");
    refuses("", "[[account]]\nname = \"../x\"", "account[0].name");
    refuses("", "[[account]]\nname = \"a\"\n[[account]]\nname = \"a\"", "account[1].name is a");
    refuses(
        "",
        "[[account]]\nname = \"a\"\nbalances = [\"1uxpx\", \"5gold\"]",
        "account[0].balances[1] is \"5gold\"",
    );
    refuses("", "[[account]]\nname = \"a\"\nbalances = [\"-5uxpx\"]", "account[0].balances[0]");
    refuses("", "[[account]]\nname = \"a\"\naddress = \"cosmos1x\"", "account[0].address is \"cosmos1x\"");
    refuses("", "[[account]]\nname = \"a\"\nscheme = \"rsa\"", "unknown variant `rsa`");
    refuses(
        "",
        "[[account]]\nname = \"a\"\nmnemonic = \"x\"\nkey = \"derive\"",
        "account[0].key is given in two ways",
    );
    refuses("", "[load]\nbalances = []", "load is incomplete");
    refuses("", "[load]\nbalances = []\naccounts = 0\nseed = \"s\"", "load.accounts is 0");
    refuses("", "[load]\nbalances = []\naccounts = 1000001\nseed = \"s\"", "load.accounts is 1000001");
    refuses("", "[load]\nbalances = []\nfile = \"a\"\nseed = \"s\"", "load is incomplete");
    refuses("", "[load]\nbalances = []\nfile = \"/nowhere/at/all\"", "/nowhere/at/all");
    refuses("", "[database]\nchain_id = \"net-1\"", "database.chain_id is \"net-1\"");
    refuses("", "[database]\ntimeout_commit = \"1h\"", "database.timeout_commit is \"1h\"");
    refuses("", "[database]\nuri = \"x\"", "unknown field `uri`");
    refuses("", "[genesis.app_stat]", "unknown field `app_stat`");
}

#[test]
fn names_what_is_wrong_with_the_chain() {
    let refuses = |from: &str, to: &str, expected: &str| {
        let error = Manifest::parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(expected), "expected {expected:?} in:\n{error}");
    };
    refuses("hosts = 2", "hosts = 0", "hosts is 0");
    refuses("hosts = 2", "hosts = 11", "hosts is 11");
    refuses("hosts = 2", "", "missing field `hosts`");
    refuses("\"sirius\"", "\"SIRIUS\"", "prefix is \"SIRIUS\"");
    refuses("exponent = 6", "exponent = 39", "denomination[0].exponent is 39");
    refuses("exponent = 6", "exponent = -1", "exponent");
    refuses("\"uxpx\"", "\"1\"", "invalid denom");
    let twice = format!("{SMALL}{}", SMALL.split_once("hosts = 2").unwrap().1);
    assert!(Manifest::parse(&twice).unwrap_err().to_string().contains("denomination[1].base is uxpx"));
}

#[test]
fn a_mistaken_mnemonic_is_not_repeated() {
    let error = parse("", "[[account]]\nname = \"a\"\nmnemonic = \"secret words\"").unwrap_err().to_string();
    assert!(error.contains("account[0].mnemonic") && !error.contains("secret words"), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,300}") {
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn any_value_is_read_or_refused(value in ".{0,40}") {
        let _ = parse(&format!("timeout_commit = '{value}'"), "");
    }
}
