//! Settings that contradict each other, or that a node on the internet must not have: CometBFT's `config.toml` beside
//! the process' own.

use std::{env, fs, net::IpAddr, path::Path};

use serde_json::Value;
use toml::Table;

use super::{Finding, Patient};

const NAME: &str = "config";

/// Where something in `config.toml` is wrong.
struct Rule {
    /// Table and key; the first table has no name.
    field: (&'static str, &'static str),
    /// Whether its value is as it should be.
    well: fn(&toml::Value) -> bool,
    /// Whether the node must not start with another.
    fatal: bool,
    remedy: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        field: ("", "abci"),
        well: |value| is(value, "socket"),
        fatal: true,
        remedy: "set it to \"socket\": the application speaks no other",
    },
    Rule {
        field: ("rpc", "unsafe"),
        well: |value| value.as_bool() != Some(true),
        fatal: true,
        remedy: "set it to false: it lets anybody who reaches the RPC stop the node's peers and mempool",
    },
    Rule {
        field: ("rpc", "laddr"),
        well: is_loopback,
        fatal: false,
        remedy: "bind 127.0.0.1 and put a gateway with limits in front",
    },
    Rule {
        field: ("rpc", "pprof_laddr"),
        well: is_loopback,
        fatal: true,
        remedy: "leave it empty: it shows memory and lets anybody burn processor time",
    },
    Rule {
        field: ("rpc", "grpc_laddr"),
        well: is_loopback,
        fatal: false,
        remedy: "leave it empty: it has no limits",
    },
    Rule {
        field: ("instrumentation", "prometheus_listen_addr"),
        well: is_loopback,
        fatal: false,
        remedy: "set it to 127.0.0.1:26660: the default listens on every interface",
    },
    Rule {
        field: ("storage", "discard_abci_responses"),
        well: |value| value.as_bool() != Some(true),
        fatal: false,
        remedy: "set it to false: without them a block's results cannot be asked, and a lost application cannot be replayed",
    },
    Rule {
        field: ("p2p", "addr_book_strict"),
        well: |value| value.as_bool().is_some(),
        fatal: false,
        remedy: "say true on the internet and false in a private network",
    },
];

pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    let mut findings = vec![crash_points()];
    let Some(home) = &patient.cometbft else { return findings };
    let path = home.join("config/config.toml");
    match fs::read_to_string(&path).map_err(|error| error.to_string()).and_then(|text| parse(&text)) {
        Err(error) => findings.push(Finding::failed(NAME, format!("{}: {error}", path.display()), "mend it")),
        Ok(table) => findings.extend(of_table(patient, home, &table)),
    }
    findings
}

fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| error.message().to_owned())
}

/// CometBFT's own crash points: made for tests, and deadly where somebody left one in a unit file.
fn crash_points() -> Finding {
    match env::var_os("FAIL_TEST_INDEX") {
        None => Finding::ok(NAME, "no crash point is set"),
        Some(index) => Finding::failed(
            NAME,
            format!("FAIL_TEST_INDEX is {}", index.display()),
            "unset it: CometBFT ends at that point of a commit",
        ),
    }
}

fn of_table(patient: &Patient, home: &Path, table: &Table) -> Vec<Finding> {
    let mut findings: Vec<_> = RULES.iter().filter_map(|rule| broken(rule, table)).collect();
    let (proxy, abci) = (text(table, ("", "proxy_app")), patient.abci.to_string());
    if proxy != abci {
        let found = format!("CometBFT's proxy_app is {proxy:?}, the application listens on {abci:?}");
        findings.push(Finding::failed(NAME, found, "make both the same"));
    }
    let remote = !text(table, ("", "priv_validator_laddr")).is_empty();
    let key = home.join(match text(table, ("", "priv_validator_key_file")) {
        "" => "config/priv_validator_key.json",
        file => file,
    });
    // CometBFT makes a key where it finds none, so that a file alone means nothing.
    if remote && is_validator(&key, &home.join("config/genesis.json")) {
        let found = format!("the validator's key is at a remote signer and in {} too", key.display());
        findings.push(Finding::failed(NAME, found, "take the file off this machine: two signers sign twice"));
    }
    let looks_back =
        value(table, ("consensus", "double_sign_check_height")).and_then(toml::Value::as_integer);
    if !remote && key.exists() && looks_back.unwrap_or(0) == 0 {
        let found = "consensus.double_sign_check_height is 0 on a machine with a validator's key";
        let remedy = "set it to 10: this machine then refuses to start while another signs with its key; \
            start again 10 blocks after a stop, and with 0 once where the whole chain stood still";
        findings.push(Finding::warning(NAME, found, remedy));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(NAME, "CometBFT's settings and the application's agree"));
    }
    findings
}

