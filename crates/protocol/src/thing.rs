//! A thing: what a party tokenizes, under the party's own reference. One thing is one partition.

use crate::{
    event::Wing,
    ids::{AssetId, PartyId, TokenizationId},
    limits,
};
use poa_formula::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every decision about a thing needs to know: the state of its partition's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// Whose it is.
    pub party: PartyId,
    /// The party's own name for it.
    pub reference: String,
    /// The road that its tokenizations take.
    pub wing: Wing,
    /// Every tokenization of it, and whether it has come to an end.
    pub tokenizations: BTreeMap<TokenizationId, bool>,
    /// What is issued on it and not redeemed.
    pub live: BTreeMap<AssetId, Live>,
}

/// One smart asset that is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Value of the units that are still outstanding.
    pub value: Money,
    /// Proven value of the thing when they were issued.
    pub proven: Money,
    /// The tokenization that issued them.
    pub tokenization: TokenizationId,
}

crate::refusals! {
    /// Why a thing takes no further tokenization or issue.
    ThingRefusal {
        /// A thing has a bounded number of tokenizations over its whole life, finished ones
        /// included.
        TooManyTokenizations { limit: usize } = "thing.too-many-tokenizations", Conflict, lasting,
            "this thing has had its {limit} tokenizations",
            "give a new thing a reference of its own";
        /// A thing has a bounded number of smart assets that are alive at one time.
        TooManyLiveAssets { limit: usize } = "thing.too-many-live-assets", Conflict, lasting,
            "this thing carries {limit} live smart assets already", "redeem one of them first";
        /// The value of all live smart assets of a thing, the new one included, would exceed what
        /// the thing is proven to be worth.
        OverTokenized { live: String, asked: String, proven: String }
            = "thing.over-tokenized", Conflict, lasting,
            "{live} are live on this thing, {asked} more would exceed its proven value of {proven}",
            "redeem what is live first, or ask for a smaller `share`";
        /// All live smart assets of one thing are valued in one currency: their sum is guarded.
        OtherCurrency { live: String, asked: String } = "thing.other-currency", Conflict, lasting,
            "smart assets in {live} are live on this thing, so none can be issued in {asked}",
            "use an instance in the same currency, or redeem what is live first";
        /// The values of the live smart assets cannot be added: a number is beyond its range.
        Incalculable = "thing.incalculable", Unprocessable, lasting,
            "the live value of this thing is beyond the range of numbers",
            "redeem what is live first";
    }
}

impl Thing {
    /// A thing without any tokenization.
    #[must_use]
    pub fn new(party: PartyId, reference: String, wing: Wing) -> Self {
        Self { party, reference, wing, tokenizations: BTreeMap::new(), live: BTreeMap::new() }
    }

    /// Takes in one more tokenization.
    pub fn begin(mut self, id: TokenizationId) -> Result<Self, ThingRefusal> {
        if self.tokenizations.len() >= limits::TOKENIZATIONS_PER_THING_MAX {
            let limit = limits::TOKENIZATIONS_PER_THING_MAX;
            return Err(ThingRefusal::TooManyTokenizations { limit });
        }
        self.tokenizations.insert(id, false);
        Ok(self)
    }

    /// Notes that a tokenization has come to an end.
    #[must_use]
    pub fn end(mut self, id: &TokenizationId) -> Self {
        if let Some(ended) = self.tokenizations.get_mut(id) {
            *ended = true;
        }
        self
    }

    /// The over-tokenization guard: whether `value` more may be issued on a thing that is proven to
    /// be worth `proven`.
    ///
    /// INVARIANT: right after an issue, the value of all live smart assets of the thing is at most
    /// `proven`.
    pub fn allows(&self, value: Money, proven: Money) -> Result<(), ThingRefusal> {
        if self.live.len() >= limits::LIVE_ASSETS_PER_THING_MAX {
            let limit = limits::LIVE_ASSETS_PER_THING_MAX;
            return Err(ThingRefusal::TooManyLiveAssets { limit });
        }
        let other = self.live.values().find(|live| live.value.currency != proven.currency);
        if let Some(other) = other {
            return Err(ThingRefusal::OtherCurrency {
                live: other.value.currency.to_string(),
                asked: proven.currency.to_string(),
            });
        }
        let asked = value;
        let mut sum = value;
        for live in self.live.values() {
            sum = sum.checked_add(live.value).map_err(|_| ThingRefusal::Incalculable)?;
        }
        if sum.amount <= proven.amount && sum.currency == proven.currency {
            return Ok(());
        }
        let live = sum.checked_sub(asked).map_err(|_| ThingRefusal::Incalculable)?;
        Err(ThingRefusal::OverTokenized {
            live: live.to_string(),
            asked: asked.to_string(),
            proven: proven.to_string(),
        })
    }

