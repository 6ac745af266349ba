//! Answers that need not be believed: the ledger's own query handlers, run here over proven values.
//!
//! ```text
//! handler ── get(key) ──▶ proven values ── missing? ──▶ /store/ledger/key at height H, with its ICS-23 proof
//!    ▲                                                       │ checked against the app hash of header H + 1
//!    └──────────────────── run again ◀───────────────────────┘ which the light client verified
//! ```
//!
//! The node delivers values and proofs; what they mean is computed here. So every question that reads single keys can
//! be proven without a line of code for it, a refusal such as "not found" too.
//!
//! What it is not: a question that walks over a range, such as all balances of an account, cannot be proven this way,
//! because a proof speaks of one key; it is refused with [`ProveError::Range`].

mod error;
mod state;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use sirius_primitives::{Hash, Height};
use sirius_runtime::{Chain, Error, QueryContext, Refusal};
use sirius_store::{ProofOp, verify_absence, verify_value};
use tendermint::Time;

pub use error::ProveError;
use state::ProvenState;

use crate::{
    catalogue::Catalogue,
    client::{AbciQuestion, Client},
    trust::{LightClient, TrustedHeader},
};

/// The name of the ledger's store below the app hash.
const STORE: &str = "ledger";
/// Keys that one answer may rest on.
const MOST_KEYS: usize = 256;
/// How long the header after the newest block is waited for.
const HEADER_WAIT: Duration = Duration::from_secs(30);

/// An answer that was computed from proven values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The answer, encoded; or the refusal that the chain's own rules give on the proven state.
    pub value: Result<Vec<u8>, Refusal>,
    /// The state it holds for is that after this block.
    pub height: Height,
    /// The header whose app hash the proofs lead to: that of the next block.
    pub header: TrustedHeader,
    /// How many keys were proven to be present or absent.
    pub keys: usize,
}

/// What one key of the raw state holds, with the steps that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The value; `None` is proven absence.
    pub value: Option<Vec<u8>>,
    /// From the key to the app hash, checked.
    pub proof: Vec<ProofOp>,
    /// The header with that app hash.
    pub header: TrustedHeader,
}

/// Answers questions with proofs.
pub struct Prover {
    client: Client,
    light: LightClient,
    catalogue: Arc<Catalogue>,
    chain: Chain,
}

impl Prover {
    /// A prover for `chain`, whose headers `light` verifies.
    pub fn new(client: Client, light: LightClient, catalogue: Arc<Catalogue>, chain: Chain) -> Self {
        Self { client, light, catalogue, chain }
    }

    /// The light client.
    pub fn light(&self) -> &LightClient {
        &self.light
    }

    /// The nodes that are asked.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Answers the question of `path` of the state at `height` or the latest; `now` is the caller's time.
    ///
    /// # Errors
    /// The proof does not convince, the header cannot be trusted, or the question reads a range.
    pub async fn answer(
        &mut self,
        path: &str,
        request: &[u8],
        height: Option<Height>,
        now: Time,
    ) -> Result<Proven, ProveError> {
        let header = self.header(height, now).await?;
        let height = Height(header.height.0.saturating_sub(1));
        let mut state = ProvenState::default();
        while state.len() <= MOST_KEYS {
            match self.run(&state, path, request, height)? {
                Run::Done(value) => {
                    let keys = state.len();
                    return Ok(Proven { value, height, header, keys });
                }
                Run::Needs(key) => {
                    let (value, _) = self.fetch(&key, height, &header.app_hash).await?;
                    state.insert(key, value);
                }
            }
        }
        Err(ProveError::TooManyKeys { path: path.into(), most: MOST_KEYS })
    }

    /// What `key` of the raw state holds at `height` or the latest, proven; `None` is proven absence.
    ///
    /// # Errors
    /// As [`Prover::answer`].
    pub async fn value(
        &mut self,
        key: &[u8],
        height: Option<Height>,
        now: Time,
    ) -> Result<(Option<Vec<u8>>, TrustedHeader), ProveError> {
        let row = self.row(key, height, now).await?;
        Ok((row.value, row.header))
    }

