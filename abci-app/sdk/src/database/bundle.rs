//! A proof in a file, with everything that its check needs: whoever has it asks nobody.

use std::time::Duration;

use mongo_ledger_core::{
    proof::{HistoryProof, RecordProof},
    record::Record,
    transaction::{AssetId, Transaction, TransactionId},
};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Hash, Height};
use tendermint::Time;

use super::{Database, DatabaseError};
use crate::trust::{
    Anchor, Evidence, Genesis, LightClient, Settings, TRUSTING_PERIOD, TrustError, TrustedHeader,
};

/// The most bytes of a bundle: a transaction, and the validators of some headers.
pub const MOST_BYTES: u64 = 64 << 20;
/// For how long a header is trusted from which nothing is stepped on.
const FOR_EVER: Duration = Duration::from_secs(1_000 * 365 * 24 * 60 * 60);
/// What a bundle of this shape is called.
pub const FORMAT: &str = "sirius-database-1";
/// How long the header after a proof's height is waited for.
const HEADER_WAIT: Duration = Duration::from_secs(30);

/// A transaction with its way to an app hash, and the headers that lead from genesis to the one with that hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    /// From the transaction to the app hash.
    pub proof: RecordProof,
    /// From what is trusted to the header.
    pub evidence: Evidence,
}

/// What a reader of a bundle trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The first validators of the chain.
    Genesis(Box<Genesis>),
    /// A header's hash, told by somebody trustworthy.
    Header(Hash),
}

/// What a proof proved, and by which header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven<T> {
    /// What was proven.
    pub value: T,
    /// After which block it was so.
    pub height: Height,
    /// The header with the app hash: the one after that height.
    pub header: TrustedHeader,
}

impl Trust {
    /// What a light client that begins with this trusts of these headers.
    ///
    /// A header by whose hash somebody swears is believed however old it is; what leads on from it has to be within the
    /// trusting period.
    ///
    /// # Errors
    /// The trusted header is not among them.
    pub(crate) fn settings(&self, evidence: &Evidence) -> Result<Settings, TrustError> {
        let (chain_id, anchor, period) = match self {
            Self::Genesis(genesis) => {
                (genesis.chain_id().into(), Anchor::Genesis(genesis.as_ref().clone()), TRUSTING_PERIOD)
            }
            // The hash that is trusted covers the name.
            Self::Header(hash) => {
                let anchor = Anchor::Header { height: evidence.height_of(hash)?, hash: *hash };
                let period = if evidence.last() == Some(*hash) { FOR_EVER } else { TRUSTING_PERIOD };
                (evidence.chain_id(), anchor, period)
            }
        };
        Ok(Settings { chain_id, anchor, period, file: None })
    }
}

impl Bundle {
    /// Reads a bundle; nothing of it is checked yet.
    ///
    /// # Errors
    /// It is none, or of another format.
    pub fn read(text: &[u8]) -> Result<Self, DatabaseError> {
        let bundle: Self =
            serde_json::from_slice(text).map_err(|error| DatabaseError::Bundle(error.to_string()))?;
        match bundle.format == FORMAT {
            true => Ok(bundle),
            false => Err(DatabaseError::Bundle(format!("its format is {:?}, not {FORMAT:?}", bundle.format))),
        }
    }

    /// Checks, asking nobody: that the headers lead from what is trusted to the proof's header, and that the transaction
    /// with its signatures is a record of the chain by that header's app hash.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, trust: &Trust, now: Time) -> Result<Proven<(Transaction, Record)>, DatabaseError> {
        let settings = trust.settings(&self.evidence)?;
        let header = self.evidence.verify(&settings, now)?;
        let height = after(self.proof.height, &header)?;
        Ok(Proven { value: self.proof.verify(&header.app_hash)?, height, header })
    }
}

