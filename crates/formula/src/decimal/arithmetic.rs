//! Addition, subtraction, multiplication and division.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "scales and digit counts are below 256, coefficients below 10^34"
)]

use super::finish::finish;
use super::wide::{Wide, digits, power_of_ten};
use super::{DIGITS_MAX, Dec, DecFault};

/// The most digits that a 256-bit integer holds for certain.
const WIDE_DIGITS: u32 = 76;

/// The most digits that a 128-bit integer holds for certain.
const NARROW_DIGITS: u32 = 38;

impl Dec {
    /// The sum, rounded half-even at digit 34.
    pub fn checked_add(self, other: Self) -> Result<Self, DecFault> {
        if other.is_zero() {
            return Ok(self);
        }
        if self.is_zero() {
            return Ok(other);
        }
        if self.scale() == other.scale() {
            return add_aligned(self, other, self.magnitude(), other.magnitude());
        }
        let (coarse, fine) =
            if self.scale() < other.scale() { (self, other) } else { (other, self) };
        let shift = fine.scale() - coarse.scale();
        if digits(coarse.magnitude()) + shift <= NARROW_DIGITS {
            let shifted = coarse.magnitude().wrapping_mul(power_of_ten(shift));
            return add_aligned(coarse, fine, shifted, fine.magnitude());
        }
        add_wide(coarse, fine, shift)
    }

    /// The difference, rounded half-even at digit 34.
    pub fn checked_sub(self, other: Self) -> Result<Self, DecFault> {
        self.checked_add(other.negated())
    }

    /// The product, rounded half-even at digit 34.
    pub fn checked_mul(self, other: Self) -> Result<Self, DecFault> {
        let negative = self.is_negative() != other.is_negative();
        let scale = i64::from(self.scale() + other.scale());
        let (a, b) = (self.magnitude(), other.magnitude());
        let product = match (u64::try_from(a), u64::try_from(b)) {
            (Ok(a), Ok(b)) => Wide::from_low(u128::from(a).wrapping_mul(b.into())),
            (Ok(_) | Err(_), _) => Wide::product(a, b),
        };
        finish(negative, product, scale, false)
    }

    /// The quotient, rounded half-even at digit 34.
    pub fn checked_div(self, other: Self) -> Result<Self, DecFault> {
        if other.is_zero() {
            return Err(DecFault::DivisionByZero);
        }
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        let negative = self.is_negative() != other.is_negative();
        let scale = i64::from(self.scale()) - i64::from(other.scale());
        let (a, b) = (self.magnitude(), other.magnitude());
        // One digit more than is kept, and whether anything lies below it, decide the rounding.
        let kept = DIGITS_MAX + 1 + digits(b) - digits(a);
        if let Ok(limb) = u64::try_from(b) {
            let (quotient, rest) = Wide::shifted(a, kept).divided_by_limb(limb);
            return finish(negative, quotient, scale + i64::from(kept), rest != 0);
        }
        // Many quotients end early; a division of 128 bits finds that out.
        let shift = NARROW_DIGITS - digits(a);
        let numerator = a * power_of_ten(shift);
        if numerator.is_multiple_of(b) {
            let quotient = Wide::from_low(numerator / b);
            return finish(negative, quotient, scale + i64::from(shift), false);
        }
        let (quotient, rest) = Wide::shifted(a, kept).divided_by(b);
        finish(negative, Wide::from_low(quotient), scale + i64::from(kept), rest)
    }
}

/// Adds two coefficients of one scale; the scale and the signs are those of `fine` and `coarse`.
fn add_aligned(coarse: Dec, fine: Dec, a: u128, b: u128) -> Result<Dec, DecFault> {
    let scale = i64::from(fine.scale());
    if coarse.is_negative() == fine.is_negative() {
        return finish(fine.is_negative(), Wide::from_low(a + b), scale, false);
    }
    if a >= b {
        finish(coarse.is_negative(), Wide::from_low(a - b), scale, false)
    } else {
        finish(fine.is_negative(), Wide::from_low(b - a), scale, false)
    }
}

/// Adds numbers whose scales are far apart, in 256 bits.
fn add_wide(coarse: Dec, fine: Dec, shift: u32) -> Result<Dec, DecFault> {
    let room = WIDE_DIGITS - digits(coarse.magnitude());
    let up = shift.min(room);
    let a = Wide::shifted(coarse.magnitude(), up);
    // What does not fit lies at least 40 digits below the last one kept: only its being there
    // can matter, and only for a tie.
    let (b, tail) = Wide::from_low(fine.magnitude()).without(shift - up, false);
    let lost = tail != super::wide::Tail::Exact;
    let scale = i64::from(coarse.scale() + up);
    if coarse.is_negative() == fine.is_negative() {
        return finish(coarse.is_negative(), a.plus(b), scale, lost);
    }
    if a.is_below(b) {
        return finish(fine.is_negative(), b.minus(a), scale, false);
    }
    let difference = a.minus(b);
    let difference = if lost { difference.minus(Wide::from_low(1)) } else { difference };
    finish(coarse.is_negative(), difference, scale, lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn results_are_those_of_decimal128() {
        assert_eq!(dec("0.1").checked_add(dec("0.2")).unwrap(), dec("0.3"));
        let third = Dec::ONE.checked_div(dec("3")).unwrap();
        assert_eq!(third.to_string(), format!("0.{}", "3".repeat(34)));
        assert_eq!(
            third.checked_mul(dec("3")).unwrap().to_string(),
            format!("0.{}", "9".repeat(34))
        );
        let most = dec(&"9".repeat(34));
        assert_eq!(most.checked_add(dec("0.4")).unwrap(), most);
        assert_eq!(most.checked_add(dec("0.5")), Err(DecFault::Overflow));
        assert_eq!(most.checked_sub(dec("0.00000001")).unwrap(), most);
    }

    #[test]
    fn what_cannot_be_held_is_a_fault() {
        let tiny = dec(&format!("0.{}1", "0".repeat(95)));
        assert_eq!(tiny.checked_mul(dec("0.1")), Err(DecFault::Underflow));
        assert_eq!(tiny.checked_mul(dec("10")).unwrap().scale(), 95);
        assert_eq!(Dec::ONE.checked_div(Dec::ZERO), Err(DecFault::DivisionByZero));
        assert_eq!(Dec::ZERO.checked_div(Dec::ZERO), Err(DecFault::DivisionByZero));
        assert_eq!(Dec::ONE.checked_div(tiny), Err(DecFault::Overflow));
    }

    #[test]
    fn a_far_smaller_number_still_breaks_a_tie() {
        let base = dec(&format!("1{}", "0".repeat(33)));
        let tiny = dec(&format!("0.{}1", "0".repeat(95)));
        assert_eq!(base.checked_add(dec("0.5")).unwrap(), base);
        let above = dec("0.5000000000000000000000000000000001");
        assert_eq!(base.checked_add(above).unwrap(), base.checked_add(Dec::ONE).unwrap());
        assert_eq!(base.checked_sub(tiny).unwrap(), base);
    }
}
