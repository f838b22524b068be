//! Every bound, by name. Parser, body limit and docs read the same number.

/// Bytes of a JSON request body.
pub const REQUEST_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a formula source.
pub const FORMULA_SOURCE_BYTES_MAX: usize = 64 * 1024;
/// Attributes of the data of one request.
pub const ATTRIBUTES_MAX: usize = 512;
/// Bytes of the data of one request, as JSON. Record and answer both hold it, in one commit.
pub const DATA_BYTES_MAX: usize = 256 * 1024;
/// Statements of a bank with one request.
pub const STATEMENTS_MAX: usize = 64;
/// Bytes of the statements of one request, as JSON.
pub const STATEMENTS_BYTES_MAX: usize = 16 * 1024;
/// Reviews and overrides of one tokenization.
pub const REVIEWS_PER_TOKENIZATION_MAX: usize = 32;
/// Requests for one end client on one day that a bank's rule sets count.
pub const CLIENT_DAY_REQUESTS_MAX: usize = 1_000;
/// Attestations and sign-offs of one tokenization, taken back ones included.
pub const STATEMENTS_PER_TOKENIZATION_MAX: usize = 256;
/// Evidence documents of one tokenization.
pub const EVIDENCE_PER_TOKENIZATION_MAX: usize = 64;
/// Bytes of one evidence document.
pub const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of the type, and of the subtype, of a media type (RFC 6838 §4.2).
pub const MEDIA_TYPE_NAME_BYTES_MAX: usize = 127;
/// Seconds that a link to one document works.
pub const DOCUMENT_LINK_SECS: i64 = 15 * 60;
/// Bytes of one message of a storage queue: with base64 they are the 64 KiB that Azure allows.
pub const QUEUE_MESSAGE_BYTES_MAX: usize = 48 * 1024;
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
/// Seconds that a relay may work before another one takes over: longer than any page takes.
pub const RELAY_LEASE_SECS: i64 = 30;
/// Seconds after which the sweep goes on with a tokenization that was woken and did not go on: its
/// message is late, or became a dead letter while the store was away.
pub const WAKE_SECS_MAX: i64 = 300;
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
/// Bytes of a bearer token.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Seconds that a token's times may be off, at both ends.
pub const TOKEN_LEEWAY_SECS: i64 = 60;
/// Seconds that a validated token is remembered at most; never beyond its own end.
pub const TOKEN_REMEMBERED_SECS: i64 = 300;
/// Validated tokens that are remembered.
pub const TOKENS_REMEMBERED_MAX: usize = 4096;
/// Seconds that the party of a tenant is remembered.
pub const TENANT_REMEMBERED_SECS: i64 = 60;
/// Tenants whose party is remembered, and tenants whose signing keys are.
pub const TENANTS_REMEMBERED_MAX: usize = 4096;
/// Seconds that the token issuer has to answer.
pub const ISSUER_TIMEOUT_SECS: u64 = 5;
/// Bytes of one answer of the token issuer.
pub const ISSUER_BYTES_MAX: usize = 256 * 1024;
/// Signing keys of one tenant.
pub const ISSUER_KEYS_MAX: usize = 64;
/// Seconds after which the signing keys of a tenant are read again.
pub const ISSUER_KEYS_FRESH_SECS: i64 = 24 * 60 * 60;
/// Seconds between two reads of a tenant's signing keys because of an unknown key id.
pub const ISSUER_KEYS_REFRESH_SECS_MIN: i64 = 300;
/// Seconds between two reads of the signing keys that are in use, give or take a tenth.
pub const ISSUER_KEYS_RENEW_SECS: u64 = 60 * 60;
/// Seconds between two reads of a tenant's signing keys while none are known.
pub const ISSUER_KEYS_RETRY_SECS: i64 = 5;
/// HTTP requests that are served at the same time, where the settings do not say.
pub const REQUESTS_AT_ONCE_DEFAULT: usize = 256;
/// Messages and ticks that are worked on at the same time, where the settings do not say.
pub const WORK_AT_ONCE_DEFAULT: usize = 64;
/// Requests, messages or ticks at the same time that the settings may allow.
pub const AT_ONCE_MAX: usize = 10_000;
/// Seconds that a request waits for its turn.
pub const TURN_SECS_MAX: u64 = 5;
/// Seconds that a JSON body may take to arrive.
pub const BODY_SECS_MAX: u64 = 60;
/// Seconds after which the doctor gives up on one part; a call that a part does not answer ends
/// earlier by itself.
pub const EXAMINATION_SECS_MAX: u64 = 15;
/// Seconds that an ordinary request may wait for parts, from its token to its answer: whoever waits
/// for a part that is silent hears so within 15.
pub const ANSWER_SECS_MAX: u64 = 12;
/// Seconds that a part may take to say how it is.
pub const READINESS_SECS_MAX: u64 = 5;
/// Seconds that such an answer is given again, so that nobody can wear the parts out with asking.
pub const READINESS_FRESH_SECS: i64 = 5;
/// Seconds that one request with a document, or one that reads many assets, may take; the front end
/// of Azure gives up after about 230.
pub const REQUEST_SECS_MAX: u64 = 200;
/// Seconds that one message or tick may take; shorter than `functionTimeout` of host.json, because
/// the host would kill the whole process.
pub const WORK_SECS_MAX: u64 = 240;
/// Bytes of a refused body that are read and dropped, so that the sender hears the answer.
pub const REFUSED_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of the envelope of one message or tick.
pub const ENVELOPE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Seconds after which a caller may come back to a part that did not answer.
pub const RETRY_AFTER_SECS: u64 = 2;
/// Seconds that one try of a request to an Azure service may take.
pub const AZURE_TRY_SECS_MAX: u64 = 10;
/// Seconds that one request to an Azure service may take with all its tries and waits.
pub const AZURE_CALL_SECS_MAX: u64 = 11;
/// Seconds that a connection to an Azure service may take to be made.
pub const AZURE_CONNECT_SECS_MAX: u64 = 4;
/// Seconds after its first answer within which a request to an Azure service is still tried again.
pub const AZURE_RETRY_SECS_MAX: u32 = 10;
/// How often a request to an Azure service is tried again.
pub const AZURE_RETRIES_MAX: u32 = 3;
/// Seconds that a throttled request waits because the service asks for it; what is asked to wait
/// for longer fails at once, and its caller comes back.
pub const AZURE_RETRY_AFTER_SECS_MAX: u64 = 5;
/// Seconds that a connection to Azure Cosmos DB may take to be made.
pub const COSMOS_CONNECT_SECS_MAX: u64 = 3;
/// Seconds that one request to Azure Cosmos DB may take.
pub const COSMOS_REQUEST_SECS_MAX: u64 = 4;
/// Seconds that one operation on Azure Cosmos DB may take, its repetitions included.
pub const COSMOS_OPERATION_SECS_MAX: u64 = 9;
/// Seconds that one call of the store may take on Azure Cosmos DB: connecting, the operation, and
/// looking whether a write came through. Of the feed it is one page.
pub const COSMOS_CALL_SECS_MAX: u64 = 14;
/// How often a request is repeated that Azure Cosmos DB had no capacity for.
pub const COSMOS_THROTTLED_RETRIES_MAX: u32 = 5;
/// Seconds that such a request waits in all.
pub const COSMOS_THROTTLED_SECS_MAX: u64 = 5;
/// How often a request is repeated at another copy of the data of Azure Cosmos DB.
pub const COSMOS_FAILOVERS_MAX: u32 = 2;
// INVARIANT: whoever calls a store that is silent is told so within 15 s, and what is within has
// its place in what is around it.
const _: () = {
    assert!(COSMOS_CALL_SECS_MAX < 15);
    assert!(COSMOS_OPERATION_SECS_MAX < COSMOS_CALL_SECS_MAX);
    assert!(COSMOS_THROTTLED_SECS_MAX < COSMOS_OPERATION_SECS_MAX);
    assert!(COSMOS_CONNECT_SECS_MAX < COSMOS_OPERATION_SECS_MAX);
    assert!(COSMOS_REQUEST_SECS_MAX < COSMOS_OPERATION_SECS_MAX);
};
/// Seconds that an access token for an Azure service may take to arrive: shorter than the request
/// that waits for it.
pub const ACCESS_TOKEN_SECS_MAX: u64 = 8;
/// Seconds before its end at which an access token is replaced.
pub const ACCESS_TOKEN_REFRESH_SECS: i64 = 300;
/// Seconds between two attempts to replace an access token that still holds.
pub const ACCESS_TOKEN_RETRY_SECS: i64 = 30;
/// Seconds for which a failure to get an access token is told again without asking: who comes while
/// another one waits in vain need not wait as long once more.
pub const ACCESS_TOKEN_FAILED_SECS: i64 = 3;
/// Seconds that the assertion by which a certificate asks for an access token holds.
pub const CLIENT_ASSERTION_SECS: i64 = 300;
/// Bytes of the PEM file with the certificate and the key by which a program asks for tokens.
pub const CERTIFICATE_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of one request to Azure Service Bus as JSON (standard tier: 256 KB with its properties).
pub const BUS_BATCH_BYTES_MAX: usize = 240_000;
/// Characters of the id of a message or of a session (Azure Service Bus).
pub const BUS_ID_CHARS_MAX: usize = 128;
/// Sessions to which messages are sent at the same time.
pub const BUS_SESSIONS_AT_ONCE_MAX: usize = 8;
/// Versions of the signing key that are published.
pub const KEY_VERSIONS_MAX: usize = 100;
/// Seconds after which the versions of the signing key are listed again.
pub const KEY_VERSIONS_FRESH_SECS: u64 = 300;
