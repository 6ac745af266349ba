//! Who reads: what a reader signs so that a node of a closed chain answers it.
//!
//! ```text
//! token     = base64url(JSON of Pass) . base64url(signature over SHA-256("sirius-db-token\n" ‖ that JSON))
//! signature = ed25519 over SHA-256 of "sirius-db-request\n" ‖ chain \n method \n path?query \n unix time \n hex(SHA-256(body))
//! ```
//!
//! A token is good for every question until it ends, for whoever holds it; a signed request for one question, once. Both
//! name the chain, so that neither counts on another. What the key may read, the roles on the chain say.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sirius_primitives::sha256;
use thiserror::Error;

use crate::key::{PublicKey, SecretKey};

/// Bytes of a token at most.
pub const LONGEST_TOKEN: usize = 1_024;

/// The header with the reader's key (base58) of a signed request.
pub const KEY_HEADER: &str = "x-sirius-key";
/// The header with the time of a signed request, in seconds since 1970.
pub const TIME_HEADER: &str = "x-sirius-time";
/// The header with the signature of a request, base64url.
pub const SIGNATURE_HEADER: &str = "x-sirius-signature";

const TOKEN: &[u8] = b"sirius-db-token\n";
const REQUEST: &str = "sirius-db-request";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// The chain that may be read.
    pub chain: String,
    /// The reader's key, base58.
    pub key: String,
    /// The node, or nodes, that it is meant for.
    pub audience: String,
    /// When it ends, in seconds since 1970.
    pub until: u64,
}

/// Why a token or a signed request is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PassError {
    /// Bytes of another form.
    #[error("the token cannot be read: {0}; make one with `sirius db token`")]
    Malformed(&'static str),
    /// The signature is not the key's.
    #[error("the signature is not that of the key {0}")]
    Signature(String),
    /// It is for another chain.
    #[error("it is for the chain {found:?}, this is {expected:?}; make one for this chain")]
    OtherChain {
        /// What it names.
        found: String,
        /// What it was to name.
        expected: String,
    },
    /// It is for another node.
    #[error("it is for {found:?}, this node is {expected:?}; make one with `sirius db token --audience`")]
    OtherAudience {
        /// What it names.
        found: String,
        /// What it was to name.
        expected: String,
    },
    /// It has ended.
    #[error("it ended {0} s ago; make another one")]
    Ended(u64),
    /// A signed request is older or newer than the window.
    #[error(
        "its time is {0} s away from this node's clock, at most {WINDOW} s are taken; look at both clocks"
    )]
    Window(u64),
}

/// Seconds by which the time of a signed request may differ from the node's clock.
pub const WINDOW: u64 = 60;

impl Pass {
    /// The token, signed by the reader.
    pub fn sign(&self, secret: &SecretKey) -> String {
        let json = serde_json::to_vec(self).expect("texts and a number are JSON");
        let signature = secret.sign(&digest(&[TOKEN, &json].concat()));
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&json), URL_SAFE_NO_PAD.encode(signature))
    }

    /// Reads a token for a node of `chain` called `audience` at `now`, in seconds since 1970, and gives the key that
    /// signed it and when it ends.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn check(token: &str, chain: &str, audience: &str, now: u64) -> Result<(PublicKey, u64), PassError> {
        if token.len() > LONGEST_TOKEN {
            return Err(PassError::Malformed("it is too long"));
        }
        let (json, signature) = token.split_once('.').ok_or(PassError::Malformed("it has no signature"))?;
        let json = URL_SAFE_NO_PAD.decode(json).map_err(|_| PassError::Malformed("it is no base64url"))?;
        let pass: Self =
            serde_json::from_slice(&json).map_err(|_| PassError::Malformed("it lacks what a token says"))?;
        let key: PublicKey = pass.key.parse().map_err(|_| PassError::Malformed("its key is none"))?;
        check(&key, &[TOKEN, &json].concat(), signature)?;
        if pass.chain != chain {
            return Err(PassError::OtherChain { found: pass.chain, expected: chain.to_owned() });
        }
        if pass.audience != audience {
            return Err(PassError::OtherAudience { found: pass.audience, expected: audience.to_owned() });
        }
        match now.checked_sub(pass.until) {
            None => Ok((key, pass.until)),
            Some(ago) => Err(PassError::Ended(ago)),
        }
    }
}

