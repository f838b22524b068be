//! Refusals: coded answers that say what was wrong, what to do, and whether trying again may help.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What kind of answer a refusal is. The edge turns it into a status code, and nobody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request cannot be read.
    Malformed,
    /// Nobody valid is asking.
    Unauthenticated,
    /// Somebody valid is asking for what is not theirs to do.
    Forbidden,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// The method does not exist on this path.
    MethodNotAllowed,
    /// The present state does not allow it.
    Conflict,
    /// The caller's revision is not the present one.
    Stale,
    /// The caller must name the revision that it changes.
    PreconditionMissing,
    /// A named size limit is exceeded.
    TooLarge,
    /// The media type is not read here.
    UnsupportedMedia,
    /// The request was read and breaks a rule.
    Unprocessable,
    /// A rate or amount limit is reached.
    TooMany,
    /// A part that is needed does not answer now.
    Unavailable,
    /// The program itself is at fault.
    Internal,
}

/// One fault of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// Where in the request body, as an RFC 6901 JSON pointer.
    pub pointer: String,
    /// Stable code of the fault.
    pub code: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Fault {
    /// A fault at a pointer.
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), message: message.into() }
    }
}

/// A refusal as it leaves the rules: everything that the edge needs to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable code, `module.what`.
    pub code: &'static str,
    /// What kind of answer it is.
    pub kind: Kind,
    /// Whether the very same request may succeed later.
    pub retryable: bool,
    /// What was wrong, with the caller's own words in backticks.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
    /// Faults per field, when the refusal is about fields.
    pub faults: Vec<Fault>,
    /// Further structured facts, for example formula diagnostics or alternatives.
    pub details: Option<Value>,
}

impl Refusal {
    /// Adds faults per field.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }

    /// Adds structured facts.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// One row of docs/refusals.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalDoc {
    /// Stable code.
    pub code: &'static str,
    /// What kind of answer it is.
    pub kind: Kind,
    /// Whether the very same request may succeed later.
    pub retryable: bool,
    /// When it happens and why.
    pub explanation: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

/// Declares one refusal enum of a rule module: code, kind, whether it may pass, message and help
/// stand in one place,
/// and `DOCS` lists them for docs/refusals.md.
///
/// ```
/// poa_protocol::refusals! {
///     /// Why a lamp refuses.
///     LampRefusal {
///         /// The lamp is already lit.
///         Lit { room: String } = "lamp.lit", Conflict, lasting,
///             "the lamp in `{room}` is lit", "put it out first";
///     }
/// }
/// let refusal = poa_protocol::refusal::Refusal::from(LampRefusal::Lit { room: "hall".into() });
/// assert_eq!(refusal.message, "the lamp in `hall` is lit");
/// ```
#[macro_export]
macro_rules! refusals {
    (
        $(#[$enum_meta:meta])*
        $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $variant:ident $({ $($field:ident : $type:ty),+ $(,)? })?
                    = $code:literal, $kind:ident, $passing:ident, $message:literal, $help:literal;
            )+
        }
    ) => {
        $(#[$enum_meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $(
                $(#[doc = $doc])+
                $variant $({
                    $(
                        #[doc = concat!("The ", stringify!($field), " that the message names.")]
                        $field : $type
                    ),+
                })?,
            )+
        }

        impl $name {
            /// Every refusal of this module, for docs/refusals.md.
            pub const DOCS: &'static [$crate::refusal::RefusalDoc] = &[
                $($crate::refusal::RefusalDoc {
                    code: $code,
                    kind: $crate::refusal::Kind::$kind,
                    retryable: $crate::refusals!(@$passing),
                    explanation: concat!($($doc, "\n"),+),
                    help: $help,
                }),+
            ];

            /// The stable code.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => $code),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $($field),+ })? => write!(f, $message)),+
                }
            }
        }

        impl std::error::Error for $name {}

        impl From<$name> for $crate::refusal::Refusal {
            fn from(refusal: $name) -> Self {
                let message = refusal.to_string();
                let code = refusal.code();
                let (kind, retryable, help) = match refusal {
                    $($name::$variant $({ $($field: _),+ })? => (
                        $crate::refusal::Kind::$kind,
                        $crate::refusals!(@$passing),
                        $help,
                    )),+
                };
                Self { code, kind, retryable, message, help, faults: Vec::new(), details: None }
            }
        }
    };
    (@lasting) => { false };
    (@passing) => { true };
}
