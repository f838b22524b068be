//! Registers a party: its tenants are claimed first, then it is written.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::commit,
    desk::Desk,
    failure::Failure,
    parties,
};
use poa_protocol::{
    partition::Partition,
    party::{NewParty, Party, PartyRefusal},
};
use serde_json::json;

/// Registers a party. Only the operator's people do.
pub async fn register_party(desk: &Desk, asked: Asked<NewParty>) -> Result<Answer, Failure> {
    if !asked.by()?.operator {
        return Err(PartyRefusal::OperatorOnly.into());
    }
    let party = Party::register(asked.body.clone(), desk.ids.salt(), desk.clock.now())?;
    let partition = Partition::party(&party.id);
    let party = &party;
    commit(desk, &asked, &partition, |opened| async move {
        if opened.state::<Party>()?.is_some() {
            return Err(PartyRefusal::LeiTaken { lei: party.lei.clone() }.into());
        }
        // The claims come first: a crash leaves claims of a party that does not exist, and the
        // same registration takes them up again.
        parties::claim_tenants(desk, &party.tenants, &party.id).await?;
        let data = json!({
            "lei": party.lei, "name": party.name, "country": party.country, "kind": party.kind,
        });
        let event = ("poa.party.registered.v1", data);
        parties::keep(&opened, party.clone(), event, Outcome::Created)
    })
    .await
}
