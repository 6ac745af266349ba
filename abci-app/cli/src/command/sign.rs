//! `sirius sign` and `sirius multisign`: signatures for a transaction in a file.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Value, json};
use sirius_primitives::{AccountKey, Address};
use sirius_sdk::{
    ask::AccountState,
    keystore::Name,
    sign::{AccountNumber, Sequence, SignMode, combine},
    units::Units,
};

use super::secrets;
use crate::{
    argument::sign_mode,
    document::{Document, MemberSignature, Signer},
    failure::Failure,
    session::Session,
    show::tree,
};

/// One key signs: for its own account, or as a member of a multisig.
pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<Name>("from").ok_or_else(|| Failure::input("name a key with --from"))?;
    let mut document = read(session, matches)?;
    let member = session.key(name)?.public_key;
    let group = matches.get_one::<Name>("multisig").map(|group| session.group(group)).transpose()?;
    let account_key =
        group.map_or(AccountKey::Single(member), |group| AccountKey::Multisig(group.multisig.clone()));
    let address = account(session, matches, &account_key)?;
    let mode =
        sign_mode(matches).unwrap_or(if group.is_some() { SignMode::AminoJson } else { SignMode::Direct });
    if group.is_some() && (!account_key.members().contains(&member) || mode != SignMode::AminoJson) {
        return Err(Failure::input(format!(
            "members of a multisig sign amino-JSON, and {name} must be one of them"
        )));
    }
    let state = state(session, matches, &address).await?;
    let (catalogue, chain) = (&session.catalogue, &session.config.chain);
    let key = secrets::open(session, name)?;
    if group.is_some() {
        let signature = key.sign(&document.amino(chain, state)?);
        let signature = MemberSignature { key: member, signature, sequence: state.sequence };
        return answer(session, signature.to_json(catalogue));
    }
    let signer = Signer { address, key: &account_key, state };
    document.sign(&signer, mode, (catalogue, chain), |bytes| key.sign(bytes))?;
    answer(session, document.to_json(catalogue))
}

/// Members' signatures become the signature of their account.
pub(super) async fn multisign(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<Name>("name").ok_or_else(|| Failure::input("name a multisig"))?;
    let mut document = read(session, matches)?;
    let multisig = &session.group(name)?.multisig;
    let (catalogue, chain) = (&session.catalogue, &session.config.chain);
    let mut signatures = Vec::new();
    for path in matches.get_many::<PathBuf>("signatures").unwrap_or_default() {
        signatures.extend(MemberSignature::read(path, catalogue)?);
    }
    let key = AccountKey::Multisig(multisig.clone());
    let address = account(session, matches, &key)?;
    let mut state = state(session, matches, &address).await?;
    // The sequence is what was signed; whether it is the account's still is for the chain to say.
    state.sequence = signatures.first().map_or(state.sequence, |first| first.sequence);
    if let Some(other) = signatures.iter().find(|other| other.sequence != state.sequence) {
        return Err(Failure::input(format!(
            "the signatures are for the sequences {} and {}; let all members sign for the same",
            state.sequence, other.sequence
        )));
    }
    let signed: Vec<_> = signatures.into_iter().map(|one| (one.key, one.signature)).collect();
    let (signing, signature) = combine(multisig, &document.amino(chain, state)?, &signed)?;
    let signer = Signer { address, key: &key, state };
    document.sign_multi(&signer, (&signing, signature), (catalogue, chain))?;
    answer(session, document.to_json(catalogue))
}

/// The transaction of the file; whoever signs sees what it says.
fn read(session: &Session, matches: &ArgMatches) -> Result<Document, Failure> {
    let path = matches.get_one::<PathBuf>("file").ok_or_else(|| Failure::input("name a file"))?;
    let document = Document::read(path, &session.catalogue)?;
    if !session.output.is_json() {
        let content = json!({ "signing": document.content(&session.catalogue) });
        eprint!("{}", tree(&content, &Units::default(), &session.names));
    }
    Ok(document)
}

/// The account that `--account` names, or that whose first key it is.
fn account(session: &Session, matches: &ArgMatches, key: &AccountKey) -> Result<Address, Failure> {
    match matches.get_one::<String>("account") {
        Some(account) => session.names.resolve(account),
        None => Ok(key.address()),
    }
}

/// Number and sequence, given or asked for.
async fn state(session: &Session, matches: &ArgMatches, address: &Address) -> Result<AccountState, Failure> {
    let number = |id: &str| matches.get_one::<u64>(id).copied();
    match (number("account-number"), number("sequence")) {
        (Some(number), Some(sequence)) => {
            Ok(AccountState { number: AccountNumber(number), sequence: Sequence(sequence) })
        }
        _ => Ok(session.client.account(address, &session.config.chain.prefix).await?),
    }
}

/// A file is JSON for people and programs alike.
fn answer(session: &Session, json: Value) -> Result<(), Failure> {
    session.output.answer(|| json.clone(), || format!("{json:#}"))
}
