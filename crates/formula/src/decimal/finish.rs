//! The last step of every operation: round to 34 digits, fit the scale, bring to normal form.

use super::powers::{digits, power_of_ten};
use super::wide::Wide;
use super::{DIGITS_MAX, Dec, DecFault, Packed, Rounding, SCALE_MAX};

/// 10^34, the first coefficient that is too long.
const COEFFICIENT_END: u128 = power_of_ten(DIGITS_MAX);

impl Dec {
    /// Makes a number from sign, coefficient and scale, rounding half-even at digit 34.
    pub(super) fn from_parts(negative: bool, value: u128, scale: u32) -> Result<Self, DecFault> {
        finish(negative, Wide::from_low(value), i64::from(scale), false).result()
    }
}

/// Rounds `value × 10^-scale` half-even to 34 digits; the value is not `i128::MIN`.
#[inline]
pub(super) fn narrow(value: i128, scale: u32) -> Packed {
    let magnitude = value.unsigned_abs();
    if magnitude < COEFFICIENT_END && scale <= SCALE_MAX {
        if scale == 0 || !is_multiple_of_ten(magnitude) {
            return Dec::packed(value, scale).into();
        }
        return without_zeros(value, scale).into();
    }
    finish_narrow(value, scale)
}

/// The same for what has too many digits: with one half known to be empty, half of the work goes.
#[inline(never)]
fn finish_narrow(value: i128, scale: u32) -> Packed {
    let magnitude = Wide::from_low(value.unsigned_abs());
    finish(value.is_negative(), magnitude, i64::from(scale), false)
}

/// Brings a number that 34 digits hold to its normal form.
#[inline(never)]
fn without_zeros(value: i128, scale: u32) -> Dec {
    let (coefficient, scale) = stripped(value.unsigned_abs(), i64::from(scale));
    let scale = if coefficient == 0 { 0 } else { u32::try_from(scale).unwrap_or_default() };
    Dec::pack(value.is_negative(), coefficient, scale)
}

/// Rounds `value × 10^-scale` half-even to 34 digits; `sticky` stands for a lost, non-zero part
/// below the last digit of `value`.
#[inline]
pub(super) fn finish(negative: bool, value: Wide, scale: i64, sticky: bool) -> Packed {
    if value.high == 0 && value.low < COEFFICIENT_END {
        return fit(negative, value.low, scale);
    }
    let count = value.digits().saturating_sub(DIGITS_MAX);
    let scale = scale.wrapping_sub(i64::from(count));
    let (kept, grows) = match value.cut(count) {
        Some((kept, rest)) => {
            // Half-even without a branch, which would be guessed wrong every other time: a tie
            // grows where the last digit is odd or something was lost below it.
            let breaks_tie = (kept & 1) | u128::from(sticky);
            (kept, rest.wrapping_shl(1).wrapping_add(breaks_tie) > power_of_ten(count))
        }
        None => cut_far(value, count, sticky),
    };
    rounded(negative, kept, grows, scale)
}

/// Cuts off more than 37 digits, and tells whether the last one kept grows.
#[cold]
fn cut_far(value: Wide, count: u32, sticky: bool) -> (u128, bool) {
    let (kept, tail) = value.without(count, sticky);
    (kept.low, Rounding::HalfEven.grows(false, kept.low & 1 == 1, tail))
}

/// The coefficient of 34 digits, one larger where it grows.
#[inline]
pub(super) fn rounded(negative: bool, kept: u128, grows: bool, scale: i64) -> Packed {
    let coefficient = kept.wrapping_add(grows.into());
    if coefficient == COEFFICIENT_END {
        let tenth = power_of_ten(DIGITS_MAX.wrapping_sub(1));
        return fit(negative, tenth, scale.wrapping_sub(1));
    }
    fit(negative, coefficient, scale)
}

/// Fits the scale of a coefficient of at most 34 digits.
#[inline]
pub(super) fn fit(negative: bool, coefficient: u128, scale: i64) -> Packed {
    match u32::try_from(scale) {
        Ok(scale) if scale <= SCALE_MAX && !is_multiple_of_ten(coefficient) => {
            Dec::pack(negative, coefficient, scale).into()
        }
        Ok(_) | Err(_) => fit_with_zeros(negative, coefficient, scale),
    }
}

#[inline(never)]
fn fit_with_zeros(negative: bool, coefficient: u128, scale: i64) -> Packed {
    if coefficient == 0 {
        return Dec::ZERO.into();
    }
    if scale <= 0 {
        let missing = u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX);
        if digits(coefficient).saturating_add(missing) > DIGITS_MAX {
            return Err(DecFault::Overflow).into();
        }
        let shifted = coefficient.wrapping_mul(power_of_ten(missing));
        return Dec::pack(negative, shifted, 0).into();
    }
    let (coefficient, scale) = stripped(coefficient, scale);
    match u32::try_from(scale) {
        Ok(scale) if scale <= SCALE_MAX => Dec::pack(negative, coefficient, scale).into(),
        Ok(_) | Err(_) => Err(DecFault::Underflow).into(),
    }
}

