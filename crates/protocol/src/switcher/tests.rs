//! The order of the Instance Switcher: a table of its precedence and properties over random lists.

use super::{Alternative, ranked};
use crate::{ids::InstanceId, partition::product_home};
use poa_formula::{Dec, Money, Outcome};
use proptest::prelude::*;
use ulid::Ulid;

fn alternative(
    id: u64,
    outcome: Outcome,
    rank: Option<&str>,
    value: Option<(&str, &str)>,
) -> Alternative {
    Alternative {
        instance: InstanceId::new(Ulid::from_parts(id, 0), &product_home("loan")),
        product: "loan".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        title: String::new(),
        jurisdiction: "DE".to_owned(),
        regime: "DE-eWpG".to_owned(),
        outcome,
        rank: rank.map(|rank| rank.parse::<Dec>().unwrap()),
        value: value.map(|(amount, currency)| Money::parse(amount, currency).unwrap()),
        reasons: Vec::new(),
        faults: Vec::new(),
        unused: Vec::new(),
    }
}

#[test]
fn alternatives_stand_in_this_order() {
    use Outcome::{Eligible, Error, Incomplete, Rejected};
    let expected = vec![
        alternative(9, Eligible, Some("2"), Some(("1.00", "USD"))),
        alternative(8, Eligible, Some("1"), Some(("900.00", "EUR"))),
        alternative(7, Eligible, Some("1"), Some(("5.00", "EUR"))),
        alternative(6, Eligible, Some("1"), Some(("1000.00", "SGD"))),
        alternative(5, Eligible, Some("1"), None),
        alternative(4, Eligible, None, Some(("9999.00", "EUR"))),
        alternative(2, Eligible, None, Some(("1.00", "EUR"))),
        alternative(3, Eligible, None, Some(("1.00", "EUR"))),
        alternative(1, Incomplete, Some("9"), Some(("9999.00", "EUR"))),
        alternative(0, Rejected, Some("9"), Some(("9999.00", "EUR"))),
        alternative(10, Error, Some("9"), Some(("9999.00", "EUR"))),
    ];
    let mut shuffled = expected.clone();
    shuffled.reverse();
    shuffled.rotate_left(4);
    assert_eq!(ranked(shuffled), expected);
}

fn any_alternative() -> impl Strategy<Value = Alternative> {
    let outcome = prop_oneof![
        Just(Outcome::Eligible),
        Just(Outcome::Incomplete),
        Just(Outcome::Rejected),
        Just(Outcome::Error),
    ];
    let rank = proptest::option::of(prop_oneof![Just("1"), Just("1.0"), Just("-2"), Just("0.5")]);
    let currency = prop_oneof![Just("EUR"), Just("USD"), Just("SGD")];
    let value = proptest::option::of((0_u8..4, currency));
    (0_u64..6, outcome, rank, value).prop_map(|(id, outcome, rank, value)| {
        let amount = value.map(|(amount, currency)| (format!("{amount}.00"), currency));
        let value = amount.as_ref().map(|(amount, currency)| (amount.as_str(), *currency));
        alternative(id, outcome, rank, value)
    })
}

proptest! {
    #[test]
    fn the_order_does_not_depend_on_where_an_alternative_stood(
        list in prop::collection::vec(any_alternative(), 0..12),
        turn in 0_usize..12,
    ) {
        let mut turned = list.clone();
        turned.rotate_left(turn.min(list.len()));
        turned.reverse();
        let key = |list: Vec<Alternative>| -> Vec<_> {
            // Alternatives that differ in nothing that is compared may change places.
            list.into_iter().map(|a| (a.outcome, a.rank, a.value, a.instance)).collect()
        };
        prop_assert_eq!(key(ranked(turned)), key(ranked(list)));
    }

    #[test]
    fn who_takes_the_request_stands_before_everybody_else(
        list in prop::collection::vec(any_alternative(), 0..12),
    ) {
        let ranked = ranked(list);
        let eligible = ranked.iter().filter(|a| a.outcome == Outcome::Eligible).count();
        prop_assert!(ranked.iter().take(eligible).all(|a| a.outcome == Outcome::Eligible));
    }

    #[test]
    fn comparison_is_a_total_order(
        (a, b, c) in (any_alternative(), any_alternative(), any_alternative()),
    ) {
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
        if a.compare(&b).is_le() && b.compare(&c).is_le() {
            prop_assert!(a.compare(&c).is_le());
        }
    }
}
