//! The bundled document server: it keeps what it acknowledged however it ends, finds documents by `_id` fast, and refuses
//! what would harm it with a sentence.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use localnet::Binaries;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::sync::{Client, Collection};
use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(30);
/// How many documents a batch has.
const BATCH: u32 = 200;
/// How often the server is killed under load.
const KILLS: u32 = 10;

/// A running server. Dropping it kills it.
struct Server {
    child: Child,
    uri: String,
}

impl Server {
    /// Starts a server on a free port and waits for the line that names it.
    fn start(data: &Path) -> Self {
        let mut child = command("127.0.0.1:0", data).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let uri = line.strip_prefix("listening on ").and_then(|rest| rest.split(',').next());
        Self { uri: uri.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned(), child }
    }

    fn client(&self) -> Client {
        let mut options = ClientOptions::parse(&self.uri).run().unwrap();
        // A server that was killed is not waited for.
        options.server_selection_timeout = Some(Duration::from_secs(2));
        Client::with_options(options).unwrap()
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.client().database("sirius").collection(name)
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(listen: &str, data: &Path) -> Command {
    let binaries = Binaries::find().unwrap();
    let mut command = Command::new(binaries.documents().unwrap());
    command.args(["--listen", listen, "--data"]).arg(data).stdin(Stdio::null());
    command
}

/// Runs a server that is to refuse; returns its last words.
fn refused(listen: &str, data: &Path) -> String {
    let Output { status, stderr, .. } = command(listen, data).output().unwrap();
    let words = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{words}");
    words
}

fn batch(number: u32) -> Vec<Document> {
    (0..BATCH)
        .map(|index| doc! { "_id": format!("{number:06}-{index:03}"), "height": i64::from(number), "raw": "x".repeat(500) })
        .collect()
}

#[test]
fn ten_kills_under_load_lose_no_acknowledged_document() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let mut acknowledged = BTreeSet::new();
    let next = AtomicU32::new(0);
    for kill in 0..KILLS {
        // Each round makes a collection too, which takes the server several steps.
        let collections = [server.collection("transactions"), server.collection(&format!("round{kill}"))];
        let writers: Vec<_> = collections
            .into_iter()
            .map(|collection| {
                let first = next.fetch_add(1_000, Ordering::Relaxed);
                thread::spawn(move || {
                    let name = collection.name().to_owned();
                    let numbers = first..first + 1_000;
                    let done =
                        numbers.take_while(|number| collection.insert_many(batch(*number)).run().is_ok());
                    done.map(|number| (name.clone(), number)).collect::<Vec<_>>()
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(40 + 60 * u64::from(kill)));
        server.kill();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
        server = Server::start(dir.path());
        let mut present = BTreeSet::new();
        let names: BTreeSet<&String> = acknowledged.iter().map(|(name, _)| name).collect();
        for name in names {
            let found = server.collection(name).find(doc! {}).run().unwrap();
            present
                .extend(found.map(|found| (name.clone(), found.unwrap().get_str("_id").unwrap().to_owned())));
        }
        for (name, number) in &acknowledged {
            for index in 0..BATCH {
                let id = format!("{number:06}-{index:03}");
                assert!(present.contains(&(name.clone(), id.clone())), "kill {kill} lost {id} of {name}");
            }
        }
        // What was half made can be made again.
        server.collection(&format!("round{kill}")).insert_one(doc! { "_id": "after" }).run().unwrap();
    }
    assert!(acknowledged.len() > 100, "only {} batches were written", acknowledged.len());
    println!("{KILLS} kills, {} acknowledged documents, none lost", acknowledged.len() * 200);
}

#[test]
fn a_look_up_by_id_uses_an_index_also_in_collections_that_are_made_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    for name in ["transactions", "assets"] {
        server.collection(name).insert_many(batch(1)).run().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !is_searched(&plan(&server, name)) {
            assert!(Instant::now() < deadline, "{}", plan(&server, name));
            thread::sleep(Duration::from_millis(100));
        }
        // The index refuses nothing and hides nothing.
        let collection = server.collection(name);
        assert!(collection.insert_one(doc! { "_id": "000001-007" }).run().is_err(), "a document twice");
        let filter = doc! { "_id": "000001-007" };
        collection.replace_one(filter.clone(), doc! { "raw": "y" }).run().unwrap();
        assert_eq!(collection.find_one(filter).run().unwrap().unwrap().get_str("raw").unwrap(), "y");
    }
    server.kill();
    let server = Server::start(dir.path());
    assert!(is_searched(&plan(&server, "assets")));
}

/// Whether a plan goes by the index on `_id`.
fn is_searched(plan: &str) -> bool {
    plan.contains("USING INDEX ") && plan.contains("__id_ (<expr>=?)")
}

/// How the server looks a document up.
fn plan(server: &Server, collection: &str) -> String {
    let database = server.client().database("sirius");
    let filter = doc! { "_id": "000001-007" };
    // Explaining alone does not make SQLite look whether there is a new index; a look-up before it does.
    database.collection::<Document>(collection).find_one(filter.clone()).run().unwrap();
    let explain = doc! { "explain": { "find": collection, "filter": filter } };
    database.run_command(explain).run().unwrap().to_string()
}

#[test]
fn stops_cleanly_on_sigterm_and_leaves_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    server.collection("transactions").insert_many(batch(1)).run().unwrap();
    kill_process(Pid::from_child(&server.child), Signal::TERM).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match server.child.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(Instant::now() < deadline, "it did not stop"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
    assert!(!dir.path().join("sirius.sqlite-wal").exists(), "what was written is in the file itself");
    let server = Server::start(dir.path());
    assert_eq!(server.collection("transactions").count_documents(doc! {}).run().unwrap(), u64::from(BATCH));
}

#[test]
fn refuses_with_a_sentence_what_would_harm() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for listen in ["0.0.0.0:27017", "[::]:27017", "192.0.2.1:27017"] {
        assert!(refused(listen, &data).contains("which others can reach"));
    }
    for listen in ["localhost:27017", "127.0.0.1", "nonsense", ""] {
        assert!(refused(listen, &data).contains("use an address and a port"));
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(refused(&address, &data).contains(&format!("{address} is in use")));
    assert!(!data.exists(), "nothing was made before the address was right");

    std::fs::write(dir.path().join("file"), "").unwrap();
    assert!(refused("127.0.0.1:0", &dir.path().join("file")).contains("could not be made"));
    assert!(refused("127.0.0.1:0", Path::new("")).contains("--data is missing"));
    assert!(refused("127.0.0.1:0", &dir.path().join("a?b")).contains("must not contain"));

    let _server = Server::start(&data);
    assert!(refused("127.0.0.1:0", &data).contains("another document server uses the data"));

    let damaged = dir.path().join("damaged");
    std::fs::create_dir(&damaged).unwrap();
    std::fs::write(
        damaged.join("sirius.sqlite"),
        "this is no database, but it is long enough to be looked at",
    )
    .unwrap();
    assert!(refused("127.0.0.1:0", &damaged).contains("sirius.sqlite"));
}

#[test]
fn its_own_tests_pass() {
    let module = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/documents");
    let mut tests = Command::new("go")
        .args(["test", "-mod=readonly", "-count=1", "."])
        .current_dir(module)
        .env("CGO_ENABLED", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    tests.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(tests.wait().unwrap().success(), "{text}");
}
