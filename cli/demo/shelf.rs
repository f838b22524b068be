//! The catalog of the demo: products written by one party, certified by another, published by a
//! second person, adapted to countries.

use super::{
    api::{Api, Fault, Got},
    cast::Cast,
};
use poa_protocol::role::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CATALOG: &str = include_str!("../../examples/demo/catalog.json");

macro_rules! sources {
    ($($folder:literal / $name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../examples/", $folder, "/", $name, ".formula")),
        )),+]
    };
}

/// The formula files, by name.
const SOURCES: &[(&str, &str)] = sources![
    "products" / "mortgage_participation",
    "products" / "mortgage_sg",
    "products" / "mortgage_de",
    "products" / "mortgage_us_regd",
    "products" / "trade_invoice",
    "products" / "invoice_sg",
    "products" / "invoice_de",
    "products" / "invoice_us",
    "products" / "gold_receipt",
    "products" / "gold_sg",
    "products" / "gold_de",
    "products" / "gold_us",
    "products" / "sme_loan",
    "products" / "sme_loan_bank_de",
    "products" / "sme_loan_crowd_de",
    "regimes" / "de_kwg",
];

#[derive(Debug, Clone, Deserialize)]
struct ShelfProduct {
    code: String,
    name: String,
    asset_class: String,
    cfi: String,
    /// The legal regime of a rule set.
    #[serde(default)]
    regime: Option<String>,
    instances: Vec<ShelfInstance>,
}

#[derive(Debug, Clone, Deserialize)]
struct ShelfInstance {
    source: String,
    jurisdiction: String,
    regime: String,
    /// Code of the rule set of its regime.
    #[serde(default)]
    rule_set: Option<String>,
    currency: String,
    approvals_required: u8,
}

/// The instances that are active, by the name of their source.
pub(crate) type Active = BTreeMap<String, String>;

/// What was published.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) products: usize,
    /// Rule sets of legal regimes.
    pub(crate) rule_sets: usize,
    pub(crate) active: Active,
}

/// Publishes every product and activates every instance; `tell` hears of each.
pub(crate) async fn publish(
    api: &Api,
    cast: &Cast,
    tell: impl Fn(&str),
) -> Result<Published, Fault> {
    let products: Vec<ShelfProduct> = serde_json::from_str(CATALOG)
        .map_err(|fault| Fault(format!("examples/demo/catalog.json: {fault}")))?;
    let desk = Desk::open(api, cast)?;
    let (mut active, mut versions) = (Active::new(), BTreeMap::new());
    for product in &products {
        let version = desk.product(product).await?;
        versions.insert(product.code.clone(), version.clone());
        tell(&product.code);
        for instance in &product.instances {
            let rule_set = instance.rule_set.as_ref();
            let rule_set =
                rule_set.map(|code| json!({ "product": code, "version": versions.get(code) }));
            let id = desk.instance(product, (&version, rule_set), instance).await?;
            tell(&instance.source);
            active.insert(instance.source.clone(), id);
        }
    }
    let rule_sets = products.iter().filter(|product| product.regime.is_some()).count();
    let products = products.len().saturating_sub(rule_sets);
    Ok(Published { products, rule_sets, active })
}

fn source(name: &str) -> Result<&'static str, Fault> {
    SOURCES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
        .ok_or_else(|| Fault(format!("no formula file `{name}`")))
}

/// The people who work on the catalog.
struct Desk<'a> {
    api: &'a Api,
    cast: &'a Cast,
    maker: String,
    checker: String,
    certifier: String,
}

impl<'a> Desk<'a> {
    fn open(api: &'a Api, cast: &'a Cast) -> Result<Self, Fault> {
        Ok(Self {
            api,
            cast,
            maker: cast.token("owner", 1, Role::ProductOwner)?,
            checker: cast.token("owner", 2, Role::ProductOwner)?,
            certifier: cast.token("certifier", 1, Role::Certifier)?,
        })
    }

    async fn act(
        &self,
        token: &str,
        path: &str,
        (body, before): (&Value, &Got),
    ) -> Result<Got, Fault> {
        let about = path.replace('/', "-");
        let got = self.api.revise(token, path, &about, (body, before.etag.as_deref())).await?;
        got.must(path)
    }

    /// Makes the product, and takes its first version all the way to `published`.
    async fn product(&self, product: &ShelfProduct) -> Result<String, Fault> {
        let code = &product.code;
        let body = json!({
            "code": code, "name": product.name, "asset_class": product.asset_class,
            "cfi": product.cfi, "regime": product.regime,
        });
        let made =
            self.api.post(&self.maker, "products", &format!("product-{code}"), &body).await?;
        let made = made.must("make a product")?;
        let path = format!("products/{code}/versions");
        let text = json!({ "source": source(code)? });
        let draft = self.api.post(&self.maker, &path, &format!("version-{code}"), &text).await?;
        let draft = draft.must("write a version")?;
        let number = draft.text("/number");
        let path = format!("{path}/{number}");
        let none = json!({});
        let submission = format!("{path}/submission");
        let submitted = self.act(&self.maker, &submission, (&none, &draft)).await?;
        let opinion = json!({
            "content_hash": submitted.text("/content/content_hash"), "decision": "certified",
            "statement": "reviewed against the product's own examples",
        });
        let certification = format!("{path}/certification");
        let certified = self.act(&self.certifier, &certification, (&opinion, &submitted)).await?;
        let publication = format!("{path}/publication");
        self.act(&self.checker, &publication, (&none, &certified)).await?;
        let path = format!("products/{code}/state");
        let made = Got { etag: self.etag(&self.maker, &format!("products/{code}")).await?, ..made };
        self.act(&self.maker, &path, (&json!({ "state": "listed" }), &made)).await?;
        Ok(number)
    }

    async fn etag(&self, token: &str, path: &str) -> Result<Option<String>, Fault> {
        Ok(self.api.get(token, path).await?.must(path)?.etag)
    }

    /// Adapts a version to one country: one person drafts and activates, another approves.
    async fn instance(
        &self,
        product: &ShelfProduct,
        (version, rule_set): (&str, Option<Value>),
        instance: &ShelfInstance,
    ) -> Result<String, Fault> {
        let verifier = &self.cast.member("verifier")?.id;
        let auditor = &self.cast.member("audit_firm")?.id;
        let body = json!({
            "version": version,
            "source": source(&instance.source)?,
            "jurisdiction": instance.jurisdiction,
            "regime": instance.regime,
            "rule_set": rule_set,
            "currency": instance.currency,
            "sides": ["originator", "supplier"],
            "effective_from": self.cast.began().plus_days(-1).to_string(),
            "approvals_required": instance.approvals_required,
            "attestors": { "verifier": [verifier], "auditor": [auditor] },
        });
        let path = format!("products/{}/instances", product.code);
        let about = format!("instance-{}", instance.source);
        let draft = self.api.post(&self.maker, &path, &about, &body).await?;
        let draft = draft.must("write an instance")?;
        let id = draft.text("/id");
        let none = json!({});
        let path = format!("instances/{id}/approval");
        let approved = self.act(&self.checker, &path, (&none, &draft)).await?;
        let path = format!("instances/{id}/activation");
        self.act(&self.maker, &path, (&none, &approved)).await?;
        Ok(id)
    }
}
