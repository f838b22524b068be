//! The resolved program: names are slots, types are known, expressions lie in three arenas.

mod nodes;
mod terms;

use crate::decimal::Dec;
use crate::diagnostic::sink::Layer;
use crate::interval::Interval;
use crate::money::Currency;
use crate::program::{Check, Evidence, InstanceHeader, Legal, OutputKind, Side, Waiver};

pub(crate) use nodes::{Bool, Code, Compare, Key, Num, Places, SetRef};
pub(crate) use terms::{Calculated, Constants, DatedRates, Given, NamedCalendar, Schedule, Term};

/// A currency known by name: declared in the source, or held by an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ccy {
    Declared(usize),
    Attribute(usize),
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Integer,
    Decimal,
    Percent,
    Boolean,
    Text,
    Date,
    Country,
    Currency,
    Codes(usize),
    Set(Element),
    Money { currency: Ccy, rounded: bool },
    Fx(Ccy, Ccy),
}

/// What a set can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Text,
    Date,
    Country,
    Currency,
    Codes(usize),
}

impl Element {
    pub(crate) const fn ty(self) -> Ty {
        match self {
            Self::Text => Ty::Text,
            Self::Date => Ty::Date,
            Self::Country => Ty::Country,
            Self::Currency => Ty::Currency,
            Self::Codes(list) => Ty::Codes(list),
        }
    }
}

impl Ty {
    /// Integer, decimal or percent.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Percent)
    }

    /// The element type of which a set could consist.
    pub(crate) const fn element(self) -> Option<Element> {
        match self {
            Self::Text => Some(Element::Text),
            Self::Date => Some(Element::Date),
            Self::Country => Some(Element::Country),
            Self::Currency => Some(Element::Currency),
            Self::Codes(list) => Some(Element::Codes(list)),
            Self::Integer
            | Self::Decimal
            | Self::Percent
            | Self::Boolean
            | Self::Set(_)
            | Self::Money { .. }
            | Self::Fx(..) => None,
        }
    }
}

/// A plain value: numbers in one form, everything countable as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Number(Dec),
    /// Codes by position, texts by pool position, dates by day, countries and currencies packed.
    Key(i64),
    Boolean(bool),
    /// Position in the pool of constant sets.
    Set(usize),
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    Currency(usize),
    Codes(usize),
    Attribute(usize),
    Evidence(usize),
    Param(usize),
    Named(usize),
    Calendar(usize),
    Rates(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) ty: Ty,
    pub(crate) range: Option<Interval>,
    pub(crate) optional: bool,
    /// The only side that brings it.
    pub(crate) side: Option<Side>,
}

impl Attribute {
    /// Whether a request can come without it.
    pub(crate) const fn may_be_missing(&self) -> bool {
        self.optional || self.side.is_some()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) ty: Ty,
    pub(crate) range: Option<Interval>,
    pub(crate) value: Literal,
    pub(crate) locked: bool,
    /// Where it is calculated, if an instance has laid exceptions over it.
    pub(crate) named: Option<usize>,
}

/// A `let`, a table, an output, or a parameter with exceptions.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) ty: Ty,
    pub(crate) body: Body,
    pub(crate) output: Option<OutputKind>,
    pub(crate) place: Place,
    pub(crate) locked: bool,
    /// Where one of them applies, it takes the place of the body.
    pub(crate) exceptions: Vec<Exception>,
}

/// `except … when (…) = …`
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) label: Option<String>,
    pub(crate) when: usize,
    pub(crate) value: Code,
    /// What the value must lie in, where the checker could not prove it.
    pub(crate) range: Option<Interval>,
    pub(crate) place: Place,
}

/// The layer and line of a declaration.
pub(crate) type Place = (Layer, u32);

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Expression(Code),
    Table(Table),
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Code>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// One per column; none at all for `otherwise`.
    pub(crate) cells: Vec<Cell>,
    pub(crate) value: Code,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Any,
    Interval(Interval),
    Numbers(Vec<Dec>),
    Keys(Vec<i64>),
    Booleans(Vec<bool>),
}

/// A message with places for values.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Value(Entry),
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) code: String,
    pub(crate) message: Vec<Part>,
    pub(crate) require: usize,
    pub(crate) when: Option<usize>,
    pub(crate) locked: bool,
    /// Whether a person looks at it where it does not hold.
    pub(crate) review: bool,
    pub(crate) place: Place,
    /// The attributes that the rule depends on, through names too.
    pub(crate) attributes: Vec<usize>,
    /// The parameters and named values that the rule itself mentions.
    pub(crate) values: Vec<Entry>,
}

/// A worked example, with its data in the form that requests have.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) line: u32,
    pub(crate) data: serde_json::Map<String, serde_json::Value>,
    pub(crate) as_of: Option<crate::date::Date>,
    pub(crate) evidence: std::collections::BTreeMap<String, crate::date::Date>,
    pub(crate) outcome: Option<ExpectedOutcome>,
    pub(crate) values: Vec<(usize, Literal)>,
}

