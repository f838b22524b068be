//! Instances: one version in one jurisdiction and legal regime, with who attests there and who may
//! come.

use crate::{
    caller::{Caller, Person},
    contour::RuleSet,
    ids::{InstanceId, PartyId},
    impact::ImpactBound,
    product::{AssetClass, Product, ProductCode},
    side::Side,
    timestamp::Timestamp,
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod draft;
mod refusals;
pub use draft::{Beginning, NewInstance, Overlay, RuleSetNamed, is_jurisdiction, is_regime};
pub use refusals::InstanceRefusal;

#[cfg(test)]
mod tests;

/// One version in one jurisdiction and legal regime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// The product.
    pub product: ProductCode,
    /// What kind of thing the product tokenizes.
    pub asset_class: AssetClass,
    /// The version that it adapts.
    pub version: VersionNumber,
    /// The party whose people made it: the owner of the product.
    pub owner: PartyId,
    /// Title for people, from its source.
    pub title: String,
    /// SHA-256 of what the flattened program does: what every tokenization pins.
    pub effective_hash: String,
    /// The source that is laid over the version's.
    pub source: String,
    /// ISO 3166-1 alpha-2 or ISO 3166-2.
    pub jurisdiction: String,
    /// The legal regime, for example `DE-eWpG`.
    pub regime: String,
    /// The rule set of that regime that the contour asks about requests of banks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<RuleSet>,
    /// ISO 4217 code of the currency that it values in.
    pub currency: String,
    /// Where it stands.
    pub state: InstanceState,
    /// The first moment at which it takes requests.
    pub effective_from: Timestamp,
    /// The first moment at which it takes none any more.
    pub effective_until: Option<Timestamp>,
    /// How many other persons must approve a proposal, 0 to 2.
    pub approvals_required: u8,
    /// Which parties may attest.
    pub attestors: Attestors,
    /// Which sides may come.
    pub sides: BTreeSet<Side>,
    /// Where the data of attributes may be; what is not named is shared.
    pub data_placement: BTreeMap<String, Placement>,
    /// Who made it.
    pub maker: Person,
    /// Who approved it.
    pub approver: Option<Person>,
    /// The instance that it takes the place of.
    pub supersedes: Option<InstanceId>,
    /// The instance that took its place.
    pub superseded_by: Option<InstanceId>,
    /// What it may do to the live smart assets of the instance whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_bound: Option<ImpactBound>,
    /// Revision of its last change.
    pub revision: u64,
}

/// Where an instance stands: `draft → approved → active ⇄ suspended → superseded → retired`. It may
/// be retired from every state.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// Waits for a second person.
    Draft,
    /// Waits for its activation.
    Approved,
    /// Takes requests while it is effective.
    Active,
    /// Takes none for now.
    Suspended,
    /// Another one took its place.
    Superseded,
    /// Takes none any more.
    Retired,
}

/// Which parties may attest the checks of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestors {
    /// Checks `by verifier`.
    #[serde(default)]
    pub verifier: Vec<PartyId>,
    /// Checks `by auditor`.
    #[serde(default)]
    pub auditor: Vec<PartyId>,
}

/// Where the data of an attribute may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Only in the bank's own store.
    Bank,
    /// Everywhere.
    Shared,
}

impl InstanceState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Draft,
        Self::Approved,
        Self::Active,
        Self::Suspended,
        Self::Superseded,
        Self::Retired,
    ];

    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Superseded => "superseded",
            Self::Retired => "retired",
        }
    }
}

