//! Offsets in a text as line numbers.

/// Where the lines of a text begin.
pub(super) struct Lines {
    /// Offset of the first byte of each line after the first.
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines. `\n`, `\r\n` and a `\r` alone each end one, as they do for the CSV reader.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let starts = memchr::memchr2_iter(b'\n', b'\r', bytes)
            .filter(|at| !(bytes.get(*at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n')))
            .map(|at| at + 1)
            .collect();
        Self { starts }
    }

    /// The line, counted from 1, that holds the byte at `offset`.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let text = "a\nb\r\nc\rd\n\ne";
        let lines = Lines::of(text);
        let found: Vec<usize> = ["a", "b", "c", "d", "e"]
            .iter()
            .filter_map(|letter| text.find(letter))
            .map(|at| lines.at(at))
            .collect();
        assert_eq!(found, [1, 2, 3, 4, 6]);
        assert_eq!(Lines::of("").at(0), 1);
        assert_eq!(lines.at(usize::MAX), 6);
    }
}
