//! How signers say that they signed, for single keys and for the members of a multisig.

use cosmos_sdk_proto::cosmos::{
    crypto::multisig::v1beta1::CompactBitArray,
    tx::v1beta1::{
        ModeInfo,
        mode_info::{Multi, Single, Sum},
    },
};

use super::Refused;

/// What one key signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignMode {
    /// `SIGN_MODE_DIRECT`: the protobuf bytes themselves.
    Direct,
    /// `SIGN_MODE_LEGACY_AMINO_JSON`: the transaction as sorted JSON, which hardware wallets show.
    AminoJson,
    /// Any other: its number. Only a simulation may carry one.
    Other(i32),
}

impl SignMode {
    fn of(number: i32) -> Self {
        match number {
            1 => Self::Direct,
            127 => Self::AminoJson,
            other => Self::Other(other),
        }
    }

    /// Its number on the wire.
    pub fn number(self) -> i32 {
        match self {
            Self::Direct => 1,
            Self::AminoJson => 127,
            Self::Other(number) => number,
        }
    }
}

/// How a signer signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// With one key.
    Single(SignMode),
    /// As a multisig: for each member in order what it signed, or that it did not.
    Multi(Vec<Option<SignMode>>),
}

impl Signing {
    /// Reads what a transaction says of a signer. One that says nothing is [`SignMode::Other`] 0.
    ///
    /// # Errors
    /// A multisig within a multisig, or a bit array that is not in its one form or contradicts the modes beside it.
    pub(super) fn parse(info: Option<&ModeInfo>) -> Result<Self, Refused> {
        match info.and_then(|info| info.sum.as_ref()) {
            None => Ok(Self::Single(SignMode::of(0))),
            Some(Sum::Single(single)) => Ok(Self::Single(SignMode::of(single.mode))),
            Some(Sum::Multi(multi)) => parse_multi(multi),
        }
    }

    /// Writes it for the wire.
    pub fn pack(&self) -> ModeInfo {
        let single = |mode: &SignMode| ModeInfo { sum: Some(Sum::Single(Single { mode: mode.number() })) };
        match self {
            Self::Single(mode) => single(mode),
            Self::Multi(members) => {
                let signed: Vec<bool> = members.iter().map(Option::is_some).collect();
                let multi = Multi {
                    bitarray: Some(pack_bits(&signed)),
                    mode_infos: members.iter().flatten().map(single).collect(),
                };
                ModeInfo { sum: Some(Sum::Multi(multi)) }
            }
        }
    }
}

fn parse_multi(multi: &Multi) -> Result<Signing, Refused> {
    let bad = |cause: String| Refused::BadBitArray { cause };
    let bits = match &multi.bitarray {
        Some(array) => bits(array).map_err(bad)?,
        None => return Err(bad("there is none".into())),
    };
    let (signed, modes) = (bits.iter().filter(|bit| **bit).count(), multi.mode_infos.len());
    if signed != modes {
        return Err(bad(format!("it names {signed} signatures, beside it are {modes} sign modes")));
    }
    let mut modes = multi.mode_infos.iter();
    let mut members = Vec::with_capacity(bits.len());
    for bit in bits {
        let mode = if bit { modes.next() } else { None };
        members.push(match mode.map(|info| info.sum.as_ref()) {
            None => None,
            Some(None) => Some(SignMode::of(0)),
            Some(Some(Sum::Single(single))) => Some(SignMode::of(single.mode)),
            Some(Some(Sum::Multi(_))) => return Err(Refused::NestedMultisig),
        });
    }
    Ok(Signing::Multi(members))
}

