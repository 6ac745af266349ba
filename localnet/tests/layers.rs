//! A host of two layers: its database, ledger and documents start in order, fail one by one, and come back.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{LOCALNET, processes};
use localnet::{
    Beginning, Binaries, DatabaseHost, Documents, Error, HostStatus, Layer, Layers, Layout, Manifest,
    Network, Options, Perturbation, Phase, Running,
};
use mongodb::bson::{Document, doc};
use mongodb::sync::Client;

const PATIENCE: Duration = Duration::from_secs(90);

/// Options that run the empty application of `examples/` in both layers, on bundled documents.
fn options(root: &Path) -> Options {
    let empty_app = Path::new(LOCALNET).parent().unwrap().join("examples/empty_app");
    let binaries = Binaries {
        localnet: PathBuf::from(LOCALNET),
        abci_app: Some(empty_app.clone()),
        mongo_ledger: Some(empty_app),
        ..Binaries::find().unwrap()
    };
    Options {
        layout: Layout::new(root).unwrap(),
        binaries,
        documents: Documents::Bundled,
        ..Options::new(root).unwrap()
    }
}

fn manifest(hosts: usize) -> Manifest {
    let mut manifest = Manifest::local().unwrap();
    manifest.hosts = hosts;
    manifest.timeout_commit = Duration::from_millis(100);
    manifest.on_free_ports().unwrap()
}

fn database(running: &Running, host: usize) -> DatabaseHost {
    running.status().database.unwrap().hosts[host].clone()
}

fn ledger(running: &Running, host: usize) -> HostStatus {
    running.status().hosts[host].clone()
}

fn documents_pid(running: &Running, host: usize) -> u32 {
    database(running, host).server.unwrap().pid.unwrap()
}

/// The processes of one chain of a host.
fn pids(node: &HostStatus) -> [Option<u32>; 2] {
    [node.cometbft_pid, node.app_pid]
}

fn collection(running: &Running, host: usize) -> mongodb::sync::Collection<Document> {
    let (uri, database) = running.documents(host);
    Client::with_uri_str(uri).unwrap().database(&database).collection("transactions")
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn wait_healthy(running: &Running) {
    wait_until("the network is not well again", || running.status().healthy());
}

#[test]
fn each_part_of_a_host_fails_alone_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let running = Network::start(&manifest(2), &options(dir.path())).unwrap();
    assert!(running.status().healthy(), "{}", running.status());
    collection(&running, 1).insert_one(doc! { "_id": "kept" }).run().unwrap();
    collection(&running, 0).insert_one(doc! { "_id": "elsewhere" }).run().unwrap();

    // What is disturbed has new processes; nothing else has.
    for (kind, ledger_goes, database_goes, documents_go) in [
        (Perturbation::KillDocuments, false, false, true),
        (Perturbation::KillDatabaseApp, false, true, false),
        (Perturbation::KillDatabaseCometbft, false, true, false),
        (Perturbation::KillApp, true, false, false),
        (Perturbation::KillCometbft, true, false, false),
        (Perturbation::Kill, true, true, true),
        (Perturbation::Restart, true, true, true),
    ] {
        let before = (ledger(&running, 1), database(&running, 1).node, documents_pid(&running, 1));
        running.perturb(1, kind).unwrap();
        let after = (ledger(&running, 1), database(&running, 1).node, documents_pid(&running, 1));
        for (name, went, changed) in [
            ("ledger", ledger_goes, pids(&before.0).iter().zip(pids(&after.0)).all(|(one, two)| *one != two)),
            (
                "database",
                database_goes,
                pids(&before.1).iter().zip(pids(&after.1)).all(|(one, two)| *one != two),
            ),
            ("documents", documents_go, before.2 != after.2),
        ] {
            assert_eq!(went, changed, "{kind}: {name}\n{before:?}\n{after:?}");
        }
        let kept = collection(&running, 1).find_one(doc! { "_id": "kept" }).run().unwrap();
        assert!(kept.is_some(), "{kind} lost a document");
        wait_healthy(&running);
    }
    assert!(collection(&running, 1).find_one(doc! { "_id": "elsewhere" }).run().unwrap().is_none());
    assert_eq!((ledger(&running, 1).restarts, database(&running, 1).node.restarts), (0, 0));

    // A whole host stands still, and is cut off, on both chains.
    let peers = |layer| running.chain_rpc(layer, 1).unwrap().peers().ok();
    let all_peers = |expected| Layer::ALL.iter().all(|layer| peers(*layer) == Some(expected));
    wait_until("the hosts do not find each other", || all_peers(1));
    running.perturb(1, Perturbation::Pause(Duration::from_secs(8))).unwrap();
    let paused = database(&running, 1);
    assert_eq!((paused.node.phase, paused.server.unwrap().phase), (Phase::Paused, Phase::Paused));
    wait_healthy(&running);
    wait_until("the hosts do not find each other", || all_peers(1));
    running.perturb(1, Perturbation::Disconnect(Duration::from_secs(6))).unwrap();
    wait_until("a chain is not cut", || all_peers(0));
    wait_until("the hosts do not find each other again", || all_peers(1));
    running.stop().unwrap();
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn the_document_server_is_started_again_when_it_ends_by_itself_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let running = Network::start(&manifest(1), &options(dir.path())).unwrap();
    let before = (ledger(&running, 0), database(&running, 0).node, documents_pid(&running, 0));
    let pid = rustix::process::Pid::from_raw(i32::try_from(before.2).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    wait_until("the server is not started again", || {
        database(&running, 0).server.is_some_and(|server| server.restarts == 1)
    });
    wait_healthy(&running);
    assert_eq!(pids(&ledger(&running, 0)), pids(&before.0));
    assert_eq!(pids(&database(&running, 0).node), pids(&before.1));
    let trouble = database(&running, 0).server.unwrap().trouble.unwrap();
    assert!(trouble.contains("the document server of host0 ended by itself"), "{trouble}");
}

#[test]
fn only_the_layers_that_are_wanted_run_and_the_others_keep_their_state() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = manifest(1);
    let mut options = options(dir.path());
    for layer in Layer::ALL {
        options.layers = Some(Layers::only(layer));
        let running = Network::start(&manifest, &options).unwrap();
        assert_eq!(running.status().layers(), [layer]);
        assert!(running.status().healthy(), "{}", running.status());
        let other = if layer == Layer::Ledger { Layer::Database } else { Layer::Ledger };
        assert!(matches!(running.chain_rpc(other, 0), Err(Error::Pointless(_))));
        let kill_other =
            if layer == Layer::Ledger { Perturbation::KillDatabaseApp } else { Perturbation::KillApp };
        let error = running.perturb(0, kill_other).unwrap_err().to_string();
        assert_eq!(error, format!("host0 does not run the {other} now"));
        running.perturb(0, Perturbation::Kill).unwrap();
        wait_healthy(&running);
    }
    options.layers = None;
    let running = Network::start(&manifest, &options).unwrap();
    assert_eq!(running.status().layers(), Layer::ALL);
    drop(running);

    let root = tempfile::tempdir().unwrap();
    let layers = Some(Layers::only(Layer::Database));
    let options = Options { layout: Layout::new(root.path()).unwrap(), layers, ..options };
    let error = Network::start(&manifest.ledger_only(), &options).unwrap_err().to_string();
    assert!(error.contains("the network has no database"), "{error}");
}

