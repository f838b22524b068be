//! The rules of instances: places, regimes, moves, and that nobody approves what they made.

use super::{
    Attestors, Beginning, Instance, InstanceState, NewInstance, Overlay, is_jurisdiction, is_regime,
};
use crate::{
    caller::Person,
    ids::{InstanceId, PartyId},
    partition::product_home,
    product::{AssetClass, NewProduct, Product, ProductState},
    side::Side,
    timestamp::Timestamp,
};
use proptest::prelude::*;
use ulid::Ulid;

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn person(number: u8) -> Person {
    Person { tenant: "t".to_owned(), object: format!("o{number}") }
}

fn product(state: ProductState) -> Product {
    let order = NewProduct {
        code: "gold".parse().unwrap(),
        name: "Gold".to_owned(),
        asset_class: AssetClass::Commodity,
        cfi: "T*****".parse().unwrap(),
        regime: None,
    };
    let owner = PartyId::of_lei("529900POATEST0000158");
    Product { state, ..Product::create(order, owner).unwrap() }
}

fn id(number: u64) -> InstanceId {
    InstanceId::new(Ulid::from_parts(number, 0), &product_home("gold"))
}

fn order() -> NewInstance {
    NewInstance {
        version: "1.0.0".parse().unwrap(),
        source: String::new(),
        jurisdiction: "DE".to_owned(),
        regime: "DE-eWpG".to_owned(),
        rule_set: None,
        currency: "EUR".to_owned(),
        sides: [Side::Originator].into(),
        effective_from: None,
        effective_until: None,
        approvals_required: 0,
        attestors: Attestors::default(),
        data_placement: [].into(),
        supersedes: None,
        impact_bound: None,
    }
}

fn overlay() -> Overlay {
    Overlay {
        title: "Gold in Germany".to_owned(),
        jurisdiction: "DE".to_owned(),
        currency: Some("EUR".to_owned()),
        formula_hash: "sha256:0".to_owned(),
        attributes: ["grams".to_owned()].into(),
        needs_verifier: false,
        needs_auditor: false,
    }
}

fn draft(order: NewInstance, overlay: &Overlay) -> Result<Instance, Vec<String>> {
    let product = product(ProductState::Listed);
    let beginning = Beginning { id: id(1), product, rule_set: None, maker: person(1), now: now() };
    Instance::draft(order, overlay, beginning)
        .map_err(|refusal| refusal.faults.into_iter().map(|fault| fault.pointer).collect())
}

fn at(state: InstanceState) -> Instance {
    Instance { state, ..draft(order(), &overlay()).unwrap() }
}

#[test]
fn jurisdictions_are_those_of_iso_3166() {
    for text in ["SG", "US-NY", "FR-2A", "GB-ENG", "CH-ZH"] {
        assert!(is_jurisdiction(text), "{text}");
    }
    for text in ["", "ZZ", "sg", "US-", "US-ny", "US-NYCC", "US-N-Y", "USA", "US NY"] {
        assert!(!is_jurisdiction(text), "{text}");
    }
}

#[test]
fn regimes_have_an_area_and_a_name() {
    let longest = format!("EU-{}", "x".repeat(40));
    for text in ["EU-2017/2402", "DE-eWpG", "CH-DLT", "US-RegD-506c", "SG-1.2", &longest] {
        assert!(is_regime(text), "{text}");
    }
    for text in ["", "DE", "DE-", "de-eWpG", "DEU-x", "DE--x", "DE-a b", &format!("{longest}x")] {
        assert!(!is_regime(text), "{text}");
    }
}

#[test]
fn a_draft_names_everything_that_does_not_fit() {
    let wrong = NewInstance {
        jurisdiction: "Germany".to_owned(),
        regime: "eWpG".to_owned(),
        currency: "USD".to_owned(),
        sides: [].into(),
        effective_until: Some(now()),
        approvals_required: 3,
        data_placement: [("a/b~c".to_owned(), super::Placement::Bank)].into(),
        ..order()
    };
    let demanding = Overlay { needs_verifier: true, needs_auditor: true, ..overlay() };
    let expected = [
        "/jurisdiction",
        "/jurisdiction",
        "/regime",
        "/currency",
        "/effective_until",
        "/sides",
        "/approvals_required",
        "/attestors/verifier",
        "/attestors/auditor",
        "/data_placement/a~1b~0c",
    ];
    assert_eq!(draft(wrong, &demanding).unwrap_err(), expected);
    let unpriced = Overlay { currency: None, ..overlay() };
    assert_eq!(draft(order(), &unpriced).unwrap_err(), ["/currency"]);
}

