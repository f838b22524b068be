//! Legal Entity Identifiers (ISO 17442): whether a text is one.

/// Whether the text is an LEI exactly as it is written: 18 capitals or digits and a check pair by
/// ISO/IEC 7064 MOD 97-10. Any pair that satisfies the check counts: most are 02 to 98, and the
/// register also holds entities with 00 and 01.
#[must_use]
pub fn is_lei(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(payload), Some(pair)) = (bytes.get(..18), bytes.get(18..)) else { return false };
    let payload_fits =
        payload.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let pair_fits = pair.len() == 2 && pair.iter().all(u8::is_ascii_digit);
    payload_fits && pair_fits && remainder(bytes) == 1
}

/// The text as a decimal number, a letter being two digits (`A` is 10, `Z` is 35), modulo 97.
fn remainder(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |rest, byte| {
        let digit = char::from(*byte).to_digit(36).unwrap_or_default();
        let shift: u32 = if digit < 10 { 10 } else { 100 };
        // At most 96 * 100 + 35.
        rest.saturating_mul(shift).saturating_add(digit).checked_rem(97).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::is_lei;

    #[test]
    fn every_check_pair_of_the_register_is_taken() {
        // Registered entities; the pairs 97 and 98, 00 and 01 have the same remainders.
        for lei in [
            "529900T8BM49AURSDO55",
            "7H6GLXDRUGQFU57RNE97",
            "315700BBRQHDWX6SHZ00",
            "31570010000000048401",
        ] {
            assert!(is_lei(lei), "{lei}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_none() {
        for text in [
            "",
            "529900T8BM49AURSDO5",
            "529900T8BM49AURSDO555",
            "529900T8BM49AURSDO56",
            "529900t8bm49aursdo55",
            "529900T8BM49AURSD055",
            "529900T8BM49AURSÖ55",
            "529900T8BM49AURSDO5A",
        ] {
            assert!(!is_lei(text), "{text}");
        }
    }
}
