//! Chains, headers and proofs as clients read them.

use prost::Message as _;
use sirius_primitives::{Amount, Coin, Denom, Prefix};
use sirius_runtime::tx::wire_coin;
use sirius_store::Fault;

use super::{
    chain::{Chain, Evidence, Header, Status},
    subject::{Proven, Subject, What},
    wire::anchor as wire,
};
use crate::consensus::staking::time;

/// A sum as the wire has it.
fn coin(amount: Amount, denom: &Denom) -> Option<cosmos_sdk_proto::cosmos::base::v1beta1::Coin> {
    Some(wire_coin(&Coin { denom: denom.clone(), amount }))
}

/// A chain.
pub(super) fn chain(chain_id: &str, chain: &Chain, denom: &Denom, prefix: &Prefix) -> wire::Chain {
    let (status, closes_at) = match chain.status {
        Status::Active => (wire::ChainStatus::Active, None),
        Status::Frozen => (wire::ChainStatus::Frozen, None),
        Status::Closing { ends } => (wire::ChainStatus::Closing, Some(time::wire(ends))),
        Status::Closed => (wire::ChainStatus::Closed, None),
    };
    wire::Chain {
        chain_id: chain_id.to_owned(),
        owner_address: chain.owner.bech32(prefix),
        status: status.into(),
        bond: coin(chain.bond, denom),
        deposit: coin(chain.deposit, denom),
        trusting_seconds: chain.trusting_seconds,
        every: chain.every,
        registered_height: chain.registered.0,
        first_height: chain.first,
        latest: Some(header(&chain.latest, prefix)),
        kept: chain.kept,
        posted: chain.posted,
        closes_at,
    }
}

/// A header.
pub(super) fn header(header: &Header, prefix: &Prefix) -> wire::Header {
    wire::Header {
        height: header.height,
        time: Some(time::wire(header.time)),
        hash: header.hash.as_bytes().to_vec(),
        app_hash: header.app_hash.clone(),
        next_validators_hash: header.next_validators.as_bytes().to_vec(),
        posted_height: header.posted.0,
        poster_address: header.poster.bech32(prefix),
    }
}

/// The evidence that froze an anchor.
pub(super) fn conflict(evidence: &Evidence, denom: &Denom, prefix: &Prefix) -> Result<wire::Conflict, Fault> {
    let block = |bytes: &[u8]| {
        wire::LightBlock::decode(bytes)
            .map_err(|error| Fault::Damaged { what: "anchor/evidence", detail: error.to_string() })
    };
    Ok(wire::Conflict {
        first: Some(block(&evidence.first)?),
        second: Some(block(&evidence.second)?),
        reporter_address: evidence.reporter.bech32(prefix),
        reported_height: evidence.reported.0,
        reward: coin(evidence.reward, denom),
        burned: coin(evidence.burned, denom),
    })
}

/// What was proven.
pub(super) fn proven(subject: &Subject, proven: &Proven, prefix: &Prefix) -> wire::Proven {
    let (mut record, mut entry) = (None, None);
    match &proven.what {
        What::Record { record: found, index } => {
            record = Some(wire::ProvenRecord {
                transaction_id: found.id.to_vec(),
                height: found.height,
                position: found.position,
                raw: found.raw.as_bytes().to_vec(),
                asset: found.asset.to_vec(),
                previous: found.previous.as_bytes().to_vec(),
                index: *index,
            });
        }
        What::Entry(value) => {
            let key = if let Subject::Entry(key) = subject { key.clone() } else { Vec::new() };
            entry = Some(wire::ProvenEntry { key, value: value.clone().unwrap_or_default() });
        }
    }
    wire::Proven {
        subject: subject.to_string(),
        header_height: proven.header,
        header_time: Some(time::wire(proven.time)),
        proven_height: proven.height.0,
        prover_address: proven.prover.bech32(prefix),
        record,
        entry,
    }
}
