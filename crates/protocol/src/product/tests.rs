//! The rules of products, as tables in order of precedence.

use super::{InstanceMark, NewProduct, Product, ProductState, Shelf, VersionMark};
use crate::{
    ids::{InstanceId, PartyId},
    instance::InstanceState,
    limits,
    partition::product_home,
    version::{VersionNumber, VersionState},
};
use ulid::Ulid;

fn number(text: &str) -> VersionNumber {
    text.parse().unwrap()
}

fn instance(n: u64) -> InstanceId {
    InstanceId::new(Ulid::from_parts(n, 0), &product_home("gold"))
}

fn order(name: &str) -> NewProduct {
    NewProduct {
        code: "gold".parse().unwrap(),
        name: name.to_owned(),
        asset_class: super::AssetClass::Commodity,
        cfi: "T*****".parse().unwrap(),
        regime: None,
    }
}

fn shelf(state: ProductState) -> Shelf {
    let owner = PartyId::of_lei("529900POATEST0000158");
    Shelf::new(Product { state, ..Product::create(order("Gold"), owner).unwrap() })
}

fn with_version(mut shelf: Shelf, text: &str, published: bool) -> Shelf {
    let state = if published { VersionState::Published } else { VersionState::Draft };
    let mark = VersionMark { state, published, title: None, content_hash: None, revision: 1 };
    shelf.versions.insert(number(text), mark);
    shelf
}

fn with_instance(mut shelf: Shelf, n: u64, state: InstanceState) -> Shelf {
    shelf.instances.insert(instance(n), InstanceMark { state, version: number("1.0.0") });
    shelf
}

#[test]
fn a_name_is_a_text_within_its_limit() {
    let owner = PartyId::of_lei("529900POATEST0000158");
    let create = |name: &str| Product::create(order(name), owner.clone()).is_ok();
    assert!(create(&"n".repeat(limits::NAME_BYTES_MAX)));
    for name in ["", " Gold", "Go\nld", &"n".repeat(limits::NAME_BYTES_MAX + 1)] {
        assert!(!create(name), "{name}");
    }
}

#[test]
fn products_move_only_forward_and_not_away_from_live_instances() {
    use ProductState::{Delisted, Draft, Listed};
    let check = |shelf: Shelf, to, expected: Option<&str>| {
        let moved = shelf.move_to(to);
        assert_eq!(moved.err().map(|refusal| refusal.code()), expected);
    };
    for (from, to) in [
        (Draft, Draft),
        (Draft, Delisted),
        (Listed, Draft),
        (Listed, Listed),
        (Delisted, Draft),
        (Delisted, Listed),
        (Delisted, Delisted),
    ] {
        let live = with_instance(shelf(from), 1, InstanceState::Active);
        check(live, to, Some("catalog.no-product-move"));
    }
    check(shelf(Draft), Listed, None);
    for (state, expected) in [
        (InstanceState::Active, Some("catalog.product-in-use")),
        (InstanceState::Suspended, Some("catalog.product-in-use")),
        (InstanceState::Draft, None),
        (InstanceState::Approved, None),
        (InstanceState::Superseded, None),
        (InstanceState::Retired, None),
    ] {
        check(with_instance(shelf(Listed), 1, state), Delisted, expected);
    }
}

#[test]
fn a_new_version_is_refused_in_this_order() {
    let check = |shelf: &Shelf, text: &str, expected: Option<&str>| {
        let taken = shelf.takes_version(number(text));
        assert_eq!(taken.err().map(|refusal| refusal.code()), expected, "{text}");
    };
    let full = |state| {
        (0..limits::VERSIONS_PER_PRODUCT_MAX)
            .fold(shelf(state), |shelf, n| with_version(shelf, &format!("1.{n}.0"), n == 7))
    };
    check(&full(ProductState::Delisted), "1.0.0", Some("catalog.delisted"));
    check(&full(ProductState::Listed), "1.0.0", Some("catalog.number-taken"));
    check(&full(ProductState::Listed), "0.1.0", Some("catalog.too-many-versions"));
    let mut room = full(ProductState::Listed);
    room.versions.remove(&number("1.199.0"));
    check(&room, "1.6.1", Some("catalog.number-too-low"));
    check(&room, "1.7.1", None);
    check(&shelf(ProductState::Draft), "0.0.0", None);
}

#[test]
fn a_new_instance_is_refused_in_this_order() {
    let check = |shelf: &Shelf, supersedes: Option<u64>, expected: Option<&str>| {
        let older = supersedes.map(instance);
        let taken = shelf.takes_instance(older.as_ref());
        assert_eq!(taken.err().map(|refusal| refusal.code), expected);
    };
    let filled = |state, count: usize| {
        (0..u64::try_from(count).unwrap())
            .fold(shelf(state), |shelf, n| with_instance(shelf, n, InstanceState::Retired))
    };
    let max = limits::INSTANCES_PER_PRODUCT_MAX;
    check(&filled(ProductState::Delisted, max), Some(9_999), Some("catalog.delisted"));
    check(&filled(ProductState::Listed, max), Some(9_999), Some("instance.too-many"));
    check(&filled(ProductState::Listed, max - 1), Some(9_999), Some("instance.supersedes-other"));
    check(&filled(ProductState::Listed, max - 1), Some(3), None);
    check(&filled(ProductState::Draft, 0), None, None);
}

#[test]
fn a_version_is_released_when_none_of_its_instances_is_live() {
    let shelf = with_instance(shelf(ProductState::Listed), 1, InstanceState::Suspended);
    let refusal = shelf.releases_version(number("1.0.0")).unwrap_err();
    assert_eq!(refusal.code(), "catalog.version-in-use");
    assert!(shelf.releases_version(number("1.0.1")).is_ok());
}
