//! Products of two 128-bit numbers, whole: what shares and rewards are reckoned with, exactly and without floats.

/// A number of 256 bits: `high × 2^128 + low`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    pub(super) high: u128,
    pub(super) low: u128,
}

/// The lower half of the bits of a limb.
const HALF: u128 = 0xffff_ffff_ffff_ffff;

impl Wide {
    /// `one × other`.
    pub(super) fn product(one: u128, other: u128) -> Self {
        let (a, b) = (one >> 64, one & HALF);
        let (c, d) = (other >> 64, other & HALF);
        // Schoolbook over halves: no product of two 64-bit numbers, even with two carries added, passes 128 bits.
        let low = b.wrapping_mul(d);
        let middle = a.wrapping_mul(d).wrapping_add(low >> 64);
        let other_middle = b.wrapping_mul(c).wrapping_add(middle & HALF);
        let high = a.wrapping_mul(c).wrapping_add(middle >> 64).wrapping_add(other_middle >> 64);
        Self { high, low: (other_middle << 64) | (low & HALF) }
    }

    /// `self ÷ divisor` rounded down, and whether something is left; `None` by zero or when it needs more than 128 bits.
    pub(super) fn divide(self, divisor: u128) -> Option<(u128, bool)> {
        if self.high >= divisor {
            return None;
        }
        // Restoring division, a bit of the lower limb at a time; the rest stays below the divisor throughout.
        let (mut rest, mut quotient) = (self.high, 0u128);
        for bit in (0..128u32).rev() {
            let carry = rest >> 127 == 1;
            rest = (rest << 1) | ((self.low >> bit) & 1);
            quotient <<= 1;
            if carry || rest >= divisor {
                rest = rest.wrapping_sub(divisor);
                quotient |= 1;
            }
        }
        Some((quotient, rest != 0))
    }
}

/// `one × other ÷ divisor`, rounded down; `None` by zero or beyond 2^128 - 1.
pub(super) fn share(one: u128, other: u128, divisor: u128) -> Option<u128> {
    Wide::product(one, other).divide(divisor).map(|(quotient, _)| quotient)
}

/// `one × other ÷ divisor`, rounded up; `None` by zero or beyond 2^128 - 1.
pub(super) fn share_up(one: u128, other: u128, divisor: u128) -> Option<u128> {
    let (quotient, is_rest) = Wide::product(one, other).divide(divisor)?;
    quotient.checked_add(u128::from(is_rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_of_the_range() {
        let most = u128::MAX;
        assert_eq!(Wide::product(most, most), Wide { high: most - 1, low: 1 });
        assert_eq!(share(most, most, most), Some(most));
        assert_eq!(share(most, 2, 1), None);
        assert_eq!(share(1, 1, 0), None);
        assert_eq!((share(7, 3, 2), share_up(7, 3, 2), share_up(8, 3, 2)), (Some(10), Some(11), Some(12)));
        assert_eq!(share_up(most, most, most - 1), None);
    }

    proptest! {
        #[test]
        fn small_products_are_those_of_the_machine(one: u64, other: u64, divisor in 1..u128::MAX) {
            let product = u128::from(one) * u128::from(other);
            prop_assert_eq!(Wide::product(one.into(), other.into()), Wide { high: 0, low: product });
            prop_assert_eq!(share(one.into(), other.into(), divisor), Some(product / divisor));
            prop_assert_eq!(share_up(one.into(), other.into(), divisor), Some(product.div_ceil(divisor)));
        }

        #[test]
        fn dividing_undoes_multiplying(one: u128, other in 1..u128::MAX, more: u128) {
            let product = Wide::product(one, other);
            prop_assert_eq!(product.divide(other), Some((one, false)));
            // One more is a rest, as long as the divisor is above it.
            let (low, carry) = product.low.overflowing_add(more % other);
            let wide = Wide { high: product.high + u128::from(carry), low };
            prop_assert_eq!(wide.divide(other), Some((one, more % other != 0)));
        }
    }
}
