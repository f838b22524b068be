//! A number or a fault in the two registers that a call can return.

use super::{Dec, DecFault, SCALE_BITS};

/// What a call answers: a number, or a fault with up to two details.
///
/// A `Result` of a number has 32 bytes and goes through memory, in halves that the processor
/// cannot forward to the whole; an integer of 128 bits comes back in registers.
///
/// INVARIANT: a scale is below 128, so the highest bit of its byte tells a fault; the rest of the
/// byte is the code of the fault, the details follow.
#[derive(Clone, Copy)]
pub(crate) struct Packed(i128);

/// The code of a fault and its details.
pub(crate) type Details = (u8, u32, u32);

const FAULT: u8 = 0x80;

impl Packed {
    /// A fault; its code is below 128.
    #[cold]
    pub(crate) fn fault((code, first, second): Details) -> Self {
        let details = (u64::from(second) << 32) | u64::from(first);
        Self((i128::from(details) << SCALE_BITS) | i128::from(FAULT | code))
    }

    /// The number or the fault.
    #[inline]
    pub(crate) fn unpacked(self) -> Result<Dec, Details> {
        let [tag, ..] = self.0.to_le_bytes();
        if tag < FAULT { Ok(Dec(self.0)) } else { Err(self.details()) }
    }

    #[cold]
    fn details(self) -> Details {
        let [tag, ..] = self.0.to_le_bytes();
        let details = u64::try_from(self.0 >> SCALE_BITS).unwrap_or_default();
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
        (tag & !FAULT, half(details), half(details >> 32))
    }

    /// The result of a calculation.
    #[inline]
    pub(super) fn result(self) -> Result<Dec, DecFault> {
        self.unpacked().map_err(|(code, ..)| DecFault::from_code(code))
    }
}

impl From<Dec> for Packed {
    #[inline]
    fn from(number: Dec) -> Self {
        Self(number.0)
    }
}

impl From<Result<Dec, DecFault>> for Packed {
    #[inline]
    fn from(result: Result<Dec, DecFault>) -> Self {
        match result {
            Ok(number) => number.into(),
            Err(fault) => Self::fault((fault.code(), 0, 0)),
        }
    }
}

impl DecFault {
    /// All faults, each at the place of its code.
    pub(crate) const ALL: [Self; 7] = [
        Self::Overflow,
        Self::Underflow,
        Self::DivisionByZero,
        Self::Undefined,
        Self::NotInteger,
        Self::Syntax,
        Self::TooManyDigits,
    ];

    /// The number that stands for the fault where it is packed.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Overflow => 0,
            Self::Underflow => 1,
            Self::DivisionByZero => 2,
            Self::Undefined => 3,
            Self::NotInteger => 4,
            Self::Syntax => 5,
            Self::TooManyDigits => 6,
        }
    }

    #[cold]
    fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Undefined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        for text in ["0", "-1", "0.5", &format!("-0.{}1", "0".repeat(95)), &"9".repeat(34)] {
            let number: Dec = text.parse().unwrap();
            assert_eq!(Packed::from(number).result(), Ok(number));
        }
        for fault in DecFault::ALL {
            assert_eq!(Packed::from(Err(fault)).result(), Err(fault));
        }
        for details in [(0, 0, 0), (127, u32::MAX, 1), (9, 1, u32::MAX)] {
            assert_eq!(Packed::fault(details).unpacked(), Err(details));
        }
    }
}
