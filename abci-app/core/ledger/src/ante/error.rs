//! Why a transaction is not let in. Codes and texts are the Cosmos SDK's where clients read them.

use sirius_primitives::Height;
use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// Beyond the chain's limit of bytes.
        "sdk" 21 => TooLarge { found: u64, most: u64 }:
            "the transaction has {found} bytes, at most {most} are allowed; split it: tx too large",
        /// Too many words.
        "sdk" 12 => MemoTooLarge { found: usize, most: u64 }:
            "maximum number of characters is {most} but received {found} characters; shorten the memo: memo too large",
        /// Too many signers.
        "sdk" 14 => TooManySignatures { found: usize, most: u64 }:
            "signatures: {found}, limit: {most}; use fewer signers: maximum number of signatures exceeded",
        /// Nobody signed.
        "sdk" 15 => NoSignatures:
            "the transaction has no signatures; sign it: no signatures supplied",
        /// Descriptions, signatures and messages name different numbers of signers.
        "sdk" 4 => WrongSignerCount { required: usize, described: usize, signed: usize }:
            "wrong number of signers; the messages need {required}, the transaction describes {described} and carries {signed} signatures: unauthorized",
        /// No message names a signer.
        "ante" 1 => NoSigners:
            "no message names an account that signs; this is a fault of the message's module, please report it",
        /// Too late.
        "sdk" 30 => Expired { timeout: Height, height: Height }:
            "block height: {height}, timeout height: {timeout}; sign it again with a later timeout: tx timeout height",
        /// No gas asked for.
        "ante" 2 => NoGas:
            "the fee's gas limit is 0; simulate the transaction and set the limit it needs",
        /// More gas than a block has.
        "ante" 3 => GasBeyondBlock { wanted: u64, most: u64 }:
            "gas limit {wanted} is more than a whole block's {most}; lower it or split the transaction",
        /// An account nobody ever sent anything to.
        "sdk" 9 => UnknownAccount { address: String }:
            "account {address} does not exist; send it something first: unknown address",
        /// Not the account's next transaction.
        "sdk" 32 => WrongSequence { expected: u64, got: u64 }:
            "account sequence mismatch, expected {expected}, got {got}: incorrect account sequence",
        /// 2^64 - 1 transactions.
        "ante" 4 => SequenceUsedUp:
            "the account has had 2^64 - 1 transactions; use another account",
        /// Signed in a way this chain does not verify.
        "ante" 5 => WrongMode { found: i32 }:
            "sign mode {found} is not supported; sign with SIGN_MODE_DIRECT or SIGN_MODE_LEGACY_AMINO_JSON",
        /// The first transaction of an account must show its key.
        "sdk" 8 => NoKey { address: String }:
            "account {address} has no key yet and the transaction shows none; include the signer's public key: invalid pubkey",
        /// A key that does not own the account.
        "ante" 6 => WrongKey { address: String }:
            "the public key is not that of account {address}; sign with the account's present key",
        /// The signature does not count.
        "ante" 7 => BadSignature { cause: String, number: u64, sequence: u64, chain: String }:
            "signature verification failed: {cause}; please verify account number ({number}), sequence ({sequence}) and chain-id ({chain}): unauthorized",
        /// Members sign, but the account has one key.
        "ante" 8 => NoMultisig { address: String }:
            "account {address} has one key, the transaction has the signature of a multisig; sign with the account's key",
        /// One key signs, but the account has several.
        "ante" 9 => NeedsMembers { address: String }:
            "account {address} has the key of a multisig, the transaction has one signature; collect its members' signatures",
        /// The bit array is that of another multisig.
        "ante" 10 => WrongMemberCount { expected: usize, found: usize }:
            "the multisig has {expected} members, its bit array has {found} bits; give one bit a member",
        /// Not enough of the members.
        "ante" 11 => BelowThreshold { threshold: usize, signed: usize }:
            "the multisig needs {threshold} signatures of its members, got {signed}; collect the missing ones",
        /// Bits and signatures differ.
        "ante" 12 => WrongSignatureCount { signed: usize, found: usize }:
            "the multisig's bit array names {signed} signatures, it carries {found}; give one for each bit that is set",
        /// A message that cannot be written in this form.
        "ante" 13 => NoAminoForm { cause: String }:
            "the transaction cannot be signed with SIGN_MODE_LEGACY_AMINO_JSON: {cause}; sign with SIGN_MODE_DIRECT",
    }
}
