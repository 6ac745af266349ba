//! `/sirius.auth.v1.MsgRotateKey`: another key for the same address.

use cosmos_sdk_proto::cosmos::crypto::multisig::v1beta1::MultiSignature;
use sirius_primitives::{AccountKey, Address, PublicKey};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal, decode_canonical,
    event::{Attributes as _, event},
    tx::account_key,
};
use sirius_store::Write;

use super::{MOST_SIGNATURES, Refused, keys, params::gas_per_signature, state, wire::keys as wire};

/// What the new key's signature begins with, so that it can never be a signature for something else.
const PURPOSE: &[u8] = b"sirius/rotate-key/v1";

/// A change of key.
#[derive(Debug)]
pub struct RotateKey {
    address: Address,
    key: AccountKey,
    /// Each key that has signed, with its signature.
    proofs: Vec<(PublicKey, Vec<u8>)>,
}

/// The bytes that the new key signs to show that somebody has it:
/// `"sirius/rotate-key/v1" 0x00 <chain id> 0x00 <address: 20 bytes>`.
pub fn proof_bytes(chain_id: &str, address: &Address) -> Vec<u8> {
    [PURPOSE, &[0], chain_id.as_bytes(), &[0], address.as_bytes()].concat()
}

/// Which keys a proof says have signed: the one, or as many of a multisig's members as its threshold.
fn proofs(key: &AccountKey, proof: Vec<u8>) -> Result<Vec<(PublicKey, Vec<u8>)>, Refusal> {
    let multisig = match key {
        AccountKey::Single(key) => return Ok(vec![(*key, proof)]),
        AccountKey::Multisig(multisig) => multisig,
    };
    let wire: MultiSignature = decode_canonical("the proof of the new key's members", &proof)?;
    let (members, found) = (multisig.members().len(), wire.signatures.len());
    if members != found {
        let cause =
            format!("it has {found} entries for {members} members, an empty one where a member did not sign");
        return Err(Refused::BadProof { cause }.into());
    }
    let signed = multisig.members().iter().copied().zip(wire.signatures);
    let signed: Vec<_> = signed.filter(|(_, signature)| !signature.is_empty()).collect();
    if signed.len() < multisig.threshold() {
        let cause = format!("{} members signed, {} are needed", signed.len(), multisig.threshold());
        return Err(Refused::BadProof { cause }.into());
    }
    Ok(signed)
}

impl Message for RotateKey {
    type Wire = wire::MsgRotateKey;
    type Response = wire::MsgRotateKeyResponse;
    const SIGNER: &'static str = "address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let address = Address::parse(&wire.address, &chain.prefix)
            .map_err(|error| Refused::BadAddress { cause: error.to_string() })?;
        let key = account_key(wire.public_key.as_ref().ok_or(Refused::NoKey)?)?;
        let proofs = proofs(&key, wire.proof)?;
        Ok(Self { address, key, proofs })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.address]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        if let AccountKey::Multisig(multisig) = &self.key {
            let (found, most) = (multisig.members().len(), MOST_SIGNATURES.get(state)?);
            if u64::try_from(found).unwrap_or(u64::MAX) > most {
                return Err(Refused::TooManyMembers { found, most }.into());
            }
        }
        // Verified here and not when parsing: this work is paid for, a message that only parses is not.
        for (key, _) in &self.proofs {
            ctx.meter.charge(gas_per_signature(key, state)?);
        }
        ctx.check_gas()?;
        let message = proof_bytes(&ctx.chain.id, &self.address);
        for (key, signature) in &self.proofs {
            key.verify(&message, signature)
                .map_err(|error| Refused::BadProof { cause: error.to_string() })?;
        }
        let mut account = state::account(state, &self.address)?
            .ok_or_else(|| Refused::UnknownAccount { address: ctx.text(&self.address) })?;
        if account.public_key.as_ref() == Some(&self.key) {
            return Err(Refused::SameKey.into());
        }
        account.public_key = Some(self.key.clone());
        state::save(state, &self.address, &account);
        keys::rotated(&self.address).set(state, &ctx.block.height);
        ctx.emit(|ctx| event("key_rotated").with("address", ctx.text(&self.address)));
        Ok(wire::MsgRotateKeyResponse {})
    }
}
