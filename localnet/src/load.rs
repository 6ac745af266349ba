//! Accounts for load tests: many keys from one seed, and their addresses.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Deserialize;
use sirius_primitives::{Address, Prefix, sha256};
use sirius_sdk::key::{Key, Scheme};

use crate::Error;

/// The most bytes of a file of addresses: a million lines with room to spare.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// The key of the load account `index` of `seed`.
///
/// Its secret is `SHA-256("localnet/load" ‖ 0 ‖ seed ‖ 0 ‖ index)` with the index as four big-endian bytes, so that
/// a load generator makes the same keys that genesis funded. Whoever knows the seed owns the accounts.
///
/// # Errors
/// The digest is no secret of the scheme, which happens once in about 2^128.
pub fn key(seed: &str, index: u32, scheme: Scheme) -> Result<Key, Error> {
    let text = [b"localnet/load\0", seed.as_bytes(), b"\0", &index.to_be_bytes()].concat();
    Key::from_secret_bytes(scheme, sha256(&text).as_bytes()).map_err(|error| Error::Key {
        name: format!("load {index}"),
        action: "derived",
        reason: error.to_string(),
    })
}

/// The addresses of the first `count` load accounts of `seed`.
pub(crate) fn addresses(seed: &str, count: u32, scheme: Scheme) -> Result<Vec<Address>, Error> {
    (0..count).map(|index| Ok(key(seed, index, scheme)?.address())).collect()
}

/// A line of a file of addresses: the address alone, or an object that has one among other things.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Address(String),
    Object { address: String },
}

/// Reads a file with one JSON value a line, each an address or an object with the field `address`.
pub(crate) fn read_addresses(path: &Path, prefix: &Prefix) -> Result<Vec<Address>, Error> {
    let file = File::open(path).map_err(Error::io("read the addresses in", path))?;
    let mut addresses = Vec::new();
    for (number, line) in BufReader::new(file.take(MAX_FILE_BYTES)).lines().enumerate() {
        let line = line.map_err(Error::io("read the addresses in", path))?;
        if line.trim().is_empty() {
            continue;
        }
        let refuse = |reason: String| Error::field(format!("load.file line {}", number + 1), &line, reason);
        let (Line::Address(text) | Line::Object { address: text }) = serde_json::from_str(&line)
            .map_err(|_| refuse("use a JSON string, or an object with the field `address`".to_owned()))?;
        addresses.push(Address::parse(&text, prefix).map_err(|error| refuse(error.to_string()))?);
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn keys_follow_from_the_seed() {
        let address = |seed, index, scheme| key(seed, index, scheme).unwrap().address();
        let first = address("a", 0, Scheme::Secp256k1);
        assert_eq!(first, address("a", 0, Scheme::Secp256k1));
        assert_eq!(
            addresses("a", 2, Scheme::Secp256k1).unwrap(),
            [first, address("a", 1, Scheme::Secp256k1)]
        );
        for other in [address("b", 0, Scheme::Secp256k1), address("a", 0, Scheme::Ed25519)] {
            assert_ne!(first, other);
        }
        let prefix = Prefix::new("sirius").unwrap();
        assert_eq!(first.bech32(&prefix), "sirius1duhlgtzrsqwqynqapj7t98tjpsn77a7x5ftct8");
    }

    #[test]
    fn reads_strings_and_objects() {
        let prefix = Prefix::new("sirius").unwrap();
        let (one, two) = (Address::new([1; 20]), Address::new([2; 20]));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let text = format!(
            "\"{}\"\n\n{{\"secret\":\"x\",\"address\":\"{}\"}}\n",
            one.bech32(&prefix),
            two.bech32(&prefix)
        );
        std::fs::write(&path, text).unwrap();
        assert_eq!(read_addresses(&path, &prefix).unwrap(), [one, two]);
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        let prefix = Prefix::new("sirius").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        for bad in ["nonsense", "7", "{}", "\"sirius1nonsense\""] {
            std::fs::write(&path, format!("\n{bad}\n")).unwrap();
            let error = read_addresses(&path, &prefix).unwrap_err().to_string();
            assert!(error.starts_with("load.file line 2 is"), "{error}");
        }
    }
}
