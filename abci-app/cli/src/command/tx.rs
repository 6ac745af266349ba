//! `sirius tx <module> <verb>`: a message of the catalogue as a transaction.

use std::time::Duration;

use clap::ArgMatches;
use cosmrs::Any;
use sirius_primitives::{Address, Blocks, Coins, Height};
use sirius_runtime::{Verb, VerbKind};
use sirius_sdk::{
    sign::{Signer, TxBuilder, Unsigned},
    submit::{Account, Fee, GasLimit, Options, Sender},
    units::Units,
};

use super::{confirm, secrets};
use crate::{
    argument::{self, Reader, SendArguments, Way, send_arguments},
    document::Document,
    failure::Failure,
    progress::Progress,
    session::Session,
};

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let (verb, matches) = argument::chosen(&session.catalogue, VerbKind::Message, matches)?;
    let arguments = send_arguments(matches)?;
    let public_key = session.account_key(&arguments.from)?;
    let address = match &arguments.account {
        Some(account) => session.names.resolve(account)?,
        None => public_key.address(),
    };
    let message = message(session, verb, matches, &arguments, &address).await?;
    let options = options(session, &arguments).await?;
    let sender = Sender {
        client: session.client.clone(),
        chain: session.config.chain.clone(),
        address,
        public_key: public_key.clone(),
    };
    match arguments.way {
        Way::Send { wait } => send(session, sender, &arguments, message, (&options, wait)).await,
        Way::Generate => {
            let progress = Progress::start("asking for number, gas and price");
            let unsigned = sender.prepare(&[message], &options).await?;
            drop(progress);
            answer(session, &Document::unsigned(&unsigned)?)
        }
        Way::Offline { number, sequence, timeout } => {
            let signer = Signer { public_key, account_number: number, sequence };
            let unsigned = offline(session, signer, message, (&options, timeout))?;
            let key = secrets::open(session, &arguments.from)?;
            answer(session, &Document::signed(&unsigned.sign(&[&key])?.bytes)?)
        }
    }
}

async fn send(
    session: &Session,
    sender: Sender,
    arguments: &SendArguments,
    message: Any,
    (options, wait): (&Options, bool),
) -> Result<(), Failure> {
    let key = secrets::open(session, &arguments.from)?;
    let account = Account::of(sender.client, sender.chain, key, sender.address);
    let progress = Progress::start("sending the transaction");
    let pending = account.submit(vec![message], options).await?;
    drop(progress);
    confirm::run(session, pending, wait).await
}

/// A document is JSON for people and programs alike.
fn answer(session: &Session, document: &Document) -> Result<(), Failure> {
    let json = document.to_json(&session.catalogue);
    session.output.answer(|| json.clone(), || format!("{json:#}"))
}

async fn message(
    session: &Session,
    verb: &Verb,
    matches: &ArgMatches,
    arguments: &SendArguments,
    signer: &Address,
) -> Result<Any, Failure> {
    let descriptor = session.catalogue.message(&verb.request)?;
    let none = Units::default();
    let offline = matches!(arguments.way, Way::Offline { .. });
    let units = if argument::needs_units(&descriptor) && !offline { session.units().await? } else { &none };
    let reader = Reader {
        units,
        names: &session.names,
        keys: &session.keys,
        groups: &session.groups,
        denom: &session.config.fee_denom,
        catalogue: &session.catalogue,
    };
    let signer = session.names.text(signer);
    let json = argument::request(verb, &descriptor, matches, &reader, Some(&signer))?;
    Ok(session.catalogue.pack(verb, &json)?)
}

async fn options(session: &Session, arguments: &SendArguments) -> Result<Options, Failure> {
    let offline = matches!(arguments.way, Way::Offline { .. });
    let fee = match &arguments.fee {
        None => Fee::BaseFee,
        Some(text) if offline => Fee::Exactly(Units::default().parse_all(text)?),
        Some(text) => Fee::Exactly(session.units().await?.parse_all(text)?),
    };
    Ok(Options {
        gas: arguments.gas,
        fee,
        memo: arguments.memo.clone(),
        timeout: arguments.timeout,
        mode: arguments.mode,
        granter: arguments.granter.as_deref().map(|granter| session.names.resolve(granter)).transpose()?,
        wait: wait_for(arguments.timeout),
    })
}

/// Long enough for as many slow blocks, and no less than three minutes.
fn wait_for(timeout: Blocks) -> Duration {
    Duration::from_secs(timeout.0.saturating_mul(5).max(180))
}

/// The transaction from the given numbers alone.
fn offline(
    session: &Session,
    signer: Signer,
    message: Any,
    (options, timeout): (&Options, Height),
) -> Result<Unsigned, Failure> {
    let chain = &session.config.chain;
    let (GasLimit::Exactly(gas), Fee::Exactly(fee)) = (options.gas, &options.fee) else {
        return Err(Failure::input(
            "--offline asks no node for gas and price; give --gas N and --fee AMOUNT",
        ));
    };
    let fee: &Coins = fee;
    let id = chain.id.parse().map_err(|_| Failure::input(format!("{:?} is no chain id", chain.id)))?;
    let mut builder = TxBuilder::new(id, gas)
        .memo(options.memo.clone())
        .timeout_height(timeout)
        .fee(fee)
        .message(message)
        .mode(options.mode)
        .signer(signer);
    if let Some(granter) = &options.granter {
        builder = builder.granter(granter, &chain.prefix);
    }
    Ok(builder.build()?)
}
