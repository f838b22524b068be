//! Documents: bytes by their own hash, seen by nobody but their party.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Decision, commit, read_body},
    desk::Desk,
    failure::Failure,
    parties,
    ports::{
        documents::{Content, Description, Found, Put},
        store::Search,
    },
    tokenizations::{self, Kept, Sight, TOKENIZATION, document_tag, partition},
};
use poa_protocol::{
    caller::Caller,
    evidence::{DocumentRefusal, is_sha256},
    ids::{PartyId, TokenizationId},
    limits,
    media_type::MediaType,
    party::PartyRefusal,
    request::RequestRefusal,
    tokenization::{Said, Step, Tokenization},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// A document that is in storage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DocumentView {
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The media type with which it was put first.
    pub media_type: MediaType,
}

/// Puts the bytes of a document into storage. Tokenizations that wait for them go on. Whoever is
/// first to put them says what they are.
pub async fn put_document(
    desk: &Desk,
    caller: &Caller,
    sha256: &str,
    content: Content,
) -> Result<Answer, Failure> {
    let party = putting(desk, caller, sha256).await?;
    let put = desk.documents.put(&party, sha256, limits::DOCUMENT_BYTES_MAX, content).await?;
    kept(desk, &party, sha256, put).await
}

/// The party of a caller who may put a document under this hash.
pub(crate) async fn putting(
    desk: &Desk,
    caller: &Caller,
    sha256: &str,
) -> Result<PartyId, Failure> {
    if !is_sha256(sha256) {
        let given = sha256.chars().take(limits::NAME_BYTES_MAX).collect();
        return Err(DocumentRefusal::NotAHash { given }.into());
    }
    Ok(parties::acting(desk, caller).await?.id)
}

/// The answer to a document that was put, by whatever way it came.
pub(crate) async fn kept(
    desk: &Desk,
    party: &PartyId,
    sha256: &str,
    put: Put,
) -> Result<Answer, Failure> {
    let outcome = match put {
        Put::Created => Outcome::Created,
        Put::Present => Outcome::Done,
        Put::WrongHash => {
            return Err(DocumentRefusal::OtherBytes { sha256: sha256.to_owned() }.into());
        }
        Put::TooLarge => {
            return Err(RequestRefusal::TooLarge { limit: limits::DOCUMENT_BYTES_MAX }.into());
        }
    };
    let found = desk.documents.describe(party, sha256).await?;
    let Description { bytes, media_type } = delivered(found, sha256)?;
    // Also when the bytes were there: the sender may repeat what ended before the wake.
    wake_waiting(desk, party, sha256).await?;
    let view = DocumentView { sha256: sha256.to_owned(), bytes, media_type };
    Ok(Answer::new(outcome, &view)?.at(format!("documents/{sha256}")))
}

/// Reads the bytes of a document of the caller's party.
pub async fn read_document(desk: &Desk, caller: &Caller, sha256: &str) -> Result<Content, Failure> {
    let party = reading(caller, sha256)?;
    delivered(desk.documents.get(party, sha256).await?, sha256)
}

/// The party of a caller who may read what is under this hash.
pub(crate) fn reading<'a>(caller: &'a Caller, sha256: &str) -> Result<&'a PartyId, Failure> {
    let party = caller.party.as_ref().ok_or(PartyRefusal::Unknown)?;
    if is_sha256(sha256) { Ok(party) } else { Err(not_found(sha256)) }
}

/// What may be handed out of what was found, or why not.
pub(crate) fn delivered<T>(found: Found<T>, sha256: &str) -> Result<T, Failure> {
    let sha256 = sha256.to_owned();
    match found {
        Found::Here(found) => Ok(found),
        Found::Nothing => Err(not_found(&sha256)),
        Found::Malicious => Err(DocumentRefusal::Malicious { sha256 }.into()),
        Found::Unscanned => Err(DocumentRefusal::Unscanned { sha256 }.into()),
    }
}

/// Tells every tokenization that waits for a document that its bytes are there.
///
/// INVARIANT: nobody waits for bytes that are there. The list sees every tokenization that was kept
/// before, in whatever process; what is kept after it looks for the bytes itself.
async fn wake_waiting(desk: &Desk, party: &PartyId, sha256: &str) -> Result<(), Failure> {
    let mut search = Search {
        kind: TOKENIZATION,
        partition: None,
        owner: Some(party.clone()),
        tags: vec![document_tag(sha256)],
        text: None,
        after: None,
        limit: limits::PAGE_MAX,
    };
    loop {
        let page = desk.store.list(&search).await?;
        for stored in page.items {
            let waiting: Tokenization = read_body(stored)?;
            arrive(desk, &waiting.id, sha256).await?;
        }
        match page.next {
            Some(next) => search.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn arrive(desk: &Desk, id: &TokenizationId, sha256: &str) -> Result<(), Failure> {
    let asked = &Asked::by_the_system(());
    commit(desk, asked, &partition(id), |opened| async move {
        let found = tokenizations::load(desk, id).await?.ok_or_else(|| not_found(id))?;
        let waits = found.evidence.iter().any(|one| one.sha256 == sha256 && !one.present);
        if found.state.is_end() || !waits {
            return Ok(Decision::Nothing(Answer::new(Outcome::Done, &json!({}))?));
        }
        let step = Step::Said(Said::EvidenceArrived(vec![sha256.to_owned()]));
        Kept::steps(&opened, found, vec![step])?.decide(&opened, Sight::Whole, Outcome::Done)
    })
    .await
    .map(|_| ())
}
