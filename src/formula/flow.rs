//! Formulas of flows, which write references in braces.
//!
//! In: `{!$User.Id} = {!Account.OwnerId}`. Out: the same without braces, for [`super::parse()`]. Only the
//! braces differ; which names exist is the flow's affair.

use std::borrow::Cow;

/// Blanks out the braces of `{!…}` outside texts and comments, so that offsets stay the same.
pub fn without_braces(text: &str) -> Cow<'_, str> {
    if !text.contains("{!") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let (mut quote, mut comment, mut open) = (None, None, false);
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match (character, next) {
            _ if comment.is_some() => {
                // The closing star is not the one that opened.
                let inside = comment
                    .and_then(|start| out.get(start..))
                    .unwrap_or_default();
                if character == '/' && inside.ends_with('*') && !inside.ends_with("\\*") {
                    comment = None;
                }
                out.push(character);
            }
            ('\\', Some(escaped)) if quote.is_some() => {
                characters.next();
                out.extend([character, escaped]);
            }
            ('"' | '\'', _) if quote.is_none() || quote == Some(character) => {
                quote = if quote.is_none() {
                    Some(character)
                } else {
                    None
                };
                out.push(character);
            }
            ('/', Some('*')) if quote.is_none() => {
                characters.next();
                out.push_str("/*");
                comment = Some(out.len());
            }
            ('{', Some('!')) if quote.is_none() => {
                characters.next();
                open = true;
                out.push_str("  ");
            }
            ('}', _) if quote.is_none() && open => {
                open = false;
                out.push(' ');
            }
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_braces_of_references_go() {
        assert_eq!(without_braces("A = 1"), "A = 1");
        assert_eq!(
            without_braces("{!$Record.Name} = '{!x}' /* {!y} */ && NOT({!Flag})"),
            "  $Record.Name  = '{!x}' /* {!y} */ && NOT(  Flag )"
        );
        assert_eq!(
            without_braces("'it\\'s {!x}' & {!Y}}"),
            "'it\\'s {!x}' &   Y }"
        );
    }
}
