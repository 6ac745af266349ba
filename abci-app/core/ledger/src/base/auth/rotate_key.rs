//! `/sirius.auth.v1.MsgRotateKey`: another key for the same address.

use sirius_primitives::{Address, PublicKey};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    tx::public_key,
};
use sirius_store::Write;

use super::{Refused, params::gas_per_signature, state, wire::keys as wire};

/// What the new key's signature begins with, so that it can never be a signature for something else.
const PURPOSE: &[u8] = b"sirius/rotate-key/v1";

/// A change of key.
#[derive(Debug)]
pub struct RotateKey {
    address: Address,
    key: PublicKey,
    proof: Vec<u8>,
}

/// The bytes that the new key signs to show that somebody has it:
/// `"sirius/rotate-key/v1" 0x00 <chain id> 0x00 <address: 20 bytes>`.
pub fn proof_bytes(chain_id: &str, address: &Address) -> Vec<u8> {
    [PURPOSE, &[0], chain_id.as_bytes(), &[0], address.as_bytes()].concat()
}

impl Message for RotateKey {
    type Wire = wire::MsgRotateKey;
    type Response = wire::MsgRotateKeyResponse;
    const SIGNER: &'static str = "address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let address = Address::parse(&wire.address, &chain.prefix)
            .map_err(|error| Refused::BadAddress { cause: error.to_string() })?;
        let key = public_key(wire.public_key.as_ref().ok_or(Refused::NoKey)?)?;
        Ok(Self { address, key, proof: wire.proof })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.address]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        // Verified here and not when parsing: this work is paid for, a message that only parses is not.
        ctx.meter.charge(gas_per_signature(&self.key, state)?);
        ctx.check_gas()?;
        self.key
            .verify(&proof_bytes(&ctx.chain.id, &self.address), &self.proof)
            .map_err(|error| Refused::BadProof { cause: error.to_string() })?;
        let mut account = state::account(state, &self.address)?
            .ok_or_else(|| Refused::UnknownAccount { address: ctx.text(&self.address) })?;
        if account.public_key == Some(self.key) {
            return Err(Refused::SameKey.into());
        }
        account.public_key = Some(self.key);
        state::save(state, &self.address, &account);
        ctx.emit(|ctx| event("key_rotated").with("address", ctx.text(&self.address)));
        Ok(wire::MsgRotateKeyResponse {})
    }
}