/// Whether the key in a file is one of the validators that genesis names.
fn is_validator(key: &Path, genesis: &Path) -> bool {
    let read = |path: &Path| fs::read(path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let (Some(key), Some(genesis)) = (read(key), read(genesis)) else { return false };
    let validators = genesis.get("validators").and_then(Value::as_array);
    let public = key.get("pub_key").filter(|key| !key.is_null());
    public.is_some_and(|key| validators.into_iter().flatten().any(|one| one.get("pub_key") == Some(key)))
}

fn broken(rule: &Rule, table: &Table) -> Option<Finding> {
    let found = value(table, rule.field).filter(|value| !(rule.well)(value))?;
    let (section, key) = rule.field;
    let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
    let found = format!("CometBFT's {name} is {found}");
    Some(match rule.fatal {
        true => Finding::failed(NAME, found, rule.remedy),
        false => Finding::warning(NAME, found, rule.remedy),
    })
}

fn value<'a>(table: &'a Table, (section, key): (&str, &str)) -> Option<&'a toml::Value> {
    match section {
        "" => table.get(key),
        section => table.get(section)?.get(key),
    }
}

fn text<'a>(table: &'a Table, field: (&str, &str)) -> &'a str {
    value(table, field).and_then(toml::Value::as_str).unwrap_or_default()
}

fn is(value: &toml::Value, text: &str) -> bool {
    value.as_str() == Some(text)
}

/// Whether a listener such as `tcp://127.0.0.1:26657` is reached from this machine alone, or is off.
fn is_loopback(value: &toml::Value) -> bool {
    let address = value.as_str().unwrap_or_default();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    if address.is_empty() || address.starts_with('/') {
        return true;
    }
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;
    use crate::doctor::Verdict;

    const SOUND: &str = "proxy_app = 'unix:///run/a.sock'\nabci = 'socket'\n[rpc]\nladdr = 'tcp://127.0.0.1:26657'\n\
        unsafe = false\npprof_laddr = ''\n[consensus]\ndouble_sign_check_height = 10\n\
        [instrumentation]\nprometheus_listen_addr = '127.0.0.1:26660'\n";

    fn examined(change: (&str, &str), with_key: bool) -> Vec<Finding> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        if with_key {
            let key = r#"{"pub_key":{"type":"tendermint/PubKeyEd25519","value":"AA=="}}"#;
            fs::write(home.path().join("config/priv_validator_key.json"), key).unwrap();
            fs::write(home.path().join("config/genesis.json"), format!("{{\"validators\":[{key}]}}"))
                .unwrap();
        }
        let patient = Patient::new("abci-app", "unix:///run/a.sock".parse().unwrap(), None);
        assert!(SOUND.contains(change.0), "{change:?}");
        of_table(&patient, home.path(), &parse(&SOUND.replace(change.0, change.1)).unwrap())
    }

    #[test]
    fn each_contradiction_is_named() {
        let check = |from: &str, to: &str, verdict: Verdict, named: &str| {
            let findings = examined((from, to), true);
            let [finding] = findings.as_slice() else { unreachable!("{from} → {to}: {findings:?}") };
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.found.contains(named), "{finding:?} names {named}");
        };
        check("", "", Verdict::Ok, "agree");
        check("a.sock", "b.sock", Verdict::Failed, "proxy_app");
        check("'socket'", "'grpc'", Verdict::Failed, "abci");
        check("unsafe = false", "unsafe = true", Verdict::Failed, "rpc.unsafe");
        check("tcp://127.0.0.1:26657", "tcp://0.0.0.0:26657", Verdict::Warning, "rpc.laddr");
        check("pprof_laddr = ''", "pprof_laddr = ':6060'", Verdict::Failed, "rpc.pprof_laddr");
        check("127.0.0.1:26660", ":26660", Verdict::Warning, "prometheus_listen_addr");
        check("height = 10", "height = 0", Verdict::Warning, "double_sign_check_height");
        let remote = "abci = 'socket'\npriv_validator_laddr = 'unix:///run/signer.sock'";
        check("abci = 'socket'", remote, Verdict::Failed, "remote signer");
    }

    #[test]
    fn a_node_without_a_key_looks_back_at_nothing() {
        let findings = examined(("height = 10", "height = 0"), false);
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Ok), "{findings:?}");
    }

    #[test]
    fn listeners_are_told_apart() {
        let check = |text: &str, loopback: bool| {
            assert_eq!(is_loopback(&toml::Value::from(text)), loopback, "{text}");
        };
        check("", true);
        check("tcp://127.0.0.1:1", true);
        check("tcp://localhost:1", true);
        check("tcp://[::1]:1", true);
        check("unix:///run/x.sock", true);
        check(":26660", false);
        check("tcp://0.0.0.0:26657", false);
        check("tcp://10.0.0.1:26657", false);
    }
}
