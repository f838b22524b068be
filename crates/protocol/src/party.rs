//! Parties: legal entities with a Legal Entity Identifier, their KYC state and licence, and who may
//! act.

use crate::{
    event::Wing,
    fields::{Fields, guid},
    ids::PartyId,
    lei::is_lei,
    limits,
    refusal::Refusal,
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod refusals;
pub use refusals::PartyRefusal;

#[cfg(test)]
mod tests;

/// A legal entity that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Derived from the LEI.
    pub id: PartyId,
    /// Legal Entity Identifier (ISO 17442), 20 characters.
    pub lei: String,
    /// Legal name.
    pub name: String,
    /// Country of registration (ISO 3166-1 alpha-2).
    pub country: String,
    /// Bank or not: which road its requests take.
    pub kind: Wing,
    /// Where it stands.
    pub state: PartyState,
    /// What is known of who it is.
    pub kyc: Kyc,
    /// The licence of a bank.
    pub licence: Option<Licence>,
    /// Tenants of the identity provider whose people and programs act for it, GUIDs in lower case.
    pub tenants: Vec<String>,
    /// Makes hashes of guessable things unguessable. It never leaves the store.
    pub salt: String,
    /// Revision of its last change.
    pub revision: u64,
}

/// Where a party stands: `registered → active ⇄ suspended → closed`; a registration by mistake may
/// be closed at once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PartyState {
    /// Known, and may not act yet.
    Registered,
    /// May act while its KYC is verified.
    Active,
    /// May not act for now.
    Suspended,
    /// Will not act again.
    Closed,
}

impl PartyState {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    fn leads_to(self, to: Self) -> bool {
        match self {
            Self::Registered | Self::Suspended => matches!(to, Self::Active | Self::Closed),
            Self::Active => to == Self::Suspended,
            Self::Closed => false,
        }
    }
}

impl std::str::FromStr for PartyState {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, NoSuchState> {
        let all = [Self::Registered, Self::Active, Self::Suspended, Self::Closed];
        all.into_iter().find(|state| state.as_str() == text).ok_or(NoSuchState)
    }
}

/// A text that names no state of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchState;

/// How far a party's identity is known ("know your customer").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KycState {
    /// Nobody has looked.
    None,
    /// Somebody is looking.
    Pending,
    /// It is known, until a moment.
    Verified,
    /// It was known, and must be looked at again.
    Expired,
    /// What was known holds no longer.
    Revoked,
}

/// The KYC state and until when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kyc {
    /// The state.
    pub state: KycState,
    /// The first moment at which `verified` holds no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

impl Kyc {
    /// The state at a moment: what was verified expires by itself.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> KycState {
        match (self.state, self.valid_until) {
            (KycState::Verified, Some(until)) if now < until => KycState::Verified,
            (KycState::Verified, _) => KycState::Expired,
            (state, _) => state,
        }
    }
}

/// A bank's licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// The authority that gave it, for example `BaFin`.
    pub authority: String,
    /// Its number there.
    pub number: String,
    /// The first moment at which it holds no longer; absent where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// What registers a party.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParty {
    /// Legal Entity Identifier (ISO 17442), 20 characters with a valid check pair.
    pub lei: String,
    /// Legal name, at most 256 bytes.
    pub name: String,
    /// Country of registration, ISO 3166-1 alpha-2 in capitals.
    pub country: String,
    /// `bank` or `non_bank`.
    pub kind: Wing,
    /// Tenant ids (GUIDs) of the identity provider whose people and programs act for it, at most
    /// 16.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The licence; only a bank has one.
    #[serde(default)]
    pub licence: Option<Licence>,
}

/// What decides on a party's KYC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KycDecision {
    /// The new state.
    pub state: KycVerdict,
    /// Until when `verified` holds, at most 1,096 days from now; only with `verified`.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
}

/// The KYC states that somebody decides on; the others come by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KycVerdict {
    /// Somebody is looking.
    Pending,
    /// It is known.
    Verified,
    /// What was known holds no longer.
    Revoked,
}

impl Party {
    /// A party as it is registered.
    pub fn register(order: NewParty, salt: String, now: Timestamp) -> Result<Self, Refusal> {
        let mut fields = Fields::default();
        let lei_fits = is_lei(&order.lei);
        fields.demand(
            lei_fits,
            "/lei",
            "party.lei",
            "an LEI (ISO 17442) has 18 capitals or digits and a matching check pair",
        );
        fields.text("/name", &order.name, limits::NAME_BYTES_MAX);
        fields.country("/country", &order.country);
        let tenants = read_tenants(&order.tenants, &mut fields);
        if let Some(licence) = &order.licence {
            check_licence("/licence", licence, order.kind, now, &mut fields);
        }
        fields.finish()?;
        Ok(Self {
            id: PartyId::of_lei(&order.lei),
            lei: order.lei,
            name: order.name,
            country: order.country,
            kind: order.kind,
            state: PartyState::Registered,
            kyc: Kyc { state: KycState::None, valid_until: None },
            licence: order.licence,
            tenants,
            salt,
            revision: 0,
        })
    }

    /// Bank or not.
    #[must_use]
    pub fn wing(&self) -> Wing {
        self.kind
    }

