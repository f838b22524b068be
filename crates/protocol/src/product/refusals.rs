//! Why something about a product or its versions is refused.

crate::refusals! {
    /// Why something about a product or its versions is refused.
    CatalogRefusal {
        /// Another product has this code.
        CodeTaken { code: String } = "catalog.code-taken", Conflict, lasting,
            "a product with code `{code}` exists", "choose another code";
        /// Only the people of the product's owner change it.
        NotOwner { product: String } = "catalog.not-owner", Forbidden, lasting,
            "product `{product}` belongs to another party", "only its owner's people change it";
        /// The product is delisted: nothing new comes to it.
        Delisted { product: String } = "catalog.delisted", Conflict, lasting,
            "product `{product}` is delisted", "make a new product";
        /// The product is not listed yet, so no instance of it takes requests.
        NotListed { product: String } = "catalog.not-listed", Conflict, lasting,
            "product `{product}` is not listed", "list it first";
        /// An instance of the product still takes requests or may take them again.
        ProductInUse { product: String, instance: String } = "catalog.product-in-use",
            Conflict, lasting,
            "instance `{instance}` of product `{product}` is live", "retire its instances first";
        /// A product goes from draft to listed and from listed to delisted, nowhere else.
        NoProductMove { from: &'static str, to: &'static str } = "catalog.no-product-move",
            Conflict, lasting,
            "a {from} product cannot become {to}", "draft → listed → delisted";
        /// The formula source is longer than the limit.
        SourceTooLong { bytes: usize, limit: usize } = "catalog.source-too-long",
            TooLarge, lasting,
            "the source has {bytes} bytes, {limit} are allowed", "split the product";
        /// A product of class `regulation` has rule sets (`regime …`), every other one has products
        /// (`product …`).
        WrongKind { expected: &'static str } = "catalog.wrong-kind", Unprocessable, lasting,
            "a source that starts with `{expected}` is expected here",
            "rule sets belong to a product of class `regulation`";
        /// A product of class `regulation` has no instances: those of other products name it.
        NoInstances { product: String } = "catalog.no-instances", Unprocessable, lasting,
            "product `{product}` is a rule set, so it has no instances",
            "name it in `rule_set` of an instance of another product";
        /// The source does not start with `product` (or `regime`), a name, a version number and a
        /// title.
        NoHeader = "catalog.no-header", Unprocessable, lasting,
            "the source does not start with a product header",
            "start with a line like: product trade_invoice 1.0.0 \"Trade invoice\"";
        /// The source names another product.
        WrongProduct { expected: String, found: String } = "catalog.wrong-product",
            Unprocessable, lasting,
            "the source is of product `{found}`, here `{expected}` is expected",
            "the name in the source must be the code of the product";
        /// A draft is replaced only by a source with the same number.
        WrongNumber { expected: String, found: String } = "catalog.wrong-number",
            Unprocessable, lasting,
            "the source has number `{found}`, here `{expected}` is expected",
            "make a new version for another number";
        /// The product has a version with this number.
        NumberTaken { number: String } = "catalog.number-taken", Conflict, lasting,
            "the product has a version `{number}`", "raise the number in the source";
        /// A version's number must be above every published one.
        NumberTooLow { number: String, published: String } = "catalog.number-too-low",
            Conflict, lasting,
            "version `{number}` is not above the published version `{published}`",
            "raise the number in the source";
        /// The product has as many versions as it may have.
        TooManyVersions { limit: usize } = "catalog.too-many-versions", Conflict, lasting,
            "a product has at most {limit} versions", "make a new product";
        /// The checker found errors in the source. `details.diagnostics` lists them with line,
        /// column and help.
        SourceRefused { count: usize } = "catalog.source-refused", Unprocessable, lasting,
            "the checker found {count} error(s) in the source",
            "`details.diagnostics` names line, column and what could be done";
        /// The source has no example, so nothing shows that it does what it should.
        NoExamples = "catalog.no-examples", Unprocessable, lasting,
            "the source has no example", "add at least one example with what you expect";
        /// An example in the source does not come out as it expects. `details.examples` lists all
        /// of them with their differences.
        ExamplesFailed { count: usize } = "catalog.examples-failed", Unprocessable, lasting,
            "{count} example(s) of the source do not come out as expected",
            "`details.examples` names each difference";
        /// The version does not go from its present state to the wanted one.
        NoVersionMove { from: &'static str, to: &'static str } = "catalog.no-version-move",
            Conflict, lasting,
            "a {from} version cannot become {to}",
            "draft → submitted → certified → published → deprecated → withdrawn";
        /// The same person never makes and checks.
        SamePerson { step: &'static str } = "catalog.same-person", Forbidden, lasting,
            "you took part in making this, so you cannot {step} it",
            "ask somebody who has not written or submitted it";
        /// A version is certified by somebody of another party than its owner.
        SameParty = "catalog.same-party", Forbidden, lasting,
            "your party owns this version, so it cannot certify it",
            "ask a certifier of another party";
        /// What the certifier has read is not what was submitted.
        OtherContent { given: String } = "catalog.other-content", Conflict, lasting,
            "content hash `{given}` is not the one of this version",
            "read the version again and certify what it holds";
        /// Who refuses to certify says why.
        StatementMissing = "catalog.statement-missing", Unprocessable, lasting,
            "a refusal to certify needs a statement", "say in `statement` what is wrong";
        /// The version is not published, so nothing can be built on it.
        NotPublished { number: String } = "catalog.not-published", Conflict, lasting,
            "version `{number}` is not published", "publish it first, or choose a published one";
        /// An instance of the version still takes requests or may take them again.
        VersionInUse { number: String, instance: String } = "catalog.version-in-use",
            Conflict, lasting,
            "instance `{instance}` of version `{number}` is live", "retire its instances first";
    }
}
