//! A header with what proves it, and a header that is proven.

use sirius_primitives::{Hash, Height};
use tendermint::{
    PublicKey, Time,
    block::{Header, signed_header::SignedHeader},
    chain,
    validator::{self, Set},
    vote::Power,
};
use tendermint_light_client_verifier::types::{TrustedBlockState, UntrustedBlockState};

use super::TrustError;
use crate::client::Client;

/// Validators a chain may have; CometBFT allows no more (`types.MaxVotesCount`).
const MOST_VALIDATORS: usize = 10_000;

/// A header, the signatures under it, and the validators before and after it. Nothing of it is believed yet.
pub(super) struct LightBlock {
    pub(super) signed: SignedHeader,
    pub(super) validators: Set,
    pub(super) next_validators: Set,
}

/// A header that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHeader {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Its hash.
    pub hash: Hash,
    /// The app hash in it: of the state after the block before.
    pub app_hash: Hash,
    /// The hash of the header before; zero in the first.
    pub(super) last: Hash,
    /// Who signs the next header. Empty in a header that was verified by the one after it: nothing is verified from it.
    pub(super) next_validators: Set,
}

impl LightBlock {
    pub(super) fn new(signed: SignedHeader, validators: Set, next_validators: Set) -> Self {
        Self { signed, validators, next_validators }
    }

    pub(super) fn height(&self) -> Height {
        Height(self.signed.header.height.value())
    }

    pub(super) fn untrusted(&self) -> UntrustedBlockState<'_> {
        UntrustedBlockState {
            signed_header: &self.signed,
            validators: &self.validators,
            next_validators: Some(&self.next_validators),
        }
    }

    /// The header, as it will be trusted once it was verified.
    pub(super) fn header(&self) -> TrustedHeader {
        TrustedHeader::new(&self.signed.header, self.next_validators.clone())
    }
}

impl TrustedHeader {
    fn new(header: &Header, next_validators: Set) -> Self {
        let hash = |bytes: &[u8]| bytes.try_into().map_or(Hash::new([0; Hash::LENGTH]), Hash::new);
        Self {
            height: Height(header.height.value()),
            time: header.time,
            hash: hash(header.hash().as_bytes()),
            app_hash: hash(header.app_hash.as_bytes()),
            last: header.last_block_id.map_or(Hash::new([0; Hash::LENGTH]), |id| hash(id.hash.as_bytes())),
            next_validators,
        }
    }

    /// What a verification starts from.
    pub(super) fn state<'a>(&'a self, chain_id: &'a chain::Id) -> TrustedBlockState<'a> {
        TrustedBlockState {
            chain_id,
            header_time: self.time,
            height: self.height.0.try_into().unwrap_or_default(),
            next_validators: &self.next_validators,
            next_validators_hash: self.next_validators.hash(),
        }
    }

    /// `header` as the one before this; `None` when it is another.
    pub(super) fn before(&self, header: &Header) -> Option<Self> {
        let before = Self::new(header, Set::without_proposer(Vec::new()));
        let fits = before.hash == self.last && before.height.next() == self.height;
        fits.then_some(before)
    }
}

/// The validators of these keys and powers, their addresses computed anew.
///
/// # Errors
/// Too many of them, a key twice, or more power than CometBFT counts.
pub(super) fn validator_set(members: Vec<(PublicKey, Power)>) -> Result<Set, TrustError> {
    let refuse = |reason: String| Err(TrustError::Validators { reason });
    if members.len() > MOST_VALIDATORS {
        return refuse(format!("there are {}, CometBFT allows {MOST_VALIDATORS}", members.len()));
    }
    // The library panics above this.
    let total = members.iter().fold(0_u64, |sum, (_, power)| sum.saturating_add(power.value()));
    if total > Set::MAX_TOTAL_VOTING_POWER {
        return refuse(format!("their power is {total}, CometBFT allows {}", Set::MAX_TOTAL_VOTING_POWER));
    }
    let infos: Vec<_> = members.into_iter().map(|(key, power)| validator::Info::new(key, power)).collect();
    let mut addresses: Vec<_> = infos.iter().map(|info| info.address).collect();
    addresses.sort_unstable();
    if addresses.windows(2).any(|pair| pair.first() == pair.last()) {
        return refuse("one of them stands twice".into());
    }
    Ok(Set::without_proposer(infos))
}

/// Fetches the header at `height` with everything that its verification needs.
pub(super) async fn fetch(client: &Client, height: Height) -> Result<LightBlock, TrustError> {
    let signed = client.commit(height).await?;
    if signed.header.height.value() != height.0 {
        return Err(TrustError::Missing { height });
    }
    let validators = validators(client, height).await?;
    // Most blocks change nothing, and the hash in the header says so.
    let next = if signed.header.next_validators_hash == signed.header.validators_hash {
        validators.clone()
    } else {
        self::validators(client, height.next()).await?
    };
    Ok(LightBlock::new(signed, validators, next))
}

async fn validators(client: &Client, height: Height) -> Result<Set, TrustError> {
    let mut members = Vec::new();
    for page in 1.. {
        let answer = client.validators(height, page).await?;
        let done = answer.validators.is_empty();
        members.extend(answer.validators.into_iter().map(|info| (info.pub_key, info.power)));
        if done || members.len() >= answer.total || members.len() > MOST_VALIDATORS {
            break;
        }
    }
    validator_set(members)
}