/// Whether the last digit is a zero, by one multiplication: the inverse of 5 takes the multiples
/// of 5 to their quotients, and the turn takes the odd ones of these out of range (Warren,
/// "Hacker's Delight", 10-17).
#[inline]
const fn is_multiple_of_ten(coefficient: u128) -> bool {
    const FIVE: (u32, u128, u128) = five(1);
    coefficient.wrapping_mul(FIVE.1).rotate_right(1) <= u128::MAX / 10
}

/// Removes trailing zeros behind the decimal point, in binary steps.
fn stripped(coefficient: u128, scale: i64) -> (u128, i64) {
    if let Ok(limb) = u64::try_from(coefficient) {
        let (limb, scale) = stripped_limb(limb, scale);
        return (limb.into(), scale);
    }
    let (mut coefficient, mut scale) = (coefficient, scale);
    for (step, inverse, most) in FIVES {
        // A number that is no multiple of 2^step is no multiple of 10^step: a cheap way out.
        if coefficient & 1 == 1 {
            break;
        }
        if coefficient.trailing_zeros() < step || scale < i64::from(step) {
            continue;
        }
        // Multiplying by the inverse divides where 5^step is a factor, and else gives a number
        // above every such quotient.
        let quotient = (coefficient >> step).wrapping_mul(inverse);
        if quotient <= most {
            coefficient = quotient;
            scale = scale.wrapping_sub(i64::from(step));
        }
    }
    (coefficient, scale)
}

/// The same for a coefficient of one limb.
fn stripped_limb(coefficient: u64, scale: i64) -> (u64, i64) {
    let (mut coefficient, mut scale) = (coefficient, scale);
    for (step, inverse, most) in FIVES_OF_A_LIMB {
        if coefficient & 1 == 1 {
            break;
        }
        if coefficient.trailing_zeros() < step || scale < i64::from(step) {
            continue;
        }
        let quotient = (coefficient >> step).wrapping_mul(inverse);
        if quotient <= most {
            coefficient = quotient;
            scale = scale.wrapping_sub(i64::from(step));
        }
    }
    (coefficient, scale)
}

/// For each step the inverse of 5^step modulo 2^128, and the largest multiple's quotient.
const FIVES: [(u32, u128, u128); 6] = [five(32), five(16), five(8), five(4), five(2), five(1)];

/// The same modulo 2^64.
const FIVES_OF_A_LIMB: [(u32, u64, u64); 5] = [
    five_of_a_limb(16),
    five_of_a_limb(8),
    five_of_a_limb(4),
    five_of_a_limb(2),
    five_of_a_limb(1),
];

#[expect(clippy::arithmetic_side_effects, reason = "5^32 has 75 bits; evaluated at compile time")]
const fn five(step: u32) -> (u32, u128, u128) {
    let power = 5_u128.pow(step);
    // Each step of Newton's method doubles the bits that are right; an odd number is its own
    // inverse modulo 8.
    let mut inverse = power;
    let mut right = 3;
    while right < u128::BITS {
        inverse = inverse.wrapping_mul(2_u128.wrapping_sub(power.wrapping_mul(inverse)));
        right *= 2;
    }
    (step, inverse, u128::MAX / power)
}

/// The low half of an inverse modulo 2^128 is the inverse modulo 2^64.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "5^16 has 38 bits; evaluated at compile time"
)]
const fn five_of_a_limb(step: u32) -> (u32, u64, u64) {
    let (_, inverse, _) = five(step);
    (step, inverse as u64, u64::MAX / 5_u64.pow(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiple_of_ten_is_known_by_one_multiplication() {
        let edges = [0, 1, 5, 2_u128.pow(64), 2_u128.pow(127), u128::MAX / 10 * 10, u128::MAX];
        let powers = (1..=38).map(power_of_ten);
        for value in edges.into_iter().chain(powers) {
            for near in (0..=20).map(|add| value.wrapping_sub(10).wrapping_add(add)) {
                assert_eq!(is_multiple_of_ten(near), near % 10 == 0, "{near}");
            }
        }
    }

    #[test]
    fn trailing_zeros_go_and_nothing_else_does() {
        for zeros in 0..=34_u32 {
            let shift = power_of_ten(zeros);
            for value in [1, 2, 3, 5, 8, 15, 25, 64, 999, 1024, 3125] {
                let Some(padded) = u128::checked_mul(value, shift) else { continue };
                assert_eq!(stripped(padded, 40), (value, i64::from(40 - zeros)), "{padded}");
                let left = zeros.saturating_sub(10);
                let kept = (value * power_of_ten(left), i64::from(10 - (zeros - left)));
                assert_eq!(stripped(padded, 10), kept, "{padded}, ten digits behind the point");
            }
        }
    }
}
