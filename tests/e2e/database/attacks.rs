//! What attackers send, over HTTP and straight to CometBFT: refused by BigchainDB's name, without a trace in documents.

use std::thread;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use localnet::Layer;
use mongo_ledger_core::condition::Condition;
use mongo_ledger_core::json::{Object, Value};
use mongo_ledger_core::key::{PublicKey, SecretKey};
use mongo_ledger_core::transaction::build::{self, Share, Spend};
use mongo_ledger_core::transaction::{OutputRef, Proposal, Transaction, TransactionId};
use sirius_tests::rpc::{Rpc, RpcError};

use crate::forge::{first, forged, hashed, output};
use crate::setting::Setting;

/// The names of refusals and their codes, which are never used again for another.
const CODES: &[(&str, u32)] = &[
    ("SchemaValidationError", 1),
    ("ValidationError", 2),
    ("InvalidHash", 3),
    ("InvalidSignature", 4),
    ("DoubleSpend", 5),
    ("InputDoesNotExist", 6),
    ("AssetIdMismatch", 7),
    ("AmountError", 8),
    ("ThresholdTooDeep", 10),
    ("InvalidProposer", 12),
];
/// What each output can hold at most, and with it more than 64 bits hold in three.
const MOST: u64 = 9_000_000_000_000_000_000;
/// How often two spends race.
const RACES: usize = 5;

/// Something that must be refused.
struct Attack {
    what: String,
    bytes: Vec<u8>,
    name: &'static str,
}

fn attack(what: &str, bytes: impl Into<Vec<u8>>, name: &'static str) -> Attack {
    Attack { what: what.to_owned(), bytes: bytes.into(), name }
}

fn mallory() -> SecretKey {
    SecretKey::new(&[66; 32])
}

fn alice() -> SecretKey {
    SecretKey::new(&[1; 32])
}

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let (asset, other) = (setting.asset(&alice(), &[9, MOST, MOST, MOST])?, setting.asset(&alice(), &[9])?);
    let spent = setting.asset(&alice(), &[1])?;
    let moved = build::transfer(&[output(&spent, 0)], &[Share::to(mallory().public(), 1)], *spent.id(), None);
    let moved = moved.sign(&[&alice()])?;
    for made in [&asset, &other, &spent, &moved] {
        setting.commit(0, made)?;
    }
    let (_, before) = setting.alike()?;
    let mut all = texts()?;
    all.extend(creates(setting)?);
    all.extend(transfers(&asset, &other, &spent)?);
    all.extend(elections(setting)?);
    let rpcs = setting.bed.chain_rpcs(Layer::Database);
    for (number, attack) in all.iter().enumerate() {
        refused_by_cometbft(&rpcs[number % rpcs.len()], attack).with_context(|| attack.what.clone())?;
        refused_over_http(setting, number % rpcs.len(), attack).with_context(|| attack.what.clone())?;
    }
    twice(setting, &asset)?;
    let (_, after) = setting.alike()?;
    // A block without transactions may have come meanwhile, of which `meta` tells.
    for (collection, documents) in before.iter().filter(|(name, _)| *name != "meta") {
        ensure!(after[collection] == *documents, "a refused transaction left a trace in {collection}");
    }
    let next = setting.asset(&alice(), &[1])?;
    setting.commit(3, &next)?;
    println!("  {} attacks, each over HTTP and RPC", all.len());
    Ok(())
}

