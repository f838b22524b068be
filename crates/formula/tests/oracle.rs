//! The number kernel against libdecnumber, the reference implementation of IEEE 754 decimal
//! arithmetic: at least a million random pairs for every operation, and ten million in
//! `cargo xtask bench --oracle`.
//!
//! A result must be that of decimal128. Where this kernel reports a fault instead, the decimal128
//! result must lie outside what it can hold: more than 34 digits before the point, or more than
//! 96 behind it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a generator of random numbers cuts and wraps on purpose"
)]

#[path = "fuzz/random.rs"]
mod random;
#[path = "oracle/tally.rs"]
mod tally;

use dec::{Context, Decimal, Decimal128};
use poa_formula::{Dec, DecFault, Rounding};
use random::Random;
use tally::{Tally, expected};

/// Pairs per operation.
const PAIRS: u64 = 1_000_000;

/// Pairs per operation of the long run.
const MANY: u64 = 10_000_000;

impl Random {
    fn digits(&mut self, count: u32) -> u128 {
        let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
        wide % 10_u128.pow(count)
    }

    /// A coefficient of the kind that goes wrong: all nines, a power of ten, a tie, or any.
    fn coefficient(&mut self) -> u128 {
        let count = 1 + self.below(34) as u32;
        match self.below(10) {
            0 => 10_u128.pow(count) - 1,
            1 => 10_u128.pow(count - 1),
            2 => 10_u128.pow(count - 1) + u128::from(self.below(2)),
            3 => self.digits(count) / 10 * 10 + 5,
            4 => 5 * 10_u128.pow(count - 1),
            5 => self.digits(34),
            6 => u128::from(self.below(1000)),
            _ => self.digits(count),
        }
    }

    /// A number as its two forms.
    fn number(&mut self) -> (Dec, Decimal128) {
        let coefficient = self.coefficient();
        let scale = match self.below(8) {
            0 | 1 => 0,
            2 | 3 => self.below(4) as u32,
            4 | 5 => self.below(35) as u32,
            6 => 90 + self.below(7) as u32,
            _ => self.below(97) as u32,
        };
        let coefficient = coefficient as i128;
        number(if self.below(2) == 0 { -coefficient } else { coefficient }, scale)
    }

    /// A base in its two forms and an exponent.
    fn power(&mut self) -> (Dec, Decimal128, i32) {
        let (base, their_base) = match self.below(3) {
            // Growth and discount factors, as in practice.
            0 => number(i128::from(1_000_000 + self.below(500_000)), 6),
            1 => number(self.digits(12) as i128, self.below(13) as u32),
            _ => self.number(),
        };
        let exponent = match self.below(4) {
            0 => self.below(7) as i32 - 3,
            1 => self.below(481) as i32,
            2 => -(self.below(481) as i32),
            _ => self.below(41) as i32 - 20,
        };
        (base, their_base, exponent)
    }

    /// A partner that makes ties and cancellations likely.
    fn partner(&mut self, of: Dec) -> (Dec, Decimal128) {
        match self.below(6) {
            0 => number(of.to_i128().unwrap_or(5), self.below(35) as u32),
            1 => number(of.unscaled() + i128::from(self.below(3)) - 1, of.scale()),
            _ => self.number(),
        }
    }
}

fn number(unscaled: i128, scale: u32) -> (Dec, Decimal128) {
    let Ok(ours) = Dec::from_scaled(unscaled, scale) else { return number(7, 0) };
    let mut context = Context::<Decimal128>::default();
    let whole = context.from_i128(unscaled);
    let shift = Decimal128::from(-(scale as i32));
    (ours, context.scaleb(whole, shift))
}

fn parts(value: Dec) -> (i128, u32) {
    (value.unscaled(), value.scale())
}

/// Notes a result beside that of libdecnumber.
fn agree(
    tally: &mut Tally,
    (a, b): (Dec, &dyn std::fmt::Display),
    ours: Result<Dec, DecFault>,
    theirs: Decimal128,
) {
    let expected = expected(theirs);
    let equal = match (&ours, &expected) {
        (Ok(ours), Some(expected)) => parts(*ours) == *expected,
        (Err(DecFault::Overflow | DecFault::Underflow | DecFault::DivisionByZero), None) => true,
        _ => false,
    };
    tally.note(&ours, equal, || format!("{a} and {b}: {ours:?}, libdecnumber says {expected:?}"));
}

fn compare_operation(
    (seed, pairs): (u64, u64),
    ours: fn(Dec, Dec) -> Result<Dec, DecFault>,
    theirs: fn(&mut Context<Decimal128>, Decimal128, Decimal128) -> Decimal128,
) -> Tally {
    let mut random = Random::new(seed);
    let mut context = Context::<Decimal128>::default();
    let mut tally = Tally::default();
    // Faults are compared too, but only results are counted.
    while tally.pairs < pairs {
        let (a, their_a) = random.number();
        let (b, their_b) = random.partner(a);
        let theirs = theirs(&mut context, their_a, their_b);
        agree(&mut tally, (a, &b), ours(a, b), theirs);
    }
    assert!(tally.large > pairs / 1_000, "{} results near the overflow", tally.large);
    assert!(tally.small > pairs / 1_000, "{} results near the underflow", tally.small);
    tally
}

