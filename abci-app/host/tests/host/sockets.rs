//! Who may connect, and what happens to the socket's file.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use sirius_host::{BindError, Endpoint, Options, Server, StartError};

use crate::support::{App, Client, Response, Running, info};

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

fn bind_error(endpoint: &Endpoint) -> BindError {
    match Server::bind(endpoint, App::default(), Options::default()) {
        Err(StartError::Bind(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{endpoint} was bound"),
    }
}

#[test]
fn the_socket_belongs_to_its_owner_and_goes_with_the_server() {
    let mut server = Running::unix(Options::default());
    let path = server.path();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    server.stop();
    assert!(!path.exists());
}

#[test]
fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abci.sock");
    // Dropping a listener leaves its file, as a process that was killed does.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = Running::at(Endpoint::Unix(path), Options::default(), folder);
    assert!(matches!(server.client().call(info()), Response::Info(_)));
}

#[test]
fn a_socket_in_use_is_refused_and_left_alone() {
    let server = Running::unix(Options::default());
    let error = bind_error(&server.endpoint);
    assert!(matches!(error, BindError::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use by a running process"), "{error}");
    assert!(matches!(server.client().call(info()), Response::Info(_)));
}

#[test]
fn another_kind_of_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("precious");
    fs::write(&path, "data").unwrap();
    let error = bind_error(&Endpoint::Unix(path.clone()));
    assert!(matches!(error, BindError::NotASocket(_)), "{error}");
    assert_eq!(fs::read_to_string(path).unwrap(), "data");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = bind_error(&"unix:///no/such/folder/abci.sock".parse().unwrap());
    assert_eq!(error.to_string(), "cannot listen on unix:///no/such/folder/abci.sock");
}

#[test]
fn a_tcp_port_in_use_is_refused() {
    let server = Running::tcp();
    assert!(matches!(bind_error(&server.endpoint), BindError::System { .. }));
}

#[test]
fn a_server_removes_no_socket_but_its_own() {
    let mut server = Running::unix(Options::default());
    let path = server.path();
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    server.stop();
    assert!(path.exists());
    drop(other);
}

#[test]
fn one_connection_too_many_is_told_so() {
    let server = Running::unix(Options { max_connections: 2, ..Options::default() });
    let mut first = server.client();
    let mut second = server.client();
    assert!(matches!(first.call(info()), Response::Info(_)));
    assert!(matches!(second.call(info()), Response::Info(_)));
    let mut third = server.client();
    match third.receive() {
        Some(Response::Exception(exception)) => assert_eq!(exception.error, "too many connections"),
        other => panic!("the third connection got {other:?}"),
    }
    assert!(third.receive().is_none());
    drop(first);
    while server.metrics.connections() > 1 {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(matches!(server.client().call(info()), Response::Info(_)));
    assert!(server.metrics.render().contains("abci_connections_refused_total{reason=\"full\"} 1\n"));
}

/// Not a test by itself: what a stranger sees, run by the test below as another user.
#[test]
fn stranger() {
    let Ok(endpoint) = env::var("SIRIUS_HOST_STRANGER") else { return };
    match Client::connect(&endpoint.parse().unwrap()).receive() {
        Some(Response::Exception(exception)) => println!("told: {}", exception.error),
        other => println!("got {other:?}"),
    }
}

#[test]
fn another_user_is_refused_even_where_the_file_lets_him() {
    if !nix::unistd::geteuid().is_root() {
        // Only root can become another user; the rule itself has a unit test.
        return;
    }
    let server = Running::unix(Options::default());
    let open = Permissions::from_mode(0o777);
    fs::set_permissions(server.folder.path(), open.clone()).unwrap();
    fs::set_permissions(server.path(), open.clone()).unwrap();
    // The build folder may be out of a stranger's reach.
    let program = server.folder.path().join("stranger");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, open).unwrap();
    let output = Command::new(program)
        .args(["--exact", "sockets::stranger", "--nocapture"])
        .env("SIRIUS_HOST_STRANGER", server.endpoint.to_string())
        .current_dir("/")
        .uid(NOBODY)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("told: only the user that runs the application"), "{text}");
    assert!(server.metrics.render().contains("abci_connections_refused_total{reason=\"other_user\"} 1\n"));
    assert!(matches!(server.client().call(info()), Response::Info(_)));
}
