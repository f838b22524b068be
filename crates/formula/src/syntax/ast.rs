//! The syntax tree: what was written, with its places.

use crate::date::Date;
use crate::decimal::Dec;
use crate::diagnostic::sink::Span;
use crate::interval::Interval;
use crate::program::{Attestor, OutputKind, Side};

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// A source: header and declarations.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) header: Header,
    pub(crate) declarations: Vec<Declaration>,
}

#[derive(Clone, Debug)]
pub(crate) enum Header {
    Product { name: Name, version: Name, title: String },
    Instance { name: Name, product: Name, version: Name, jurisdiction: Name, title: String },
    Regime { name: Name, version: Name, title: String },
}

#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) kind: Kind,
    /// The first word of the declaration.
    pub(crate) span: Span,
    /// Whether it was introduced by `add`.
    pub(crate) added: bool,
    /// Whether it ends in `locked`: an instance must leave it as it is.
    pub(crate) locked: bool,
    /// What it is called for people, as in `param max_ltv "Maximum loan-to-value" : percent`.
    pub(crate) label: Option<String>,
    /// The exceptions that an instance has laid over it.
    pub(crate) exceptions: Vec<Except>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Currency {
        name: Name,
        code: Name,
    },
    Codes {
        name: Name,
        codes: Vec<Name>,
    },
    Attribute {
        name: Name,
        ty: Type,
        optional: bool,
        side: Option<Side>,
    },
    Evidence {
        name: Name,
        max_age_days: Option<u32>,
    },
    Param {
        name: Name,
        ty: Type,
        value: Expr,
    },
    Let {
        name: Name,
        ty: Option<Type>,
        value: Expr,
    },
    Rule(Rule),
    /// A rule that every transfer of the token must keep.
    TransferRule(Rule),
    Check(Check),
    Legal {
        code: Name,
        text: String,
        max_age_days: Option<u32>,
    },
    Table(Table),
    Output {
        kind: OutputKind,
        name: Name,
        ty: Type,
        value: Expr,
    },
    Rank {
        name: Name,
        value: Expr,
    },
    /// Which days are no business days: `calendar target = weekend [saturday] holidays [ … ]`
    Calendar {
        name: Name,
        days: Days,
    },
    /// Rates and the dates from which on they hold.
    Rates {
        name: Name,
        entries: Vec<DatedRate>,
    },
    Schedule(Schedule),
    Example(Example),
    Set {
        name: Name,
        value: Setting,
    },
    Except {
        name: Name,
        except: Except,
    },
    Waive {
        code: Name,
        because: Name,
    },
}

/// What an instance states anew.
#[derive(Clone, Debug)]
pub(crate) enum Setting {
    Plain(Expr),
    Calendar(Days),
    Rates(Vec<DatedRate>),
}

/// `weekend [saturday, sunday] holidays [2026-12-25]`
#[derive(Clone, Debug)]
pub(crate) struct Days {
    pub(crate) weekend: Vec<Name>,
    pub(crate) holidays: Vec<(Date, Span)>,
}

/// `| 2027-01-01 -> 3.5%`
#[derive(Clone, Debug)]
pub(crate) struct DatedRate {
    /// The row.
    pub(crate) span: Span,
    pub(crate) date: Expr,
    pub(crate) rate: Expr,
}

/// `when (condition) = value`, with the label of the exception if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Except {
    pub(crate) label: Option<String>,
    pub(crate) when: Expr,
    pub(crate) value: Expr,
    /// The word `except`.
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) code: Name,
    pub(crate) text: Name,
    pub(crate) require: Expr,
    pub(crate) when: Option<Expr>,
    /// Whether a person looks at it where it does not hold; in regimes only.
    pub(crate) review: Option<Span>,
}

/// `schedule repayment = ANN(principal: …, rate: …)`
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) name: Name,
    pub(crate) contract: Name,
    pub(crate) terms: Vec<(Name, Expr)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) code: Name,
    pub(crate) text: String,
    pub(crate) by: Attestor,
    pub(crate) weight: Expr,
    pub(crate) mandatory: bool,
    pub(crate) max_age_days: Option<u32>,
    pub(crate) require: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: Name,
    pub(crate) columns: Vec<Name>,
    pub(crate) ty: Type,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) span: Span,
    pub(crate) cells: Cells,
    pub(crate) value: Expr,
}

#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Otherwise,
    Each(Vec<Cell>),
}

#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) span: Span,
    pub(crate) kind: CellKind,
}

#[derive(Clone, Debug)]
pub(crate) enum CellKind {
    Any,
    Interval(Interval),
    OneOf(Vec<Expr>),
}

#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) text: Name,
    pub(crate) given: Vec<(Name, Expr)>,
    pub(crate) expect: Vec<Expect>,
}

#[derive(Clone, Debug)]
pub(crate) enum Expect {
    Outcome(Name),
    Reject(Name, Vec<Name>),
    Value(Name, Expr),
}

/// A type as written.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    pub(crate) kind: TypeKind,
    pub(crate) span: Span,
    pub(crate) range: Option<(Interval, Span)>,
}

#[derive(Clone, Debug)]
pub(crate) enum TypeKind {
    Integer,
    Decimal,
    Percent,
    Boolean,
    Text,
    Date,
    Country,
    Currency,
    Named(Name),
    SetOf(Box<TypeKind>),
    Money(Name),
    Fx(Name, Name),
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    /// How many levels of expressions it holds, itself included.
    pub(crate) depth: usize,
}

impl Expr {
    /// A number that is written out, with its sign, and whether it is a percentage.
    pub(crate) fn written_number(&self) -> Option<(Dec, bool)> {
        let (inner, negative) =
            if let ExprKind::Negate(inner) = &self.kind { (&**inner, true) } else { (self, false) };
        let ExprKind::Number { value, percent } = inner.kind else { return None };
        Some((if negative { value.negated() } else { value }, percent))
    }
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Number {
        value: Dec,
        percent: bool,
    },
    Text(String),
    Date(Date),
    Boolean(bool),
    Name(String),
    Set(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Between(Box<Expr>, Box<Ends>),
    Within(Box<Expr>, Box<Expr>),
    /// `name else default`
    Otherwise(Box<Expr>, Box<Expr>),
    Call(Name, Vec<Expr>),
    Sum(Box<Sum>),
}

#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) low: Expr,
    pub(crate) low_closed: bool,
    pub(crate) high: Expr,
    pub(crate) high_closed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Sum {
    pub(crate) variable: Name,
    pub(crate) low: Expr,
    pub(crate) high: Expr,
    pub(crate) body: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Operator {
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }
}
