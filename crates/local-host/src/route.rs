//! Route templates and how paths match them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::constraint::Constraint;

/// A route template: `products/{code}/versions/{number:int?}`, `files/{*rest}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

/// Values of the route's parameters, decoded.
pub(crate) type Params = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Param { name: String, constraints: Vec<Constraint>, absent: Absent },
    Rest { name: String },
}

/// What a parameter does at the end of a path that lacks it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Absent {
    Refused,
    Allowed,
    Default(String),
}

impl Template {
    /// Reads a template; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with(['/', '~']) {
            return Err(format!("route `{text}` must not start with `/` or `~`"));
        }
        let mut parts = Vec::new();
        for segment in text.split('/').filter(|segment| !segment.is_empty()) {
            if matches!(parts.last(), Some(Part::Rest { .. })) {
                return Err(format!("route `{text}` goes on after its catch-all"));
            }
            let part = Part::parse(segment).map_err(|why| format!("route `{text}`: {why}"))?;
            let optional_before = parts.last().is_some_and(Part::may_be_absent);
            if optional_before && !part.may_be_absent() {
                return Err(format!("route `{text}`: only the end of a route may be optional"));
            }
            parts.push(part);
        }
        let template = Self { parts };
        let names = template.names();
        match names.iter().find(|name| names.iter().filter(|other| other == name).count() > 1) {
            Some(name) => Err(format!("route `{text}` names `{name}` twice")),
            None => Ok(template),
        }
    }

    /// Puts a prefix of literal segments in front.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        let literals = prefix.split('/').filter(|segment| !segment.is_empty());
        let literals = literals.map(|segment| Part::Literal(segment.to_lowercase()));
        self.parts = literals.chain(self.parts).collect();
        self
    }

    /// Whether the first segment is this literal.
    pub(crate) fn starts_with(&self, literal: &str) -> bool {
        matches!(self.parts.first(), Some(Part::Literal(first)) if first == literal)
    }

    /// Whether the two answer exactly the same paths.
    pub(crate) fn same_paths(&self, other: &Self) -> bool {
        let alike = |(one, two): (&Part, &Part)| match (one, two) {
            (Part::Literal(one), Part::Literal(two)) => one == two,
            (Part::Param { constraints: one, .. }, Part::Param { constraints: two, .. }) => {
                one == two
            }
            (Part::Rest { .. }, Part::Rest { .. }) => true,
            (Part::Literal(_) | Part::Param { .. } | Part::Rest { .. }, _) => false,
        };
        self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(alike)
    }

    /// The more specific template first: literal, constrained, free, catch-all.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        let ranks = |template: &Self| template.parts.iter().map(Part::rank).collect::<Vec<_>>();
        ranks(self).cmp(&ranks(other)).then(other.parts.len().cmp(&self.parts.len()))
    }

    /// The parameters of a raw path that matches. Literals match without regard to case; one
    /// slash at the end does not count.
    pub(crate) fn matches(&self, path: &str) -> Option<Params> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut rest = (!path.is_empty()).then_some(path);
        let mut params = Params::new();
        for part in &self.parts {
            match part {
                Part::Rest { name } => {
                    params.insert(name.clone(), decode(rest.unwrap_or_default()));
                    return Some(params);
                }
                Part::Literal(literal) => {
                    let (segment, after) = split(rest?);
                    if decode(segment).to_lowercase() != *literal {
                        return None;
                    }
                    rest = after;
                }
                Part::Param { name, constraints, absent } => match (rest, absent) {
                    (Some(path), _) => {
                        let (segment, after) = split(path);
                        let value = decode(segment);
                        let admitted = constraints.iter().all(|rule| rule.admits(&value));
                        if value.is_empty() || !admitted {
                            return None;
                        }
                        params.insert(name.clone(), value);
                        rest = after;
                    }
                    (None, Absent::Refused) => return None,
                    (None, Absent::Allowed) => {}
                    (None, Absent::Default(value)) => {
                        params.insert(name.clone(), value.clone());
                    }
                },
            }
        }
        rest.is_none().then_some(params)
    }

    fn names(&self) -> Vec<&str> {
        let name = |part| match part {
            &Part::Literal(_) => None,
            Part::Param { name, .. } | Part::Rest { name } => Some(name.as_str()),
        };
        self.parts.iter().filter_map(name).collect()
    }
}

