//! The codes of all diagnostics, with a sentence for the reference.

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// Every code with what it means, in the order of the reference.
        pub const ALL: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    SOURCE_TOO_LONG = "formula.source-too-long", "The source is longer than 64 KiB.";
    CHARACTER = "formula.character", "A character that the language does not use.";
    TEXT_OPEN = "formula.text-open", "A text does not end on its line.";
    TEXT_TOO_LONG = "formula.text-too-long", "A text is longer than 4 KiB.";
    NUMBER = "formula.number", "A number, date or version that cannot be read.";
    SYNTAX = "formula.syntax", "The next word does not fit here.";
    TOO_DEEP = "formula.too-deep", "Expressions nest too deeply.";
    TOO_MANY = "formula.too-many", "More declarations, attributes, rows or members than allowed.";
    AMBIGUOUS_POWER = "formula.ambiguous-power",
        "A power that needs parentheses to be read one way.";
    RESERVED_NAME = "formula.reserved-name", "A word of the language used as a name.";
    DUPLICATE_NAME = "formula.duplicate-name", "A name or code that is declared twice.";
    UNKNOWN_NAME = "formula.unknown-name", "A name that is not declared.";
    UNKNOWN_CODE = "formula.unknown-code", "A rule or check code that is not declared.";
    UNKNOWN_TYPE = "formula.unknown-type", "A type that does not exist.";
    UNKNOWN_CURRENCY = "formula.unknown-currency",
        "A currency outside ISO 4217, or a currency name that is not declared.";
    UNKNOWN_COUNTRY = "formula.unknown-country", "A country or jurisdiction outside ISO 3166.";
    UNKNOWN_FUNCTION = "formula.unknown-function", "A function that does not exist.";
    UNKNOWN_PLACEHOLDER = "formula.unknown-placeholder",
        "A `{name}` in a message that names no value.";
    CYCLE = "formula.cycle", "Names that are defined by each other.";
    TYPE = "formula.type", "A value of one type where another is needed.";
    ARGUMENTS = "formula.arguments", "A function called with the wrong arguments.";
    CURRENCY_MIX = "formula.currency-mix", "Money of two currencies in one operation.";
    UNROUNDED_MONEY = "formula.unrounded-money",
        "Money that may lie off the grid of its currency where it must not.";
    MONEY_LITERAL = "formula.money-literal", "An amount of money written outside a parameter.";
    OFF_GRID = "formula.off-grid", "An amount with more decimal places than its currency.";
    NOT_CONSTANT = "formula.not-constant", "A parameter or table cell that is not a plain value.";
    RANGE = "formula.range", "A value outside its range, or a range that is empty or misplaced.";
    DIVISOR_ZERO = "formula.divisor-zero", "A divisor that is always zero.";
    DIVISOR_MAY_BE_ZERO = "formula.divisor-may-be-zero", "A divisor that can become zero.";
    UNDEFINED = "formula.undefined", "An argument for which a function has no result.";
    MAY_BE_UNDEFINED = "formula.may-be-undefined",
        "An argument that can become one for which a function has no result.";
    OPTIONAL = "formula.optional",
        "A value that may be missing used as if it were there, or the other way round.";
    LOOP_UNBOUNDED = "formula.loop-unbounded", "A sum without an upper limit.";
    TOO_COSTLY = "formula.too-costly", "More evaluation steps than allowed.";
    TABLE_GAP = "formula.table-gap", "A table without a row for some case.";
    TABLE_OVERLAP = "formula.table-overlap", "Two rows of a table for the same case.";
    TABLE_SHAPE = "formula.table-shape", "A row or column that does not fit its table.";
    TABLE_TOO_LARGE = "formula.table-too-large",
        "A table whose completeness cannot be proved in bounds.";
    CHECK_FORM = "formula.check-form",
        "A check that misses or must not have a condition, or a weight outside 0 to 100 %.";
    SCHEDULE_FORM = "formula.schedule-form",
        "A schedule with a term that is missing, unknown or impossible.";
    CALENDAR_FORM = "formula.calendar-form",
        "A calendar with a day that is no weekday, a day listed twice, or no business day at all.";
    RATES_FORM = "formula.rates-form", "A list of rates with a date listed twice or out of order.";
    REGIME_FORM = "formula.regime-form",
        "Something that only a regime may have, or that a regime may not have.";
    EXAMPLE_FORM = "formula.example-form", "An example that misses or misuses a value.";
    NO_EXAMPLE = "formula.no-example", "A source without a single example.";
    NO_OUTPUT = "formula.no-output", "A product that declares neither a rule nor an output.";
    PRODUCT_MISMATCH = "formula.product-mismatch", "An instance of another product or version.";
    PRODUCT_INVALID = "formula.product-invalid",
        "An instance of a product that has errors, or that the instance makes invalid.";
    LOCKED = "formula.locked", "A change of something that the product has locked.";
    SET_TARGET = "formula.set-target", "Something that cannot be set, or not to this, was to be set.";
    EXCEPT_TARGET = "formula.except-target",
        "An exception to something that is neither a parameter nor calculated by the product.";
    SAME_CONDITION = "formula.same-condition", "Two exceptions under the same condition.";
    WAIVE_TARGET = "formula.waive-target",
        "A waiver of something that is no rule of the product, or without a reason.";
    NEEDS_ADD = "formula.needs-add",
        "A declaration in an instance without `add`, or one that cannot be added.";
    INSTANCE_ONLY = "formula.instance-only", "A declaration that only an instance may have.";
    NOT_RESTATED = "formula.not-restated",
        "A currency was bound anew and an amount in it was not restated.";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_in_one_style() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, title) in ALL {
            assert!(seen.insert(code), "{code} twice");
            assert!(code.starts_with("formula.") && title.ends_with('.'), "{code}");
        }
    }
}
