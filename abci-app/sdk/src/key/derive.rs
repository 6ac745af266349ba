//! The two ways from a BIP-39 seed to a secret: BIP-32 for secp256k1, SLIP-10 for ed25519.

use bip32::{ChildNumber, XPrv};
use zeroize::Zeroizing;

use super::{KeyError, Path, Scheme};

/// A secret's 32 bytes, wiped when dropped.
pub(crate) type SecretBytes = Zeroizing<[u8; 32]>;

/// The secret that `seed` (BIP-39, 64 bytes) has at `path`.
pub(super) fn secret_at(seed: &[u8; 64], path: Path) -> Result<SecretBytes, KeyError> {
    match path.scheme() {
        Scheme::Secp256k1 => bip32_secret(seed, &children(path)),
        Scheme::Ed25519 => Ok(slip10_secret(seed, &path.steps())),
    }
}

fn children(path: Path) -> Vec<ChildNumber> {
    let harden = |(position, step): (usize, u32)| {
        let mark = if position < path.hardened_steps() { ChildNumber::HARDENED_FLAG } else { 0 };
        ChildNumber(step | mark)
    };
    path.steps().into_iter().enumerate().map(harden).collect()
}

/// Private derivation of BIP-32.
fn bip32_secret(seed: &[u8], path: &[ChildNumber]) -> Result<SecretBytes, KeyError> {
    let root = XPrv::new(seed).map_err(|_| KeyError::NoSuchChild)?;
    let key = path
        .iter()
        .try_fold(root, |parent, child| parent.derive_child(*child))
        .map_err(|_| KeyError::NoSuchChild)?;
    Ok(Zeroizing::new(key.to_bytes()))
}

/// Private derivation of SLIP-10 on ed25519, where each step is hardened.
fn slip10_secret(seed: &[u8], steps: &[u32]) -> SecretBytes {
    Zeroizing::new(slip10_ed25519::derive_ed25519_private_key(seed, steps))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    const HARD: u32 = ChildNumber::HARDENED_FLAG;

    /// BIP-32, test vector 1: the secrets inside the published `xprv` strings.
    #[test]
    fn follows_bip32() {
        let seed = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let steps = [HARD, 1, 2 | HARD, 2, 1_000_000_000].map(ChildNumber);
        let check = |depth: usize, secret: &str| {
            let path = steps.split_at(depth).0;
            assert_eq!(hex::encode(bip32_secret(&seed, path).unwrap()), secret, "{depth} steps");
        };
        check(0, "e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35");
        check(1, "edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea");
        check(2, "3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368");
        check(3, "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca");
        check(4, "0f479245fb19a38a1954c5c7c0ebab2f9bdfd96a17563ef28a6a4b1a2a764ef4");
        check(5, "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8");
    }

    /// SLIP-10, test vector 1 for ed25519.
    #[test]
    fn follows_slip10() {
        let seed = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let check =
            |steps: &[u32], secret: &str| assert_eq!(hex::encode(slip10_secret(&seed, steps)), secret);
        check(&[], "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7");
        check(&[0], "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3");
        check(&[0, 1], "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2");
        check(&[0, 1, 2], "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9");
        check(&[0, 1, 2, 2], "30d1dc7e5fc04c31219ab25a27ae00b50f6fd66622f6e9c913253d6511d1e662");
        check(
            &[0, 1, 2, 2, 1_000_000_000],
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
        );
    }
}
