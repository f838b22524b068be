//! Makes an instance: the overlay is compiled over a published version and its hash is pinned.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::commit,
    desk::Desk,
    failure::Failure,
    instances, parties, programs,
    shelf::{self, Kept},
};
use poa_protocol::{
    contour::RuleSet,
    fields::Fields,
    ids::InstanceId,
    instance::{Beginning, Instance, NewInstance},
    partition::product_home,
    product::ProductCode,
    version,
};
use serde_json::json;

/// Makes an instance of a published version.
pub async fn create_instance(
    desk: &Desk,
    asked: Asked<NewInstance>,
    code: &ProductCode,
) -> Result<Answer, Failure> {
    let asked = &asked;
    version::check_source(&asked.body.source)?;
    let id = &InstanceId::new(desk.ids.ulid(), &product_home(code.as_str()));
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let shelf = shelf::owned(desk, asked, &opened, code).await?;
        let order = asked.body.clone();
        shelf.takes_instance(order.supersedes.as_ref())?;
        let version = shelf::version(desk, code, order.version).await?;
        let version = version.ok_or_else(|| not_found(order.version))?;
        version.adaptable()?;
        let rule_set = rule_set(desk, &order).await?;
        known_attestors(desk, &order).await?;
        let program = programs::of_instance(&version.source, &order.source)?;
        let beginning = Beginning {
            id: id.clone(),
            product: shelf.product.clone(),
            rule_set,
            maker: asked.by()?.person.clone(),
            now: opened.now,
        };
        let instance = Instance::draft(order, &programs::overlay(&program), beginning)?;
        let instance = Instance { revision: opened.revision(), ..instance };
        let answer = instances::answer(&instance, Outcome::Created)?.at(format!("instances/{id}"));
        let data = json!({
            "product": instance.product, "version": instance.version,
            "jurisdiction": instance.jurisdiction, "regime": instance.regime,
            "effective_hash": instance.effective_hash, "rule_set": instance.rule_set,
        });
        let kept = instances::keep(Kept::new(shelf), &instance);
        kept.event("poa.instance.created.v1", id.to_string(), data).decide(answer)
    })
    .await
}

/// The rule set that an instance names: published, of the instance's regime, and with the contour's
/// facts declared as they are.
async fn rule_set(desk: &Desk, order: &NewInstance) -> Result<Option<RuleSet>, Failure> {
    let Some(named) = &order.rule_set else { return Ok(None) };
    let mut fields = Fields::default();
    let shelf = shelf::load(desk, &named.product).await?;
    let regime = shelf.as_ref().and_then(|shelf| shelf.product.regime.clone());
    let version = shelf::version(desk, &named.product, named.version).await?;
    let version = version.filter(|version| version.adaptable().is_ok());
    let content = version.and_then(|version| version.content);
    let (Some(content), Some(regime)) = (content, regime) else {
        let message = "no published rule set has this product and version";
        fields.fault("/rule_set", "instance.rule-set", message);
        return Err(fields.finish().err().map_or_else(|| not_found(&named.product), Into::into));
    };
    let message = "the rule set is one of another regime";
    fields.demand(regime == order.regime, "/rule_set", "instance.rule-set-regime", message);
    let hash = content.formula_hash;
    let found = RuleSet { product: named.product.clone(), version: named.version, hash };
    let program = programs::rule_set(desk, &found).await?;
    for name in RuleSet::misdeclared(&program, &order.currency) {
        let message = format!("it declares the contour's fact `{name}` as something else");
        fields.fault("/rule_set", "instance.rule-set-facts", message);
    }
    fields.finish()?;
    Ok(Some(found))
}

async fn known_attestors(desk: &Desk, order: &NewInstance) -> Result<(), Failure> {
    let mut fields = Fields::default();
    let kinds = [("verifier", &order.attestors.verifier), ("auditor", &order.attestors.auditor)];
    for (kind, named) in kinds {
        // The rule about the number of attestors refuses the rest.
        for (index, id) in named.iter().enumerate().take(poa_protocol::limits::ATTESTORS_MAX) {
            if parties::load(desk, id).await?.is_none() {
                let pointer = format!("/attestors/{kind}/{index}");
                fields.fault(&pointer, "party.unknown", "no party has this id");
            }
        }
    }
    Ok(fields.finish()?)
}