impl Part {
    fn parse(segment: &str) -> Result<Self, String> {
        let Some(inner) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return if segment.contains(['{', '}', '?']) {
                Err(format!("segment `{segment}` mixes text and parameters"))
            } else {
                Ok(Self::Literal(segment.to_lowercase()))
            };
        };
        if let Some(name) = inner.strip_prefix('*') {
            return Ok(Self::Rest { name: param_name(name.trim_start_matches('*'))? });
        }
        let (inner, absent) = match inner.split_once('=') {
            Some((inner, value)) => (inner, Absent::Default(value.to_owned())),
            None => match inner.strip_suffix('?') {
                Some(inner) => (inner, Absent::Allowed),
                None => (inner, Absent::Refused),
            },
        };
        let (name, rules) = inner.split_once(':').unwrap_or((inner, ""));
        let rules = rules.split(':').filter(|_| inner.contains(':'));
        let constraints = rules.map(Constraint::parse).collect::<Result<_, _>>()?;
        Ok(Self::Param { name: param_name(name)?, constraints, absent })
    }

    fn may_be_absent(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Param { absent, .. } => *absent != Absent::Refused,
            Self::Rest { .. } => true,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Param { constraints, .. } if constraints.is_empty() => 2,
            Self::Param { .. } => 1,
            Self::Rest { .. } => 3,
        }
    }
}

fn param_name(name: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not the name of a parameter"))
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(segment, rest)| (segment, Some(rest)))
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(template: &str, path: &str) -> Option<String> {
        let template = Template::parse(template).unwrap().under("api");
        let shown = |(name, value): (&String, &String)| format!("{name}={value}");
        let params = template.matches(path)?;
        Some(params.iter().map(shown).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn paths_match_as_in_asp_net() {
        for (template, path, expected) in [
            ("health", "/api/health", Some("")),
            ("health", "/API/Health/", Some("")),
            ("health", "/api/health/x", None),
            ("health", "/health", None),
            ("p/{id}", "/api/p/7", Some("id=7")),
            ("p/{id}", "/api/p/a%20b", Some("id=a b")),
            ("p/{id}", "/api/p", None),
            ("p/{id}", "/api/p//", None),
            ("p/{id?}", "/api/p", Some("")),
            ("p/{id=5}", "/api/p", Some("id=5")),
            ("p/{id:int}", "/api/p/7", Some("id=7")),
            ("p/{id:int}", "/api/p/x", None),
            ("p/{id:int:max(5)}", "/api/p/6", None),
            ("f/{*rest}", "/api/f/a/../b%2Fc", Some("rest=a/../b/c")),
            ("f/{*rest}", "/api/f", Some("rest=")),
            ("f/{**rest}", "/api/f/a", Some("rest=a")),
        ] {
            assert_eq!(params(template, path).as_deref(), expected, "{template} {path}");
        }
    }

    #[test]
    fn bad_templates_are_refused_with_a_reason() {
        for (template, reason) in [
            ("/a", "route `/a` must not start with `/` or `~`"),
            ("{*a}/b", "route `{*a}/b` goes on after its catch-all"),
            ("{a?}/b", "route `{a?}/b`: only the end of a route may be optional"),
            ("{a}/{a}", "route `{a}/{a}` names `a` twice"),
            ("x{a}", "route `x{a}`: segment `x{a}` mixes text and parameters"),
            ("{}", "route `{}`: `` is not the name of a parameter"),
            (
                "{a:regex(x)}",
                "route `{a:regex(x)}`: constraint `regex(x)` is not supported by the local host",
            ),
        ] {
            assert_eq!(Template::parse(template), Err(reason.to_owned()));
        }
    }

    #[test]
    fn the_more_specific_template_goes_first() {
        let mut all = ["{*rest}", "p/{id}", "p/{id:int}", "p/new", "p/{id}/x"]
            .map(|text| (Template::parse(text).unwrap(), text));
        all.sort_by(|one, two| one.0.precedence(&two.0));
        let order = all.map(|(_, text)| text);
        assert_eq!(order, ["p/new", "p/{id:int}", "p/{id}", "p/{id}/x", "{*rest}"]);
    }
}
