//! Constraints of route parameters: `{id:int}`, `{name:alpha:maxlength(8)}`.

use uuid::Uuid;

/// One constraint on the text of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Constraint {
    Int,
    Long,
    Bool,
    Guid,
    Alpha,
    Required,
    Chars { min: usize, max: usize },
    Value { min: i64, max: i64 },
}

impl Constraint {
    /// Reads one constraint; the error says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
            None => (text, ""),
        };
        let parts: Vec<&str> = arguments.split(',').map(str::trim).collect();
        let wrong = || format!("constraint `{text}` is not supported by the local host");
        match (name.to_lowercase().as_str(), parts.as_slice()) {
            ("int", [""]) => Ok(Self::Int),
            ("long", [""]) => Ok(Self::Long),
            ("bool", [""]) => Ok(Self::Bool),
            ("guid", [""]) => Ok(Self::Guid),
            ("alpha", [""]) => Ok(Self::Alpha),
            ("required", [""]) => Ok(Self::Required),
            ("length", [exact]) => {
                let chars = exact.parse().map_err(|_| wrong())?;
                Ok(Self::Chars { min: chars, max: chars })
            }
            ("length", [min, max]) => Ok(Self::Chars {
                min: min.parse().map_err(|_| wrong())?,
                max: max.parse().map_err(|_| wrong())?,
            }),
            ("minlength", [min]) => {
                Ok(Self::Chars { min: min.parse().map_err(|_| wrong())?, max: usize::MAX })
            }
            ("maxlength", [max]) => {
                Ok(Self::Chars { min: 0, max: max.parse().map_err(|_| wrong())? })
            }
            ("min", [min]) => {
                Ok(Self::Value { min: min.parse().map_err(|_| wrong())?, max: i64::MAX })
            }
            ("max", [max]) => {
                Ok(Self::Value { min: i64::MIN, max: max.parse().map_err(|_| wrong())? })
            }
            ("range", [min, max]) => Ok(Self::Value {
                min: min.parse().map_err(|_| wrong())?,
                max: max.parse().map_err(|_| wrong())?,
            }),
            (_, _) => Err(wrong()),
        }
    }

    pub(crate) fn admits(&self, text: &str) -> bool {
        match self {
            Self::Int => text.parse::<i32>().is_ok(),
            Self::Long => text.parse::<i64>().is_ok(),
            Self::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            Self::Guid => Uuid::try_parse(text).is_ok(),
            Self::Alpha => text.bytes().all(|byte| byte.is_ascii_alphabetic()),
            Self::Required => !text.is_empty(),
            Self::Chars { min, max } => (*min..=*max).contains(&text.chars().count()),
            Self::Value { min, max } => {
                text.parse::<i64>().is_ok_and(|value| (*min..=*max).contains(&value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_admit_what_asp_net_admits() {
        for (constraint, text, admitted) in [
            ("int", "42", true),
            ("int", "-2147483648", true),
            ("int", "2147483648", false),
            ("int", "4x", false),
            ("long", "2147483648", true),
            ("bool", "TRUE", true),
            ("bool", "1", false),
            ("guid", "0e4c9e2e-6d6c-4d6b-9c3d-0d6d0a3b3c11", true),
            ("guid", "0e4c9e2e", false),
            ("alpha", "abC", true),
            ("alpha", "ab1", false),
            ("required", "", false),
            ("length(3)", "abc", true),
            ("length(3)", "abcd", false),
            ("length(2,3)", "ab", true),
            ("length(2,3)", "a", false),
            ("minlength(2)", "ab", true),
            ("minlength(2)", "a", false),
            ("maxlength(2)", "ab", true),
            ("maxlength(2)", "abc", false),
            ("min(5)", "5", true),
            ("min(5)", "4", false),
            ("max(5)", "5", true),
            ("max(5)", "6", false),
            ("range(1,3)", "3", true),
            ("range(1,3)", "0", false),
        ] {
            assert_eq!(Constraint::parse(constraint).unwrap().admits(text), admitted, "{text}");
        }
    }

    #[test]
    fn an_unknown_constraint_is_refused() {
        for text in ["regex(a)", "length(x)", "int(3)", "range(1)", ""] {
            let refusal = format!("constraint `{text}` is not supported by the local host");
            assert_eq!(Constraint::parse(text), Err(refusal));
        }
    }
}
