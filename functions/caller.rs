//! The door: from the `Authorization` header to a caller who may call this function, or a refusal.

use crate::{
    jwks::{IssuerKeys, Pace},
    settings::Issuer,
    token::{Expected, Identity, invalid},
    trigger::Access,
};
use aws_lc_rs::digest;
use poa_operations::{desk::Desk, failure::Failure, parties};
use poa_protocol::{
    caller::{Caller, CallerRefusal},
    event::Wing,
    ids::PartyId,
    limits,
    role::Role,
    timestamp::Timestamp,
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use warp::http::{HeaderMap, header::AUTHORIZATION};

/// Knows who may come in.
#[derive(Debug)]
pub struct Door {
    expected: Expected,
    operator_tenant: String,
    keys: IssuerKeys,
    // Looked up by the hash of the token: its own bytes are not kept.
    tokens: Remembered<[u8; 32], Arc<Identity>>,
    tenants: Remembered<String, Member>,
}

/// The party of a tenant, as far as it counts at the door.
#[derive(Debug, Clone)]
struct Member {
    party: PartyId,
    bank: bool,
}

impl Door {
    /// A door for the tokens of this issuer.
    pub fn new(issuer: &Issuer, pace: Pace) -> Result<Self, reqwest::Error> {
        Ok(Self {
            expected: Expected {
                authority: issuer.authority.clone(),
                audience: issuer.audience.clone(),
            },
            operator_tenant: issuer.operator_tenant.clone(),
            keys: IssuerKeys::new(&issuer.authority, pace)?,
            tokens: Remembered::new(limits::TOKENS_REMEMBERED_MAX),
            tenants: Remembered::new(limits::TENANTS_REMEMBERED_MAX),
        })
    }

    /// The caller of a function, where it needs one.
    pub async fn caller(
        &self,
        desk: &Desk,
        headers: &HeaderMap,
        access: Access,
    ) -> Result<Option<Caller>, Failure> {
        if access == Access::Public {
            return Ok(None);
        }
        let caller = self.enter(desk, bearer(headers)?).await?;
        match access {
            Access::Roles(needed) if !needed.iter().any(|role| caller.has(*role)) => {
                Err(CallerRefusal::RoleMissing { needed: names(needed) }.into())
            }
            Access::Roles(_) | Access::SignedIn | Access::Public => Ok(Some(caller)),
        }
    }

    /// Whether tokens of the operator's tenant can be checked.
    pub async fn ready(&self, now: Timestamp) -> Result<(), &'static str> {
        self.keys.ready(&self.operator_tenant, now).await
    }

    /// Reads the signing keys that are in use again.
    pub async fn renew_keys(&self, now: Timestamp) {
        self.keys.renew_all(now).await;
    }

    async fn enter(&self, desk: &Desk, token: &str) -> Result<Caller, Failure> {
        let now = desk.clock.now();
        let hash = sha256(token.as_bytes());
        if let Some(known) = self.tokens.get(&hash, now) {
            let member = self.admit(desk, &known.person.tenant, now).await?;
            return Ok(self.caller_of(&known, member)?);
        }
        let unproven = self.expected.read(token, now)?;
        // INVARIANT: only a tenant that we know makes us ask the issuer.
        let member = self.admit(desk, &unproven.tenant, now).await?;
        let identity = Arc::new(self.expected.prove(unproven, &self.keys, now).await?);
        let ends = Timestamp::from_millis(identity.ends.saturating_mul(1000));
        let until = ends.min(now.plus_secs(limits::TOKEN_REMEMBERED_SECS));
        self.tokens.keep(hash, identity.clone(), until, now);
        Ok(self.caller_of(&identity, member)?)
    }

    /// The party of a tenant. A tenant without one is a stranger, except the operator's own.
    async fn admit(
        &self,
        desk: &Desk,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<Member>, Failure> {
        if let Some(member) = self.tenants.get(tenant, now) {
            return Ok(Some(member));
        }
        match parties::party_of_tenant(desk, tenant).await? {
            Some(party) => {
                let until = now.plus_secs(limits::TENANT_REMEMBERED_SECS);
                let member = Member { party: party.id, bank: party.kind == Wing::Bank };
                self.tenants.keep(tenant.to_owned(), member.clone(), until, now);
                Ok(Some(member))
            }
            None if tenant == self.operator_tenant => Ok(None),
            None => Err(CallerRefusal::UnknownTenant.into()),
        }
    }

    fn caller_of(
        &self,
        identity: &Identity,
        member: Option<Member>,
    ) -> Result<Caller, CallerRefusal> {
        let bank = member.as_ref().is_some_and(|member| member.bank);
        if bank && identity.program && !identity.certified {
            return Err(CallerRefusal::ProgramSecret);
        }
        Ok(Caller {
            person: identity.person.clone(),
            program: identity.program,
            roles: identity.roles.clone(),
            party: member.map(|member| member.party),
            operator: identity.person.tenant == self.operator_tenant,
        })
    }
}

/// The token of a request (RFC 6750 §2.1). Headers of a platform in front of us, for example
/// `x-ms-client-principal`, are never read: anybody can send them.
fn bearer(headers: &HeaderMap) -> Result<&str, CallerRefusal> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Err(CallerRefusal::TokenMissing) };
    if sent.next().is_some() {
        return Err(invalid("the header `Authorization` was sent twice"));
    }
    let text = first.to_str().map_err(|_| invalid("the header `Authorization` is not text"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        Some(_) | None => Err(invalid("the header `Authorization` is not `Bearer` and a token")),
    }
}

