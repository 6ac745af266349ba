//! The texts by which validators are known: their operators', and those of their consensus keys.

use sirius_primitives::{Address, AddressError, Prefix};

/// The text of a validator's operator, such as `siriusvaloper1…`.
pub fn operator_text(operator: &Address, prefix: &Prefix) -> String {
    operator.bech32(&prefix.of_role("valoper"))
}

/// The text of the address of a validator's consensus key, such as `siriusvalcons1…`.
pub fn consensus_text(consensus: &Address, prefix: &Prefix) -> String {
    consensus.bech32(&prefix.of_role("valcons"))
}

/// Reads an operator: with its own prefix, or as the account that it is, which is what people know it by.
///
/// # Errors
/// Text that is neither.
pub fn parse_operator(text: &str, prefix: &Prefix) -> Result<Address, AddressError> {
    Address::parse(text, &prefix.of_role("valoper")).or_else(|error| {
        // The error of the prefix that Cosmos clients use says more to most.
        Address::parse(text, prefix).map_err(|_| error)
    })
}

/// Reads the address of a consensus key.
///
/// # Errors
/// Text that is none.
pub fn parse_consensus(text: &str, prefix: &Prefix) -> Result<Address, AddressError> {
    Address::parse(text, &prefix.of_role("valcons"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn each_role_has_its_prefix() {
        let (prefix, address) = (Prefix::new("sirius").unwrap(), Address::new([7; 20]));
        let (operator, consensus) = (operator_text(&address, &prefix), consensus_text(&address, &prefix));
        assert!(operator.starts_with("siriusvaloper1") && consensus.starts_with("siriusvalcons1"));
        assert_eq!(parse_operator(&operator, &prefix), Ok(address));
        assert_eq!(parse_operator(&address.bech32(&prefix), &prefix), Ok(address));
        assert_eq!(parse_consensus(&consensus, &prefix), Ok(address));
        assert!(parse_operator(&consensus, &prefix).is_err());
        assert!(parse_consensus(&address.bech32(&prefix), &prefix).is_err());
    }

    #[test]
    fn the_longest_prefix_has_roles_too() {
        let prefix = Prefix::new(&"a".repeat(30)).unwrap();
        let address = Address::new([7; 20]);
        assert_eq!(parse_operator(&operator_text(&address, &prefix), &prefix), Ok(address));
    }
}
