//! Partitions.
//! Everything that one decision needs lies in one of them: one commit never spans two.

use crate::{
    caller::Person,
    ids::{Home, PartyId},
};

/// The name of one partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(String);

impl Partition {
    /// A product, its versions and its instances. `home` comes from [`product_home`] or from an id.
    #[must_use]
    pub fn product(home: &Home) -> Self {
        Self(format!("product/{}", home.as_str()))
    }

    /// A thing of a party: its tokenizations, the smart assets issued on it, their accounts.
    #[must_use]
    pub fn thing(home: &Home) -> Self {
        Self(format!("thing/{}", home.as_str()))
    }

    /// A party.
    #[must_use]
    pub fn party(party: &PartyId) -> Self {
        Self(format!("party/{party}"))
    }

    /// What a party brings for one end client on one day: `2026-11-22`. The end client appears as
    /// the salted hash that the party sent, and hashed once more.
    #[must_use]
    pub fn client_day(party: &PartyId, client_hash: &str, day: &str) -> Self {
        let home = Home::of(&["client-day", party.as_str(), client_hash, day]);
        Self(format!("client-day/{}", home.as_str()))
    }

    /// What a tenant of the identity provider belongs to.
    #[must_use]
    pub fn tenant(tenant: &str) -> Self {
        Self(format!("tenant/{tenant}"))
    }

    /// Which party carries a Legal Entity Identifier.
    #[must_use]
    pub fn lei(lei: &str) -> Self {
        Self(format!("lei/{lei}"))
    }

    /// The idempotency keys of one caller.
    #[must_use]
    pub fn caller(person: &Person) -> Self {
        Self(format!("caller/{}/{}", person.tenant, person.object))
    }

    /// What the system itself remembers, for example how far the relay has come.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self(format!("system/{name}"))
    }

    /// A partition name that a store has kept.
    #[must_use]
    pub fn kept(name: String) -> Self {
        Self(name)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The home of a product: its code, which is public.
#[must_use]
pub fn product_home(code: &str) -> Home {
    Home::of(&["product", code])
}

/// The home of a thing. The party's own salt keeps a guessed reference from being confirmed by an
/// id.
#[must_use]
pub fn thing_home(party: &PartyId, salt: &str, reference: &str) -> Home {
    Home::of(&["thing", party.as_str(), salt, reference])
}
