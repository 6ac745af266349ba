//! The key by which the database knows an account: its own where that is an Ed25519 key, else one that it registers.

use sirius_primitives::{AccountKey, Address, Height, PublicKey};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use super::{Refused, keys, params::gas_per_signature, state, stored::Registered, wire::keys as wire};

/// What the key's signature begins with, so that it can never be a signature for something else.
const PURPOSE: &[u8] = b"sirius/database-key/v1";

/// The bytes that a database key signs to show that somebody has it:
/// `"sirius/database-key/v1" 0x00 <chain id> 0x00 <address: 20 bytes>`.
pub fn database_proof_bytes(chain_id: &str, address: &Address) -> Vec<u8> {
    [PURPOSE, &[0], chain_id.as_bytes(), &[0], address.as_bytes()].concat()
}

/// Where an account's database key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It is the key that signs for the account.
    Own,
    /// The account registered it.
    Registered,
}

/// The key by which the database knows an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseKey {
    /// An Ed25519 key (RFC 8032, 32 bytes).
    pub key: [u8; 32],
    /// Where it comes from.
    pub source: Source,
    /// The block in which it became the account's; 0 for the key that the address was made of.
    pub since: Height,
}

/// The database key of an account, if it has one. One that has never signed has none: the ledger knows its key by its
/// hash alone.
///
/// # Errors
/// This node cannot read its state.
pub fn database_key(state: &(impl Read + ?Sized), address: &Address) -> Result<Option<DatabaseKey>, Fault> {
    if let Some(key) = own_key(state, address)? {
        let since = keys::rotated(address).get(state)?.unwrap_or(Height::ZERO);
        return Ok(Some(DatabaseKey { key, source: Source::Own, since }));
    }
    let registered = keys::database(address).get(state)?;
    Ok(registered.map(|Registered { key, since }| DatabaseKey { key, source: Source::Registered, since }))
}

/// The account's own key, where it is an Ed25519 key.
fn own_key(state: &(impl Read + ?Sized), address: &Address) -> Result<Option<[u8; 32]>, Fault> {
    let account = state::account(state, address)?;
    Ok(account.and_then(|account| match account.public_key {
        Some(AccountKey::Single(PublicKey::Ed25519(key))) => Some(key),
        Some(AccountKey::Single(PublicKey::Secp256k1(_)) | AccountKey::Multisig(_)) | None => None,
    }))
}

/// The bytes of a usable Ed25519 key.
pub(super) fn usable(bytes: &[u8]) -> Result<[u8; 32], Refused> {
    let bad = |cause: String| Refused::BadDatabaseKey { cause };
    PublicKey::ed25519(bytes).map_err(|error| bad(error.to_string()))?;
    bytes.try_into().map_err(|_| bad(format!("it has {} bytes", bytes.len())))
}

fn parse_address(text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix).map_err(|error| Refused::BadAddress { cause: error.to_string() })
}

/// `/sirius.auth.v1.MsgSetDatabaseKey`: registers a key, in place of the one before.
#[derive(Debug)]
pub struct SetDatabaseKey {
    address: Address,
    key: [u8; 32],
    proof: Vec<u8>,
}

impl Message for SetDatabaseKey {
    type Wire = wire::MsgSetDatabaseKey;
    type Response = wire::MsgSetDatabaseKeyResponse;
    const SIGNER: &'static str = "address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let address = parse_address(&wire.address, chain)?;
        Ok(Self { address, key: usable(&wire.key)?, proof: wire.proof })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.address]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        // Verified here and not when parsing: this work is paid for, a message that only parses is not.
        let public = PublicKey::Ed25519(self.key);
        ctx.meter.charge(gas_per_signature(&public, state)?);
        ctx.check_gas()?;
        public
            .verify(&database_proof_bytes(&ctx.chain.id, &self.address), &self.proof)
            .map_err(|error| Refused::BadDatabaseProof { cause: error.to_string() })?;
        if state::account(state, &self.address)?.is_none() {
            return Err(Refused::UnknownAccount { address: ctx.text(&self.address) }.into());
        }
        if own_key(state, &self.address)?.is_some() {
            return Err(Refused::OwnKey.into());
        }
        let at = keys::database(&self.address);
        if at.get(state)?.is_some_and(|registered| registered.key == self.key) {
            return Err(Refused::SameKey.into());
        }
        at.set(state, &Registered { key: self.key, since: ctx.block.height });
        ctx.emit(|ctx| event("database_key_set").with("address", ctx.text(&self.address)));
        Ok(wire::MsgSetDatabaseKeyResponse {})
    }
}

/// `/sirius.auth.v1.MsgClearDatabaseKey`: takes the registered key back.
#[derive(Debug)]
pub struct ClearDatabaseKey {
    address: Address,
}

impl Message for ClearDatabaseKey {
    type Wire = wire::MsgClearDatabaseKey;
    type Response = wire::MsgClearDatabaseKeyResponse;
    const SIGNER: &'static str = "address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self { address: parse_address(&wire.address, chain)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.address]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let at = keys::database(&self.address);
        if at.get(state)?.is_none() {
            return Err(Refused::NoDatabaseKey { address: ctx.text(&self.address) }.into());
        }
        at.remove(state);
        ctx.emit(|ctx| event("database_key_cleared").with("address", ctx.text(&self.address)));
        Ok(wire::MsgClearDatabaseKeyResponse {})
    }
}
