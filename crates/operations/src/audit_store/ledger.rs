//! The ledger of a thing: what its entries say, replayed from zero, against what is kept.

use super::{Audited, items};
use crate::{
    commit::Opened,
    desk::Desk,
    failure::Failure,
    ledger_items::{ACCOUNT, LOCK, MEASURE, REDEMPTION, SMART_ASSET, TRANSFER},
};
use poa_protocol::{
    event::Event,
    ids::{AssetId, PartyId},
    ledger::{
        Account, Asset, AssetState, Book, Entry, EntryKind, Lock, LockState, Measure, MeasureOrder,
        MeasureState, Redemption, Transfer, TransferState,
    },
};
use serde::Deserialize as _;
use std::collections::{BTreeMap, BTreeSet};

/// What the entries of a thing say.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The balances.
    pub(super) book: Book,
    /// Smart assets with the tokenization that issued them, in the order of their issue.
    pub(super) issues: Vec<(AssetId, String)>,
    /// The smart assets that are kept.
    pub(super) assets: BTreeMap<AssetId, Asset>,
    /// Ids of all transfers, locks, redemptions and measures that entries are about.
    moved: BTreeSet<String>,
}

/// Replays the entries and compares.
pub(super) async fn check(
    desk: &Desk,
    opened: &Opened,
    events: &[Event],
    audited: &mut Audited,
) -> Result<Books, Failure> {
    let mut books = replay(events, audited);
    let partition = &opened.partition;
    let assets: Vec<Asset> = items(desk, partition, SMART_ASSET).await?;
    let accounts: Vec<Account> = items(desk, partition, ACCOUNT).await?;
    let movements = Movements {
        transfers: items(desk, partition, TRANSFER).await?,
        locks: items(desk, partition, LOCK).await?,
        redemptions: items(desk, partition, REDEMPTION).await?,
        measures: items(desk, partition, MEASURE).await?,
    };
    audited.counts.smart_assets = assets.len();
    audited.counts.accounts = accounts.len();
    check_assets(&books, &assets, audited);
    check_accounts(&books, &accounts, audited);
    check_movements(&books, &accounts, &movements, audited);
    let last = opened.sequence;
    for (id, revision) in assets.iter().map(|asset| (asset.id.as_str(), asset.revision)) {
        audited.demand((1..=last).contains(&revision), || {
            format!("`{id}` has revision {revision} of {last}")
        });
    }
    books.assets = assets.into_iter().map(|asset| (asset.id.clone(), asset)).collect();
    Ok(books)
}

#[derive(Debug)]
struct Movements {
    transfers: Vec<Transfer>,
    locks: Vec<Lock>,
    redemptions: Vec<Redemption>,
    measures: Vec<Measure>,
}

impl Movements {
    /// Measures that moved units.
    fn enforced(&self) -> impl Iterator<Item = &Measure> {
        let moved = |one: &&Measure| {
            matches!(one.state, MeasureState::Done { .. }) && one.order.from().is_some()
        };
        self.measures.iter().filter(moved)
    }

    /// Units of a smart asset that its holders gave back, or that were burnt.
    fn given_back(&self, asset: &AssetId) -> i128 {
        let redeemed = self.redemptions.iter().filter(|one| one.asset == *asset);
        let redeemed = redeemed.map(|one| one.units.count());
        let burnt = self.enforced().filter(|one| one.asset == *asset).map(|one| match &one.order {
            MeasureOrder::Burn { units, .. } => units.count(),
            MeasureOrder::Freeze | MeasureOrder::Unfreeze | MeasureOrder::Transfer { .. } => 0,
        });
        redeemed.chain(burnt).fold(0_i128, i128::saturating_add)
    }
}

fn replay(events: &[Event], audited: &mut Audited) -> Books {
    let mut books = Books::default();
    for event in events.iter().filter(|event| event.event_type.starts_with("poa.smart-asset.")) {
        audited.counts.entries = audited.counts.entries.saturating_add(1);
        let entry = match Entry::deserialize(&event.data) {
            Ok(entry) => entry,
            Err(fault) => {
                audited.faults.push(format!("event {} is no entry: {fault}", event.sequence));
                continue;
            }
        };
        let named = entry.kind.event_type() == event.event_type;
        audited.demand(named && event.subject == entry.asset.as_str(), || {
            format!("event {} is named `{}`", event.sequence, event.event_type)
        });
        if entry.kind == EntryKind::Issue {
            books.issues.push((entry.asset.clone(), entry.about.clone()));
        } else {
            books.moved.insert(entry.about.clone());
        }
        // INVARIANT: debits = credits per smart asset, and nothing is taken that is not there.
        if let Err(fault) = books.book.enter(&entry) {
            audited.faults.push(format!("event {}: {fault}", event.sequence));
        }
    }
    books
}

