//! Parties: registered by the operator, verified, activated; their tenants; who sees what.

use crate::support::{
    CERTIFIER_LEI, OPERATOR_TENANT, OWNER_LEI, active_party, ask, ask_with, body, caller,
    new_party, refused_with,
};
use poa_embedded::testing::{Flaw, desk};
use poa_operations::{
    answer::Asked,
    decide_party::{MoreTenants, PartyMove, add_tenants, decide_kyc, move_party, renew_licence},
    desk::Desk,
    pages::PageWanted,
    parties::{acting, claim_tenant, load, party_of_tenant},
    read_party::{PartyFilter, list_parties, read_party},
    register_party::register_party,
};
use poa_protocol::{
    event::Wing,
    ids::PartyId,
    party::{KycDecision, KycVerdict, Licence, NewParty, PartyState},
    role::Role,
};

const TENANT: &str = "8f14e45f-ceea-467f-9a3c-0123456789ab";

async fn party_id(desk: &Desk, tenant: &str) -> Option<PartyId> {
    party_of_tenant(desk, tenant).await.unwrap().map(|party| party.id)
}

#[tokio::test]
async fn a_party_is_registered_verified_and_activated() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let made = register_party(&test.desk, ask(&by, new_party(OWNER_LEI, &[TENANT]))).await.unwrap();
    let id = PartyId::of_lei(OWNER_LEI);
    assert_eq!(made.location, Some(format!("parties/{id}")));
    assert_eq!(body(&made)["state"], "registered");
    assert_eq!(body(&made)["kyc"]["state"], "none");
    let active = PartyMove { state: PartyState::Active };
    refused_with(move_party(&test.desk, ask(&by, active), &id).await, "party.kyc-missing");
    let until = test.desk.clock.now().plus_days(10);
    let decision = KycDecision { state: KycVerdict::Verified, valid_until: Some(until) };
    let verified = decide_kyc(&test.desk, ask(&by, decision), &id).await.unwrap();
    assert_eq!(verified.revision, Some(2));
    let stale = Asked { if_match: Some(1), ..ask(&by, active) };
    refused_with(move_party(&test.desk, stale, &id).await, "request.stale");
    let fresh = Asked { if_match: Some(2), ..ask(&by, active) };
    let active = move_party(&test.desk, fresh, &id).await.unwrap();
    assert_eq!(body(&active)["state"], "active");
    let own = caller(TENANT, 1, Some(&id), &[]);
    assert!(acting(&test.desk, &own).await.is_ok());
    test.clock.advance_days(10);
    let refusal = acting(&test.desk, &own).await.unwrap_err().refusal();
    assert_eq!(refusal.code, "party.kyc-expired");
    let read = read_party(&test.desk, &own, &id).await.unwrap();
    assert_eq!(body(&read)["kyc"]["state"], "expired");
}

#[tokio::test]
async fn only_the_operators_people_register_and_decide() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let id = active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    let other = caller(TENANT, 1, Some(&id), &[Role::Administrator, Role::Compliance]);
    let order = new_party(CERTIFIER_LEI, &[]);
    refused_with(register_party(&test.desk, ask(&other, order)).await, "party.operator-only");
    let decision = KycDecision { state: KycVerdict::Revoked, valid_until: None };
    let decided = decide_kyc(&test.desk, ask(&other, decision), &id).await;
    refused_with(decided, "party.operator-only");
    let closed = PartyMove { state: PartyState::Closed };
    let moved = move_party(&test.desk, ask(&other, closed), &id).await;
    refused_with(moved, "party.operator-only");
}

#[tokio::test]
async fn others_see_the_card_and_nobody_sees_the_salt() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let id = active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    let salt = load(&test.desk, &id).await.unwrap().unwrap().salt;
    assert_eq!(salt.len(), 32);
    let other = PartyId::of_lei(CERTIFIER_LEI);
    let page = || PageWanted { after: None, limit: 10 };
    for (caller, sees_all) in [
        (caller(TENANT, 7, Some(&id), &[]), true),
        (caller(OPERATOR_TENANT, 7, None, &[Role::Auditor]), true),
        (caller(OPERATOR_TENANT, 7, None, &[]), false),
        (caller("other", 7, Some(&other), &[Role::Auditor]), false),
    ] {
        let one = read_party(&test.desk, &caller, &id).await.unwrap();
        let list = PartyFilter::default();
        let list = list_parties(&test.desk, &caller, list, page()).await.unwrap();
        for (text, view) in [(&one.body, body(&one)), (&list.body, body(&list)["items"][0].clone())]
        {
            assert!(!text.contains(&salt) && !text.contains("salt"), "{text}");
            assert_eq!(view.get("kyc").is_some(), sees_all, "{view}");
            assert_eq!(view.get("tenants").is_some(), sees_all, "{view}");
            assert_eq!(view["lei"], OWNER_LEI);
        }
    }
    let events = test
        .desk
        .store
        .events(&poa_protocol::partition::Partition::party(&id), 0, 10)
        .await
        .unwrap();
    assert_eq!(events.len(), 3);
    assert!(!serde_json::to_string(&events).unwrap().contains(&salt));
}

