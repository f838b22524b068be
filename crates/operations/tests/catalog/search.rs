//! The search of the catalog: every filter, pages, and what is not seen.

use crate::support::{SME_BANK, SME_CROWD, World, ask, body, world};
use poa_operations::{
    pages::PageWanted,
    products::create_product,
    search_catalog::{CatalogFilter, list_instances, search_catalog},
};
use poa_protocol::{caller::Caller, product::AssetClass, role::Role, side::Side};
use serde_json::{Value, json};

async fn search(world: &World, by: &Caller, filter: CatalogFilter) -> Vec<Value> {
    let page = PageWanted { after: None, limit: 50 };
    let answer = search_catalog(world.desk(), by, filter, page).await.unwrap();
    body(&answer)["items"].as_array().unwrap().clone()
}

fn titles(entries: &[Value]) -> Vec<&str> {
    let name = |entry: &'_ Value| if entry["kind"] == "product" { "name" } else { "title" };
    entries.iter().map(|entry| entry[name(entry)].as_str().unwrap()).collect()
}

const BANK: &str = "German bank, own book";
const CROWD: &str = "German crowd lending (ECSP, illustrative)";

async fn filled() -> World {
    let world = world().await;
    let sme = world.sme_loan().await;
    world.active_instance(&sme, world.sme_order(SME_BANK)).await;
    let mut order = world.sme_order(SME_CROWD);
    order["regime"] = json!("EU-2020/1503");
    order["sides"] = json!(["originator", "supplier"]);
    world.instance(&sme, order).await;
    let hidden = json!({
        "code": "hidden", "name": "Hidden", "asset_class": "commodity", "cfi": "T*****",
    });
    let hidden = serde_json::from_value(hidden).unwrap();
    create_product(world.desk(), ask(&world.maker, hidden)).await.unwrap();
    world
}

#[tokio::test]
async fn every_filter_narrows_the_search() {
    let world = filled().await;
    let all = CatalogFilter::default;
    let cases: Vec<(CatalogFilter, &[&str])> = vec![
        (all(), &["Hidden", "A product", BANK, CROWD]),
        (CatalogFilter { text: Some("GERMAN".to_owned()), ..all() }, &[BANK, CROWD]),
        (CatalogFilter { text: Some("2020/1503".to_owned()), ..all() }, &[CROWD]),
        (
            CatalogFilter { kind: Some("product".parse().unwrap()), ..all() },
            &["Hidden", "A product"],
        ),
        (CatalogFilter { kind: Some("instance".parse().unwrap()), ..all() }, &[BANK, CROWD]),
        (CatalogFilter { asset_class: Some(AssetClass::Commodity), ..all() }, &["Hidden"]),
        (CatalogFilter { product: Some("hidden".parse().unwrap()), ..all() }, &["Hidden"]),
        (CatalogFilter { jurisdiction: Some("DE".to_owned()), ..all() }, &[BANK, CROWD]),
        (CatalogFilter { jurisdiction: Some("SG".to_owned()), ..all() }, &[]),
        (CatalogFilter { regime: Some("EU-2020/1503".to_owned()), ..all() }, &[CROWD]),
        (CatalogFilter { side: Some(Side::Supplier), ..all() }, &[CROWD]),
        (CatalogFilter { state: Some("active".parse().unwrap()), ..all() }, &[BANK]),
        (CatalogFilter { state: Some("draft".parse().unwrap()), ..all() }, &["Hidden", CROWD]),
        (CatalogFilter { currency: Some("EUR".to_owned()), ..all() }, &[BANK, CROWD]),
        (CatalogFilter { currency: Some("USD".to_owned()), ..all() }, &[]),
    ];
    for (filter, expected) in cases {
        let shown = format!("{filter:?}");
        assert_eq!(titles(&search(&world, &world.maker, filter).await), expected, "{shown}");
    }
    assert!("live".parse::<poa_operations::search_catalog::EntryState>().is_err());
    assert!("version".parse::<poa_operations::search_catalog::EntryKind>().is_err());
}

#[tokio::test]
async fn drafts_are_left_out_for_everybody_but_their_owner_and_auditors() {
    let world = filled().await;
    let public = ["A product", BANK];
    let seen = search(&world, &world.certifier, CatalogFilter::default()).await;
    assert_eq!(titles(&seen), public);
    let mut auditor = world.certifier.clone();
    auditor.roles = [Role::Auditor].into();
    let seen = search(&world, &auditor, CatalogFilter::default()).await;
    assert_eq!(titles(&seen), public, "every tenant grants its people roles");
    auditor.operator = true;
    assert_eq!(search(&world, &auditor, CatalogFilter::default()).await.len(), 4);
    let sme = "sme_loan".parse().unwrap();
    let page = || PageWanted { after: None, limit: 50 };
    let listed = async |by| {
        let answer = list_instances(world.desk(), by, &sme, page()).await.unwrap();
        body(&answer)["items"].as_array().unwrap().clone()
    };
    assert_eq!(titles(&listed(&world.certifier).await), [BANK]);
    let own = listed(&world.maker).await;
    assert_eq!(titles(&own), [BANK, CROWD]);
    assert!(own.iter().all(|instance| instance.get("source").is_none()));
}

#[tokio::test]
async fn pages_join_to_the_whole_and_pass_over_what_is_not_seen() {
    let world = filled().await;
    for by in [&world.maker, &world.certifier] {
        let whole = search(&world, by, CatalogFilter::default()).await;
        for limit in 1..=5 {
            let mut joined = Vec::new();
            let mut token: Option<String> = None;
            loop {
                let page = PageWanted::read(token.as_deref(), limit).unwrap();
                let filter = CatalogFilter::default();
                let answer = search_catalog(world.desk(), by, filter, page).await.unwrap();
                let view = body(&answer);
                let items = view["items"].as_array().unwrap();
                assert!(items.len() <= limit);
                joined.extend(items.iter().cloned());
                token = view["continuation"].as_str().map(str::to_owned);
                if token.is_none() {
                    break;
                }
            }
            assert_eq!(joined, whole);
        }
    }
}
