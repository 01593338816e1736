//! Numbers as far as they can be told for certain.
//!
//! In: literals and known values. Out: [`Number`], exact where decimal arithmetic is exact, and a value
//! with an error bound otherwise, so that a comparison is decided only where the bound allows it. `None`
//! stands for "cannot be told": overflow, division by zero (a run-time error), odd powers.

use std::cmp::Ordering;

/// The digits that a binary fraction of JSON keeps for sure.
const F64_DIGITS: usize = 15;
/// More decimal places than this are no longer kept exactly.
const MAX_SCALE: u32 = 30;
/// The platform's own rounding starts far beyond this share of the value.
const ROUNDING: f64 = 1e-12;

/// A known number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// `mantissa / 10^scale`
    Exact { mantissa: i128, scale: u32 },
    /// Within `error` of `value`.
    About { value: f64, error: f64 },
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::exact(i128::from(value), 0)
    }
}

impl Number {
    fn exact(mantissa: i128, scale: u32) -> Self {
        Self(Kind::Exact { mantissa, scale })
    }

    fn about(value: f64, error: f64) -> Option<Self> {
        let error = error + value.abs() * ROUNDING;
        (value.is_finite() && error.is_finite()).then_some(Self(Kind::About { value, error }))
    }

    /// Reads `12`, `-0.40` … : digits, optionally a point and digits. No exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return None;
        }
        let fraction = if digits.contains('.') { fraction } else { "" };
        let scale = u32::try_from(fraction.len()).ok()?;
        let mut mantissa = Some(0_i128);
        for byte in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa
                .and_then(|sum| sum.checked_mul(10))
                .and_then(|sum| sum.checked_add(i128::from(byte - b'0')));
        }
        match mantissa {
            Some(mantissa) if scale <= MAX_SCALE => Some(Self::exact(
                if negative { -mantissa } else { mantissa },
                scale,
            )),
            _ => text
                .parse()
                .ok()
                .and_then(|value: f64| Self::about(value, 0.0)),
        }
    }

    /// A number of JSON. Binary fractions with more digits than they can keep count as inexact.
    pub fn from_json(number: &serde_json::Number) -> Option<Self> {
        let text = number.to_string();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        match Self::parse(&text) {
            Some(exact) if number.is_i64() || number.is_u64() || digits <= F64_DIGITS + 1 => {
                Some(exact)
            }
            _ => number.as_f64().and_then(|value| Self::about(value, 0.0)),
        }
    }

    /// The value as a binary fraction, and how far off it may be.
    fn bounds(self) -> (f64, f64) {
        match self.0 {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the loss is inside the error bound"
            )]
            Kind::Exact { mantissa, scale } => {
                let value = mantissa as f64 / 10_f64.powi(i32::try_from(scale).unwrap_or(i32::MAX));
                (value, value.abs() * ROUNDING)
            }
            Kind::About { value, error } => (value, error),
        }
    }

    /// The whole number, where it is exactly one and was not written with decimal places.
    pub fn whole(self) -> Option<i128> {
        let (mantissa, scale) = self.parts()?;
        (scale == 0).then_some(mantissa)
    }

    /// Mantissa and scale of an exact number.
    fn parts(self) -> Option<(i128, u32)> {
        match self.0 {
            Kind::Exact { mantissa, scale } => Some((mantissa, scale)),
            Kind::About { .. } => None,
        }
    }

    /// The mantissas of two exact numbers at one scale, and that scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let ((one, places), (two, other_places)) = self.parts().zip(other.parts())?;
        let scale = places.max(other_places);
        Some((
            widen(one, scale - places)?,
            widen(two, scale - other_places)?,
            scale,
        ))
    }

    /// Which is greater; `None` where both may be.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if let Some((one, two, _)) = self.aligned(other) {
            return Some(one.cmp(&two));
        }
        let ((one, one_error), (two, two_error)) = (self.bounds(), other.bounds());
        // Twice the bound, for the rounding of this comparison itself.
        if (one - two).abs() > 2.0 * (one_error + two_error) {
            one.partial_cmp(&two)
        } else {
            None
        }
    }

    /// `-x`
    pub fn negate(self) -> Option<Self> {
        match self.0 {
            Kind::Exact { mantissa, scale } => {
                mantissa.checked_neg().map(|m| Self::exact(m, scale))
            }
            Kind::About { value, error } => Self::about(-value, error),
        }
    }

    /// `x + y`
    pub fn plus(self, other: Self) -> Option<Self> {
        if let Some((one, two, scale)) = self.aligned(other)
            && let Some(sum) = one.checked_add(two)
        {
            return Some(Self::exact(sum, scale));
        }
        let ((one, one_error), (two, two_error)) = (self.bounds(), other.bounds());
        let rounding = (one.abs() + two.abs()) * ROUNDING;
        Self::about(one + two, one_error + two_error + rounding)
    }

    /// `x - y`
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negate()?)
    }

    /// `x * y`
    pub fn times(self, other: Self) -> Option<Self> {
        if let (Some((one, places)), Some((two, other_places))) = (self.parts(), other.parts())
            && let Some(product) = one.checked_mul(two)
            && places + other_places <= MAX_SCALE
        {
            return Some(Self::exact(product, places + other_places));
        }
        let ((one, one_error), (two, two_error)) = (self.bounds(), other.bounds());
        let error = one.abs() * two_error + two.abs() * one_error + one_error * two_error;
        Self::about(one * two, error)
    }

    /// `x / y`; `None` when `y` is or may be zero.
    pub fn divided_by(self, other: Self) -> Option<Self> {
        if let (Some((one, places)), Some((two, other_places))) = (self.parts(), other.parts()) {
            if two == 0 {
                return None;
            }
            // one/10^p / (two/10^q) = one*10^(q+extra) / two / 10^(p+extra)
            for extra in 0..=12 {
                let exact = widen(one, other_places + extra)
                    .filter(|numerator| numerator.checked_rem(two) == Some(0))
                    .and_then(|numerator| numerator.checked_div(two));
                if let Some(quotient) = exact
                    && places + extra <= MAX_SCALE
                {
                    return Some(Self::exact(quotient, places + extra));
                }
            }
        }
        let ((one, one_error), (two, two_error)) = (self.bounds(), other.bounds());
        let room = two.abs() - two_error;
        if room <= two.abs() * 0.5 {
            return None;
        }
        let error = (one_error + (one / two).abs() * two_error) / room;
        Self::about(one / two, error)
    }

    /// `x ^ y` for a whole `y`; anything else cannot be told (roots of negative numbers, `0 ^ 0`).
    pub fn to_the(self, other: Self) -> Option<Self> {
        let exponent = u32::try_from(other.whole()?)
            .ok()
            .filter(|exponent| *exponent <= 64)?;
        if exponent == 0 {
            let zero = Self::exact(0, 0);
            return (self.compare(zero)? != Ordering::Equal).then_some(Self::exact(1, 0));
        }
        let mut result = self;
        for _ in 1..exponent {
            result = result.times(self)?;
        }
        Some(result)
    }

    /// How a whole number is printed by `TEXT`; `None` for fractions and for what has many digits.
    pub fn to_text(self) -> Option<String> {
        let whole = self.whole()?;
        (whole.unsigned_abs() < 1_000_000_000_000_000).then(|| whole.to_string())
    }
}