#[tokio::test]
async fn one_entity_is_one_party_and_one_tenant_belongs_to_one() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    let again = new_party(OWNER_LEI, &["8f14e45f-ceea-467f-9a3c-0123456789ac"]);
    refused_with(register_party(&test.desk, ask(&by, again)).await, "party.lei-taken");
    let theirs = new_party(CERTIFIER_LEI, &[&TENANT.to_uppercase()]);
    refused_with(register_party(&test.desk, ask(&by, theirs)).await, "party.tenant-taken");
    let found = party_id(&test.desk, &TENANT.to_uppercase()).await;
    assert_eq!(found, Some(PartyId::of_lei(OWNER_LEI)));
    // The refused registration has claimed nothing for an entity that exists.
    let unclaimed = "8f14e45f-ceea-467f-9a3c-0123456789ac";
    assert_eq!(party_id(&test.desk, unclaimed).await, None);
    register_party(&test.desk, ask(&by, new_party(CERTIFIER_LEI, &[unclaimed]))).await.unwrap();
}

#[tokio::test]
async fn a_registration_that_stopped_after_its_claims_is_taken_up_again() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let (flaky, store) = test.flaky();
    store.on_commit(&[Flaw::Unavailable]);
    let order = || new_party(OWNER_LEI, &[TENANT]);
    let stopped = register_party(&flaky, ask_with(&by, "k", order())).await.unwrap_err();
    assert_eq!(stopped.refusal().code, "request.unavailable");
    assert_eq!(party_id(&test.desk, TENANT).await, None, "a claim alone is none");
    register_party(&flaky, ask_with(&by, "k", order())).await.unwrap();
    let owner = Some(PartyId::of_lei(OWNER_LEI));
    assert_eq!(party_id(&test.desk, TENANT).await, owner);
}

#[tokio::test]
async fn a_claim_of_a_party_that_does_not_list_the_tenant_counts_for_nothing() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let id = active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    let stray = "8f14e45f-ceea-467f-9a3c-0123456789ac";
    claim_tenant(&test.desk, stray, &id).await.unwrap();
    assert_eq!(party_id(&test.desk, stray).await, None);
}

#[tokio::test]
async fn parties_are_listed_in_pages_and_found_by_text_state_and_country() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    register_party(&test.desk, ask(&by, new_party(CERTIFIER_LEI, &[]))).await.unwrap();
    let list = async |filter, after: Option<String>, limit| {
        let page = PageWanted::read(after.as_deref(), limit).unwrap();
        body(&list_parties(&test.desk, &by, filter, page).await.unwrap())
    };
    let first = list(PartyFilter::default(), None, 1).await;
    let token = first["continuation"].as_str().unwrap().to_owned();
    let second = list(PartyFilter::default(), Some(token), 1).await;
    assert!(second.get("continuation").is_none());
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    let state = Some(PartyState::Active);
    let active = list(PartyFilter { state, ..PartyFilter::default() }, None, 9).await;
    assert_eq!(active["items"].as_array().unwrap().len(), 1);
    assert_eq!(active["items"][0]["lei"], OWNER_LEI);
    let named = Some("PARTY 5299000000".to_owned());
    let found = list(PartyFilter { text: named, ..PartyFilter::default() }, None, 9).await;
    assert_eq!(found["items"][0]["lei"], CERTIFIER_LEI);
    let country = Some("SG".to_owned());
    let none = list(PartyFilter { country, ..PartyFilter::default() }, None, 9).await;
    assert_eq!(none["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_tenant_is_added_and_belongs_to_its_party_from_then_on() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let id = active_party(&test.desk, &by, OWNER_LEI, TENANT).await;
    let more = "8f14e45f-ceea-467f-9a3c-0123456789ac";
    let order = || MoreTenants { tenants: vec![more.to_owned()] };
    let (flaky, store) = test.flaky();
    store.on_commit(&[Flaw::Unavailable]);
    assert!(add_tenants(&flaky, ask_with(&by, "k", order()), &id).await.is_err());
    assert_eq!(party_id(&test.desk, more).await, None);
    let added = add_tenants(&flaky, ask_with(&by, "k", order()), &id).await.unwrap();
    assert_eq!(body(&added)["tenants"].as_array().unwrap().len(), 2);
    assert_eq!(party_id(&test.desk, more).await, Some(id));
    let other = new_party(CERTIFIER_LEI, &[]);
    register_party(&test.desk, ask(&by, other)).await.unwrap();
    let taken = add_tenants(&test.desk, ask(&by, order()), &PartyId::of_lei(CERTIFIER_LEI)).await;
    refused_with(taken, "party.tenant-taken");
}

#[tokio::test]
async fn a_bank_acts_again_with_a_renewed_licence() {
    let test = desk();
    let by = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let bank = NewParty { kind: Wing::Bank, ..new_party(OWNER_LEI, &[]) };
    register_party(&test.desk, ask(&by, bank)).await.unwrap();
    let id = PartyId::of_lei(OWNER_LEI);
    let until = Some(test.desk.clock.now().plus_days(10));
    let decision = KycDecision { state: KycVerdict::Verified, valid_until: until };
    decide_kyc(&test.desk, ask(&by, decision), &id).await.unwrap();
    let active = PartyMove { state: PartyState::Active };
    refused_with(move_party(&test.desk, ask(&by, active), &id).await, "party.licence-missing");
    let licence =
        Licence { authority: "BaFin".to_owned(), number: "100124".to_owned(), valid_until: until };
    renew_licence(&test.desk, ask(&by, licence), &id).await.unwrap();
    assert!(move_party(&test.desk, ask(&by, active), &id).await.is_ok());
    let bank = load(&test.desk, &id).await.unwrap().unwrap();
    assert!(bank.licence_holds(test.desk.clock.now()).is_ok());
    test.clock.advance_days(10);
    let refusal = bank.licence_holds(test.desk.clock.now()).unwrap_err();
    assert_eq!(refusal.code(), "party.licence-expired");
}
