//! The ledger, rule by rule: what each allows, what it refuses, and with which words.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![expect(unreachable_pub, reason = "parts for tests")]

#[path = "ledger_world/parts.rs"]
mod parts;

use parts::{at, new_asset, new_lock, new_redemption, new_transfer, party, units};
use poa_protocol::{
    ledger::{
        Account, Asset, AssetState, Bucket, Cause, EntryKind, Issued, LedgerRefusal, Leg,
        LockState, Moved, Transfer, TransferState, Units, expire, issue, lock, pend, post, redeem,
        transfer, unlock, void,
    },
    limits,
};

const DAY: i64 = 86_400_000;

fn issued(count: i128, value: &str) -> Issued {
    issue(new_asset(units(count), value)).unwrap()
}

fn code<T: std::fmt::Debug>(outcome: Result<T, LedgerRefusal>) -> &'static str {
    outcome.unwrap_err().code()
}

fn parts_of(account: &Account) -> (i128, i128, i128) {
    (account.available.count(), account.locked.count(), account.pending.count())
}

fn other(asset: &Asset) -> Account {
    Account::empty(&asset.id, &party(1))
}

fn pended(count: i128) -> (Asset, Moved) {
    let Issued { asset, account, .. } = issued(100, "50.00");
    let moved = pend(&asset, &account, &other(&asset), new_transfer(1, count, 0), at(DAY)).unwrap();
    (asset, moved)
}

#[test]
fn an_issue_gives_all_units_to_the_party_that_brought_the_thing() {
    let Issued { asset, account, entry } = issued(100, "50.00");
    assert_eq!(parts_of(&account), (100, 0, 0));
    assert_eq!(
        (asset.issued, asset.redeemed, asset.state),
        (units(100), Units::ZERO, AssetState::Active)
    );
    assert_eq!((entry.kind, entry.about.as_str()), (EntryKind::Issue, asset.tokenization.as_str()));
    assert_eq!(entry.postings.first().unwrap().debit, Leg::ISSUANCE);
}

#[test]
fn an_issue_needs_units_and_value_and_few_enough_decimals() {
    assert_eq!(code(issue(new_asset(Units::ZERO, "1"))), "ledger.no-units");
    assert_eq!(code(issue(new_asset(units(1), "0"))), "ledger.no-value");
    assert_eq!(code(issue(new_asset(units(1), "-0.01"))), "ledger.no-value");
    assert!(issue(new_asset(Units::MAX, "0.01")).is_ok(), "the most units");
    let most = limits::UNIT_DECIMALS_MAX;
    let with =
        |decimals| issue(poa_protocol::ledger::NewAsset { decimals, ..new_asset(units(1), "1") });
    assert!(with(most).is_ok());
    assert_eq!(code(with(most.saturating_add(1))), "ledger.too-many-decimals");
    let whole = 10_i128.checked_pow(u32::from(most));
    assert!(whole.is_some(), "one whole fits into the units");
    assert_eq!(whole.and_then(|whole| whole.checked_mul(10)), None, "and not one decimal more");
}

#[test]
fn a_transfer_moves_available_units_and_leaves_the_sum_alone() {
    let Issued { asset, account, .. } = issued(100, "50.00");
    let moved = transfer(&asset, &account, &other(&asset), new_transfer(1, 30, 5)).unwrap();
    assert_eq!((parts_of(&moved.from), parts_of(&moved.to)), ((70, 0, 0), (30, 0, 0)));
    assert_eq!(moved.transfer.state, TransferState::Done);
    assert_eq!(moved.entry.kind, EntryKind::Transfer);
    let all = transfer(&asset, &account, &other(&asset), new_transfer(1, 100, 5)).unwrap();
    assert_eq!(parts_of(&all.from), (0, 0, 0), "the last unit may go");
}

#[test]
fn a_transfer_is_refused_in_this_order() {
    let Issued { asset, account, .. } = issued(100, "50.00");
    let to = other(&asset);
    let state = |state| Asset { state, ..asset.clone() };
    let send = |asset: &Asset, to: &Account, count| {
        code(transfer(asset, &account, to, new_transfer(1, count, 0)))
    };
    assert_eq!(send(&state(AssetState::Frozen), &account, 0), "ledger.frozen");
    assert_eq!(send(&state(AssetState::Redeemed), &account, 0), "ledger.redeemed");
    let mut strange = asset.clone();
    strange.id = poa_protocol::ids::AssetId::new(ulid::Ulid::from_parts(9, 9), &parts::home());
    assert_eq!(send(&strange, &account, 0), "ledger.other-account");
    assert_eq!(send(&asset, &account, 0), "ledger.self-transfer");
    assert_eq!(send(&asset, &to, 0), "ledger.no-units");
    assert_eq!(send(&asset, &to, 101), "ledger.overdraft");
    let full = Account { available: Units::MAX, ..to };
    assert_eq!(send(&asset, &full, 1), "ledger.overflow");
    let spread = Account { locked: Units::MAX, ..other(&asset) };
    assert_eq!(send(&asset, &spread, 1), "ledger.overflow");
}

