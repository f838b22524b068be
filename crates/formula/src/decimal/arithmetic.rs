//! Addition, subtraction, multiplication and division.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "scales and digit counts are below 256, coefficients below 10^34"
)]

use super::finish::{finish, narrow};
use super::powers::digits;
use super::wide::Wide;
use super::{Dec, DecFault, Packed, lifted};

/// The most digits that a 256-bit integer holds for certain.
const WIDE_DIGITS: u32 = 76;

impl Dec {
    /// The sum, rounded half-even at digit 34.
    #[inline]
    pub fn checked_add(self, other: Self) -> Result<Self, DecFault> {
        let (scale, other_scale) = (self.scale(), other.scale());
        if scale == other_scale {
            // INVARIANT: two coefficients together are less than 2 × 10^34.
            return narrow(self.unscaled().wrapping_add(other.unscaled()), scale).result();
        }
        let (coarse, fine) = if scale < other_scale { (self, other) } else { (other, self) };
        add_scaled(coarse, fine).result()
    }

    /// The difference, rounded half-even at digit 34.
    #[inline]
    pub fn checked_sub(self, other: Self) -> Result<Self, DecFault> {
        self.checked_add(other.negated())
    }

    /// The product, rounded half-even at digit 34.
    #[inline]
    pub fn checked_mul(self, other: Self) -> Result<Self, DecFault> {
        let scale = self.scale().wrapping_add(other.scale());
        match (i64::try_from(self.unscaled()), i64::try_from(other.unscaled())) {
            (Ok(a), Ok(b)) => narrow(i128::from(a).wrapping_mul(b.into()), scale),
            (Ok(_) | Err(_), _) => multiply_wide(self, other, scale),
        }
        .result()
    }
}

/// Adds numbers of different scales.
#[inline(never)]
fn add_scaled(coarse: Dec, fine: Dec) -> Packed {
    if coarse.is_zero() {
        return fine.into();
    }
    let shift = fine.scale() - coarse.scale();
    match lifted(coarse.unscaled(), shift) {
        // INVARIANT: 126 bits and 34 digits together are less than 2^127.
        Some(aligned) => narrow(aligned.wrapping_add(fine.unscaled()), fine.scale()),
        None => add_wide(coarse, fine, shift),
    }
}

#[inline(never)]
fn multiply_wide(a: Dec, b: Dec, scale: u32) -> Packed {
    let negative = a.is_negative() != b.is_negative();
    let product = Wide::product(a.magnitude(), b.magnitude());
    finish(negative, product, i64::from(scale), false)
}

/// Adds numbers whose scales are far apart, in 256 bits.
#[inline(never)]
fn add_wide(coarse: Dec, fine: Dec, shift: u32) -> Packed {
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
