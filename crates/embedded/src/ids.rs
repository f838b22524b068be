//! Ids and chance: ULIDs that rise even within one millisecond.

use poa_operations::ports::{clock::Clock, ids::Ids};
use std::sync::{Arc, Mutex, PoisonError};
use ulid::Ulid;

/// Ids from the clock of the desk and the randomness of the system.
#[derive(Debug)]
pub struct SystemIds {
    clock: Arc<dyn Clock>,
    last: Mutex<Ulid>,
}

impl SystemIds {
    /// Ids that carry the time of this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Mutex::new(Ulid::nil()) }
    }
}

impl Ids for SystemIds {
    fn ulid(&self) -> Ulid {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = after(*last, &*self.clock, chance());
        *last
    }

    fn salt(&self) -> String {
        token()
    }
}

/// Ids for tests: the same seed and the same clock give the same ids.
#[derive(Debug)]
pub struct SeededIds {
    clock: Arc<dyn Clock>,
    state: Mutex<(Seeded, Ulid)>,
}

impl SeededIds {
    /// Ids that follow from this seed.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self { clock, state: Mutex::new((Seeded(seed), Ulid::nil())) }
    }
}

impl Ids for SeededIds {
    fn ulid(&self) -> Ulid {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let chance = state.0.next();
        state.1 = after(state.1, &*self.clock, chance);
        state.1
    }

    fn salt(&self) -> String {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{:032x}", state.0.next())
    }
}

/// The ULID after the last one: of this millisecond if it is a later one, else the next number.
fn after(last: Ulid, clock: &dyn Clock, chance: u128) -> Ulid {
    let millis = u64::try_from(clock.now().millis()).unwrap_or(0);
    if millis > last.timestamp_ms() {
        return Ulid::from_parts(millis, chance);
    }
    // INVARIANT: ids rise, also where the clock stands still or goes back. A millisecond whose
    // numbers are used up borrows from the next one.
    last.increment()
        .unwrap_or_else(|_| Ulid::from_parts(last.timestamp_ms().saturating_add(1), chance))
}

/// A word that nobody can guess: it proves that a lock is one's own.
pub(crate) fn token() -> String {
    format!("{:032x}", chance())
}

/// 128 random bits.
fn chance() -> u128 {
    let mut bytes = [0_u8; 16];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        // Ids that repeat and salts that can be guessed are worse than no service.
        std::process::abort();
    }
    u128::from_be_bytes(bytes)
}

/// `SplitMix64`: enough for tests, and the same on every machine.
#[derive(Debug)]
struct Seeded(u64);

impl Seeded {
    fn half(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn next(&mut self) -> u128 {
        (u128::from(self.half()) << 64) | u128::from(self.half())
    }
}
