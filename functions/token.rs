//! Bearer tokens: what a token must be before anybody believes what it says.
//!
//! A token is read twice. First without its signature, to learn which tenant it claims to come from
//! and to refuse what no signature could heal. Then, with the key of that tenant, for good. Nothing
//! but the second reading becomes an [`Identity`].

use crate::{jwks::IssuerKeys, settings::is_guid};
use jsonwebtoken::{Algorithm, Validation, dangerous::insecure_decode_claims, decode_header};
use poa_operations::failure::Failure;
use poa_protocol::{
    caller::{CallerRefusal, Person},
    limits,
    role::Role,
    timestamp::Timestamp,
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The scope that a person's token carries.
pub const SCOPE: &str = "access_as_user";

/// The value of `azpacr` where the client had a certificate or a federated credential.
pub const CERTIFIED: &str = "2";

/// Who a validated token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is.
    pub person: Person,
    /// Whether it is a program.
    pub program: bool,
    /// Whether its program proved itself with a certificate or a federated credential, and not
    /// with a secret that somebody may have copied.
    pub certified: bool,
    /// Its roles, only those of its kind.
    pub roles: BTreeSet<Role>,
    /// When the token ends, in seconds since 1970.
    pub ends: i64,
}

/// A token whose signature nobody has checked yet.
#[derive(Debug)]
pub struct Unproven<'a> {
    token: &'a str,
    kid: String,
    /// The tenant that it claims to come from, a GUID in lower case.
    pub tenant: String,
}

/// The claims that count. Everything else in a token is ignored.
#[derive(Debug, Deserialize)]
struct Claims {
    ver: Option<String>,
    iss: Option<String>,
    aud: Option<String>,
    tid: Option<String>,
    oid: Option<String>,
    exp: Option<i64>,
    nbf: Option<i64>,
    scp: Option<String>,
    idtyp: Option<String>,
    azp: Option<String>,
    azpacr: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// What every token is compared with.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Base URL of the issuer.
    pub authority: String,
    /// The only audience.
    pub audience: String,
}

impl Expected {
    /// Reads a token without its signature and refuses what no signature could heal.
    pub fn read<'a>(&self, token: &'a str, now: Timestamp) -> Result<Unproven<'a>, CallerRefusal> {
        if token.len() > limits::TOKEN_BYTES_MAX {
            return Err(invalid(format!("it has more than {} bytes", limits::TOKEN_BYTES_MAX)));
        }
        let kid = kid_of(token)?;
        let claims: Claims = insecure_decode_claims(token).map_err(|_| unreadable("its claims"))?;
        let (tenant, _) = self.check(&claims, now)?;
        Ok(Unproven { token, kid, tenant })
    }

    /// Checks the signature with the tenant's own keys, then everything else once more on what was
    /// signed.
    pub async fn prove(
        &self,
        unproven: Unproven<'_>,
        keys: &IssuerKeys,
        now: Timestamp,
    ) -> Result<Identity, Failure> {
        let issuer = self.issuer_of(&unproven.tenant);
        let key = keys.find(&unproven.tenant, &unproven.kid, now).await?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss"]);
        // The times are compared with the desk's clock below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(unproven.token, &key, &validation)
            .map_err(|_| invalid("its signature does not match"))?
            .claims;
        let (tenant, ends) = self.check(&claims, now)?;
        Ok(identity(claims, tenant, ends)?)
    }

    /// The issuer of a tenant's tokens.
    #[must_use]
    pub fn issuer_of(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.authority)
    }

    /// Version, audience, issuer, tenant and times; gives the tenant and the end.
    fn check(&self, claims: &Claims, now: Timestamp) -> Result<(String, i64), CallerRefusal> {
        let version = claims.ver.as_deref().ok_or_else(|| missing("ver"))?;
        if version != "2.0" {
            return Err(invalid("only tokens of version `2.0` are read"));
        }
        if claims.aud.as_deref().ok_or_else(|| missing("aud"))? != self.audience {
            return Err(invalid("it is for another audience"));
        }
        let tenant = claims.tid.as_deref().ok_or_else(|| missing("tid"))?;
        if !is_guid(tenant) {
            return Err(invalid("its tenant is no GUID"));
        }
        let tenant = tenant.to_ascii_lowercase();
        if claims.iss.as_deref().ok_or_else(|| missing("iss"))? != self.issuer_of(&tenant) {
            return Err(invalid("its issuer is not the one of its tenant"));
        }
        let now = now.millis().div_euclid(1000);
        let ends = claims.exp.ok_or_else(|| missing("exp"))?;
        if ends.saturating_add(limits::TOKEN_LEEWAY_SECS) < now {
            return Err(invalid("it has expired"));
        }
        let begins = claims.nbf.ok_or_else(|| missing("nbf"))?;
        if begins.saturating_sub(limits::TOKEN_LEEWAY_SECS) > now {
            return Err(invalid("it is not valid yet"));
        }
        Ok((tenant, ends))
    }
}

/// The key id of a token whose header asks for nothing else than we do.
fn kid_of(token: &str) -> Result<String, CallerRefusal> {
    let header = decode_header(token).map_err(|_| unreadable("its header"))?;
    if header.alg != Algorithm::RS256 {
        return Err(invalid("only the algorithm `RS256` is read"));
    }
    // INVARIANT: a token never brings or names its own key, and never changes how it is read.
    if header.crit.is_some() {
        return Err(invalid("it has critical header fields"));
    }
    if header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some()
    {
        return Err(invalid("it brings its own key"));
    }
    header.kid.filter(|kid| !kid.is_empty()).ok_or_else(|| invalid("it names no key"))
}

/// People have the scope and roles for people; programs have `idtyp` `app`, no scope and roles for
/// programs. A role of the other kind is as good as none.
fn identity(claims: Claims, tenant: String, ends: i64) -> Result<Identity, CallerRefusal> {
    let object = claims.oid.ok_or_else(|| missing("oid"))?;
    if !is_guid(&object) {
        return Err(invalid("its object id is no GUID"));
    }
    let program = claims.idtyp.as_deref() == Some("app") && claims.scp.is_none();
    if program && !is_guid(claims.azp.as_deref().ok_or_else(|| missing("azp"))?) {
        return Err(invalid("its client is no GUID"));
    }
    let scope = claims.scp.as_deref().unwrap_or_default();
    if !program && !scope.split(' ').any(|word| word == SCOPE) {
        return Err(CallerRefusal::ScopeMissing);
    }
    let roles: BTreeSet<Role> = claims
        .roles
        .iter()
        .filter_map(|text| Role::parse(text))
        .filter(|role| role.is_for_programs() == program)
        .collect();
    if program && roles.is_empty() {
        return Err(CallerRefusal::NoProgramRole);
    }
    let certified = claims.azpacr.as_deref() == Some(CERTIFIED);
    let person = Person { tenant, object: object.to_ascii_lowercase() };
    Ok(Identity { person, program, certified, roles, ends })
}

pub(crate) fn invalid(what: impl Into<String>) -> CallerRefusal {
    CallerRefusal::TokenInvalid { what: what.into() }
}

fn missing(claim: &str) -> CallerRefusal {
    invalid(format!("claim `{claim}` is missing"))
}

fn unreadable(part: &str) -> CallerRefusal {
    invalid(format!("{part} cannot be read"))
}
