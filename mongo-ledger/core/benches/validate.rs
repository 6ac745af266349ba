//! How many CREATE transactions of about 850 bytes one core validates in a second: read, hashed, and their signature
//! checked, beside the bare check of the same signatures; and what it costs more where roles are asked for.
//!
//! `cargo bench -p mongo-ledger-core --profile release` prints the medians of seven runs and writes each to
//! `target/bench/<name>.json`.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark looks at the clock, and fails when it panics"
)]

use std::{fs, hint::black_box, path::Path, process::Command, sync::Arc, time::Instant};

use mongo_ledger_core::{
    access::{Access, Grant, Holder, Right, Role},
    block::{self, Submitted},
    condition::Fulfillment,
    genesis::Genesis,
    json::{self, Limits},
    key::{PublicKey, SecretKey},
    settings::Settings,
    state::{self, STORE},
    transaction::{Transaction, build},
};
use sirius_primitives::Height;
use sirius_store::{Disk, DiskOptions, Options, Overlay, Store};

/// How often everything is measured; the median counts.
const RUNS: usize = 7;
/// Transactions a run.
const TRANSACTIONS: u32 = 4_000;

/// A signature with what it is checked against.
struct Signed {
    key: PublicKey,
    message: [u8; 32],
    signature: [u8; 64],
}

fn main() {
    let transactions: Vec<Transaction> = (0..TRANSACTIONS).map(create).collect();
    let texts: Vec<&str> = transactions.iter().map(Transaction::raw).collect();
    let signatures: Vec<Signed> = transactions.iter().map(signed).collect();
    let bytes = texts.iter().map(|text| text.len()).sum::<usize>() / texts.len();
    println!("CREATE of {bytes} bytes, one core, median of {RUNS} runs");
    let limits = Limits::default();
    let mut runs: [Vec<f64>; 4] = Default::default();
    for _ in 0..RUNS {
        let bare = rate(&signatures, |signed| signed.key.verify(&signed.message, &signed.signature));
        let whole = rate(&texts, |text| {
            Transaction::parse(text.as_bytes(), &limits).is_ok_and(|read| read.verify_signatures().is_ok())
        });
        let read = rate(&texts, |text| Transaction::parse(text.as_bytes(), &limits).is_ok());
        let tree = rate(&texts, |text| json::parse(text.as_bytes(), &limits).is_ok());
        for (figures, figure) in runs.iter_mut().zip([bare, whole, read, tree]) {
            figures.push(figure);
        }
    }
    let [bare, whole, ..] = runs.clone();
    permissions(&transactions, &whole);
    for (name, figures) in
        ["ed25519_verify", "create_validate", "create_parse", "create_json"].into_iter().zip(runs)
    {
        write(name, figures, &bare);
    }
}

/// What asking for roles costs, as a part of the time in which a transaction is read, its signature checked, and itself
/// executed: the same block on a chain that asks and on one that does not. Each issuer has the role one level above the
/// namespace of its asset, so that it is found by the second look-up of nine at most.
fn permissions(transactions: &[Transaction], whole: &[f64]) {
    let block: Vec<Submitted<'_>> = transactions.iter().map(Ok).collect();
    let folder = std::env::temp_dir().join(format!("sirius-bench-{}", std::process::id()));
    let stores = [Access::Open, Access::Permissioned].map(|access| granted(&folder, transactions, access));
    let (mut figures, mut shares) = (Vec::new(), Vec::new());
    for whole in whole {
        let [open, asked] = stores.each_ref().map(|store| {
            let start = Instant::now();
            let executed = block::run(&store.latest(), 2, black_box(&block)).unwrap();
            assert!(executed.results.iter().all(Result::is_ok));
            start.elapsed().as_secs_f64() / f64::from(TRANSACTIONS)
        });
        figures.push(1.0 / (asked - open).max(f64::EPSILON));
        shares.push((asked - open) / (1.0 / whole + open));
    }
    let (value, share) = (median(figures), median(shares));
    println!("{:<32} {value:>12.0} 1/s {share:>8.3} of validation's time", "permission");
    keep("permission", value, share, "reading, checking and executing a CREATE on an open chain");
    drop(stores);
    fs::remove_dir_all(&folder).unwrap();
}

/// The state of a chain on disk that has a grant for each issuer.
fn granted(folder: &Path, transactions: &[Transaction], access: Access) -> Store {
    let options = Options { name: STORE.into(), ..Options::default() };
    let disk = Disk::open(&folder.join(access.as_str()), DiskOptions::default()).unwrap();
    let store = Store::open(Arc::new(disk), options).unwrap();
    let mut state = Overlay::new(store.latest());
    let genesis = Genesis { settings: Settings { access, ..Settings::default() }, ..Genesis::default() };
    state.apply(genesis.changes());
    for transaction in transactions {
        let holder = Holder::of(&transaction.inputs().first().unwrap().fulfillment);
        let right = Right { holder, role: Role::Issuer, namespace: "wine".parse().unwrap() };
        let grant = Grant { right, until: None, since: 0, by: None, revoked: None };
        state::grant(&grant.right.id()).set(&mut state, &grant);
    }
    let prepared = store.prepare(Height(1), &state.into_changes()).unwrap();
    store.commit(prepared, Vec::new()).unwrap();
    store
}

/// A transaction whose document makes it about 850 bytes long.
fn create(number: u32) -> Transaction {
    let mut seed = [7; 32];
    seed.iter_mut().zip(number.to_be_bytes()).for_each(|(byte, digit)| *byte = digit);
    let secret = SecretKey::new(&seed);
    let data = format!(
        r#"{{"ns":"wine/red","bottle":{number},"vineyard":"Clos du Midi","year":2019,"alcohol":13.5,"grapes":["syrah","grenache"],"cellar":"north, third row, under the old press, lot 7"}}"#
    );
    let data = json::parse(data.as_bytes(), &Limits::default()).unwrap().as_object().cloned();
    let share = build::Share::to(secret.public(), 1);
    build::create(&[secret.public()], &[share], data, None).sign(&[&secret]).unwrap()
}

fn signed(transaction: &Transaction) -> Signed {
    let fulfillment = transaction.inputs().first().map(|input| &input.fulfillment);
    let Some(Fulfillment::Ed25519 { public_key, signature }) = fulfillment else { panic!("one key signs") };
    Signed { key: *public_key, message: *transaction.messages().first().unwrap(), signature: **signature }
}

/// How many cases a second pass the check; all must.
fn rate<T>(cases: &[T], check: impl Fn(&T) -> bool) -> f64 {
    let start = Instant::now();
    assert!(cases.iter().all(|case| check(black_box(case))));
    f64::from(TRANSACTIONS) / start.elapsed().as_secs_f64()
}

/// Prints and keeps the median of a figure, and of its ratio to the bare check of the same run.
fn write(name: &str, figures: Vec<f64>, bare: &[f64]) {
    let ratio = median(figures.iter().zip(bare).map(|(figure, bare)| figure / bare).collect());
    let value = median(figures);
    println!("{name:<32} {value:>12.0} 1/s {ratio:>8.3} of ed25519_verify");
    keep(name, value, ratio, "the bare check of the same signatures");
}

fn keep(name: &str, value: f64, ratio: f64, to: &str) {
    let record = serde_json::json!({
        "name": format!("database_{name}"), "value": value, "unit": "1/s", "ratio": ratio,
        "ratio_to": to, "machine": machine(), "commit": commit(),
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("database_{name}.json")), format!("{record:#}\n")).unwrap();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} x {}", model.map_or("unknown processor", |(_, model)| model))
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