    /// Whether it may act now: active, and its KYC verified and not expired.
    pub fn may_act(&self, now: Timestamp) -> Result<(), PartyRefusal> {
        match self.state {
            PartyState::Active => self.kyc_holds(now),
            PartyState::Registered | PartyState::Suspended | PartyState::Closed => {
                Err(PartyRefusal::NotActive {
                    party: self.name.clone(),
                    state: self.state.as_str(),
                })
            }
        }
    }

    /// Whether its KYC is verified and not expired.
    pub fn kyc_holds(&self, now: Timestamp) -> Result<(), PartyRefusal> {
        let party = self.name.clone();
        match self.kyc.state_at(now) {
            KycState::Verified => Ok(()),
            KycState::Expired => Err(PartyRefusal::KycExpired { party }),
            KycState::None | KycState::Pending | KycState::Revoked => {
                Err(PartyRefusal::KycMissing { party })
            }
        }
    }

    /// Whether it has a licence that holds now.
    pub fn licence_holds(&self, now: Timestamp) -> Result<(), PartyRefusal> {
        let party = self.name.clone();
        match &self.licence {
            None => Err(PartyRefusal::LicenceMissing { party }),
            Some(licence) if licence.valid_until.is_some_and(|until| until <= now) => {
                Err(PartyRefusal::LicenceExpired { party })
            }
            Some(_) => Ok(()),
        }
    }

    /// The party after a decision on its KYC.
    pub fn decide_kyc(mut self, decision: KycDecision, now: Timestamp) -> Result<Self, Refusal> {
        if self.state == PartyState::Closed {
            return Err(PartyRefusal::Closed { party: self.name }.into());
        }
        let mut fields = Fields::default();
        let latest = now.plus_days(limits::KYC_DAYS_MAX);
        let (state, fits) = match (decision.state, decision.valid_until) {
            (KycVerdict::Verified, until) => {
                (KycState::Verified, until.is_some_and(|until| now < until && until <= latest))
            }
            (KycVerdict::Pending, until) => (KycState::Pending, until.is_none()),
            (KycVerdict::Revoked, until) => (KycState::Revoked, until.is_none()),
        };
        fields.demand(
            fits,
            "/valid_until",
            "party.kyc-until",
            "`verified` needs a moment from now to 1,096 days ahead; other states have none",
        );
        fields.finish()?;
        self.kyc = Kyc { state, valid_until: decision.valid_until };
        Ok(self)
    }

    /// The bank with a renewed licence.
    pub fn renew_licence(mut self, licence: Licence, now: Timestamp) -> Result<Self, Refusal> {
        if self.state == PartyState::Closed {
            return Err(PartyRefusal::Closed { party: self.name }.into());
        }
        let mut fields = Fields::default();
        check_licence("", &licence, self.kind, now, &mut fields);
        fields.finish()?;
        self.licence = Some(licence);
        Ok(self)
    }

    /// The party with more tenants; those that it has already are no fault.
    pub fn add_tenants(mut self, given: &[String]) -> Result<Self, Refusal> {
        if self.state == PartyState::Closed {
            return Err(PartyRefusal::Closed { party: self.name }.into());
        }
        let mut fields = Fields::default();
        let known: BTreeSet<String> = self.tenants.iter().cloned().collect();
        let more = read_tenants(given, &mut fields);
        fields.finish()?;
        self.tenants.extend(more.into_iter().filter(|tenant| !known.contains(tenant)));
        let mut fields = Fields::default();
        fields.at_most("/tenants", self.tenants.len(), limits::TENANTS_PER_PARTY_MAX);
        fields.finish()?;
        Ok(self)
    }

    /// The party in another state. Who becomes active must be known, and a bank licensed.
    pub fn move_to(mut self, to: PartyState, now: Timestamp) -> Result<Self, PartyRefusal> {
        if self.state == PartyState::Closed {
            return Err(PartyRefusal::Closed { party: self.name });
        }
        if !self.state.leads_to(to) {
            let (from, to) = (self.state.as_str(), to.as_str());
            return Err(PartyRefusal::NoMove { from, to });
        }
        if to == PartyState::Active {
            self.kyc_holds(now)?;
            if self.kind == Wing::Bank {
                self.licence_holds(now)?;
            }
        }
        self.state = to;
        Ok(self)
    }
}

fn read_tenants(given: &[String], fields: &mut Fields) -> Vec<String> {
    fields.at_most("/tenants", given.len(), limits::TENANTS_PER_PARTY_MAX);
    let mut tenants: Vec<String> = Vec::new();
    for (index, text) in given.iter().enumerate() {
        let pointer = format!("/tenants/{index}");
        match guid(text) {
            None => fields.fault(&pointer, "tenant.malformed", "a GUID is expected"),
            Some(tenant) if tenants.contains(&tenant) => {
                fields.fault(&pointer, "tenant.twice", "this tenant is named twice");
            }
            Some(tenant) => tenants.push(tenant),
        }
    }
    tenants
}

fn check_licence(at: &str, licence: &Licence, kind: Wing, now: Timestamp, fields: &mut Fields) {
    let bank = kind == Wing::Bank;
    fields.demand(bank, at, "party.licence", "only a bank has a licence");
    fields.text(&format!("{at}/authority"), &licence.authority, limits::NAME_BYTES_MAX);
    fields.text(&format!("{at}/number"), &licence.number, limits::NAME_BYTES_MAX);
    let future = licence.valid_until.is_none_or(|until| now < until);
    let pointer = format!("{at}/valid_until");
    fields.demand(future, &pointer, "party.licence-until", "the licence has expired");
}
