//! What strangers do to transactions.

use bytes::Bytes;
use sirius_runtime::dice::Dice;

/// One thing wrong with a transaction that would otherwise be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mangle {
    /// A sequence that is not the account's.
    Sequence,
    /// Signed for another chain.
    Chain,
    /// A bit of the signature is another.
    Signature,
    /// Less than the gas costs.
    LowFee,
    /// More gas than a block has.
    HugeGas,
    /// Its time is over.
    Expired,
    /// Bytes appended, cut off or exchanged.
    Bytes,
    /// No transaction at all.
    Garbage,
}

/// All of them.
pub(crate) const ALL: &[Mangle] = &[
    Mangle::Sequence,
    Mangle::Chain,
    Mangle::Signature,
    Mangle::LowFee,
    Mangle::HugeGas,
    Mangle::Expired,
    Mangle::Bytes,
    Mangle::Garbage,
];

impl Mangle {
    /// Damages a signed transaction, where that is what this kind does.
    pub(crate) fn damage(self, dice: &mut Dice, bytes: Bytes) -> Bytes {
        let mut bytes = bytes.to_vec();
        match self {
            Self::Bytes => match dice.below(3) {
                0 => bytes.push(0),
                1 => bytes.truncate(bytes.len() / 2),
                _ => {
                    // Bytes 0 and 1 are a tag and a length: whatever they become, the rest no longer fits.
                    let at = usize::try_from(dice.below(2)).unwrap();
                    bytes[at] ^= 1 << dice.below(7);
                }
            },
            Self::Garbage => {
                let length = dice.below(200);
                bytes = (0..length).map(|_| dice.roll().to_le_bytes()[0]).collect();
            }
            _ => {}
        }
        bytes.into()
    }
}
