//! Messages that cannot be handled: given back, after ten deliveries dead letters, and in nobody's
//! way.

use crate::{app::App, client::Client, or_absent, publish};
use poa_operations::ports::bus::Message;
use poa_protocol::event::Wing;

/// A message that somebody else has sent.
fn message(id: &str, body: &str) -> Message {
    Message {
        message_id: id.to_owned(),
        session_id: id.to_owned(),
        wing: Wing::NonBank,
        body: body.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_ten_times_is_a_dead_letter_and_holds_up_nobody() {
    let app = or_absent!(App::start().await);
    let client = Client::new(&app);
    let stage = publish::everything(&client).await;
    let nobody = r#"{"tokenization":"tok_01M88P0P4E8AS1Z8V860MJH7VE3RX4C8J75CMY2PFH62ZW"}"#;
    let broker = &app.azure.broker;
    for (id, body) in [("nobody", nobody), ("no-json", "\u{0}\"}{"), ("no-id", "{}"), ("empty", "")]
    {
        broker.put("non-bank", message(id, body));
    }
    let made = client.persist(&stage.trader, "tokenizations", "good", &stage.request(1)).await;
    let path = format!("tokenizations/{}", made["id"].as_str().unwrap());
    client.until(&stage.trader, &path, |record| record["state"] == "issued").await;
    app.until("all four are dead", |app| app.azure.broker.dead().len() == 4).await;
    app.until("nothing is left", |app| app.azure.broker.held() == 0).await;
    let mut dead: Vec<String> =
        broker.dead().into_iter().map(|(message, _)| message.message_id).collect();
    dead.sort();
    assert_eq!(dead, ["empty", "no-id", "no-json", "nobody"]);
    assert_eq!(broker.abandoned(), 40, "ten times each");
}
