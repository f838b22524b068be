//! What one request, message or tick costs in the services behind the ports.
//!
//! The edge opens a meter around the work; adapters add to the meter of the task that they run in.
//! Outside a meter nothing is counted.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What was spent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Request units of the store, in hundredths.
    pub request_units_hundredths: u64,
    /// Round trips to the store.
    pub store_operations: u64,
    /// Round trips to the bus.
    pub bus_operations: u64,
    /// Round trips to the key vault.
    pub key_operations: u64,
    /// Bytes read from and written to the document store.
    pub document_bytes: u64,
}

impl Cost {
    /// One round trip to the store.
    #[must_use]
    pub fn store() -> Self {
        Self { store_operations: 1, ..Self::default() }
    }

    /// One round trip to the bus.
    #[must_use]
    pub fn bus() -> Self {
        Self { bus_operations: 1, ..Self::default() }
    }

    /// One round trip to the key vault.
    #[must_use]
    pub fn key() -> Self {
        Self { key_operations: 1, ..Self::default() }
    }

    /// So many bytes from or to the document store.
    #[must_use]
    pub fn documents(bytes: usize) -> Self {
        Self { document_bytes: u64::try_from(bytes).unwrap_or(u64::MAX), ..Self::default() }
    }
}

/// Counts what one piece of work spends.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    request_units_hundredths: AtomicU64,
    store_operations: AtomicU64,
    bus_operations: AtomicU64,
    key_operations: AtomicU64,
    document_bytes: AtomicU64,
}

tokio::task_local! {
    static METER: Meter;
}

impl Meter {
    /// Runs the work with this meter: what it spends in its own task is counted here.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        METER.scope(self.clone(), work).await
    }

    /// Runs what does not wait with this meter, for example one poll of a stream.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        METER.sync_scope(self.clone(), work)
    }

    /// What was spent so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Cost {
            request_units_hundredths: read(&self.0.request_units_hundredths),
            store_operations: read(&self.0.store_operations),
            bus_operations: read(&self.0.bus_operations),
            key_operations: read(&self.0.key_operations),
            document_bytes: read(&self.0.document_bytes),
        }
    }

    /// Adds to this meter, for work that left its task.
    pub fn add(&self, cost: Cost) {
        let add = |counter: &AtomicU64, amount: u64| counter.fetch_add(amount, Ordering::Relaxed);
        add(&self.0.request_units_hundredths, cost.request_units_hundredths);
        add(&self.0.store_operations, cost.store_operations);
        add(&self.0.bus_operations, cost.bus_operations);
        add(&self.0.key_operations, cost.key_operations);
        add(&self.0.document_bytes, cost.document_bytes);
    }
}

/// Adds to the meter of this task, where there is one.
pub fn spend(cost: Cost) {
    // Without a meter nobody asked what it costs.
    let _ = METER.try_with(|meter| meter.add(cost));
}

/// The meter of this task, for work that goes on in another.
#[must_use]
pub fn meter() -> Option<Meter> {
    METER.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::{Cost, Meter, spend};

    #[tokio::test]
    async fn what_is_spent_inside_is_counted_and_nothing_else() {
        let once = Cost { bus_operations: 1, request_units_hundredths: 512, ..Cost::default() };
        spend(once);
        let meter = Meter::default();
        meter.around(async { spend(once) }).await;
        meter.during(|| spend(once));
        spend(once);
        let expected =
            Cost { bus_operations: 2, request_units_hundredths: 1024, ..Cost::default() };
        assert_eq!(meter.cost(), expected);
    }
}
