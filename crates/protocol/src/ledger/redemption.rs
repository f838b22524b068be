//! Redemptions: units that their holder gives back; they go out of being.

use super::{
    Account, Asset, AssetState, Bucket, Entry, EntryKind, LedgerRefusal, Leg, Posting, Units,
};
use crate::{
    ids::{AssetId, PartyId, RedemptionId},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gives available units back to the issuance account. The last one closes the smart asset.
pub fn redeem(
    asset: &Asset,
    account: &Account,
    new: NewRedemption,
) -> Result<Redeemed, LedgerRefusal> {
    asset.must_move()?;
    asset.must_own(account)?;
    let posting = Posting::new(account.leg(Bucket::Available), Leg::ISSUANCE, new.units)?;
    let account = account.after(&posting)?;
    let redeemed = asset.redeemed.checked_add(new.units).ok_or(LedgerRefusal::Overflow)?;
    let mut asset = Asset { redeemed, ..asset.clone() };
    if asset.outstanding()?.is_zero() {
        asset.state = AssetState::Redeemed;
    }
    let redemption = Redemption {
        id: new.id,
        asset: account.asset.clone(),
        owner: account.owner.clone(),
        units: new.units,
        at: new.at,
        revision: 0,
    };
    let entry = Entry {
        kind: EntryKind::Redeem,
        asset: account.asset.clone(),
        about: redemption.id.to_string(),
        cause: None,
        postings: vec![posting],
    };
    Ok(Redeemed { asset, account, redemption, entry })
}

/// A redemption as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRedemption {
    /// Its id.
    pub id: RedemptionId,
    /// Units to give back, above zero.
    pub units: Units,
    /// When.
    pub at: Timestamp,
}

/// What a redemption leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// The smart asset, closed where nothing is outstanding.
    pub asset: Asset,
    /// The holder's account.
    pub account: Account,
    /// The redemption.
    pub redemption: Redemption,
    /// The entry.
    pub entry: Entry,
}

/// A redemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redemption {
    /// Its id.
    pub id: RedemptionId,
    /// The smart asset.
    pub asset: AssetId,
    /// The holder who gave the units back.
    pub owner: PartyId,
    /// How many units.
    pub units: Units,
    /// When.
    pub at: Timestamp,
    /// Number of the first event of the change; 0 before it is kept.
    pub revision: u64,
}
