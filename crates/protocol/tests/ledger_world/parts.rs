//! Parties, ids and smart assets for tests of the ledger.

use poa_formula::Money;
use poa_protocol::{
    ids::{AssetId, Home, InstanceId, LockId, PartyId, RedemptionId, TokenizationId, TransferId},
    ledger::{NewAsset, NewLock, NewRedemption, NewTransfer, Units},
    side::Side,
    timestamp::Timestamp,
};
use ulid::Ulid;

pub fn home() -> Home {
    Home::of(&["a thing"])
}

pub fn party(number: usize) -> PartyId {
    PartyId::of_lei(&format!("LEI {number}"))
}

pub fn units(count: i128) -> Units {
    Units::new(count).unwrap()
}

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn new_asset(count: Units, value: &str) -> NewAsset {
    let product = Home::of(&["product", "a product"]);
    NewAsset {
        id: AssetId::new(Ulid::from_parts(1, 1), &home()),
        party: party(0),
        instance: InstanceId::new(Ulid::from_parts(1, 2), &product),
        tokenization: TokenizationId::new(Ulid::from_parts(1, 3), &home()),
        effective_hash: "sha256:00".to_owned(),
        side: Side::Originator,
        decimals: 2,
        units: count,
        value: Money::parse(value, "EUR").unwrap(),
        at: at(0),
    }
}

pub fn new_transfer(number: u128, count: i128, now: i64) -> NewTransfer {
    let id = TransferId::new(Ulid::from_parts(2, number), &home());
    NewTransfer { id, units: units(count), at: at(now) }
}

pub fn new_lock(number: u128, count: i128) -> NewLock {
    let id = LockId::new(Ulid::from_parts(3, number), &home());
    NewLock { id, units: units(count), reason: "a commitment".to_owned(), at: at(0) }
}

pub fn new_redemption(number: u128, count: i128) -> NewRedemption {
    let id = RedemptionId::new(Ulid::from_parts(4, number), &home());
    NewRedemption { id, units: units(count), at: at(0) }
}
