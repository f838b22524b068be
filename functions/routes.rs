//! Routes: which functions a path has. One fold over the table; a look-up walks the segments once.

use crate::trigger::{Http, Method, On, Trigger};
use percent_encoding::percent_decode_str;
use poa_operations::failure::Failure;
use poa_protocol::request::RequestRefusal;
use std::collections::BTreeMap;

/// Every path below `/api/`.
#[derive(Debug, Default)]
pub struct Routes {
    top: Node,
}

/// One HTTP function with its name and the names of its route parameters.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub http: &'static Http,
    parameters: Vec<&'static str>,
}

/// What stands at a path.
#[derive(Debug)]
pub struct Found<'r> {
    functions: &'r [Function],
    values: Vec<String>,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<&'static str, Node>,
    /// What comes where no literal leads to a function.
    parameter: Option<Box<Node>>,
    functions: Vec<Function>,
}

impl Routes {
    /// The routes of a table.
    #[must_use]
    pub fn of(table: impl IntoIterator<Item = &'static Trigger>) -> Self {
        table.into_iter().fold(Self::default(), |mut routes, trigger| {
            if let On::Http(http) = &trigger.on {
                routes.add(trigger.name, http);
            }
            routes
        })
    }

    fn add(&mut self, name: &'static str, http: &'static Http) {
        let mut parameters = Vec::new();
        let mut node = &mut self.top;
        for segment in http.route.split('/') {
            node = match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(parameter) => {
                    parameters.push(parameter);
                    node.parameter.get_or_insert_default()
                }
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.functions.push(Function { name, http, parameters });
    }

    /// What stands at a path below `/api/`, which is still percent-encoded.
    pub fn find(&self, path: &str) -> Result<Found<'_>, Failure> {
        let segments: Vec<String> = path.split('/').map(decoded).collect::<Result<_, _>>()?;
        let mut values = Vec::new();
        match self.top.walk(&segments, &mut values) {
            Some(node) => Ok(Found { functions: &node.functions, values }),
            None => Err(RequestRefusal::NoSuchPath { path: format!("/api/{path}") }.into()),
        }
    }
}

impl Node {
    fn walk(&self, segments: &[String], values: &mut Vec<String>) -> Option<&Self> {
        let Some((first, rest)) = segments.split_first() else {
            return (!self.functions.is_empty()).then_some(self);
        };
        let literal = self.literals.get(first.as_str());
        if let Some(node) = literal.and_then(|literal| literal.walk(rest, values)) {
            return Some(node);
        }
        let parameter = self.parameter.as_ref().filter(|_| !first.is_empty())?;
        values.push(first.clone());
        let found = parameter.walk(rest, values);
        if found.is_none() {
            values.pop();
        }
        found
    }
}

impl Found<'_> {
    /// The function with this method.
    #[must_use]
    pub fn function(&self, method: Method) -> Option<&Function> {
        self.functions.iter().find(|function| function.http.method == method)
    }

    /// The value of the header `Allow`.
    #[must_use]
    pub fn allow(&self) -> String {
        let mut methods = vec!["OPTIONS"];
        for function in self.functions {
            methods.push(function.http.method.as_str());
            if function.http.method == Method::Get {
                methods.push("HEAD");
            }
        }
        methods.sort_unstable();
        methods.join(", ")
    }

    /// The route parameters of a function.
    #[must_use]
    pub fn parameters(&self, function: &Function) -> BTreeMap<&'static str, String> {
        function.parameters.iter().copied().zip(self.values.iter().cloned()).collect()
    }
}

/// Percent-decoded text.
pub(crate) fn decoded(text: &str) -> Result<String, Failure> {
    let malformed = || {
        let what = "the URL is not percent-encoded UTF-8".to_owned();
        Failure::from(RequestRefusal::Malformed { what })
    };
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    // The decoder lets a stray `%` through; RFC 3986 does not.
    let whole = text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        let mut digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        digit() && digit()
    });
    if !whole {
        return Err(malformed());
    }
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::{Routes, decoded};
    use crate::{
        call::Call,
        trigger::{Http, Method, Served, Trigger},
    };
    use poa_operations::{desk::Desk, failure::Failure};

    fn serve(_: Desk, _: Call) -> Served {
        Box::pin(async { Err(Failure::broken("never served here")) })
    }

    static TABLE: [Trigger; 5] = [
        Http::get::<()>("things", "", serve).row("list-things"),
        Http::create::<(), ()>("things", "", serve).row("create-thing"),
        Http::get::<()>("things/{id}", "", serve).row("read-thing"),
        Http::get::<()>("things/{code}/parts/{part}", "", serve).row("read-part"),
        Http::get::<()>("things/special/parts", "", serve).row("list-special-parts"),
    ];

    fn name(path: &str, method: Method) -> Option<&'static str> {
        let routes = Routes::of(&TABLE);
        let found = routes.find(path).ok()?;
        found.function(method).map(|function| function.name)
    }

    #[test]
    fn a_path_and_a_method_lead_to_one_function() {
        for (path, method, expected) in [
            ("things", Method::Get, Some("list-things")),
            ("things", Method::Post, Some("create-thing")),
            ("things", Method::Put, None),
            ("things/7", Method::Get, Some("read-thing")),
            ("things/special", Method::Get, Some("read-thing")),
            ("things/special/parts", Method::Get, Some("list-special-parts")),
            ("things/special/parts/1", Method::Get, Some("read-part")),
            ("things/", Method::Get, None),
            ("things/7/", Method::Get, None),
            ("things/7/parts", Method::Get, None),
            ("", Method::Get, None),
            ("Things", Method::Get, None),
        ] {
            assert_eq!(name(path, method), expected, "{path}");
        }
    }

    #[test]
    fn parameters_have_the_names_of_their_function_and_are_decoded() {
        let routes = Routes::of(&TABLE);
        let found = routes.find("things/a%2Fb/parts/%C3%A9").unwrap();
        let parameters = found.parameters(found.function(Method::Get).unwrap());
        assert_eq!(parameters["code"], "a/b");
        assert_eq!(parameters["part"], "é");
    }

    #[test]
    fn a_path_tells_its_methods() {
        let routes = Routes::of(&TABLE);
        assert_eq!(routes.find("things").unwrap().allow(), "GET, HEAD, OPTIONS, POST");
    }

    #[test]
    fn what_is_not_percent_encoded_utf_8_is_refused() {
        for text in ["%", "a%2", "%zz", "%ff", "%C3", "%2%30"] {
            assert_eq!(decoded(text).unwrap_err().refusal().code, "request.malformed", "{text}");
        }
        assert_eq!(decoded("a%20b").unwrap(), "a b");
    }
}
