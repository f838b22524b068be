//! The Smart Asset formula language: pure, no I/O.
//!
//! A product is a text that declares what it needs to know (attributes, evidence), what it
//! demands (rules, checks, legal documents) and what it calculates (values, token units, fees,
//! limits). [`compile_product`] checks it and makes a [`Program`]; [`compile_instance`] lays the
//! text of an instance over it first. [`Program::read_inputs`] checks the data of a request,
//! [`Program::evaluate`] decides and explains.

mod canonical;
mod check;
mod date;
mod decimal;
pub mod diagnostic;
mod diff;
mod evaluation;
mod example;
mod format;
mod inputs;
mod interval;
mod ir;
pub mod limits;
mod money;
mod overlay;
mod program;
mod regime;
mod run;
pub mod schedule;
mod schema;
mod syntax;
mod transfer;
mod value;
mod wire;

pub use date::{Date, NoSuchDate};
pub use decimal::{DIGITS_MAX, Dec, DecFault, EXPONENT_MAX, Rounding, SCALE_MAX};
pub use diagnostic::sink::Layer;
pub use diagnostic::{Diagnostic, Severity};
pub use diff::{Change, ChangeKind, Diff};
pub use evaluation::{Evaluation, Outcome, Output, Payment, PaymentSchedule, Reason, TraceStep};
pub use example::ExampleResult;
pub use format::format_source;
pub use inputs::{InputFault, Inputs};
pub use money::{Currency, Money, MoneyFault};
pub use overlay::{compile_instance, compile_product, compile_regime};
pub use program::{
    Attestor, Attribute, Check, Evidence, InstanceHeader, Legal, Origin, OutputDecl, OutputKind,
    Program, Side, Waiver,
};
pub use regime::{Examination, Finding, Verdict};
pub use run::Scratch;
pub use transfer::{Holder, Transfer, TransferDecision};
pub use value::{Fx, Value};
