//! Why a request about a tokenization is refused.

crate::refusals! {
    /// Why a request about a tokenization is refused.
    TokenizationRefusal {
        /// No instance has this id.
        UnknownInstance { instance: String }
            = "tokenization.unknown-instance", Unprocessable, lasting,
            "there is no instance `{instance}`", "search the catalog for active instances";
        /// Originators tokenize what they bring as `originator`, suppliers as `supplier`.
        SideNotYours { side: &'static str } = "tokenization.side-not-yours", Forbidden, lasting,
            "none of your roles lets you tokenize on side `{side}`",
            "`Originator` and `Supplier` are for one side, `BankOperator` and `Tokenize.All` for both";
        /// The data does not fit what the program declares. `errors` names every field.
        DataInvalid { count: usize } = "tokenization.data-invalid", Unprocessable, lasting,
            "{count} field(s) of the data do not fit the program of the instance",
            "read the attributes of the version; decimals are JSON strings, percentages fractions";
        /// A tokenization has a bounded number of documents.
        TooMuchEvidence { limit: usize } = "tokenization.too-much-evidence", Unprocessable, lasting,
            "a tokenization has at most {limit} evidence documents",
            "put several documents into one file";
        /// The tokenization has come to an end: nothing about it changes any more.
        Settled { state: &'static str } = "tokenization.settled", Conflict, lasting,
            "the tokenization is {state}", "make a new tokenization";
        /// What you say is about other data than the tokenization has now.
        OtherData { present: String } = "tokenization.other-data", Conflict, lasting,
            "the data of the tokenization has the hash `{present}` now",
            "read the tokenization again, look at its data, and send its `data_hash`";
        /// The new data is the old data.
        SameData = "tokenization.same-data", Conflict, lasting,
            "the data is what it was", "send changed data, or POST …/retry to try again";
        /// The program declares no such check.
        UnknownCheck { check: String } = "tokenization.unknown-check", Unprocessable, lasting,
            "the program declares no check `{check}`",
            "the codes are in the `demands` of the tokenization";
        /// The program answers this check itself.
        InternalCheck { check: String } = "tokenization.internal-check", Unprocessable, lasting,
            "check `{check}` is answered by the program itself", "attest an outside check";
        /// The instance declares no such legal document.
        UnknownDocument { document: String }
            = "tokenization.unknown-document", Unprocessable, lasting,
            "the instance declares no legal document `{document}`",
            "the codes are in the `demands` of the tokenization";
        /// Nobody attests or signs off what their own party tokenizes.
        OwnParty = "tokenization.own-party", Forbidden, lasting,
            "nobody attests or signs off a tokenization of their own party",
            "have an outside party do it";
        /// The instance names who may attest, and your party is not among them.
        NotNamed { check: String } = "tokenization.not-named", Forbidden, lasting,
            "the instance does not name your party for check `{check}`",
            "ask the owner of the instance";
        /// A legal officer signs off for the country of the officer's own party.
        OtherJurisdiction { country: String }
            = "tokenization.other-jurisdiction", Forbidden, lasting,
            "the legal documents of this instance are signed off in `{country}`",
            "have a legal officer of a party in that country sign off";
        /// A tokenization keeps a bounded number of attestations and sign-offs, taken back
        /// ones included.
        TooManyStatements { limit: usize } = "tokenization.too-many-statements", Conflict, lasting,
            "the tokenization has had its {limit} attestations and sign-offs",
            "make a new tokenization";
        /// There is no such attestation or sign-off of your party.
        UnknownStatement { id: String } = "tokenization.unknown-statement", NotFound, lasting,
            "your party made no statement `{id}` here", "read the tokenization for its statements";
        /// It was taken back before.
        AlreadyRevoked { id: String } = "tokenization.already-revoked", Conflict, lasting,
            "statement `{id}` is taken back already", "make a new one where it should count again";
        /// No proposal is on the table.
        NoProposal { state: &'static str } = "tokenization.no-proposal", Conflict, lasting,
            "the tokenization is {state}: there is no proposal to approve",
            "wait until its state is `awaiting_approval`";
        /// Who makes a request or changes its data never approves it.
        MakerApproves = "tokenization.maker-approves", Forbidden, lasting,
            "you made this request or changed its data, so you cannot approve it",
            "have another person of your party approve it";
        /// Approvals are given by people.
        ProgramApproves = "tokenization.program-approves", Forbidden, lasting,
            "a program cannot approve", "have a person of your party approve it";
        /// Each approval comes from another person.
        ApprovedBefore = "tokenization.approved-before", Conflict, lasting,
            "you have approved this proposal already",
            "have another person of your party approve it";
        /// The contour waits for no person here.
        NoReview { state: &'static str } = "tokenization.no-review", Conflict, lasting,
            "the tokenization is {state}: the contour waits for nobody",
            "wait until its state is `awaiting_review`";
        /// Who makes a request or changes its data never decides about its compliance.
        MakerReviews = "tokenization.maker-reviews", Forbidden, lasting,
            "you made this request or changed its data, so you cannot review it",
            "have another person of compliance decide";
        /// Reviews are made by people.
        ProgramReviews = "tokenization.program-reviews", Forbidden, lasting,
            "a program cannot review", "have a person of compliance decide";
        /// Each review of one decision comes from another person.
        ReviewedBefore = "tokenization.reviewed-before", Conflict, lasting,
            "you have said what you think of this decision",
            "an override needs another person of compliance";
        /// A tokenization keeps a bounded number of reviews.
        TooManyReviews { limit: usize } = "tokenization.too-many-reviews", Conflict, lasting,
            "the tokenization has had its {limit} reviews", "make a new tokenization";
        /// What the bank states does not fit what the rule set of the regime asks for. `errors`
        /// names every statement.
        StatementsInvalid { count: usize }
            = "tokenization.statements-invalid", Unprocessable, lasting,
            "{count} statement(s) do not fit the rule set of the instance's legal regime",
            "read the attributes of the rule set; `rule_set` of the instance names it";
        /// Only what has failed can be retried.
        NotFailed { state: &'static str } = "tokenization.not-failed", Conflict, lasting,
            "the tokenization is {state}, not failed", "read its `demands` for what it waits for";
        /// Who owns a document and names it as evidence cannot show bytes that are not there.
        NoBytes { evidence: String } = "tokenization.no-bytes", NotFound, lasting,
            "the bytes of evidence `{evidence}` are not in document storage",
            "the party puts them there with PUT /api/documents/{{sha256}}";
    }
}