fn names(roles: &[Role]) -> String {
    let names: Vec<_> = roles.iter().map(|role| format!("`{}`", role.as_str())).collect();
    names.join(", ")
}

/// SHA-256.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    hash.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

/// A bounded memory of what was looked up, each entry with its end.
#[derive(Debug)]
struct Remembered<K, V> {
    entries: Mutex<HashMap<K, (V, Timestamp)>>,
    most: usize,
}

impl<K: Hash + Eq, V: Clone> Remembered<K, V> {
    fn new(most: usize) -> Self {
        Self { entries: Mutex::default(), most }
    }

    fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(_, until)| now < *until).map(|(value, _)| value.clone())
    }

    /// Keeps a value. A full memory first forgets what has ended, and everything where nothing has:
    /// then each is looked up once more, which is slower and never wrong.
    fn keep(&self, key: K, value: V, until: Timestamp, now: Timestamp) {
        if until <= now {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.most {
            entries.retain(|_, (_, until)| now < *until);
        }
        if entries.len() >= self.most {
            entries.clear();
        }
        entries.insert(key, (value, until));
    }
}

#[cfg(test)]
mod tests {
    use super::{Remembered, bearer};
    use poa_protocol::timestamp::Timestamp;
    use warp::http::{HeaderMap, header::AUTHORIZATION};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(0).plus_secs(secs)
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let memory = Remembered::new(2);
        memory.keep("a", 1, at(10), at(0));
        assert_eq!(memory.get("a", at(9)), Some(1));
        assert_eq!(memory.get("a", at(10)), None);
        memory.keep("b", 2, at(5), at(5));
        assert_eq!(memory.get("b", at(4)), None, "it had ended when it came");
    }

    #[test]
    fn a_memory_never_grows_beyond_its_bound() {
        let memory = Remembered::new(2);
        memory.keep(1, (), at(10), at(0));
        memory.keep(2, (), at(20), at(0));
        memory.keep(3, (), at(20), at(15));
        assert_eq!(memory.get(&2, at(15)), Some(()), "only what had ended went");
        memory.keep(4, (), at(20), at(15));
        assert_eq!(memory.entries.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_authorization_header_is_one_bearer_token() {
        let sent = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned).map_err(|refusal| refusal.code())
        };
        assert_eq!(sent(&["Bearer a.b.c"]), Ok("a.b.c".to_owned()));
        assert_eq!(sent(&["bearer a.b.c"]), Ok("a.b.c".to_owned()));
        assert_eq!(sent(&[]), Err("caller.token-missing"));
        for wrong in [&["Bearer a", "Bearer a"][..], &["Basic YTpi"], &["Bearer"], &["a.b.c"]] {
            assert_eq!(sent(wrong), Err("caller.token-invalid"), "{wrong:?}");
        }
    }
}
