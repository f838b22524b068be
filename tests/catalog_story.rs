//! The catalog over HTTP: parties to an active instance, then the search and the switcher.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use poa_protocol::role::Role;
use poa_test_support::{Heard, TestApp, Who, guid, hear};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

const LOAN: &str = include_str!("../examples/products/sme_loan.formula");
const CROWD: &str = include_str!("../examples/products/sme_loan_crowd_de.formula");
const BANK: &str = include_str!("../examples/products/sme_loan_bank_de.formula");

fn must(heard: Heard, status: u16) -> Heard {
    assert_eq!(heard.status, status, "{}", heard.json);
    heard
}

/// Registers a party, verifies and activates it; returns its id.
async fn party(app: &TestApp, lei: &str, tenant: &str) -> String {
    let operator = Who::operator("Ada").with(&[Role::Administrator, Role::Compliance]);
    let order = json!({
        "lei": lei, "name": format!("Party {lei}"), "country": "DE", "kind": "non_bank",
        "tenants": [tenant],
    });
    let made = must(app.post(&operator, "parties", &order).await, 201);
    assert!(made.json.get("salt").is_none());
    let id = made.text("/id").to_owned();
    let path = format!("parties/{id}");
    let kyc = json!({ "state": "verified", "valid_until": "2027-11-22T00:00:00Z" });
    let known = app.revise(&operator, &format!("{path}/kyc"), made.etag(), &kyc).await;
    let etag = must(known, 200).etag().to_owned();
    let active = json!({ "state": "active" });
    let stale = app.revise(&operator, &format!("{path}/state"), made.etag(), &active).await;
    assert_eq!((stale.status, stale.code()), (412, "request.stale"));
    must(app.revise(&operator, &format!("{path}/state"), &etag, &active).await, 200);
    id
}

struct People {
    maker: Who,
    checker: Who,
    certifier: Who,
    certifiers: String,
}

async fn people(app: &TestApp) -> People {
    let (ours, theirs) = (guid("owner"), guid("certifier"));
    party(app, "529900POATEST0000158", &ours).await;
    let certifiers = party(app, "5299000000POA0000270", &theirs).await;
    People {
        maker: Who::of(&ours, "Mo").with(&[Role::ProductOwner]),
        checker: Who::of(&ours, "Cleo").with(&[Role::ProductOwner]),
        certifier: Who::of(&theirs, "Tess").with(&[Role::Certifier]),
        certifiers,
    }
}

/// Does the next step on a resource with the `ETag` that it has now.
async fn step(app: &TestApp, who: &Who, (resource, verb): (&str, &str), body: &Value) -> Heard {
    let seen = must(app.get(who, resource).await, 200);
    must(app.revise(who, &format!("{resource}/{verb}"), seen.etag(), body).await, 200)
}

async fn published(app: &TestApp, people: &People) {
    let product = json!({
        "code": "sme_loan", "name": "SME loan", "asset_class": "loan", "cfi": "D*****",
    });
    let made = must(app.post(&people.maker, "products", &product).await, 201);
    assert_eq!(made.header(reqwest::header::LOCATION), "/api/products/sme_loan");
    let draft = json!({ "source": LOAN });
    must(app.post(&people.maker, "products/sme_loan/versions", &draft).await, 201);
    let version = "products/sme_loan/versions/1.0.0";
    let submitted = step(app, &people.maker, (version, "submission"), &json!({})).await;
    let hash = submitted.text("/content/content_hash").to_owned();
    let certificate = json!({ "content_hash": hash, "decision": "certified" });
    let signed = step(app, &people.certifier, (version, "certification"), &certificate).await;
    let etag = signed.etag();
    let path = format!("{version}/publication");
    let own = app.revise(&people.maker, &path, etag, &json!({})).await;
    assert_eq!((own.status, own.code()), (403, "catalog.same-person"));
    must(app.revise(&people.checker, &path, etag, &json!({})).await, 200);
    let keys = must(hear(app.request(Method::GET, "log/keys")).await, 200);
    assert!(!keys.text("/keys/0/kid").is_empty());
    for_the_independent_check(&signed.json, &keys.json);
    step(app, &people.maker, ("products/sme_loan", "state"), &json!({ "state": "listed" })).await;
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

async fn instance(app: &TestApp, people: &People, overlay: &str, regime: &str) -> String {
    let order = json!({
        "version": "1.0.0", "source": overlay, "jurisdiction": "DE", "regime": regime,
        "currency": "EUR", "sides": ["originator"],
        "attestors": { "verifier": [people.certifiers] },
    });
    let path = "products/sme_loan/instances";
    let made = must(app.post(&people.maker, path, &order).await, 201);
    let resource = format!("instances/{}", made.text("/id"));
    let own =
        app.revise(&people.maker, &format!("{resource}/approval"), made.etag(), &json!({})).await;
    assert_eq!((own.status, own.code()), (403, "instance.same-person"));
    step(app, &people.checker, (&resource, "approval"), &json!({})).await;
    step(app, &people.maker, (&resource, "activation"), &json!({})).await;
    made.text("/id").to_owned()
}

#[tokio::test]
async fn a_product_comes_to_its_instances_and_is_found() {
    let app = TestApp::start().await;
    let people = people(&app).await;
    published(&app, &people).await;
    let bank = instance(&app, &people, BANK, "DE-KWG").await;
    let crowd = instance(&app, &people, CROWD, "EU-2020/1503").await;
    let anybody = people.certifier.with(&[]);
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
    let people = people(&app).await;
    let product = json!({
        "code": "sme_loan", "name": "SME loan", "asset_class": "loan", "cfi": "D*****",
    });
    must(app.post(&people.maker, "products", &product).await, 201);
    let draft = json!({ "source": LOAN.replace("cash_flow / debt", "cash_flw / debt") });
    let made = app.post(&people.maker, "products/sme_loan/versions", &draft).await;
    let path = "products/sme_loan/versions/1.0.0/submission";
    let refused = app.revise(&people.maker, path, must(made, 201).etag(), &json!({})).await;
    assert_eq!((refused.status, refused.code()), (422, "catalog.source-refused"));
    assert_eq!(refused.text("/details/diagnostics/0/code"), "formula.unknown-name");
    let checked = app.post(&people.maker, "formulas/check", &json!({ "source": LOAN })).await;
    assert_eq!(must(checked, 200).json["good"], true);
    let bodiless = app.post(&people.maker, "products", &json!({ "code": "A" })).await;
    assert_eq!((bodiless.status, bodiless.code()), (400, "request.malformed"));
}
