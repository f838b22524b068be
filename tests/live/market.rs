//! What is done with smart assets while the program is killed: each thing once, however often it is
//! sent.

use crate::{app::App, client::Client, papers::Paper, publish::Stage};
use poa_protocol::role::Role;
use serde_json::{Value, json};

/// Everything that the ledger does, on one smart asset.
pub(crate) async fn everything(client: &Client, stage: &Stage, asset: &str) {
    let paper = Paper::on(asset);
    paper.put(client, stage).await;
    let before = held(client, stage, asset).await;
    let market = Market { client, stage, asset };
    market.holder("transfers", &json!({ "to": stage.fund_id, "units": "7" })).await;
    let lock = market.holder("locks", &json!({ "units": "5", "reason": "pledge" })).await;
    market.holder("locks", &json!({ "units": "4", "reason": "pledge, too" })).await;
    let release = format!("locks/{}/release", lock["id"].as_str().unwrap());
    market.twice(&stage.trader, &release, (&json!({}), None)).await;
    market.holder("redemptions", &json!({ "units": "3" })).await;
    market.measure(&json!({ "kind": "freeze" }), false).await;
    let (from, to) = (&stage.trader_id, &stage.fund_id);
    let forced = json!({ "kind": "transfer", "from": from, "to": to, "units": "2" });
    market.measure(&forced, true).await;
    market.measure(&json!({ "kind": "burn", "from": from, "units": "1" }), true).await;
    market.measure(&json!({ "kind": "unfreeze" }), true).await;
    let after = held(client, stage, asset).await;
    let moved = |name: &str, by: i128| {
        let was = i128::try_from(before[name]).unwrap();
        assert_eq!(i128::try_from(after[name]).unwrap(), was + by, "{name} of `{asset}`");
    };
    moved("trader available", -17);
    moved("trader locked", 4);
    moved("fund available", 9);
    paper.is_there(client, stage).await;
}

/// Units of the two parties, by where they are.
async fn held(
    client: &Client,
    stage: &Stage,
    asset: &str,
) -> std::collections::BTreeMap<&'static str, u128> {
    let holdings = client.list(&stage.trader, &format!("smart-assets/{asset}/holdings")).await;
    let units = |owner: &str, place: &str| {
        let account = holdings.iter().find(|view| view["owner"] == owner);
        account.map_or(0, |view| view[place].as_str().unwrap().parse().unwrap())
    };
    [
        ("trader available", units(&stage.trader_id, "available")),
        ("trader locked", units(&stage.trader_id, "locked")),
        ("fund available", units(&stage.fund_id, "available")),
    ]
    .into()
}

/// An answer and its tag.
type Answered = (Value, Option<String>);

struct Market<'a> {
    client: &'a Client,
    stage: &'a Stage,
    asset: &'a str,
}

impl Market<'_> {
    /// Sends it until it is acknowledged, and then once more: the same answer.
    async fn twice(&self, token: &str, path: &str, sent: (&Value, Option<&str>)) -> Answered {
        let key =
            format!("{path}-{}", sent.0).replace(|letter: char| !letter.is_ascii_graphic(), "");
        let key = key.get(key.len().saturating_sub(200)..).unwrap();
        let first = self.client.revise(token, path, key, sent).await;
        assert_eq!(self.client.revise(token, path, key, sent).await, first, "{path}");
        first
    }

    async fn holder(&self, what: &str, body: &Value) -> Value {
        let path = format!("smart-assets/{}/{what}", self.asset);
        self.twice(&self.stage.trader, &path, (body, None)).await.0
    }

    async fn measure(&self, order: &Value, waits: bool) {
        let officer = |person| self.client.token(&App::operator(), person, Role::Compliance);
        let path = format!("smart-assets/{}/measures", self.asset);
        let because = json!({ "order": order, "because": "a court" });
        let (ordered, tag) = self.twice(&officer(1), &path, (&because, None)).await;
        if waits {
            let path = format!("measures/{}/decision", ordered["id"].as_str().unwrap());
            let decision = json!({ "decision": "carry_out" });
            self.twice(&officer(2), &path, (&decision, tag.as_deref())).await;
        }
    }
}