#[derive(Clone, Debug)]
pub(crate) enum ExpectedOutcome {
    Eligible,
    Incomplete,
    Error,
    Rejected(Vec<String>),
}

/// Everything that a program is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ir {
    pub(crate) product: String,
    pub(crate) version: String,
    pub(crate) title: String,
    pub(crate) instance: Option<InstanceHeader>,
    /// Whether it is a set of rules of a legal regime.
    pub(crate) regime: bool,
    pub(crate) currencies: Vec<(String, Currency)>,
    pub(crate) code_lists: Vec<(String, Vec<String>)>,
    pub(crate) attributes: Vec<Attribute>,
    /// How many of the attributes a request is asked for; the others are facts of a transfer.
    pub(crate) asked: usize,
    pub(crate) evidence: Vec<Evidence>,
    /// Where each evidence is declared.
    pub(crate) evidence_places: Vec<Place>,
    pub(crate) params: Vec<Param>,
    pub(crate) named: Vec<Named>,
    pub(crate) rules: Vec<Rule>,
    /// What transfers of the token must keep; their facts are the attributes from `asked` on.
    pub(crate) transfer_rules: Vec<Rule>,
    pub(crate) calendars: Vec<NamedCalendar>,
    pub(crate) rates: Vec<DatedRates>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) checks: Vec<Check>,
    /// The condition of each check that is internal, in the order of `checks`.
    pub(crate) conditions: Vec<Option<usize>>,
    /// Where each check is declared.
    pub(crate) check_places: Vec<Place>,
    pub(crate) legal: Vec<Legal>,
    pub(crate) waivers: Vec<Waiver>,
    pub(crate) examples: Vec<Example>,
    pub(crate) nums: Vec<Num>,
    pub(crate) bools: Vec<Bool>,
    pub(crate) keys: Vec<Key>,
    pub(crate) texts: Vec<String>,
    pub(crate) sets: Vec<(Element, Vec<i64>)>,
    /// How many loop counters can be in use at once.
    pub(crate) locals: usize,
    pub(crate) as_of: Option<usize>,
    /// The proved bound of evaluation steps.
    pub(crate) steps: u64,
}

impl Ir {
    /// The attributes that a request is asked for.
    pub(crate) fn asked(&self) -> &[Attribute] {
        self.attributes.get(..self.asked).unwrap_or(&self.attributes)
    }

    /// The currency that a name is bound to, unless an attribute holds it.
    pub(crate) fn bound(&self, currency: Ccy) -> Option<Currency> {
        match currency {
            Ccy::Declared(index) => self.currencies.get(index).map(|(_, currency)| *currency),
            Ccy::Attribute(_) => None,
        }
    }

    /// The name of a currency.
    pub(crate) fn currency_name(&self, currency: Ccy) -> &str {
        match currency {
            Ccy::Declared(index) => self.currencies.get(index).map(|(name, _)| name.as_str()),
            Ccy::Attribute(index) => self.attributes.get(index).map(|a| a.name.as_str()),
        }
        .unwrap_or_default()
    }

    /// The code list's name and codes.
    pub(crate) fn list(&self, index: usize) -> Option<&(String, Vec<String>)> {
        self.code_lists.get(index)
    }

    /// A type in the words of the language.
    pub(crate) fn type_text(&self, ty: Ty) -> String {
        match ty {
            Ty::Integer => "integer".to_owned(),
            Ty::Decimal => "decimal".to_owned(),
            Ty::Percent => "percent".to_owned(),
            Ty::Boolean => "boolean".to_owned(),
            Ty::Text => "text".to_owned(),
            Ty::Date => "date".to_owned(),
            Ty::Country => "country".to_owned(),
            Ty::Currency => "currency".to_owned(),
            Ty::Codes(list) => self.list(list).map(|(name, _)| name.clone()).unwrap_or_default(),
            Ty::Set(element) => format!("set of {}", self.type_text(element.ty())),
            Ty::Money { currency, .. } => format!("money {}", self.currency_name(currency)),
            Ty::Fx(from, to) => {
                format!("fx {} -> {}", self.currency_name(from), self.currency_name(to))
            }
        }
    }

    /// The name behind an entry.
    pub(crate) fn entry_name(&self, entry: Entry) -> &str {
        match entry {
            Entry::Currency(index) => self.currencies.get(index).map(|(name, _)| name.as_str()),
            Entry::Codes(index) => self.list(index).map(|(name, _)| name.as_str()),
            Entry::Attribute(index) => self.attributes.get(index).map(|a| a.name.as_str()),
            Entry::Evidence(index) => self.evidence.get(index).map(|e| e.name.as_str()),
            Entry::Param(index) => self.params.get(index).map(|p| p.name.as_str()),
            Entry::Named(index) => self.named.get(index).map(|n| n.name.as_str()),
            Entry::Calendar(index) => self.calendars.get(index).map(|c| c.name.as_str()),
            Entry::Rates(index) => self.rates.get(index).map(|r| r.name.as_str()),
        }
        .unwrap_or_default()
    }
}