/// Bytes that are no transaction, or one that nobody can keep.
fn texts() -> Result<Vec<Attack>> {
    let schema = "SchemaValidationError";
    let honest = crate::forge::asset(&mallory(), &[1], -1)?;
    let twice = honest.raw().replacen("{\"asset\"", "{\"version\":\"2.0\",\"asset\"", 1);
    let deep = |depth: usize| format!("{{\"asset\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    Ok(vec![
        attack("a list", *b"[]", schema),
        attack("a number", *b"1", schema),
        attack("a text", *b"\"CREATE\"", schema),
        attack("null", *b"null", schema),
        attack("half a text", &honest.raw().as_bytes()[..200], schema),
        attack("a transaction and more", format!("{}{{}}", honest.raw()), schema),
        attack("no UTF-8", *b"{\"asset\": \"\xff\xfe\"}", schema),
        attack("a key twice", twice, schema),
        attack("half a character", *b"{\"asset\": \"\\ud800\"}", schema),
        attack("NaN", *b"{\"asset\": NaN}", schema),
        attack("a depth of 65", deep(65), schema),
        attack("a depth of 100,000", deep(100_000), schema),
        attack("an integer of 64 bits and one", *b"{\"asset\": 9223372036854775808}", schema),
        attack("a fraction without end", *b"{\"asset\": 1e400}", schema),
        attack("no id", *b"{}", "InvalidHash"),
        attack(
            "another id",
            honest.raw().replacen(&honest.id().to_string(), &"0".repeat(64), 1),
            "InvalidHash",
        ),
        attack("another text", honest.raw().replacen("\"serial\":-1", "\"serial\":-2", 1), "InvalidHash"),
    ])
}

/// Assets that nobody may make.
fn creates(setting: &mut Setting) -> Result<Vec<Attack>> {
    let honest = setting.asset(&mallory(), &[1])?;
    let mut all = Vec::new();
    let mut with = |what: &str, name: &'static str, change: &dyn Fn(&mut Object)| -> Result<()> {
        all.push(attack(what, forged(&honest, &mallory(), change)?, name));
        Ok(())
    };
    let keys = |key: &SecretKey| Value::from(vec![Value::from(key.public().to_string())]);
    let data = |member: &str, value: Value| {
        Value::Object(Object::from([(
            "data".to_owned(),
            Value::Object(Object::from([(member.to_owned(), value)])),
        )]))
    };
    with("signed by another than it says", "InvalidSignature", &|object| {
        *first(object, "inputs", "owners_before") = keys(&alice());
    })?;
    with("for another than it says", "SchemaValidationError", &|object| {
        *first(object, "outputs", "public_keys") = keys(&alice());
    })?;
    for name in ["$set", "a.b", "a\0b"] {
        with(&format!("the key {name:?} in an asset"), "ValidationError", &|object| {
            object.insert("asset".to_owned(), data(name, Value::Null));
        })?;
        with(&format!("the key {name:?} deep in metadata"), "ValidationError", &|object| {
            let deep = Object::from([(name.to_owned(), Value::Null)]);
            let list = Value::from(vec![Value::from(vec![Value::Object(deep)])]);
            object.insert("metadata".to_owned(), Value::Object(Object::from([("list".to_owned(), list)])));
        })?;
    }
    with("an operation that is none", "SchemaValidationError", &|object| {
        object.insert("operation".to_owned(), Value::from("GENESIS"));
    })?;
    with("a member too many", "SchemaValidationError", &|object| {
        object.insert("memo".to_owned(), Value::from("free"));
    })?;
    with("another version", "SchemaValidationError", &|object| {
        object.insert("version".to_owned(), Value::from("1.0"));
    })?;
    for (amount, name) in [
        ("0", "AmountError"),
        ("9000000000000000001", "AmountError"),
        ("18446744073709551616", "AmountError"),
        ("-1", "SchemaValidationError"),
        ("1.5", "SchemaValidationError"),
    ] {
        with(&format!("the amount {amount}"), name, &|object| {
            *first(object, "outputs", "amount") = Value::from(amount);
        })?;
    }
    for (what, fulfillment, name) in [
        ("signed by nothing", Value::Null, "SchemaValidationError"),
        ("prepared, but not signed", Condition::Ed25519(mallory().public()).details(), "InvalidSignature"),
    ] {
        let mut unsigned = honest.value().as_object().context("an object")?.clone();
        *first(&mut unsigned, "inputs", "fulfillment") = fulfillment;
        all.push(attack(what, hashed(unsigned), name));
    }
    let stolen = setting.asset(&mallory(), &[2])?;
    let mut object = honest.value().as_object().context("an object")?.clone();
    let mut theirs = stolen.value().as_object().context("an object")?.clone();
    *first(&mut object, "inputs", "fulfillment") = first(&mut theirs, "inputs", "fulfillment").clone();
    all.push(attack("signed for something else", hashed(object), "InvalidSignature"));
    Ok(all)
}

