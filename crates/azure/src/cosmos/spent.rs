//! What the service charged, for the meter of the caller.

use azure_data_cosmos::diagnostics::DiagnosticsContext;
use poa_operations::cost::{self, Cost};

/// Adds what one operation cost, its repetitions included.
pub(super) fn count(diagnostics: &DiagnosticsContext) {
    cost::spend(Cost {
        request_units_hundredths: hundredths(diagnostics.total_request_charge().value()),
        store_operations: u64::try_from(diagnostics.request_count()).unwrap_or(u64::MAX),
        ..Cost::default()
    });
}

/// The charge comes as a binary fraction, with at most two decimals that mean something.
fn hundredths(charge: f64) -> u64 {
    let text = format!("{charge:.2}");
    text.replace('.', "").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn a_charge_is_counted_to_the_hundredth() {
        for (charge, counted) in
            [(0.0, 0), (1.0, 100), (4.95, 495), (0.005, 1), (10.294, 1_029), (-1.0, 0)]
        {
            assert!(hundredths(charge).abs_diff(counted) <= 1, "{charge}: {}", hundredths(charge));
        }
        assert_eq!(hundredths(f64::NAN), 0);
        assert_eq!(hundredths(123.45), 12_345);
    }
}
