//! Tokens that are kept, replaced before they end, and asked for once for all that wait.

use async_trait::async_trait;
use azure_core::{
    Error,
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, ready},
};
use poa_operations::ports::clock::Clock;
use poa_protocol::{limits, timestamp::Timestamp};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// One question to the issuer, which all that wait for the same token share.
type Flight = Shared<BoxFuture<'static, Result<AccessToken, Failed>>>;

/// Why no token came, and when that was known.
#[derive(Debug, Clone)]
struct Failed {
    fault: String,
    at: Timestamp,
}

/// Keeps the tokens of a credential.
///
/// The SDK's own credentials keep tokens too, but hold a lock over all scopes while one is fetched,
/// and fail while the old token still holds; the SDK of Cosmos DB asks once for each try of a
/// request.
pub(super) struct KeptTokens {
    asks: Arc<dyn TokenCredential>,
    clock: Arc<dyn Clock>,
    about: Arc<str>,
    limit: Duration,
    slots: Mutex<HashMap<Vec<String>, Slot>>,
}

/// What is known of one token.
#[derive(Default)]
struct Slot {
    token: Option<AccessToken>,
    flight: Option<Flight>,
    failed: Option<Failed>,
    /// When the issuer was last asked.
    asked: Option<Timestamp>,
}

impl fmt::Debug for KeptTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptTokens").field("asks", &self.asks).finish_non_exhaustive()
    }
}

