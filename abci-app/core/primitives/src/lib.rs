//! Values that every layer of Sirius speaks of: addresses, amounts, coins, heights, hashes and keys.
//!
//! Each type can only hold a valid value: text and bytes are parsed once, at the door, and the parsed type is
//! passed on. Nothing here knows of state, transactions or the network.

mod address;
mod amount;
mod coin;
mod hash;
mod key;
pub mod log;
pub mod merkle;
mod multisig;
pub mod record;
mod units;

pub use address::{Address, AddressError, Prefix, PrefixError};
pub use amount::{Amount, AmountError};
pub use coin::{Coin, CoinError, Coins, Denom, DenomError};
pub use hash::{Hash, HashError, sha256};
pub use key::{PublicKey, PublicKeyError, SignatureError};
pub use multisig::{AccountKey, Multisig, MultisigError};
pub use units::{Blocks, Gas, Height, Timestamp};
