//! Refusals of the envelope of a request: what is wrong before any rule is asked.

crate::refusals! {
    /// Why a request is refused before any rule is asked.
    RequestRefusal {
        /// The body is not JSON of the expected shape: a syntax error, an unknown or missing field,
        /// a wrong type. `errors` names the field.
        Malformed { what: String } = "request.malformed", Malformed, lasting,
            "the request cannot be read: {what}",
            "compare the body with the schema in /api/openapi.json";
        /// A field has the right type and a value that is not allowed. `errors` lists every one.
        Invalid { count: usize } = "request.invalid", Unprocessable, lasting,
            "{count} field(s) of the request are not valid",
            "each entry of `errors` names the field and what it expects";
        /// The body is larger than the limit of this path.
        TooLarge { limit: u64 } = "request.too-large", TooLarge, lasting,
            "the body is larger than {limit} bytes", "send less; documents go to /api/documents";
        /// The media type is not read here: a body of JSON needs exactly one that says so, and
        /// nothing may be compressed.
        MediaType { given: String } = "request.media-type", UnsupportedMedia, lasting,
            "media type `{given}` is not read here",
            "send one `Content-Type`, with JSON `application/json`, and no `Content-Encoding`";
        /// No function has this path.
        NoSuchPath { path: String } = "request.no-such-path", NotFound, lasting,
            "there is nothing at `{path}`", "the paths are listed in /api/openapi.json";
        /// The path exists, the method does not.
        NoSuchMethod { method: String } = "request.no-such-method", MethodNotAllowed, lasting,
            "`{method}` does not exist on this path", "the header `Allow` lists the methods";
        /// What was asked for does not exist, or is not for this caller: both look the same on
        /// purpose.
        NotFound { what: String } = "request.not-found", NotFound, lasting,
            "there is no `{what}` that you may see",
            "check the id, and whether it belongs to your party";
        /// A request that creates something has no `Idempotency-Key`.
        KeyMissing = "request.idempotency-key-missing", Malformed, lasting,
            "this request needs the header `Idempotency-Key`",
            "send a fresh random value for each new request, and the same one when you repeat it";
        /// The `Idempotency-Key` is empty, too long or not printable ASCII.
        KeyMalformed = "request.idempotency-key-malformed", Malformed, lasting,
            "the header `Idempotency-Key` must be 1 to 255 printable ASCII characters",
            "a UUID is a good value";
        /// The key was used with another request.
        KeyReused = "request.idempotency-key-reused", Unprocessable, lasting,
            "this `Idempotency-Key` was used with another request",
            "use a fresh key for a new request; repeat the first request unchanged to read its answer";
        /// The `If-Match` header is needed because the request changes a resource that others may
        /// change too.
        IfMatchMissing = "request.if-match-missing", PreconditionMissing, lasting,
            "this request needs the header `If-Match`", "read the resource and send its `ETag`";
        /// The `If-Match` header is no entity tag of ours.
        IfMatchMalformed = "request.if-match-malformed", Malformed, lasting,
            "the header `If-Match` must be one entity tag, as in the `ETag` of a read",
            "send the `ETag` exactly as you got it";
        /// The resource has changed since the caller read it.
        Stale = "request.stale", Stale, lasting,
            "the resource has changed since you read it",
            "read it again, decide again, send the new `ETag`";
        /// Others changed the same thing again and again while this request was decided.
        Raced = "request.raced", Conflict, passing,
            "others are changing the same thing at this moment",
            "send the same request with the same `Idempotency-Key` again";
        /// A continuation token is not one of ours.
        BadContinuation = "request.bad-continuation", Malformed, lasting,
            "the continuation token is not valid",
            "send `continuation` exactly as the last page gave it, or leave it out to start again";
        /// A part of the system that is needed does not answer.
        Unavailable { what: String } = "request.unavailable", Unavailable, passing,
            "the {what} does not answer",
            "wait for the time in `Retry-After` and send the same request with the same `Idempotency-Key` again";
        /// More requests arrived than are served at the same time; this one did not get its turn.
        Busy = "request.busy", Unavailable, passing,
            "too many requests are being served at this moment",
            "wait for the time in `Retry-After` and send the same request with the same `Idempotency-Key` again";
        /// A fault of the program itself. Nothing was changed.
        Internal = "request.internal", Internal, passing,
            "an internal fault stopped this request; nothing was changed",
            "send the request again; if it fails again, report the value of `X-Azure-Functions-InvocationId`";
    }
}