impl KeptTokens {
    pub(super) fn new(
        asks: Arc<dyn TokenCredential>,
        clock: Arc<dyn Clock>,
        about: String,
        limit: Duration,
    ) -> Self {
        Self { asks, clock, about: about.into(), limit, slots: Mutex::default() }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Vec<String>, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that holds, or the flight that brings one.
    fn look(&self, scopes: &[&str]) -> Result<AccessToken, Flight> {
        let now = self.clock.now();
        let mut slots = self.slots();
        let slot = slots.entry(scopes.iter().map(ToString::to_string).collect()).or_default();
        slot.land();
        let token = slot.token.clone().filter(|token| left(token, now) > 0);
        let Some(token) = token else {
            let fresh =
                |failed: &Failed| now < failed.at.plus_secs(limits::ACCESS_TOKEN_FAILED_SECS);
            if let Some(failed) = slot.failed.clone().filter(fresh) {
                return Err(ready(Err(failed)).boxed().shared());
            }
            return Err(self.flight(slot, scopes, now));
        };
        let pause = |asked: Timestamp| now < asked.plus_secs(limits::ACCESS_TOKEN_RETRY_SECS);
        let ends = left(&token, now) <= limits::ACCESS_TOKEN_REFRESH_SECS.saturating_mul(1000);
        if ends && !slot.asked.is_some_and(pause) {
            // It goes on beside the work, which has a token.
            drop(self.flight(slot, scopes, now));
        }
        Ok(token)
    }

    /// The flight that is under way, or a new one. It goes on when those who wait for it give up.
    fn flight(&self, slot: &mut Slot, scopes: &[&str], now: Timestamp) -> Flight {
        if let Some(flight) = &slot.flight {
            return flight.clone();
        }
        let (asks, about, limit) = (Arc::clone(&self.asks), Arc::clone(&self.about), self.limit);
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let clock = Arc::clone(&self.clock);
        let flight = async move {
            let asked = ask(&*asks, &scopes, &about, limit).await;
            asked.map_err(|fault| Failed { fault, at: clock.now() })
        };
        let flight = flight.boxed().shared();
        tokio::spawn(flight.clone());
        slot.asked = Some(now);
        slot.flight = Some(flight.clone());
        flight
    }
}

impl Slot {
    /// Keeps what the flight has brought.
    fn land(&mut self) {
        let Some(landed) = self.flight.as_ref().and_then(|flight| flight.peek().cloned()) else {
            return;
        };
        (self.flight, self.failed) = (None, None);
        match landed {
            Ok(token) => self.token = Some(token),
            Err(failed) => {
                tracing::warn!(fault = failed.fault, "no new access token");
                self.failed = Some(failed);
            }
        }
    }
}

/// Milliseconds for which a token still holds.
fn left(token: &AccessToken, now: Timestamp) -> i64 {
    token.expires_on.unix_timestamp().saturating_mul(1000).saturating_sub(now.millis())
}

async fn ask(
    asks: &dyn TokenCredential,
    scopes: &[String],
    about: &str,
    limit: Duration,
) -> Result<AccessToken, String> {
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    match tokio::time::timeout(limit, asks.get_token(&scopes, None)).await {
        Ok(Ok(token)) => Ok(token),
        Ok(Err(error)) => Err(format!("{about} ({})", crate::client::plain(&error))),
        Err(_) => Err(format!("{about} (no answer within {} ms)", limit.as_millis())),
    }
}

#[async_trait]
impl TokenCredential for KeptTokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let flight = match self.look(scopes) {
            Ok(token) => return Ok(token),
            Err(flight) => flight,
        };
        flight.await.map_err(|failed| Error::with_message(ErrorKind::Credential, failed.fault))
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessToken, Arc, Duration, KeptTokens, TokenCredential, TokenRequestOptions};
    use async_trait::async_trait;
    use azure_core::{Error, error::ErrorKind, time::OffsetDateTime};
    use poa_embedded::clock::FixedClock;
    use poa_protocol::{limits::ACCESS_TOKEN_FAILED_SECS, timestamp::Timestamp};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use tokio::sync::Notify;

    const NOON_SECS: i64 = 1_795_348_800;

    /// An issuer whose tokens hold one hour; it can be away, and made to wait.
    #[derive(Debug)]
    struct Issuer {
        clock: Arc<FixedClock>,
        asked: AtomicUsize,
        away: AtomicBool,
        gate: Option<Notify>,
    }

    #[async_trait]
    impl TokenCredential for Issuer {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let number = self.asked.fetch_add(1, SeqCst);
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            if self.away.load(SeqCst) {
                return Err(Error::with_message(ErrorKind::Io, "away"));
            }
            let now = poa_operations::ports::clock::Clock::now(&*self.clock);
            let ends = OffsetDateTime::from_unix_timestamp(now.plus_secs(3600).millis() / 1000);
            Ok(AccessToken::new(format!("{}{number}", scopes.concat()), ends.unwrap()))
        }
    }

    fn kept(gate: Option<Notify>) -> (Arc<Issuer>, Arc<KeptTokens>) {
        let clock = Arc::new(FixedClock::at(Timestamp::from_millis(NOON_SECS * 1000)));
        let (asked, away) = (AtomicUsize::new(0), AtomicBool::new(false));
        let issuer = Arc::new(Issuer { clock: Arc::clone(&clock), asked, away, gate });
        let asks = Arc::<Issuer>::clone(&issuer);
        let limit = Duration::from_secs(8);
        (issuer, Arc::new(KeptTokens::new(asks, clock, "no token".to_owned(), limit)))
    }

    async fn token(kept: &KeptTokens, scope: &str) -> Result<String, String> {
        let token = kept.get_token(&[scope], None).await;
        token.map(|token| token.token.secret().to_owned()).map_err(|fault| fault.to_string())
    }

    /// Lets the flights beside the work land.
    async fn settle(issuer: &Issuer, asked: usize) {
        while issuer.asked.load(SeqCst) < asked {
            tokio::task::yield_now().await;
        }
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_token_is_asked_for_once_per_scope() {
        let (issuer, kept) = kept(None);
        for _ in 0..3 {
            assert_eq!(token(&kept, "a").await.unwrap(), "a0");
        }
        assert_eq!(token(&kept, "b").await.unwrap(), "b1");
        assert_eq!(issuer.asked.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn all_that_wait_share_one_question_and_its_answer() {
        for away in [false, true] {
            let (issuer, kept) = kept(Some(Notify::new()));
            issuer.away.store(away, SeqCst);
            let mut waiting = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let kept = Arc::clone(&kept);
                waiting.spawn(async move { token(&kept, "a").await });
            }
            settle(&issuer, 1).await;
            issuer.gate.as_ref().unwrap().notify_one();
            for told in waiting.join_all().await {
                let expected =
                    if away { Err("no token (away)".to_owned()) } else { Ok("a0".into()) };
                assert_eq!(told, expected);
            }
            assert_eq!(issuer.asked.load(SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn a_token_is_replaced_beside_the_work_before_it_ends() {
        let (issuer, kept) = kept(None);
        token(&kept, "a").await.unwrap();
        issuer.clock.advance_secs(3600 - 301);
        assert_eq!(token(&kept, "a").await.unwrap(), "a0");
        assert_eq!(issuer.asked.load(SeqCst), 1);
        issuer.clock.advance_secs(1);
        assert_eq!(token(&kept, "a").await.unwrap(), "a0", "the work does not wait");
        settle(&issuer, 2).await;
        assert_eq!(token(&kept, "a").await.unwrap(), "a1");
    }

    #[tokio::test]
    async fn a_token_that_holds_survives_an_outage_of_its_issuer_which_is_not_pestered() {
        let (issuer, kept) = kept(None);
        token(&kept, "a").await.unwrap();
        issuer.away.store(true, SeqCst);
        issuer.clock.advance_secs(3600 - 300);
        for second in 0..300 {
            assert_eq!(token(&kept, "a").await.unwrap(), "a0", "{second}");
            settle(&issuer, 1).await;
            issuer.clock.advance_secs(1);
        }
        assert_eq!(issuer.asked.load(SeqCst), 1 + 10, "every 30 seconds");
        assert_eq!(token(&kept, "a").await.unwrap_err(), "no token (away)");
        issuer.away.store(false, SeqCst);
        issuer.clock.advance_secs(ACCESS_TOKEN_FAILED_SECS);
        assert_eq!(token(&kept, "a").await.unwrap(), "a12");
    }

    #[tokio::test]
    async fn a_failure_is_told_for_a_moment_without_asking_again() {
        let (issuer, kept) = kept(None);
        issuer.away.store(true, SeqCst);
        for _ in 0..3 {
            assert_eq!(token(&kept, "a").await.unwrap_err(), "no token (away)");
        }
        assert_eq!(issuer.asked.load(SeqCst), 1);
        issuer.away.store(false, SeqCst);
        assert_eq!(token(&kept, "b").await.unwrap(), "b1", "it is about one scope");
        issuer.clock.advance_secs(ACCESS_TOKEN_FAILED_SECS - 1);
        assert_eq!(token(&kept, "a").await.unwrap_err(), "no token (away)");
        issuer.clock.advance_secs(1);
        assert_eq!(token(&kept, "a").await.unwrap(), "a2");
    }

    #[tokio::test]
    async fn a_question_goes_on_when_who_waits_gives_up() {
        let (issuer, kept) = kept(Some(Notify::new()));
        let waiting = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move { token(&kept, "a").await }
        });
        settle(&issuer, 1).await;
        waiting.abort();
        issuer.gate.as_ref().unwrap().notify_one();
        assert_eq!(token(&kept, "a").await.unwrap(), "a0");
        assert_eq!(issuer.asked.load(SeqCst), 1);
    }
}
