//! Why something about an account is refused.

use sirius_runtime::refusals;

refusals! {
    /// See the texts.
    pub enum Refused {
        /// An address that is none.
        "sdk" 7 => BadAddress { cause: String }:
            "the address is not valid: {cause}; give an address of this chain: invalid address",
        /// Nobody has received anything under this address yet.
        "sdk" 9 => UnknownAccount { address: String }:
            "account {address} does not exist; send it something first: unknown address",
        /// The new key is the old one.
        "auth" 1 => SameKey:
            "the account has this key already; give another one",
        /// Nobody has shown to have the new key.
        "auth" 2 => BadProof { cause: String }:
            "the new key's proof does not count: {cause}; sign the bytes that MsgRotateKey describes with the new key",
        /// The message has no key.
        "auth" 3 => NoKey:
            "the message carries no new key; fill in public_key",
        /// More members than a transaction may have signatures.
        "auth" 5 => TooManyMembers { found: usize, most: u64 }:
            "the new key has {found} members, a transaction may have {most} signatures; give a key with fewer members",
        /// No usable Ed25519 key.
        "auth" 6 => BadDatabaseKey { cause: String }:
            "the database key is not valid: {cause}; give an ed25519 key of 32 bytes",
        /// Nobody has shown to have the database key.
        "auth" 7 => BadDatabaseProof { cause: String }:
            "the database key's proof does not count: {cause}; sign the bytes that MsgSetDatabaseKey describes with that key",
        /// The account needs no other.
        "auth" 8 => OwnKey:
            "the account's own key is an ed25519 key, by which the database knows it already; leave it at that",
        /// Nothing to take back.
        "auth" 9 => NoDatabaseKey { address: String }:
            "account {address} has registered no database key; there is nothing to clear",
        /// The same account twice in genesis.
        "auth" 4 => AccountTwice { address: String }:
            "account {address} is listed twice; keep one entry",
    }
}
