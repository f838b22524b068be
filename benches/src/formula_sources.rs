//! How long sources take to be checked: a product of 64 KiB, and every hostile one.

#[path = "../../crates/formula/tests/hostile/corpus.rs"]
mod corpus;

use crate::table::Row;
use poa_formula::{compile_product, limits::SOURCE_BYTES_MAX};
use std::{
    fmt::Write,
    hint::black_box,
    time::{Duration, Instant},
};

/// A check repeats so often; the shortest time counts, for the others waited for the machine.
const REPEATS: u32 = 5;
const GOAL: Duration = Duration::from_millis(50);

/// Runs the benchmark.
pub(crate) fn run() -> Vec<Row> {
    let large = large();
    assert!(compile_product(&large).is_ok(), "the product of 64 KiB is sound");
    let hostile = corpus::corpus();
    let timed = hostile.iter().map(|(name, source)| (shortest(source), name));
    let (slowest, name) = timed.max().expect("the corpus is not empty");
    let row = |what: String, took: Duration| Row {
        what,
        ours: format!("{:.1} ms", took.as_secs_f64() * 1e3),
        reference: "-".to_owned(),
        ratio: "-".to_owned(),
        goal: "<= 50 ms",
        reached: took <= GOAL,
    };
    vec![
        row(format!("formula: check of a product of {} KiB", large.len() / 1024), shortest(&large)),
        row(format!("formula: slowest of {} hostile sources, {name}", hostile.len()), slowest),
    ]
}

fn shortest(source: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        let _ = black_box(compile_product(black_box(source)));
        start.elapsed()
    };
    (0..REPEATS).map(|_| once()).min().unwrap_or_default()
}

/// As a large product is: attributes, calculations, tables and rules in turn, up to the limit.
fn large() -> String {
    let mut source = "product large 1.0.0 \"Large\"\ncurrency home = EUR\n\
        codes grade = [a, b, c, d, e]\nparam most : percent in 0% .. 95% = 80%\n"
        .to_owned();
    for index in 0_u32.. {
        let mut block = String::new();
        let _ = write!(
            block,
            "attribute loan{index} : money home > 0\nattribute worth{index} : money home > 0\n\
             attribute grade{index} : grade\n\
             let share{index} = loan{index} / worth{index}\n\
             table cut{index}(grade{index}, share{index}) : percent\n  | a, b | <= 60% -> 2%\n  \
             | a, b | > 60% -> 5%\n  | c | - -> 8%\n  | otherwise -> 12%\n\
             rule R_{index} \"Share {{share{index}}} is above {{most}}\" \
             require share{index} <= most when grade{index} != a\n\
             value v{index} : money home = \
             round(loan{index} * (1 - cut{index}), home, half_even)\n"
        );
        if source.len() + block.len() > SOURCE_BYTES_MAX - 1024 {
            break;
        }
        source.push_str(&block);
    }
    source
}
