//! Runs the pipeline on one tokenization, as far as it can go, in one commit.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    parties, regimes, switcher,
    tokenization_facts::gather,
    tokenizations::{self, Kept, Sight, partition},
};
use poa_protocol::{
    event::Wing,
    ids::TokenizationId,
    question::Question,
    thing::Thing,
    tokenization::{Ended, Facts, Step, Tokenization, advance},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The body of a message that wakes a tokenization. It carries ids; the truth is in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeMessage {
    /// Which tokenization goes on.
    pub tokenization: TokenizationId,
}

/// Hears a message on the subscription of a wing. Hearing it twice does nothing more.
pub async fn hear_wake(desk: &Desk, wing: Wing, body: &[u8]) -> Result<(), Failure> {
    // The fault itself would repeat what was sent, and this goes to the log.
    let message: WakeMessage = serde_json::from_slice(body).map_err(|fault| {
        Failure::broken(format!(
            "a message of {} bytes has no id: {:?}",
            body.len(),
            fault.classify()
        ))
    })?;
    let id = message.tokenization;
    let found = tokenizations::load(desk, &id).await?;
    let found = found.ok_or_else(|| Failure::broken(format!("a message names `{id}`")))?;
    let party = parties::load(desk, &found.party).await?;
    let party =
        party.ok_or_else(|| Failure::broken(format!("the party of `{id}` is not there")))?;
    // The wing is the party's, whatever the message or its subscription say.
    if party.wing() != wing {
        let heard = wing.subscription();
        tracing::warn!(tokenization = %id, heard, "a message came to the wrong wing");
        return Ok(());
    }
    advance_tokenization(desk, &id).await.map(|_| ())
}

/// Runs the pipeline on a tokenization. Where there is nothing to do, nothing is written.
pub async fn advance_tokenization(desk: &Desk, id: &TokenizationId) -> Result<Answer, Failure> {
    run(desk, id, false).await
}

/// The same for one that the sweep has found. Where there is nothing to do, it was due because its
/// wake was late: the sweep finds it again when its wait ends.
pub async fn advance_overdue(desk: &Desk, id: &TokenizationId) -> Result<Answer, Failure> {
    run(desk, id, true).await
}

async fn run(desk: &Desk, id: &TokenizationId, overdue: bool) -> Result<Answer, Failure> {
    let asked = &Asked::by_the_system(());
    commit(desk, asked, &partition(id), |opened| async move {
        let found = tokenizations::load(desk, id).await?;
        let found = found.ok_or_else(|| Failure::broken(format!("`{id}` is not there")))?;
        let steps = decide(desk, &opened, &found).await?;
        if steps.is_empty() {
            if overdue && found.wait_until.is_none_or(|until| opened.now < until) {
                return Ok(Decision::Keep(Box::new(Kept::unchanged(&opened, &found)?)));
            }
            return Ok(Decision::Nothing(Answer::new(Outcome::Done, &json!({}))?));
        }
        let kept = Kept::steps(&opened, found, steps)?.without_wakes();
        kept.decide(&opened, Sight::Whole, Outcome::Done)
    })
    .await
}

async fn decide(desk: &Desk, opened: &Opened, found: &Tokenization) -> Result<Vec<Step>, Failure> {
    let nothing = || Failure::broken(format!("`{}` lies in no thing", found.id));
    let thing: Thing = opened.state()?.ok_or_else(nothing)?;
    if found.state.is_end() {
        regimes::resolve(desk, found).await?;
        return Ok(Vec::new());
    }
    let facts = gather(desk, found, thing, opened.now).await?;
    let mut steps = advance(found, &facts);
    if let Some(Step::Ended(Ended::Rejected { by_rules: true, alternatives, .. })) =
        steps.last_mut()
    {
        *alternatives = alternatives_to(desk, found, &facts).await?;
    }
    Ok(steps)
}

/// What other instances of the product say, when one has rejected the data.
async fn alternatives_to(
    desk: &Desk,
    found: &Tokenization,
    facts: &Facts,
) -> Result<Vec<poa_protocol::switcher::Alternative>, Failure> {
    let evidence = found.evidence_dates(&facts.documents, facts.now);
    let question = Question {
        side: Some(found.side),
        data: &found.data,
        evidence: &evidence,
        as_of: facts.now.date(),
    };
    switcher::alternatives(desk, &found.product, &found.instance, &question).await
}
