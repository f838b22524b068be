//! Commits and claims. The client sends a write again whose answer got lost, so a conflict may be
//! with our own earlier attempt: the stamp tells.

use crate::cosmos::{
    connection::{Connection, count_failed},
    document::{Document, Prepared},
    fault::Fault,
    read, spent,
};
use azure_core::http::StatusCode;
use azure_data_cosmos::{diagnostics::DiagnosticsContext, models::TransactionalBatchResponse};
use poa_operations::ports::store::{Claim, Etag, HEAD};
use poa_protocol::partition::Partition;

/// The status of an operation that failed because another one of its batch did.
const FAILED_DEPENDENCY: u16 = 424;

/// Commits: one batch, and one read where it is not clear who won.
pub(super) async fn commit(connection: &Connection, prepared: Prepared) -> Result<Etag, Fault> {
    let container = connection.container().await?;
    let sent = Box::pin(container.execute_transactional_batch(prepared.batch()?, None)).await;
    let response = sent.inspect_err(count_failed)?;
    let diagnostics = response.diagnostics();
    spent::count(&diagnostics);
    // INVARIANT: a batch that failed is answered with 207 and is no error of the client.
    let whole = response.status().status_code() == StatusCode::Ok;
    let outcome: TransactionalBatchResponse = response.into_model()?;
    if whole {
        return head_tag(&outcome);
    }
    match refusal(&outcome) {
        // Sent once and refused: somebody else was first.
        Fault::Raced if once(&diagnostics) => Err(Fault::Raced),
        Fault::Raced => settle(connection, &prepared).await,
        fault @ (Fault::TooLarge(_) | Fault::Unavailable(_)) => Err(fault),
    }
}

/// Creates one document, or says who has it.
pub(super) async fn claim(connection: &Connection, document: Document) -> Result<Claim, Fault> {
    let container = connection.container().await?;
    let (pk, id) = (document.pk.clone(), document.id.clone());
    let created = Box::pin(container.create_item(pk.clone(), &id, &document, None)).await;
    match created.inspect_err(count_failed) {
        Ok(response) => {
            spent::count(&response.diagnostics());
            Ok(Claim::Made)
        }
        Err(error) if error.status().is_conflict() => {
            match read::item(connection, &Partition::kept(pk), &id).await? {
                Some(found) if found.stamp == document.stamp => Ok(Claim::Made),
                Some(found) => Ok(Claim::Held(found.into())),
                // It was forgotten between the two.
                None => Err(Fault::Raced),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The tag of the head after a batch that was written.
fn head_tag(outcome: &TransactionalBatchResponse) -> Result<Etag, Fault> {
    let tag = outcome.results().first().and_then(|head| head.etag());
    let tag = tag.map(|tag| Etag(tag.to_owned()));
    tag.ok_or_else(|| Fault::Unavailable("Cosmos DB gave no tag for a written head".to_owned()))
}

/// Why a batch was refused: the one operation that did not fail because of another.
fn refusal(outcome: &TransactionalBatchResponse) -> Fault {
    let cause = outcome.results().iter().enumerate().find(|(_, operation)| {
        !operation.is_success() && operation.status_code() != FAILED_DEPENDENCY
    });
    let Some((at, cause)) = cause else {
        return Fault::Unavailable("Cosmos DB refused a batch without a cause".to_owned());
    };
    match cause.status_code() {
        // The head is not there or is there, has another tag, or an event or record is there.
        404 | 409 | 412 => Fault::Raced,
        413 => Fault::TooLarge(format!("operation {at} of the commit is larger than Cosmos takes")),
        status => Fault::Unavailable(format!(
            "Cosmos DB refused a batch because of operation {at}: {status}/{}",
            cause.substatus_code().unwrap_or_default()
        )),
    }
}

/// Whether the request went out once: then its answer is about nothing but itself.
fn once(diagnostics: &DiagnosticsContext) -> bool {
    diagnostics.request_count() == 1
}

/// Looks whether an earlier attempt of ours was written.
async fn settle(connection: &Connection, prepared: &Prepared) -> Result<Etag, Fault> {
    let ids: Vec<&str> = [HEAD].into_iter().chain(prepared.proof.as_deref()).collect();
    let found = read::found(connection, &prepared.partition, &ids).await?;
    let of = |id: &str| found.iter().find(|document| document.id == id);
    let ours = |id: &str| of(id).is_some_and(|document| document.stamp == prepared.stamp);
    if let Some(head) = of(HEAD).filter(|head| head.stamp == prepared.stamp) {
        return Ok(head.etag());
    }
    match &prepared.proof {
        // Written, and somebody has written a newer head since: ours is a tag of the past.
        Some(id) if ours(id) => Ok(Etag(format!("\"{}\"", prepared.stamp))),
        Some(_) => Err(Fault::Raced),
        None => Err(Fault::Unavailable(format!(
            "the head of `{}` was written by somebody else, before or after us",
            prepared.partition
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, refusal};
    use serde_json::json;

    /// What a batch with these results was refused for.
    fn of(results: &[(u16, u32)]) -> Fault {
        let result = |(status, sub): &(u16, u32)| json!({ "statusCode": status, "substatusCode": sub, "requestCharge": 1.0 });
        let results = results.iter().map(result).collect();
        refusal(&serde_json::from_value(results).unwrap())
    }

    #[test]
    fn a_batch_is_refused_for_the_operation_that_failed_by_itself() {
        for raced in [&[(412, 0), (424, 0)], &[(404, 0), (424, 0)], &[(424, 0), (409, 0)]] {
            assert!(matches!(of(raced), Fault::Raced), "{raced:?}");
        }
        assert!(matches!(of(&[(424, 0), (413, 0)]), Fault::TooLarge(_)));
        for (unclear, says) in [
            (&[(424, 0), (429, 3200)][..], "operation 1: 429/3200"),
            (&[(449, 0), (424, 0)], "operation 0: 449/0"),
            (&[(500, 0), (424, 0)], "operation 0: 500/0"),
            (&[(424, 0), (424, 0)], "without a cause"),
            (&[(200, 0)], "without a cause"),
            (&[], "without a cause"),
        ] {
            let Fault::Unavailable(said) = of(unclear) else { panic!("{unclear:?}") };
            assert!(said.contains(says), "{said}");
        }
    }
}
