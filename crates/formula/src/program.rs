//! A checked, executable program, and what can be learned about it without running it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Dec;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::sink::Layer;
use crate::ir::{Ir, Ty};
use crate::money::Currency;
use crate::syntax::ast::{Declaration, Kind};
use crate::{canonical, schema};

/// A product, or a product adapted by an instance, that has passed every check.
///
/// It never changes; share it in an `Arc`.
#[derive(Clone)]
pub struct Program {
    pub(crate) ir: Ir,
    /// The flattened declarations, without examples.
    pub(crate) declarations: Arc<[Declaration]>,
    attributes: Vec<Attribute>,
    outputs: Vec<OutputDecl>,
    warnings: Vec<Diagnostic>,
    source_hash: String,
    formula_hash: String,
}

/// What an instance says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstanceHeader {
    /// The name of the instance.
    pub name: String,
    /// ISO 3166-1 alpha-2 (`SG`) or ISO 3166-2 (`US-NY`).
    pub jurisdiction: String,
    /// The title for people.
    pub title: String,
}

/// One value that a request must bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attribute {
    /// The name, which is also the member of the data object.
    pub name: String,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The type in the words of the language, such as `money home`.
    pub type_text: String,
    /// Whether it may be missing.
    pub optional: bool,
    /// The only side that brings it; absent where both do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// The range in the words of the language, such as `1 .. 480`.
    pub range: Option<String>,
}

/// The side of a deal that a request stands on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FormulaSide")]
pub enum Side {
    /// Brings an asset.
    Originator,
    /// Brings capital or another resource.
    Supplier,
}

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Originator, Self::Supplier];

    /// The word for it in formulas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Originator => "originator",
            Self::Supplier => "supplier",
        }
    }
}

/// A rule of the product that an instance has waived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Waiver {
    /// The code of the rule.
    pub code: String,
    /// Why it is waived.
    pub because: String,
}

/// One document that a request must bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The name.
    pub name: String,
    /// How many days after its issue it is still good.
    pub max_age_days: Option<u32>,
}

/// Who states that a check is satisfied.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Attestor {
    /// The program itself, from the data.
    Internal,
    /// An outside verifier, oracle or sensor.
    Verifier,
    /// An auditor.
    Auditor,
}

/// One check of the validation or audit link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// The stable code.
    pub code: String,
    /// What is checked.
    pub text: String,
    /// Who states it.
    pub by: Attestor,
    /// The part of the value that is lost when an optional check is not satisfied, 0 to 1.
    pub weight: Dec,
    /// Whether the value is zero when it is not satisfied.
    pub mandatory: bool,
    /// How many days an attestation is good.
    pub max_age_days: Option<u32>,
}

/// One document that a legal officer must sign off; always mandatory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Legal {
    /// The stable code.
    pub code: String,
    /// What the document is.
    pub text: String,
    /// How many days a sign-off is good.
    pub max_age_days: Option<u32>,
}

/// What an output is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A value of the asset, such as `valuation`.
    Value,
    /// A property of the token, such as `units` and `decimals`.
    Token,
    /// A fee.
    Fee,
    /// A limit that holds for the token.
    Limit,
    /// The order in which the Instance Switcher names instances; higher comes first.
    Rank,
}

/// One result that the program calculates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutputDecl {
    /// The name.
    pub name: String,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is for.
    pub kind: OutputKind,
    /// The type in the words of the language.
    pub type_text: String,
    /// The currency of an amount, unless an attribute names it.
    pub currency: Option<Currency>,
}

impl Program {
    pub(crate) fn new(
        ir: Ir,
        declarations: &[Declaration],
        warnings: Vec<Diagnostic>,
        source_hash: String,
    ) -> Self {
        let kept = declarations.iter().filter(|found| !matches!(found.kind, Kind::Example(_)));
        let declarations = kept.cloned().collect();
        let attributes = ir.asked().iter().map(|attribute| describe(&ir, attribute)).collect();
        let outputs = ir.named.iter().filter_map(|named| output(&ir, named)).collect();
        let formula_hash = canonical::formula_hash(&ir);
        Self { ir, declarations, attributes, outputs, warnings, source_hash, formula_hash }
    }

