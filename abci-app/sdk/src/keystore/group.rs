//! A multisig under a name: who may sign, and how many of them must. There is no secret in it.

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Multisig, PublicKey};

use super::{Name, error::Unreadable};
use crate::key::Scheme;

/// The format that this code writes and reads.
const VERSION: u32 = 1;

/// A multisig that the owner of the folder knows by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is called.
    pub name: Name,
    /// Its members and threshold.
    pub multisig: Multisig,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    multisig: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    name: Name,
    threshold: u32,
    members: Vec<Member>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    scheme: Scheme,
    #[serde(with = "hex::serde")]
    public_key: Vec<u8>,
}

/// As much of a file as tells that it is one of these.
#[derive(Deserialize)]
struct AnyFile {
    #[serde(default)]
    multisig: Option<AnyContent>,
}

#[derive(Deserialize)]
struct AnyContent {
    version: u32,
}

impl Group {
    /// The address of an account whose first key it is.
    pub fn address(&self) -> Address {
        self.multisig.address()
    }

    /// The bytes of its file: JSON that a person can read, with a line end.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let member =
            |key: &PublicKey| Member { scheme: Scheme::of(key), public_key: key.as_bytes().to_vec() };
        let content = Content {
            version: VERSION,
            name: self.name.clone(),
            threshold: u32::try_from(self.multisig.threshold()).unwrap_or(u32::MAX),
            members: self.multisig.members().iter().map(member).collect(),
        };
        let mut json = serde_json::to_vec_pretty(&File { multisig: content })
            .expect("a file has text keys and plain values only");
        json.push(b'\n');
        json
    }

    /// Reads a file; `None` where it is none of a multisig.
    pub(super) fn parse(bytes: &[u8]) -> Option<Result<Self, Unreadable>> {
        let any: AnyFile = serde_json::from_slice(bytes).ok()?;
        let found = any.multisig?.version;
        if found != VERSION {
            return Some(Err(Unreadable::Version { found, known: VERSION }));
        }
        Some(Self::read(bytes))
    }

    fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let File { multisig } = serde_json::from_slice(bytes).map_err(Unreadable::json)?;
        let member = |member: Member| match member.scheme {
            Scheme::Secp256k1 => PublicKey::secp256k1(&member.public_key),
            Scheme::Ed25519 => PublicKey::ed25519(&member.public_key),
        };
        let members = multisig.members.into_iter().map(member).collect::<Result<_, _>>()?;
        Ok(Self { name: multisig.name, multisig: Multisig::new(multisig.threshold, members)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_file_holds_the_group() {
        let key = |seed| PublicKey::Secp256k1([seed; 33]);
        let multisig = Multisig::new(2, vec![key(2), key(3)]).unwrap();
        let group = Group { name: "team".parse().unwrap(), multisig };
        let bytes = group.to_bytes();
        assert_eq!(Group::parse(&bytes).unwrap().unwrap(), group);
        let text = String::from_utf8(bytes).unwrap();
        let check = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert!(Group::parse(changed.as_bytes()).unwrap().is_err(), "{changed}");
        };
        check("\"threshold\": 2", "\"threshold\": 3");
        check("\"version\": 1", "\"version\": 2");
        check("0202", "0502");
        assert!(Group::parse(b"{\"header\": {}}").is_none());
        assert!(Group::parse(b"{").is_none());
    }
}
