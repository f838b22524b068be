//! Division: as many digits as are kept, and what remains decides the rounding.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "digit counts are below 256, coefficients below 10^34"
)]

use super::finish::{fit, rounded};
use super::powers::{digits, limb_digits, power_of_ten, power_up_to_19};
use super::wide::Wide;
use super::{DIGITS_MAX, Dec, DecFault, Packed};

/// The most digits that one step of a division by a limb gives.
const STEP_DIGITS: u32 = 17;

impl Dec {
    /// The quotient, rounded half-even at digit 34.
    #[inline]
    pub fn checked_div(self, other: Self) -> Result<Self, DecFault> {
        divide(self, other).result()
    }
}

fn divide(dividend: Dec, divisor: Dec) -> Packed {
    if divisor.is_zero() {
        return Err(DecFault::DivisionByZero).into();
    }
    if dividend.is_zero() {
        return Dec::ZERO.into();
    }
    let negative = dividend.is_negative() != divisor.is_negative();
    let scale = i64::from(dividend.scale()) - i64::from(divisor.scale());
    let (a, b) = (dividend.magnitude(), divisor.magnitude());
    // With a bit to spare, twice a remainder still fits.
    match i64::try_from(b) {
        Ok(limb) => divide_by_limb(negative, a, limb.unsigned_abs(), scale),
        Err(_) => divide_by_wide(negative, a, b, scale),
    }
}

/// Divides by at most 63 bits: the whole part first, then two steps of digits behind the point.
#[inline]
fn divide_by_limb(negative: bool, a: u128, b: u64, scale: i64) -> Packed {
    let zeros = limb_digits(b) - 1;
    if b == power(zeros) {
        return fit(negative, a, scale + i64::from(zeros));
    }
    let (whole, rest, scale, wanted) = match u64::try_from(a) {
        Ok(a) if a < b => {
            let (lifted, zeros) = below(a, b);
            (0, lifted, scale + i64::from(zeros), DIGITS_MAX)
        }
        Ok(a) => {
            let (whole, rest) = (a / b, a % b);
            (whole.into(), rest, scale, DIGITS_MAX - limb_digits(whole))
        }
        Err(_) => {
            let (whole, rest) = parts(a, b);
            (whole, rest, scale, DIGITS_MAX - digits(whole))
        }
    };
    if rest == 0 {
        return fit(negative, whole, scale);
    }
    let first = wanted.min(STEP_DIGITS);
    let (next, rest) = step(rest, first, b);
    let coefficient = whole.wrapping_mul(power(first).into()).wrapping_add(next);
    if rest == 0 {
        return fit(negative, coefficient, scale + i64::from(first));
    }
    let second = wanted - first;
    let (next, rest) = step(rest, second, b);
    let coefficient = coefficient.wrapping_mul(power(second).into()).wrapping_add(next);
    // Half-even without a branch, which would be guessed wrong every other time.
    let grows = rest.wrapping_shl(1).wrapping_add(limb(coefficient & 1)) > b;
    rounded(negative, coefficient, grows, scale + i64::from(wanted))
}

/// For a number below the divisor: the number × 10^zeros, with as many zeros as follow the point
/// of the quotient.
#[inline]
fn below(a: u64, b: u64) -> (u64, u32) {
    let longer = limb_digits(b) - limb_digits(a);
    // INVARIANT: as many digits as the divisor has are less than 2^64.
    let lifted = |zeros: u32| a.wrapping_mul(power(zeros));
    let zeros = longer - u32::from(lifted(longer) >= b);
    (lifted(zeros), zeros)
}

/// 10^exponent of at most 18.
#[inline]
fn power(exponent: u32) -> u64 {
    power_up_to_19(exponent).unwrap_or_default()
}

/// The next `count` digits of a quotient, and what remains.
#[inline]
fn step(rest: u64, count: u32, b: u64) -> (u128, u64) {
    parts(u128::from(rest).wrapping_mul(power(count).into()), b)
}

/// Quotient and remainder.
#[inline]
fn parts(a: u128, b: u64) -> (u128, u64) {
    let quotient = a / u128::from(b);
    // INVARIANT: the remainder is below the divisor, so its low half is all of it.
    (quotient, limb(a).wrapping_sub(limb(quotient).wrapping_mul(b)))
}

/// The low half.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the low half is meant"
)]
const fn limb(value: u128) -> u64 {
    value as u64
}

/// Divides by a coefficient of more than 63 bits.
#[inline(never)]
fn divide_by_wide(negative: bool, a: u128, b: u128, scale: i64) -> Packed {
    let (a_digits, b_digits) = (digits(a), digits(b));
    if b == power_of_ten(b_digits - 1) {
        return fit(negative, a, scale + i64::from(b_digits - 1));
    }
    // With their first digits at one place, the smaller one is at most the larger one's length.
    let a_aligned = a.wrapping_mul(power_of_ten(b_digits.saturating_sub(a_digits)));
    let b_aligned = b.wrapping_mul(power_of_ten(a_digits.saturating_sub(b_digits)));
    let kept = DIGITS_MAX - 1 + b_digits + u32::from(a_aligned < b_aligned) - a_digits;
    let (quotient, rest) = Wide::shifted(a, kept).divided_by(b);
    let grows = rest.wrapping_shl(1).wrapping_add(quotient & 1) > b;
    rounded(negative, quotient, grows, scale + i64::from(kept))
}
