//! From sources to a program; an instance is laid over its product first.

mod flatten;

use std::fmt::Write;

use flatten::Overlay;
use sha2::{Digest, Sha256};

use crate::check;
use crate::diagnostic::sink::{Layer, Sink, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{InstanceHeader, OutputKind, Program};
use crate::syntax::ast::{Declaration, File, Header, Kind, Name};
use crate::syntax::parser::parse;

/// Checks a product and makes a program of it; all faults are reported at once.
pub fn compile_product(source: &str) -> Result<Program, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let Some(file) = parse(source, Layer::Product, &mut sink) else {
        return Err(diagnostics(sink, Layer::Product));
    };
    let Header::Product { name, version, title } = file.header else {
        let span = start(Layer::Product);
        let message = "a product is expected here".to_owned();
        let help = "a product begins with `product name 1.0.0 \"title\"`";
        sink.advise(span, codes::SYNTAX, message, help);
        return Err(diagnostics(sink, Layer::Product));
    };
    refuse_instance_only(&file.declarations, &mut sink);
    let about = plain(name, version, title, false);
    finish(about, &file.declarations, sink, &[source])
}

/// Checks the rule set of a legal regime and makes a program of it; see [`Program::examine`].
pub fn compile_regime(source: &str) -> Result<Program, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let Some(file) = parse(source, Layer::Product, &mut sink) else {
        return Err(diagnostics(sink, Layer::Product));
    };
    let Header::Regime { name, version, title } = file.header else {
        let message = "a regime is expected here".to_owned();
        let help = "a regime begins with `regime name 1.0.0 \"title\"`";
        sink.advise(start(Layer::Product), codes::SYNTAX, message, help);
        return Err(diagnostics(sink, Layer::Product));
    };
    refuse_instance_only(&file.declarations, &mut sink);
    for declaration in &file.declarations {
        let outside = matches!(
            declaration.kind,
            Kind::Check(_)
                | Kind::Legal { .. }
                | Kind::Rank { .. }
                | Kind::Calendar { .. }
                | Kind::Rates { .. }
                | Kind::Schedule(_)
                | Kind::TransferRule(_)
                | Kind::Output {
                    kind: OutputKind::Value | OutputKind::Token | OutputKind::Fee,
                    ..
                }
        );
        if outside {
            let message = "a regime decides about requests; it has no such declaration".to_owned();
            let help = "a regime has attributes, evidence, parameters, tables, rules and limits";
            sink.advise(declaration.span, codes::REGIME_FORM, message, help);
        }
    }
    let about = plain(name, version, title, true);
    finish(about, &file.declarations, sink, &[source])
}

fn plain(name: Name, version: Name, title: String, regime: bool) -> check::About {
    let (product, version) = (name.text, version.text);
    check::About { product, version, title, instance: None, regime }
}

/// Lays an instance over its product, checks both together and makes a program.
///
/// The diagnostics are about the instance's source. A product with errors of its own is one
/// diagnostic.
pub fn compile_instance(
    product_source: &str,
    instance_source: &str,
) -> Result<Program, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let Some(overlay) = parse(instance_source, Layer::Instance, &mut sink) else {
        return Err(diagnostics(sink, Layer::Instance));
    };
    if let Err(faults) = compile_product(product_source) {
        let first = faults.into_iter().find(Diagnostic::is_error);
        let text = first.map(|d| format!(": line {}: {}", d.line, d.message)).unwrap_or_default();
        let message = format!("the product has errors{text}");
        sink.error(start(Layer::Instance), codes::PRODUCT_INVALID, message);
        return Err(diagnostics(sink, Layer::Instance));
    }
    // Parsed a second time without its diagnostics: it has just been found free of errors.
    let product = parse(product_source, Layer::Product, &mut Sink::default());
    let Some((about, base)) = product.and_then(|file| matched(file, &overlay.header, &mut sink))
    else {
        return Err(diagnostics(sink, Layer::Instance));
    };
    let merged = Overlay { sink: &mut sink }.flatten(base, overlay.declarations);
    finish(about, &merged, sink, &[product_source, instance_source])
}

