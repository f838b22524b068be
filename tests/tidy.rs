//! The shape of the code, with a ratchet: what exceeds a limit is listed, and the list shrinks.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    unreachable_pub,
    reason = "a test that reads source text; a panic is its way to fail"
)]

#[path = "tidy/measure.rs"]
mod measure;
#[path = "tidy/sources.rs"]
mod sources;

use measure::Measure;
use sources::Source;
use std::collections::BTreeSet;

const FUNCTION_LINES_MAX: usize = 50;
const FILE_LINES_MAX: usize = 400;
const TRIGGER_LINES_MAX: usize = 60;
const COLUMNS_MAX: usize = 100;

/// What exceeds a limit today: path, what, how much. Whoever shrinks one lowers its number here;
/// whoever reaches the limit strikes it out. Nothing is added without a reason beside it.
const EXCEPTIONS: &[(&str, &str, usize)] = &[];

/// What the pure crates may depend on: no clock, no chance, no input or output.
const PURE: &[(&str, &[&str])] = &[
    (
        "formula",
        &[
            "celes",
            "iso_currency",
            "schemars",
            "serde",
            "serde_jcs",
            "serde_json",
            "sha2",
            "strsim",
        ],
    ),
    (
        "protocol",
        &[
            "poa-formula",
            "celes",
            "iso_currency",
            "schemars",
            "serde",
            "serde_json",
            "serde_jcs",
            "sha2",
            "time",
            "ulid",
        ],
    ),
];

/// Files of functions/ that name the embedded adapters beside wiring.rs, each with its reason.
const EMBEDDED_ALLOWED: &[(&str, &str)] = &[("functions/wiring.rs", "it chooses the adapters")];

