//! What a transaction may be at most, and what its size costs; read from the parameters once for a block.

use sirius_primitives::{AccountKey, Gas, Height, PublicKey};
use sirius_runtime::{
    BlockLimits, Meter, Mode, Tx,
    tx::{Signer, Signing},
};
use sirius_store::{Fault, Read};

use super::Refused;
use crate::base::auth::{
    GAS_PER_BYTE, GAS_PER_ED25519, GAS_PER_SECP256K1, MOST_MEMO, MOST_SIGNATURES, MOST_TX_BYTES,
};

/// What a member's signature adds to a transaction: its 64 bytes, their tag and their length.
const MEMBER_BYTES: usize = 66;
/// What stands around those of all members: a tag and a length.
const ENVELOPE_BYTES: usize = 3;

/// The parameters in force.
pub(super) struct Limits {
    bytes: u64,
    memo: u64,
    signatures: u64,
    block_gas: Gas,
    gas_per_byte: u64,
    gas_per_secp256k1: u64,
    gas_per_ed25519: u64,
}

impl Limits {
    pub(super) fn load(state: &dyn Read) -> Result<Self, Fault> {
        Ok(Self {
            bytes: MOST_TX_BYTES.get(state)?,
            memo: MOST_MEMO.get(state)?,
            signatures: MOST_SIGNATURES.get(state)?,
            block_gas: BlockLimits::load(state)?.gas,
            gas_per_byte: GAS_PER_BYTE.get(state)?,
            gas_per_secp256k1: GAS_PER_SECP256K1.get(state)?,
            gas_per_ed25519: GAS_PER_ED25519.get(state)?,
        })
    }

    /// What needs neither accounts nor the height.
    pub(super) fn check(&self, tx: &Tx) -> Result<(), Refused> {
        let found = u64::try_from(tx.bytes.len()).unwrap_or(u64::MAX);
        if found > self.bytes {
            return Err(Refused::TooLarge { found, most: self.bytes });
        }
        if u64::try_from(tx.memo.len()).unwrap_or(u64::MAX) > self.memo {
            return Err(Refused::MemoTooLarge { found: tx.memo.len(), most: self.memo });
        }
        let signers = tx.signers.iter().map(keys).sum::<usize>().max(tx.signatures.len());
        if u64::try_from(signers).unwrap_or(u64::MAX) > self.signatures {
            return Err(Refused::TooManySignatures { found: signers, most: self.signatures });
        }
        if tx.fee.gas_limit > self.block_gas {
            return Err(Refused::GasBeyondBlock { wanted: tx.fee.gas_limit.0, most: self.block_gas.0 });
        }
        Ok(())
    }

    pub(super) fn check_height(&self, tx: &Tx, height: Height) -> Result<(), Refused> {
        match tx.timeout_height {
            Some(timeout) if timeout < height => Err(Refused::Expired { timeout, height }),
            _ => Ok(()),
        }
    }

    /// Whether as many signers are described, and have signed, as the messages need. Simulations come from wallets
    /// that leave signatures out.
    pub(super) fn check_signers(&self, tx: &Tx, required: usize, mode: Mode) -> Result<(), Refused> {
        let (described, signed) = (tx.signers.len(), tx.signatures.len());
        if required == 0 {
            return Err(Refused::NoSigners);
        }
        if mode != Mode::Simulate {
            if signed == 0 {
                return Err(Refused::NoSignatures);
            }
            if tx.fee.gas_limit == Gas(0) {
                return Err(Refused::NoGas);
            }
        }
        if described != required || (mode != Mode::Simulate && signed != required) {
            return Err(Refused::WrongSignerCount { required, described, signed });
        }
        Ok(())
    }

    /// Charges for the transaction's bytes and signatures. A signer whose key is not shown is charged for secp256k1.
    pub(super) fn charge(&self, tx: &Tx, mode: Mode, meter: &Meter) {
        meter.charge_each(self.gas_per_byte, tx.bytes.len());
        for (index, signer) in tx.signers.iter().enumerate() {
            self.charge_signer(signer, meter);
            let is_signed = tx.signatures.get(index).is_some_and(|signature| !signature.is_empty());
            if let (Mode::Simulate, false, Some(AccountKey::Multisig(multisig))) =
                (mode, is_signed, &signer.public_key)
            {
                // The signatures to come are most of such a transaction.
                let bytes = multisig.threshold().saturating_mul(MEMBER_BYTES).saturating_add(ENVELOPE_BYTES);
                meter.charge_each(self.gas_per_byte, bytes);
            }
        }
    }

    fn charge_signer(&self, signer: &Signer, meter: &Meter) {
        let members = signer.public_key.as_ref().map(AccountKey::members).unwrap_or_default();
        match (&signer.signing, &signer.public_key) {
            (Signing::Multi(modes), _) => {
                let signed = modes.iter().enumerate().filter(|(_, mode)| mode.is_some());
                signed.for_each(|(place, _)| meter.charge(self.gas_per_signature(members.get(place))));
            }
            // A simulation that does not say who will sign: whoever costs most.
            (Signing::Single(_), Some(AccountKey::Multisig(multisig))) => {
                let dearest = members.iter().map(|member| self.gas_per_signature(Some(member))).max();
                meter.charge_each(dearest.unwrap_or(self.gas_per_secp256k1), multisig.threshold());
            }
            (Signing::Single(_), _) => meter.charge(self.gas_per_signature(members.first())),
        }
    }

    fn gas_per_signature(&self, key: Option<&PublicKey>) -> u64 {
        match key {
            Some(PublicKey::Ed25519(_)) => self.gas_per_ed25519,
            Some(PublicKey::Secp256k1(_)) | None => self.gas_per_secp256k1,
        }
    }
}

/// How many keys of a signer may be verified: each member of a multisig counts, whether or not it signs.
fn keys(signer: &Signer) -> usize {
    let described = match &signer.signing {
        Signing::Single(_) => 1,
        Signing::Multi(modes) => modes.len(),
    };
    signer.public_key.as_ref().map_or(1, |key| key.members().len()).max(described)
}
