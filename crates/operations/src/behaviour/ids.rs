//! What everything that makes ids does.

use crate::ports::ids::Ids;
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

/// One test per case of ids. The expression makes an `Arc` of what makes them.
#[macro_export]
macro_rules! ids_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, ids:
            ids_rise
            ids_are_unique_among_racing_callers
            salts_are_128_bits_in_hexadecimal
        }
    };
}

pub async fn ids_rise(ids: &Arc<dyn Ids>) {
    let mut last = ids.ulid();
    for _ in 0..5000 {
        let next = ids.ulid();
        assert!(next > last, "{next} after {last}");
        assert!(next.to_string() > last.to_string(), "as text too");
        last = next;
    }
    tokio::task::yield_now().await;
}

pub async fn ids_are_unique_among_racing_callers(ids: &Arc<dyn Ids>) {
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let ids = Arc::clone(ids);
        callers.spawn(async move { (0..1000).map(|_| ids.ulid()).collect::<Vec<_>>() });
    }
    let made = callers.join_all().await;
    let unique: BTreeSet<_> = made.iter().flatten().collect();
    assert_eq!(unique.len(), 8000);
}

pub async fn salts_are_128_bits_in_hexadecimal(ids: &Arc<dyn Ids>) {
    let salts: BTreeSet<String> = (0..1000).map(|_| ids.salt()).collect();
    assert_eq!(salts.len(), 1000);
    for salt in salts {
        assert_eq!(salt.len(), 32);
        assert!(salt.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{salt}");
    }
    tokio::task::yield_now().await;
}
