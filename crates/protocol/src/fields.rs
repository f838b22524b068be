//! Collects what is wrong with the fields of a request, so that one refusal names all of it.

use crate::{
    refusal::{Fault, Refusal},
    request::RequestRefusal,
};
use celes::Country;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Fields {
    faults: Vec<Fault>,
}

impl Fields {
    /// Notes a fault.
    pub fn fault(&mut self, pointer: &str, code: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(pointer, code, message));
    }

    /// Notes a fault unless the condition holds.
    pub fn demand(&mut self, holds: bool, pointer: &str, code: &str, message: &str) {
        if !holds {
            self.fault(pointer, code, message);
        }
    }

    /// Keeps what was parsed, or notes why it was not.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        pointer: &str,
        code: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(pointer, code, fault.to_string());
                None
            }
        }
    }

    /// A text for people: 1 to `bytes_max` bytes, no control characters, no space around it.
    pub fn text(&mut self, pointer: &str, text: &str, bytes_max: usize) {
        if text.is_empty() || text.trim() != text {
            self.fault(pointer, "text.empty", "a text is expected, without space around it");
        } else if text.len() > bytes_max {
            self.fault(pointer, "text.too-long", format!("at most {bytes_max} bytes are allowed"));
        } else if text.chars().any(char::is_control) {
            self.fault(pointer, "text.control", "control characters are not allowed");
        }
    }

    /// An ISO 3166-1 alpha-2 code in capitals.
    pub fn country(&mut self, pointer: &str, code: &str) {
        self.demand(
            is_country(code),
            pointer,
            "country.unknown",
            "an ISO 3166-1 alpha-2 code in capitals is expected, for example `SG`",
        );
    }

    /// A list with at most so many entries.
    pub fn at_most(&mut self, pointer: &str, count: usize, count_max: usize) {
        if count > count_max {
            let message = format!("at most {count_max} entries are allowed");
            self.fault(pointer, "list.too-long", message);
        }
    }

    /// The refusal that names every fault, if there is one.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let refusal = RequestRefusal::Invalid { count: self.faults.len() };
        Err(Refusal::from(refusal).with_faults(self.faults))
    }
}

/// Whether this is an ISO 3166-1 alpha-2 code in capitals.
#[must_use]
pub fn is_country(code: &str) -> bool {
    let capitals = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    // The list is asked in capitals only: it reads lower case too.
    capitals && Country::from_alpha2(code).is_ok()
}

/// A GUID in lower case, or `None` where the text is none.
#[must_use]
pub fn guid(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split('-').collect();
    let hexadecimal = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shape: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let fits = shape == [8, 4, 4, 4, 12] && groups.iter().all(hexadecimal);
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Fields, guid, is_country};

    #[test]
    fn every_fault_is_named_at_once() {
        let mut fields = Fields::default();
        fields.text("/name", "", 4);
        fields.text("/title", "12345", 4);
        fields.text("/note", "a\u{7}", 4);
        fields.text("/good", "1234", 4);
        fields.country("/country", "ZZ");
        let refusal = fields.finish().unwrap_err();
        let pointers: Vec<_> = refusal.faults.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/title", "/note", "/country"]);
        assert_eq!(refusal.code, "request.invalid");
    }

    #[test]
    fn countries_are_iso_3166_in_capitals() {
        for code in ["SG", "DE", "US", "GB"] {
            assert!(is_country(code), "{code}");
        }
        for code in ["", "sg", "S", "SGP", "ZZ", "XX", "Ä", "D3"] {
            assert!(!is_country(code), "{code}");
        }
    }

    #[test]
    fn guids_are_read_in_either_case() {
        let lower = "8f14e45f-ceea-467f-9a3c-0123456789ab";
        assert_eq!(guid(&lower.to_uppercase()).as_deref(), Some(lower));
        for text in
            ["", "8f14e45f", "8f14e45fceea467f9a3c0123456789ab", "g", &lower.replace('8', "x")]
        {
            assert_eq!(guid(text), None, "{text}");
        }
    }
}