/// A question that is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The chain.
    pub chain: &'a str,
    /// `GET`, `POST`.
    pub method: &'a str,
    /// The path with everything behind it, as it is sent.
    pub target: &'a str,
    /// Seconds since 1970.
    pub time: u64,
    /// The body; empty for none.
    pub body: &'a [u8],
}

impl Request<'_> {
    fn text(&self) -> Vec<u8> {
        let Self { chain, method, target, time, body } = self;
        let body = sha256(body).to_string().to_ascii_lowercase();
        format!("{REQUEST}\n{chain}\n{method}\n{target}\n{time}\n{body}").into_bytes()
    }

    /// What goes into [`SIGNATURE_HEADER`].
    pub fn sign(&self, secret: &SecretKey) -> String {
        URL_SAFE_NO_PAD.encode(secret.sign(&digest(&self.text())))
    }

    /// Checks the signature of a request at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn check(&self, key: &PublicKey, signature: &str, now: u64) -> Result<(), PassError> {
        let away = self.time.abs_diff(now);
        if away > WINDOW {
            return Err(PassError::Window(away));
        }
        check(key, &self.text(), signature)
    }
}

/// What is signed of a message.
fn digest(message: &[u8]) -> [u8; 32] {
    *sha256(message).as_bytes()
}

fn check(key: &PublicKey, message: &[u8], signature: &str) -> Result<(), PassError> {
    let bytes = URL_SAFE_NO_PAD.decode(signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    let bytes = bytes.ok_or(PassError::Malformed("its signature is not 64 bytes in base64url"))?;
    match key.verify(&digest(message), &bytes) {
        true => Ok(()),
        false => Err(PassError::Signature(key.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    fn secret(seed: u8) -> SecretKey {
        SecretKey::new(&[seed; 32])
    }

    fn pass() -> Pass {
        let key = secret(1).public().to_string();
        Pass { chain: "chain".into(), key, audience: "node".into(), until: 1_000 }
    }

    #[test]
    fn a_token_counts_for_its_chain_its_node_and_its_time() {
        let token = pass().sign(&secret(1));
        assert!(token.len() < LONGEST_TOKEN / 2, "{}", token.len());
        assert_eq!(Pass::check(&token, "chain", "node", 999), Ok((secret(1).public(), 1_000)));
        let check = |chain, audience, now, expected: &str| {
            let refused = Pass::check(&token, chain, audience, now).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        };
        check("other", "node", 999, "for the chain \"chain\"");
        check("chain", "other", 999, "this node is \"other\"");
        check("chain", "node", 1_000, "ended 0 s ago");
    }

    #[test]
    fn a_token_that_another_key_signed_or_somebody_changed_is_refused() {
        let forged = pass().sign(&secret(2));
        assert!(matches!(Pass::check(&forged, "chain", "node", 1), Err(PassError::Signature(_))));
        let token = pass().sign(&secret(1));
        let longer = Pass { until: u64::MAX, ..pass() }.sign(&secret(2));
        let mixed = format!("{}.{}", longer.split_once('.').unwrap().0, token.split_once('.').unwrap().1);
        assert!(matches!(Pass::check(&mixed, "chain", "node", 1), Err(PassError::Signature(_))));
        for bad in ["", ".", "e30.e30", "x", &"a".repeat(LONGEST_TOKEN + 1), "e30"] {
            assert!(matches!(Pass::check(bad, "chain", "node", 1), Err(PassError::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn a_signed_request_counts_for_what_it_asks_and_for_a_minute() {
        let request = Request { chain: "chain", method: "GET", target: "/a?b=1", time: 500, body: b"" };
        let (signature, key) = (request.sign(&secret(1)), secret(1).public());
        assert_eq!(request.check(&key, &signature, 500 + WINDOW), Ok(()));
        assert_eq!(request.check(&key, &signature, 501 + WINDOW), Err(PassError::Window(61)));
        assert_eq!(request.check(&key, &signature, 499 - WINDOW), Err(PassError::Window(61)));
        let others = [
            Request { chain: "other", ..request },
            Request { method: "POST", ..request },
            Request { target: "/a?b=2", ..request },
            Request { time: 501, ..request },
            Request { body: b"x", ..request },
        ];
        for other in others {
            assert!(matches!(other.check(&key, &signature, 500), Err(PassError::Signature(_))), "{other:?}");
        }
        assert!(request.check(&secret(2).public(), &signature, 500).is_err());
    }
}
