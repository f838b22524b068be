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
    for step in [32_u32, 16, 8, 4, 2, 1] {
        // A number that is no multiple of 2^step is no multiple of 10^step: a cheap way out.
        if coefficient & 1 == 1 {
            break;
        }
        if coefficient.trailing_zeros() < step || scale < i64::from(step) {
            continue;
        }
        let (quotient, remainder) = divided(coefficient, power_of_ten(step));
        if remainder == 0 {
            coefficient = quotient;
            scale = scale.wrapping_sub(i64::from(step));
        }
    }
    (coefficient, scale)
}

fn divided(value: u128, divisor: u128) -> (u128, u128) {
    match (u64::try_from(value), u64::try_from(divisor)) {
        (Ok(value), Ok(divisor)) => (
            value.checked_div(divisor).unwrap_or_default().into(),
            value.checked_rem(divisor).unwrap_or_default().into(),
        ),
        (Ok(_) | Err(_), _) => (
            value.checked_div(divisor).unwrap_or_default(),
            value.checked_rem(divisor).unwrap_or_default(),
        ),
    }
}
