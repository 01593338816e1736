//! Apex classes and triggers: version and status from `-meta.xml`, the object from a trigger's first line, and what the
//! source does.

use super::{Fragment, Source};
use crate::collect::apex_source::facts;
use crate::collect::metadata::xml::Fault;
use crate::snapshot::{Apex, ApexKind, Name, NameInterner, Place};

/// A class or trigger of which only the name is known.
pub(super) fn unknown(kind: ApexKind, name: Name, at: Option<Place>) -> Fragment {
    Fragment::Apex(Box::new(Apex {
        kind,
        name,
        object: None,
        api_version: None,
        status: None,
        body: None,
        at,
    }))
}

/// A class with its source.
pub(in crate::collect::metadata) fn class(
    text: &str,
    name: &str,
    file: u32,
    names: &mut NameInterner,
) -> Fragment {
    Fragment::Apex(Box::new(Apex {
        kind: ApexKind::Class,
        name: names.name(name),
        object: None,
        api_version: None,
        status: None,
        body: facts(text),
        at: Some(Place { file, line: 1 }),
    }))
}

/// The `-meta.xml` beside a class or trigger.
pub(super) fn meta(
    source: &mut Source<'_, '_>,
    kind: ApexKind,
    name: Name,
) -> Result<Fragment, Fault> {
    let root = source.document.root(match kind {
        ApexKind::Class => &["ApexClass"],
        ApexKind::Trigger => &["ApexTrigger"],
    })?;
    let mut apex = Apex {
        kind,
        name,
        object: None,
        api_version: None,
        status: None,
        body: None,
        at: Some(source.place(&root)),
    };
    while let Some(element) = source.child()? {
        match element.name {
            "apiVersion" => apex.api_version = source.line_of_text()?,
            "status" => apex.status = source.line_of_text()?,
            _ => source.skip()?,
        }
    }
    Ok(Fragment::Apex(Box::new(apex)))
}

/// A trigger's source: `trigger Name on Object (events)` (Apex Developer Guide, "Trigger Syntax").
///
/// # Errors
/// A source that does not begin so.
pub(in crate::collect::metadata) fn trigger(
    text: &str,
    name: &str,
    file: u32,
    names: &mut NameInterner,
) -> Result<Fragment, Fault> {
    // What a retrieve writes for a trigger of a managed package.
    if text.trim() == "(hidden)" {
        let at = Some(Place { file, line: 1 });
        return Ok(unknown(ApexKind::Trigger, names.name(name), at));
    }
    let mut words = Words { rest: text };
    let keyword = words.next();
    let at = text.len() - words.rest.len();
    let line = text.get(..at).unwrap_or_default().matches('\n').count();
    let line = u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1);
    let (_, on, object) = (words.next(), words.next(), words.next());
    let is =
        |word: Option<&str>, text: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(text));
    match object {
        Some(object) if is(keyword, "trigger") && is(on, "on") => {
            Ok(Fragment::Apex(Box::new(Apex {
                kind: ApexKind::Trigger,
                name: names.name(name),
                object: Some(names.name(object)),
                api_version: None,
                status: None,
                body: facts(text),
                at: Some(Place { file, line }),
            })))
        }
        _ => Err(Fault::new(
            Some(line),
            "it does not begin with `trigger Name on Object (`, so its object is not known",
        )),
    }
}

/// The words of Apex source, comments left out.
struct Words<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else {
                break;
            }
        }
        let end = self
            .rest
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<(String, u32), Fault> {
        match trigger(text, "T", 0, &mut NameInterner::default())? {
            Fragment::Apex(apex) => Ok((
                apex.object
                    .map(|object| object.to_string())
                    .unwrap_or_default(),
                apex.at.map_or(0, |at| at.line),
            )),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_object_is_found_behind_comments() {
        let plain = object("trigger T on Account (before insert) {}").unwrap();
        assert_eq!(plain, ("Account".to_owned(), 1));
        let commented =
            "// trigger A on B (\n/* x\n */ TRIGGER T /* y */ ON\n\tns__X__c(after update){}";
        assert_eq!(object(commented).unwrap(), ("ns__X__c".to_owned(), 3));
        assert_eq!(object("(hidden)\n").unwrap(), (String::new(), 1));
        assert!(object("trigger T").is_err());
        assert!(object("").is_err());
    }
}