fn widen(mantissa: i128, places: u32) -> Option<i128> {
    10_i128
        .checked_pow(places)
        .and_then(|factor| mantissa.checked_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimal_fractions_are_exact() {
        let sum = number("0.1").plus(number("0.2")).unwrap();
        assert_eq!(sum.compare(number("0.30")), Some(Ordering::Equal));
        let product = number("-1.5").times(number("0.02")).unwrap();
        assert_eq!(product.compare(number("-0.03")), Some(Ordering::Equal));
        let quotient = number("1").divided_by(number("8")).unwrap();
        assert_eq!(quotient.compare(number("0.125")), Some(Ordering::Equal));
    }

    #[test]
    fn a_third_is_compared_only_where_the_bound_allows() {
        let third = number("10").divided_by(number("3")).unwrap();
        assert_eq!(third.compare(number("3")), Some(Ordering::Greater));
        assert_eq!(third.compare(number("3.4")), Some(Ordering::Less));
        let back = third.times(number("3")).unwrap();
        assert_eq!(
            back.compare(number("10")),
            None,
            "rounding on the platform decides"
        );
    }

    #[test]
    fn what_fails_or_overflows_cannot_be_told() {
        assert_eq!(number("1").divided_by(number("0")), None);
        assert_eq!(number("1").divided_by(number("0.00")), None);
        assert_eq!(number("0").to_the(number("0")), None);
        assert_eq!(number("2").to_the(number("0.5")), None);
        assert_eq!(
            number("2").to_the(number("10")).unwrap().whole(),
            Some(1024)
        );
        let huge = number("99999999999999999999").to_the(number("9")).unwrap();
        assert_eq!(huge.compare(number("1")), Some(Ordering::Greater));
        assert_eq!(huge.compare(huge), None);
    }

    #[test]
    fn json_fractions_keep_their_digits_or_become_inexact() {
        let read = |text: &str| Number::from_json(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(read("0.1").compare(number("0.1")), Some(Ordering::Equal));
        assert_eq!(
            read("9007199254740993").compare(number("9007199254740993")),
            Some(Ordering::Equal)
        );
        assert_eq!(
            read("0.12345678901234567").compare(number("0.12345678901234567")),
            None
        );
        assert_eq!(read("1e300").compare(number("5")), Some(Ordering::Greater));
    }

    /// The value and the error bound of what is not exact.
    fn about(number: Number) -> (f64, f64) {
        let Kind::About { value, error } = number.0 else {
            panic!("{number:?} is exact");
        };
        (value, error)
    }

    /// The bound must hold what the platform may make of it, and no more than some roundings beyond.
    #[track_caller]
    fn is_about(number: Option<Number>, exact: f64, size: f64) {
        let (value, error) = about(number.unwrap());
        assert!(
            (value - exact).abs() <= error,
            "{value} +- {error}: {exact}"
        );
        assert!(error >= size * ROUNDING, "{error} is too sure of {value}");
        assert!(
            error <= size * ROUNDING * 12.0,
            "{error} is too unsure of {value}"
        );
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
    fn errors_add_up_and_stay_small() {
        let parts = [1_i64, 2, 5, 10, 1_000_000];
        for (p, r) in parts.iter().flat_map(|p| parts.map(|r| (*p, r))) {
            for (q, s) in [(3, 7), (7, 11), (-13, 3)] {
                let fraction = |p: i64, q: i64| Number::from(p).divided_by(q.into()).unwrap();
                let (one, two) = (fraction(p, q), fraction(r, s));
                let (x, y) = (p as f64 / q as f64, r as f64 / s as f64);
                is_about(Some(one), x, x.abs());
                is_about(one.negate(), -x, x.abs());
                is_about(one.plus(two), x + y, x.abs() + y.abs());
                is_about(one.minus(two), x - y, x.abs() + y.abs());
                is_about(one.times(two), x * y, (x * y).abs());
                is_about(one.divided_by(two), x / y, (x / y).abs());
                is_about(one.plus(1.into()), x + 1.0, x.abs() + 1.0);
                let same = two.times(one).unwrap();
                assert_eq!(one.times(two).unwrap().compare(same), None);
            }
        }
    }

    #[test]
    fn a_bound_decides_just_outside_of_itself() {
        let third = number("1").divided_by(number("3")).unwrap();
        for (other, order) in [
            ("0.333333333340", Some(Ordering::Less)),
            ("0.333333333327", Some(Ordering::Greater)),
            ("0.3333333333333", None),
        ] {
            assert_eq!(third.compare(number(other)), order, "{other}");
        }
        let far = number("100000000000000000000000000000000000000.5");
        assert_eq!(
            far.compare(number("99999999999999999999999999999999999999")),
            None
        );
        assert_eq!(far.compare(number("3")), Some(Ordering::Greater));
    }

    #[test]
    fn what_may_be_zero_divides_nothing() {
        let third = number("1").divided_by(number("3")).unwrap();
        let nothing = third.minus(third).unwrap();
        assert_eq!(number("1").divided_by(nothing), None);
        assert!(number("1").divided_by(third).is_some());
    }

    #[test]
    fn more_places_than_are_kept_are_not_exact() {
        let long = format!("0.{}1", "0".repeat(MAX_SCALE as usize));
        assert_eq!(number(&long).whole(), None);
        about(number(&long));
        let kept = format!("0.{}1", "0".repeat(MAX_SCALE as usize - 1));
        assert_eq!(number(&kept).compare(number(&kept)), Some(Ordering::Equal));
        // A product of two short fractions keeps all its places, or is not exact.
        let product = number("0.1").times(number("0.25")).unwrap();
        assert_eq!(product.compare(number("0.025")), Some(Ordering::Equal));
        about(number(&kept).times(number("0.1")).unwrap());
        let quotient = number("0.5").divided_by(number("0.04")).unwrap();
        assert_eq!(quotient.compare(number("12.5")), Some(Ordering::Equal));
    }

    #[test]
    fn json_keeps_sixteen_digits_at_the_most() {
        let read = |text: &str| Number::from_json(&serde_json::from_str(text).unwrap()).unwrap();
        let same = |text: &str| read(text).compare(number(text));
        assert_eq!(same("0.123456789012345"), Some(Ordering::Equal));
        assert_eq!(same("0.1234567890123456"), None);
    }

    #[test]
    fn text_of_whole_numbers_only() {
        assert_eq!(
            number("999999999999999").to_text().as_deref(),
            Some("999999999999999")
        );
        assert_eq!(number("1000000000000000").to_text(), None);
        assert_eq!(number("-42").to_text().as_deref(), Some("-42"));
        assert_eq!(number("4.0").to_text(), None);
    }
}
