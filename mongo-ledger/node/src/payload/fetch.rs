//! Bodies from other nodes: asked for by commitment, checked on arrival.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use mongo_ledger_core::payload::{Commitment, MOST_BYTES};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tracing::{debug, info, warn};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{
    body::Body,
    keep::{KeepError, keep, look_up},
    sweep::inventory,
};
use crate::{documents::Collection, ledger::Ledger, peer::Peer};

/// The header in which a body's salt travels.
pub(crate) const SALT: &str = "x-salt";
/// The most peers a node asks.
pub const MOST_PEERS: usize = 32;
/// How long a peer may take to be reached, and to answer.
const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(10);
/// The wait after all peers were asked in vain; each next one doubles it.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// How often all peers are asked for one body, over some ten minutes; the next inventory begins anew.
const TRIES: u32 = 18;
/// How often what is here is compared with what should be.
const INVENTORY: Duration = Duration::from_secs(3_600);
/// The pause after an inventory that the document server did not answer.
const AGAIN: Duration = Duration::from_secs(30);
/// The pause when nothing is to be asked for.
const TICK: Duration = Duration::from_millis(100);

/// Why peers behind `https` cannot be believed.
#[derive(Debug, Error)]
#[error(
    "reading {path} failed: {cause}; give certificates in PEM, or leave `ca` out for those that browsers believe"
)]
pub struct CaError {
    path: PathBuf,
    cause: String,
}

/// What opens the nodes of a closed chain: a token, made anew for each question; none where none is needed.
pub type Key = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// The other nodes and how they are asked.
pub struct Peers {
    addresses: Vec<Peer>,
    agent: ureq::Agent,
    key: Key,
}

impl Peers {
    /// These; those beyond [`MOST_PEERS`] are left out. Behind `https` those are believed whom the certificates in the file
    /// `ca` vouch for, else those whom browsers believe.
    ///
    /// # Errors
    /// The file has no certificates.
    pub fn new(peers: &[Peer], ca: Option<&Path>, key: Key) -> Result<Self, CaError> {
        let roots = ca.map(authorities).transpose()?.unwrap_or(RootCerts::WebPki);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER));
        let addresses = peers.iter().take(MOST_PEERS).cloned().collect();
        Ok(Self { addresses, agent: config.build().new_agent(), key })
    }

    fn ask(&self, peer: &Peer, commitment: &Commitment) -> Result<Body, String> {
        let url = format!("{peer}/api/v1/payloads/{commitment}");
        let mut question = self.agent.get(&url);
        if let Some(token) = (self.key)() {
            question = question.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = question.call().map_err(|error| error.to_string())?;
        if answer.status() != 200 {
            return Err(format!("status {}", answer.status()));
        }
        let salt =
            answer.headers().get(SALT).and_then(|salt| salt.to_str().ok()).unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        let most = u64::from(MOST_BYTES).saturating_add(1);
        let read = answer.body_mut().as_reader().take(most).read_to_end(&mut bytes);
        read.map_err(|error| error.to_string())?;
        let body = Body::new(&salt, bytes).map_err(|error| error.to_string())?;
        match body.commitment() == *commitment {
            true => Ok(body),
            false => Err("what it gave is another payload than the one asked for".into()),
        }
    }
}

/// The certificates in a file.
fn authorities(path: &Path) -> Result<RootCerts, CaError> {
    let wrong = |cause: String| CaError { path: path.into(), cause };
    let read = CertificateDer::pem_file_iter(path).map_err(|cause| wrong(cause.to_string()))?;
    let mut found = Vec::new();
    for certificate in read {
        let certificate = certificate.map_err(|cause| wrong(cause.to_string()))?;
        found.push(Certificate::from_der(&certificate).to_owned());
    }
    match found.is_empty() {
        true => Err(wrong("it holds no certificate".into())),
        false => Ok(found.into()),
    }
}

/// The body behind a commitment from the first peer that has it.
///
/// # Errors
/// What each peer said.
pub fn fetch(peers: &Peers, commitment: &Commitment) -> Result<Body, String> {
    let mut reasons = Vec::new();
    for peer in &peers.addresses {
        match peers.ask(peer, commitment) {
            Ok(body) => return Ok(body),
            Err(reason) => reasons.push(format!("{peer}: {reason}")),
        }
    }
    match reasons.is_empty() {
        true => Err("mongo-ledger.toml, payloads.peers names no other node".into()),
        false => Err(reasons.join("; ")),
    }
}

/// Fetches what this node misses, in a thread of its own, until the process is to end.
///
/// # Errors
/// The system gives no thread.
pub fn watch(ledger: Arc<Ledger>, peers: Peers) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("payloads".into()).spawn(move || Watch { ledger, peers }.run())
}

struct Watch {
    ledger: Arc<Ledger>,
    peers: Peers,
}

impl Watch {
    fn run(&self) {
        let mut next = Instant::now();
        while !self.ledger.stopping.load(Ordering::SeqCst) {
            let changed = self.ledger.payloads.take_recount();
            if changed || Instant::now() >= next {
                let pause = match self.ledger.runtime.block_on(inventory(&self.ledger)) {
                    Ok(()) => INVENTORY,
                    Err(error) => {
                        warn!(%error, "payloads could not be counted; trying again");
                        AGAIN
                    }
                };
                next = Instant::now() + pause;
            }
            match self.due() {
                Some(commitment) => self.one(&commitment),
                None => std::thread::sleep(TICK),
            }
        }
    }

    /// A body that is to be asked for now.
    fn due(&self) -> Option<Commitment> {
        let now = Instant::now();
        let wanted = self.ledger.payloads.wanted();
        wanted.iter().find(|(_, wanted)| wanted.next <= now).map(|(commitment, _)| *commitment)
    }

    fn one(&self, commitment: &Commitment) {
        match self.get(commitment) {
            Ok(()) => self.ledger.payloads.wanted().retain(|other, _| other != commitment),
            Err(reason) => self.later(commitment, &reason),
        }
    }

    /// Has the body here when this returns, or knows that it needs none.
    fn get(&self, commitment: &Commitment) -> Result<(), String> {
        let id = [commitment.to_string()];
        let runtime = &self.ledger.runtime;
        match runtime.block_on(look_up(&self.ledger, *commitment)) {
            Ok(Some(payload)) if payload.erased.is_none() => {}
            Ok(_) => return Ok(()),
            Err(fault) => return Err(fault.to_string()),
        }
        let here = runtime.block_on(self.ledger.documents.get(Collection::Payloads, &id));
        let here = here.map_err(|error| error.to_string())?.into_iter().flatten().next();
        if here.is_some_and(|document| Body::read(commitment, &document).is_some()) {
            return Ok(());
        }
        let body = fetch(&self.peers, commitment)?;
        match runtime.block_on(keep(&self.ledger, body)) {
            Ok(()) => {
                debug!(%commitment, "a payload came from a peer");
                Ok(())
            }
            Err(KeepError::Erased { .. }) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn later(&self, commitment: &Commitment, reason: &str) {
        let mut wanted = self.ledger.payloads.wanted();
        let Some(one) = wanted.get_mut(commitment) else { return };
        one.tries = one.tries.saturating_add(1);
        let wait = FIRST_BACKOFF.saturating_mul(1 << one.tries.min(16)).min(MAX_BACKOFF);
        one.next = Instant::now() + wait;
        let tries = one.tries;
        if tries >= TRIES {
            wanted.remove(commitment);
            warn!(%commitment, reason, "nobody has this payload; it is looked for again within the hour");
        } else if tries == 4 {
            info!(%commitment, reason, "a payload is missing here and at the peers");
        }
    }
}
