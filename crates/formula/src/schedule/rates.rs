//! The interest of a period, and the payment of an annuity.

use super::day_count::DayCount;
use super::fault::ScheduleFault;
use crate::date::Date;
use crate::decimal::Dec;

/// Periods of one cycle have few lengths (28 to 31 days, 89 to 92): their last three bits differ.
const SLOTS: usize = 8;

/// An interest rate and the periods that were met last.
pub(super) struct Rates {
    rate: Dec,
    convention: DayCount,
    known: [Period; SLOTS],
}

/// A period of a length, as the numerator of its part of a year.
#[derive(Clone, Copy)]
struct Period {
    numerator: i64,
    /// The interest on one unit of principal.
    interest: Dec,
    /// What one unit grows to.
    factor: Dec,
}

/// The factors of several periods, multiplied as late and as seldom as possible.
struct Growth {
    product: Dec,
    counted: [(Dec, i128); SLOTS],
}

impl Rates {
    pub(super) const fn new(rate: Dec, convention: DayCount) -> Self {
        let nothing = Period { numerator: 0, interest: Dec::ZERO, factor: Dec::ONE };
        Self { rate, convention, known: [nothing; SLOTS] }
    }

    pub(super) const fn rate(&self) -> Dec {
        self.rate
    }

    /// The position of a date, as periods are measured by.
    pub(super) fn position(&self, date: Date) -> i64 {
        self.convention.position(date)
    }

    /// The interest on one unit of principal between two positions.
    #[inline]
    pub(super) fn period(&mut self, from: i64, to: i64) -> Result<Dec, ScheduleFault> {
        let (_, period) = self.lookup(from, to)?;
        Ok(period.interest)
    }

    /// The period between two positions and its slot.
    #[inline]
    fn lookup(&mut self, from: i64, to: i64) -> Result<(usize, &Period), ScheduleFault> {
        let numerator = to.saturating_sub(from);
        let slot = usize::try_from(numerator & 7).unwrap_or_default();
        if self.known.get(slot).is_none_or(|period| period.numerator != numerator) {
            self.calculate(slot, numerator)?;
        }
        self.known.get(slot).map(|period| (slot, period)).ok_or(ScheduleFault::Date)
    }

    #[inline(never)]
    fn calculate(&mut self, slot: usize, numerator: i64) -> Result<(), ScheduleFault> {
        let year = self.rate.checked_mul(Dec::from_i128(numerator.into())?)?;
        let denominator = Dec::from_i128(self.convention.denominator().into())?;
        let interest = year.checked_div(denominator)?;
        if let Some(place) = self.known.get_mut(slot) {
            *place = Period { numerator, interest, factor: Dec::ONE.checked_add(interest)? };
        }
        Ok(())
    }

    /// The equal payment that redeems the notional and what has accrued, from `now` on and on the
    /// given dates: function A of ACTUS, as one pass of products, so that a payment needs neither
    /// a power nor a division.
    pub(super) fn annuity(
        &mut self,
        notional: Dec,
        accrued: Dec,
        (now, payments): (i64, &[Date]),
    ) -> Result<Dec, ScheduleFault> {
        let debt = notional.checked_add(accrued)?;
        let Some((first, others)) = payments.split_first() else { return Ok(debt) };
        let mut growth = Growth { product: Dec::ONE, counted: [(Dec::ONE, 0); SLOTS] };
        let first = self.position(*first);
        let (mut annuities, mut last) = (Dec::ONE, first);
        for date in others {
            let position = self.position(*date);
            let (slot, period) = self.lookup(last, position)?;
            let factor = period.factor;
            growth.grow(slot, factor)?;
            annuities = annuities.checked_mul(factor)?.checked_add(Dec::ONE)?;
            last = position;
        }
        let due = debt.checked_add(notional.checked_mul(self.period(now, first)?)?)?;
        Ok(due.checked_mul(growth.total()?)?.checked_div(annuities)?)
    }
}

impl Growth {
    fn grow(&mut self, slot: usize, factor: Dec) -> Result<(), ScheduleFault> {
        if let Some((counted, count)) = self.counted.get_mut(slot)
            && (*counted == factor || *count == 0)
        {
            *counted = factor;
            *count = count.saturating_add(1);
        } else {
            self.product = self.product.checked_mul(factor)?;
        }
        Ok(())
    }

    fn total(self) -> Result<Dec, ScheduleFault> {
        let mut total = self.product;
        for (factor, count) in self.counted {
            // A rate of -100 % makes a factor zero, whose power of zero is not defined.
            if count > 0 {
                total = total.checked_mul(factor.checked_pow(count)?)?;
            }
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_period_is_that_of_its_length() {
        for convention in DayCount::ALL {
            let mut rates = Rates::new("0.08".parse().unwrap(), convention);
            for length in (0..800).chain((0..800).rev()) {
                let fresh = Rates::new(rates.rate(), convention).period(9, 9 + length).unwrap();
                assert_eq!(rates.period(9, 9 + length).unwrap(), fresh, "{convention} {length}");
            }
        }
    }
}
