//! Hostile sources: none makes the checker panic, hold more than 64 MiB, or work without bound.
//!
//! Work is measured in bytes that are asked for, which does not depend on the machine; that none
//! takes 50 ms is measured by `cargo xtask bench` in release mode.

#[path = "hostile/corpus.rs"]
mod corpus;

use cap::Cap;
use poa_formula::compile_product;
use std::alloc::System;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// The most memory that is held at one time.
const HELD_MAX: usize = 64 * 1024 * 1024;

/// The most memory that one source makes the checker ask for altogether.
const ASKED_MAX: usize = 256 * 1024 * 1024;

#[test]
fn hostile_sources_are_checked_within_64_mebibytes() {
    let sources = corpus::corpus();
    let (mut most, mut worst) = (0, "");
    for (name, source) in &sources {
        let before = MEMORY.total_allocated();
        let _ = std::hint::black_box(compile_product(source));
        let asked = MEMORY.total_allocated().saturating_sub(before);
        assert!(asked <= ASKED_MAX, "{name}: asked for {asked} bytes");
        if asked > most {
            (most, worst) = (asked, name);
        }
        assert!(
            MEMORY.max_allocated() <= HELD_MAX,
            "{name}: held {} bytes",
            MEMORY.max_allocated()
        );
    }
    assert!(sources.len() > 400, "{} sources", sources.len());
    println!("{} sources, at most {} KiB held", sources.len(), MEMORY.max_allocated() / 1024);
    println!("most work: {} KiB asked for by {worst}", most / 1024);
}
