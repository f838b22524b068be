//! Programs: sources compiled, refused with their diagnostics, and kept at hand.

use crate::{desk::Desk, failure::Failure, shelf};
use poa_formula::{
    Attestor, Diagnostic, ExampleResult, OutputKind, Program, compile_instance, compile_product,
    compile_regime,
};
use poa_protocol::{
    contour::RuleSet,
    instance::{Instance, InstanceRefusal, Overlay},
    limits,
    product::CatalogRefusal,
    refusal::Refusal,
    version::header,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Compiled programs of instances, the ones asked for last.
#[derive(Debug, Clone, Default)]
pub struct Programs(Arc<Mutex<Kept>>);

/// The flattened program of an instance. It is the one whose hash the instance pins, or the chain
/// is broken.
pub async fn effective(desk: &Desk, instance: &Instance) -> Result<Arc<Program>, Failure> {
    let key = format!("{} {}", instance.id, instance.effective_hash);
    if let Some(program) = desk.programs.lock().get(&key) {
        return Ok(program);
    }
    let version = shelf::version(desk, &instance.product, instance.version).await?;
    let version = version.ok_or_else(|| broken(instance, "its version is missing"))?;
    let program = compile_instance(&version.source, &instance.source)
        .map_err(|_| broken(instance, "its sources are refused"))?;
    // INVARIANT: the program that runs is the one that was pinned, approved and activated.
    if program.formula_hash() != instance.effective_hash {
        return Err(broken(instance, "its sources make another program"));
    }
    let program = Arc::new(program);
    desk.programs.lock().insert(key, Arc::clone(&program), limits::PROGRAMS_KEPT_MAX);
    Ok(program)
}

/// The rule set that an instance pins. It is the one whose hash is pinned, or nothing decides.
pub async fn rule_set(desk: &Desk, pinned: &RuleSet) -> Result<Arc<Program>, Failure> {
    let RuleSet { product, version: number, hash } = pinned;
    let key = format!("{product} {number} {hash}");
    if let Some(program) = desk.programs.lock().get(&key) {
        return Ok(program);
    }
    let broken = |what: &str| Failure::broken(format!("rule set `{product}` {number}: {what}"));
    let version = shelf::version(desk, product, *number).await?;
    let version = version.ok_or_else(|| broken("it is missing"))?;
    let program = compile_regime(&version.source).map_err(|_| broken("its source is refused"))?;
    // INVARIANT: the rule set that decides is the one that was certified and pinned.
    if program.formula_hash() != hash {
        return Err(broken("its source makes another rule set"));
    }
    let program = Arc::new(program);
    desk.programs.lock().insert(key, Arc::clone(&program), limits::PROGRAMS_KEPT_MAX);
    Ok(program)
}

/// What the checker makes of the source of a version: of a product, or of a rule set.
pub fn compile(source: &str) -> Result<Program, Vec<Diagnostic>> {
    match header(source).map(|header| header.kind) {
        Some("regime") => compile_regime(source),
        Some(_) | None => compile_product(source),
    }
}

/// The program of a version, or the refusal with what is wrong in it.
pub fn of_version(source: &str) -> Result<Program, Refusal> {
    compile(source).map_err(|found| {
        let count = errors(&found);
        Refusal::from(CatalogRefusal::SourceRefused { count })
            .with_details(json!({ "diagnostics": found }))
    })
}

/// The program of a version and an overlay, or the refusal with what is wrong in the overlay.
pub fn of_instance(version_source: &str, overlay: &str) -> Result<Program, Refusal> {
    compile_instance(version_source, overlay).map_err(|found| {
        let count = errors(&found);
        Refusal::from(InstanceRefusal::OverlayRefused { count })
            .with_details(json!({ "diagnostics": found }))
    })
}

/// The examples of a program, if every one comes out as it expects; else their number and all of
/// them as the details of a refusal.
pub fn examples(program: &Program) -> Result<Vec<ExampleResult>, (usize, serde_json::Value)> {
    let results = program.run_examples();
    let failed = results.iter().filter(|result| !result.passed).count();
    if failed == 0 { Ok(results) } else { Err((failed, json!({ "examples": results }))) }
}

/// What a flattened program says about itself.
#[must_use]
pub fn overlay(program: &Program) -> Overlay {
    let waits_for = |attestor: Attestor| {
        program.checks().iter().any(|check| check.mandatory && check.by == attestor)
    };
    let valuation = program
        .outputs()
        .iter()
        .find(|output| output.kind == OutputKind::Value && output.name == "valuation");
    Overlay {
        title: program.title().to_owned(),
        jurisdiction: program
            .instance()
            .map(|header| header.jurisdiction.clone())
            .unwrap_or_default(),
        currency: valuation
            .and_then(|output| output.currency)
            .map(|currency| currency.code().to_owned()),
        formula_hash: program.formula_hash().to_owned(),
        attributes: program.attributes().iter().map(|attribute| attribute.name.clone()).collect(),
        needs_verifier: waits_for(Attestor::Verifier),
        needs_auditor: waits_for(Attestor::Auditor),
    }
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
}

fn broken(instance: &Instance, what: &str) -> Failure {
    Failure::broken(format!("instance `{}`: {what}", instance.id))
}

impl Programs {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A thread that stopped while it held the lock has left at most one program too few.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The programs at hand; the one that was not asked for longest makes room.
#[derive(Debug, Default)]
struct Kept {
    asked: u64,
    programs: BTreeMap<String, (u64, Arc<Program>)>,
}

impl Kept {
    fn get(&mut self, key: &str) -> Option<Arc<Program>> {
        self.asked = self.asked.saturating_add(1);
        let (last, program) = self.programs.get_mut(key)?;
        *last = self.asked;
        Some(Arc::clone(program))
    }

    fn insert(&mut self, key: String, program: Arc<Program>, most: usize) {
        while self.programs.len() >= most {
            let oldest = self.programs.iter().min_by_key(|(_, (last, _))| *last);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            self.programs.remove(&oldest);
        }
        self.asked = self.asked.saturating_add(1);
        self.programs.insert(key, (self.asked, program));
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use poa_formula::compile_product;
    use std::sync::Arc;

    #[test]
    fn the_program_that_was_not_asked_for_longest_makes_room() {
        let source = include_str!("../../../examples/products/trade_invoice.formula");
        let program = Arc::new(compile_product(source).unwrap());
        let mut kept = Kept::default();
        for key in ["a", "b"] {
            kept.insert(key.to_owned(), Arc::clone(&program), 2);
        }
        assert!(kept.get("a").is_some());
        kept.insert("c".to_owned(), program, 2);
        assert!(kept.get("a").is_some());
        assert!(kept.get("b").is_none());
        assert_eq!(kept.programs.len(), 2);
    }
}
