//! Fingerprints: the identity of a finding from one run to the next.

use sha2::{Digest, Sha256};

/// Sixteen hexadecimal digits over the parts, each folded to lower case and ended, so that
/// `["ab", "c"]` and `["a", "bc"]` differ.
pub(super) fn of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.to_ascii_lowercase().as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn parts_are_kept_apart_and_case_is_folded() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["Account"]), of(&["ACCOUNT"]));
        assert_eq!(of(&["a"]).len(), 16);
    }
}
