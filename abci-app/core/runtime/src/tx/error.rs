//! Why bytes are no transaction.

use sirius_primitives::Gas;

crate::refusals! {
    /// Why bytes are not a transaction of this chain, or cannot run to their end. Codes and texts follow the Cosmos
    /// SDK's table where clients know it (`types/errors/errors.go`, v0.50).
    pub enum Refused {
        /// Protobuf does not decode.
        "sdk" 2 => Undecodable { what: String, cause: String }:
            "decoding {what} failed: {cause}; send a protobuf-encoded TxRaw: tx parse error",
        /// More than one encoding would have the same meaning.
        "tx" 1 => NotCanonical { what: String }:
            "{what} is not in canonical protobuf form: it has unknown fields, trailing bytes or explicit defaults; encode it again with fields in ascending order: tx parse error",
        /// Beyond any limit this program accepts.
        "sdk" 21 => TooLarge { found: u64, most: u64 }:
            "the transaction has {found} bytes, at most {most} are allowed; split it: tx too large",
        /// Nothing to do.
        "sdk" 18 => NoMessages:
            "the transaction has no messages; add at least one: invalid request",
        /// A kind of message this chain does not have.
        "sdk" 6 => UnknownMessage { type_url: String }:
            "no handler for message {type_url}; ask the chain's catalogue for the messages it has: unknown request",
        /// An extension, a tip, or another part that this chain does not have.
        "tx" 2 => Unsupported { part: &'static str }:
            "the transaction uses {part}, which this chain does not support; build it without: tx parse error",
        /// A key of a kind this chain does not have, or a broken one.
        "sdk" 8 => BadKey { cause: String }:
            "the signer's public key is not usable: {cause}; use a secp256k1 or ed25519 key, or a multisig of them: invalid pubkey",
        /// The fee contradicts itself.
        "sdk" 10 => BadFee { cause: String }:
            "the fee is not valid: {cause}: invalid coins",
        /// An address in the fee that is none.
        "sdk" 7 => BadAddress { what: &'static str, cause: String }:
            "the {what} address is not valid: {cause}: invalid address",
        /// Ran beyond its gas limit.
        "sdk" 11 => OutOfGas { wanted: Gas, used: Gas }:
            "out of gas in the transaction; gasWanted: {wanted}, gasUsed: {used}; sign it again with a higher gas limit: out of gas",
        /// The block is full.
        "sdk" 41 => BlockFull { wanted: Gas, left: Gas }:
            "the block has {left} gas left, the transaction wants {wanted}; send it again: no block gas left to run tx: out of gas",
        /// A number beyond what this chain counts.
        "tx" 3 => GasTooLarge { found: u64 }:
            "gas limit {found} is beyond 2^63 - 1; lower it: tx parse error",
        /// Several of several.
        "tx" 4 => NestedMultisig:
            "a multisig stands within a multisig; make one of all its keys: invalid pubkey",
        /// Who of a multisig signed is not said, or not in the one form for it.
        "tx" 5 => BadBitArray { cause: String }:
            "the multisig's bit array is not valid: {cause}; set one bit for each member that signed, the first member the highest, and no bit after the last: tx parse error",
    }
}
