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
    /// Its place in the order in which values came into the book.
    #[serde(default)]
    pub place: u64,
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
        let last = self.requests.values().map(|one| one.place).max().unwrap_or_default();
        let place = last.saturating_add(1);
        let fresh = Reservation { value, standing: Standing::Reserved, place };
        match self.requests.get_mut(id) {
            Some(held) if held.standing != Standing::Reserved => return None,
            Some(held) if held.value == value => {}
            Some(held) => *held = fresh,
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

    /// What counts for a request: how many came into the book up to it, and their value in its
    /// currency.
    ///
    /// INVARIANT: those that come after it do not count, or two at once would each be refused for
    /// the other; and another value is a new place, so that the sum of what passes stays below a
    /// limit.
    #[must_use]
    pub fn used(&self, by: &TokenizationId) -> Option<Used> {
        let Reservation { value: own, place, .. } = *self.requests.get(by)?;
        let before = |one: &&Reservation| one.standing != Standing::Released && one.place <= place;
        let counting = self.requests.values().filter(before);
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
    use super::{ClientDay, Reservation, Standing};
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
        let used = |book: &ClientDay, number| {
            let used = book.used(&id(number)).unwrap();
            (used.requests, used.value)
        };
        assert_eq!(used(&book, 1), (1, Some(euro(100))), "what came later counts not");
        assert_eq!(used(&book, 2), (3, Some(euro(160))), "another value comes last");
        assert_eq!(used(&book, 3), (2, None));
        let again = book.clone().reserve(&id(1), Some(euro(100))).unwrap();
        assert_eq!(again, book, "the same again keeps its place");
        let book = book.resolve(&id(1), Standing::Kept).unwrap();
        assert_eq!(used(&book, 2), (3, Some(euro(160))));
        let book = book.resolve(&id(3), Standing::Released).unwrap();
        assert_eq!(used(&book, 2), (2, Some(euro(160))));
        assert_eq!(book.used(&id(9)), None);
    }

    #[test]
    fn a_book_of_before_has_no_places_and_counts_everything() {
        let old = r#"{"requests":{}}"#;
        let mut book: ClientDay = serde_json::from_str(old).unwrap();
        for number in [1, 2] {
            let kept = Reservation { value: Some(euro(10)), standing: Standing::Kept, place: 0 };
            book.requests.insert(id(number), kept);
        }
        let book = book.reserve(&id(3), Some(euro(5))).unwrap();
        assert_eq!(book.used(&id(3)).unwrap().value, Some(euro(25)));
        assert_eq!(book.used(&id(1)).unwrap().value, Some(euro(20)));
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
        /// Each request reserves its value and is decided some time later; others come between.
        #[test]
        fn what_passes_stays_below_the_limit_and_the_first_is_never_refused_for_a_later_one(
            steps in prop::collection::vec((0_u64..6, 0_u8..3, 1_i64..60), 0..60),
        ) {
            const LIMIT: i64 = 100;
            let mut book = ClientDay::default();
            let mut passed = std::collections::BTreeSet::new();
            for (number, verb, amount) in steps {
                if verb == 0 {
                    let released = |one: &Reservation| one.standing == Standing::Released;
                    let empty = book.requests.values().all(released);
                    let Some(after) = book.clone().reserve(&id(number), Some(euro(amount))) else {
                        continue;
                    };
                    if after != book {
                        passed.remove(&number);
                    }
                    book = after;
                    let used = book.used(&id(number)).unwrap().value.unwrap();
                    prop_assert!(!empty || used == euro(amount));
                    continue;
                }
                let held = book.requests.get(&id(number));
                if held.is_some_and(|one| one.standing == Standing::Reserved) {
                    let used = book.used(&id(number)).unwrap().value.unwrap();
                    if used.amount <= euro(LIMIT).amount && verb == 1 {
                        passed.insert(number);
                    } else {
                        passed.remove(&number);
                        book = book.resolve(&id(number), Standing::Released).unwrap();
                    }
                }
                let sum = passed.iter().map(|one| book.requests[&id(*one)].value.unwrap().amount);
                let sum = sum.fold(euro(0).amount, |sum, more| sum.checked_add(more).unwrap());
                prop_assert!(sum <= euro(LIMIT).amount, "{passed:?} {book:?}");
            }
        }

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
