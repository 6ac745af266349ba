//! `MsgProveRecord`: a record of a database chain, or what a key of its state holds, proven against an anchored header.
//!
//! The ledger checks and owns the format of each proof; it links nothing of the database.

use borsh::BorshDeserialize as _;
use sirius_primitives::{
    Address, Hash,
    log::{self, Head},
    record::{LOG, Record, STORE},
};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    excerpt,
};
use sirius_store::{Proof, ProofOp, ROOT_OP, STATE_OP, Write};

use super::{
    Refused,
    chain::Status,
    keys,
    params::PROOF_GAS,
    state::{self, address},
    subject::{LONGEST_KEY, Proven, Subject, What},
    wire::anchor as wire,
};

/// Bytes of a proven value at most: it is kept.
const LONGEST_VALUE: usize = 4_096;
/// Hashes of a path at most: more leaves than that are never counted.
const LONGEST_PATH: usize = log::LEVELS as usize;

/// What is claimed of a chain's state.
#[derive(Debug)]
pub struct ProveRecord {
    prover: Address,
    chain_id: String,
    height: u64,
    claim: Claim,
}

#[derive(Debug)]
enum Claim {
    Record { record: Record, index: u64, path: Vec<Hash>, log: wire::StateProof },
    Entry(wire::StateProof),
}

impl Message for ProveRecord {
    type Wire = wire::MsgProveRecord;
    type Response = wire::MsgProveRecordResponse;
    const SIGNER: &'static str = "prover_address";
    const OPTIONAL: &'static [&'static str] = &["record", "entry"];

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        let claim = match (wire.record, wire.entry) {
            (Some(record), None) => record_claim(record)?,
            (None, Some(entry)) => Claim::Entry(entry_claim(entry)?),
            _ => return Err(bad("it needs a record or an entry, and not both").into()),
        };
        let prover = address("prover's", &wire.prover_address, ledger)?;
        Ok(Self { prover, chain_id: wire.chain_id, height: wire.height, claim })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.prover]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let chain = state::load(state, &self.chain_id)?;
        if chain.status == Status::Frozen {
            return Err(state::not_active(&self.chain_id, &chain));
        }
        let Some(header) = keys::header(&self.chain_id, self.height).get(state)? else {
            return Err(Refused::NoHeader { chain_id: self.chain_id.clone(), height: self.height }.into());
        };
        let subject = self.claim.subject();
        let key = keys::proven(&self.chain_id, &subject);
        if let Some(kept) = key.get(state)?.map(|proven| proven.header).filter(|kept| *kept > self.height) {
            return Err(Refused::Outdated { found: self.height, kept }.into());
        }
        ctx.meter.charge(PROOF_GAS.get(state)?);
        ctx.check_gas()?;
        let app_hash = header.app_hash.as_slice().try_into().map(Hash::new);
        let app_hash = app_hash.map_err(|_| bad("the header's app hash has not 32 bytes"))?;
        let what = self.claim.verify(&app_hash)?;
        let proven = Proven {
            header: self.height,
            time: header.time,
            height: ctx.block.height,
            prover: self.prover,
            what,
        };
        key.set(state, &proven);
        let subject = subject.to_string();
        ctx.emit(|_| {
            let shown = event("anchor_proven").indexed("chain_id", &self.chain_id);
            shown.with("subject", &subject).with("height", self.height)
        });
        Ok(wire::MsgProveRecordResponse { subject })
    }
}

fn bad(cause: impl ToString) -> Refused {
    Refused::BadProof { cause: excerpt(&cause.to_string()) }
}

/// Reads 32 bytes.
fn digest(what: &str, bytes: &[u8]) -> Result<[u8; 32], Refused> {
    bytes.try_into().map_err(|_| bad(format!("its {what} has {} bytes, not 32", bytes.len())))
}

fn record_claim(wire: wire::RecordProof) -> Result<Claim, Refused> {
    let log = wire.log.ok_or_else(|| bad("it lacks the log's head"))?;
    if log.key != LOG {
        return Err(bad("its log is not what the state has under the log's key"));
    }
    if wire.path.len() > LONGEST_PATH {
        return Err(bad(format!(
            "its path has {} hashes, at most {LONGEST_PATH} lead anywhere",
            wire.path.len()
        )));
    }
    let hash = |bytes: &Vec<u8>| digest("path", bytes).map(Hash::new);
    let record = Record {
        height: wire.height,
        position: wire.position,
        id: digest("transaction_id", &wire.transaction_id)?,
        raw: Hash::new(digest("raw", &wire.raw)?),
        asset: digest("asset", &wire.asset)?,
        previous: Hash::new(digest("previous", &wire.previous)?),
    };
    let path = wire.path.iter().map(hash).collect::<Result<_, _>>()?;
    Ok(Claim::Record { record, index: wire.index, path, log })
}

fn entry_claim(wire: wire::StateProof) -> Result<wire::StateProof, Refused> {
    if !(1..=LONGEST_KEY).contains(&wire.key.len()) {
        return Err(bad(format!("its key has {} bytes, not 1 to {LONGEST_KEY}", wire.key.len())));
    }
    if wire.value.len() > LONGEST_VALUE {
        return Err(bad(format!(
            "its value has {} bytes, at most {LONGEST_VALUE} are kept",
            wire.value.len()
        )));
    }
    Ok(wire)
}

impl Claim {
    fn subject(&self) -> Subject {
        match self {
            Self::Record { record, .. } => Subject::Record(record.id),
            Self::Entry(proof) => Subject::Entry(proof.key.clone()),
        }
    }

    /// Checks the claim against an app hash.
    fn verify(&self, app_hash: &Hash) -> Result<What, Refused> {
        match self {
            Self::Entry(proof) => Ok(What::Entry(value(proof, app_hash)?)),
            Self::Record { record, index, path, log: proof } => {
                let head = value(proof, app_hash)?.ok_or_else(|| bad("the state has no log"))?;
                let head = Head::try_from_slice(&head).map_err(|_| bad("the state's log cannot be read"))?;
                log::verify_inclusion(record.leaf(), *index, path, head.size, &head.root()).map_err(bad)?;
                Ok(What::Record { record: *record, index: *index })
            }
        }
    }
}

/// What the state with `app_hash` holds under the proof's key.
fn value(proof: &wire::StateProof, app_hash: &Hash) -> Result<Option<Vec<u8>>, Refused> {
    let op = |kind: &str, key: &[u8], data: &[u8]| ProofOp {
        kind: kind.into(),
        key: key.to_vec(),
        data: data.to_vec(),
    };
    let ops = [op(STATE_OP, &proof.key, &proof.state), op(ROOT_OP, STORE.as_bytes(), &proof.root)];
    // No value that a state keeps is empty.
    let value = (!proof.value.is_empty()).then(|| proof.value.clone());
    let read = Proof::from_ops(proof.key.clone(), value.clone(), &ops).map_err(bad)?;
    read.verify(app_hash).map_err(bad)?;
    Ok(value)
}
