//! A light block as it is read: a signed header with who could sign it and who can sign the next one.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Hash, Height, Timestamp};
use sirius_runtime::excerpt;
use sirius_store::Fault;
use tendermint::{
    PublicKey,
    block::signed_header::SignedHeader,
    chain,
    validator::{Info, Set},
    vote::Power,
};
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

use super::{Refused, chain::Header, wire::anchor as wire};

/// The highest height that is read. The verifier counts heights up by one without looking, and no chain lives to see it.
const HIGHEST: u64 = 1 << 62;

/// A validator of another chain, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Its Ed25519 key.
    pub key: [u8; 32],
    /// Its power, from 1.
    pub power: u64,
}

/// A header, the signatures under it, and the validators of its block and of the next. Nothing of it is believed yet.
#[derive(Debug, Clone)]
pub(super) struct LightBlock {
    pub(super) signed: SignedHeader,
    pub(super) validators: Set,
    pub(super) next: Set,
}

impl LightBlock {
    /// Reads one.
    pub(super) fn parse(wire: Option<&wire::LightBlock>) -> Result<Self, Refused> {
        let wire = wire.ok_or_else(|| bad("there is none"))?;
        let signed = wire.signed_header.clone().ok_or_else(|| bad("it has no signed header"))?;
        let signed = SignedHeader::try_from(signed).map_err(bad)?;
        let header = &signed.header;
        let height = header.height.value();
        if !(1..=HIGHEST).contains(&height) {
            return Err(bad(format!("height {height} is not 1 to {HIGHEST}")));
        }
        for hash in [header.validators_hash, header.next_validators_hash] {
            if hash.as_bytes().len() != Hash::LENGTH {
                return Err(bad("the hash of its validators has not 32 bytes"));
            }
        }
        let validators = set(&wire.validators)?;
        let next = match wire.next_validators.as_slice() {
            [] if header.next_validators_hash == header.validators_hash => validators.clone(),
            [] => return Err(bad("it lacks the next validators, which are others than its own")),
            next => set(next)?,
        };
        Ok(Self { signed, validators, next })
    }

    /// The chain that it is of.
    pub(super) fn chain(&self) -> &chain::Id {
        &self.signed.header.chain_id
    }

    /// The same as text, for keys.
    pub(super) fn chain_id(&self) -> &str {
        self.chain().as_str()
    }

    pub(super) fn height(&self) -> u64 {
        self.signed.header.height.value()
    }

    /// The header's hash.
    pub(super) fn hash(&self) -> Hash {
        hash(self.signed.header.hash())
    }

    /// How many signatures it has, whichever of them are verified in the end.
    pub(super) fn signatures(&self) -> usize {
        self.signed.commit.signatures.iter().filter(|signature| !signature.is_absent()).count()
    }

    /// The larger of its two sets of validators.
    pub(super) fn members(&self) -> usize {
        self.validators.validators().len().max(self.next.validators().len())
    }

    /// The header as it is kept once it was verified.
    pub(super) fn header(&self, posted: Height, poster: Address) -> Header {
        let header = &self.signed.header;
        let time = WireTimestamp::from(header.time);
        Header {
            height: self.height(),
            time: Timestamp { seconds: time.seconds, nanos: time.nanos },
            hash: self.hash(),
            app_hash: header.app_hash.as_bytes().to_vec(),
            next_validators: hash(header.next_validators_hash),
            posted,
            poster,
        }
    }
}

/// What makes a light block impossible.
fn bad(cause: impl ToString) -> Refused {
    Refused::BadBlock { cause: excerpt(&cause.to_string()) }
}

/// A hash of the library's as ours.
pub(super) fn hash(found: tendermint::Hash) -> Hash {
    // A hash without bytes is turned away where light blocks are read.
    found.as_bytes().try_into().map_or(Hash::new([0; Hash::LENGTH]), Hash::new)
}

/// Validators by their keys and powers; their addresses are computed.
pub(super) fn set(members: &[wire::Validator]) -> Result<Set, Refused> {
    let mut infos = Vec::with_capacity(members.len());
    let mut sum = 0_u64;
    for member in members {
        let key = PublicKey::from_raw_ed25519(&member.pub_key);
        let key = key.ok_or_else(|| bad("a validator's key has not the 32 bytes of an Ed25519 key"))?;
        let power = u64::try_from(member.power).ok().filter(|power| *power > 0);
        let power = power.ok_or_else(|| bad(format!("a validator has power {}", member.power)))?;
        sum = sum.saturating_add(power);
        infos.push(Info::new(key, Power::try_from(power).map_err(bad)?));
    }
    if infos.is_empty() {
        return Err(bad("it has no validators"));
    }
    // The library panics above this.
    if sum > Set::MAX_TOTAL_VOTING_POWER {
        return Err(bad(format!("the power of its validators is beyond {}", Set::MAX_TOTAL_VOTING_POWER)));
    }
    let mut addresses: Vec<_> = infos.iter().map(|info| info.address).collect();
    addresses.sort_unstable();
    if addresses.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(bad("a validator stands twice"));
    }
    Ok(Set::without_proposer(infos))
}

/// Validators as they are kept.
pub(super) fn members(set: &Set) -> Vec<Member> {
    let member = |info: &Info| {
        let key = info.pub_key.to_bytes().try_into().ok()?;
        Some(Member { key, power: info.power() })
    };
    set.validators().iter().filter_map(member).collect()
}

/// Validators that are kept, as they are verified with.
pub(super) fn kept(members: &[Member]) -> Result<Set, Fault> {
    let wire: Vec<_> = members.iter().map(wire_member).collect();
    set(&wire).map_err(|error| Fault::Damaged { what: "anchor/validators", detail: error.to_string() })
}

/// A validator as the wire has it.
pub(super) fn wire_member(member: &Member) -> wire::Validator {
    let power = i64::try_from(member.power).unwrap_or(i64::MAX);
    wire::Validator { pub_key: member.key.to_vec(), power }
}
