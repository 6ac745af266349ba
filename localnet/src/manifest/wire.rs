//! The manifest as TOML, and the way from there to checked values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sirius_primitives::{Address, Coin, Coins, Denom, Prefix};
use sirius_sdk::key::{Mnemonic, Scheme};
use sirius_sdk::keystore::Name;

use super::{
    Account, Application, Database, Denomination, Load, Manifest, Readers, Snapshots, Source, Store,
};
use crate::ports::MAX_HOSTS;
use crate::{Error, Ports, load};

/// The most accounts beside named ones. A million addresses are 150 MB of genesis, above which CometBFT is no fun.
const MAX_LOAD_ACCOUNTS: u32 = 1_000_000;
/// One unit of a coin with more decimal places would not fit into 128 bits.
const MAX_EXPONENT: u32 = 38;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    chain_id: String,
    prefix: String,
    hosts: usize,
    #[serde(default)]
    application: Application,
    #[serde(default = "default_timeout_commit")]
    timeout_commit: String,
    #[serde(default = "default_max_gas")]
    max_gas: u64,
    #[serde(default = "default_receipt_blocks")]
    receipt_blocks: u64,
    #[serde(default)]
    ports: WirePorts,
    #[serde(default)]
    rpc: WireRpc,
    #[serde(default)]
    store: Store,
    #[serde(default)]
    snapshots: Snapshots,
    #[serde(rename = "denomination")]
    denominations: Vec<Denomination>,
    #[serde(rename = "account", default)]
    accounts: Vec<WireAccount>,
    load: Option<WireLoad>,
    #[serde(default)]
    genesis: WireGenesis,
    database: Option<WireDatabase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDatabase {
    chain_id: Option<String>,
    #[serde(default = "default_timeout_commit")]
    timeout_commit: String,
    #[serde(default = "default_document_bytes")]
    max_tx_bytes: u64,
    #[serde(default = "default_keep_versions")]
    keep_versions: u64,
    #[serde(default)]
    anchor_every: u64,
    #[serde(default)]
    read: Readers,
    #[serde(default)]
    app_state: toml::Table,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WirePorts {
    offset: u16,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WireRpc {
    cors_origins: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WireGenesis {
    app_state: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAccount {
    name: String,
    address: Option<String>,
    mnemonic: Option<String>,
    key: Option<WireKey>,
    scheme: Option<Scheme>,
    #[serde(default)]
    balances: Vec<String>,
    #[serde(default)]
    sequence: u64,
}

/// `key = "derive"`: the same as saying nothing about the key.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireKey {
    Derive,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLoad {
    balances: Vec<String>,
    file: Option<PathBuf>,
    accounts: Option<u32>,
    seed: Option<String>,
    scheme: Option<Scheme>,
}

fn default_timeout_commit() -> String {
    "1s".to_owned()
}

fn default_max_gas() -> u64 {
    400_000_000
}

fn default_receipt_blocks() -> u64 {
    1_000_000
}

/// In base64 such a transaction fits into a request to CometBFT's RPC, of 1,000,000 bytes.
fn default_document_bytes() -> u64 {
    512 << 10
}

fn default_keep_versions() -> u64 {
    1_000
}

/// Reads and checks a manifest; `name` stands in front of errors, `folder` is where its paths begin.
pub(super) fn parse(name: &str, text: &str, folder: &Path) -> Result<Manifest, Error> {
    let wire: Wire = toml::from_str(text).map_err(|error| Error::Manifest {
        name: name.to_owned(),
        reason: error.to_string().trim_end().to_owned(),
    })?;
    check(wire, text, folder)
        .map_err(|error| Error::Manifest { name: name.to_owned(), reason: error.to_string() })
}

fn check(wire: Wire, text: &str, folder: &Path) -> Result<Manifest, Error> {
    let prefix = Prefix::new(&wire.prefix)
        .map_err(|error| Error::field("prefix", format!("{:?}", wire.prefix), error))?;
    if !(1..=MAX_HOSTS).contains(&wire.hosts) {
        return Err(Error::field("hosts", wire.hosts, "use 1 to 10"));
    }
    if !["disk", "memory"].contains(&wire.store.backend.as_str()) {
        return Err(Error::field("store.backend", wire.store.backend, "use \"disk\" or \"memory\""));
    }
    if !(1..=10).contains(&wire.snapshots.keep) {
        return Err(Error::field("snapshots.keep", wire.snapshots.keep, "use 1 to 10"));
    }
    check_denominations(&wire.denominations)?;
    let denominations: Vec<Denom> = wire.denominations.iter().map(|kind| kind.base.clone()).collect();
    Ok(Manifest {
        accounts: accounts(wire.accounts, &prefix, &denominations)?,
        database: wire.database.map(|database| self::database(database, &wire.chain_id)).transpose()?,
        load: wire.load.map(|wire| load(wire, &prefix, &denominations, folder)).transpose()?,
        chain_id: wire.chain_id,
        prefix,
        hosts: wire.hosts,
        application: wire.application,
        timeout_commit: duration("timeout_commit", &wire.timeout_commit)?,
        ports: Ports::new(wire.ports.offset)?,
        max_gas: wire.max_gas,
        cors_origins: wire.rpc.cors_origins,
        store: wire.store,
        snapshots: wire.snapshots,
        receipt_blocks: wire.receipt_blocks,
        denominations: wire.denominations,
        app_state: app_state("genesis.app_state", wire.genesis.app_state)?,
        text: text.to_owned(),
    })
}

fn check_denominations(denominations: &[Denomination]) -> Result<(), Error> {
    if denominations.is_empty() {
        return Err(Error::field("denomination", "missing", "a network needs at least one, which pays fees"));
    }
    for (index, kind) in denominations.iter().enumerate() {
        let field = |name| format!("denomination[{index}].{name}");
        if denominations.iter().take(index).any(|other| other.base == kind.base) {
            return Err(Error::field(field("base"), &kind.base, "each denomination stands once"));
        }
        if kind.exponent > MAX_EXPONENT {
            return Err(Error::field(field("exponent"), kind.exponent, "use 0 to 38"));
        }
    }
    Ok(())
}

/// A number with the unit `s` or `ms`.
fn duration(field: &str, text: &str) -> Result<Duration, Error> {
    let milliseconds = match text.strip_suffix("ms") {
        Some(number) => number.parse().ok(),
        None => text.strip_suffix('s').and_then(|number| number.parse::<u64>().ok()?.checked_mul(1_000)),
    };
    milliseconds.map(Duration::from_millis).ok_or_else(|| {
        Error::field(
            field,
            format!("{text:?}"),
            "use whole seconds or milliseconds, such as \"1s\" or \"200ms\"",
        )
    })
}

fn coins(field: &str, texts: &[String], known: &[Denom]) -> Result<Coins, Error> {
    let mut sum = Coins::default();
    for (index, text) in texts.iter().enumerate() {
        let field = || format!("{field}[{index}]");
        let coin: Coin = text.parse().map_err(|error| Error::field(field(), format!("{text:?}"), error))?;
        if !known.contains(&coin.denom) {
            return Err(Error::field(
                field(),
                format!("{text:?}"),
                "use the `base` of a denomination of this manifest",
            ));
        }
        sum = sum
            .checked_add(&coin)
            .ok_or_else(|| Error::field(field(), format!("{text:?}"), "amounts end at 2^128 - 1"))?;
    }
    Ok(sum)
}

fn accounts(wire: Vec<WireAccount>, prefix: &Prefix, known: &[Denom]) -> Result<Vec<Account>, Error> {
    let mut accounts: Vec<Account> = Vec::with_capacity(wire.len());
    for (index, wire) in wire.into_iter().enumerate() {
        let field = |name: &str| format!("account[{index}].{name}");
        let name: Name = wire
            .name
            .parse()
            .map_err(|error| Error::field(field("name"), format!("{:?}", wire.name), error))?;
        if accounts.iter().any(|other| other.name == name) {
            return Err(Error::field(field("name"), name, "each account needs a name of its own"));
        }
        accounts.push(Account {
            balances: coins(&field("balances"), &wire.balances, known)?,
            source: source(&field, wire.address.as_deref(), wire.mnemonic.as_deref(), wire.key, prefix)?,
            scheme: wire.scheme.unwrap_or(Scheme::Secp256k1),
            sequence: wire.sequence,
            name,
        });
    }
    Ok(accounts)
}

fn source(
    field: &impl Fn(&str) -> String,
    address: Option<&str>,
    mnemonic: Option<&str>,
    key: Option<WireKey>,
    prefix: &Prefix,
) -> Result<Source, Error> {
    match (address, mnemonic, key) {
        (Some(text), None, None) => Address::parse(text, prefix)
            .map(Source::Address)
            .map_err(|error| Error::field(field("address"), format!("{text:?}"), error)),
        // The words are secret, also when there is a mistake in them.
        (None, Some(text), None) => Mnemonic::parse(text)
            .map(Source::Mnemonic)
            .map_err(|error| Error::field(field("mnemonic"), "not a mnemonic", error)),
        (None, None, Some(WireKey::Derive) | None) => Ok(Source::Fresh),
        _ => Err(Error::field(
            field("key"),
            "given in two ways",
            "use one of address, mnemonic and key = \"derive\"",
        )),
    }
}

fn load(wire: WireLoad, prefix: &Prefix, known: &[Denom], folder: &Path) -> Result<Load, Error> {
    let addresses = match (wire.file, wire.accounts, wire.seed) {
        (Some(file), None, None) if wire.scheme.is_none() => {
            load::read_addresses(&folder.join(file), prefix)?
        }
        (None, Some(count @ 1..=MAX_LOAD_ACCOUNTS), Some(seed)) => {
            load::addresses(&seed, count, wire.scheme.unwrap_or(Scheme::Secp256k1))?
        }
        (None, Some(count), Some(_)) => return Err(Error::field("load.accounts", count, "use 1 to 1000000")),
        _ => {
            let expected = "use either `file` alone, or `accounts` and `seed` (and perhaps `scheme`)";
            return Err(Error::field("load", "incomplete or contradicting", expected));
        }
    };
    Ok(Load { balances: coins("load.balances", &wire.balances, known)?, addresses })
}

fn database(wire: WireDatabase, ledger: &str) -> Result<Database, Error> {
    let chain_id = wire.chain_id.unwrap_or_else(|| format!("{ledger}-db"));
    if chain_id == ledger {
        let expected = "use another name than the ledger's: signatures are bound to it";
        return Err(Error::field("database.chain_id", format!("{chain_id:?}"), expected));
    }
    Ok(Database {
        chain_id,
        timeout_commit: duration("database.timeout_commit", &wire.timeout_commit)?,
        max_tx_bytes: wire.max_tx_bytes,
        keep_versions: wire.keep_versions,
        anchor_every: wire.anchor_every,
        read: wire.read,
        app_state: app_state("database.app_state", wire.app_state)?,
    })
}

fn app_state(field: &str, table: toml::Table) -> Result<serde_json::Value, Error> {
    serde_json::to_value(table).map_err(|error| Error::field(field, "not JSON", error))
}
