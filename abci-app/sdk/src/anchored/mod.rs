//! A record of the database, proven across both chains to whoever trusts nothing but a header of the ledger.
//!
//! ```text
//! transaction ─▶ record ─▶ log ─▶ database's app hash ═ header that the ledger anchored ─▶ ledger's app hash ─▶ headers
//!  id, signatures   RFC 6962   ICS-23                      two rows of the ledger, ICS-23         light client, from trust
//! ```
//!
//! The file has all of it, so that its check asks nobody. What is anchored is what somebody registered under the chain's
//! name: the check says who, and refuses what the ledger has frozen.
//!
//! What it is not: it does not say that the record was the last word about its asset; a proven history does.

mod error;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::{
    proof::RecordProof,
    record::Record,
    transaction::{Transaction, TransactionId},
};
use serde::{Deserialize, Serialize};
use sirius_ledger::service::anchor::{
    Chain, Header, Status, chain_key, header_key,
    wire::anchor::{QueryChainRequest, QueryChainResponse},
};
use sirius_primitives::{Address, Hash, Height};
use sirius_store::{Fault, Key, ProofOp, ROOT_OP, STATE_OP, verify_value};
use tendermint::Time;

pub use error::AnchoredError;

use crate::{
    database::{Database, bundle::Trust},
    prove::{Prover, Row},
    trust::{Evidence, TrustedHeader},
};

/// What a file of this shape is called.
pub const FORMAT: &str = "sirius-anchored-1";
/// The name of the ledger's store below its app hash.
const STORE: &str = "ledger";
const CHAIN: &str = "/sirius.anchor.v1.Query/Chain";

/// A record with its way to a header of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    /// From the transaction to the database's app hash.
    record: RecordProof,
    /// From that to the ledger's.
    anchor: Anchor,
    /// From what is trusted to the ledger's header.
    evidence: Evidence,
}

/// What the ledger keeps of the database chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchor {
    chain_id: String,
    /// The height of the database's header.
    height: u64,
    /// The registered chain.
    chain: Stored,
    /// Its header of that height.
    header: Stored,
}

/// A value of the ledger's state with the two steps of its proof, all in base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    value: String,
    state: String,
    root: String,
}

/// What a bundle proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    /// The transaction, its id and signatures in order.
    pub transaction: Transaction,
    /// Where it stands on the database.
    pub record: Record,
    /// The database chain's name.
    pub chain_id: String,
    /// The account of the ledger that registered it under that name.
    pub owner: Address,
    /// In which block of the ledger that was.
    pub registered: Height,
    /// The anchored header of the database.
    pub anchor: Header,
    /// The ledger's header that everything rests on; it has the state after the block before.
    pub header: TrustedHeader,
}

impl Stored {
    fn of(row: &Row) -> Result<Self, AnchoredError> {
        let [state, root] = row.proof.as_slice() else {
            return Err(AnchoredError::Malformed(format!(
                "a proof has two steps, found {}",
                row.proof.len()
            )));
        };
        let text = |bytes: &[u8]| STANDARD.encode(bytes);
        let value = row.value.as_deref().unwrap_or_default();
        Ok(Self { value: text(value), state: text(&state.data), root: text(&root.data) })
    }

    /// The value, when it is what `key` holds at this app hash.
    fn verify(&self, key: &[u8], app_hash: &Hash) -> Result<Vec<u8>, AnchoredError> {
        let bytes = |text: &str| {
            STANDARD.decode(text).map_err(|error| AnchoredError::Malformed(format!("no base64: {error}")))
        };
        let value = bytes(&self.value)?;
        let steps = [
            ProofOp { kind: STATE_OP.into(), key: key.to_vec(), data: bytes(&self.state)? },
            ProofOp { kind: ROOT_OP.into(), key: STORE.into(), data: bytes(&self.root)? },
        ];
        verify_value(app_hash, STORE, key, &value, &steps)?;
        Ok(value)
    }
}

impl Bundle {
    /// Reads a bundle; nothing of it is checked yet.
    ///
    /// # Errors
    /// It is none, or of another format.
    pub fn read(text: &[u8]) -> Result<Self, AnchoredError> {
        let bundle: Self =
            serde_json::from_slice(text).map_err(|error| AnchoredError::Malformed(error.to_string()))?;
        match bundle.format == FORMAT {
            true => Ok(bundle),
            false => {
                let found = &bundle.format;
                Err(AnchoredError::Malformed(format!("its format is {found:?}, not {FORMAT:?}")))
            }
        }
    }

