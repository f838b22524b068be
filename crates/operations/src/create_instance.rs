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
        known_attestors(desk, &order).await?;
        let program = programs::of_instance(&version.source, &order.source)?;
        let beginning = Beginning {
            id: id.clone(),
            product: shelf.product.clone(),
            maker: asked.by()?.person.clone(),
            now: opened.now,
        };
        let instance = Instance::draft(order, &programs::overlay(&program), beginning)?;
        let instance = Instance { revision: opened.revision(), ..instance };
        let answer = instances::answer(&instance, Outcome::Created)?.at(format!("instances/{id}"));
        let data = json!({
            "product": instance.product, "version": instance.version,
            "jurisdiction": instance.jurisdiction, "regime": instance.regime,
            "effective_hash": instance.effective_hash,
        });
        let kept = instances::keep(Kept::new(shelf), &instance);
        kept.event("poa.instance.created.v1", id.to_string(), data).decide(answer)
    })
    .await
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
