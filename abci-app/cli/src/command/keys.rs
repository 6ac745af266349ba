//! `sirius keys`: the keys of the home.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Value, json};
use sirius_ledger::base::auth::proof_bytes;
use sirius_primitives::{AccountKey, Multisig, PublicKey};
use sirius_runtime::tx::{pack_account_key, pack_public_key};
use sirius_sdk::{
    config::read_passphrase,
    key::{Mnemonic, Path, Scheme},
    keystore::{Entry, Group, Name, Secret},
};
use zeroize::Zeroizing;

use super::secrets;
use crate::{failure::Failure, prompt, session::Session, show::table};

pub(super) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((word, matches)) = matches.subcommand() else {
        return Err(Failure::input("name what to do with keys; `sirius keys --help` lists it"));
    };
    if word == "list" {
        return list(session);
    }
    let name = matches.get_one::<Name>("name").ok_or_else(|| Failure::input("name a key"))?;
    match word {
        "add" => add(session, name, matches),
        "multisig" => multisig(session, name, matches),
        "show" => show(session, name),
        "remove" => remove(session, name, matches.get_flag("yes")),
        "export" => export(session, name),
        "import" => import(session, name, matches),
        "rotate-passphrase" => rotate_passphrase(session, name, matches.get_one("new-passphrase-file")),
        "rotation-proof" => rotation_proof(session, name, matches),
        other => Err(Failure::input(format!("there is no `sirius keys {other}`"))),
    }
}

fn list(session: &Session) -> Result<(), Failure> {
    let titles = ["name", "address", "scheme", "path"].map(str::to_owned);
    let row = |key: &Entry| {
        let path = key.path.map_or_else(|| "none".to_owned(), |path| path.to_string());
        [key.name.to_string(), session.names.text(&key.address()), key.scheme().to_string(), path]
    };
    let group_row = |group: &Group| {
        let scheme = format!("{} of {}", group.multisig.threshold(), group.multisig.members().len());
        [group.name.to_string(), session.names.text(&group.address()), scheme, "none".to_owned()]
    };
    let json = || {
        let keys = session.keys.iter().map(|key| to_json(session, key));
        keys.chain(session.groups.iter().map(|group| group_json(session, group))).collect()
    };
    session.output.answer(json, || match session.keys.as_slice() {
        [] if session.groups.is_empty() => format!(
            "there are no keys in {}; make one with `sirius keys add NAME`",
            session.config.keys.display()
        ),
        keys => {
            let groups = session.groups.iter().map(group_row);
            table(&[titles].into_iter().chain(keys.iter().map(row)).chain(groups).collect::<Vec<_>>())
        }
    })
}

fn to_json(session: &Session, key: &Entry) -> Value {
    json!({
        "name": key.name,
        "address": session.names.text(&key.address()),
        "scheme": key.scheme(),
        "path": key.path,
        "public_key": session.catalogue.unpack(&pack_public_key(&key.public_key)),
    })
}

fn rows(session: &Session, key: &Entry) -> Vec<[String; 2]> {
    vec![
        ["name".to_owned(), key.name.to_string()],
        ["address".into(), session.names.text(&key.address())],
        ["scheme".into(), key.scheme().to_string()],
        ["path".into(), key.path.map_or_else(|| "none".to_owned(), |path| path.to_string())],
        ["public key".into(), hex::encode(key.public_key.as_bytes())],
    ]
}

fn group_json(session: &Session, group: &Group) -> Value {
    let key = pack_account_key(&AccountKey::Multisig(group.multisig.clone()));
    json!({
        "name": group.name,
        "address": session.names.text(&group.address()),
        "scheme": "multisig",
        "path": null,
        "public_key": session.catalogue.unpack(&key),
    })
}

fn show_group(session: &Session, group: &Group) -> Result<(), Failure> {
    let multisig = &group.multisig;
    let members: Vec<_> = multisig.members().iter().map(|key| hex::encode(key.as_bytes())).collect();
    let rows = [
        ["name".to_owned(), group.name.to_string()],
        ["address".into(), session.names.text(&group.address())],
        ["threshold".into(), format!("{} of {}", multisig.threshold(), members.len())],
        ["members".into(), members.join(" ")],
    ];
    session.output.answer(|| group_json(session, group), || table(&rows))
}

/// Keeps a multisig. As on the Cosmos command line its members are sorted by address unless told otherwise.
fn multisig(session: &Session, name: &Name, matches: &ArgMatches) -> Result<(), Failure> {
    let threshold = matches.get_one::<u32>("threshold").copied().unwrap_or_default();
    let texts = matches.get_many::<String>("keys").unwrap_or_default();
    let mut members = texts.map(|text| member(session, text)).collect::<Result<Vec<_>, _>>()?;
    if !matches.get_flag("nosort") {
        members.sort_by_key(PublicKey::address);
    }
    let multisig = Multisig::new(threshold, members).map_err(|error| Failure::input(error.to_string()))?;
    let group = Group { name: name.clone(), multisig };
    session.keystore()?.add_group(&group)?;
    show_group(session, &group)
}

