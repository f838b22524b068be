//! Rows of the ledger: smart assets, holdings, transfers, locks, redemptions, measures.

use crate::{
    decide_measure, list_asset_holdings, list_entries, list_locks, list_measures,
    list_own_holdings, list_smart_assets, list_transfers, lock_units, order_measure, post_transfer,
    read_lock, read_measure, read_redemption, read_smart_asset, read_transfer, redeem_units,
    release_lock, transfer_units, trigger::Trigger, void_transfer,
};
use poa_protocol::role::Role;

/// The rows.
pub const ROWS: &[Trigger] = &[
    list_smart_assets::TRIGGER,
    read_smart_asset::TRIGGER,
    list_asset_holdings::TRIGGER,
    list_entries::TRIGGER,
    transfer_units::TRIGGER,
    list_transfers::TRIGGER,
    read_transfer::TRIGGER,
    post_transfer::TRIGGER,
    void_transfer::TRIGGER,
    lock_units::TRIGGER,
    list_locks::TRIGGER,
    read_lock::TRIGGER,
    release_lock::TRIGGER,
    redeem_units::TRIGGER,
    read_redemption::TRIGGER,
    list_own_holdings::TRIGGER,
    order_measure::TRIGGER,
    decide_measure::TRIGGER,
    read_measure::TRIGGER,
    list_measures::TRIGGER,
];

/// Who moves units of its own party.
pub const HOLDERS: &[Role] =
    &[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll];
