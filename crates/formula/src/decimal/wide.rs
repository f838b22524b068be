//! Unsigned integers of 256 bits: just enough for the product of two coefficients.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "limb arithmetic: every carry is handled, every index is bounded by its table"
)]

const POWERS: [u128; 39] = powers();
const WIDE_POWERS: [Wide; 78] = wide_powers();
const LOW: u128 = u64::MAX as u128;

/// The largest power of ten that one 64-bit limb can hold.
const CHUNK: u32 = 19;

/// An unsigned integer of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    pub(super) high: u128,
    pub(super) low: u128,
}

/// What was cut off below the last digit kept, compared with one half of that digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    Exact,
    BelowHalf,
    Half,
    AboveHalf,
}

/// 10^exponent, for exponents up to 38.
pub(super) const fn power_of_ten(exponent: u32) -> u128 {
    POWERS[exponent as usize]
}

/// How many decimal digits a value has; zero has one.
pub(super) fn digits(value: u128) -> u32 {
    value.checked_ilog10().unwrap_or(0) + 1
}

impl Wide {
    pub(super) const fn from_low(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The full product of two 128-bit integers.
    pub(super) const fn product(a: u128, b: u128) -> Self {
        let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
        let low = a0 * b0;
        let (middle, carry) = (a1 * b0).overflowing_add(a0 * b1);
        let (low, low_carry) = low.overflowing_add(middle << 64);
        let high = a1 * b1 + (middle >> 64) + ((carry as u128) << 64) + low_carry as u128;
        Self { high, low }
    }

    /// How many decimal digits the value has.
    pub(super) fn digits(self) -> u32 {
        if self.high == 0 {
            return digits(self.low);
        }
        // 1233 / 4096 is log10(2) rounded down: the estimate is right or one short.
        let bits = 256 - self.high.leading_zeros();
        let estimate = (bits * 1233) >> 12;
        if self.at_least(WIDE_POWERS[estimate as usize]) { estimate + 1 } else { estimate }
    }

    const fn at_least(self, other: Self) -> bool {
        self.high > other.high || (self.high == other.high && self.low >= other.low)
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + carry as u128, low }
    }

    /// The difference; the other value must not be larger.
    pub(super) const fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - borrow as u128, low }
    }

    pub(super) fn is_below(self, other: Self) -> bool {
        !self.at_least(other)
    }

    /// value × 10^shift; value and result must fit (together at most 76 digits).
    pub(super) fn shifted(value: u128, shift: u32) -> Self {
        if shift < 39 {
            return Self::product(value, power_of_ten(shift));
        }
        let power = WIDE_POWERS[shift as usize];
        let low = Self::product(value, power.low);
        Self { high: low.high + value * power.high, low: low.low }
    }

    /// Cuts off the last `count` digits and tells what they were; `sticky` stands for a part
    /// below them that was lost before and was not zero.
    pub(super) fn without(self, count: u32, sticky: bool) -> (Self, Tail) {
        let (mut value, mut sticky, mut rest) = (self, sticky, count);
        while rest > CHUNK {
            let (quotient, remainder) = value.divided_by_limb(power_of_ten(CHUNK) as u64);
            value = quotient;
            sticky |= remainder != 0;
            rest -= CHUNK;
        }
        if rest == 0 {
            return (value, if sticky { Tail::BelowHalf } else { Tail::Exact });
        }
        let divisor = power_of_ten(rest) as u64;
        let (quotient, remainder) = value.divided_by_limb(divisor);
        let half = divisor / 2;
        let tail = match remainder.cmp(&half) {
            std::cmp::Ordering::Greater => Tail::AboveHalf,
            std::cmp::Ordering::Equal if sticky => Tail::AboveHalf,
            std::cmp::Ordering::Equal => Tail::Half,
            std::cmp::Ordering::Less if remainder == 0 && !sticky => Tail::Exact,
            std::cmp::Ordering::Less => Tail::BelowHalf,
        };
        (quotient, tail)
    }

    fn divided_by_limb(self, divisor: u64) -> (Self, u64) {
        let wide = u128::from(divisor);
        if self.high == 0 {
            return (Self::from_low(self.low / wide), (self.low % wide) as u64);
        }
        let limbs = [self.high >> 64, self.high & LOW, self.low >> 64, self.low & LOW];
        let mut quotient = [0_u128; 4];
        let mut remainder = 0_u128;
        for (limb, out) in limbs.into_iter().zip(&mut quotient) {
            let part = (remainder << 64) | limb;
            *out = part / wide;
            remainder = part % wide;
        }
        let [q3, q2, q1, q0] = quotient;
        (Self { high: (q3 << 64) | q2, low: (q1 << 64) | q0 }, remainder as u64)
    }

    /// Quotient and whether something remains; the quotient must fit in 128 bits, that is
    /// `self.high < divisor` (Knuth, algorithm D, with 64-bit digits).
    pub(super) fn divided_by(self, divisor: u128) -> (u128, bool) {
        if self.high == 0 {
            return (self.low / divisor, !self.low.is_multiple_of(divisor));
        }
        let shift = divisor.leading_zeros();
        let d = divisor << shift;
        let top =
            if shift == 0 { self.high } else { (self.high << shift) | (self.low >> (128 - shift)) };
        let low = self.low << shift;
        let (q1, rest) = quotient_digit(top, low >> 64, d);
        let (q0, rest) = quotient_digit(rest, low & LOW, d);
        ((q1 << 64) | q0, rest != 0)
    }
}