/// INVARIANT: issued − redeemed = sum of holdings, and a smart asset is issued once.
fn check_assets(books: &Books, assets: &[Asset], audited: &mut Audited) {
    let kept: BTreeSet<_> = assets.iter().map(|asset| asset.id.clone()).collect();
    audited.demand(kept == books.book.assets(), || {
        "the smart assets that are kept are not those that have entries".to_owned()
    });
    for asset in assets {
        let id = &asset.id;
        let (issued, redeemed) = books.book.issued_and_redeemed(id);
        audited.demand(
            (asset.issued.count(), asset.redeemed.count()) == (issued, redeemed),
            || {
                format!(
                    "`{id}` says {} issued and {} redeemed, its entries {issued} and {redeemed}",
                    asset.issued, asset.redeemed
                )
            },
        );
        let outstanding = issued.saturating_sub(redeemed);
        let holdings = books.book.holdings(id);
        audited.demand(holdings.as_ref() == Ok(&outstanding), || {
            format!("`{id}` has {outstanding} units outstanding and {holdings:?} held")
        });
        audited.demand((asset.state == AssetState::Redeemed) == (outstanding == 0), || {
            format!("`{id}` is {} with {outstanding} units outstanding", asset.state.as_str())
        });
        let times = books.issues.iter().filter(|(issued, _)| issued == id).count();
        audited.demand(times == 1, || format!("`{id}` was issued {times} times"));
    }
}

/// INVARIANT: replaying all entries from zero gives exactly the accounts.
fn check_accounts(books: &Books, accounts: &[Account], audited: &mut Audited) {
    for account in accounts {
        audited.demand(books.book.agrees_with(account), || {
            let told = books.book.account(&account.asset, &account.owner);
            format!(
                "the account of `{}` in `{}` holds {}, {}, {}; its entries say {told:?}",
                account.owner, account.asset, account.available, account.locked, account.pending
            )
        });
    }
    let kept: BTreeSet<_> =
        accounts.iter().map(|account| (&account.asset, &account.owner)).collect();
    for asset in books.book.assets() {
        for holder in books.book.holders(&asset) {
            audited.demand(kept.contains(&(&asset, &holder)), || {
                format!("`{holder}` has entries in `{asset}` and no account")
            });
        }
    }
}

/// INVARIANT: what is pending, locked, redeemed and burnt in the accounts is what the records say,
/// and every record has its entry.
fn check_movements(
    books: &Books,
    accounts: &[Account],
    movements: &Movements,
    audited: &mut Audited,
) {
    let Movements { transfers, locks, redemptions, .. } = movements;
    let ids = transfers.iter().map(|transfer| transfer.id.to_string());
    let ids = ids.chain(locks.iter().map(|lock| lock.id.to_string()));
    let ids = ids.chain(redemptions.iter().map(|one| one.id.to_string()));
    let ids: BTreeSet<_> = ids.chain(movements.enforced().map(|one| one.id.to_string())).collect();
    audited.counts.movements = ids.len();
    for id in ids.symmetric_difference(&books.moved) {
        audited.faults.push(format!("`{id}` has a record or entries, and not both"));
    }
    let open = transfers.iter().filter(|one| matches!(one.state, TransferState::Pending { .. }));
    let waiting: BTreeSet<_> = open.clone().map(|transfer| transfer.id.to_string()).collect();
    audited.demand(waiting == *books.book.pending(), || {
        "the transfers that are pending are not those that wait in the entries".to_owned()
    });
    let pending = sums(open.map(|one| (&one.asset, &one.from, one.units.count())));
    let held = locks.iter().filter(|lock| lock.state == LockState::Held);
    let locked = sums(held.map(|one| (&one.asset, &one.owner, one.units.count())));
    for account in accounts {
        let of = |sums: &Sums| {
            sums.get(&(account.asset.clone(), account.owner.clone())).copied().unwrap_or_default()
        };
        let kept = (account.pending.count(), account.locked.count());
        audited.demand((of(&pending), of(&locked)) == kept, || {
            format!(
                "the account of `{}` in `{}` is not what its transfers and locks add up to",
                account.owner, account.asset
            )
        });
    }
    for asset in books.book.assets() {
        let sum = movements.given_back(&asset);
        audited.demand(sum == books.book.issued_and_redeemed(&asset).1, || {
            format!("the redemptions and burns of `{asset}` add up to {sum}")
        });
    }
}

type Sums = BTreeMap<(AssetId, PartyId), i128>;

fn sums<'a>(parts: impl Iterator<Item = (&'a AssetId, &'a PartyId, i128)>) -> Sums {
    let mut sums = Sums::new();
    for (asset, owner, units) in parts {
        let sum = sums.entry((asset.clone(), owner.clone())).or_default();
        *sum = sum.saturating_add(units);
    }
    sums
}