fn compare_order(seed: u64, pairs: u64) -> Tally {
    let mut random = Random::new(seed);
    let mut context = Context::<Decimal128>::default();
    let mut tally = Tally::default();
    for _ in 0..pairs {
        let (a, their_a) = random.number();
        let (b, their_b) = random.partner(a);
        let theirs = context.partial_cmp(their_a, their_b);
        let equal =
            Some(a.cmp(&b)) == theirs && (a == b) == (theirs == Some(std::cmp::Ordering::Equal));
        tally.note(&Ok(a), equal, || format!("{a} and {b}"));
    }
    tally
}

fn compare_rounding(seed: u64, pairs: u64) -> Tally {
    let modes = [
        (Rounding::HalfEven, dec::Rounding::HalfEven),
        (Rounding::HalfUp, dec::Rounding::HalfUp),
        (Rounding::HalfDown, dec::Rounding::HalfDown),
        (Rounding::Up, dec::Rounding::Up),
        (Rounding::Down, dec::Rounding::Down),
        (Rounding::Floor, dec::Rounding::Floor),
        (Rounding::Ceiling, dec::Rounding::Ceiling),
    ];
    let mut random = Random::new(seed);
    let mut context = Context::<Decimal128>::default();
    let mut tally = Tally::default();
    let per_mode = u64::try_from(modes.len()).unwrap();
    while tally.pairs + tally.refused < pairs * per_mode {
        let (value, theirs) = random.number();
        // Near the last digit most often, where something is cut off.
        let scale = value.scale();
        let places = match random.below(3) {
            0 => random.below(97) as u32,
            1 => scale.saturating_sub(1 + random.below(3) as u32),
            _ => random.below(u64::from(scale) + 1) as u32,
        };
        let (_, quantum) = number(1, places);
        // Quantizing gives no result where it would need more than 34 digits; then nothing is
        // cut off either. Only numbers that lose a digit are counted.
        if places >= scale {
            let kept = modes.iter().all(|(mode, _)| value.round(places, *mode) == Ok(value));
            tally.expect(kept, || format!("{value} to {places} places"));
            continue;
        }
        let up = value.round(places, Rounding::HalfUp);
        tally.ties += u64::from(up != value.round(places, Rounding::HalfDown)) * per_mode;
        for (mode, their_mode) in modes {
            let ours = value.round(places, mode);
            context.set_rounding(their_mode);
            agree(&mut tally, (value, &mode), ours, context.quantize(theirs, quantum));
        }
    }
    assert!(tally.ties > pairs / 100, "{} ties", tally.ties);
    tally
}

/// A power is exact where it can be, and otherwise within one unit of its 34th digit. The
/// reference is libdecnumber with 72 digits, rounded to 34.
fn compare_powers(seed: u64, pairs: u64) -> Tally {
    let mut random = Random::new(seed);
    let mut wide = Context::<Decimal<30>>::default();
    wide.set_precision(72).unwrap();
    let mut narrow = Context::<Decimal128>::default();
    let (mut different, mut tally) = (0_u64, Tally::default());
    while tally.pairs < pairs {
        let (base, their_base, exponent) = random.power();
        let ours = base.checked_pow(i128::from(exponent));
        if base.is_zero() {
            tally.expect(ours.is_ok() == (exponent > 0), || format!("{base} ** {exponent}"));
            continue;
        }
        let mut reference = Decimal::<30>::from(their_base);
        wide.pow(&mut reference, &Decimal::<30>::from(exponent));
        let reference = narrow.from_decimal(&reference);
        // A power of a number that is not zero is not zero: decimal128 itself has given up.
        let held = expected(reference).filter(|(unscaled, _)| *unscaled != 0);
        let close = match (&ours, held) {
            (Err(_), None) => true,
            (Ok(ours), held) => {
                let correct = held == Some(parts(*ours));
                different += u64::from(!correct);
                correct || within_one_unit(*ours, reference)
            }
            // One unit away lies a number with 34 digits that are too far behind the point.
            (Err(fault), Some(_)) => *fault == DecFault::Underflow && last_place(reference) < -96,
        };
        tally.note(&ours, close, || format!("{base} ** {exponent}: {ours:?}, not {reference}"));
    }
    assert!(different < pairs / 1_000, "{different} of {pairs} are not correctly rounded");
    tally
}

/// The exponent of the 34th digit of a number.
fn last_place(value: Decimal128) -> i32 {
    value.exponent() + value.digits() as i32 - 34
}

/// Whether a number lies at most one unit of the 34th digit from the reference.
fn within_one_unit(ours: Dec, reference: Decimal128) -> bool {
    let mut context = Context::<Decimal128>::default();
    let (_, theirs) = number(ours.unscaled(), ours.scale());
    let difference = context.sub(theirs, reference);
    let distance = context.abs(difference);
    let unit = context.scaleb(Decimal128::ONE, Decimal128::from(last_place(reference)));
    let order = context.partial_cmp(distance, unit);
    !reference.is_zero() && order.is_some_and(std::cmp::Ordering::is_le)
}

