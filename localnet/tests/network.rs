//! Networks that run in the test's own process: four hosts that agree, bear every perturbation and leave nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{LOCALNET, processes};
use localnet::{
    Application, Binaries, Error, Layout, Manifest, Network, Options, Perturbation, Phase, Running,
};

const PATIENCE: Duration = Duration::from_secs(90);

/// The programs of a host, with the empty application of `examples/` in place of the ledger.
fn binaries() -> Binaries {
    let empty_app = Path::new(LOCALNET).parent().unwrap().join("examples/empty_app");
    Binaries { localnet: PathBuf::from(LOCALNET), abci_app: Some(empty_app), ..Binaries::find().unwrap() }
}

/// Options for a network in `root` that runs those programs.
fn options(root: &Path) -> Options {
    Options { layout: Layout::new(root).unwrap(), binaries: binaries(), ..Options::new(root).unwrap() }
}

/// A network with fast blocks on free ports.
fn manifest(hosts: usize, application: Application) -> Manifest {
    let mut manifest = Manifest::local().unwrap();
    (manifest.hosts, manifest.application) = (hosts, application);
    manifest.timeout_commit = Duration::from_millis(100);
    manifest.ledger_only().on_free_ports().unwrap()
}

/// Waits for three more blocks on every host, and says that all agree on the last but one of them.
fn goes_on(running: &Running) {
    running.wait_height(1, PATIENCE).unwrap();
    let heights = running.status().hosts.into_iter().filter_map(|host| host.height);
    let height = heights.max().unwrap() + 3;
    running.wait_height(height, PATIENCE).unwrap();
    let hashes: Vec<_> = (0..running.hosts())
        .map(|host| running.rpc(host).unwrap().block_hashes(height - 1).unwrap())
        .collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

fn wait_for_peers(running: &Running, host: usize, expected: impl Fn(u64) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !expected(running.rpc(host).unwrap().peers().unwrap_or(u64::MAX)) {
        assert!(Instant::now() < deadline, "the links of host{host} do not become what is expected");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn four_hosts_bear_every_perturbation_and_keep_their_height() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = manifest(4, Application::Ledger);
    let running = Network::start(&manifest, &options(dir.path())).unwrap();
    assert!(running.status().healthy(), "{}", running.status());
    goes_on(&running);
    for host in 0..4 {
        wait_for_peers(&running, host, |peers| peers == 3);
    }

    for kind in [Perturbation::Kill, Perturbation::KillApp, Perturbation::KillCometbft, Perturbation::Restart]
    {
        let before = running.status().hosts[3].clone();
        running.perturb(3, kind).unwrap();
        goes_on(&running);
        let after = running.status().hosts[3].clone();
        assert!(after.height > before.height, "{kind}: {after:?}");
        assert!(after.cometbft_pid != before.cometbft_pid && after.app_pid != before.app_pid, "{kind}");
        assert_eq!((after.phase, after.restarts), (Phase::Running, 0), "{kind}: {after:?}");
    }

    // Three of four go on without the fourth, which stays where it is and catches up afterwards.
    let height = running.rpc(0).unwrap().status().unwrap().height;
    running.perturb(3, Perturbation::Pause(Duration::from_secs(10))).unwrap();
    running.wait_host_height(0, height + 2, PATIENCE).unwrap();
    assert_eq!(running.status().hosts[3].phase, Phase::Paused);
    assert!(running.rpc(3).unwrap().status().is_err(), "a paused host must not answer");
    goes_on(&running);
    assert_eq!(running.status().hosts[3].phase, Phase::Running);

    wait_for_peers(&running, 3, |peers| peers == 3);
    running.perturb(3, Perturbation::Disconnect(Duration::from_secs(12))).unwrap();
    wait_for_peers(&running, 3, |peers| peers == 0);
    let height = running.rpc(3).unwrap().status().unwrap().height;
    running.wait_host_height(0, height + 2, PATIENCE).unwrap();
    let alone = running.status().hosts[3].clone();
    // A block that was decided before the cut may have been executed since.
    assert!(alone.height.unwrap() <= height + 1 && alone.cut_seconds.is_some(), "{alone:?}");
    wait_for_peers(&running, 3, |peers| peers == 3);
    goes_on(&running);

    // Stopped, nothing is left; started again, it goes on where it was.
    let height = running.status().hosts[0].height.unwrap();
    running.stop().unwrap();
    assert!(processes(dir.path()).is_empty());
    assert!(matches!(running.perturb(0, Perturbation::Kill), Err(Error::Stopped)));
    drop(running);
    let running = Network::start(&manifest, &options(dir.path())).unwrap();
    assert!(running.status().hosts.iter().all(|host| host.height.unwrap() >= height));
    drop(running);
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn the_built_in_store_runs_on_the_same_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let running = Network::start(&manifest(2, Application::Kvstore), &options(dir.path())).unwrap();
    goes_on(&running);
    assert!(running.status().hosts.iter().all(|host| host.app_pid.is_none()));
    let error = running.perturb(0, Perturbation::KillApp).unwrap_err().to_string();
    assert!(error.contains("no application process"), "{error}");
    let error = running.perturb(2, Perturbation::Kill).unwrap_err().to_string();
    assert_eq!(error, "there is no host 2: the network has hosts 0 to 1");
}

#[test]
fn a_process_that_ends_by_itself_is_started_again_with_its_partner() {
    let dir = tempfile::tempdir().unwrap();
    let running = Network::start(&manifest(1, Application::Ledger), &options(dir.path())).unwrap();
    let before = running.status().hosts[0].clone();
    for (number, pid) in [(1, before.app_pid), (2, None)] {
        // The second time it is CometBFT that ends.
        let pid = pid.or_else(|| running.status().hosts[0].cometbft_pid).unwrap();
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while running.status().hosts[0].restarts < number {
            assert!(Instant::now() < deadline, "{}", running.status());
            std::thread::sleep(Duration::from_millis(50));
        }
        goes_on(&running);
    }
    let after = running.status().hosts[0].clone();
    assert!(after.app_pid != before.app_pid && after.cometbft_pid != before.cometbft_pid);
    assert!(after.trouble.unwrap().contains("ended by itself"));
}

#[test]
fn a_part_that_cannot_start_is_named_with_its_log_and_the_rest_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let network = Network::prepare(&manifest(2, Application::Ledger), &options.layout).unwrap();
    std::fs::write(options.layout.host(1).app.join("refuse"), "").unwrap();
    let error = network.launch(&options).unwrap_err();
    let Error::Part { part, host, log, tail, .. } = &error else { panic!("{error}") };
    assert_eq!((*part, host.as_str(), log), ("the application", "host1", &options.layout.host(1).app_log));
    assert!(tail.contains("the file `refuse` is there"), "{error}");
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn a_node_that_refuses_its_files_is_named_and_the_rest_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let network = Network::prepare(&manifest(2, Application::Kvstore), &options.layout).unwrap();
    std::fs::write(options.layout.host(0).cometbft.join("config/genesis.json"), "{}").unwrap();
    let running = network.launch(&options).unwrap();
    let error = running.wait_ready().unwrap_err().to_string();
    assert!(error.contains("CometBFT of host0 ended by itself") && error.contains("genesis"), "{error}");
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn a_network_without_a_quorum_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    options.ready_timeout = Duration::from_secs(3);
    let network = Network::prepare(&manifest(2, Application::Kvstore), &options.layout).unwrap();
    let running = network.launch(&options).unwrap();
    running.perturb(1, Perturbation::Pause(Duration::from_secs(60))).unwrap();
    let error = running.wait_ready().unwrap_err().to_string();
    assert!(error.starts_with("no two new blocks of every host after "), "{error}");
    assert!(error.contains("host1 silent"), "{error}");
    assert!(processes(dir.path()).is_empty());
}

#[test]
fn a_folder_is_used_once_and_by_one_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let first = manifest(1, Application::Kvstore);
    let network = Network::prepare(&first, &options.layout).unwrap();
    let accounts = network.record().accounts.clone();
    assert!(matches!(Network::prepare(&first, &options.layout), Err(Error::Busy(_))));
    assert!(matches!(Network::open(&options.layout), Err(Error::Busy(_))));
    drop(network);
    let again = Network::prepare(&first, &options.layout).unwrap();
    assert_eq!(again.record().accounts, accounts, "an existing network keeps its accounts");
    drop(again);
    let other = Manifest::single().unwrap();
    assert!(matches!(Network::prepare(&other, &options.layout), Err(Error::OtherManifest(_))));
    Network::delete(&options.layout).unwrap();
    assert!(Network::open(&options.layout).unwrap().is_none());
}

#[test]
fn a_folder_with_a_long_path_works() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("long".repeat(30));
    let running = Network::start(&manifest(1, Application::Ledger), &options(&root)).unwrap();
    goes_on(&running);
    let socket = running.files(0).socket;
    assert!(!socket.starts_with(&root) && socket.as_os_str().len() < 100, "{}", socket.display());
    drop(running);
    Network::delete(&Layout::new(&root).unwrap()).unwrap();
    assert!(!socket.parent().unwrap().exists());
}
