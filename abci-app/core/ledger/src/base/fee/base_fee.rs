//! The least price of gas, and how it follows the fullness of blocks.

use sirius_primitives::{Amount, Gas};
use sirius_runtime::BlockUse;
use sirius_store::{Fault, Read, Write};

use super::{
    keys,
    params::{CHANGE, LEAST_BASE, MOST_BASE, TARGET},
};

/// What `gas` costs at `base` per 1,000,000, rounded up: the chain is never paid less than its price.
pub fn required(gas: Gas, base: u64) -> Amount {
    let product = u128::from(gas.0).saturating_mul(u128::from(base));
    Amount::new(product.div_ceil(1_000_000))
}

/// The base fee after a block, as EIP-1559 moves it:
/// `base × (1 + (used − target) ÷ target ÷ denominator)`, rounded toward `base`, by at least 1 upwards, within `range`.
fn next(base: u64, used: Gas, target: Gas, denominator: u64, (least, most): (u64, u64)) -> u64 {
    let target = target.0.max(1);
    let part = |distance: u64| {
        let product = u128::from(base).saturating_mul(u128::from(distance));
        let share = product / u128::from(target) / u128::from(denominator.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    };
    let moved = match used.0.checked_sub(target) {
        Some(0) => base,
        Some(above) => base.saturating_add(part(above).max(1)),
        None => base.saturating_sub(part(target.saturating_sub(used.0))),
    };
    moved.min(most).max(least)
}

/// Moves the base fee for the next block.
pub(super) fn adjust(block: BlockUse, state: &mut dyn Write) -> Result<(), Fault> {
    let base = keys::base().get(state)?.unwrap_or(0);
    let percent = u128::from(TARGET.get(state)?);
    let target = u128::from(block.limits.gas.0).saturating_mul(percent) / 100;
    let target = Gas(u64::try_from(target).unwrap_or(u64::MAX));
    let range = (LEAST_BASE.get(state)?, MOST_BASE.get(state)?);
    let moved = next(base, block.gas_used, target, CHANGE.get(state)?, range);
    // An empty block of a quiet chain changes nothing, and so leaves the state's root as it is.
    if moved != base {
        keys::base().set(state, &moved);
    }
    Ok(())
}

/// There is a base fee, and a denomination to pay it in.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let (base, denom) = (keys::base().get(state)?, keys::denom().get(state)?);
    Ok(match (base, denom) {
        (Some(_), Some(_)) => Ok(()),
        found => Err(format!("base fee and denomination are {found:?}")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn follows_how_full_blocks_are() {
        let check = |base, used, expected| {
            assert_eq!(next(base, Gas(used), Gas(100), 8, (10, 1_000)), expected, "{base} after {used}");
        };
        check(100, 100, 100);
        check(100, 200, 112);
        check(100, 0, 88);
        check(10, 101, 11);
        check(10, 0, 10);
        check(990, 200, 1_000);
    }

    #[test]
    fn rounds_the_price_up() {
        let check = |gas, base, units| assert_eq!(required(Gas(gas), base), Amount::new(units));
        check(0, 25_000, 0);
        check(1, 25_000, 1);
        check(40, 25_000, 1);
        check(41, 25_000, 2);
        check(u64::MAX, u64::MAX, (u128::from(u64::MAX) * u128::from(u64::MAX)).div_ceil(1_000_000));
    }

    proptest! {
        #[test]
        fn stays_in_range_and_never_jumps(base in 10..=1_000u64, used in 0..400u64, target in 1..200u64) {
            let moved = next(base, Gas(used), Gas(target), 8, (10, 1_000));
            prop_assert!((10..=1_000).contains(&moved));
            if used <= 2 * target {
                prop_assert!(moved.abs_diff(base) <= base / 8 + 1);
            }
        }
    }
}
