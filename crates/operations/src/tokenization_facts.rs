//! What the pipeline has to know about a tokenization, gathered as values.

use crate::{
    desk::Desk, failure::Failure, instances, parties, programs, regimes, shelf, tokenizations,
};
use poa_formula::{Date, Evaluation, Outcome, Program};
use poa_protocol::{
    event::Wing,
    ids::AssetId,
    instance::{Instance, InstanceState},
    thing::Thing,
    timestamp::Timestamp,
    tokenization::{
        Declared, Evaluated, Facts, InstanceStanding, Reason, Terms, Tokenization, Verdict,
    },
    version::{CertificateDecision, Version, VersionState},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Everything that one run of the pipeline looks at.
pub(crate) async fn gather(
    desk: &Desk,
    tokenization: &Tokenization,
    thing: Thing,
    now: Timestamp,
) -> Result<Facts, Failure> {
    let party = parties::load(desk, &tokenization.party).await?;
    let party = party.ok_or_else(|| {
        Failure::broken(format!("the party of `{}` is not there", tokenization.id))
    })?;
    let instance = tokenizations::pinned(desk, tokenization).await?;
    let version = shelf::version(desk, &instance.product, instance.version).await?;
    let documents = arrived(desk, tokenization).await?;
    let dates = tokenization.evidence_dates(&documents, now);
    let (declared, evaluated) = match programs::effective(desk, &instance).await {
        Ok(program) => (declared(&program), evaluate(&program, tokenization, now.date(), &dates)),
        Err(Failure::Broken { cause }) => {
            // The pipeline says that the chain is broken, and the log says why.
            tracing::error!(tokenization = %tokenization.id, cause, "program does not run");
            (Declared::default(), unknown())
        }
        Err(failure) => return Err(failure),
    };
    let told = (evaluated.valuation, &dates);
    let regime = regimes::ask(desk, tokenization, (&party, &instance), told, now).await?;
    Ok(Facts {
        now,
        party,
        regime,
        terms: terms(&instance, version.as_ref()),
        declared,
        evaluated,
        documents,
        thing,
        asset: AssetId::new(desk.ids.ulid(), &tokenization.id.home()),
    })
}

/// The rules that an outside party's words are held against.
pub(crate) async fn rules(
    desk: &Desk,
    tokenization: &Tokenization,
) -> Result<(Terms, Declared), Failure> {
    let instance = tokenizations::pinned(desk, tokenization).await?;
    let program = programs::effective(desk, &instance).await?;
    Ok((terms(&instance, None), declared(&program)))
}

/// The instance of this id with its program.
pub(crate) async fn program(
    desk: &Desk,
    tokenization: &Tokenization,
) -> Result<Arc<Program>, Failure> {
    let instance = instances::load(desk, &tokenization.instance).await?;
    let instance = instance.ok_or_else(|| Failure::broken("a pinned instance is not there"))?;
    programs::effective(desk, &instance).await
}

/// The names of the documents that its program asks for, and the rule set of its regime.
pub(crate) async fn evidence_names(
    desk: &Desk,
    tokenization: &Tokenization,
) -> Result<BTreeSet<String>, Failure> {
    let instance = tokenizations::pinned(desk, tokenization).await?;
    let mut names = declared(&*programs::effective(desk, &instance).await?).evidence_names();
    if let (Wing::Bank, Some(pinned)) = (tokenization.wing, &instance.rule_set) {
        let rule_set = programs::rule_set(desk, pinned).await?;
        names.extend(rule_set.evidence().iter().map(|one| one.name.clone()));
    }
    Ok(names)
}

/// What a program declares.
pub(crate) fn declared(program: &Program) -> Declared {
    Declared {
        formula_hash: program.formula_hash().to_owned(),
        evidence: program.evidence().to_vec(),
        checks: program.checks().to_vec(),
        legal: program.legal().to_vec(),
    }
}

/// Hashes of documents that were named as evidence and whose bytes have come meanwhile.
async fn arrived(desk: &Desk, tokenization: &Tokenization) -> Result<BTreeSet<String>, Failure> {
    let mut arrived = BTreeSet::new();
    for one in tokenization.evidence.iter().filter(|one| !one.present) {
        if desk.documents.describe(&tokenization.party, &one.sha256).await?.here().is_some() {
            arrived.insert(one.sha256.clone());
        }
    }
    Ok(arrived)
}

fn terms(instance: &Instance, version: Option<&Version>) -> Terms {
    let standing = match instance.state {
        InstanceState::Active => InstanceStanding::Active,
        InstanceState::Superseded => InstanceStanding::Superseded,
        InstanceState::Draft
        | InstanceState::Approved
        | InstanceState::Suspended
        | InstanceState::Retired => InstanceStanding::Closed(instance.state.as_str()),
    };
    Terms {
        standing,
        effective_from: Some(instance.effective_from),
        effective_until: instance.effective_until,
        country: instance.country().to_owned(),
        approvals_required: instance.approvals_required,
        verifiers: instance.attestors.verifier.clone(),
        auditors: instance.attestors.auditor.clone(),
        certified_hash: version.and_then(certified_hash),
    }
}

/// What a certifier signed, if it is what the version still holds.
fn certified_hash(version: &Version) -> Option<String> {
    let stands = match version.state {
        VersionState::Certified | VersionState::Published | VersionState::Deprecated => true,
        VersionState::Draft | VersionState::Submitted | VersionState::Withdrawn => false,
    };
    let signed = &version.certificate.as_ref()?.statement;
    let held = &version.content.as_ref()?.content_hash;
    let holds = signed.decision == CertificateDecision::Certified && signed.content_hash == *held;
    (stands && holds).then(|| held.clone())
}

fn evaluate(
    program: &Program,
    tokenization: &Tokenization,
    as_of: Date,
    evidence: &BTreeMap<String, Date>,
) -> Evaluated {
    let side = tokenization.side.into();
    match program.read_inputs_of(side, &tokenization.data, as_of, evidence) {
        Ok(inputs) => evaluated(program.evaluate(&inputs)),
        Err(faults) => {
            let reason = |fault: &poa_formula::InputFault| {
                Reason::new(&fault.code, format!("{}: {}", fault.pointer, fault.message))
            };
            Evaluated { reasons: faults.iter().map(reason).collect(), ..unknown() }
        }
    }
}

fn evaluated(evaluation: Evaluation) -> Evaluated {
    let verdict = match evaluation.outcome {
        Outcome::Eligible => Verdict::Eligible,
        Outcome::Rejected => Verdict::Rejected,
        Outcome::Incomplete => Verdict::Incomplete,
        Outcome::Error => Verdict::Error,
    };
    let reasons = evaluation.reasons.iter().map(|one| Reason {
        code: one.code.clone(),
        message: one.message.clone(),
        details: Some(details(one)),
    });
    Evaluated {
        verdict,
        reasons: reasons.collect(),
        valuation: evaluation.money("valuation"),
        units: evaluation.integer("units"),
        decimals: evaluation.integer("decimals"),
        outputs: json!(evaluation.outputs),
        checks: evaluation.checks.into_iter().collect(),
    }
}

/// What a program that cannot be asked says.
fn unknown() -> Evaluated {
    Evaluated {
        verdict: Verdict::Error,
        reasons: Vec::new(),
        checks: BTreeMap::new(),
        valuation: None,
        units: None,
        decimals: None,
        outputs: json!([]),
    }
}

/// What a reason rests on; the exceptions only where one was taken.
fn details(reason: &poa_formula::Reason) -> serde_json::Value {
    let mut details = json!({
        "origin": reason.origin,
        "inputs": reason.inputs,
        "values": reason.values,
    });
    if let (Some(object), false) = (details.as_object_mut(), reason.exceptions.is_empty()) {
        object.insert("exceptions".to_owned(), json!(reason.exceptions));
    }
    details
}
