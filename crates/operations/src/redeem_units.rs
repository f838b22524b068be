//! Gives units back: they go out of being, and the value that is live on the thing goes down.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    holders::{acting_party, held, own_may_act},
    ledger_items::{account_item, asset_item, head_of, keep_entry, redemption_item},
};
use poa_protocol::{
    ids::{AssetId, RedemptionId},
    ledger::{self, Asset, AssetState, NewRedemption, Redeemed, Redemption, Units},
    partition::Partition,
    thing::Thing,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Redeems available units of the caller's party.
pub async fn redeem_units(
    desk: &Desk,
    asked: Asked<RedemptionOrder>,
    id: &AssetId,
) -> Result<Answer, Failure> {
    let holder = acting_party(&asked, id)?;
    let redemption = RedemptionId::new(desk.ids.ulid(), &id.home());
    let (units, holder, redemption) = (asked.body.units, &holder, &redemption);
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let (asset, account) = held(desk, id, holder).await?;
        own_may_act(desk, holder, opened.now).await?;
        let new = NewRedemption { id: redemption.clone(), units, at: opened.now };
        keep_redeemed(&opened, ledger::redeem(&asset, &account, new)?)
    })
    .await
}

/// Units to redeem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionOrder {
    /// How many units, above zero.
    pub units: Units,
}

fn keep_redeemed(opened: &Opened, redeemed: Redeemed) -> Result<Decision, Failure> {
    let revision = opened.revision();
    let redemption = Redemption { revision, ..redeemed.redemption };
    let items = vec![
        asset_item(&redeemed.asset, revision)?,
        account_item(&redeemed.account, revision)?,
        redemption_item(&redemption, revision)?,
    ];
    let answer = Answer::new(Outcome::Created, &redemption)?
        .at(format!("redemptions/{}", redemption.id))
        .revised(revision);
    let thing = lower_live_value(head_of(opened)?, &redeemed.asset)?;
    let head = serde_json::to_value(thing).map_err(Failure::broken)?;
    keep_entry(head, items, &redeemed.entry, answer)
}

/// INVARIANT: the live value of a smart asset on its thing is the value of its outstanding units,
/// and a smart asset without units is not live.
pub(crate) fn lower_live_value(mut thing: Thing, asset: &Asset) -> Result<Thing, Failure> {
    let Some(live) = thing.live.get_mut(&asset.id) else {
        return Err(Failure::broken(format!("`{}` is not live on its thing", asset.id)));
    };
    live.value = asset.outstanding_value()?;
    if asset.state == AssetState::Redeemed {
        thing.live.remove(&asset.id);
    }
    Ok(thing)
}
