//! Three values: yes, no, and not known.

/// The answer to a question on access. Ordered no < not known < yes, so that 'and' is the least and 'or'
/// the greatest (Kleene's logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// Known not to be so.
    No,
    /// Something that decides was not read.
    Unknown,
    /// Known to be so.
    Yes,
}

impl Known {
    /// True only if both are; false if either is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// True if either is; false only if both are.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// This answer next to another source's: where the two contradict each other nothing is known.
    #[must_use]
    pub fn weighed_against(self, said: Option<bool>) -> Self {
        match said.map(Self::from) {
            Some(said) if said != self => Self::Unknown,
            _ => self,
        }
    }

    /// `None` for not known, as the JSON report has it.
    pub fn to_option(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown => None,
        }
    }

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "not known",
        }
    }
}

impl std::ops::Not for Known {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Known {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Known::{No, Unknown, Yes};

    #[test]
    fn what_is_not_known_decides_nothing() {
        assert_eq!(Yes.and(Unknown), Unknown);
        assert_eq!(No.and(Unknown), No);
        assert_eq!(Yes.or(Unknown), Yes);
        assert_eq!(No.or(Unknown), Unknown);
        assert_eq!(!Unknown, Unknown);
    }
}