fn refuse(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn in_functions(source: &Source) -> bool {
    source.path.starts_with("functions/")
}

/// Names of the rows that a file declares.
fn rows(source: &Source) -> Vec<&str> {
    let declared = source.code.lines().filter_map(|line| line.trim().split_once(": Trigger ="));
    declared.filter_map(|(start, _)| start.split_once("const ")).map(|(_, name)| name).collect()
}

fn limit(source: &Source, measure: &Measure) -> usize {
    match measure.what.as_str() {
        "file" if in_functions(source) && !rows(source).is_empty() => TRIGGER_LINES_MAX,
        "file" => FILE_LINES_MAX,
        "columns" => COLUMNS_MAX,
        _ => FUNCTION_LINES_MAX,
    }
}

/// What is too big and not listed, and what is listed and has changed.
fn sizes(sources: &[Source], exceptions: &[(&str, &str, usize)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut used: BTreeSet<&(&str, &str, usize)> = BTreeSet::new();
    for source in sources {
        let mut measures = measure::functions(source);
        measures.extend([measure::file(source), measure::columns(source)]);
        for found in measures.iter().filter(|found| found.size > limit(source, found)) {
            let Measure { path, what, size } = found;
            let listed = exceptions.iter().find(|(p, w, _)| p == path && w == what);
            used.extend(listed);
            match listed {
                Some((_, _, allowed)) if allowed == size => {}
                Some((_, _, allowed)) => faults.push(format!(
                    "{path}: {what} has {size}, its exception says {allowed}: only shrink it, \
                     and lower the number"
                )),
                None => faults.push(format!(
                    "{path}: {what} has {size}, the limit is {}",
                    limit(source, found)
                )),
            }
        }
    }
    let idle = exceptions.iter().filter(|exception| !used.contains(*exception));
    faults.extend(idle.map(|(p, w, _)| format!("{p}: {w} needs no exception any more")));
    faults
}

#[test]
fn functions_files_and_lines_keep_their_limits() {
    refuse(&sizes(sources::all(), EXCEPTIONS));
}

#[test]
fn the_ratchet_catches_growth_shrinkage_and_idle_exceptions() {
    let long = |lines: usize| {
        let text = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        [Source::of("functions/x.rs", &text)]
    };
    let one = |size: usize| vec![("functions/x.rs", "fn f", size)];
    assert!(sizes(&long(50), &[]).is_empty());
    assert!(sizes(&long(51), &[])[0].contains("the limit is 50"));
    assert!(sizes(&long(51), &one(51)).is_empty());
    assert!(sizes(&long(52), &one(51))[0].contains("only shrink it"));
    assert!(sizes(&long(51), &one(52))[0].contains("lower the number"));
    assert!(sizes(&long(50), &one(51))[0].contains("needs no exception"));
    let trigger = format!("pub(crate) const TRIGGER: Trigger =\n{}", "// why\n".repeat(60));
    assert!(sizes(&[Source::of("functions/x.rs", &trigger)], &[])[0].contains("limit is 60"));
}

#[test]
fn every_file_begins_with_one_sentence_about_itself() {
    let silent = sources::all().iter().filter(|source| {
        let lines = source.text.lines().map_while(|line| line.strip_prefix("//! "));
        !lines.last().is_some_and(|end| end.ends_with(['.', '?', ':']))
    });
    let faults: Vec<_> =
        silent.map(|source| format!("{}: begin with `//! sentence.`", source.path)).collect();
    refuse(&faults);
}

#[test]
fn every_trigger_is_in_the_table() {
    let sources = sources::all();
    let tables: String = sources
        .iter()
        .filter(|source| in_functions(source) && source.name().starts_with("rows_"))
        .map(|source| source.code.as_str())
        .collect();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| in_functions(source)) {
        for row in rows(source) {
            let path = format!("{}::{row}", source.stem());
            if !tables.contains(&path) {
                faults.push(format!("{}: `{path}` is in no rows_*.rs", source.path));
            }
        }
    }
    refuse(&faults);
}

#[test]
fn pure_crates_depend_on_nothing_that_acts() {
    let mut faults = Vec::new();
    for (name, allowed) in PURE {
        let manifest = sources::read(&format!("crates/{name}/Cargo.toml"));
        let section = manifest.split("[dependencies]").nth(1).unwrap();
        let section = section.split("\n[").next().unwrap();
        let lines = section.lines().filter(|line| !line.trim().is_empty());
        for dependency in lines.map(|line| line.split(['.', ' ', '=']).next().unwrap()) {
            if !allowed.contains(&dependency) {
                faults.push(format!("crates/{name} may not depend on `{dependency}`"));
            }
        }
    }
    refuse(&faults);
}

#[test]
fn pure_crates_do_not_act() {
    let acts = [
        "async ",
        ".await",
        "tokio",
        "std::fs",
        "std::net",
        "std::time",
        "std::env",
        "std::process",
        "std::thread",
    ];
    let pure = |source: &&Source| {
        PURE.iter().any(|(name, _)| source.path.starts_with(&format!("crates/{name}/src/")))
    };
    let sources = sources::all();
    let mut faults = Vec::new();
    for source in sources.iter().filter(pure) {
        for act in acts.iter().filter(|act| source.code.contains(**act)) {
            faults.push(format!("{}: `{act}` has no place in a pure crate", source.path));
        }
    }
    refuse(&faults);
}

/// Refuses these words in the files that may not say them.
fn only_there(words: &[&str], forbidden: impl Fn(&str) -> bool, why: &str) {
    let sources = sources::all();
    let guilty = sources.iter().filter(|source| {
        forbidden(&source.path) && words.iter().any(|word| source.code.contains(word))
    });
    refuse(&guilty.map(|source| format!("{}: {why}", source.path)).collect::<Vec<_>>());
}

#[test]
fn status_codes_live_in_one_file() {
    let forbidden = |path: &str| path.starts_with("functions/") && path != "functions/reply.rs";
    only_there(&["StatusCode::"], forbidden, "status codes live in functions/reply.rs");
}

#[test]
fn adapters_are_named_where_the_desk_is_built() {
    let allowed = |path: &str| EMBEDDED_ALLOWED.iter().any(|(name, _)| *name == path);
    let forbidden = |path: &str| path.starts_with("functions/") && !allowed(path);
    only_there(&["poa_embedded"], forbidden, "adapters are named in functions/wiring.rs");
}

#[test]
fn the_environment_is_read_in_one_file() {
    let words = ["env::var(", "env::vars(", "env::var_os(", "env::vars_os("];
    // Programs that only tests start are no part of the product.
    let forbidden = |path: &str| path != "functions/settings.rs" && !path.contains("/examples/");
    only_there(&words, forbidden, "functions/settings.rs reads the environment");
}

#[test]
fn nothing_is_left_for_later_and_names_follow_the_house() {
    let later = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut faults = Vec::new();
    for source in sources::all() {
        for word in later.iter().filter(|word| source.text.contains(**word)) {
            faults.push(format!("{}: `{word}`", source.path));
        }
        if source.name() == "mod.rs" {
            faults.push(format!("{}: name the file after its module", source.path));
        }
        if source.code.contains("fn test_") {
            faults.push(format!("{}: test names are sentences without `test_`", source.path));
        }
    }
    refuse(&faults);
}
