//! The doctor: examines every part that the settings name, all at the same time, each a bounded
//! time, and reports every fault at once.

use crate::{
    jwks::{IssuerKeys, Pace},
    settings::{Draft, Issuer, Part, SettingsFaults},
    wiring::{OpenFault, Wiring},
};
use futures_util::future::join_all;
use poa_operations::diagnosis::{Ailment, Check, Diagnose};
use poa_protocol::limits;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
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
    /// What it is and where, or why it was not examined; empty where it could not be opened.
    pub service: String,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Examined {
    /// What is wrong with the settings themselves.
    fn settings(faults: &SettingsFaults) -> Self {
        let check = |fault: &String| {
            let name = fault.split('`').nth(1).unwrap_or_default();
            let ailment = Ailment {
                wrong: fault.clone(),
                remedy: "set it in the app settings, or in `local.settings.json`".to_owned(),
            };
            Check { what: format!("setting `{name}`"), fault: Some(ailment) }
        };
        let checks = faults.0.iter().map(check).collect();
        Self { part: "settings", service: String::new(), checks }
    }
}

impl Report {
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

/// Every part, in the order of the report, and what it is called there.
const PARTS: [(Part, &str); 6] = [
    (Part::Credential, "credential"),
    (Part::Store, "store"),
    (Part::Bus, "bus"),
    (Part::Documents, "document storage"),
    (Part::Signer, "key vault"),
    (Part::Issuer, "token issuer"),
];

/// Examines the settings, and every part whose own settings are right.
pub async fn examine(draft: &Draft) -> Report {
    let settings = draft.clone();
    // Files are opened on a thread of their own.
    let opened = tokio::task::spawn_blocking(move || patients(&settings)).await;
    let wrong = (!draft.faults.0.is_empty()).then(|| Examined::settings(&draft.faults));
    let mut parts: Vec<Examined> = wrong.into_iter().collect();
    let patients = opened
        .unwrap_or_else(|fault| vec![("settings", Patient::Closed(OpenFault(fault.to_string())))]);
    let limit = Duration::from_secs(limits::EXAMINATION_SECS_MAX);
    let examined = patients.into_iter().map(|(part, patient)| examined(part, patient, limit));
    parts.extend(join_all(examined).await);
    Report { parts }
}

/// What is to be examined.
enum Patient {
    /// An adapter.
    Open(Arc<dyn Diagnose>),
    /// It could not be opened.
    Closed(OpenFault),
    /// Nobody knows what was meant.
    Unsound,
}

/// Opens every part that the settings name.
fn patients(draft: &Draft) -> Vec<(&'static str, Patient)> {
    let wiring = Wiring::of(&draft.parts);
    let patient = |(part, name): (Part, &'static str)| {
        if draft.unsound.contains(&part) {
            return Some((name, Patient::Unsound));
        }
        let opened = match part {
            Part::Credential => wiring.credential()?,
            Part::Store => wiring.store().map(|opened| opened.patient),
            Part::Bus => wiring.bus().map(|opened| opened.patient),
            Part::Documents => wiring.documents().map(|opened| opened.patient),
            Part::Signer => wiring.signer().map(|opened| opened.patient),
            Part::Issuer => issuer(&draft.parts.issuer),
        };
        Some((name, opened.map_or_else(Patient::Closed, Patient::Open)))
    };
    PARTS.into_iter().filter_map(patient).collect()
}

/// Examines one part; what cannot be opened is a fault, and so is what takes too long.
async fn examined(part: &'static str, patient: Patient, limit: Duration) -> Examined {
    let patient = match patient {
        Patient::Open(patient) => patient,
        Patient::Unsound => {
            let service = "not examined, because its settings are wrong".to_owned();
            return Examined { part, service, checks: Vec::new() };
        }
        Patient::Closed(fault) => {
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
