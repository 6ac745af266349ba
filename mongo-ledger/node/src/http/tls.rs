//! TLS: the certificate and the key of the server, and the handshake of a connection.

use std::{path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};

use crate::config::Tls;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why the server has no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file.
    #[error("reading {path} failed: {cause}; give a file in PEM")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Certificate and key do not fit.
    #[error("the certificate cannot be used: {0}; look whether the key is that of the certificate")]
    Unfit(#[from] rustls::Error),
}

/// What makes TLS of connections. `paths` are those of the settings, as the process finds them.
pub(super) fn acceptor(paths: &Tls) -> Result<TlsAcceptor, TlsError> {
    let wrong = |path: &PathBuf, cause: String| TlsError::File { path: path.clone(), cause };
    let Tls { cert, key, .. } = paths;
    let chain = CertificateDer::pem_file_iter(cert).map_err(|cause| wrong(cert, cause.to_string()))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|cause| wrong(cert, cause.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(cert, "it holds no certificate".into()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|cause| wrong(key, cause.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Shakes hands; `None` when the client does not, in time or at all.
pub(super) async fn shake(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a client did not shake hands");
            None
        }
        Err(_) => {
            tracing::debug!("a client was too slow to shake hands");
            None
        }
    }
}
