//! What a tokenization waits for, by name.

use crate::{ids::PartyId, timestamp::Timestamp};
use poa_formula::Attestor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that somebody has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Demand {
    /// What kind of thing.
    pub kind: DemandKind,
    /// Name of the evidence, code of the check or of the legal document; `approval` for approvals,
    /// `review` for reviews.
    pub code: String,
    /// What it is about, for people.
    pub text: String,
    /// Who can do it.
    pub by: By,
    /// Whether the tokenization cannot go on without it.
    pub mandatory: bool,
    /// Until when.
    pub deadline: Timestamp,
}

/// What can be demanded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DemandKind {
    /// A document, with its bytes in document storage.
    Evidence,
    /// An attestation of an outside party.
    Attestation,
    /// A sign-off of a legal officer.
    SignOff,
    /// Approvals of second persons.
    Approval,
    /// A decision of people of compliance.
    Review,
}

/// Who can satisfy a demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum By {
    /// The party that tokenizes.
    Requester {
        /// The party.
        party: PartyId,
    },
    /// One of the parties that the instance names.
    Attestors {
        /// In what capacity.
        attestor: Attestor,
        /// The parties.
        parties: Vec<PartyId>,
    },
    /// A legal officer of a party in this country.
    LegalOfficers {
        /// ISO 3166-1 alpha-2.
        country: String,
    },
    /// People with the role `Compliance` of the bank that tokenizes, none of whom made the request.
    Compliance {
        /// The bank.
        party: PartyId,
        /// How many more are needed.
        count: u8,
    },
    /// People of the party that tokenizes who neither made the request nor approved it before.
    SecondPersons {
        /// The party.
        party: PartyId,
        /// How many more are needed.
        count: u8,
    },
}

impl Demand {
    /// Words that lists of open demands are found by: `demand:<kind>:<party or country>`.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        match &self.by {
            By::Requester { party } => vec![format!("demand:evidence:{party}")],
            By::Attestors { attestor, parties } => {
                let kind = attestor_word(*attestor);
                parties.iter().map(|party| format!("demand:{kind}:{party}")).collect()
            }
            By::LegalOfficers { country } => vec![format!("demand:legal:{country}")],
            By::Compliance { party, .. } => vec![format!("demand:review:{party}")],
            By::SecondPersons { party, .. } => vec![format!("demand:approval:{party}")],
        }
    }
}

/// The word for a kind of attestor in tags.
#[must_use]
pub fn attestor_word(attestor: Attestor) -> &'static str {
    match attestor {
        Attestor::Internal => "internal",
        Attestor::Verifier => "verifier",
        Attestor::Auditor => "auditor",
    }
}
