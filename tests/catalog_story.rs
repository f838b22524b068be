//! The catalog over HTTP: parties to an active instance, then the search and the switcher.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use poa_test_support::{
    TestApp, hear,
    shelf::{Shelf, must},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

const LOAN: &str = include_str!("../examples/products/sme_loan.formula");
const CROWD: &str = include_str!("../examples/products/sme_loan_crowd_de.formula");
const BANK: &str = include_str!("../examples/products/sme_loan_bank_de.formula");

async fn published(app: &TestApp, shelf: &Shelf) {
    let signed = shelf.certify(app, ("sme_loan", "loan"), LOAN).await;
    let path = "products/sme_loan/versions/1.0.0/publication";
    let own = app.revise(&shelf.maker, path, signed.etag(), &json!({})).await;
    assert_eq!((own.status, own.code()), (403, "catalog.same-person"));
    let stale = app.revise(&shelf.checker, path, "\"1\"", &json!({})).await;
    assert_eq!((stale.status, stale.code()), (412, "request.stale"));
    must(app.revise(&shelf.checker, path, signed.etag(), &json!({})).await, 200);
    let keys = must(hear(app.request(Method::GET, "log/keys")).await, 200);
    assert!(!keys.text("/keys/0/kid").is_empty());
    for_the_independent_check(&signed.json, &keys.json);
}

/// Leaves the certification where `tests/tools/check_jws.py` looks for it.
fn for_the_independent_check(version: &Value, keys: &Value) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../test-artifacts");
    std::fs::create_dir_all(&folder).unwrap();
    let artifact = json!({
        "jws": version.pointer("/certificate/jws"), "jwks": keys,
        "expected_payload": version.pointer("/certificate/statement"),
    });
    std::fs::write(folder.join("certification.json"), artifact.to_string()).unwrap();
}

async fn instance(app: &TestApp, shelf: &Shelf, overlay: &str, regime: &str) -> String {
    let order = json!({
        "version": "1.0.0", "source": overlay, "jurisdiction": "DE", "regime": regime,
        "currency": "EUR", "sides": ["originator"],
        "attestors": { "verifier": [shelf.certifiers] },
    });
    shelf.activate(app, "sme_loan", &order).await
}

#[tokio::test]
async fn a_product_comes_to_its_instances_and_is_found() {
    let app = TestApp::start().await;
    let shelf = Shelf::open(&app).await;
    published(&app, &shelf).await;
    let bank = instance(&app, &shelf, BANK, "DE-KWG").await;
    let crowd = instance(&app, &shelf, CROWD, "EU-2020/1503").await;
    let anybody = shelf.certifier.with(&[]);
    let found = app.get(&anybody, "catalog?kind=instance&regime=EU-2020%2F1503&limit=1").await;
    assert_eq!(must(found, 200).text("/items/0/id"), crowd);
    let unknown = app.get(&anybody, "catalog?state=live").await;
    assert_eq!((unknown.status, unknown.code()), (400, "request.malformed"));
    let question = json!({
        "product": "sme_loan", "jurisdiction": "DE-BY", "side": "originator",
        "data": {
            "founded": "2021-03-15", "country": "DE", "purpose": "working_capital",
            "security": "movables", "score": "58",
            "amount": { "amount": "150000.00", "currency": "EUR" },
            "annual_revenue": { "amount": "600000.00", "currency": "EUR" },
            "cash_flow": { "amount": "54000.00", "currency": "EUR" },
            "debt_service": { "amount": "45000.00", "currency": "EUR" },
            "term_months": "48", "lenders": "40",
        },
        "evidence": {
            "financial_statements": "2026-04-30", "tax_clearance": "2026-10-15",
            "loan_agreement": "2026-11-15",
        },
    });
    let answer = must(app.post(&anybody, "switcher", &question).await, 200);
    assert_eq!(answer.text("/alternatives/0/instance"), crowd);
    assert_eq!(answer.text("/alternatives/1/instance"), bank);
    assert_eq!(answer.text("/alternatives/1/reasons/0/code"), "SCORE_01");
}

#[tokio::test]
async fn a_submission_with_faults_answers_with_its_diagnostics() {
    let app = TestApp::start().await;
    let shelf = Shelf::open(&app).await;
    let product = json!({
        "code": "sme_loan", "name": "SME loan", "asset_class": "loan", "cfi": "D*****",
    });
    must(app.post(&shelf.maker, "products", &product).await, 201);
    let draft = json!({ "source": LOAN.replace("cash_flow / debt", "cash_flw / debt") });
    let made = app.post(&shelf.maker, "products/sme_loan/versions", &draft).await;
    let path = "products/sme_loan/versions/1.0.0/submission";
    let refused = app.revise(&shelf.maker, path, must(made, 201).etag(), &json!({})).await;
    assert_eq!((refused.status, refused.code()), (422, "catalog.source-refused"));
    assert_eq!(refused.text("/details/diagnostics/0/code"), "formula.unknown-name");
    let checked = app.post(&shelf.maker, "formulas/check", &json!({ "source": LOAN })).await;
    assert_eq!(must(checked, 200).json["good"], true);
    let bodiless = app.post(&shelf.maker, "products", &json!({ "code": "A" })).await;
    assert_eq!((bodiless.status, bodiless.code()), (400, "request.malformed"));
}
