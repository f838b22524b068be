//! Who sees what: own party, outside parties that are named, auditors, and nobody else.

use crate::support::{
    World, ask, body, bringer, caller, lawyer, paper, read, refused_with, second, sha256, stranger,
    verifier,
};
use futures_util::StreamExt;
use poa_operations::{
    answer::Answer,
    change_tokenization::cancel_tokenization,
    documents::{put_document, read_document},
    failure::Failure,
    pages::PageWanted,
    ports::documents::Content,
    read_tokenization::{
        DemandWanted, TokenizationsWanted, list_tokenizations, read_events, read_evidence,
        read_tokenization,
    },
    review_tokenization::attest_check,
};
use poa_protocol::{caller::Caller, event::Wing, role::Role, tokenization::State};
use serde_json::json;

fn auditor() -> Caller {
    caller(0, 9, &[Role::Auditor])
}

async fn bytes_of(content: Content) -> Vec<u8> {
    assert_eq!(content.media_type.as_str(), "text/plain", "as it was put");
    let chunks: Vec<_> = content.bytes.collect().await;
    chunks.into_iter().flat_map(|chunk| chunk.unwrap().to_vec()).collect()
}

async fn list(
    world: &World,
    by: &Caller,
    wanted: TokenizationsWanted,
) -> Result<Vec<String>, Failure> {
    let page = PageWanted { after: None, limit: 50 };
    let answer = list_tokenizations(world.desk(), by, wanted, page).await?;
    let items = body(&answer)["items"].as_array().unwrap().clone();
    Ok(items.iter().map(|item| item["reference"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_tokenization_is_read_by_its_party_its_reviewers_and_auditors() {
    let world = World::open(Wing::NonBank).await;
    let mut request = World::loan(&world.crowd_loans, "L-1", 78);
    request["end_client_hash"] = json!("c".repeat(64));
    let waiting = world.bring(request).await;
    let read = |by: Caller| {
        let (desk, id) = (world.desk().clone(), waiting.id.clone());
        async move { read_tokenization(&desk, &by, &id).await }
    };
    for by in [bringer(), second(), auditor()] {
        let view = body(&read(by).await.unwrap());
        assert_eq!(view["end_client_hash"], "c".repeat(64));
        assert_eq!(view["makers"].as_array().unwrap().len(), 1);
    }
    for by in [verifier(), lawyer()] {
        let view = body(&read(by).await.unwrap());
        assert!(view.get("end_client_hash").is_none() && view["data"].is_object());
        assert_eq!(view["makers"], json!([]));
    }
    let without_role = Caller { roles: [Role::Originator].into(), ..verifier() };
    let auditor_elsewhere = caller(6, 9, &[Role::Auditor]);
    let owner = caller(1, 1, &[Role::ProductOwner]);
    for by in [stranger(), without_role, owner, auditor_elsewhere] {
        refused_with(read(by).await, "request.not-found");
    }
}

#[tokio::test]
async fn nobody_but_its_party_acts_on_it() {
    let world = World::open(Wing::NonBank).await;
    let waiting = world.bring(World::loan(&world.bank_loans, "L-1", 78)).await;
    for by in [stranger(), verifier(), auditor()] {
        let cancel = ask(&by, read(json!({})));
        let outcome = cancel_tokenization(world.desk(), cancel, &waiting.id).await;
        refused_with(outcome, "request.not-found");
    }
    let attest = json!({ "check": "ACCOUNTS", "satisfied": true, "data_hash": waiting.data_hash });
    for (by, code) in [
        (stranger(), "request.not-found"),
        (caller(3, 5, &[Role::Verifier]), "tokenization.own-party"),
        (lawyer(), "tokenization.not-named"),
    ] {
        let asked = ask(&by, read(attest.clone()));
        refused_with(attest_check(world.desk(), asked, &waiting.id).await, code);
    }
}

#[tokio::test]
async fn lists_show_ones_own_and_what_is_demanded_of_one() {
    let world = World::open(Wing::NonBank).await;
    world.bring(World::loan(&world.bank_loans, "L-1", 78)).await;
    world.bring(World::loan(&world.crowd_loans, "L-2", 78)).await;
    world.bring(world.invoice("I-1", "120000.00")).await;
    let all = TokenizationsWanted::default;
    assert_eq!(list(&world, &bringer(), all()).await.unwrap().len(), 3);
    assert_eq!(list(&world, &auditor(), all()).await.unwrap().len(), 3);
    assert!(list(&world, &stranger(), all()).await.unwrap().is_empty());
    let issued = TokenizationsWanted { state: Some(State::Issued), ..all() };
    assert_eq!(list(&world, &bringer(), issued).await.unwrap(), ["I-1"]);
    let under = TokenizationsWanted { instance: Some(world.crowd_loans.clone()), ..all() };
    assert_eq!(list(&world, &bringer(), under).await.unwrap(), ["L-2"]);
    let named = TokenizationsWanted { reference: Some("L-1".into()), ..all() };
    assert_eq!(list(&world, &bringer(), named).await.unwrap(), ["L-1"]);
    let bank = TokenizationsWanted { wing: Some(Wing::Bank), ..all() };
    assert!(list(&world, &bringer(), bank).await.unwrap().is_empty());
    let demanded = |demand| TokenizationsWanted { demand: Some(demand), ..all() };
    let of_verifier = list(&world, &verifier(), demanded(DemandWanted::Verifier)).await.unwrap();
    assert_eq!(of_verifier, ["L-1", "L-2"]);
    let of_lawyer = list(&world, &lawyer(), demanded(DemandWanted::Legal)).await.unwrap();
    assert_eq!(of_lawyer, ["L-2"]);
    let as_auditor = list(&world, &verifier(), demanded(DemandWanted::Auditor)).await.unwrap();
    assert!(as_auditor.is_empty());
    let not_theirs = list(&world, &bringer(), demanded(DemandWanted::Verifier)).await;
    refused_with(not_theirs, "request.not-found");
    assert!(list(&world, &stranger(), demanded(DemandWanted::Verifier)).await.unwrap().is_empty());
}

#[tokio::test]
async fn events_are_read_in_pages_by_their_party() {
    let world = World::open(Wing::NonBank).await;
    let issued = world.bring(world.invoice("I-1", "120000.00")).await;
    let page = |by: Caller, after: u64, limit: usize| {
        let (desk, id) = (world.desk().clone(), issued.id.clone());
        async move { read_events(&desk, &by, &id, (after, limit)).await }
    };
    let whole = body(&page(bringer(), 0, 200).await.unwrap());
    assert!(whole.get("after").is_none());
    let whole = whole["items"].as_array().unwrap().clone();
    assert_eq!(whole[0]["specversion"], "1.0");
    let mut paged = Vec::new();
    let mut after = Some(0);
    while let Some(start) = after {
        let view = body(&page(bringer(), start, 3).await.unwrap());
        paged.extend(view["items"].as_array().unwrap().clone());
        after = view.get("after").map(|next| next.as_u64().unwrap());
    }
    assert_eq!(paged, whole);
    refused_with(page(verifier(), 0, 3).await, "request.not-found");
    refused_with(page(stranger(), 0, 3).await, "request.not-found");
}

#[tokio::test]
async fn documents_are_their_partys_and_evidence_is_its_reviewers_too() {
    let world = World::open(Wing::NonBank).await;
    let waiting = world.bring(World::loan(&world.crowd_loans, "L-1", 78)).await;
    let one = &waiting.evidence[0];
    let content = read_document(world.desk(), &bringer(), &one.sha256).await.unwrap();
    assert_eq!(bytes_of(content).await, b"statements");
    let other = read_document(world.desk(), &stranger(), &one.sha256).await;
    refused_with(other.map(drop), "request.not-found");
    let path = read_document(world.desk(), &bringer(), "../../poa.db").await;
    refused_with(path.map(drop), "request.not-found");
    for by in [bringer(), verifier(), lawyer(), auditor()] {
        let content = read_evidence(world.desk(), &by, &waiting.id, &one.id).await.unwrap();
        assert_eq!(bytes_of(content).await, b"statements");
    }
    let hidden = read_evidence(world.desk(), &stranger(), &waiting.id, &one.id).await;
    refused_with(hidden.map(drop), "request.not-found");
}

#[tokio::test]
async fn a_document_is_put_under_its_own_hash() {
    let world = World::open(Wing::NonBank).await;
    let put = |sha256: String, bytes: &'static [u8]| {
        let desk = world.desk().clone();
        async move { put_document(&desk, &bringer(), &sha256, paper(bytes)).await }
    };
    let outcome = |answer: Result<Answer, Failure>| format!("{:?}", answer.unwrap().outcome);
    refused_with(put("x".into(), b"new").await, "document.not-a-hash");
    refused_with(put(sha256(b"old"), b"new").await, "document.other-bytes");
    assert_eq!(outcome(put(sha256(b"new"), b"new").await), "Created");
    assert_eq!(outcome(put(sha256(b"new"), b"new").await), "Done");
    let other = Content { media_type: "text/csv".parse().unwrap(), ..paper(b"new") };
    let again = put_document(world.desk(), &bringer(), &sha256(b"new"), other).await.unwrap();
    let told = json!({ "sha256": sha256(b"new"), "bytes": 3, "media_type": "text/plain" });
    assert_eq!(body(&again), told, "the first put decides");
}