fn finish(
    about: check::About,
    declarations: &[Declaration],
    mut sink: Sink,
    sources: &[&str],
) -> Result<Program, Vec<Diagnostic>> {
    let layer = if about.instance.is_some() { Layer::Instance } else { Layer::Product };
    let ir = check::check(about, declarations, &mut sink);
    let failed = sink.has_errors();
    let list = diagnostics(sink, layer);
    match ir.filter(|_| !failed) {
        Some(ir) => Ok(Program::new(ir, declarations, list, hash(sources))),
        None => Err(list),
    }
}

/// SHA-256 over the sources with a zero byte between them.
fn hash(sources: &[&str]) -> String {
    sha256(sources.join("\0").as_bytes())
}

/// `sha256:` and the digest in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The diagnostics as being about one source: what is said about the other points at the header.
fn diagnostics(sink: Sink, about: Layer) -> Vec<Diagnostic> {
    let mut list = Vec::new();
    for (layer, diagnostic) in sink.into_list() {
        if layer == about {
            list.push(diagnostic);
        } else if diagnostic.is_error() {
            let message = format!(
                "the product does not hold with this instance: its line {}: {}",
                diagnostic.line, diagnostic.message
            );
            let code = codes::PRODUCT_INVALID;
            let header = Diagnostic { code, message, line: 1, column: 1, length: 8, ..diagnostic };
            list.insert(0, Diagnostic { replacement: None, ..header });
        }
    }
    list
}

const fn start(layer: Layer) -> Span {
    Span { layer, line: 1, column: 1, length: 8, cut: false }
}

fn refuse_instance_only(declarations: &[Declaration], sink: &mut Sink) {
    for declaration in declarations {
        let only =
            matches!(declaration.kind, Kind::Set { .. } | Kind::Except { .. } | Kind::Waive { .. });
        if declaration.added || only {
            let message = "only an instance can set, add, except or waive something".to_owned();
            sink.error(declaration.span, codes::INSTANCE_ONLY, message);
            if declaration.added && !only {
                sink.help("declare it without `add`");
                sink.replacement("");
            }
        }
    }
}

/// The header of the program and the product's declarations, if the two sources belong together.
fn matched(
    product: File,
    header: &Header,
    sink: &mut Sink,
) -> Option<(check::About, Vec<Declaration>)> {
    let Header::Product { name: base, version: base_version, .. } = product.header else {
        return None;
    };
    let Header::Instance { name, product: wanted, version, jurisdiction, title } = header else {
        let message = "this is a product, where an instance is expected".to_owned();
        let help = "an instance begins with `instance name of product 1.0.0 jurisdiction SG`";
        sink.advise(start(Layer::Instance), codes::SYNTAX, message, help);
        return None;
    };
    for (found, wanted) in [(&base, wanted), (&base_version, version)] {
        if found.text != wanted.text {
            let message = format!("the product is `{}` {}", base.text, base_version.text);
            sink.error(wanted.span, codes::PRODUCT_MISMATCH, message);
            sink.replacement(&found.text);
        }
    }
    if !is_jurisdiction(&jurisdiction.text) {
        let message = format!("`{}` is not a jurisdiction of ISO 3166", jurisdiction.text);
        let help = "write a country such as SG, or a part of one such as US-NY";
        sink.advise(jurisdiction.span, codes::UNKNOWN_COUNTRY, message, help);
    }
    let about = check::About {
        product: base.text,
        version: base_version.text,
        title: title.clone(),
        instance: Some(InstanceHeader {
            name: name.text.clone(),
            jurisdiction: jurisdiction.text.clone(),
            title: title.clone(),
        }),
        regime: false,
    };
    Some((about, product.declarations))
}

fn is_jurisdiction(text: &str) -> bool {
    let (country, part) = match text.split_once('-') {
        Some((country, part)) => (country, Some(part)),
        None => (text, None),
    };
    let part_fits = part.is_none_or(|part| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    });
    part_fits && check::is_country(country)
}