impl Database {
    /// Makes a bundle of a transaction, checked as its readers will; `None` when the node knows no such transaction.
    ///
    /// # Errors
    /// No node answers, the header is not believed, or the proof does not hold.
    pub async fn bundle(
        &self,
        light: &mut LightClient,
        id: &TransactionId,
        now: impl Fn() -> Time,
    ) -> Result<Option<Bundle>, DatabaseError> {
        let ask = async |height| self.record_proof(id, height).await;
        let Some((proof, header)) = dated(light, ask, &now).await? else { return Ok(None) };
        after(proof.height, &header)?;
        proof.verify(&header.app_hash)?;
        if proof.id != *id {
            return Err(super::unusable("a proof", format!("it is of transaction {}", proof.id)));
        }
        let evidence = light.evidence(header.height, now()).await?;
        Ok(Some(Bundle { format: FORMAT.into(), proof, evidence }))
    }

    /// The whole history of an asset, proven: nothing was left out, changed or put in another order.
    ///
    /// # Errors
    /// No node answers, the header is not believed, or the proof does not hold.
    pub async fn proven_history(
        &self,
        light: &mut LightClient,
        asset: &AssetId,
        now: impl Fn() -> Time,
    ) -> Result<Proven<Vec<(Transaction, Record)>>, DatabaseError> {
        let what = || format!("the proven history of asset {asset}");
        let ask = async |height| self.history_proof(asset, height).await;
        let proven = dated(light, ask, &now).await?;
        let (proof, header) = proven.ok_or_else(|| DatabaseError::Refused {
            what: what(),
            endpoint: self.urls().next().unwrap_or_default().into(),
            reason: "it knows of no such asset, or gives no proofs".into(),
        })?;
        if proof.asset != *asset {
            return Err(super::unusable(&what(), format!("it is of asset {}", proof.asset)));
        }
        Ok(Proven { value: proof.verify(&header.app_hash)?, height: after(proof.height, &header)?, header })
    }
}

/// A proof that says for which state it was made.
pub(super) trait Dated {
    fn height(&self) -> Height;
    fn app_hash(&self) -> &Hash;
}

impl Dated for RecordProof {
    fn height(&self) -> Height {
        Height(self.height)
    }

    fn app_hash(&self) -> &Hash {
        &self.app_hash
    }
}

impl Dated for HistoryProof {
    fn height(&self) -> Height {
        Height(self.height)
    }

    fn app_hash(&self) -> &Hash {
        &self.app_hash
    }
}

/// The newest proof and the verified header that it is for: the one after its height.
///
/// A chain that has nothing to do makes no blocks. Then no header follows the last block, and the one of that block has
/// the app hash already: the same proof is asked for one height lower.
pub(super) async fn dated<P: Dated>(
    light: &mut LightClient,
    ask: impl AsyncFn(Option<Height>) -> Result<Option<P>, DatabaseError>,
    now: impl Fn() -> Time,
) -> Result<Option<(P, TrustedHeader)>, DatabaseError> {
    let Some(proof) = ask(None).await? else { return Ok(None) };
    let (last, next) = (proof.height(), proof.height().next());
    if let Err(TrustError::NoHeader { .. }) = light.wait_for(next, Duration::ZERO).await {
        light.wait_for(last, HEADER_WAIT).await?;
        let header = light.verify(last, now()).await?;
        if header.app_hash == *proof.app_hash() {
            let before = Height(last.0.saturating_sub(1));
            return Ok(ask(Some(before)).await?.map(|proof| (proof, header)));
        }
    }
    light.wait_for(next, HEADER_WAIT).await?;
    // The clock is asked when the header is there: one of a moment ago is not of the future.
    Ok(Some((proof, light.verify(next, now()).await?)))
}

/// The proof's height, when `header` is the one after it.
pub(super) fn after(proof: u64, header: &TrustedHeader) -> Result<Height, DatabaseError> {
    let proof = Height(proof);
    match proof.next() == header.height {
        true => Ok(proof),
        false => Err(DatabaseError::OtherHeader { proof, header: header.height }),
    }
}
