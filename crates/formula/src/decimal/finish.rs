//! The last step of every operation: round to 34 digits, fit the scale, bring to normal form.

use super::wide::{Wide, digits, power_of_ten};
use super::{DIGITS_MAX, Dec, DecFault, Rounding, SCALE_MAX};

impl Dec {
    /// Makes a number from sign, coefficient and scale, rounding half-even at digit 34.
    pub(super) fn from_parts(negative: bool, value: u128, scale: u32) -> Result<Self, DecFault> {
        finish(negative, Wide::from_low(value), i64::from(scale), false)
    }
}

/// Rounds `value × 10^-scale` half-even to 34 digits; `sticky` stands for a lost, non-zero part
/// below the last digit of `value`.
pub(super) fn finish(
    negative: bool,
    value: Wide,
    scale: i64,
    sticky: bool,
) -> Result<Dec, DecFault> {
    let (coefficient, scale) = if value.high == 0 && value.low < power_of_ten(DIGITS_MAX) {
        (value.low, scale)
    } else {
        shorten(negative, value, scale, sticky)
    };
    fit(negative, coefficient, scale)
}

fn shorten(negative: bool, value: Wide, scale: i64, sticky: bool) -> (u128, i64) {
    let count = value.digits().saturating_sub(DIGITS_MAX);
    let (kept, tail) = value.without(count, sticky);
    let grows = Rounding::HalfEven.grows(negative, kept.low & 1 == 1, tail);
    let coefficient = kept.low.wrapping_add(grows.into());
    let scale = scale.wrapping_sub(i64::from(count));
    if coefficient == power_of_ten(DIGITS_MAX) {
        (power_of_ten(DIGITS_MAX.wrapping_sub(1)), scale.wrapping_sub(1))
    } else {
        (coefficient, scale)
    }
}

fn fit(negative: bool, coefficient: u128, scale: i64) -> Result<Dec, DecFault> {
    if coefficient == 0 {
        return Ok(Dec::ZERO);
    }
    if scale <= 0 {
        let missing = u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX);
        if digits(coefficient).saturating_add(missing) > DIGITS_MAX {
            return Err(DecFault::Overflow);
        }
        let shifted = coefficient.wrapping_mul(power_of_ten(missing));
        return Ok(Dec::pack(negative, shifted, 0));
    }
    let (coefficient, scale) = stripped(coefficient, scale);
    match u32::try_from(scale) {
        Ok(scale) if scale <= SCALE_MAX => Ok(Dec::pack(negative, coefficient, scale)),
        Ok(_) | Err(_) => Err(DecFault::Underflow),
    }
}

/// Removes trailing zeros behind the decimal point, in binary steps.
fn stripped(coefficient: u128, scale: i64) -> (u128, i64) {
    let (mut coefficient, mut scale) = (coefficient, scale);
    let [.., (_, inverse, most)] = FIVES;
    // Nine numbers in ten end here.
    if coefficient & 1 == 1 || coefficient.wrapping_mul(inverse) > most {
        return (coefficient, scale);
    }
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

/// For each step the inverse of 5^step modulo 2^128, and the largest multiple's quotient.
const FIVES: [(u32, u128, u128); 6] = [five(32), five(16), five(8), five(4), five(2), five(1)];

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

#[cfg(test)]
mod tests {
    use super::*;

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
