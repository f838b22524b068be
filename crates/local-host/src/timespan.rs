//! Time spans as .NET writes them: `[d.]hh:mm:ss[.fffffff]`.

use std::time::Duration;

/// Reads a time span that is not negative.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (clock, fraction) = match text.trim().rsplit_once(':') {
        Some((head, last)) => match last.split_once('.') {
            Some((seconds, fraction)) => (format!("{head}:{seconds}"), fraction),
            None => (text.trim().to_owned(), ""),
        },
        None => return None,
    };
    let (days, clock) = match clock.split_once('.') {
        Some((days, rest)) => (number(days, u64::MAX)?, rest.to_owned()),
        None => (0, clock),
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 23)?;
    let minutes = number(parts.next()?, 59)?;
    let seconds = parts.next().map_or(Some(0), |part| number(part, 59))?;
    if parts.next().is_some() {
        return None;
    }
    let total = days
        .checked_mul(24)?
        .checked_add(hours)?
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60)?
        .checked_add(seconds)?;
    Duration::from_secs(total).checked_add(Duration::from_nanos(nanos(fraction)?))
}

fn number(text: &str, max: u64) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value: u64 = if digits { text.parse().ok()? } else { return None };
    (value <= max).then_some(value)
}

fn nanos(fraction: &str) -> Option<u64> {
    if fraction.is_empty() {
        return Some(0);
    }
    if fraction.len() > 7 {
        return None;
    }
    number(&format!("{fraction:0<9}"), 999_999_999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_dot_net_reads_them() {
        for (text, millis) in [
            ("00:00:30", Some(30_000)),
            ("00:05:00", Some(300_000)),
            ("1.02:03:04", Some(93_784_000)),
            ("00:00:00.250", Some(250)),
            ("23:59", Some(86_340_000)),
            ("24:00:00", None),
            ("00:60:00", None),
            ("00:00:60", None),
            ("-00:00:01", None),
            ("5", None),
            ("00:00:00:00", None),
            ("00:00:00.12345678", None),
            ("", None),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        }
    }
}