#[test]
fn an_overdraft_says_what_is_available() {
    let Issued { asset, account, .. } = issued(100, "50.00");
    let locked = lock(&asset, &account, new_lock(1, 60)).unwrap().account;
    let refusal = transfer(&asset, &locked, &other(&asset), new_transfer(1, 41, 0)).unwrap_err();
    assert_eq!(
        refusal,
        LedgerRefusal::Overdraft { wanted: units(41), held: units(40), bucket: Bucket::Available }
    );
    assert_eq!(refusal.to_string(), "`41` units are asked for and `40` are available");
}

#[test]
fn a_pending_transfer_sets_units_aside_until_its_time() {
    let (_, moved) = pended(30);
    assert_eq!((parts_of(&moved.from), parts_of(&moved.to)), ((70, 0, 30), (0, 0, 0)));
    assert_eq!(moved.transfer.state, TransferState::Pending { expires_at: at(DAY) });
    let Issued { asset, account, .. } = issued(100, "50.00");
    let longest = limits::PENDING_TRANSFER_DAYS_MAX.saturating_mul(DAY);
    for (now, expires_at, allowed) in [
        (10, 10, false),
        (10, 11, true),
        (10, 9, false),
        (10, longest.saturating_add(10), true),
        (10, longest.saturating_add(11), false),
    ] {
        let to = other(&asset);
        let outcome = pend(&asset, &account, &to, new_transfer(1, 1, now), at(expires_at));
        assert_eq!(outcome.is_ok(), allowed, "{expires_at}");
    }
}

#[test]
fn a_post_completes_and_a_void_gives_back() {
    let (asset, moved) = pended(30);
    let Moved { from, to, transfer, .. } = moved;
    let posted = post(&asset, &from, &to, transfer.clone(), at(DAY - 1)).unwrap();
    assert_eq!((parts_of(&posted.from), parts_of(&posted.to)), ((70, 0, 0), (30, 0, 0)));
    for cause in [Cause::Withdrawn, Cause::Declined] {
        let voided = void(&from, &to, transfer.clone(), at(5), cause).unwrap();
        assert_eq!((parts_of(&voided.from), parts_of(&voided.to)), ((100, 0, 0), (0, 0, 0)));
        assert_eq!(voided.entry.cause, Some(cause));
        assert_eq!(voided.transfer.state, TransferState::Voided { at: at(5), cause });
    }
}

#[test]
fn from_its_time_on_a_pending_transfer_expires_and_cannot_be_posted() {
    let (asset, Moved { from, to, transfer, .. }) = pended(30);
    assert_eq!(code(expire(&from, &to, transfer.clone(), at(DAY - 1))), "ledger.not-yet-expired");
    let late = post(&asset, &from, &to, transfer.clone(), at(DAY));
    assert_eq!(code(late), "ledger.transfer-expired");
    let expired = expire(&from, &to, transfer.clone(), at(DAY)).unwrap();
    assert_eq!(parts_of(&expired.from), (100, 0, 0));
    assert_eq!(expired.entry.cause, Some(Cause::Expired));
    assert!(void(&from, &to, transfer, at(DAY), Cause::Withdrawn).is_ok(), "units go back anyway");
}

type Resolve = fn(&Asset, &Account, &Account, Transfer) -> &'static str;

#[test]
fn a_transfer_resolves_once() {
    let (asset, Moved { from, to, transfer, .. }) = pended(30);
    let posted = post(&asset, &from, &to, transfer.clone(), at(1)).unwrap();
    let voided = void(&from, &to, transfer, at(1), Cause::Declined).unwrap();
    for Moved { from, to, transfer, .. } in [posted, voided] {
        let again: [Resolve; 3] = [
            |asset, from, to, transfer| code(post(asset, from, to, transfer, at(2))),
            |_, from, to, transfer| code(void(from, to, transfer, at(2), Cause::Declined)),
            |_, from, to, transfer| code(expire(from, to, transfer, at(DAY))),
        ];
        for resolve in again {
            let refused = resolve(&asset, &from, &to, transfer.clone());
            assert_eq!(refused, "ledger.already-resolved");
        }
    }
    let Issued { asset, account, .. } = issued(100, "50.00");
    let done = send_one(&asset, &account, &other(&asset)).unwrap();
    let refused = post(&asset, &done.from, &done.to, done.transfer.clone(), at(1));
    assert_eq!(code(refused), "ledger.already-resolved");
}

