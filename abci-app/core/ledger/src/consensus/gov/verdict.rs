//! What a tally decides.

use sirius_primitives::Amount;
use sirius_store::{Fault, Read};

use super::{
    params::{BURN_ON_VETO, BURN_WITHOUT_QUORUM, QUORUM, THRESHOLD, VETO, is_set, part},
    tally::Tally,
};
use crate::consensus::staking::Fraction;

/// The rules in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    quorum: Fraction,
    threshold: Fraction,
    veto: Fraction,
    burn_on_veto: bool,
    burn_without_quorum: bool,
}

/// What becomes of a proposal and of its deposits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) passes: bool,
    pub(super) burns: bool,
}

impl Rules {
    pub(super) fn load(state: &dyn Read) -> Result<Self, Fault> {
        Ok(Self {
            quorum: part(&QUORUM, state)?,
            threshold: part(&THRESHOLD, state)?,
            veto: part(&VETO, state)?,
            burn_on_veto: is_set(&BURN_ON_VETO, state)?,
            burn_without_quorum: is_set(&BURN_WITHOUT_QUORUM, state)?,
        })
    }

    /// In this order: without quorum nothing else counts; a veto counts whatever the others say; and of those who do
    /// not abstain more than the threshold must say yes.
    pub(super) fn judge(&self, tally: &Tally) -> Verdict {
        let Tally { counts, voted, bonded } = *tally;
        let absent = bonded.checked_sub(voted).unwrap_or_default();
        if bonded.is_zero() || is_above(absent, Fraction::ALL.above(self.quorum), bonded) {
            return Verdict { passes: false, burns: self.burn_without_quorum };
        }
        if is_above(counts.no_with_veto, self.veto, voted) {
            return Verdict { passes: false, burns: self.burn_on_veto };
        }
        let decided = voted.checked_sub(counts.abstain).unwrap_or_default();
        Verdict { passes: is_above(counts.yes, self.threshold, decided), burns: false }
    }
}

/// Whether `amount` is above that part of `whole`. An amount is a whole number, so it is above the part exactly when it
/// is above the part rounded down.
fn is_above(amount: Amount, part: Fraction, whole: Amount) -> bool {
    amount > part.of(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::gov::ballot::Counts;

    const fn permille(count: u64) -> Fraction {
        Fraction::of_basis_points(count * 10)
    }

    const RULES: Rules = Rules {
        quorum: permille(334),
        threshold: permille(500),
        veto: permille(334),
        burn_on_veto: true,
        burn_without_quorum: false,
    };

    fn check(bonded: u128, [yes, abstain, no, no_with_veto]: [u128; 4], expected: (bool, bool)) {
        let amount = Amount::new;
        let counts = Counts {
            yes: amount(yes),
            abstain: amount(abstain),
            no: amount(no),
            no_with_veto: amount(no_with_veto),
        };
        let tally =
            Tally { counts, voted: amount(yes + abstain + no + no_with_veto), bonded: amount(bonded) };
        let Verdict { passes, burns } = RULES.judge(&tally);
        assert_eq!((passes, burns), expected, "{tally:?}");
    }

    #[test]
    fn the_quorum_is_reached_exactly() {
        check(1_000, [334, 0, 0, 0], (true, false));
        check(1_000, [333, 0, 0, 0], (false, false));
        check(1_000, [0, 0, 0, 333], (false, false));
        check(1_000, [1, 333, 0, 0], (true, false));
        // 334 thousandths of 1,001 are 334.334: one more than 334 is needed.
        check(1_001, [334, 0, 0, 0], (false, false));
        check(1_001, [335, 0, 0, 0], (true, false));
        check(0, [0, 0, 0, 0], (false, false));
    }

    #[test]
    fn more_than_half_of_those_who_decide_say_yes() {
        check(1_000, [500, 0, 500, 0], (false, false));
        check(1_000, [501, 0, 499, 0], (true, false));
        check(1_000, [2, 997, 1, 0], (true, false));
        check(1_000, [1, 998, 1, 0], (false, false));
        check(1_000, [0, 1_000, 0, 0], (false, false));
    }

    #[test]
    fn a_veto_is_more_than_a_third_of_all_votes() {
        check(1_000, [666, 0, 0, 334], (true, false));
        check(1_000, [665, 0, 0, 335], (false, true));
        check(1_000, [0, 665, 0, 335], (false, true));
        check(1_000, [0, 0, 666, 334], (false, false));
    }

    #[test]
    fn the_largest_supply_is_counted_exactly() {
        check(u128::MAX, [u128::MAX, 0, 0, 0], (true, false));
        check(u128::MAX, [u128::MAX / 2, 0, u128::MAX / 2 + 1, 0], (false, false));
        check(u128::MAX, [u128::MAX / 2 + 1, 0, u128::MAX / 2, 0], (true, false));
    }
}