impl Instance {
    /// Whether everybody may see it: it has taken requests or still does.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self.state {
            InstanceState::Active | InstanceState::Suspended | InstanceState::Superseded => true,
            InstanceState::Retired => self.approver.is_some(),
            InstanceState::Draft | InstanceState::Approved => false,
        }
    }

    /// Whether the caller may see it.
    #[must_use]
    pub fn visible_to(&self, caller: &Caller) -> bool {
        self.is_public() || caller.is_of(&self.owner) || caller.reads_all()
    }

    /// Whether it is active and effective at a moment.
    pub fn open_at(&self, now: Timestamp) -> Result<(), InstanceRefusal> {
        let instance = self.id.to_string();
        if self.state != InstanceState::Active {
            return Err(InstanceRefusal::NotActive { instance, state: self.state.as_str() });
        }
        if now < self.effective_from {
            return Err(InstanceRefusal::NotYet { instance, from: self.effective_from });
        }
        self.not_over(now)
    }

    /// Whether it takes a request of this side at a moment.
    pub fn takes(&self, side: Side, now: Timestamp) -> Result<(), InstanceRefusal> {
        self.open_at(now)?;
        if self.sides.contains(&side) {
            Ok(())
        } else {
            Err(InstanceRefusal::OtherSide { instance: self.id.to_string(), side: side.as_str() })
        }
    }

    /// The country of its jurisdiction (ISO 3166-1 alpha-2).
    #[must_use]
    pub fn country(&self) -> &str {
        self.jurisdiction.split('-').next().unwrap_or_default()
    }

    /// Whether it serves somebody in a jurisdiction: the same one, or the country around it.
    #[must_use]
    pub fn serves(&self, jurisdiction: &str) -> bool {
        self.jurisdiction == jurisdiction
            || jurisdiction.split('-').next() == Some(self.jurisdiction.as_str())
    }

    /// The instance, approved by a second person.
    pub fn approve(mut self, approver: &Person) -> Result<Self, InstanceRefusal> {
        self.demand(&[InstanceState::Draft], InstanceState::Approved)?;
        // INVARIANT: who makes and who checks are never the same (tenant, object id).
        if self.maker == *approver {
            return Err(InstanceRefusal::SamePerson { instance: self.id.to_string() });
        }
        self.state = InstanceState::Approved;
        self.approver = Some(approver.clone());
        Ok(self)
    }

    /// The instance, active; and the one whose place it takes, superseded. Where it was suspended,
    /// it goes on as it was before.
    pub fn activate(
        mut self,
        product: &Product,
        older: Option<Self>,
        now: Timestamp,
    ) -> Result<(Self, Option<Self>), crate::refusal::Refusal> {
        self.demand(&[InstanceState::Approved, InstanceState::Suspended], InstanceState::Active)?;
        product.listed()?;
        self.not_over(now)?;
        let resumes = self.state == InstanceState::Suspended;
        let older = if resumes { None } else { older };
        let older = older.map(|older| older.give_way(&self.id)).transpose()?.flatten();
        self.state = InstanceState::Active;
        Ok((self, older))
    }

    /// The instance, suspended.
    pub fn suspend(mut self) -> Result<Self, InstanceRefusal> {
        self.demand(&[InstanceState::Active], InstanceState::Suspended)?;
        self.state = InstanceState::Suspended;
        Ok(self)
    }

    /// The instance, retired.
    pub fn retire(mut self) -> Result<Self, InstanceRefusal> {
        let all_others = [
            InstanceState::Draft,
            InstanceState::Approved,
            InstanceState::Active,
            InstanceState::Suspended,
            InstanceState::Superseded,
        ];
        self.demand(&all_others, InstanceState::Retired)?;
        self.state = InstanceState::Retired;
        Ok(self)
    }

    /// What becomes of an instance when another takes its place; `None` where it stays as it is.
    fn give_way(mut self, newer: &InstanceId) -> Result<Option<Self>, InstanceRefusal> {
        if let Some(by) = &self.superseded_by {
            let (instance, by) = (self.id.to_string(), by.to_string());
            return Err(InstanceRefusal::AlreadySuperseded { instance, by });
        }
        match self.state {
            InstanceState::Active | InstanceState::Suspended => {
                self.state = InstanceState::Superseded;
                self.superseded_by = Some(newer.clone());
                Ok(Some(self))
            }
            InstanceState::Superseded | InstanceState::Retired => Ok(None),
            InstanceState::Draft | InstanceState::Approved => {
                let (instance, state) = (self.id.to_string(), self.state.as_str());
                Err(InstanceRefusal::NothingToSupersede { instance, state })
            }
        }
    }

    fn not_over(&self, now: Timestamp) -> Result<(), InstanceRefusal> {
        match self.effective_until {
            Some(until) if until <= now => {
                Err(InstanceRefusal::Over { instance: self.id.to_string(), until })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn demand(&self, at: &[InstanceState], to: InstanceState) -> Result<(), InstanceRefusal> {
        if at.contains(&self.state) {
            Ok(())
        } else {
            let (from, to) = (self.state.as_str(), to.as_str());
            Err(InstanceRefusal::NoMove { from, to })
        }
    }
}
