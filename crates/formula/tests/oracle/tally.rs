//! What was compared with libdecnumber: how many pairs, how many of them at the edges, and where
//! the two differ.

use dec::{Context, Decimal128};
use poa_formula::{Dec, DecFault};

/// A result this large, in digits before the point, lies near the overflow.
const NEAR_OVERFLOW: i32 = 33;

/// A result with so many digits behind the point lies near the underflow.
const NEAR_UNDERFLOW: i32 = 90;

/// How many differences are told in full.
const TOLD: usize = 5;

/// The pairs of one operation.
#[derive(Default)]
pub(crate) struct Tally {
    /// Pairs that have a result.
    pub(crate) pairs: u64,
    /// Pairs for which both sides have none.
    pub(crate) refused: u64,
    /// Results with 33 digits or more before the point, overflows among them.
    pub(crate) large: u64,
    /// Results with 90 digits or more behind the point, underflows among them.
    pub(crate) small: u64,
    /// Numbers that lie exactly between two others of the grid that they are rounded to.
    pub(crate) ties: u64,
    /// Pairs that are not the same on both sides.
    pub(crate) mismatches: u64,
    told: Vec<String>,
}

impl Tally {
    /// Notes a result of this kernel and whether libdecnumber says the same.
    pub(crate) fn note(
        &mut self,
        result: &Result<Dec, DecFault>,
        equal: bool,
        told: impl FnOnce() -> String,
    ) {
        match result {
            Ok(value) => {
                self.pairs += 1;
                let scale = i32::try_from(value.scale()).unwrap();
                let digits = value.unscaled().unsigned_abs().checked_ilog10();
                let digits = digits.map_or(0, |digits| i32::try_from(digits).unwrap() + 1);
                self.large += u64::from(digits - scale >= NEAR_OVERFLOW);
                self.small += u64::from(scale >= NEAR_UNDERFLOW);
            }
            Err(fault) => {
                self.refused += 1;
                self.large += u64::from(*fault == DecFault::Overflow);
                self.small += u64::from(*fault == DecFault::Underflow);
            }
        }
        self.expect(equal, told);
    }

    /// Notes a difference, if there is one.
    pub(crate) fn expect(&mut self, equal: bool, told: impl FnOnce() -> String) {
        self.mismatches += u64::from(!equal);
        if !equal && self.told.len() < TOLD {
            self.told.push(told());
        }
    }

    /// Panics with the first differences, if there is any.
    pub(crate) fn settle(&self) {
        assert!(self.mismatches == 0, "{} differ: {:#?}", self.mismatches, self.told);
    }

    /// The head of the summary.
    pub(crate) fn head() -> String {
        format!(
            "{:<12}{:>12}{:>12}{:>14}{:>14}{:>14}{:>12}",
            "operation", "pairs", "mismatches", "both refuse", "33+ digits", "90+ places", "ties"
        )
    }

    /// A line of the summary.
    pub(crate) fn line(&self, name: &str) -> String {
        let Self { pairs, mismatches, refused, large, small, ties, .. } = self;
        format!(
            "{name:<12}{pairs:>12}{mismatches:>12}{refused:>14}{large:>14}{small:>14}{ties:>12}"
        )
    }
}

/// The decimal128 result as coefficient and scale, or `None` where this kernel cannot hold it.
pub(crate) fn expected(result: Decimal128) -> Option<(i128, u32)> {
    let mut context = Context::<Decimal128>::default();
    let reduced = context.reduce(result);
    if !reduced.is_finite() {
        return None;
    }
    if reduced.is_zero() {
        return Some((0, 0));
    }
    let (exponent, digits) = (reduced.exponent(), reduced.digits() as i32);
    if exponent < -96 || (exponent > 0 && digits + exponent > 34) {
        return None;
    }
    let power = 10_i128.pow(exponent.max(0) as u32);
    Some((reduced.coefficient() * power, (-exponent).max(0) as u32))
}
