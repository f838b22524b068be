//! The invariants of the ledger, over random sequences of everything that can be asked of it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![expect(clippy::indexing_slicing, reason = "a wrong index fails the test")]
#![expect(unreachable_pub, reason = "parts for tests")]

#[path = "ledger_world/parts.rs"]
mod parts;
#[path = "ledger_world/world.rs"]
mod world;

use poa_protocol::ledger::{Book, Entry, EntryKind};
use proptest::prelude::*;
use std::collections::BTreeMap;
use world::{World, wish};

proptest! {
    #[test]
    fn whatever_is_asked_the_books_balance(
        wishes in proptest::collection::vec(wish(), 1..80)
    ) {
        let mut world = World::begin();
        world.check();
        for wish in wishes {
            let before = world.clone();
            let outcome = world.ask(wish);
            world.check();
            let grown = world.entries.len().wrapping_sub(before.entries.len());
            prop_assert_eq!(
                &world.entries[..before.entries.len()], &before.entries[..],
                "no entry is changed or removed"
            );
            prop_assert!(grown <= 1, "one step is one entry");
            if outcome.is_err() {
                prop_assert_eq!(&world.accounts, &before.accounts, "a refusal changes nothing");
                prop_assert_eq!(&world.transfers, &before.transfers);
                prop_assert_eq!(&world.locks, &before.locks);
                prop_assert_eq!(grown, 0);
            }
        }
        resolves_once(&world.entries)?;
    }

    #[test]
    fn a_book_with_one_entry_missing_or_doubled_is_found_out(
        wishes in proptest::collection::vec(wish(), 20..60),
        victim in any::<prop::sample::Index>(),
    ) {
        let mut world = World::begin();
        for wish in wishes {
            let _ = world.ask(wish);
        }
        let victim = victim.index(world.entries.len());
        let mut missing = world.entries.clone();
        let lost = missing.remove(victim);
        prop_assert!(!balances(&world, &missing), "without {:?}", lost);
        let mut doubled = world.entries.clone();
        doubled.push(lost);
        prop_assert!(!balances(&world, &doubled));
    }
}

fn balances(world: &World, entries: &[Entry]) -> bool {
    let mut book = Book::default();
    let entered = entries.iter().all(|entry| book.enter(entry).is_ok());
    entered && world.accounts.values().all(|account| book.agrees_with(account))
}

fn resolves_once(entries: &[Entry]) -> Result<(), TestCaseError> {
    let mut steps: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for entry in entries {
        let (pended, resolved) = steps.entry(&entry.about).or_default();
        match entry.kind {
            EntryKind::Pend => *pended = pended.saturating_add(1),
            EntryKind::Post | EntryKind::Void => *resolved = resolved.saturating_add(1),
            EntryKind::Issue
            | EntryKind::Transfer
            | EntryKind::Lock
            | EntryKind::Unlock
            | EntryKind::Redeem
            | EntryKind::ForcedTransfer
            | EntryKind::Burn => {}
        }
    }
    for (about, (pended, resolved)) in steps {
        prop_assert!(resolved <= pended && pended <= 1, "{about}");
    }
    Ok(())
}