/// One 64-bit digit of a quotient and the remainder that goes on to the next.
fn quotient_digit(top: u128, next: u128, divisor: u128) -> (u128, u128) {
    let (d1, d0) = (divisor >> 64, divisor & LOW);
    let mut digit = top / d1;
    let mut rest = top % d1;
    while digit > LOW || digit * d0 > ((rest << 64) | next) {
        digit -= 1;
        rest += d1;
        if rest > LOW {
            break;
        }
    }
    let remainder = (top << 64).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, remainder)
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

const fn wide_powers() -> [Wide; 78] {
    let mut table = [Wide { high: 0, low: 1 }; 78];
    let mut i = 1;
    while i < table.len() {
        let low = Wide::product(table[i - 1].low, 10);
        table[i] = Wide { high: low.high + table[i - 1].high * 10, low: low.low };
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_at_each_power_of_ten() {
        for exponent in 1..77_u32 {
            let power = WIDE_POWERS[exponent as usize];
            assert_eq!(power.digits(), exponent + 1);
            assert_eq!(power.minus(Wide::from_low(1)).digits(), exponent);
        }
    }

    #[test]
    fn a_product_divided_by_a_factor_gives_the_other() {
        let (a, b) = (u128::MAX / 7, u128::MAX / 3);
        assert_eq!(Wide::product(a, b).divided_by(b), (a, false));
        assert_eq!(Wide::product(a, b).plus(Wide::from_low(1)).divided_by(b), (a, true));
    }

    #[test]
    fn what_is_cut_off_is_compared_with_one_half() {
        let value = |text: &str| Wide::from_low(text.parse().unwrap());
        let cases = [
            ("12500000000000000000000", 21, false, "12", Tail::Half),
            ("12500000000000000000000", 21, true, "12", Tail::AboveHalf),
            ("12499999999999999999999", 21, true, "12", Tail::BelowHalf),
            ("12000000000000000000000", 21, false, "12", Tail::Exact),
            ("12000000000000000000000", 21, true, "12", Tail::BelowHalf),
            ("12500000000000000000001", 21, false, "12", Tail::AboveHalf),
            ("5", 1, false, "0", Tail::Half),
            ("7", 60, false, "0", Tail::BelowHalf),
        ];
        for (text, count, sticky, kept, tail) in cases {
            assert_eq!(value(text).without(count, sticky), (value(kept), tail), "{text}");
        }
    }
}
