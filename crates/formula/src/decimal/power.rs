//! Whole-number powers, calculated with 38 digits and rounded once to 34.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "exponents stay below 10^8, coefficients below 10^38"
)]

use super::finish::finish;
use super::powers::{digits, power_of_ten};
use super::wide::Wide;
use super::{Dec, DecFault, EXPONENT_MAX, Rounding};

/// Digits carried between the steps: four more than a result keeps.
const WORKING_DIGITS: u32 = 38;

/// A factor under way: `coefficient × 10^exponent`.
#[derive(Clone, Copy)]
struct Working {
    coefficient: u128,
    exponent: i64,
}

impl Dec {
    /// The number to a whole power.
    ///
    /// The result is exact where 34 digits can hold it, and otherwise lies within one unit of the
    /// last of its 34 digits. Zero to the power of zero is not defined; an exponent beyond
    /// ±100 000 is refused.
    pub fn checked_pow(self, exponent: i128) -> Result<Self, DecFault> {
        let count = exponent.unsigned_abs();
        if count > EXPONENT_MAX.unsigned_abs() || (self.is_zero() && exponent == 0) {
            return Err(DecFault::Undefined);
        }
        if self.is_zero() {
            return if exponent < 0 { Err(DecFault::DivisionByZero) } else { Ok(Self::ZERO) };
        }
        let negative = self.is_negative() && count & 1 == 1;
        let base = Working { coefficient: self.magnitude(), exponent: -i64::from(self.scale()) };
        let power = base.raised(count);
        if exponent >= 0 {
            return finish(negative, Wide::from_low(power.coefficient), -power.exponent, false)
                .result();
        }
        let shift = WORKING_DIGITS - 1 + digits(power.coefficient);
        let (quotient, rest) = Wide::shifted(1, shift).divided_by(power.coefficient);
        finish(negative, Wide::from_low(quotient), i64::from(shift) + power.exponent, rest != 0)
            .result()
    }

    /// The number to the power of another number, which must be whole.
    pub fn pow_int(self, exponent: Self) -> Result<Self, DecFault> {
        self.checked_pow(exponent.to_i128()?)
    }
}

impl Working {
    fn raised(self, count: u128) -> Self {
        let mut result = Self { coefficient: 1, exponent: 0 };
        let (mut square, mut rest) = (self, count);
        while rest > 0 {
            if rest & 1 == 1 {
                result = result.times(square);
            }
            rest >>= 1;
            if rest > 0 {
                square = square.times(square);
            }
        }
        result
    }

    fn times(self, other: Self) -> Self {
        let product = Wide::product(self.coefficient, other.coefficient);
        let exponent = self.exponent + other.exponent;
        if product.high == 0 && product.low < power_of_ten(WORKING_DIGITS) {
            return Self { coefficient: product.low, exponent };
        }
        let count = product.digits() - WORKING_DIGITS;
        let (kept, tail) = product.without(count, false);
        let grows = Rounding::HalfEven.grows(false, kept.low & 1 == 1, tail);
        // At most 10^38, which still fits; the next step shortens it again.
        Self { coefficient: kept.low + u128::from(grows), exponent: exponent + i64::from(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(base: &str, exponent: i128) -> Result<String, DecFault> {
        base.parse::<Dec>().unwrap().checked_pow(exponent).map(|result| result.to_string())
    }

    #[test]
    fn exact_powers_are_exact() {
        assert_eq!(power("2", 10), Ok("1024".to_owned()));
        assert_eq!(power("2", -3), Ok("0.125".to_owned()));
        assert_eq!(power("-1.5", 3), Ok("-3.375".to_owned()));
        assert_eq!(power("10", 33), Ok(format!("1{}", "0".repeat(33))));
        assert_eq!(power("7", 0), Ok("1".to_owned()));
    }

    #[test]
    fn powers_without_a_result_are_faults() {
        assert_eq!(power("0", 0), Err(DecFault::Undefined));
        assert_eq!(power("0", -1), Err(DecFault::DivisionByZero));
        assert_eq!(power("10", 34), Err(DecFault::Overflow));
        assert_eq!(power("10", -97), Err(DecFault::Underflow));
        assert_eq!(power("1", EXPONENT_MAX), Ok("1".to_owned()));
        assert_eq!(power("1", EXPONENT_MAX + 1), Err(DecFault::Undefined));
        assert_eq!(power("1", -EXPONENT_MAX - 1), Err(DecFault::Undefined));
        assert_eq!(power("9.9", EXPONENT_MAX), Err(DecFault::Overflow));
        assert_eq!(Dec::ONE.pow_int("0.5".parse().unwrap()), Err(DecFault::NotInteger));
    }
}