/// Transfers of what is spent, not there, not theirs, or not as much.
fn transfers(asset: &Transaction, other: &Transaction, spent: &Transaction) -> Result<Vec<Attack>> {
    let share = |amount| Share::to(mallory().public(), amount);
    let of = |spends: &[Spend], shares: &[Share], id: TransactionId| -> Result<String> {
        Ok(build::transfer(spends, shares, id, None).sign(&[&alice()])?.raw().to_owned())
    };
    let (nine, nines) = (output(asset, 0), [1, 2, 3].map(|index| output(asset, index)));
    let (id, other_id) = (*asset.id(), *other.id());
    let nowhere = OutputRef { transaction_id: TransactionId::new([9; 32]), output_index: 0 };
    let nowhere = Spend { output: nowhere, condition: Condition::Ed25519(alice().public()) };
    let beyond =
        Spend { output: OutputRef { output_index: 4, ..nine.output }, condition: nine.condition.clone() };
    let honest = build::transfer(std::slice::from_ref(&nine), &[share(9)], id, None).sign(&[&alice()])?;
    let one = std::slice::from_ref(&nine);
    Ok(vec![
        attack(
            "an output spent in an earlier block",
            of(&[output(spent, 0)], &[Share::to(alice().public(), 1)], *spent.id())?,
            "DoubleSpend",
        ),
        attack("an output twice", of(&[nine.clone(), nine.clone()], &[share(18)], id)?, "DoubleSpend"),
        attack("an output that never was", of(&[nowhere], &[share(9)], id)?, "InputDoesNotExist"),
        attack("an output beyond the last", of(&[beyond], &[share(9)], id)?, "InputDoesNotExist"),
        attack("as another asset", of(one, &[share(9)], other_id)?, "AssetIdMismatch"),
        attack(
            "with shares of another asset",
            of(&[nine.clone(), output(other, 0)], &[share(18)], id)?,
            "AssetIdMismatch",
        ),
        attack("more than there is", of(one, &[share(10)], id)?, "AmountError"),
        attack("less than there is", of(one, &[share(8)], id)?, "AmountError"),
        attack(
            "more than 64 bits, to wrap around",
            of(&nines, &[share(MOST), share(15)], id)?,
            "AmountError",
        ),
        attack("by somebody else", forged(&honest, &mallory(), |_| ())?, "InvalidSignature"),
        attack(
            "as if somebody else owned it",
            forged(&honest, &alice(), |object| {
                *first(object, "inputs", "owners_before") =
                    Value::from(vec![Value::from(mallory().public().to_string())]);
            })?,
            "InvalidSignature",
        ),
    ])
}

/// Elections by somebody who is no validator.
fn elections(setting: &Setting) -> Result<Vec<Attack>> {
    let listed = setting.http(0).get("/api/v1/validators")?.json()?;
    let validators = listed.as_array().context("validators are a list")?.iter().map(|validator| {
        let key = validator["public_key"]["value"].as_str().context("a key is text")?;
        let key: [u8; 32] = STANDARD.decode(key)?.as_slice().try_into()?;
        anyhow::Ok((PublicKey::new(key), validator["voting_power"].as_u64().context("power is a number")?))
    });
    let validators = validators.collect::<Result<Vec<_>>>()?;
    ensure!(validators.len() == 4, "four hosts are four validators, found {listed}");
    let proposal = Proposal::Validator { key: mallory().public(), power: 1, node_id: "ab".repeat(20) };
    let election = build::election("sirius-local-1-db", mallory().public(), &validators, &proposal, "coup")
        .sign(&[&mallory()])?;
    let posed = forged(&election, &mallory(), |object| {
        *first(object, "inputs", "owners_before") =
            Value::from(vec![Value::from(validators[0].0.to_string())]);
    })?;
    Ok(vec![
        attack("an election by somebody", election.raw(), "InvalidProposer"),
        attack("an election as if by a validator", posed, "InvalidSignature"),
    ])
}

