//! The signed tree that spends an output: signatures where they are needed, digests where they are not.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;

use crate::key::PublicKey;

use super::{Digest, Kind, MAX_DEPTH, MAX_PARTS, MAX_WIDTH, der};

/// A fulfilled condition, as DER in base64url without padding:
///
/// ```text
/// A4 64 { 80 20 key, 81 40 signature }
/// A2 { A0 SET OF fulfilled, A1 SET OF hidden }     the threshold is the number of fulfilled
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fulfillment {
    /// A key and its signature.
    Ed25519 {
        /// Who signed.
        public_key: PublicKey,
        /// RFC 8032, 64 bytes.
        signature: Box<[u8; 64]>,
    },
    /// As many fulfilled conditions as were needed.
    Threshold {
        /// At least one.
        fulfilled: Vec<Fulfillment>,
        /// Those that were not needed.
        hidden: Vec<Digest>,
    },
}

/// Why a text is no fulfilment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FulfillmentError {
    /// Not base64url without padding of canonical DER with the shape of a fulfilment.
    #[error("a fulfillment is base64url of the canonical DER of an ed25519-sha-256 or threshold-sha-256")]
    Encoding,
    /// Larger than the bounds.
    #[error(
        "a fulfillment has at most {MAX_DEPTH} thresholds inside each other, {MAX_WIDTH} subconditions each and {MAX_PARTS} parts"
    )]
    TooDeep,
}

impl Fulfillment {
    /// Reads a fulfilment of a transaction. There is one text of each.
    ///
    /// # Errors
    /// Another encoding than the one that [`Fulfillment::encode`] writes, or a tree larger than the bounds.
    pub fn parse(text: &str) -> Result<Self, FulfillmentError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| FulfillmentError::Encoding)?;
        let mut reader = der::Reader(&bytes);
        let (tag, content) = reader.any().ok_or(FulfillmentError::Encoding)?;
        let fulfillment = Self::read(tag, content, 0, &mut 0)?;
        // The order of sets is compared here: lengths, tags and numbers have one form already.
        match reader.is_empty() && fulfillment.der() == bytes {
            true => Ok(fulfillment),
            false => Err(FulfillmentError::Encoding),
        }
    }

    /// As it stands in a transaction.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.der())
    }

    /// What it fulfils.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Ed25519 { public_key, .. } => Digest::ed25519(public_key),
            Self::Threshold { fulfilled, hidden } => {
                let threshold = u32::try_from(fulfilled.len()).unwrap_or(u32::MAX);
                let all = fulfilled.iter().map(Self::digest).chain(hidden.iter().copied()).collect();
                Digest::threshold(threshold, all)
            }
        }
    }

    /// The URI of the condition that it fulfils.
    pub fn condition_uri(&self) -> String {
        self.digest().uri()
    }

    /// The fingerprint of the condition that it fulfils.
    pub fn condition_fingerprint(&self) -> [u8; 32] {
        self.digest().fingerprint
    }

    /// Every key that it reveals, all of which have signed if it verifies; in the order of the encoding.
    pub fn keys(&self) -> Vec<PublicKey> {
        match self {
            Self::Ed25519 { public_key, .. } => vec![*public_key],
            Self::Threshold { fulfilled, .. } => fulfilled.iter().flat_map(Self::keys).collect(),
        }
    }

    /// Whether every signature in it is over `message`.
    pub fn verify(&self, message: &[u8]) -> bool {
        match self {
            Self::Ed25519 { public_key, signature } => public_key.verify(message, signature),
            Self::Threshold { fulfilled, .. } => fulfilled.iter().all(|part| part.verify(message)),
        }
    }

    fn der(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let kind = match self {
            Self::Ed25519 { public_key, signature } => {
                der::element(&mut content, 0x80, public_key.as_bytes());
                der::element(&mut content, 0x81, signature.as_slice());
                Kind::Ed25519
            }
            Self::Threshold { fulfilled, hidden } => {
                der::set(&mut content, 0xa0, fulfilled.iter().map(Self::der).collect());
                der::set(&mut content, 0xa1, hidden.iter().map(Digest::encode).collect());
                Kind::Threshold
            }
        };
        let mut out = Vec::with_capacity(content.len().saturating_add(4));
        der::element(&mut out, kind.tag(), &content);
        out
    }

    fn read(
        tag: der::Tag,
        content: &[u8],
        depth: usize,
        parts: &mut usize,
    ) -> Result<Self, FulfillmentError> {
        *parts = parts.saturating_add(1);
        if *parts > MAX_PARTS {
            return Err(FulfillmentError::TooDeep);
        }
        match tag {
            tag if tag == Kind::Ed25519.tag() => ed25519(content).ok_or(FulfillmentError::Encoding),
            tag if tag == Kind::Threshold.tag() => threshold(content, depth, parts),
            _ => Err(FulfillmentError::Encoding),
        }
    }
}

fn ed25519(content: &[u8]) -> Option<Fulfillment> {
    let mut reader = der::Reader(content);
    let public_key = PublicKey::new(reader.tagged(0x80)?.try_into().ok()?);
    let signature = Box::new(reader.tagged(0x81)?.try_into().ok()?);
    reader.is_empty().then_some(Fulfillment::Ed25519 { public_key, signature })
}

fn threshold(content: &[u8], depth: usize, parts: &mut usize) -> Result<Fulfillment, FulfillmentError> {
    if depth >= MAX_DEPTH {
        return Err(FulfillmentError::TooDeep);
    }
    let mut reader = der::Reader(content);
    let (first, second) = (reader.tagged(0xa0), reader.tagged(0xa1));
    let (Some(first), Some(second), true) = (first, second, reader.is_empty()) else {
        return Err(FulfillmentError::Encoding);
    };
    let mut fulfilled = Vec::new();
    let mut reader = der::Reader(first);
    while !reader.is_empty() && fulfilled.len() <= MAX_WIDTH {
        let (tag, content) = reader.any().ok_or(FulfillmentError::Encoding)?;
        fulfilled.push(Fulfillment::read(tag, content, depth.saturating_add(1), parts)?);
    }
    let mut hidden = Vec::new();
    let mut reader = der::Reader(second);
    while !reader.is_empty() && hidden.len() <= MAX_WIDTH {
        *parts = parts.saturating_add(1);
        let (tag, content) = reader.any().ok_or(FulfillmentError::Encoding)?;
        hidden.push(Digest::read(tag, content).ok_or(FulfillmentError::Encoding)?);
    }
    if fulfilled.len().saturating_add(hidden.len()) > MAX_WIDTH || *parts > MAX_PARTS {
        return Err(FulfillmentError::TooDeep);
    }
    match fulfilled.is_empty() {
        // A threshold of 0 would be met by nobody's signature.
        true => Err(FulfillmentError::Encoding),
        false => Ok(Fulfillment::Threshold { fulfilled, hidden }),
    }
}
