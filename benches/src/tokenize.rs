//! Tokenizations through all five links, durable, against the same commits written straight to
//! SQLite with the same durability.

use crate::{
    prepared::prepared,
    raw::{self, Noted},
    table::{Row, rate},
};
use poa_operations::{
    advance_tokenization::advance_tokenization,
    answer::Asked,
    commit::hex,
    create_tokenization::create_tokenization,
    desk::Desk,
    pages::PageWanted,
    search_catalog::{CatalogFilter, search_catalog},
};
use poa_protocol::{
    caller::{Caller, Person},
    ids::{PartyId, TokenizationId},
    role::Role,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Instant};
use tokio::task::JoinSet;

const CALLERS: usize = 32;
const EACH: usize = 50;
const ROUNDS: usize = 3;
const MERCHANT_LEI: &str = "984500MERLIONMERCH34";
const MERCHANT_TENANT: &str = "00000000-0000-4000-8000-000000000010";
const PDF: &[u8] = include_bytes!("../../examples/documents/invoice_pdf.txt");
const LADING: &[u8] = include_bytes!("../../examples/documents/bill_of_lading.txt");

/// Runs the benchmark.
pub(crate) fn run() -> Vec<Row> {
    crate::http::runtime().block_on(measure())
}

async fn measure() -> Vec<Row> {
    let embedded = poa_embedded::open(&prepared().data()).unwrap();
    let noted = Arc::new(Noted::new(embedded.desk().store));
    let desk = Desk { store: Arc::<Noted>::clone(&noted), ..embedded.desk() };
    let instance = instance(&desk).await;
    let (mut ours, mut single, mut grouped) = (0_f64, 0_f64, 0_f64);
    let mut commits = 0;
    for round in 0..ROUNDS {
        let start = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (desk, instance) = (desk.clone(), instance.clone());
            callers.spawn(async move {
                for number in 0..EACH {
                    tokenize(&desk, &instance, &format!("B-{round}-{caller}-{number}")).await;
                }
            });
        }
        callers.join_all().await;
        let count = f64::from(u32::try_from(CALLERS * EACH).unwrap());
        ours = ours.max(count / start.elapsed().as_secs_f64());
        let writes = noted.take();
        commits = writes.len();
        single = single.max(count / raw::write(&writes, 1).as_secs_f64());
        grouped = grouped.max(count / raw::write(&writes, CALLERS).as_secs_f64());
    }
    let per = commits / (CALLERS * EACH);
    let row = |reference: f64, how: &str, goal, reached| Row {
        what: format!("tokenizations, all five links, {per} durable writes each"),
        ours: rate(ours, "tokenizations"),
        reference: format!("{} {how}", rate(reference, "tokenizations")),
        ratio: format!("{:.2}", ours / reference),
        goal,
        reached,
    };
    vec![
        row(single, "(raw, one transaction each)", ">= 0.5", ours / single >= 0.5),
        row(grouped, "(raw, 32 in one transaction)", "no goal: for comparison", true),
    ]
}

/// From the request to the issued smart asset.
async fn tokenize(desk: &Desk, instance: &str, reference: &str) {
    let request = request(desk, instance, reference);
    let asked = Asked {
        caller: Some(merchant()),
        key: Some(reference.to_owned()),
        body_hash: hex(&Sha256::digest(request.to_string())),
        if_match: None,
        body: serde_json::from_value(request).unwrap(),
    };
    let answer = create_tokenization(desk, asked).await.unwrap();
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let id: TokenizationId = serde_json::from_value(body["id"].clone()).unwrap();
    let answer = advance_tokenization(desk, &id).await.unwrap();
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["state"], "issued", "{body}");
}

fn merchant() -> Caller {
    Caller {
        person: Person {
            tenant: MERCHANT_TENANT.to_owned(),
            object: "00000000-0000-4000-8000-000000000778".to_owned(),
        },
        program: false,
        roles: [Role::Originator].into(),
        party: Some(PartyId::of_lei(MERCHANT_LEI)),
        operator: false,
    }
}

fn request(desk: &Desk, instance: &str, reference: &str) -> Value {
    let now = desk.clock.now();
    let day = |days: i64| now.plus_days(days).date().to_string();
    let evidence = |name: &str, bytes: &[u8]| {
        json!({
            "name": name, "sha256": hex(&Sha256::digest(bytes)), "media_type": "text/plain",
            "issued_at": format!("{}T00:00:00Z", day(-2)), "issuer": "Merlion",
        })
    };
    json!({
        "instance": instance, "side": "originator", "reference": reference,
        "data": {
            "due": day(45), "debtor_rating": "BBB", "invoice_ccy": "EUR",
            "face": { "amount": "292459.00", "currency": "EUR" },
            "fx_rate": { "from": "EUR", "to": "EUR", "rate": "1" },
            "accepted": true, "assignment_forbidden": false, "both_merchants": true,
        },
        "evidence": [evidence("invoice_pdf", PDF), evidence("bill_of_lading", LADING)],
    })
}

/// The German instance of the trade invoice.
async fn instance(desk: &Desk) -> String {
    let filter = CatalogFilter {
        product: Some("trade_invoice".parse().unwrap()),
        jurisdiction: Some("DE".to_owned()),
        ..CatalogFilter::default()
    };
    let page = PageWanted { after: None, limit: 9 };
    let answer = search_catalog(desk, &merchant(), filter, page).await.unwrap();
    let found: Value = serde_json::from_str(&answer.body).unwrap();
    found["items"][0]["id"].as_str().unwrap().to_owned()
}
