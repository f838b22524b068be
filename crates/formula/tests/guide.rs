//! The language guide: every example in it is compiled and run, and its tables tell what is so.
#![expect(clippy::panic, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;
use std::path::Path;

use poa_formula::diagnostic::codes;
use poa_formula::{
    Diagnostic, EXPONENT_MAX, Evaluation, Payment, Program, compile_instance, compile_product,
    compile_regime, limits,
};

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formulas.md");
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The fenced blocks of the guide: what stands behind the fence, and the text.
fn blocks(guide: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in guide.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(kind), None) => open = Some((kind.to_owned(), String::new())),
            (None, Some((kind, text))) => open = Some((kind, format!("{text}{line}\n"))),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn sound(source: &str, compiled: Result<Program, Vec<Diagnostic>>) {
    let rendered = |list: &[Diagnostic]| {
        list.iter().map(|d| d.render("docs/formulas.md", source)).collect::<String>()
    };
    let program = compiled.unwrap_or_else(|list| panic!("{}", rendered(&list)));
    assert!(program.warnings().is_empty(), "{}", rendered(program.warnings()));
    for example in program.run_examples() {
        assert!(example.passed, "{}: {:?}", example.text, example.differences);
    }
}

/// The first schedule, an event to a line.
fn events(evaluation: &Evaluation) -> String {
    let payments = evaluation.schedules.iter().flat_map(|schedule| &schedule.payments);
    let line = |payment: &Payment| {
        let (amount, left) = (payment.amount.amount_text(), payment.outstanding.amount_text());
        let rate = payment.rate.map(|rate| format!(" {rate}")).unwrap_or_default();
        format!("{} {:<4} {amount} {left}{rate}\n", payment.date, payment.event)
    };
    payments.map(line).collect()
}

#[test]
fn every_example_in_the_guide_holds() {
    let (mut product, mut instance) = (String::new(), String::new());
    let mut decided = None;
    let blocks = blocks(&guide());
    for (kind, source) in &blocks {
        match kind.as_str() {
            "text events" => assert_eq!(&events(decided.as_ref().unwrap()), source),
            "text diff" => {
                let over = compile_instance(&product, &instance).unwrap();
                assert_eq!(&compile_product(&product).unwrap().diff(&over).to_string(), source);
            }
            request if request.starts_with("json request ") => {
                let as_of = request.trim_start_matches("json request ").parse().unwrap();
                let data = serde_json::from_str(source).unwrap();
                let program = compile_product(&product).unwrap();
                let inputs = program.read_inputs(&data, as_of, &BTreeMap::new()).unwrap();
                decided = Some(program.evaluate(&inputs));
            }
            "formula product" => {
                sound(source, compile_product(source));
                source.clone_into(&mut product);
            }
            "formula regime" => sound(source, compile_regime(source)),
            "formula instance" => {
                sound(source, compile_instance(&product, source));
                source.clone_into(&mut instance);
            }
            other => panic!("a block of kind `{other}` is tested by nobody"),
        }
    }
    assert_eq!(blocks.len(), 12);
}

#[test]
fn the_guide_lists_every_diagnostic_and_nothing_else() {
    let guide = guide();
    let table =
        guide.split("| code | meaning | what to do |\n|---|---|---|\n").nth(1).unwrap_or_default();
    let rows: Vec<String> = codes::ALL
        .iter()
        .map(|(code, title, help)| format!("| `{code}` | {title} | {help} |"))
        .collect();
    let expected = format!("{}\n", rows.join("\n"));
    assert_eq!(table, expected, "docs/formulas.md must end with:\n{expected}");
}

#[test]
fn the_guide_tells_the_limits_as_they_are() {
    let guide = guide();
    for (what, most) in [
        ("source", format!("{} bytes", limits::SOURCE_BYTES_MAX)),
        ("text", format!("{} bytes", limits::TEXT_BYTES_MAX)),
        ("declarations, product and instance together", limits::DECLARATIONS_MAX.to_string()),
        ("attributes", limits::ATTRIBUTES_MAX.to_string()),
        ("nesting of an expression", limits::DEPTH_MAX.to_string()),
        ("rows of a table", limits::TABLE_ROWS_MAX.to_string()),
        ("columns of a table", limits::TABLE_COLUMNS_MAX.to_string()),
        ("cases that the proof of a table looks at", limits::TABLE_BOXES_MAX.to_string()),
        ("steps of one evaluation", limits::STEPS_MAX.to_string()),
        ("members of a set", limits::SET_MEMBERS_MAX.to_string()),
        ("events of a schedule", limits::SCHEDULE_EVENTS_MAX.to_string()),
        ("holidays of a calendar", limits::HOLIDAYS_MAX.to_string()),
        ("entries of a list of rates", limits::RATES_MAX.to_string()),
        ("periods of a level payment", EXPONENT_MAX.to_string()),
    ] {
        assert!(guide.contains(&format!("| {what} | {most} |")), "{what}: {most}");
    }
}
