//! Powers of ten: counting digits by them, and dividing by them with a multiplication.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "every index is bounded by its table, and digit counts are below 256"
)]

const POWERS: [u128; 39] = powers();
static LIMB_POWERS: [u64; 20] = limb_powers();
static RECIPROCALS: [Reciprocal; 38] = reciprocals();

/// The bits that are free above a coefficient of 34 digits and one bit of doubt.
pub(super) const GUARD: u32 = 14;

/// 10^exponent, for exponents up to 38.
pub(super) const fn power_of_ten(exponent: u32) -> u128 {
    POWERS[exponent as usize]
}

/// 10^exponent, if 128 bits hold it.
pub(super) fn power_up_to_38(exponent: u32) -> Option<u128> {
    POWERS.get(exponent as usize).copied()
}

/// 10^exponent, if 64 bits hold it.
#[inline]
pub(super) fn power_up_to_19(exponent: u32) -> Option<u64> {
    LIMB_POWERS.get(exponent as usize).copied()
}

/// How many decimal digits a limb has; zero has one.
#[inline]
pub(super) fn limb_digits(value: u64) -> u32 {
    // Powers of ten are even, so the bit that gives zero its digit changes no other count.
    let value = value | 1;
    let estimate = ((64 - value.leading_zeros()) * 1233) >> 12;
    estimate + u32::from(LIMB_POWERS.get(estimate as usize).is_some_and(|power| value >= *power))
}

/// Quotient and remainder of a limb by 10^count without a division, where the count is 1 to 19.
#[inline]
pub(super) fn limb_cut(value: u64, count: u32) -> Option<(u64, u64)> {
    let divisor = power_up_to_19(count)?;
    let Reciprocal { shift, inverse, .. } = *RECIPROCALS.get(count as usize)?;
    // The parts cut off make the quotient at most one too small.
    let product = u128::from(value).wrapping_mul(inverse >> 64);
    let quotient = ((product >> 64) as u64).wrapping_shr(shift);
    let remainder = value.wrapping_sub(quotient.wrapping_mul(divisor));
    if remainder >= divisor {
        return Some((quotient.wrapping_add(1), remainder.wrapping_sub(divisor)));
    }
    Some((quotient, remainder))
}

/// How many decimal digits a value has; zero has one.
pub(super) const fn digits(value: u128) -> u32 {
    // 1233 / 4096 is log10(2) rounded down: the estimate is right or one short.
    let estimate = ((128 - value.leading_zeros()) * 1233) >> 12;
    if value >= power_of_ten(estimate) || value == 0 { estimate + 1 } else { estimate }
}

/// A power of ten, and how to divide by it with a multiplication.
#[derive(Clone, Copy)]
pub(super) struct Reciprocal {
    pub(super) divisor: u128,
    /// One less than the bits of the divisor.
    pub(super) shift: u32,
    /// floor(2^(128 + shift) / divisor), which has 128 bits.
    pub(super) inverse: u128,
    /// How far a value is shifted before its quotient of 34 digits is taken.
    pub(super) right: u32,
    pub(super) left: u32,
}

impl Reciprocal {
    /// The reciprocal of 10^exponent, where the exponent is 1 to 37.
    #[inline]
    pub(super) fn of_ten_to(exponent: u32) -> Option<&'static Self> {
        RECIPROCALS.get(exponent as usize)
    }

    /// The reciprocal of a number that is no power of two, by long division bit by bit.
    const fn of(divisor: u128) -> Self {
        let shift = divisor.ilog2();
        let (mut inverse, mut remainder, mut bits) = (0_u128, 1_u128 << shift, 0);
        while bits < 128 {
            let carry = remainder >> 127 == 1;
            remainder <<= 1;
            inverse <<= 1;
            if carry || remainder >= divisor {
                remainder = remainder.wrapping_sub(divisor);
                inverse |= 1;
            }
            bits += 1;
        }
        let (right, left) = (shift.saturating_sub(GUARD), GUARD.saturating_sub(shift));
        Self { divisor, shift, inverse, right, left }
    }
}

/// The reciprocals of 10^0 to 10^37; the first is that of no number and never asked for.
const fn reciprocals() -> [Reciprocal; 38] {
    let mut table = [Reciprocal::of(10); 38];
    let mut i = 1;
    while i < table.len() {
        table[i] = Reciprocal::of(power_of_ten(i as u32));
        i += 1;
    }
    table
}

const fn powers() -> [u128; 39] {
    let mut table = [1_u128; 39];
    let mut i = 1;
    while i < table.len() {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
}

const fn limb_powers() -> [u64; 20] {
    let mut table = [1_u64; 20];
    let mut i = 1;
    while i < table.len() {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_off_digits_of_a_limb_is_dividing() {
        for count in 1..=19 {
            let power = power_up_to_19(count).unwrap();
            let edges = (1..=19).filter_map(power_up_to_19).flat_map(|power| [power - 1, power]);
            for value in edges.chain([0, 1, u64::MAX / 2, u64::MAX - 1, u64::MAX]) {
                for near in [value, value / power * power, (value / power * power).wrapping_sub(1)]
                {
                    assert_eq!(limb_cut(near, count), Some((near / power, near % power)));
                    assert_eq!(limb_digits(near), digits(near.into()));
                }
            }
        }
    }
}
