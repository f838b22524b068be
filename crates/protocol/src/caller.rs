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

    /// Whether the caller reads what is others': an auditor of the operator. Every tenant grants
    /// roles to its own people, so the auditors of another party read what is that party's.
    #[must_use]
    pub fn reads_all(&self) -> bool {
        self.operator && self.has(Role::Auditor)
    }

    /// Whether the caller belongs to the party.
    #[must_use]
    pub fn is_of(&self, party: &PartyId) -> bool {
        self.party.as_ref() == Some(party)
    }
}

crate::refusals! {
    /// Why nobody valid is asking, or somebody who may not.
    CallerRefusal {
        /// The request carries no bearer token.
        TokenMissing = "caller.token-missing", Unauthenticated, lasting,
            "this path needs a token",
            "send `Authorization: Bearer` and a token for this service; locally `poa token` makes one";
        /// The token is not one that this service accepts.
        TokenInvalid { what: String } = "caller.token-invalid", Unauthenticated, lasting,
            "the token is not accepted: {what}",
            "ask the identity provider for a fresh token for this service";
        /// The token comes from a tenant that belongs to no registered party.
        UnknownTenant = "caller.unknown-tenant", Forbidden, lasting,
            "your tenant belongs to no registered party",
            "ask the operator to register your organisation with its tenant id";
        /// The token of a person does not carry the scope of this service.
        ScopeMissing = "caller.scope-missing", Forbidden, lasting,
            "the token lacks the scope `access_as_user`",
            "ask the identity provider for a token with this scope; programs need an app-only token";
        /// The token of a program carries no role for programs, so nobody has let it in.
        NoProgramRole = "caller.no-program-role", Forbidden, lasting,
            "the token carries no role for programs",
            "grant the program one of the application roles";
        /// The token of a bank's program was had with a secret: what can be copied proves nobody.
        ProgramSecret = "caller.program-secret", Forbidden, lasting,
            "a program of a bank must prove itself with a certificate or a federated credential",
            "give the program a certificate or a federated credential in place of its secret";
        /// The caller has none of the roles that the path needs.
        RoleMissing { needed: String } = "caller.role-missing", Forbidden, lasting,
            "this path needs one of the roles {needed}",
            "ask your administrator for the role; programs and people have different ones";
    }
}