/// Numbers on both sides of every place where the kernel takes another way: the lengths of limbs,
/// of a step of a division, and of what 34, 38 and 76 digits can hold.
fn edges() -> Vec<(Dec, Decimal128)> {
    let mut coefficients: Vec<i128> = vec![0, 2, 3, 5, 6, 7, 12, 15, 25, 75, 125, 360, 365, 512];
    for exponent in [0, 1, 2, 16, 17, 18, 19, 20, 32, 33, 34] {
        let power = 10_i128.pow(exponent);
        coefficients.extend([power - 1, power, power + 1, power / 2 * 5]);
    }
    for bits in [31, 32, 62, 63, 64, 65, 112] {
        coefficients.extend([(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
    }
    coefficients.retain(|coefficient| *coefficient < 10_i128.pow(34));
    coefficients.sort_unstable();
    coefficients.dedup();
    let scales = [0, 1, 2, 18, 19, 20, 33, 34, 37, 38, 39, 75, 76, 77, 95, 96];
    let all = coefficients.iter().flat_map(|c| scales.iter().map(move |scale| (*c, *scale)));
    let signed = all.flat_map(|(c, scale)| [number(c, scale), number(-c, scale)]);
    let mut edges: Vec<(Dec, Decimal128)> = signed.collect();
    edges.sort_by_key(|(ours, _)| *ours);
    edges.dedup_by_key(|(ours, _)| *ours);
    edges
}

#[test]
fn the_edges_of_every_way_are_those_of_decimal128() {
    let edges = edges();
    let mut context = Context::<Decimal128>::default();
    let mut tally = Tally::default();
    for (a, their_a) in &edges {
        for (b, their_b) in &edges {
            let (sum, difference) = (a.checked_add(*b), a.checked_sub(*b));
            let pair: (Dec, &dyn std::fmt::Display) = (*a, b);
            agree(&mut tally, pair, sum, context.add(*their_a, *their_b));
            agree(&mut tally, pair, difference, context.sub(*their_a, *their_b));
            agree(&mut tally, pair, a.checked_mul(*b), context.mul(*their_a, *their_b));
            agree(&mut tally, pair, a.checked_div(*b), context.div(*their_a, *their_b));
            assert_eq!(Some(a.cmp(b)), context.partial_cmp(*their_a, *their_b), "{a} and {b}");
        }
    }
    tally.settle();
    assert!(edges.len() > 1_500, "{} numbers", edges.len());
}

type Theirs = fn(&mut Context<Decimal128>, Decimal128, Decimal128) -> Decimal128;

fn compare_sums(seed: u64, pairs: u64) -> Tally {
    compare_operation((seed, pairs), Dec::checked_add, Context::<Decimal128>::add as Theirs)
}

fn compare_differences(seed: u64, pairs: u64) -> Tally {
    compare_operation((seed, pairs), Dec::checked_sub, Context::<Decimal128>::sub as Theirs)
}

fn compare_products(seed: u64, pairs: u64) -> Tally {
    compare_operation((seed, pairs), Dec::checked_mul, Context::<Decimal128>::mul as Theirs)
}

fn compare_quotients(seed: u64, pairs: u64) -> Tally {
    compare_operation((seed, pairs), Dec::checked_div, Context::<Decimal128>::div as Theirs)
}

#[test]
fn sums_are_those_of_decimal128() {
    compare_sums(1, PAIRS).settle();
}

#[test]
fn differences_are_those_of_decimal128() {
    compare_differences(2, PAIRS).settle();
}

#[test]
fn products_are_those_of_decimal128() {
    compare_products(3, PAIRS).settle();
}

#[test]
fn quotients_are_those_of_decimal128() {
    compare_quotients(4, PAIRS).settle();
}

#[test]
fn comparisons_are_those_of_decimal128() {
    compare_order(5, PAIRS).settle();
}

#[test]
fn every_way_of_rounding_is_that_of_decimal128() {
    compare_rounding(6, PAIRS).settle();
}

#[test]
fn powers_are_within_one_unit_of_the_last_digit() {
    compare_powers(20, PAIRS).settle();
}

type Comparison = fn(u64, u64) -> Tally;

/// Other numbers than those of the ordinary run.
#[test]
#[ignore = "takes minutes; run by `cargo xtask bench --oracle`"]
fn ten_million_of_each_are_those_of_decimal128() {
    let runs: [(&str, Comparison); 7] = [
        ("add", compare_sums),
        ("subtract", compare_differences),
        ("multiply", compare_products),
        ("divide", compare_quotients),
        ("compare", compare_order),
        ("round x 7", compare_rounding),
        ("power", compare_powers),
    ];
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let run =
            |(seed, (_, run)): (u64, (&str, Comparison))| scope.spawn(move || run(seed, MANY));
        let threads: Vec<_> = (101..).zip(runs).map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("{}", Tally::head());
    for ((name, _), tally) in runs.iter().zip(&tallies) {
        println!("{}", tally.line(name));
    }
    tallies.iter().for_each(Tally::settle);
}
