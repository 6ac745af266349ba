//! Names of keys and contacts, in place of addresses.

use std::collections::BTreeMap;

use sirius_primitives::{Address, AddressError, Prefix};
use sirius_sdk::{
    config::Config,
    keystore::{Entry, Group},
};

use crate::failure::Failure;

/// Whom the person knows by name.
#[derive(Debug)]
pub(crate) struct Names {
    prefix: Prefix,
    by_name: BTreeMap<String, Vec<Address>>,
}

impl Names {
    /// The keys and contacts of a home.
    pub(crate) fn new(config: &Config, keys: &[Entry], groups: &[Group]) -> Self {
        let contacts = config.contacts.iter().map(|(name, address)| (name.to_string(), *address));
        let keys = keys.iter().map(|key| (key.name.to_string(), key.address()));
        let mut by_name: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        let groups = groups.iter().map(|group| (group.name.to_string(), group.address()));
        for (name, address) in contacts.chain(keys).chain(groups) {
            let addresses = by_name.entry(name).or_default();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Self { prefix: config.chain.prefix, by_name }
    }

    /// The address that `text` is or names.
    ///
    /// # Errors
    /// Neither an address of this chain nor a name, or a name of two.
    pub(crate) fn resolve(&self, text: &str) -> Result<Address, Failure> {
        match self.by_name.get(text).map(Vec::as_slice) {
            Some([address]) => Ok(*address),
            Some(_) => Err(Failure::input(format!(
                "{text:?} is the name of a key and of another address in your contacts; rename the contact or give the \
                 address"
            ))),
            None => self.parse(text).map_err(|error| {
                Failure::input(format!(
                    "{text:?} is neither a key (`sirius keys list`), nor one of [contacts] in client.toml, nor an \
                     address: {error}"
                ))
            }),
        }
    }

    /// Reads an address. That of a validator's operator is the account's, whichever prefix it is shown with.
    fn parse(&self, text: &str) -> Result<Address, AddressError> {
        let of_operator = || Address::parse(text, &self.prefix.of_role("valoper"));
        Address::parse(text, &self.prefix).or_else(|error| of_operator().map_err(|_| error))
    }

    /// The address's text on this chain.
    pub(crate) fn text(&self, address: &Address) -> String {
        address.bech32(&self.prefix)
    }

    /// What the person calls an address.
    pub(crate) fn name_of(&self, text: &str) -> Option<&str> {
        let address = Address::parse(text, &self.prefix).ok()?;
        self.by_name.iter().find(|(_, addresses)| addresses.contains(&address)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::path::Path;

    use sirius_primitives::PublicKey;

    use super::*;

    /// alice and bob are keys; shop and alice2 are contacts; twice is both, and two.
    pub(crate) fn names() -> Names {
        let prefix = Prefix::new("sirius").unwrap();
        let contact = |number: u8| Address::new([number; 20]).bech32(&prefix);
        let config = Config::parse(
            Path::new("/h"),
            &format!(
                "chain_id = \"c-1\"\nprefix = \"sirius\"\nrpc = []\nfee_denom = \"uxpx\"\nkeys = \"keys\"\n[contacts]\n\
                 shop = \"{}\"\ntwice = \"{}\"\n",
                contact(7),
                contact(8)
            ),
        );
        let key = |name: &str, number: u8| Entry {
            name: name.parse().unwrap(),
            path: None,
            public_key: PublicKey::Ed25519([number; 32]),
        };
        Names::new(&config.unwrap(), &[key("alice", 1), key("bob", 2), key("twice", 3)], &[])
    }

    #[test]
    fn names_and_addresses_are_understood() {
        let names = names();
        let shop = Address::new([7; 20]);
        assert_eq!(names.resolve("shop").unwrap(), shop);
        assert_eq!(names.resolve(&names.text(&shop)).unwrap(), shop);
        assert_eq!(names.resolve("alice").unwrap(), PublicKey::Ed25519([1; 32]).address());
        assert_eq!(names.name_of(&names.text(&shop)), Some("shop"));
        assert_eq!(names.name_of("sirius1x"), None);
        let operator = shop.bech32(&Prefix::new("siriusvaloper").unwrap());
        assert_eq!(names.resolve(&operator).unwrap(), shop);
    }

    #[test]
    fn strangers_are_refused() {
        for text in ["", "carol", "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"] {
            assert!(names().resolve(text).unwrap_err().to_string().contains("sirius keys list"), "{text}");
        }
        assert!(names().resolve("twice").unwrap_err().to_string().contains("rename the contact"));
    }
}
