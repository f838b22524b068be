//! The codes of all diagnostics, with what they mean and what can be done: the only list of them.

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $help:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// Every code with what it means and what can be done about it, in the order of the
        /// reference.
        pub const ALL: &[(&str, &str, &str)] = &[$(($code, $title, $help)),*];
    };
}

codes! {
    SOURCE_TOO_LONG = "formula.source-too-long",
        "The source is longer than 64 KiB.",
        "split the product, or state long lists once as `codes`";
    CHARACTER = "formula.character",
        "A character that the language does not use.",
        "take the character out, or put it into quotes";
    TEXT_OPEN = "formula.text-open",
        "A text does not end on its line.",
        "put a closing quote at the end of the text; a text stands on one line";
    TEXT_TOO_LONG = "formula.text-too-long",
        "A text is longer than 4 KiB.",
        "shorten the text";
    NUMBER = "formula.number",
        "A number, date or version that cannot be read.",
        "write a number as 1_000.25, a date as 2026-11-22, a version as 1.0.0";
    SYNTAX = "formula.syntax",
        "The next word does not fit here.",
        "compare with the examples of the language guide";
    TOO_DEEP = "formula.too-deep",
        "Expressions nest too deeply.",
        "give a part of it a name with `let`";
    TOO_MANY = "formula.too-many",
        "More declarations, attributes, rows or members than allowed.",
        "take some out; the language guide tells the limits";
    AMBIGUOUS_POWER = "formula.ambiguous-power",
        "A power that needs parentheses to be read one way.",
        "put the part that is meant first in parentheses";
    RESERVED_NAME = "formula.reserved-name",
        "A word of the language used as a name.",
        "choose another name";
    DUPLICATE_NAME = "formula.duplicate-name",
        "A name or code that is declared twice.",
        "give one of the two another name, or take it out";
    UNKNOWN_NAME = "formula.unknown-name",
        "A name that is not declared.",
        "declare it, or use a name that is declared";
    UNKNOWN_CODE = "formula.unknown-code",
        "A rule or check code that is not declared.",
        "use the code of a rule, check or document that is declared";
    UNKNOWN_TYPE = "formula.unknown-type",
        "A type that does not exist.",
        "use integer, decimal, percent, boolean, text, date, country, currency, money, fx, a code list or a set of them";
    UNKNOWN_CURRENCY = "formula.unknown-currency",
        "A currency outside ISO 4217, or a currency name that is not declared.",
        "write a code of ISO 4217 such as EUR, or the name of a declared currency";
    UNKNOWN_COUNTRY = "formula.unknown-country",
        "A country or jurisdiction outside ISO 3166.",
        "write two capital letters, such as SG";
    UNKNOWN_FUNCTION = "formula.unknown-function",
        "A function that does not exist.",
        "use a function of the language guide";
    UNKNOWN_PLACEHOLDER = "formula.unknown-placeholder",
        "A `{name}` in a message that names no value.",
        "name an attribute, parameter or calculated value; write `{{` for a brace";
    CYCLE = "formula.cycle",
        "Names that are defined by each other.",
        "let one of them be calculated without the others";
    TYPE = "formula.type",
        "A value of one type where another is needed.",
        "use a value of the type that is needed here";
    ARGUMENTS = "formula.arguments",
        "A function called with the wrong arguments.",
        "call it as the language guide shows";
    CURRENCY_MIX = "formula.currency-mix",
        "Money of two currencies in one operation.",
        "convert first, with `convert(amount, rate)`";
    UNROUNDED_MONEY = "formula.unrounded-money",
        "Money that may lie off the grid of its currency where it must not.",
        "round it: `round(amount, currency, half_even)`";
    MONEY_LITERAL = "formula.money-literal",
        "An amount of money written outside a parameter.",
        "declare a parameter for the amount and name it here";
    OFF_GRID = "formula.off-grid",
        "An amount with more decimal places than its currency.",
        "write as many decimal places as the currency has";
    NOT_CONSTANT = "formula.not-constant",
        "A parameter or table cell that is not a plain value.",
        "write a plain value, and calculate with `let`";
    RANGE = "formula.range",
        "A value outside its range, or a range that is empty or misplaced.",
        "use a value within the range, or another range";
    DIVISOR_ZERO = "formula.divisor-zero",
        "A divisor that is always zero.",
        "divide by something that is not zero";
    DIVISOR_MAY_BE_ZERO = "formula.divisor-may-be-zero",
        "A divisor that can become zero.",
        "give the divisor a range without zero, or ask first: `if x != 0 then … else …`";
    UNDEFINED = "formula.undefined",
        "An argument for which a function has no result.",
        "use an argument for which the function has a result";
    MAY_BE_UNDEFINED = "formula.may-be-undefined",
        "An argument that can become one for which a function has no result.",
        "give the argument a range for which the function has a result";
    OPTIONAL = "formula.optional",
        "A value that may be missing used as if it were there, or the other way round.",
        "say what stands in for it, `name else default`, or ask with `present(name)`";
    LOOP_UNBOUNDED = "formula.loop-unbounded",
        "A sum without an upper limit.",
        "give the attribute in its limits a range such as `in 1 .. 480`";
    TOO_COSTLY = "formula.too-costly",
        "More evaluation steps than allowed.",
        "lower the upper limits of the sums, or sum less often";
    TABLE_GAP = "formula.table-gap",
        "A table without a row for some case.",
        "add a row for the case, or `otherwise` as the last row";
    TABLE_OVERLAP = "formula.table-overlap",
        "Two rows of a table for the same case.",
        "narrow the cells of one of the two rows";
    TABLE_SHAPE = "formula.table-shape",
        "A row or column that does not fit its table.",
        "give each row one cell for each column, of the type of the column";
    TABLE_TOO_LARGE = "formula.table-too-large",
        "A table whose completeness cannot be proved in bounds.",
        "use fewer columns, fewer boundaries, or two tables";
    CHECK_FORM = "formula.check-form",
        "A check that misses or must not have a condition, or a weight outside 0 to 100 %.",
        "an internal check has a condition (`require`), others have none; weights lie in 0% .. 100%";
    SCHEDULE_FORM = "formula.schedule-form",
        "A schedule with a term that is missing, unknown or impossible.",
        "the language guide lists the terms of a schedule";
    CALENDAR_FORM = "formula.calendar-form",
        "A calendar with a day that is no weekday, a day listed twice, or no business day at all.",
        "write a calendar as `weekend [saturday, sunday] holidays [2026-12-25]`";
    RATES_FORM = "formula.rates-form",
        "A list of rates with a date listed twice or out of order.",
        "list each date once, the earliest first";
    REGIME_FORM = "formula.regime-form",
        "Something that only a regime may have, or that a regime may not have.",
        "a regime has attributes, evidence, parameters, tables, rules and limits";
    EXAMPLE_FORM = "formula.example-form",
        "An example that misses or misuses a value.",
        "give every attribute that is not optional, and expect an outcome or the value of a name";
    NO_EXAMPLE = "formula.no-example",
        "A source without a single example.",
        "add an `example` with data and what is expected of them";
    NO_OUTPUT = "formula.no-output",
        "A product that declares neither a rule nor an output.",
        "declare a rule, or an output such as `value`";
    PRODUCT_MISMATCH = "formula.product-mismatch",
        "An instance of another product or version.",
        "name the product and the version that the instance is laid over";
    PRODUCT_INVALID = "formula.product-invalid",
        "An instance of a product that has errors, or that the instance makes invalid.",
        "correct the product first, or what the instance changes in it";
    LOCKED = "formula.locked",
        "A change of something that the product has locked.",
        "leave it as the product has it";
    SET_TARGET = "formula.set-target",
        "Something that cannot be set, or not to this, was to be set.",
        "only parameters, calendars and rates can be set";
    EXCEPT_TARGET = "formula.except-target",
        "An exception to something that is neither a parameter nor calculated by the product.",
        "an exception is made to a parameter, or to what the product calculates";
    SAME_CONDITION = "formula.same-condition",
        "Two exceptions under the same condition.",
        "join the two, or make their conditions exclude each other";
    WAIVE_TARGET = "formula.waive-target",
        "A waiver of something that is no rule of the product, or without a reason.",
        "name a rule of the product and give a reason: `waive CODE because …`";
    NEEDS_ADD = "formula.needs-add",
        "A declaration in an instance without `add`, or one that cannot be added.",
        "put `add` before it, if an instance can add it";
    INSTANCE_ONLY = "formula.instance-only",
        "A declaration that only an instance may have.",
        "move it to an instance, or declare it without `add`";
    NOT_RESTATED = "formula.not-restated",
        "A currency was bound anew and an amount in it was not restated.",
        "restate the amount with `set`";
}

/// What can be done about it where nothing more particular is known.
pub(crate) fn help(code: &str) -> &'static str {
    ALL.iter().find(|(known, ..)| *known == code).map_or("", |(_, _, help)| help)
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_in_one_style() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, title, help) in ALL {
            assert!(seen.insert(code), "{code} twice");
            assert!(code.starts_with("formula.") && title.ends_with('.'), "{code}");
            assert!(!help.is_empty() && !help.ends_with('.'), "{code}");
        }
    }
}
