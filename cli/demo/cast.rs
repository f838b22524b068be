//! The people and parties of the demo, registered as an operator would, and their tokens.

use super::api::{Api, Fault};
use crate::development::{self, Holder, Place};
use poa::local_issuer::LocalIssuer;
use poa_protocol::{caller::Person, role::Role, timestamp::Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PARTIES: &str = include_str!("../../examples/demo/parties.json");
const TOKEN_SECS: i64 = 3600;
const KYC_DAYS: i64 = 365;

/// One party of examples/demo/parties.json.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    /// What the other files call it.
    pub(crate) key: String,
    name: String,
    country: String,
    /// `bank` or `non_bank`.
    pub(crate) kind: String,
    lei: String,
    tenant: String,
    #[serde(default)]
    licence: Option<Value>,
    /// The id that the service gave it.
    #[serde(skip)]
    pub(crate) id: String,
}

/// Where tokens come from.
#[derive(Debug)]
pub(crate) struct Issuing {
    /// The key.
    pub(crate) issuer: LocalIssuer,
    /// Where the app is.
    pub(crate) place: Place,
    /// When the demo began.
    pub(crate) began: Timestamp,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Cast {
    members: BTreeMap<String, Member>,
    issuing: Issuing,
}

impl Cast {
    /// Reads the parties; the operator gets the tenant that the service knows it by.
    pub(crate) fn read(issuing: Issuing) -> Result<Self, Fault> {
        let members: Vec<Member> = serde_json::from_str(PARTIES)
            .map_err(|fault| Fault(format!("examples/demo/parties.json: {fault}")))?;
        let mut members: BTreeMap<String, Member> =
            members.into_iter().map(|member| (member.key.clone(), member)).collect();
        if let Some(operator) = members.get_mut("operator") {
            operator.tenant = development::operator_tenant();
        }
        Ok(Self { members, issuing })
    }

    /// The party that the files call `key`.
    pub(crate) fn member(&self, key: &str) -> Result<&Member, Fault> {
        self.members.get(key).ok_or_else(|| Fault(format!("the demo knows no party `{key}`")))
    }

    /// The party with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Member> {
        self.members.values().find(|member| member.id == id)
    }

    /// When the demo began.
    pub(crate) fn began(&self) -> Timestamp {
        self.issuing.began
    }

    /// A token of person number `number` of a party.
    pub(crate) fn token(&self, key: &str, number: u8, role: Role) -> Result<String, Fault> {
        let member = self.member(key)?;
        let tail = member.tenant.get(24..).unwrap_or_default();
        let person = Person {
            tenant: member.tenant.clone(),
            object: format!("00000000-0000-4000-9{number:03}-{tail}"),
        };
        let name = format!("{} #{number}", member.name);
        let holder = Holder { person, name, roles: vec![role], program: role.is_for_programs() };
        development::mint(&self.issuing.issuer, &self.issuing.place, holder, TOKEN_SECS)
            .map(|token| token.text)
            .map_err(|stop| Fault(stop.message))
    }

    /// Registers every party, verifies who it is, and lets it act.
    pub(crate) async fn register(&mut self, api: &Api) -> Result<usize, Fault> {
        let admin = self.token("operator", 1, Role::Administrator)?;
        let until = self.issuing.began.plus_days(KYC_DAYS).to_string();
        let mut members = std::mem::take(&mut self.members);
        for member in members.values_mut() {
            member.id = register(api, &admin, member, &until).await?;
        }
        self.members = members;
        Ok(self.members.len())
    }
}

async fn register(api: &Api, admin: &str, member: &Member, until: &str) -> Result<String, Fault> {
    let body = json!({
        "lei": member.lei, "name": member.name, "country": member.country, "kind": member.kind,
        "tenants": [member.tenant], "licence": member.licence,
    });
    let about = format!("party-{}", member.key);
    let made = api.post(admin, "parties", &about, &body).await?.must("register a party")?;
    let id = made.text("/id");
    let kyc = json!({ "state": "verified", "valid_until": until });
    let path = format!("parties/{id}/kyc");
    let about = format!("kyc-{}", member.key);
    let known = api.revise(admin, &path, &about, (&kyc, made.etag.as_deref())).await?;
    let known = known.must("verify a party")?;
    let path = format!("parties/{id}/state");
    let about = format!("active-{}", member.key);
    let state = json!({ "state": "active" });
    api.revise(admin, &path, &about, (&state, known.etag.as_deref())).await?.must("activate")?;
    Ok(id)
}