/// A key of the home by its name, or somebody else's by its digits.
fn member(session: &Session, text: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = text.parse().map_err(|_| ()).and_then(|name| session.key(&name).map_err(|_| ())) {
        return Ok(key.public_key);
    }
    let bytes = hex::decode(text).unwrap_or_default();
    PublicKey::secp256k1(&bytes).or_else(|_| PublicKey::ed25519(&bytes)).map_err(|_| {
        Failure::input(format!(
            "{text:?} is neither the name of a key (`sirius keys list`) nor a public key of 66 or 64 hexadecimal digits"
        ))
    })
}

fn show(session: &Session, name: &Name) -> Result<(), Failure> {
    if let Ok(group) = session.group(name) {
        return show_group(session, group);
    }
    let key = session.key(name)?;
    session.output.answer(|| to_json(session, key), || table(&rows(session, key)))
}

/// Where below its mnemonic the key lies.
fn path(matches: &ArgMatches) -> Result<Path, Failure> {
    let number = |id: &str| matches.get_one::<u32>(id).copied().unwrap_or_default();
    Path::new(scheme(matches), number("account"), number("index"))
        .map_err(|error| Failure::input(error.to_string()))
}

fn scheme(matches: &ArgMatches) -> Scheme {
    matches.get_one::<Scheme>("scheme").copied().unwrap_or(Scheme::Secp256k1)
}

fn add(session: &Session, name: &Name, matches: &ArgMatches) -> Result<(), Failure> {
    let path = path(matches)?;
    let mnemonic = Mnemonic::generate()?;
    let words = mnemonic.phrase();
    let key = keep(session, name, &Secret::from_mnemonic(mnemonic, path))?;
    let json = || {
        let mut json = to_json(session, &key);
        if let Some(fields) = json.as_object_mut() {
            fields.insert("mnemonic".into(), json!(words.as_str()));
        }
        json
    };
    let text = || {
        let mut rows = rows(session, &key);
        rows.push(["words".into(), words.to_string()]);
        table(&rows) + "\nWrite the words down and keep them from others: whoever has them has the key.\n"
    };
    session.output.answer(json, text)
}

fn import(session: &Session, name: &Name, matches: &ArgMatches) -> Result<(), Failure> {
    let secret = if matches.get_flag("raw") {
        let text = prompt::secret("64 hexadecimal digits: ")?;
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice())
            .map_err(|_| Failure::input("a raw key is 64 hexadecimal digits"))?;
        Secret::from_secret_bytes(scheme(matches), &bytes)
    } else {
        let path = path(matches)?;
        Secret::from_mnemonic(Mnemonic::parse(&prompt::secret("words: ")?)?, path)
    };
    let key = keep(session, name, &secret)?;
    session.output.answer(|| to_json(session, &key), || table(&rows(session, &key)))
}

fn keep(session: &Session, name: &Name, secret: &Secret) -> Result<Entry, Failure> {
    let passphrase = prompt::new_passphrase(&session.config)?;
    Ok(session.keystore()?.add(name, secret, &passphrase)?)
}

fn remove(session: &Session, name: &Name, sure: bool) -> Result<(), Failure> {
    session.account_key(name)?;
    let question = format!("Delete key {name} for good? Without its words it cannot be had again.");
    if !sure && !prompt::confirm(&question)? {
        return Err(Failure::input(format!("key {name} was not deleted")));
    }
    session.keystore()?.remove(name)?;
    session.output.answer(|| json!({ "removed": name }), || format!("key {name} is deleted"))
}

fn export(session: &Session, name: &Name) -> Result<(), Failure> {
    session.key(name)?;
    let passphrase = prompt::passphrase(&session.config)?;
    let words = session.keystore()?.export_mnemonic(name, &passphrase)?.phrase();
    session.output.answer(|| json!({ "name": name, "mnemonic": words.as_str() }), || words.to_string())
}

fn rotate_passphrase(session: &Session, name: &Name, file: Option<&PathBuf>) -> Result<(), Failure> {
    session.key(name)?;
    let old = prompt::passphrase(&session.config)?;
    let new = match file {
        Some(file) => read_passphrase(file)?,
        None => prompt::typed_twice()?,
    };
    session.keystore()?.change_passphrase(name, &old, &new)?;
    let text =
        || format!("key {name} has the new passphrase; copies of its file made before have the old one");
    session.output.answer(|| json!({ "rotated": name }), text)
}

/// What `MsgRotateKey` needs of the key that comes: itself, and a signature that somebody has it.
fn rotation_proof(session: &Session, name: &Name, matches: &ArgMatches) -> Result<(), Failure> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let account = matches.get_one::<String>("account").map(String::as_str).unwrap_or_default();
    let address = session.names.resolve(account)?;
    let key = secrets::open(session, name)?;
    let proof = STANDARD.encode(key.sign(&proof_bytes(&session.config.chain.id, &address)));
    let public_key = session.catalogue.unpack(&pack_public_key(&key.public_key()));
    let text = || format!("'{public_key}' {proof}");
    session.output.answer(|| json!({ "public_key": public_key, "proof": proof }), text)
}
