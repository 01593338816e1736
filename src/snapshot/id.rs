//! Record ids.

/// The part of a record id that tells it from others: its first 15 characters, letter case included; the three more of an id
/// of 18 are a checksum (Object Reference, "ID field type"). A text that is no id stays whole.
pub fn short_id(id: &str) -> &str {
    match (id.len(), id.get(..15)) {
        (18, Some(short)) => short,
        _ => id,
    }
}

/// Whether two ids, of 15 or 18 characters, name the same record.
pub fn same_id(one: &str, other: &str) -> bool {
    short_id(one) == short_id(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_15_or_18_characters_and_nothing_else_is_cut() {
        assert!(same_id("0017Q00000AbCdE", "0017Q00000AbCdEQAV"));
        assert!(!same_id("0017Q00000AbCdE", "0017Q00000aBcDeQAV"));
        assert!(!same_id(
            "0017Q00000AbCdE",
            "0017Q00000AbCdE' AND $User.X = 'y"
        ));
        assert!(same_id("Account", "Account") && !same_id("Account", "Contact"));
    }
}
