//! Parts of a whole as people write them: `0.334`, in at most 18 places.

use crate::consensus::staking::Fraction;

/// Decimal places of a part.
const PLACES: usize = 18;

/// Reads a decimal number from 0 to 1; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Fraction> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(places) || whole.len() > 1 || places.len() > PLACES {
        return None;
    }
    let units = format!("{whole}{places:0<PLACES$}");
    let plain = units.trim_start_matches('0');
    Fraction::parse(if plain.is_empty() { "0" } else { plain })
}

/// Writes a part in 18 places, as Cosmos clients expect it.
pub(super) fn show(part: Fraction) -> String {
    let units = format!("{:0>width$}", part.to_string(), width = PLACES.saturating_add(1));
    let (whole, places) = units.split_at(units.len().saturating_sub(PLACES));
    format!("{whole}.{places}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_plain_decimals() {
        let check = |text: &str, units: Option<&str>| {
            assert_eq!(parse(text).map(|part| part.to_string()).as_deref(), units, "{text}");
        };
        check("1", Some("1000000000000000000"));
        check("0.5", Some("500000000000000000"));
        check("0.334000000000000000", Some("334000000000000000"));
        check("0.000000000000000001", Some("1"));
        check("0", Some("0"));
        check("1.000000000000000001", None);
        check("0.0000000000000000001", None);
        for text in ["", ".", ".5", "1.", "-0.5", "+1", "0,5", "1e-1", " 1", "00.5", "2", "½", "0.5.5"] {
            check(text, None);
        }
    }

    #[test]
    fn shows_eighteen_places() {
        assert_eq!(show(Fraction::ALL), "1.000000000000000000");
        assert_eq!(show(Fraction::default()), "0.000000000000000000");
        assert_eq!(show(Fraction::of_basis_points(3_340)), "0.334000000000000000");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(units in 0..=1_000_000_000_000_000_000_u64) {
            let part = Fraction::parse(&units.to_string()).unwrap();
            prop_assert_eq!(parse(&show(part)), Some(part));
        }
    }
}