#[test]
fn approvals_are_none_to_two() {
    for approvals_required in 0..=2 {
        let order = NewInstance { approvals_required, ..order() };
        assert!(draft(order, &overlay()).is_ok());
    }
}

#[test]
fn instances_move_only_where_they_lead() {
    use InstanceState::{Active, Approved, Draft, Retired, Suspended};
    for from in InstanceState::ALL.iter().copied() {
        assert_eq!(at(from).approve(&person(2)).is_ok(), from == Draft);
        let activated = at(from).activate(&product(ProductState::Listed), None, now());
        assert_eq!(activated.is_ok(), matches!(from, Approved | Suspended));
        assert_eq!(at(from).suspend().is_ok(), from == Active);
        assert_eq!(at(from).retire().is_ok(), from != Retired);
    }
}

#[test]
fn an_activation_is_refused_in_this_order() {
    let over = |instance: Instance| Instance { effective_until: Some(now()), ..instance };
    let older = |state, by: Option<u64>| {
        Some(Instance { id: id(9), superseded_by: by.map(id), ..at(state) })
    };
    let check = |instance: Instance, state, older: Option<Instance>, expected: Option<&str>| {
        let activated = instance.activate(&product(state), older, now());
        assert_eq!(activated.err().map(|refusal| refusal.code), expected);
    };
    let taken = older(InstanceState::Superseded, Some(8));
    let approved = at(InstanceState::Approved);
    check(
        over(at(InstanceState::Draft)),
        ProductState::Draft,
        taken.clone(),
        Some("instance.no-move"),
    );
    check(over(approved.clone()), ProductState::Draft, taken.clone(), Some("catalog.not-listed"));
    check(over(approved.clone()), ProductState::Delisted, taken.clone(), Some("catalog.delisted"));
    let listed = ProductState::Listed;
    check(over(approved.clone()), listed, taken.clone(), Some("instance.over"));
    check(approved.clone(), listed, taken.clone(), Some("instance.already-superseded"));
    let never = older(InstanceState::Approved, None);
    check(approved.clone(), listed, never, Some("instance.nothing-to-supersede"));
    check(approved.clone(), listed, older(InstanceState::Suspended, None), None);
    check(approved, listed, older(InstanceState::Retired, None), None);
    check(at(InstanceState::Suspended), listed, taken, None);
}

#[test]
fn a_country_serves_its_parts_and_a_part_serves_itself() {
    let of = |jurisdiction: &str| Instance {
        jurisdiction: jurisdiction.to_owned(),
        ..at(InstanceState::Active)
    };
    for (has, asked, expected) in [
        ("DE", "DE", true),
        ("DE", "DE-BY", true),
        ("DE-BY", "DE-BY", true),
        ("DE-BY", "DE", false),
        ("DE-BY", "DE-BE", false),
        ("DE", "SG", false),
    ] {
        assert_eq!(of(has).serves(asked), expected, "{has} for {asked}");
    }
    assert_eq!(of("US-NY").country(), "US");
}

proptest! {
    #[test]
    fn nobody_approves_what_they_made(steps in prop::collection::vec((0_u8..4, 0_u8..3), 0..30)) {
        let mut instance = draft(order(), &overlay()).unwrap();
        for (step, number) in steps {
            let before = instance.clone();
            let listed = product(ProductState::Listed);
            instance = match step {
                0 => instance.approve(&person(number)).unwrap_or(before),
                1 => instance.activate(&listed, None, now()).map_or(before, |(active, _)| active),
                2 => instance.suspend().unwrap_or(before),
                _ => before,
            };
        }
        prop_assert!(instance.approver.as_ref() != Some(&instance.maker));
        // Whatever takes requests was approved by somebody else.
        let live = matches!(instance.state, InstanceState::Active | InstanceState::Suspended);
        prop_assert!(!live || instance.approver.is_some());
    }
}
