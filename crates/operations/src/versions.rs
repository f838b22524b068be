//! Versions: drafts written and replaced, and versions read.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::commit,
    desk::Desk,
    failure::Failure,
    pages::PageView,
    products,
    shelf::{self, Kept, version_subject},
};
use poa_protocol::{
    caller::Caller,
    product::{ProductCode, VersionMark},
    role::Role,
    version::{self, Certificate, Content, Version, VersionNumber, VersionState},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What writes a draft, or replaces the source of one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Formula source, at most 64 KiB. Its header names the product and the number: `product …`, or
    /// `regime …` for the rule set of a legal regime.
    pub source: String,
}

/// A version as it is read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionView {
    /// The product.
    pub product: ProductCode,
    /// Its number.
    pub number: VersionNumber,
    /// Where it stands.
    pub state: VersionState,
    /// The program.
    pub source: String,
    /// What the checker made of the source, once it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// What the certifier decided and signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

/// A version as it stands in lists.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionSummary {
    /// Its number.
    pub number: VersionNumber,
    /// Where it stands.
    pub state: VersionState,
    /// Title in its source, once it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What a certifier signs, once it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

/// Writes a draft of a version.
pub async fn create_version(
    desk: &Desk,
    asked: Asked<NewSource>,
    code: &ProductCode,
) -> Result<Answer, Failure> {
    let asked = &asked;
    version::check_source(&asked.body.source)?;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let shelf = shelf::owned(desk, asked, &opened, code).await?;
        let maker = asked.by()?.person.clone();
        let draft = Version::draft(&shelf.product, asked.body.source.clone(), maker)?;
        shelf.takes_version(draft.number)?;
        let draft = Version { revision: opened.revision(), ..draft };
        let answer = answer(&draft, Outcome::Created)?.at(location(&draft));
        let subject = version_subject(&draft);
        let data = json!({ "number": draft.number });
        let kept = Kept::new(shelf).version(&draft)?;
        kept.event("poa.version.drafted.v1", subject, data).decide(answer)
    })
    .await
}

/// Replaces the source of a draft.
pub async fn replace_source(
    desk: &Desk,
    asked: Asked<NewSource>,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let asked = &asked;
    version::check_source(&asked.body.source)?;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let (shelf, draft) = shelf::owned_version(desk, asked, &opened, (code, number)).await?;
        shelf.product.open()?;
        let maker = asked.by()?.person.clone();
        let draft = draft.replace_source(&shelf.product, asked.body.source.clone(), maker)?;
        let draft = Version { revision: opened.revision(), ..draft };
        let answer = answer(&draft, Outcome::Done)?;
        let subject = version_subject(&draft);
        let kept = Kept::new(shelf).version(&draft)?;
        kept.event("poa.version.redrafted.v1", subject, json!({})).decide(answer)
    })
    .await
}

/// Reads a version.
pub async fn read_version(
    desk: &Desk,
    caller: &Caller,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<Answer, Failure> {
    let shelf = shelf::load(desk, code).await?.ok_or_else(|| not_found(number))?;
    let version = shelf::version(desk, code, number).await?;
    let version = version.filter(|version| version.visible_to(caller, &shelf.product));
    answer(&version.ok_or_else(|| not_found(number))?, Outcome::Done)
}

/// Lists the versions of a product that the caller may see, the highest number first.
pub async fn list_versions(
    desk: &Desk,
    caller: &Caller,
    code: &ProductCode,
) -> Result<Answer, Failure> {
    // A certifier examines versions of products that nobody else sees yet.
    let shelf = if caller.has(Role::Certifier) {
        shelf::load(desk, code).await?.ok_or_else(|| not_found(code))?
    } else {
        products::seen(desk, caller, code).await?
    };
    let own = caller.is_of(&shelf.product.owner) || caller.reads_all();
    let seen = |mark: &VersionMark| {
        let examined = mark.state != VersionState::Draft && caller.has(Role::Certifier);
        own || mark.published || examined
    };
    let marks = shelf.versions.iter().rev().filter(|(_, mark)| seen(mark));
    let items: Vec<VersionSummary> = marks
        .map(|(number, mark)| VersionSummary {
            number: *number,
            state: mark.state,
            title: mark.title.clone(),
            content_hash: mark.content_hash.clone(),
            revision: mark.revision,
        })
        .collect();
    if items.is_empty() && !shelf.product.visible_to(caller) {
        return Err(not_found(code));
    }
    // A product has at most as many versions as one page holds.
    Answer::new(Outcome::Done, &PageView::new(items, None))
}

/// The answer with one version.
pub fn answer(version: &Version, outcome: Outcome) -> Result<Answer, Failure> {
    let view = VersionView {
        product: version.product.clone(),
        number: version.number,
        state: version.state,
        source: version.source.clone(),
        content: version.content.clone(),
        certificate: version.certificate.clone(),
        revision: version.revision,
    };
    Ok(Answer::new(outcome, &view)?.revised(version.revision))
}

fn location(version: &Version) -> String {
    format!("products/{}/versions/{}", version.product, version.number)
}