    /// The ledger's headers in it.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Checks, asking nobody: that the ledger's headers lead from what is trusted to the last of them, that by its app
    /// hash the ledger has anchored that header of the database and not frozen it, and that by that header's app hash the
    /// transaction with its signatures is a record of the database.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, trust: &Trust, now: Time) -> Result<Anchored, AnchoredError> {
        let header = self.evidence.verify(&trust.settings(&self.evidence)?, now)?;
        let (chain_id, height) = (&self.anchor.chain_id, self.anchor.height);
        let odd = |fault: Fault| AnchoredError::Malformed(fault.to_string());
        let chain = self.anchor.chain.verify(chain_key(chain_id).as_bytes(), &header.app_hash)?;
        let chain = Key::<Chain>::decode(&chain).map_err(odd)?;
        if chain.status == Status::Frozen {
            return Err(AnchoredError::Frozen { chain_id: chain_id.clone() });
        }
        let anchor = self.anchor.header.verify(header_key(chain_id, height).as_bytes(), &header.app_hash)?;
        let anchor = Key::<Header>::decode(&anchor).map_err(odd)?;
        let app_hash: [u8; Hash::LENGTH] = anchor.app_hash.as_slice().try_into().map_err(|_| {
            AnchoredError::Malformed(format!("an app hash has 32 bytes, found {}", anchor.app_hash.len()))
        })?;
        // The app hash of a header is that of the state after the block before.
        if self.record.height.checked_add(1) != Some(anchor.height) {
            let record = Height(self.record.height);
            return Err(AnchoredError::OtherHeight { record, anchor: Height(anchor.height) });
        }
        let (transaction, record) = self.record.verify(&Hash::new(app_hash))?;
        Ok(Anchored {
            transaction,
            record,
            chain_id: chain_id.clone(),
            owner: chain.owner,
            registered: chain.registered,
            anchor,
            header,
        })
    }
}

impl Database {
    /// Makes a bundle of a transaction against the newest header of the database chain `chain_id` that the ledger has
    /// anchored, checked as its readers will.
    ///
    /// # Errors
    /// Nobody answers, the chain is not anchored as far as the transaction's block, or something is not proven.
    pub async fn anchored(
        &self,
        prover: &mut Prover,
        (chain_id, id): (&str, &TransactionId),
        now: impl Fn() -> Time,
    ) -> Result<Bundle, AnchoredError> {
        let block = self.height_of(id).await?.ok_or(AnchoredError::NoTransaction(*id))?;
        let (anchor, every) = newest(prover, chain_id).await?;
        // What the header after the block says of the state is the first that has the record.
        if anchor <= block {
            return Err(AnchoredError::NotYet { chain_id: chain_id.into(), block, anchor, every });
        }
        let before = Height(anchor.0.saturating_sub(1));
        let record = self.record_proof(id, Some(before)).await?;
        let record = record.ok_or(AnchoredError::NoTransaction(*id))?;
        let chain = prover.row(chain_key(chain_id).as_bytes(), None, now()).await?;
        let height = Height(chain.header.height.0.saturating_sub(1));
        let header = prover.row(header_key(chain_id, anchor.0).as_bytes(), Some(height), now()).await?;
        let bundle = Bundle {
            format: FORMAT.into(),
            record,
            anchor: Anchor {
                chain_id: chain_id.into(),
                height: anchor.0,
                chain: Stored::of(&chain)?,
                header: Stored::of(&header)?,
            },
            evidence: prover.light().evidence(header.header.height, now()).await?,
        };
        let proven = bundle.verify(&Trust::Header(header.header.hash), now())?;
        match proven.transaction.id() == id {
            true => Ok(bundle),
            false => Err(AnchoredError::Malformed(format!(
                "the node's proof is of transaction {}",
                proven.transaction.id()
            ))),
        }
    }
}

/// The height of the newest anchored header and how many blocks are between two, as a node says it.
async fn newest(prover: &Prover, chain_id: &str) -> Result<(Height, u64), AnchoredError> {
    let request = QueryChainRequest { chain_id: chain_id.into() };
    let answer: QueryChainResponse = prover.client().ask(CHAIN, &request, None).await?.value;
    let chain = answer.chain.and_then(|chain| Some((Height(chain.latest?.height), chain.every)));
    chain.ok_or_else(|| AnchoredError::NotRegistered { chain_id: chain_id.into() })
}
