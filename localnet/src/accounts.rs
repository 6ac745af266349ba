//! The funded accounts: their keys, made when the network is set up, in a keystore of its own.

use rand::RngCore as _;
use rand::rngs::OsRng;
use sirius_primitives::Address;
use sirius_sdk::key::{Mnemonic, Path as KeyPath};
use sirius_sdk::keystore::{Keystore, Passphrase, Secret};

use crate::{Account, Error, Layout, Source, file};

/// Random bytes from the operating system.
pub(crate) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| Error::Io {
        action: "get random bytes".to_owned(),
        source: std::io::Error::other(error),
    })?;
    Ok(bytes)
}

/// Makes or takes the key of each account and keeps it; returns the addresses in the same order.
///
/// The passphrase is random and lies beside the keys: they protect play money, and commands must not ask for it.
pub(crate) fn create(layout: &Layout, accounts: &[Account]) -> Result<Vec<Address>, Error> {
    let words = hex::encode(random()?);
    file::write(&layout.passphrase(), format!("{words}\n").as_bytes(), 0o600)?;
    let passphrase = Passphrase::new(words).map_err(failed("keystore", "opened"))?;
    let keystore = Keystore::open(&layout.keys()).map_err(failed("keystore", "opened"))?;
    accounts.iter().map(|account| add(&keystore, &passphrase, account)).collect()
}

fn add(keystore: &Keystore, passphrase: &Passphrase, account: &Account) -> Result<Address, Error> {
    let name = account.name.as_str();
    let mnemonic = match &account.source {
        Source::Address(address) => return Ok(*address),
        Source::Mnemonic(mnemonic) => mnemonic.clone(),
        Source::Fresh => Mnemonic::generate().map_err(failed(name, "made"))?,
    };
    let secret = Secret::from_mnemonic(mnemonic, KeyPath::first(account.scheme));
    let key = secret.key().map_err(failed(name, "derived"))?;
    keystore.add(&account.name, &secret, passphrase).map_err(failed(name, "kept"))?;
    Ok(key.address())
}

fn failed<E: ToString>(name: &str, action: &'static str) -> impl FnOnce(E) -> Error {
    let name = name.to_owned();
    move |error| Error::Key { name, action, reason: error.to_string() }
}

/// Reads the keystore's passphrase, as clients of the network do.
#[cfg(test)]
pub(crate) fn passphrase(layout: &Layout) -> Passphrase {
    let text = std::fs::read_to_string(layout.passphrase()).expect("set up before");
    Passphrase::new(text.trim_end().to_owned()).expect("64 characters")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use std::os::unix::fs::PermissionsExt as _;

    use sirius_sdk::key::{Key, Scheme};
    use sirius_sdk::keystore::Name;

    use super::*;

    fn account(name: &str, source: Source, scheme: Scheme) -> Account {
        Account {
            name: name.parse::<Name>().unwrap(),
            source,
            scheme,
            balances: Default::default(),
            sequence: 0,
        }
    }

    #[test]
    fn keys_are_kept_and_open_with_the_passphrase_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let words = Mnemonic::parse(&("abandon ".repeat(11) + "about")).unwrap();
        let accounts = [
            account("fresh", Source::Fresh, Scheme::Secp256k1),
            account("words", Source::Mnemonic(words.clone()), Scheme::Ed25519),
            account("elsewhere", Source::Address(Address::new([3; 20])), Scheme::Secp256k1),
        ];
        let addresses = create(&layout, &accounts).unwrap();
        assert_eq!(addresses[1], Key::derive(&words, Scheme::Ed25519).unwrap().address());
        assert_eq!(addresses[2], Address::new([3; 20]));
        let keystore = Keystore::open(&layout.keys()).unwrap();
        assert_eq!(keystore.list().unwrap().keys.len(), 2);
        for index in [0, 1] {
            let key = keystore.load(&accounts[index].name, &passphrase(&layout)).unwrap();
            assert_eq!((key.address(), key.scheme()), (addresses[index], accounts[index].scheme));
        }
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(layout.keys()), mode(layout.passphrase())), (0o700, 0o600));
    }
}