    /// The name of the product.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.ir.product
    }

    /// The version of the product, such as `1.2.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.ir.version
    }

    /// The title of the instance, or of the product when there is no instance.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.ir.title
    }

    /// The header of the instance, if the program has one.
    #[must_use]
    pub const fn instance(&self) -> Option<&InstanceHeader> {
        self.ir.instance.as_ref()
    }

    /// SHA-256 of the source bytes (`sha256:` and 64 hexadecimal digits). With an instance: of
    /// the product's bytes, a zero byte, and the instance's bytes.
    #[must_use]
    pub fn source_hash(&self) -> &str {
        &self.source_hash
    }

    /// SHA-256 of the RFC 8785 form of [`Program::ir`]: what the program does, not how it is
    /// written.
    #[must_use]
    pub fn formula_hash(&self) -> &str {
        &self.formula_hash
    }

    /// The flattened, resolved program as JSON.
    #[must_use]
    pub fn ir(&self) -> serde_json::Value {
        canonical::json(&self.ir)
    }

    /// The values that a request must bring, `as_of` included where it is declared.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// JSON Schema (2020-12) of the data object of a request.
    #[must_use]
    pub fn attributes_json_schema(&self) -> serde_json::Value {
        schema::of_attributes(&self.ir)
    }

    /// The documents that a request must bring.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.ir.evidence
    }

    /// The checks of the validation and audit links.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.ir.checks
    }

    /// The documents of the legal link.
    #[must_use]
    pub fn legal(&self) -> &[Legal] {
        &self.ir.legal
    }

    /// The rules of the product that the instance has waived, with its reasons.
    #[must_use]
    pub fn waivers(&self) -> &[Waiver] {
        &self.ir.waivers
    }

    /// The results, in the order of their declaration.
    #[must_use]
    pub fn outputs(&self) -> &[OutputDecl] {
        &self.outputs
    }

    /// The currency that a name such as `home` is bound to.
    #[must_use]
    pub fn bound_currency(&self, name: &str) -> Option<Currency> {
        self.ir.currencies.iter().find(|(known, _)| known == name).map(|(_, currency)| *currency)
    }

    /// Whether the program declares `attribute as_of : date`, which the pipeline supplies.
    #[must_use]
    pub const fn needs_as_of(&self) -> bool {
        self.ir.as_of.is_some()
    }

    /// The most steps that an evaluation can take, proved when the program was checked.
    #[must_use]
    pub const fn steps_bound(&self) -> u64 {
        self.ir.steps
    }

    /// What the checker found worth looking at.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

impl Attestor {
    /// The word for it in formulas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Verifier => "verifier",
            Self::Auditor => "auditor",
        }
    }

    pub(crate) fn from_name(word: &str) -> Option<Self> {
        [Self::Internal, Self::Verifier, Self::Auditor].into_iter().find(|by| by.name() == word)
    }
}

impl OutputKind {
    /// The word for it in formulas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Token => "token",
            Self::Fee => "fee",
            Self::Limit => "limit",
            Self::Rank => "rank",
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Program")
            .field("product", &self.ir.product)
            .field("version", &self.ir.version)
            .field("instance", &self.ir.instance)
            .field("formula_hash", &self.formula_hash)
            .finish_non_exhaustive()
    }
}

fn describe(ir: &Ir, attribute: &crate::ir::Attribute) -> Attribute {
    Attribute {
        name: attribute.name.clone(),
        label: attribute.label.clone(),
        type_text: ir.type_text(attribute.ty),
        optional: attribute.optional,
        side: attribute.side,
        range: attribute.range.map(|range| range.to_string()),
    }
}

fn output(ir: &Ir, named: &crate::ir::Named) -> Option<OutputDecl> {
    let currency = match named.ty {
        Ty::Money { currency, .. } => ir.bound(currency),
        Ty::Integer
        | Ty::Decimal
        | Ty::Percent
        | Ty::Boolean
        | Ty::Text
        | Ty::Date
        | Ty::Country
        | Ty::Currency
        | Ty::Codes(_)
        | Ty::Set(_)
        | Ty::Fx(..) => None,
    };
    Some(OutputDecl {
        name: named.name.clone(),
        label: named.label.clone(),
        kind: named.output?,
        type_text: ir.type_text(named.ty),
        currency,
    })
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Product or instance.
    pub layer: Layer,
    /// The line in that source, counted from 1.
    pub line: u32,
}
