//! `poa formula run`: one program on the data of one request, with the reasons of its decision.

use super::source::Files;
use crate::{
    ending::{Ending, Stop},
    print,
};
use poa_embedded::clock::SystemClock;
use poa_formula::{Date, Evaluation, InputFault, Inputs, Layer, Outcome, Program, Reason, Value};
use poa_operations::ports::clock::Clock;
use serde_json::{Map, json};
use std::{collections::BTreeMap, fs, io::Read};

/// The program and what it runs on.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The data: a JSON object, a file that holds one, or `-` for standard input.
    #[arg(long, value_name = "JSON")]
    data: String,
    /// The date of the decision; today where it is not given.
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// When a document was issued.
    #[arg(long, value_name = "NAME=DATE", value_parser = evidence)]
    evidence: Vec<(String, Date)>,
    /// Every calculated value on the way.
    #[arg(long)]
    trace: bool,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Reasons and results.
    Short,
    /// Everything that led to them.
    Full,
}

pub(crate) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a date is written as 2026-11-22".to_owned())
}

fn evidence(text: &str) -> Result<(String, Date), String> {
    let (name, day) = text.split_once('=').ok_or("evidence is written as appraisal=2026-09-15")?;
    Ok((name.to_owned(), date(day)?))
}

/// Runs it. A decision against the request is a decision; only what could not be decided is a
/// fault.
pub(crate) fn run(json: bool, arguments: &Arguments, detail: Detail) -> Result<Ending, Stop> {
    let sources = arguments.files.read()?;
    let unit = sources.one()?;
    let program = match unit.compile() {
        Ok(program) => program,
        Err(diagnostics) => {
            if json {
                print::object(&json!({ "diagnostics": diagnostics }));
            } else {
                unit.show(&diagnostics);
            }
            return Ok(Ending::Faults);
        }
    };
    match inputs(arguments, &program)? {
        Ok(inputs) => Ok(decide(json, arguments, detail, (&program, &inputs))),
        Err(faults) => {
            if json {
                print::object(&json!({ "errors": faults }));
            } else {
                for fault in faults {
                    print::line(format_args!("{}: {}", fault.pointer, fault.message));
                }
            }
            Ok(Ending::Faults)
        }
    }
}

fn inputs(
    arguments: &Arguments,
    program: &Program,
) -> Result<Result<Inputs, Vec<InputFault>>, Stop> {
    let data: Map<String, serde_json::Value> = serde_json::from_str(&data(&arguments.data)?)
        .map_err(|fault| Stop::usage(format!("--data is no JSON object: {fault}")))?;
    let today = || SystemClock.now().to_string().get(..10).and_then(|day| day.parse().ok());
    let as_of = arguments.as_of.or_else(today).unwrap_or(Date::MIN);
    let evidence: BTreeMap<String, Date> = arguments.evidence.iter().cloned().collect();
    Ok(program.read_inputs(&data, as_of, &evidence))
}

fn data(given: &str) -> Result<String, Stop> {
    if given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    if given != "-" {
        return fs::read_to_string(given)
            .map_err(|fault| Stop::missing(format!("`{given}`"), fault));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|fault| Stop::missing("standard input", fault))?;
    Ok(text)
}

fn decide(json: bool, arguments: &Arguments, detail: Detail, on: (&Program, &Inputs)) -> Ending {
    let (program, inputs) = on;
    let trace = arguments.trace || detail == Detail::Full;
    let evaluation = if trace { program.evaluate_traced(inputs) } else { program.evaluate(inputs) };
    if json {
        print::object(&json!({
            "formula_hash": program.formula_hash(),
            "evaluation": evaluation,
        }));
    } else {
        show(&evaluation, detail);
    }
    match evaluation.outcome {
        Outcome::Eligible | Outcome::Rejected | Outcome::Incomplete => Ending::Done,
        Outcome::Error => Ending::Faults,
    }
}

fn show(evaluation: &Evaluation, detail: Detail) {
    let outcome = match evaluation.outcome {
        Outcome::Eligible => "eligible",
        Outcome::Rejected => "rejected",
        Outcome::Incomplete => "incomplete",
        Outcome::Error => "not decided",
    };
    print::line(outcome);
    for reason in &evaluation.reasons {
        print::line(format_args!("  {}: {}", reason.code, reason.message));
        if detail == Detail::Full {
            show_origin(reason);
        }
    }
    for output in &evaluation.outputs {
        print::line(format_args!("  {} = {}", output.name, words(&output.value)));
    }
    for schedule in &evaluation.schedules {
        print::line(format_args!("  schedule {}", schedule.name));
        for payment in &schedule.payments {
            let (date, event, amount) = (payment.date, &payment.event, payment.amount);
            let rate = payment.rate.map(|rate| format!(", rate {rate}")).unwrap_or_default();
            print::line(format_args!(
                "    {date} {event:<4} {amount}, {} left{rate}",
                payment.outstanding
            ));
        }
    }
    for (code, satisfied) in &evaluation.checks {
        let word = if *satisfied { "satisfied" } else { "not satisfied" };
        print::line(format_args!("  check {code}: {word}"));
    }
    for step in evaluation.trace.iter().flatten() {
        let via = step.via.as_ref().map(|via| format!(" ({via})")).unwrap_or_default();
        print::line(format_args!("  . {} = {}{via}", step.name, step.value));
    }
}

/// Where the rule stands, and what it was decided on.
fn show_origin(reason: &Reason) {
    let layer = match reason.origin.layer {
        Layer::Product => "product",
        Layer::Instance => "instance",
    };
    print::line(format_args!("    rule on line {} of the {layer}", reason.origin.line));
    for (name, value) in &reason.inputs {
        print::line(format_args!("    given {name} = {}", words(value)));
    }
    for (name, value) in &reason.values {
        let taken = reason.exceptions.get(name);
        let taken = taken.map(|origin| format!(" (exception on line {})", origin.line));
        print::line(format_args!("    {name} = {value}{}", taken.unwrap_or_default()));
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Boolean(yes) => yes.to_string(),
        Value::Money(money) => format!("{} {}", money.amount_text(), money.currency.code()),
        Value::Fx(fx) => format!("1 {} = {} {}", fx.from.code(), fx.rate, fx.to.code()),
        Value::List(members) => format!("[{}]", members.join(", ")),
        Value::Text(text) => text.clone(),
    }
}
