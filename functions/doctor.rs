//! The doctor: examines every part that the settings name, all at the same time, each a bounded
//! time, and reports every fault at once.

use crate::{
    jwks::{IssuerKeys, Pace},
    settings::{Issuer, Parts, SettingsFaults},
    wiring::{self, OpenFault, Part},
};
use futures_util::future::{BoxFuture, join_all};
use poa_operations::diagnosis::{Ailment, Check, Diagnose};
use poa_protocol::limits;
use serde::Serialize;
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::timeout;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The parts, in the order of the settings.
    pub parts: Vec<Examined>,
}

/// One part and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Which part.
    pub part: &'static str,
    /// What it is and where; empty where it could not be opened.
    pub service: String,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// The report where the settings themselves are wrong.
    #[must_use]
    pub fn of_settings(faults: &SettingsFaults) -> Self {
        let check = |fault: &String| {
            let name = fault.split('`').nth(1).unwrap_or_default();
            let ailment = Ailment {
                wrong: fault.clone(),
                remedy: "set it in the app settings, or in `local.settings.json`".to_owned(),
            };
            Check { what: format!("setting `{name}`"), fault: Some(ailment) }
        };
        let checks = faults.0.iter().map(check).collect();
        Self { parts: vec![Examined { part: "settings", service: String::new(), checks }] }
    }

    /// How many checks found a fault.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.checks().filter(|check| !check.holds()).count()
    }

    /// Every check of every part.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.parts.iter().flat_map(|part| &part.checks)
    }
}

/// Examines every part.
pub async fn examine(parts: &Parts) -> Report {
    let settings = parts.clone();
    // Files are opened on a thread of their own.
    let opened = tokio::task::spawn_blocking(move || wiring::open(&settings)).await;
    let mut waiting: Vec<BoxFuture<'_, Examined>> = Vec::new();
    match opened {
        Ok(opened) => {
            waiting.extend(opened.credential.map(|patient| examined("credential", patient)));
            waiting.extend([
                examined("store", patient(opened.store)),
                examined("bus", patient(opened.bus)),
                examined("document storage", patient(opened.documents)),
                examined("key vault", patient(opened.signer)),
            ]);
        }
        Err(fault) => {
            let fault = Err(OpenFault(fault.to_string()));
            waiting.push(examined("settings", fault));
        }
    }
    waiting.push(examined("token issuer", issuer(&parts.issuer)));
    Report { parts: join_all(waiting).await }
}

fn patient<P: ?Sized + fmt::Debug>(
    opened: Result<Part<P>, OpenFault>,
) -> Result<Arc<dyn Diagnose>, OpenFault> {
    opened.map(|part| part.patient)
}

/// Examines one part; what cannot be opened is a fault, and so is what takes too long.
fn examined(
    part: &'static str,
    patient: Result<Arc<dyn Diagnose>, OpenFault>,
) -> BoxFuture<'static, Examined> {
    let limit = Duration::from_secs(limits::EXAMINATION_SECS_MAX);
    Box::pin(examined_within(part, patient, limit))
}

async fn examined_within(
    part: &'static str,
    patient: Result<Arc<dyn Diagnose>, OpenFault>,
    limit: Duration,
) -> Examined {
    let patient = match patient {
        Ok(patient) => patient,
        Err(fault) => {
            let remedy = |_: &str| "correct the settings of this part".to_owned();
            let check = Check::of::<(), _>("it can be opened", Err(fault), remedy);
            return Examined { part, service: String::new(), checks: vec![check] };
        }
    };
    let checks = timeout(limit, patient.diagnose()).await.unwrap_or_else(|_| {
        let wrong = format!("no answer within {limit:?}");
        let remedy = |_: &str| "see whether its name and the network are right".to_owned();
        vec![Check::of::<(), _>("it answers in time", Err(wrong), remedy)]
    });
    Examined { part, service: patient.name(), checks }
}

fn issuer(issuer: &Issuer) -> Result<Arc<dyn Diagnose>, OpenFault> {
    let keys = IssuerKeys::new(&issuer.authority, Pace::default())
        .map_err(|fault| OpenFault(fault.to_string()))?;
    Ok(Arc::new(TokenIssuer { keys, issuer: issuer.clone() }))
}

/// The token issuer, as the operator's tenant sees it.
#[derive(Debug)]
struct TokenIssuer {
    keys: IssuerKeys,
    issuer: Issuer,
}

#[async_trait::async_trait]
impl Diagnose for TokenIssuer {
    fn name(&self) -> String {
        self.issuer.authority.clone()
    }

    async fn diagnose(&self) -> Vec<Check> {
        let tenant = &self.issuer.operator_tenant;
        let found = match self.keys.usable(tenant).await {
            Ok(0) => Err("there is no RSA key for RS256 among them".to_owned()),
            other => other,
        };
        let what = format!("discovery and signing keys of tenant `{tenant}` can be read");
        let remedy = |_: &str| {
            "see whether `AUTHORITY` and `OPERATOR_TENANT_ID` are right, and whether this machine \
             reaches the issuer"
                .to_owned()
        };
        vec![Check::of(what, found, remedy)]
    }
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
