//! What a URI says of a condition: its kind, the hash of what is fixed about it, and what its check costs.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::key::PublicKey;

use super::der;

/// The cost of one key, by the draft.
const KEY_COST: u64 = 131_072;
/// The cost of one subcondition, by the draft.
const SUBCONDITION_COST: u64 = 1_024;
/// `ed25519-sha-256` as a named bit (number 4): three bits unused, which is all that a subtype can be here.
const SUBTYPES: [u8; 2] = [3, 0b0000_1000];

/// The kinds of conditions, with the tags that they have in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `[2]`, constructed.
    Threshold,
    /// `[4]`, constructed.
    Ed25519,
}

impl Kind {
    /// The name in URIs and `details`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Threshold => "threshold-sha-256",
            Self::Ed25519 => "ed25519-sha-256",
        }
    }

    pub(super) fn tag(self) -> der::Tag {
        match self {
            Self::Threshold => 0xa2,
            Self::Ed25519 => 0xa4,
        }
    }
}

/// A condition of which only the digest is known.
///
/// ```text
/// A2 or A4 { 80 fingerprint[32], 81 cost, (of a threshold) 82 subtypes }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// Which kind it is.
    pub kind: Kind,
    /// SHA-256 of what is fixed about it.
    pub fingerprint: [u8; 32],
    /// What its check costs at most.
    pub cost: u64,
}

impl Digest {
    /// Of a key: SHA-256 of `30 22 80 20 ‖ key`.
    pub(super) fn ed25519(key: &PublicKey) -> Self {
        let hash = Sha256::new().chain_update([0x30, 0x22, 0x80, 0x20]).chain_update(key.as_bytes());
        Self { kind: Kind::Ed25519, fingerprint: hash.finalize().into(), cost: KEY_COST }
    }

    /// Of a threshold: SHA-256 of `30 { 80 threshold, A1 SET OF conditions }`.
    pub(super) fn threshold(threshold: u32, subconditions: Vec<Self>) -> Self {
        let mut content = Vec::new();
        der::element(&mut content, 0x80, &der::unsigned(u64::from(threshold)));
        der::set(&mut content, 0xa1, subconditions.iter().map(Self::encode).collect());
        let mut text = Vec::new();
        der::element(&mut text, 0x30, &content);
        let mut costs: Vec<u64> = subconditions.iter().map(|condition| condition.cost).collect();
        costs.sort_unstable_by(|left, right| right.cmp(left));
        let dearest = costs.iter().zip(0..threshold).fold(0_u64, |sum, (cost, _)| sum.saturating_add(*cost));
        let each = u64::try_from(costs.len()).unwrap_or(u64::MAX).saturating_mul(SUBCONDITION_COST);
        Self {
            kind: Kind::Threshold,
            fingerprint: Sha256::digest(&text).into(),
            cost: dearest.saturating_add(each),
        }
    }

    /// `ni:///sha-256;…?fpt=…&cost=…`, of a threshold with `&subtypes=ed25519-sha-256`.
    pub fn uri(&self) -> String {
        let subtypes = match self.kind {
            Kind::Ed25519 => "",
            Kind::Threshold => "&subtypes=ed25519-sha-256",
        };
        let fingerprint = URL_SAFE_NO_PAD.encode(self.fingerprint);
        format!("ni:///sha-256;{fingerprint}?fpt={}&cost={}{subtypes}", self.kind.name(), self.cost)
    }

    /// Reads what [`Digest::uri`] writes, and nothing else.
    pub fn parse(uri: &str) -> Option<Self> {
        let (fingerprint, rest) = uri.strip_prefix("ni:///sha-256;")?.split_once("?fpt=")?;
        let fingerprint = URL_SAFE_NO_PAD.decode(fingerprint).ok()?.try_into().ok()?;
        let (name, rest) = rest.split_once("&cost=")?;
        let kind = [Kind::Ed25519, Kind::Threshold].into_iter().find(|kind| kind.name() == name)?;
        let cost = rest.split('&').next()?.parse().ok()?;
        let digest = Self { kind, fingerprint, cost };
        (digest.is_possible() && digest.uri() == uri).then_some(digest)
    }

    /// Whether a condition of the kind can cost that.
    fn is_possible(&self) -> bool {
        match self.kind {
            Kind::Ed25519 => self.cost == KEY_COST,
            Kind::Threshold => {
                let least = KEY_COST.saturating_add(SUBCONDITION_COST);
                (least..=u64::from(u32::MAX)).contains(&self.cost)
            }
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(48);
        der::element(&mut content, 0x80, &self.fingerprint);
        der::element(&mut content, 0x81, &der::unsigned(self.cost));
        if self.kind == Kind::Threshold {
            der::element(&mut content, 0x82, &SUBTYPES);
        }
        let mut out = Vec::with_capacity(50);
        der::element(&mut out, self.kind.tag(), &content);
        out
    }

    /// Reads the content of an element with this tag. A cost that no condition of the kind can have is refused.
    pub(super) fn read(tag: der::Tag, content: &[u8]) -> Option<Self> {
        let mut reader = der::Reader(content);
        let fingerprint = reader.tagged(0x80)?.try_into().ok()?;
        let cost = der::read_unsigned(reader.tagged(0x81)?)?;
        let kind = [Kind::Ed25519, Kind::Threshold].into_iter().find(|kind| kind.tag() == tag)?;
        if kind == Kind::Threshold && reader.tagged(0x82)? != SUBTYPES {
            return None;
        }
        let digest = Self { kind, fingerprint, cost };
        (digest.is_possible() && reader.is_empty()).then_some(digest)
    }
}
