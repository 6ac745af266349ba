//! The API and the stream behind TLS.

use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use super::*;
use crate::http::{HttpError, TlsError};

const CERTIFICATE: &[u8] = include_bytes!("tls/cert.pem");
const KEY: &[u8] = include_bytes!("tls/key.pem");
/// The key of another certificate.
const OTHER: &[u8] = include_bytes!("tls/other.pem");

const SECURE: &str = "[http.tls]\nlisten = '127.0.0.1:0'\ncert = 'cert.pem'\nkey = 'key.pem'\n";

fn files(home: &Path, key: &[u8]) {
    std::fs::write(home.join("cert.pem"), CERTIFICATE).unwrap();
    std::fs::write(home.join("key.pem"), key).unwrap();
}

/// What a client that trusts the certificate is answered.
async fn ask(bed: &Bed, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let client = builder.with_root_certificates(roots).with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(bed.serving.secure().unwrap()).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = vec![0; 4_096];
    let read = stream.read(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
}

#[test]
fn api_and_stream_are_served_behind_tls() {
    let bed = Bed::of(&format!("{CONFIG}{SECURE}"), "null", |home| files(home, KEY)).unwrap();
    let get = |path: &str, more: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n");
        bed._runtime.block_on(ask(&bed, &request)).unwrap()
    };
    assert!(get("/api/v1/validators", "").starts_with("HTTP/1.1 200"));
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    assert!(get(crate::http::STREAM, upgrade).starts_with("HTTP/1.1 101"));
    assert!(get("/nowhere", "").starts_with("HTTP/1.1 404"));
    // Without TLS nothing is told there, and the plain listener goes on.
    let plain = bed.agent.get(format!("http://{}/", bed.serving.secure().unwrap())).call();
    assert!(plain.is_err(), "{plain:?}");
    assert_eq!(bed.get("/api/v1/validators").as_array().unwrap().len(), 1);
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let check = |key: &[u8], named: &str| {
        let error = Bed::of(&format!("{CONFIG}{SECURE}"), "null", |home| files(home, key)).err().unwrap();
        assert!(matches!(error, HttpError::Tls(_)), "{error}");
        assert!(error.to_string().contains(named), "{error}");
    };
    check(OTHER, "that of the certificate");
    check(b"no key", "key.pem");
    let error = Bed::of(&format!("{CONFIG}{SECURE}"), "null", |_| ()).err().unwrap();
    assert!(
        matches!(&error, HttpError::Tls(TlsError::File { path, .. }) if path.ends_with("cert.pem")),
        "{error}"
    );
}

#[test]
fn the_key_of_the_certificate_is_among_the_secrets() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(crate::config::FILE), format!("{CONFIG}{SECURE}")).unwrap();
    let config = Config::load(home.path()).unwrap();
    assert!(config.secrets().contains(&home.path().join("key.pem")));
}
