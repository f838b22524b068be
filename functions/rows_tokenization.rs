//! Rows of tokenization: requests, documents, the bus, the timers.

use crate::{
    add_evidence, advance_bank, advance_non_bank, approve_proposal, attest_check,
    cancel_tokenization, change_data, complete_upload, create_tokenization, expire, link_download,
    link_upload, list_tokenizations, put_document, read_document, read_evidence, read_tokenization,
    read_tokenization_events, relay_events, retry_tokenization, review_contour, revoke_statement,
    sign_off_document, trigger::Trigger,
};

/// The rows.
pub const ROWS: &[Trigger] = &[
    create_tokenization::TRIGGER,
    list_tokenizations::TRIGGER,
    read_tokenization::TRIGGER,
    read_tokenization_events::TRIGGER,
    add_evidence::TRIGGER,
    read_evidence::TRIGGER,
    attest_check::TRIGGER,
    sign_off_document::TRIGGER,
    revoke_statement::TRIGGER,
    approve_proposal::TRIGGER,
    review_contour::TRIGGER,
    change_data::TRIGGER,
    cancel_tokenization::TRIGGER,
    retry_tokenization::TRIGGER,
    put_document::TRIGGER,
    read_document::TRIGGER,
    link_upload::TRIGGER,
    complete_upload::TRIGGER,
    link_download::TRIGGER,
    advance_bank::TRIGGER,
    advance_non_bank::TRIGGER,
    relay_events::TRIGGER,
    expire::TRIGGER,
];
