//! Compares two programs: what a lawyer reads before a version or an instance changes.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    desk::Desk,
    failure::Failure,
    formulas, programs, shelf,
};
use poa_formula::{Diff, Program};
use poa_protocol::{
    caller::Caller, fields::Fields, ids::InstanceId, product::ProductCode, refusal::Refusal,
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Two programs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    /// The one that is changed.
    pub before: ProgramNamed,
    /// What it becomes.
    pub after: ProgramNamed,
}

/// A program: an `instance`, or `product` and `version`, or a `source` with or without `overlay`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramNamed {
    /// An instance of the catalog.
    #[serde(default)]
    pub instance: Option<InstanceId>,
    /// Code of a product.
    #[serde(default)]
    pub product: Option<ProductCode>,
    /// Number of its version.
    #[serde(default)]
    pub version: Option<VersionNumber>,
    /// Formula source of a product, at most 64 KiB.
    #[serde(default)]
    pub source: Option<String>,
    /// Formula source of an instance over it, at most 64 KiB.
    #[serde(default)]
    pub overlay: Option<String>,
}

/// The differences.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiffView {
    /// Declaration by declaration.
    #[serde(flatten)]
    pub diff: Diff,
    /// The same as one text, a line for each difference.
    pub text: String,
}

/// Compares two programs that the caller may see.
pub async fn compare_programs(
    desk: &Desk,
    caller: &Caller,
    request: CompareRequest,
) -> Result<Answer, Failure> {
    check(&request)?;
    let before = program(desk, caller, &request.before).await?;
    let after = program(desk, caller, &request.after).await?;
    let diff = before.diff(&after);
    let text = diff.to_string();
    Answer::new(Outcome::Done, &DiffView { diff, text })
}

async fn program(
    desk: &Desk,
    caller: &Caller,
    named: &ProgramNamed,
) -> Result<Arc<Program>, Failure> {
    let (Some(code), Some(number)) = (&named.product, named.version) else {
        let sources = (named.source.as_deref(), named.overlay.as_deref());
        return formulas::program(desk, caller, named.instance.as_ref(), sources).await;
    };
    let shelf = shelf::load(desk, code).await?.ok_or_else(|| not_found(code))?;
    let version = shelf::version(desk, code, number).await?;
    let version = version.filter(|version| version.visible_to(caller, &shelf.product));
    Ok(Arc::new(programs::of_version(&version.ok_or_else(|| not_found(number))?.source)?))
}

fn check(request: &CompareRequest) -> Result<(), Refusal> {
    let mut fields = Fields::default();
    for (at, named) in [("/before", &request.before), ("/after", &request.after)] {
        let ways = [named.instance.is_some(), named.product.is_some(), named.source.is_some()];
        let one = ways.into_iter().filter(|way| *way).count() == 1;
        let whole = named.product.is_some() == named.version.is_some();
        let over = named.overlay.is_none() || named.source.is_some();
        let message = "one of `instance`, `product` with `version`, and `source` is expected";
        fields.demand(one && whole && over, at, "formula.either", message);
    }
    fields.finish()
}
