//! The table of figures, as Markdown, so that it goes into docs/performance.md as it is.

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// Ours, with unit.
    pub(crate) ours: String,
    /// The reference, with unit.
    pub(crate) reference: String,
    /// Ours against the reference.
    pub(crate) ratio: String,
    /// What the project wants.
    pub(crate) goal: &'static str,
    /// Whether it is reached.
    pub(crate) reached: bool,
}

/// Prints all rows.
pub(crate) fn print(rows: &[Row]) {
    println!("| what | ours | reference | ratio | goal | reached |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let reached = if row.reached { "yes" } else { "NO" };
        println!(
            "| {} | {} | {} | {} | {} | {reached} |",
            row.what, row.ours, row.reference, row.ratio, row.goal
        );
    }
}

/// A rate as people read it.
pub(crate) fn rate(per_second: f64, unit: &str) -> String {
    if per_second >= 1e6 {
        format!("{:.2} M {unit}/s", per_second / 1e6)
    } else if per_second >= 1e4 {
        format!("{:.1} k {unit}/s", per_second / 1e3)
    } else {
        format!("{per_second:.0} {unit}/s")
    }
}
