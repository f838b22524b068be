//! What a bank brings for one end client on one day: a reservation for each request, resolved
//! exactly once.

use crate::{contour::Used, ids::TokenizationId, limits};
use poa_formula::{Dec, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The book of one day of one end client. The day is that on which a request was received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDay {
    /// Its requests.
    pub requests: BTreeMap<TokenizationId, Reservation>,
}

/// One request in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// What the thing was worth; absent where the program could not say.
    pub value: Option<Money>,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The request is on its way: it counts.
    Reserved,
    /// Its smart asset was issued: it counts for good.
    Kept,
    /// It ended without one: it counts no longer.
    Released,
}

impl ClientDay {
    /// The book with a request reserved, or with another value of one that is reserved already.
    /// Nothing where the book is full, or the request has come to its end.
    #[must_use]
    pub fn reserve(mut self, id: &TokenizationId, value: Option<Money>) -> Option<Self> {
        let full = self.requests.len() >= limits::CLIENT_DAY_REQUESTS_MAX;
        let fresh = Reservation { value, standing: Standing::Reserved };
        match self.requests.get_mut(id) {
            Some(held) if held.standing == Standing::Reserved => *held = fresh,
            Some(_) => return None,
            None if full => return None,
            None => drop(self.requests.insert(id.clone(), fresh)),
        }
        Some(self)
    }

    /// The book with a request resolved. Nothing where it holds no reservation of it.
    ///
    /// INVARIANT: a reservation is resolved once; what is resolved never changes.
    #[must_use]
    pub fn resolve(mut self, id: &TokenizationId, to: Standing) -> Option<Self> {
        let held = self.requests.get_mut(id)?;
        if held.standing != Standing::Reserved {
            return None;
        }
        held.standing = to;
        Some(self)
    }

    /// What counts: how many requests, and their value in the currency of one of them.
    #[must_use]
    pub fn used(&self, by: &TokenizationId) -> Option<Used> {
        let own = self.requests.get(by)?.value;
        let counting = self.requests.values().filter(|one| one.standing != Standing::Released);
        let requests = u64::try_from(counting.clone().count()).unwrap_or(u64::MAX);
        let same = counting.filter_map(|one| one.value);
        let same = same.filter(|value| own.is_some_and(|own| own.currency == value.currency));
        let sum = same
            .map(|value| value.amount)
            .try_fold(Dec::ZERO, |sum, more| sum.checked_add(more).ok());
        Some(Used::of(requests, sum, own))
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientDay, Standing};
    use crate::{
        ids::{Home, TokenizationId},
        limits,
    };
    use poa_formula::Money;
    use proptest::prelude::*;
    use ulid::Ulid;

    fn id(number: u64) -> TokenizationId {
        TokenizationId::new(Ulid::from_parts(number, 0), &Home::of(&["client"]))
    }

    fn euro(amount: i64) -> Money {
        Money::parse(&format!("{amount}.00"), "EUR").unwrap()
    }

    #[test]
    fn what_is_on_its_way_or_issued_counts_and_what_ended_does_not() {
        let book = ClientDay::default();
        let book =
            book.reserve(&id(1), Some(euro(100))).unwrap().reserve(&id(2), Some(euro(50))).unwrap();
        let book = book.reserve(&id(3), None).unwrap().reserve(&id(2), Some(euro(60))).unwrap();
        let used = book.used(&id(1)).unwrap();
        assert_eq!((used.requests, used.value), (3, Some(euro(160))));
        assert_eq!(book.used(&id(3)).unwrap().value, None);
        let book = book.resolve(&id(1), Standing::Kept).unwrap();
        let book = book.resolve(&id(2), Standing::Released).unwrap();
        let used = book.used(&id(1)).unwrap();
        assert_eq!((used.requests, used.value), (2, Some(euro(100))));
        assert_eq!(book.used(&id(9)), None);
    }

    #[test]
    fn a_book_has_its_limit_and_no_more() {
        let mut book = ClientDay::default();
        let most = u64::try_from(limits::CLIENT_DAY_REQUESTS_MAX).unwrap();
        for number in 0..most {
            book = book.reserve(&id(number), None).unwrap();
        }
        assert_eq!(book.clone().reserve(&id(most), None), None);
        assert!(book.reserve(&id(0), Some(euro(1))).is_some(), "one that is there can change");
    }

    proptest! {
        #[test]
        fn a_reservation_is_resolved_exactly_once(
            steps in prop::collection::vec((0_u64..4, 0_u8..3, 0_i64..1_000), 0..40),
        ) {
            let mut book = ClientDay::default();
            let mut resolved = std::collections::BTreeMap::new();
            for (number, verb, amount) in steps {
                let after = match verb {
                    0 => book.clone().reserve(&id(number), Some(euro(amount))),
                    1 => book.clone().resolve(&id(number), Standing::Kept),
                    _ => book.clone().resolve(&id(number), Standing::Released),
                };
                let Some(after) = after else { continue };
                let reservation = after.requests[&id(number)];
                prop_assert!(!resolved.contains_key(&number), "what is resolved never changes");
                if reservation.standing != Standing::Reserved {
                    resolved.insert(number, reservation);
                }
                book = after;
            }
            for (number, reservation) in resolved {
                prop_assert_eq!(book.requests[&id(number)], reservation);
            }
        }
    }
}
