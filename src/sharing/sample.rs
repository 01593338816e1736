//! What a sample says of all records.

/// Between which shares the true one lies, with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The least, 0 to 1.
    pub low: f64,
    /// The greatest, 0 to 1.
    pub high: f64,
}

/// Wilson's interval for `seen` of `asked`; for none or all of them the rule of three (95 % of 3 / n) gives the far end.
///
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
pub fn interval(seen: u64, asked: u64) -> Option<Interval> {
    const Z: f64 = 1.959_964;
    let n = u32::try_from(asked).ok().map(f64::from)?;
    let k = u32::try_from(seen.min(asked)).ok().map(f64::from)?;
    if n < 1.0 {
        return None;
    }
    if seen == 0 {
        return Some(Interval {
            low: 0.0,
            high: (3.0 / n).min(1.0),
        });
    }
    if seen >= asked {
        return Some(Interval {
            low: (1.0 - 3.0 / n).max(0.0),
            high: 1.0,
        });
    }
    let share = k / n;
    let square = Z * Z / n;
    let middle = (share + square / 2.0) / (1.0 + square);
    let half = Z * (share * (1.0 - share) / n + square / (4.0 * n)).sqrt() / (1.0 + square);
    Some(Interval {
        low: (middle - half).max(0.0),
        high: (middle + half).min(1.0),
    })
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} % to {:.1} %", self.low * 100.0, self.high * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_the_tables() {
        let none = interval(0, 200).unwrap();
        assert_eq!(none.to_string(), "0.0 % to 1.5 %");
        assert_eq!(interval(200, 200).unwrap().to_string(), "98.5 % to 100.0 %");
        // Wilson, 10 of 100: 5.52 % to 17.44 %.
        assert_eq!(interval(10, 100).unwrap().to_string(), "5.5 % to 17.4 %");
        assert_eq!(interval(0, 0), None);
    }
}
