//! Four short stories: a refused loan and who takes it, a bank's loan for a client whom somebody of
//! compliance looks at, a mortgage with lawyers and a second person, and the life of its units.

use super::{
    api::{Api, Fault},
    cast::Cast,
    requests::{Row, Stage, maker_role, text},
};
use poa_protocol::role::Role;
use serde_json::{Value, json};

const REFUSED: &str = include_str!("../../examples/requests/refused_loan.json");
const CLIENT: &str = include_str!("../../examples/requests/client_loan.json");
const MORTGAGE: &str = include_str!("../../examples/requests/mortgage.json");

/// What the stories came to, for the report.
#[derive(Debug)]
pub(crate) struct Told {
    /// The codes of the rules that refused the loan.
    pub(crate) refused_by: Vec<String>,
    /// The instance that takes it.
    pub(crate) taken_by: String,
    /// What became of it there.
    pub(crate) taken: Value,
    /// The bank's loan for a client, at its end.
    pub(crate) reviewed: Value,
    /// The mortgage at its end.
    pub(crate) mortgage: Value,
    /// Its smart asset at the end.
    pub(crate) asset: Value,
    /// Holdings of that asset at the end.
    pub(crate) holdings: Value,
}

/// Plays all of them.
pub(crate) async fn tell(stage: &Stage<'_>) -> Result<Told, Fault> {
    let refused: Row = row(REFUSED)?;
    let record = stage.follow(&refused).await?.record;
    if text(&record, "/state") != "rejected" {
        return Err(Fault(format!("the loan should have been refused: {record}")));
    }
    let refused_by = codes(&record);
    let taken_by = stage.named(&taker(&record)?)?;
    let again = Row { reference: format!("{}-B", refused.reference), ..refused };
    let taken = stage.follow(&again.at(&taken_by)).await?.record;
    let reviewed = stage.follow(&row(CLIENT)?).await?.record;
    let codes_reviewed = reviewed.pointer("/reviews/0/codes");
    if text(&reviewed, "/state") != "issued" || codes_reviewed != Some(&json!(["SCR_02"])) {
        return Err(Fault(format!("the loan should have been reviewed and issued: {reviewed}")));
    }
    let mortgage = stage.follow(&row(MORTGAGE)?).await?.record;
    let (asset, holdings) = live(stage.api, stage.cast, &row(MORTGAGE)?, &mortgage).await?;
    Ok(Told { refused_by, taken_by, taken, reviewed, mortgage, asset, holdings })
}

fn row(json: &str) -> Result<Row, Fault> {
    serde_json::from_str(json).map_err(|fault| Fault(format!("examples/requests: {fault}")))
}

fn codes(record: &Value) -> Vec<String> {
    let reasons = record.pointer("/exit/reasons").and_then(Value::as_array);
    reasons.into_iter().flatten().map(|reason| text(reason, "/code")).collect()
}

/// The first instance that the record names as one that takes the request.
fn taker(record: &Value) -> Result<String, Fault> {
    let alternatives = record.pointer("/exit/alternatives").and_then(Value::as_array);
    alternatives
        .into_iter()
        .flatten()
        .find(|alternative| text(alternative, "/outcome") == "eligible")
        .map(|alternative| text(alternative, "/instance"))
        .ok_or_else(|| Fault(format!("no instance takes it: {record}")))
}

/// Transfer to an investor, a lock and its release, a pending transfer that is accepted, a
/// redemption.
async fn live(api: &Api, cast: &Cast, row: &Row, record: &Value) -> Result<(Value, Value), Fault> {
    let asset = text(record, "/issued/asset");
    let fund = cast.member("fund")?.id.clone();
    let maker = cast.token(&row.by, 1, maker_role(cast.member(&row.by)?))?;
    let investor = cast.token("fund", 1, Role::Supplier)?;
    let post = async |token: &str, path: String, body: Value| {
        api.post(token, &path, &path.replace('/', "-"), &body).await?.must(&path)
    };
    let path = format!("smart-assets/{asset}/transfers");
    let body = json!({ "to": fund, "units": "100", "mode": "immediate" });
    post(&maker, path.clone(), body).await?;
    let body = json!({ "units": "40", "reason": "collateral for a credit line" });
    let lock = post(&investor, format!("smart-assets/{asset}/locks"), body).await?;
    let path_back = format!("locks/{}/release", lock.text("/id"));
    post(&investor, path_back, json!({})).await?;
    let body = json!({ "to": fund, "units": "50", "mode": "pending" });
    let pending = api.post(&maker, &path, "pending-transfer", &body).await?.must(&path)?;
    post(&investor, format!("transfers/{}/post", pending.text("/id")), json!({})).await?;
    let path = format!("smart-assets/{asset}/redemptions");
    post(&investor, path, json!({ "units": "25" })).await?;
    let asset_path = format!("smart-assets/{asset}");
    let asset = api.get(&maker, &asset_path).await?.must("read the smart asset")?.body;
    let holdings = api.get(&maker, &format!("{asset_path}/holdings")).await?;
    Ok((asset, holdings.must("read the holdings")?.body))
}