/// Reads a bit array: the first bit is the highest of the first byte, the last byte has `extra_bits_stored` bits of use,
/// where 0 stands for all eight.
///
/// # Errors
/// In words, what keeps it from its one form: no bits, more than seven extra ones, or bits set after the last.
fn bits(array: &CompactBitArray) -> Result<Vec<bool>, String> {
    let extra = array.extra_bits_stored;
    let unused = match extra {
        0 => 0,
        1..=7 => 8_u32.saturating_sub(extra),
        _ => return Err(format!("it stores {extra} extra bits, at most 7 are possible")),
    };
    let Some(last) = array.elems.last() else { return Err("it has no bits".into()) };
    if u32::from(*last).trailing_zeros() < unused {
        return Err("it has bits set after its last".into());
    }
    let mut bits: Vec<bool> = array
        .elems
        .iter()
        .flat_map(|byte| (0..8_u8).rev().map(move |place| (byte >> place) & 1 == 1))
        .collect();
    let length = bits.len().saturating_sub(usize::try_from(unused).unwrap_or(0));
    bits.truncate(length);
    Ok(bits)
}

/// Writes a bit array in its one form.
fn pack_bits(bits: &[bool]) -> CompactBitArray {
    let byte = |bits: &[bool]| {
        (0..8_u8).zip(bits).filter(|(_, bit)| **bit).fold(0_u8, |byte, (place, _)| byte | (0x80 >> place))
    };
    CompactBitArray {
        extra_bits_stored: u32::try_from(bits.len() % 8).unwrap_or(0),
        elems: bits.chunks(8).map(byte).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn array(extra_bits_stored: u32, elems: &[u8]) -> CompactBitArray {
        CompactBitArray { extra_bits_stored, elems: elems.to_vec() }
    }

    #[test]
    fn a_bit_array_has_one_form() {
        let check = |extra, elems: &[u8], expected: Result<&str, &str>| {
            let text =
                |bits: Vec<bool>| bits.iter().map(|bit| if *bit { 'x' } else { '_' }).collect::<String>();
            let found = bits(&array(extra, elems)).map(text);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{extra} {elems:02x?}");
        };
        check(3, &[0b1010_0000], Ok("x_x"));
        check(0, &[0b1000_0001], Ok("x______x"));
        check(1, &[0xff, 0x80], Ok("xxxxxxxxx"));
        check(7, &[0xfe], Ok("xxxxxxx"));
        check(7, &[0xff], Err("it has bits set after its last"));
        check(3, &[0b1010_1000], Err("it has bits set after its last"));
        check(8, &[0xff], Err("it stores 8 extra bits, at most 7 are possible"));
        check(u32::MAX, &[0], Err("it stores 4294967295 extra bits, at most 7 are possible"));
        check(0, &[], Err("it has no bits"));
        check(5, &[], Err("it has no bits"));
    }

    #[test]
    fn every_choice_of_members_comes_back() {
        for count in 1..=12_u32 {
            for choice in 0..1_u32 << count {
                let chosen: Vec<bool> = (0..count).map(|bit| choice >> bit & 1 == 1).collect();
                assert_eq!(bits(&pack_bits(&chosen)), Ok(chosen));
            }
        }
    }

    #[test]
    fn modes_come_back_or_are_named() {
        let members = vec![Some(SignMode::AminoJson), None, Some(SignMode::Direct), Some(SignMode::Other(2))];
        for signing in [Signing::Single(SignMode::Direct), Signing::Multi(members)] {
            assert_eq!(Signing::parse(Some(&signing.pack())), Ok(signing));
        }
        let multi = |bitarray, mode_infos| ModeInfo { sum: Some(Sum::Multi(Multi { bitarray, mode_infos })) };
        let single = Signing::Single(SignMode::Direct).pack();
        let check =
            |info: ModeInfo, expected: Refused| assert_eq!(Signing::parse(Some(&info)), Err(expected));
        let bad = |cause: &str| Refused::BadBitArray { cause: cause.into() };
        check(multi(None, Vec::new()), bad("there is none"));
        check(
            multi(Some(array(3, &[0xe0])), vec![single.clone()]),
            bad("it names 3 signatures, beside it are 1 sign modes"),
        );
        let inner = multi(Some(array(1, &[0x80])), vec![single]);
        check(multi(Some(array(1, &[0x80])), vec![inner]), Refused::NestedMultisig);
    }
}
