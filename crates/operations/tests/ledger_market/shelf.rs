//! The one instance of a market, kept without the way through its approvals.

use poa_operations::{
    commit::HEAD_KIND,
    desk::Desk,
    instances,
    ports::store::{Commit, HEAD, Item, ItemKind},
    programs,
};
use poa_protocol::{
    caller::Person,
    ids::{InstanceId, PartyId},
    instance::{Attestors, Beginning, Instance, NewInstance},
    partition::product_home,
    product::{NewProduct, Product},
    side::Side,
    version::Version,
};
use serde_json::json;

const PRODUCT: &str = "\
product paper 1.0.0 \"Paper\"
currency home = EUR
attribute amount : money home > 0
param unit : money home > 0 = 1.00
value valuation : money home = amount
token units : integer = floor(amount / unit)
token decimals : integer = 0
";
const INSTANCE: &str = "instance paper_de of paper 1.0.0 jurisdiction DE \"Paper in Germany\"\n";

/// Keeps an instance of a party, and its version.
pub async fn keep_instance(desk: &Desk, owner: &PartyId) -> InstanceId {
    let maker = Person { tenant: "t".to_owned(), object: "o".to_owned() };
    let order: NewProduct = serde_json::from_value(json!({
        "code": "paper", "name": "Paper", "asset_class": "loan", "cfi": "D*****",
    }))
    .unwrap();
    let product = Product::create(order, owner.clone()).unwrap();
    let version = Version::draft(&product, PRODUCT.to_owned(), maker.clone()).unwrap();
    let id = InstanceId::new(desk.ids.ulid(), &product_home("paper"));
    let program = programs::of_instance(PRODUCT, INSTANCE).unwrap();
    let order = NewInstance {
        version: version.number,
        source: INSTANCE.to_owned(),
        jurisdiction: "DE".to_owned(),
        regime: "DE-KWG".to_owned(),
        rule_set: None,
        currency: "EUR".to_owned(),
        sides: [Side::Originator].into(),
        effective_from: None,
        effective_until: None,
        approvals_required: 0,
        attestors: Attestors::default(),
        data_placement: [].into(),
        supersedes: None,
        impact_bound: None,
    };
    let now = desk.clock.now();
    let beginning = Beginning { id: id.clone(), product, rule_set: None, maker, now };
    let instance = Instance::draft(order, &programs::overlay(&program), beginning).unwrap();
    let plain = |id: &str, body| Item::plain(id, ItemKind("catalog"), body);
    let items = vec![plain(id.as_str(), json!(instance)), plain("v:1.0.0", json!(version))];
    let head = Item::plain(HEAD, HEAD_KIND, json!({ "sequence": 0, "state": null }));
    let (partition, expected) = (instances::partition(&id), None);
    let commit = Commit { partition, expected, head, items, events: Vec::new(), record: None };
    desk.store.commit(commit).await.unwrap();
    id
}
