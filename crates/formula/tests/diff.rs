//! The difference between two programs, in words.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::path::Path;

use poa_formula::{ChangeKind, Program, compile_instance, compile_product};

fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products");
    std::fs::read_to_string(folder.join(format!("{name}.formula"))).unwrap()
}

fn mortgage(instance: &str) -> Program {
    compile_instance(&source("mortgage_participation"), &source(instance)).unwrap()
}

#[test]
fn a_lawyer_reads_what_another_country_changes() {
    let base = compile_product(&source("mortgage_participation")).unwrap();
    let diff = base.diff(&mortgage("mortgage_sg"));
    let expected = "\
program, title: Residential mortgage loan participation → Singapore (limits illustrative)
program, instance: mortgage_sg
program, jurisdiction: SG
home: USD → SGD
markets: [US] → [SG]
Maximum loan-to-value: 80% → 75%
Maximum loan-to-value, Not owner-occupied (where occupancy != owner): 45%
unit price: 100 → 1_000
fee floor: 500 → 800
new: attribute accredited_only : boolean
new: rule SG_01 \"Only accredited investors, or at most 50 persons\" require \
accredited_only or investors <= 50
new: legal SFA_275 \"Information memorandum under sections 274 and 275 SFA\" max age 365 days
new: legal TITLE_OPINION \"Opinion of counsel on the title\"
";
    assert_eq!(diff.to_string(), expected);
    assert_eq!(
        (&*diff.before, &*diff.after),
        (base.formula_hash(), mortgage("mortgage_sg").formula_hash())
    );
    let json = serde_json::to_value(&diff).unwrap();
    assert_eq!(json["changes"][5]["kind"], "changed");
    assert_eq!(json["changes"][5]["before"], "80%");
    assert_eq!(json["changes"][5]["name"], "max_ltv");
    assert_eq!(json["changes"][6]["kind"], "added");
    assert!(json["changes"][9].get("part").is_none());
}

#[test]
fn the_way_back_says_the_opposite() {
    let (base, over) =
        (compile_product(&source("mortgage_participation")).unwrap(), mortgage("mortgage_sg"));
    let text = over.diff(&base).to_string();
    assert!(text.contains("Maximum loan-to-value: 75% → 80%"), "{text}");
    assert!(text.contains("(where occupancy != owner): no longer 45%"), "{text}");
    assert!(text.contains("gone: legal TITLE_OPINION"), "{text}");
    let kinds =
        |kind: ChangeKind| over.diff(&base).changes.iter().filter(|c| c.kind == kind).count();
    assert_eq!(kinds(ChangeKind::Added), 0);
}

#[test]
fn tables_rules_and_waivers_are_told_part_by_part() {
    let before = "product p 1.0.0 \"P\"\nattribute share : percent in 0% .. 100%\n\
        table t(share) : percent\n| <= 60% -> 2%\n| > 60% -> 5%\n\
        rule A \"a\" require share < 1\nrule B \"b\" require share > 0\nvalue v : percent = t\n";
    let after = before
        .replace("60% -> 5%", "60% -> 6%")
        .replace("share < 1", "share < 1 when share > 50%")
        .replace("value v : percent = t", "value v : percent = t / 2 locked");
    let diff = compile_product(before).unwrap().diff(&compile_product(&after).unwrap());
    let expected = "t, > 60%: 5% → 6%\nrule A, condition: share > 50%\n\
                    v: t → t / 2\nv, lock: locked\n";
    assert_eq!(diff.to_string(), expected);
    let waived = "instance i of p 1.0.0 jurisdiction SG \"I\"\nwaive B because \"of the treaty\"\n";
    let waived = compile_instance(before, waived).unwrap();
    let text = compile_product(before).unwrap().diff(&waived).to_string();
    assert!(text.contains("gone: rule B \"b\" require share > 0\n"), "{text}");
    assert!(text.contains("new: waive B because \"of the treaty\"\n"), "{text}");
}

#[test]
fn programs_of_one_hash_have_no_difference_and_others_have_one() {
    let text = source("trade_invoice");
    let base = compile_product(&text).unwrap();
    assert!(base.diff(&base).changes.is_empty());
    let examples = text.split("\nexample ").next().unwrap();
    let spaced = compile_product(&examples.replace(" = ", "  =  ")).unwrap();
    assert_eq!(base.formula_hash(), spaced.formula_hash());
    assert!(base.diff(&spaced).changes.is_empty());
    for (from, to) in [
        ("= 180", "= 179"),
        ("tenor in 1 .. max_tenor", "tenor in 0 .. max_tenor"),
        ("<= 90 -> 95%", "<= 90 -> 94%"),
        ("is not accepted\"", "is refused\""),
        ("weight 5%", "weight 6%"),
        ("max age 90 days", "max age 91 days"),
        ("half_up)", "half_even)"),
        ("currency home = USD", "currency home = EUR"),
        ("unrated]", "unrated, D]"),
        ("limit last_transfer_days", "fee last_transfer_days"),
        ("in 1 .. 365", "in 1 .. 364"),
        ("1.0.0", "1.0.1"),
        ("rank = 1 - discount", "rank = 2 - discount"),
        ("max_tenor :", "max_tenor \"Longest tenor\" :"),
        ("= 5%", "= 5% locked"),
        (
            "attribute accepted : boolean",
            "attribute accepted : boolean attribute more : text optional",
        ),
    ] {
        let other = compile_product(&examples.replacen(from, to, 1)).unwrap();
        assert_ne!(other.formula_hash(), base.formula_hash(), "{from}");
        let diff = base.diff(&other);
        assert!(!diff.changes.is_empty(), "{from}");
        assert_eq!(diff.to_string().lines().count(), diff.changes.len());
    }
}
