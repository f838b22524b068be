//! Two handlers serve one store at the same time: in every race one wins, and the other answers as
//! the protocol says.

use crate::{app::App, client::Client, publish};
use poa_protocol::role::Role;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

const ROUNDS: usize = 12;

/// A handler of its own beside the one that the host runs.
struct Second {
    child: Child,
    port: u16,
}

impl Second {
    async fn start(app: &App) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poa"));
        for setting in poa::settings::SETTINGS {
            if let Some(example) = setting.example {
                command.env(setting.name, example);
            }
        }
        command.arg("handler").env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        command.env("POA_DATA", app.folder()).env("AUTHORITY", app.authority());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let second = Self { child, port };
        for _ in 0..200 {
            if reqwest::get(format!("{}health", second.base())).await.is_ok() {
                return second;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the second handler does not answer");
    }

    fn base(&self) -> String {
        format!("http://127.0.0.1:{}/api/", self.port)
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request, sent once.
#[derive(Clone, Copy)]
struct Post<'a> {
    token: &'a str,
    path: &'a str,
    key: &'a str,
    body: &'a Value,
}

/// What came back: status, body as it was sent.
type Heard = (u16, String);

async fn post(base: &str, what: Post<'_>) -> Heard {
    let url = format!("{base}{}", what.path);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let request = client.post(url).bearer_auth(what.token).json(what.body);
    let response = request.header("idempotency-key", what.key).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn code(heard: &Heard) -> String {
    let problem: Value = serde_json::from_str(&heard.1).unwrap();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

struct Race {
    client: Arc<Client>,
    stage: publish::Stage,
    bases: [String; 2],
    buyer: String,
    _second: Second,
}

impl Race {
    async fn open(folder: &std::path::Path) -> Self {
        let app = Arc::new(App::start(folder));
        let client = Arc::new(Client::new(&app));
        let stage = publish::everything(&client).await;
        let second = Second::start(&app).await;
        let buyer = client.token(&publish::tenant("fund"), 1, Role::Originator);
        Self { bases: [app.base(), second.base()], client, stage, buyer, _second: second }
    }

    /// Both requests at once, one at each handler; which handler is first asked alternates.
    async fn both(&self, round: usize, one: Post<'_>, other: Post<'_>) -> [Heard; 2] {
        let [left, right] = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        let (one, other) =
            tokio::join!(post(&self.bases[left], one), post(&self.bases[right], other));
        [one, other]
    }

    /// Tokenizes a request to its end; the smart asset.
    async fn asset(&self, number: usize) -> (String, u128) {
        let (key, body) = (format!("asset-{number}"), self.stage.request(number));
        let made = self.client.persist(&self.stage.trader, "tokenizations", &key, &body).await;
        let path = format!("tokenizations/{}", made["id"].as_str().unwrap());
        let record = self.client.until(&self.stage.trader, &path, ended).await;
        let issued = &record["issued"];
        let units = issued["units"].as_str().unwrap().parse().unwrap();
        (issued["asset"].as_str().unwrap().to_owned(), units)
    }
}

fn ended(record: &Value) -> bool {
    ["issued", "rejected"].contains(&record["state"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_every_race_of_two_handlers_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let race = Race::open(folder.path()).await;
    for round in 0..ROUNDS {
        one_key_makes_one_tokenization(&race, round).await;
        one_thing_is_issued_once(&race, round).await;
        units_move_once(&race, round).await;
        a_pending_transfer_resolves_once(&race, round).await;
    }
    the_impact_of_another_overlay_is_told(&race, folder.path());
    let embedded = poa_embedded::open(folder.path()).unwrap();
    let report = poa_operations::audit_store::audit_store(&embedded.desk()).await.unwrap();
    assert!(report.holds(), "{report:?}");
}

/// `poa formula impact` on the store that both handlers use.
fn the_impact_of_another_overlay_is_told(race: &Race, folder: &std::path::Path) {
    let impact = |overlay: &str, more: &[&str]| {
        let file = folder.join("candidate.formula");
        std::fs::write(&file, overlay).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poa"));
        command.args(["--json", "formula", "impact", "--instance", &race.stage.instance]);
        command.arg("--data").arg(folder).arg("--overlay").arg(&file).args(more);
        let output = command.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), told)
    };
    let (code, told) = impact(publish::INSTANCE, &[]);
    // Of every round four things are issued, and nothing is redeemed.
    assert_eq!((code, &told["totals"]["assets"]), (0, &json!(4 * ROUNDS)), "{told}");
    assert_eq!(told["changed"], json!([]));
    let stricter = format!("{}\nset max_tenor = 30\n", publish::INSTANCE);
    let (code, told) = impact(&stricter, &["--most-state-changes", "1"]);
    assert_eq!((code, told["changed"].as_array().map(Vec::len)), (1, Some(4 * ROUNDS)), "{told}");
    assert!(told["exceeded"].is_string(), "{told}");
}

/// The same key and body at both handlers: one tokenization, the same bytes twice.
async fn one_key_makes_one_tokenization(race: &Race, round: usize) {
    let (key, body) = (format!("one-{round}"), race.stage.request(1_000 + round));
    let trader = race.stage.trader.as_str();
    let what = Post { token: trader, path: "tokenizations", key: &key, body: &body };
    let [one, other] = race.both(round, what, what).await;
    assert_eq!(one.0, 202, "{}", one.1);
    assert_eq!(one, other, "byte for byte the first answer");
}

/// The same thing at both handlers under two keys: both are taken in, one is issued.
async fn one_thing_is_issued_once(race: &Race, round: usize) {
    let body = race.stage.request(2_000 + round);
    let trader = race.stage.trader.as_str();
    let keys = [format!("left-{round}"), format!("right-{round}")];
    let [one, other] =
        [0, 1].map(|at| Post { token: trader, path: "tokenizations", key: &keys[at], body: &body });
    let mut issued = 0;
    for heard in race.both(round, one, other).await {
        assert_eq!(heard.0, 202, "{}", heard.1);
        let made: Value = serde_json::from_str(&heard.1).unwrap();
        let path = format!("tokenizations/{}", made["id"].as_str().unwrap());
        let record = race.client.until(trader, &path, ended).await;
        match record["state"].as_str().unwrap() {
            "issued" => issued += 1,
            _ => assert_eq!(record["exit"]["reasons"][0]["code"], "thing.over-tokenized"),
        }
    }
    assert_eq!(issued, 1);
}

/// All units to two buyers at once: they go to one of them.
async fn units_move_once(race: &Race, round: usize) {
    let (asset, units) = race.asset(3_000 + round).await;
    let path = format!("smart-assets/{asset}/transfers");
    let to = |party: &str| json!({ "to": party, "units": units.to_string(), "mode": "immediate" });
    let (one, other) = (to(&race.stage.fund_id), to(&race.stage.owner_id));
    let keys = [format!("fund-{round}"), format!("owner-{round}")];
    let trader = race.stage.trader.as_str();
    let heard = race
        .both(
            round,
            Post { token: trader, path: &path, key: &keys[0], body: &one },
            Post { token: trader, path: &path, key: &keys[1], body: &other },
        )
        .await;
    let lost: Vec<&Heard> = heard.iter().filter(|heard| heard.0 != 201).collect();
    assert_eq!(lost.len(), 1, "{heard:?}");
    assert_eq!((lost[0].0, code(lost[0]).as_str()), (409, "ledger.overdraft"));
}

/// The recipient accepts at one handler while the sender withdraws at the other.
async fn a_pending_transfer_resolves_once(race: &Race, round: usize) {
    let (asset, units) = race.asset(4_000 + round).await;
    let path = format!("smart-assets/{asset}/transfers");
    let order = json!({ "to": race.stage.fund_id, "units": units.to_string(), "mode": "pending" });
    let key = format!("pending-{round}");
    let made = race.client.persist(&race.stage.trader, &path, &key, &order).await;
    let base = format!("transfers/{}", made["id"].as_str().unwrap());
    let (post, void) = (format!("{base}/post"), format!("{base}/void"));
    let keys = [format!("post-{round}"), format!("void-{round}")];
    let none = json!({});
    let heard = race
        .both(
            round,
            Post { token: &race.buyer, path: &post, key: &keys[0], body: &none },
            Post { token: &race.stage.trader, path: &void, key: &keys[1], body: &none },
        )
        .await;
    let lost: Vec<&Heard> = heard.iter().filter(|heard| heard.0 != 200).collect();
    assert_eq!(lost.len(), 1, "{heard:?}");
    assert_eq!((lost[0].0, code(lost[0]).as_str()), (409, "ledger.already-resolved"));
}