    /// The same with the steps of the proof, for those who pass it on.
    ///
    /// # Errors
    /// As [`Prover::answer`].
    pub async fn row(&mut self, key: &[u8], height: Option<Height>, now: Time) -> Result<Row, ProveError> {
        let header = self.header(height, now).await?;
        let height = Height(header.height.0.saturating_sub(1));
        let (value, proof) = self.fetch(key, height, &header.app_hash).await?;
        Ok(Row { value, proof, header })
    }

    /// The verified header that has the state's app hash: the one after the state's height.
    async fn header(&mut self, height: Option<Height>, now: Time) -> Result<TrustedHeader, ProveError> {
        let height = match height {
            Some(height) => height,
            None => self.client.committed().await?,
        };
        if height == Height::ZERO {
            return Err(ProveError::NoBlock);
        }
        self.light.wait_for(height.next(), HEADER_WAIT).await?;
        Ok(self.light.verify(height.next(), now).await?)
    }

    /// Runs the handler as far as the proven values go.
    fn run(
        &self,
        state: &ProvenState,
        path: &str,
        request: &[u8],
        height: Height,
    ) -> Result<Run, ProveError> {
        let registry = self.catalogue.registry();
        let answer = Chain::load(state).map_err(Error::from).and_then(|found| match found {
            Some(chain) if chain == self.chain => {
                let ctx = QueryContext { state, chain: &self.chain, height, registry };
                registry.answer(&ctx, path, request).map(Ok)
            }
            other => Ok(Err(other)),
        });
        if let Some(key) = state.missing() {
            return Ok(Run::Needs(key));
        }
        if state.ranged() {
            return Err(ProveError::Range { path: path.into() });
        }
        match answer {
            Ok(Ok(value)) => Ok(Run::Done(Ok(value))),
            Ok(Err(found)) => {
                let found =
                    found.map_or_else(|| "none".into(), |found| format!("{} ({})", found.id, found.prefix));
                let expected = format!("{} ({})", self.chain.id, self.chain.prefix);
                Err(ProveError::OtherChain { expected, found })
            }
            Err(Error::Refusal(refusal)) => Ok(Run::Done(Err(refusal))),
            Err(Error::Fault(fault)) => {
                Err(ProveError::Fault { path: path.into(), reason: fault.to_string() })
            }
        }
    }

    /// Fetches the value under `key`, or its absence, and checks the proof.
    async fn fetch(
        &self,
        key: &[u8],
        height: Height,
        app_hash: &Hash,
    ) -> Result<(Option<Vec<u8>>, Vec<ProofOp>), ProveError> {
        let question = AbciQuestion {
            path: format!("/store/{STORE}/key"),
            data: key.to_vec(),
            height: Some(height),
            prove: true,
        };
        let answer = self.client.abci_query(question).await?;
        if answer.code != 0 {
            let (code, codespace, log) = (answer.code, answer.codespace, answer.log);
            return Err(ProveError::Refused { height, code, codespace, log });
        }
        // The store keeps no empty values, so that an empty answer claims absence.
        let value = Some(answer.value).filter(|value| !value.is_empty());
        let checked = match &value {
            Some(value) => verify_value(app_hash, STORE, key, value, &answer.proof),
            None => verify_absence(app_hash, STORE, key, &answer.proof),
        };
        checked.map_err(|reason| ProveError::Forged {
            key: key.escape_ascii().to_string(),
            height,
            reason,
        })?;
        Ok((value, answer.proof))
    }
}

/// How far a handler came.
enum Run {
    Done(Result<Vec<u8>, Refusal>),
    Needs(Vec<u8>),
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("chain", &self.chain)
            .field("light", &self.light)
            .finish_non_exhaustive()
    }
}