    /// Issues a smart asset on the thing, if the guard allows it.
    pub fn issue(mut self, asset: AssetId, live: Live) -> Result<Self, ThingRefusal> {
        self.allows(live.value, live.proven)?;
        self.live.insert(asset, live);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Live, Thing};
    use crate::{
        event::Wing,
        ids::{AssetId, Home, PartyId, TokenizationId},
        limits,
    };
    use poa_formula::Money;
    use proptest::prelude::*;
    use ulid::Ulid;

    fn eur(minor: u32) -> Money {
        money(minor, "EUR")
    }

    fn money(minor: u32, currency: &str) -> Money {
        let text = format!("{}.{:02}", minor / 100, minor % 100);
        Money::parse(&text, currency).unwrap()
    }

    fn thing() -> Thing {
        Thing::new(PartyId::of_lei("529900T8BM49AURSDO55"), "INV-7".into(), Wing::NonBank)
    }

    fn asset(number: u64) -> AssetId {
        AssetId::new(Ulid::from_parts(number, 0), &Home::of(&["x"]))
    }

    fn live(value: Money, proven: Money) -> Live {
        let tokenization = TokenizationId::new(Ulid::from_parts(1, 0), &Home::of(&["x"]));
        Live { value, proven, tokenization }
    }

    #[test]
    fn the_guard_refuses_in_order_of_precedence() {
        let full = thing().issue(asset(1), live(eur(6000), eur(10000))).unwrap();
        for (value, proven, expected) in [
            (money(1, "USD"), money(10000, "USD"), Err("thing.other-currency")),
            (eur(4000), eur(10000), Ok(())),
            (eur(4001), eur(10000), Err("thing.over-tokenized")),
            (eur(0), eur(5999), Err("thing.over-tokenized")),
            (eur(0), eur(6000), Ok(())),
        ] {
            assert_eq!(full.allows(value, proven).map_err(|refusal| refusal.code()), expected);
        }
    }

    #[test]
    fn a_thing_carries_so_many_live_assets_and_no_more() {
        let mut full = thing();
        for number in 0..u64::try_from(limits::LIVE_ASSETS_PER_THING_MAX).unwrap() {
            full = full.issue(asset(number), live(eur(1), eur(100_000))).unwrap();
        }
        let code = full.issue(asset(999), live(eur(1), eur(100_000))).unwrap_err().code();
        assert_eq!(code, "thing.too-many-live-assets");
    }

    #[test]
    fn a_thing_has_so_many_tokenizations_and_no_more() {
        let mut full = thing();
        let id = |number| TokenizationId::new(Ulid::from_parts(number, 0), &Home::of(&["x"]));
        for number in 0..u64::try_from(limits::TOKENIZATIONS_PER_THING_MAX).unwrap() {
            full = full.begin(id(number)).unwrap().end(&id(number));
        }
        assert_eq!(full.begin(id(9_999)).unwrap_err().code(), "thing.too-many-tokenizations");
    }

    proptest! {
        #[test]
        fn live_value_never_exceeds_the_proven_value(
            issues in proptest::collection::vec((0_u32..1_000_000, 0_u32..1_000_000), 1..40),
        ) {
            let mut thing = thing();
            for (number, (value, proven)) in issues.into_iter().enumerate() {
                let id = asset(u64::try_from(number).unwrap());
                if let Ok(next) = thing.clone().issue(id, live(eur(value), eur(proven))) {
                    let sum = next.live.values().fold(eur(0), |sum, live| {
                        sum.checked_add(live.value).unwrap()
                    });
                    prop_assert!(sum.amount <= eur(proven).amount);
                    thing = next;
                } else {
                    let sum = thing.live.values().fold(eur(value), |sum, live| {
                        sum.checked_add(live.value).unwrap()
                    });
                    prop_assert!(sum.amount > eur(proven).amount);
                }
            }
        }
    }
}
