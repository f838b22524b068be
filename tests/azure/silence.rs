//! A service that takes connections and never answers: who needs it hears so in time, by the limits
//! of the product, and hears which part it is.

use crate::{
    app::{App, Heard},
    client::Client,
    draft::Draft,
    or_absent, publish,
};
use poa_protocol::role::Role;
use poa_test_cloud::{
    azure::{COSMOS, COSMOS_REGION, KEY_VAULT},
    broker::NAMESPACE,
    entra::AUTHORITY,
    front::Fault,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// What is demanded are 15 seconds; a busy machine gets some more.
const GUARD: Duration = Duration::from_secs(20);

/// The hash of the document `another`.
const OTHER: &str = "ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5";

fn silence(app: &App, hosts: &[&str]) {
    for host in hosts {
        app.azure.front.fail(host, |_, _| Some(Fault::Silence));
    }
}

async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, answer).await.unwrap()
}

#[track_caller]
fn named(heard: &Heard, part: &str) {
    assert_eq!((heard.status, &heard.json["code"]), (503, &json!("request.unavailable")));
    let detail = heard.json["detail"].as_str().unwrap();
    assert!(detail.contains(part), "{detail}");
    assert_eq!(heard.json["retryable"], true);
}

async fn the_store() {
    let app = or_absent!(App::start().await);
    let admin = app.token(&App::operator(), 1, Role::Administrator);
    assert_eq!(app.get(&admin, "parties").await.status, 200);
    silence(&app, &[COSMOS, COSMOS_REGION]);
    named(&in_time(app.get(&admin, "parties")).await, "store");
}

async fn the_token_issuer() {
    let app = or_absent!(App::start().await);
    let admin = app.token(&App::operator(), 1, Role::Administrator);
    silence(&app, &[AUTHORITY]);
    named(&in_time(app.get(&admin, "parties")).await, "token issuer");
}

async fn the_identity_endpoint() {
    let app = or_absent!(App::start().await);
    let admin = app.token(&App::operator(), 1, Role::Administrator);
    app.azure.identity.silence();
    named(&in_time(app.get(&admin, "parties")).await, "store");
}

async fn documents_vault_and_bus() {
    let app = or_absent!(App::start().await);
    let client = Arc::new(Client::new(&app));
    let stage = publish::everything(&client).await;
    let draft = Draft::submit(&client, "1.1.0").await;
    silence(&app, &[KEY_VAULT, NAMESPACE]);
    app.azure.blobs.silence();
    let (documents, vault, ()) = tokio::join!(
        in_time(app.put(&stage.trader, OTHER, b"another")),
        in_time(draft.certify(&client)),
        in_time(async {
            let body = stage.request(1);
            let made = app.post(&stage.trader, "tokenizations", "one", &body).await;
            assert_eq!(made.status, 202, "{made:?}");
            // Whichever run of the relay is first, with the request or by the clock, tells it.
            app.until("the relay tells", |app| app.log().contains(r#""part":"bus""#)).await;
        }),
    );
    named(&documents, "document storage");
    named(&vault, "key vault");
    let ready = in_time(app.get("", "health/ready")).await;
    assert_eq!(ready.status, 503, "{ready:?}");
    let parts = ready.json["details"]["parts"].as_array().unwrap();
    let silent = parts.iter().filter(|part| part["ready"] == false);
    let silent: Vec<&str> = silent.map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!(silent, ["bus", "document storage"], "the key is known, and the rest answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_needs_a_service_that_is_silent_is_told_in_time_which_one_it_is() {
    tokio::join!(
        the_store(),
        the_token_issuer(),
        the_identity_endpoint(),
        documents_vault_and_bus()
    );
}
