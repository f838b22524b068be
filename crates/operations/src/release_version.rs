//! The way of a version to its instances: submitted, certified by another party, published by a
//! second person; and out again.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    jws,
    measure_impact::{self, Within},
    nothing::Nothing,
    parties, programs,
    shelf::{self, Kept, version_subject},
    versions::answer,
};
use poa_formula::Program;
use poa_protocol::{
    product::{CatalogRefusal, ProductCode, Shelf},
    refusal::Refusal,
    version::{
        Certificate, CertificateDecision, Certification, Content, Version, VersionNumber,
        VersionState,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// The `typ` of a certificate's signature.
pub const CERTIFICATE_TYPE: &str = "poa-certificate+json";

/// What moves a version out of use.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionMove {
    /// The state that it gets: `deprecated` or `withdrawn`.
    pub state: VersionState,
}

/// Submits a draft: the checker and every example must be content with it; then it is frozen.
pub async fn submit_version(
    desk: &Desk,
    asked: Asked<Nothing>,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let (shelf, draft) = shelf::owned_version(desk, asked, &opened, (code, number)).await?;
        draft.submittable()?;
        shelf.product.open()?;
        shelf.rises_above_published(number)?;
        let program = programs::of_version(&draft.source)?;
        proved(&program)?;
        let content = Content::of(program.title(), program.source_hash(), program.formula_hash());
        let data = json!({ "content_hash": content.content_hash });
        let submitted = draft.submit(content, asked.by()?.person.clone())?;
        keep(&opened, shelf, submitted, ("poa.version.submitted.v1", data))
    })
    .await
}

/// Certifies a submitted version, or refuses to. The certifier is of another party; the statement
/// is signed.
pub async fn certify_version(
    desk: &Desk,
    asked: Asked<Certification>,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let caller = asked.by()?;
        let shelf: Shelf = opened.state()?.ok_or_else(|| not_found(number))?;
        let version = shelf::version(desk, code, number).await?;
        let version = version
            .filter(|version| version.visible_to(caller, &shelf.product))
            .ok_or_else(|| not_found(number))?;
        asked.has_seen(version.revision)?;
        parties::acting(desk, caller).await?;
        let statement = version.certifiable(&asked.body, caller, &shelf.product, opened.now)?;
        let jws = jws::sign(desk, CERTIFICATE_TYPE, &statement.canonical()).await?;
        let event_type = match statement.decision {
            CertificateDecision::Certified => "poa.version.certified.v1",
            CertificateDecision::Refused => "poa.version.refused.v1",
        };
        let data = json!({ "statement": statement, "jws": jws });
        let certified = version.certified(Certificate { statement, jws });
        keep(&opened, shelf, certified, (event_type, data))
    })
    .await
}

/// Publishes a certified version. A second person of its owner does. Nothing of it happens where
/// the impact on live smart assets of the version before is beyond a bound.
pub async fn publish_version(
    desk: &Desk,
    asked: Asked<Within>,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let asked = &asked;
    asked.body.check()?;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let (shelf, version) = shelf::owned_version(desk, asked, &opened, (code, number)).await?;
        let published = version.publish(&asked.by()?.person)?;
        shelf.product.open()?;
        shelf.rises_above_published(number)?;
        let mut impact = None;
        if let Some(bound) = asked.body.impact_bound {
            let found = measure_impact::of_version(desk, &shelf, &published).await?;
            bound.holds(&found)?;
            impact = Some(found);
        }
        let data = json!({ "content_hash": published.content_hash(), "impact": impact });
        keep(&opened, shelf, published, ("poa.version.published.v1", data))
    })
    .await
}

/// Deprecates or withdraws a version.
pub async fn move_version(
    desk: &Desk,
    asked: Asked<VersionMove>,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let (shelf, version) = shelf::owned_version(desk, asked, &opened, (code, number)).await?;
        let moved = version.retire(asked.body.state)?;
        let event_type = if moved.state == VersionState::Withdrawn {
            shelf.releases_version(number)?;
            "poa.version.withdrawn.v1"
        } else {
            "poa.version.deprecated.v1"
        };
        keep(&opened, shelf, moved, (event_type, json!({ "state": asked.body.state })))
    })
    .await
}

/// Whether a program brings examples and every one comes out as it expects.
fn proved(program: &Program) -> Result<(), Refusal> {
    match programs::examples(program) {
        Ok(results) if results.is_empty() => Err(CatalogRefusal::NoExamples.into()),
        Ok(_) => Ok(()),
        Err((count, details)) => {
            Err(Refusal::from(CatalogRefusal::ExamplesFailed { count }).with_details(details))
        }
    }
}

fn keep(
    opened: &Opened,
    shelf: Shelf,
    version: Version,
    (event_type, data): (&'static str, Value),
) -> Result<Decision, Failure> {
    let version = Version { revision: opened.revision(), ..version };
    let answer = answer(&version, Outcome::Done)?;
    let kept = Kept::new(shelf).version(&version)?;
    kept.event(event_type, version_subject(&version), data).decide(answer)
}
