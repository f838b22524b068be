//! Every bound, by name. Parser, body limit and docs read the same number.

/// Bytes of a JSON request body.
pub const REQUEST_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a formula source.
pub const FORMULA_SOURCE_BYTES_MAX: usize = 64 * 1024;
/// Attributes of the data of one request.
pub const ATTRIBUTES_MAX: usize = 512;
/// Evidence documents of one tokenization.
pub const EVIDENCE_PER_TOKENIZATION_MAX: usize = 64;
/// Bytes of one evidence document.
pub const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Entries of one page of a list.
pub const PAGE_MAX: usize = 200;
/// Entries of one page of a list, where the caller does not say.
pub const PAGE_DEFAULT: usize = 50;
/// Bytes of a text field.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a name, a title or a party's own reference.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Days that an idempotency key is remembered.
pub const IDEMPOTENCY_DAYS: u32 = 35;
/// Tenants of one party.
pub const TENANTS_PER_PARTY_MAX: usize = 16;
/// Days that a verified identity holds at most: three years.
pub const KYC_DAYS_MAX: i64 = 1_096;
/// How often a lost race is decided again before the caller is asked to come back.
pub const RACES_MAX: u32 = 8;
/// Tokenizations of one thing, finished ones included.
pub const TOKENIZATIONS_PER_THING_MAX: usize = 500;
/// Live smart assets of one thing.
pub const LIVE_ASSETS_PER_THING_MAX: usize = 100;
/// Versions of one product.
pub const VERSIONS_PER_PRODUCT_MAX: usize = 200;
/// Instances of one product.
pub const INSTANCES_PER_PRODUCT_MAX: usize = 500;
/// Approvals that an instance can require of a proposal.
pub const APPROVALS_MAX: u8 = 2;
/// Parties that an instance names per kind of attestor.
pub const ATTESTORS_MAX: usize = 32;
/// Compiled programs that a process keeps at hand.
pub const PROGRAMS_KEPT_MAX: usize = 256;
/// Days that a tokenization waits for evidence, an attestation, a sign-off or an approval.
pub const WAIT_DAYS_MAX: i64 = 90;
/// Days that a pending transfer stays open at most.
pub const PENDING_TRANSFER_DAYS_MAX: i64 = 30;
/// Units of one smart asset: 2^127 - 1.
pub const UNITS_MAX: i128 = i128::MAX;
/// Decimals of a smart asset: one whole of 10^38 units still fits into 2^127.
pub const UNIT_DECIMALS_MAX: u8 = 38;
/// Bytes of one item in the store (Azure Cosmos DB: 2 MB).
pub const ITEM_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Operations of one commit (Azure Cosmos DB transactional batch).
pub const COMMIT_OPERATIONS_MAX: usize = 100;
/// Bytes of one commit (Azure Cosmos DB transactional batch: 2 MB).
pub const COMMIT_BYTES_MAX: usize = 2 * 1024 * 1024;
