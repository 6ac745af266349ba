//! The limits of a transaction and the gas of its bytes and signatures. Defaults are the Cosmos SDK's where it has them.

use sirius_primitives::PublicKey;
use sirius_runtime::Param;
use sirius_store::{Fault, Read};

/// See `about`.
pub const MOST_TX_BYTES: Param = Param::new(
    "auth.max_tx_bytes",
    "bytes",
    1_024..=65_536,
    65_536,
    "the largest transaction; the mempool takes none above 65,536",
);

/// See `about`.
pub const MOST_MEMO: Param =
    Param::new("auth.max_memo_characters", "bytes", 0..=4_096, 256, "the longest memo, in bytes of UTF-8");

/// See `about`.
pub const MOST_SIGNATURES: Param = Param::new(
    "auth.max_signatures",
    "signatures",
    1..=64,
    7,
    "the most signers of one transaction, each of whom costs every node a verification",
);

/// See `about`.
pub const GAS_PER_BYTE: Param = Param::new(
    "auth.gas_per_tx_byte",
    "gas",
    1..=1_000,
    10,
    "for each byte of a transaction, which every node stores for as long as it keeps blocks",
);

/// See `about`.
pub const GAS_PER_SECP256K1: Param =
    Param::new("auth.gas_per_secp256k1", "gas", 1..=100_000, 1_000, "for verifying a secp256k1 signature");

/// See `about`.
pub const GAS_PER_ED25519: Param =
    Param::new("auth.gas_per_ed25519", "gas", 1..=100_000, 590, "for verifying an Ed25519 signature");

/// All of them.
pub(super) const ALL: &[Param] =
    &[MOST_TX_BYTES, MOST_MEMO, MOST_SIGNATURES, GAS_PER_BYTE, GAS_PER_SECP256K1, GAS_PER_ED25519];

/// What verifying a signature of `key` costs.
pub(super) fn gas_per_signature(key: &PublicKey, state: &(impl Read + ?Sized)) -> Result<u64, Fault> {
    match key {
        PublicKey::Secp256k1(_) => GAS_PER_SECP256K1.get(state),
        PublicKey::Ed25519(_) => GAS_PER_ED25519.get(state),
    }
}
