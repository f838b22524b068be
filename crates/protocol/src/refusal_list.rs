//! Every refusal of the system: docs/refusals.md is made from it.

use crate::{party::PartyRefusal, refusal::RefusalDoc, request::RequestRefusal};

/// One line per rule module.
const MODULES: &[&[RefusalDoc]] = &[RequestRefusal::DOCS, PartyRefusal::DOCS];

/// Every refusal, by code.
#[must_use]
pub fn all() -> Vec<&'static RefusalDoc> {
    let mut docs: Vec<_> = MODULES.iter().copied().flatten().collect();
    docs.sort_by_key(|doc| doc.code);
    docs
}