fn refused_by_cometbft(rpc: &Rpc, Attack { bytes, name, .. }: &Attack) -> Result<()> {
    let checked = rpc.broadcast(bytes)?;
    let code = CODES.iter().find(|(known, _)| known == name).context("a refusal has a code")?.1;
    ensure!(checked.code == code, "expected {name} ({code}), CometBFT's mempool says {checked:?}");
    Ok(())
}

fn refused_over_http(setting: &Setting, host: usize, Attack { bytes, name, .. }: &Attack) -> Result<()> {
    let said = setting.http(host).send("commit", bytes)?;
    let words = match *name {
        "SchemaValidationError" => "Invalid transaction schema: ".to_owned(),
        name => format!("Invalid transaction ({name}): "),
    };
    let body = said.json()?;
    let message = body["message"].as_str().unwrap_or_default();
    ensure!(said.status == 400 && body["status"] == 400, "expected 400, {said:?}");
    ensure!(message.starts_with(&words), "expected {name}, {said:?}");
    // The driver's users look for them by position.
    ensure!(said.body.starts_with("{\"message\""), "{said:?}");
    Ok(())
}

/// What was committed is refused when it comes again, and what is too long before anybody reads it.
fn twice(setting: &Setting, asset: &Transaction) -> Result<()> {
    let rpc = setting.bed.chain_rpcs(Layer::Database).swap_remove(2);
    let again = setting.http(2).send("sync", asset.raw().as_bytes())?;
    ensure!(again.status == 400 && again.body.contains("(DuplicateTransaction)"), "{again:?}");
    match rpc.broadcast(asset.raw().as_bytes()) {
        Err(RpcError::Refused { message, .. }) if message.contains("already exists in cache") => {}
        Ok(checked) if checked.code == 9 => {}
        other => anyhow::bail!("a transaction is taken twice: {other:?}"),
    }
    let long = vec![b' '; 600 << 10];
    let said = setting.http(2).send("sync", &long)?;
    ensure!(said.status == 413, "600 KiB of spaces: {said:?}");
    ensure!(rpc.broadcast(&long).is_err(), "CometBFT took 600 KiB of spaces");
    Ok(())
}

/// Two spends of one output, sent to two hosts at the same time: one counts, the other is told so.
pub(crate) fn race(setting: &mut Setting) -> Result<()> {
    for _ in 0..RACES {
        let asset = setting.asset(&alice(), &[1])?;
        setting.commit(0, &asset)?;
        // The other hosts may be a moment behind the one that was waited for.
        setting.alike()?;
        let to = |seed: u8| {
            let shares = [Share::to(SecretKey::new(&[seed; 32]).public(), 1)];
            build::transfer(&[output(&asset, 0)], &shares, *asset.id(), None).sign(&[&alice()])
        };
        let spends = [to(2)?, to(3)?];
        let said = thread::scope(|scope| {
            let sending: Vec<_> = spends
                .iter()
                .zip([1, 2])
                .map(|(spend, host)| {
                    let http = setting.http(host);
                    scope.spawn(move || http.send("commit", spend.raw().as_bytes()))
                })
                .collect();
            sending
                .into_iter()
                .map(|sent| sent.join().expect("sending does not panic"))
                .collect::<Result<Vec<_>>>()
        })?;
        let taken: Vec<bool> = said.iter().map(|said| said.status == 202).collect();
        ensure!(taken.iter().filter(|taken| **taken).count() == 1, "of two spends one counts: {said:?}");
        let refused = said.iter().find(|said| said.status != 202).context("one was refused")?;
        ensure!(refused.status == 400 && refused.body.contains("(DoubleSpend)"), "{refused:?}");
        let (_, documents) = setting.alike()?;
        let by = documents["spends"][&format!("{}:0", asset.id())].get_str("by")?;
        for (spend, taken) in spends.iter().zip(taken) {
            let id = spend.id().to_string();
            ensure!((by == id) == taken && documents["transactions"].contains_key(&id) == taken, "{id}");
        }
    }
    Ok(())
}
