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

    #[test]
    fn text_of_whole_numbers_only() {
        assert_eq!(number("-42").to_text().as_deref(), Some("-42"));
        assert_eq!(number("4.0").to_text(), None);
    }
}
