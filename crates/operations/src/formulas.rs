//! Formulas checked and run without keeping anything: for those who write them.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    desk::Desk,
    failure::Failure,
    instances, programs,
};
use poa_formula::{
    Attribute, Check, Date, Diagnostic, Evaluation, Evidence, ExampleResult, InputFault,
    InstanceHeader, Legal, OutputDecl, Program, compile_instance,
};
use poa_protocol::{
    caller::Caller,
    fields::Fields,
    ids::InstanceId,
    limits,
    refusal::{Fault, Refusal},
    request::RequestRefusal,
    version::check_source,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A source to check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// Formula source of a product or of a rule set, at most 64 KiB.
    pub source: String,
    /// Formula source of an instance over it, at most 64 KiB.
    #[serde(default)]
    pub overlay: Option<String>,
}

/// What the checker says about a source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckView {
    /// Whether it may be used: no errors, and every example comes out as expected.
    pub good: bool,
    /// Errors and warnings, about the overlay where there is one.
    pub diagnostics: Vec<Diagnostic>,
    /// What the program is; absent where there are errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// How its examples come out.
    pub examples: Vec<ExampleResult>,
}

/// What a program is, without running it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Summary {
    /// Name of the product.
    pub product: String,
    /// Number of the version.
    pub version: String,
    /// Title of the instance, or of the product.
    pub title: String,
    /// Header of the instance, where there is an overlay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceHeader>,
    /// SHA-256 of the source bytes.
    pub source_hash: String,
    /// SHA-256 of what the program does.
    pub formula_hash: String,
    /// The values that a request must bring.
    pub attributes: Vec<Attribute>,
    /// JSON Schema of the data of a request.
    pub attributes_schema: Value,
    /// The documents that a request must bring.
    pub evidence: Vec<Evidence>,
    /// The checks of validation and audit.
    pub checks: Vec<Check>,
    /// The documents that a legal officer signs off.
    pub legal: Vec<Legal>,
    /// The results.
    pub outputs: Vec<OutputDecl>,
    /// The most steps that an evaluation can take.
    pub steps_bound: u64,
}

/// A program to run: either `source`, with or without `overlay`, or `instance`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Formula source of a product, at most 64 KiB.
    #[serde(default)]
    pub source: Option<String>,
    /// Formula source of an instance over it, at most 64 KiB.
    #[serde(default)]
    pub overlay: Option<String>,
    /// An instance of the catalog.
    #[serde(default)]
    pub instance: Option<InstanceId>,
    /// The data, at most 512 members. Decimals are texts, percentages are fractions (`"0.80"`).
    pub data: Map<String, Value>,
    /// When each document was issued, by the name of the evidence; at most 64.
    #[serde(default)]
    pub evidence: BTreeMap<String, Date>,
    /// The date of the decision; absent: today, in UTC.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Whether every calculated value is told.
    #[serde(default)]
    pub trace: bool,
}

/// What a program says about data.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunView {
    /// The date of the decision.
    pub as_of: Date,
    /// SHA-256 of what the program does.
    pub formula_hash: String,
    /// The decision and what explains it.
    #[serde(flatten)]
    pub evaluation: Evaluation,
}

/// Checks a source and runs its examples.
pub fn check_formula(request: &CheckRequest) -> Result<Answer, Failure> {
    check_source(&request.source)?;
    let compiled = match &request.overlay {
        None => programs::compile(&request.source),
        Some(overlay) => {
            check_source(overlay)?;
            compile_instance(&request.source, overlay)
        }
    };
    let view = match compiled {
        Err(diagnostics) => {
            CheckView { good: false, diagnostics, summary: None, examples: Vec::new() }
        }
        Ok(program) => {
            let examples = program.run_examples();
            let good = examples.iter().all(|example| example.passed);
            let diagnostics = program.warnings().to_vec();
            CheckView { good, diagnostics, summary: Some(summary(&program)), examples }
        }
    };
    Answer::new(Outcome::Done, &view)
}

/// Runs a program over data.
pub async fn run_formula(
    desk: &Desk,
    caller: &Caller,
    request: RunRequest,
) -> Result<Answer, Failure> {
    check_run(&request)?;
    let sources = (request.source.as_deref(), request.overlay.as_deref());
    let program = program(desk, caller, request.instance.as_ref(), sources).await?;
    let as_of = request.as_of.unwrap_or_else(|| desk.clock.now().date());
    let inputs =
        program.read_inputs(&request.data, as_of, &request.evidence).map_err(refused_inputs)?;
    let evaluation =
        if request.trace { program.evaluate_traced(&inputs) } else { program.evaluate(&inputs) };
    let formula_hash = program.formula_hash().to_owned();
    Answer::new(Outcome::Done, &RunView { as_of, formula_hash, evaluation })
}

/// The program of an instance that the caller may see, or of sources.
pub(crate) async fn program(
    desk: &Desk,
    caller: &Caller,
    instance: Option<&InstanceId>,
    (source, overlay): (Option<&str>, Option<&str>),
) -> Result<Arc<Program>, Failure> {
    if let Some(id) = instance {
        let instance = instances::load(desk, id).await?;
        let instance = instance.filter(|instance| instance.visible_to(caller));
        return programs::effective(desk, &instance.ok_or_else(|| not_found(id))?).await;
    }
    let source = source.unwrap_or_default();
    check_source(source)?;
    let program = match overlay {
        None => programs::of_version(source)?,
        Some(overlay) => {
            check_source(overlay)?;
            programs::of_instance(source, overlay)?
        }
    };
    Ok(Arc::new(program))
}

fn check_run(request: &RunRequest) -> Result<(), Refusal> {
    let mut fields = Fields::default();
    fields.demand(
        request.source.is_some() != request.instance.is_some(),
        "/source",
        "formula.either",
        "either `source` or `instance` is expected",
    );
    fields.demand(
        request.overlay.is_none() || request.source.is_some(),
        "/overlay",
        "formula.overlay",
        "an overlay is expected only with `source`",
    );
    fields.at_most("/data", request.data.len(), limits::ATTRIBUTES_MAX);
    let evidence_max = limits::EVIDENCE_PER_TOKENIZATION_MAX;
    fields.at_most("/evidence", request.evidence.len(), evidence_max);
    fields.finish()
}

fn refused_inputs(faults: Vec<InputFault>) -> Refusal {
    let faults: Vec<Fault> = faults
        .into_iter()
        .map(|fault| Fault {
            pointer: format!("/data{}", fault.pointer),
            code: fault.code,
            message: fault.message,
        })
        .collect();
    Refusal::from(RequestRefusal::Invalid { count: faults.len() }).with_faults(faults)
}

fn summary(program: &Program) -> Summary {
    Summary {
        product: program.product().to_owned(),
        version: program.version().to_owned(),
        title: program.title().to_owned(),
        instance: program.instance().cloned(),
        source_hash: program.source_hash().to_owned(),
        formula_hash: program.formula_hash().to_owned(),
        attributes: program.attributes().to_vec(),
        attributes_schema: program.attributes_json_schema(),
        evidence: program.evidence().to_vec(),
        checks: program.checks().to_vec(),
        legal: program.legal().to_vec(),
        outputs: program.outputs().to_vec(),
        steps_bound: program.steps_bound(),
    }
}
