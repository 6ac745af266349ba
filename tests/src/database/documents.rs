//! What lies in the document servers, read by MongoDB's own driver.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::{Layer, Running};
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::sync::{Client, Database};

/// How often hosts are looked at while they come to agree.
const LOOK: Duration = Duration::from_millis(250);
/// How long a server may take to be found. One that was killed is there again after a second.
const SELECTION: Duration = Duration::from_secs(3);

/// Every document of a host: by collection, by `_id`.
pub type Dump = BTreeMap<String, BTreeMap<String, Document>>;

/// The documents of a host, to be read and, by who tests that, damaged.
///
/// # Errors
/// The address of the server cannot be read.
pub fn server(network: &Running, host: usize) -> Result<Database> {
    let (uri, name) = network.documents(host);
    let mut options = ClientOptions::parse(uri).run()?;
    options.server_selection_timeout = Some(SELECTION);
    Ok(Client::with_options(options)?.database(&name))
}

/// Reads every document of a host.
///
/// # Errors
/// The server does not answer, or a document has another `_id` than a string.
pub fn dump(network: &Running, host: usize) -> Result<Dump> {
    let database = server(network, host)?;
    let mut dump = Dump::new();
    for name in database.list_collection_names().run()? {
        let mut documents = BTreeMap::new();
        for document in database.collection::<Document>(&name).find(doc! {}).run()? {
            let document = document?;
            let id = document.get_str("_id").with_context(|| format!("{name} of host{host}"))?.to_owned();
            documents.insert(id, document);
        }
        // Which empty collections there are is the server's affair.
        if !documents.is_empty() {
            dump.insert(name, documents);
        }
    }
    Ok(dump)
}

/// Waits until these hosts have the same last block, the same state after it and the same documents; gives the height
/// and the documents.
///
/// # Errors
/// They do not within `patience`: names the first difference.
pub fn alike(network: &Running, hosts: &[usize], patience: Duration) -> Result<(u64, Dump)> {
    let deadline = Instant::now() + patience;
    loop {
        match compare(network, hosts) {
            Ok(agreed) => return Ok(agreed),
            Err(error) if Instant::now() >= deadline => {
                return Err(error.context(format!("hosts differ after {} s", patience.as_secs())));
            }
            Err(_) => sleep(LOOK),
        }
    }
}

fn compare(network: &Running, hosts: &[usize]) -> Result<(u64, Dump)> {
    let (first, rest) = hosts.split_first().context("nothing to compare without hosts")?;
    let stands = |host: usize| {
        // A host that joined is none of those that were there from the beginning.
        let node = match network.chain_rpc(Layer::Database, host) {
            Ok(rpc) => rpc.status()?,
            Err(_) => network.guest_rpc(Layer::Database, host)?.status()?,
        };
        anyhow::Ok((node.height, node.app_hash))
    };
    let (height, state) = stands(*first)?;
    let documents = dump(network, *first)?;
    ensure!(documents.contains_key("meta"), "host{first} has no documents");
    for host in rest {
        let other = stands(*host)?;
        ensure!(
            other == (height, state.clone()),
            "host{host} is at {other:?}, host{first} at {height}, {state}"
        );
        same(&documents, &dump(network, *host)?).with_context(|| format!("host{first} and host{host}"))?;
    }
    ensure!(stands(*first)? == (height, state), "a block came while documents were compared");
    Ok((height, documents))
}

/// Names the first document in which two hosts differ.
fn same(one: &Dump, other: &Dump) -> Result<()> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let none = BTreeMap::new();
    for name in names {
        let (one, other) = (one.get(name).unwrap_or(&none), other.get(name).unwrap_or(&none));
        let ids: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for id in ids {
            let (one, other) = (one.get(id), other.get(id));
            ensure!(one == other, "{name}/{id} differs: {one:?} and {other:?}");
        }
    }
    Ok(())
}

/// Refuses when a transaction is missing from documents, or its text stands in them under another id.
///
/// # Errors
/// Names the first such transaction.
pub fn holds<'a>(dump: &Dump, ids: impl IntoIterator<Item = &'a String>) -> Result<()> {
    let none = BTreeMap::new();
    let transactions = dump.get("transactions").unwrap_or(&none);
    for id in ids {
        ensure!(transactions.contains_key(id), "transaction {id} is missing");
    }
    let texts: BTreeSet<_> =
        transactions.values().map(|found| found.get_str("raw")).collect::<Result<_, _>>()?;
    ensure!(texts.len() == transactions.len(), "a text is there twice");
    Ok(())
}
