//! What people of a bank's compliance say where a rule of the regime leaves it to them.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::commit,
    desk::Desk,
    failure::Failure,
    parties,
    tokenizations::{Kept, Sight, actor, own, partition},
};
use poa_protocol::{contour::NewReview, ids::TokenizationId};

/// Lets a request pass, or refuses it. One person decides where a rule asks for a person, two
/// different ones override a rule that does not hold.
pub async fn review_contour(
    desk: &Desk,
    asked: Asked<NewReview>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let caller = asked.by()?;
        let found = own(desk, caller, id).await?;
        asked.has_seen(found.revision)?;
        let party = parties::acting(desk, caller).await?;
        let step = found.review(asked.body.clone(), &actor(caller, &party, opened.now))?;
        Kept::steps(&opened, found, vec![step])?.decide(&opened, Sight::Whole, Outcome::Accepted)
    })
    .await
}
