//! Who is asking.

use crate::{ids::PartyId, role::Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One person or program, as the identity provider knows it: (tenant, object id). Who made and who
/// checks are compared by it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Person {
    /// Tenant id (`tid`), a GUID in lower case.
    pub tenant: String,
    /// Object id (`oid`), a GUID in lower case.
    pub object: String,
}

/// The caller of one request, after its token was validated and its tenant was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub person: Person,
    /// Whether it is a program (app-only token) and not a person.
    pub program: bool,
    /// The roles that its token carries.
    pub roles: BTreeSet<Role>,
    /// The party that its tenant belongs to; `None` only before the operator has registered itself.
    pub party: Option<PartyId>,
    /// Whether its tenant is the operator's own.
    pub operator: bool,
}

impl Caller {
    /// Whether the caller has the role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the caller belongs to the party.
    #[must_use]
    pub fn is_of(&self, party: &PartyId) -> bool {
        self.party.as_ref() == Some(party)
    }
}