#[test]
fn a_server_elsewhere_takes_the_place_of_the_bundled_ones() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = Documents::At("mongodb://me:secret@127.0.0.1:1/".to_owned());
    let options = Options { documents: elsewhere, ..options(dir.path()) };
    let running = Network::start(&manifest(2), &options).unwrap();
    for host in 0..2 {
        let files = running.layout().chain(Layer::Database, host);
        let text = std::fs::read_to_string(files.app.join("mongo-ledger.toml")).unwrap();
        let server = format!("uri = \"mongodb://me:secret@127.0.0.1:1/\"\ndatabase = \"sirius{host}\"");
        assert!(text.contains(&server), "{text}");
        assert_eq!(database(&running, host).server, None);
        assert!(!running.layout().documents(host).log.exists());
    }
    assert!(!running.status().to_string().contains("secret"));
    let error = running.perturb(0, Perturbation::KillDocuments).unwrap_err().to_string();
    assert_eq!(error, "host0 runs no document server of its own");
}

#[test]
fn documents_that_cannot_start_are_named_and_the_rest_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let network = Network::prepare(&manifest(1), &options.layout).unwrap();
    std::fs::create_dir_all(options.layout.root().join("host0")).unwrap();
    std::fs::write(options.layout.documents(0).data, "no folder").unwrap();
    let error = network.launch(&options).unwrap_err();
    let Error::Part { part, host, tail, .. } = &error else { panic!("{error}") };
    assert_eq!((*part, host.as_str()), ("the document server", "host0"));
    assert!(tail.contains("could not be made"), "{error}");
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn a_host_joins_with_every_layer_under_one_number() {
    let dir = tempfile::tempdir().unwrap();
    let running = Network::start(&manifest(2), &options(dir.path())).unwrap();
    // The database makes no block for nothing, so that there is no snapshot of it.
    let first = running.join_every_layer(Beginning::Blocks).unwrap();
    assert_eq!((first.host, &first.without_snapshot), (2, &Vec::new()));
    assert_eq!(running.join(Layer::Database, Beginning::Blocks).unwrap(), 3, "one layer alone joins too");
    let status = running.status();
    let names = |hosts: Vec<&HostStatus>| hosts.iter().map(|host| host.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(status.hosts.iter().collect()), ["host0", "host1", "host2"]);
    let databases = &status.database.as_ref().unwrap().hosts;
    assert_eq!(
        names(databases.iter().map(|host| &host.node).collect()),
        ["host0", "host1", "host2", "host3"]
    );
    assert!(status.healthy(), "{status}");
    let pid = |host: usize| databases[host].server.as_ref().unwrap().pid;
    assert!(pid(2).is_some() && pid(2) != pid(3) && databases[2].http != databases[3].http);
    assert!(running.guest_rpc(Layer::Database, 2).unwrap().status().unwrap().height >= 1);
    assert!(matches!(running.guest_rpc(Layer::Ledger, 3), Err(Error::NoSuchHost { index: 3, last: 3 })));
    drop(running);
    assert!(processes(dir.path()).is_empty());
}
