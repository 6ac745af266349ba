//! Upgrades: the validators decide on a name and a height, before which a program that does not know the name stops.
//!
//! As the ledger's: a program that knows the upgrade goes on from that height, and does not run before it, since its rules
//! would be others. It does not fetch or start programs: that is the operator's.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_store::{Fault, Read};

use crate::state;

/// The upgrades that this program knows, by name. A new one stands at the end, with the release that carries it.
pub const KNOWN: &[&str] = &[];

/// How long a name is at most, in bytes.
pub const LONGEST_NAME: usize = 64;

/// An upgrade that was agreed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Plan {
    /// What the program that goes on calls it: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The first block of the new rules.
    pub height: u64,
}

/// Whether a text may be the name of an upgrade.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether a program that knows these upgrades may execute the block of `height`.
///
/// # Errors
/// [`Fault::Halt`] with one line for the operator, or the state cannot be read.
pub fn allow(state: &(impl Read + ?Sized), height: u64, known: &[&str]) -> Result<(), Fault> {
    let Some(Plan { name, height: due }) = state::upgrade().get(state)? else { return Ok(()) };
    match (height >= due, known.contains(&name.as_str())) {
        (true, true) | (false, false) => Ok(()),
        (true, false) => Err(Fault::Halt(format!(
            "upgrade {name:?} is needed at height {due}: start a mongo-ledger that knows it"
        ))),
        (false, true) => Err(Fault::Halt(format!(
            "this program already has upgrade {name:?}, which the chain goes on with at height {due}; start the program \
             before it until then"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use sirius_store::Overlay;

    use super::*;
    use crate::genesis::Genesis;

    #[test]
    fn a_program_without_the_upgrade_stops_before_its_block_and_one_with_it_runs_from_there_on() {
        let mut state = Overlay::new(crate::genesis::Nothing);
        state.apply(Genesis::default().changes());
        assert!(allow(&state, 7, KNOWN).is_ok());
        state::upgrade().set(&mut state, &Plan { name: "v2".into(), height: 7 });
        let said = |height, known: &[&str]| match allow(&state, height, known) {
            Ok(()) => String::new(),
            Err(Fault::Halt(text)) => text,
            Err(fault) => panic!("{fault}"),
        };
        assert_eq!((said(6, &[]), said(7, &["v2"]), said(8, &["v2"])), Default::default());
        assert!(said(7, &[]).contains("\"v2\" is needed at height 7"));
        assert!(said(8, &["v1"]).contains("start a mongo-ledger that knows it"));
        assert!(said(6, &["v2"]).contains("start the program before it"));
    }

    #[test]
    fn a_name_is_short_and_of_plain_letters() {
        let long = "a".repeat(LONGEST_NAME);
        assert!(["v2", "2026.1-roles_x", &long].into_iter().all(is_name));
        assert!(!["", "v 2", "v2\n", "ü", &format!("{long}a")].into_iter().any(is_name));
    }
}
