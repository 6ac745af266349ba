//! The upgrades that this program knows: before the height of one that it does not know it stops.
//!
//! As the ledger's: a program that knows the upgrade goes on from that height, and does not run before it, since its rules
//! would be others. It does not fetch or start programs: that is the operator's.

use sirius_store::{Fault, Read};

use crate::{state, upgrade::Plan};

/// Their names. A new one stands at the end, with the release that carries it.
pub const UPGRADES: &[&str] = &[];

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
        assert!(allow(&state, 7, UPGRADES).is_ok());
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
}