#[test]
fn a_frozen_asset_only_gives_units_back_to_their_holder() {
    let (asset, Moved { from, to, transfer, .. }) = pended(30);
    let held = lock(&asset, &from, new_lock(1, 10)).unwrap();
    let from = held.account;
    let frozen = Asset { state: AssetState::Frozen, ..asset };
    let (new, later) = (new_transfer(2, 1, 0), at(DAY));
    assert_eq!(code(send_one(&frozen, &from, &to)), "ledger.frozen");
    assert_eq!(code(pend(&frozen, &from, &to, new, later)), "ledger.frozen");
    assert_eq!(code(post(&frozen, &from, &to, transfer.clone(), at(1))), "ledger.frozen");
    assert_eq!(code(lock(&frozen, &from, new_lock(2, 1))), "ledger.frozen");
    assert_eq!(code(redeem(&frozen, &from, new_redemption(1, 1))), "ledger.frozen");
    assert!(unlock(&from, held.lock, at(1)).is_ok());
    assert!(expire(&from, &to, transfer, later).is_ok());
}

fn send_one(asset: &Asset, from: &Account, to: &Account) -> Result<Moved, LedgerRefusal> {
    transfer(asset, from, to, new_transfer(1, 1, 0))
}

#[test]
fn a_lock_holds_units_until_it_is_released_once() {
    let Issued { asset, account, .. } = issued(100, "50.00");
    assert_eq!(code(lock(&asset, &account, new_lock(1, 0))), "ledger.no-units");
    assert_eq!(code(lock(&asset, &account, new_lock(1, 101))), "ledger.overdraft");
    let held = lock(&asset, &account, new_lock(1, 40)).unwrap();
    assert_eq!(parts_of(&held.account), (60, 40, 0));
    let stranger = unlock(&other(&asset), held.lock.clone(), at(1));
    assert_eq!(code(stranger), "ledger.other-account");
    let free = unlock(&held.account, held.lock, at(1)).unwrap();
    assert_eq!(parts_of(&free.account), (100, 0, 0));
    assert_eq!(free.lock.state, LockState::Released { at: at(1) });
    assert_eq!(code(unlock(&free.account, free.lock, at(2))), "ledger.lock-released");
}

#[test]
fn a_redemption_takes_available_units_and_the_last_one_closes_the_asset() {
    let Issued { asset, account, .. } = issued(3, "1.00");
    assert_eq!(code(redeem(&asset, &account, new_redemption(1, 0))), "ledger.no-units");
    assert_eq!(code(redeem(&asset, &account, new_redemption(1, 4))), "ledger.overdraft");
    assert_eq!(asset.outstanding_value().unwrap().to_string(), "EUR 1.00");
    let one = redeem(&asset, &account, new_redemption(1, 1)).unwrap();
    assert_eq!(one.asset.outstanding_value().unwrap().to_string(), "EUR 0.67", "rounded up");
    assert_eq!(one.asset.state, AssetState::Active);
    let held = lock(&one.asset, &one.account, new_lock(1, 1)).unwrap();
    assert_eq!(code(redeem(&one.asset, &held.account, new_redemption(2, 2))), "ledger.overdraft");
    let rest = redeem(&one.asset, &one.account, new_redemption(2, 2)).unwrap();
    assert_eq!(rest.asset.state, AssetState::Redeemed);
    assert_eq!(rest.asset.outstanding_value().unwrap().to_string(), "EUR 0.00");
    assert_eq!(code(redeem(&rest.asset, &rest.account, new_redemption(3, 1))), "ledger.redeemed");
}

#[test]
fn values_of_every_size_are_exact() {
    let largest = "99999999999999999999999999999999.99";
    let Issued { asset, account, .. } = issued(i128::MAX, largest);
    assert_eq!(asset.outstanding_value().unwrap().amount_text(), largest);
    let rest = redeem(&asset, &account, new_redemption(1, i128::MAX - 1)).unwrap();
    assert_eq!(rest.asset.outstanding_value().unwrap().amount_text(), "0.01");
}
