//! The bytes of a file as text.

use super::Fault;

/// The text of a file, without its byte order mark.
///
/// UTF-8, which is what Salesforce writes; UTF-16 where a byte order mark says so; Latin-1 where the XML
/// declaration says so. `scratch` holds the text where it had to be converted.
///
/// # Errors
/// A byte that the encoding does not have, with its line.
pub(in crate::collect::metadata) fn decode<'t>(
    bytes: &'t [u8],
    scratch: &'t mut String,
) -> Result<&'t str, Fault> {
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, u16::from_le_bytes, scratch);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, u16::from_be_bytes, scratch);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let declared = declared_encoding(bytes);
    let single_byte = declared.is_some_and(|name| {
        ["iso-8859-1", "latin1", "windows-1252", "us-ascii"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    });
    if single_byte && !bytes.is_ascii() {
        return latin1(bytes, scratch);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = line_at(bytes, at);
        let message = match bytes.get(at) {
            Some(0) | None => "this is not text".to_owned(),
            Some(byte) => format!(
                "byte 0x{byte:02X} is not UTF-8 (the file may have been saved as Latin-1 or Windows-1252): \
                 save it as UTF-8"
            ),
        };
        Fault::new(Some(line), message)
    })
}

/// The encoding that the XML declaration names.
fn declared_encoding(bytes: &[u8]) -> Option<&[u8]> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', declaration)?;
    let declaration = declaration.get(..end)?;
    let key = b"encoding";
    let at = declaration
        .windows(key.len())
        .position(|part| part == key)?;
    let value = declaration.get(at + key.len()..)?.trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end)
}

/// In Latin-1 each byte is the code point; Windows-1252 differs in 0x80 to 0x9F, which are refused.
fn latin1<'t>(bytes: &[u8], scratch: &'t mut String) -> Result<&'t str, Fault> {
    if let Some(at) = bytes.iter().position(|byte| (0x80..=0x9F).contains(byte)) {
        let message =
            "a byte between 0x80 and 0x9F, which Latin-1 does not have: save the file as UTF-8";
        return Err(Fault::new(Some(line_at(bytes, at)), message));
    }
    scratch.clear();
    scratch.extend(bytes.iter().map(|byte| char::from(*byte)));
    Ok(scratch)
}

fn utf16<'t>(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    scratch: &'t mut String,
) -> Result<&'t str, Fault> {
    scratch.clear();
    let (pairs, rest) = bytes.as_chunks::<2>();
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => scratch.push(character),
            Err(_) => {
                let line = line_at(scratch.as_bytes(), scratch.len());
                return Err(Fault::new(
                    Some(line),
                    "this is not UTF-16: save the file as UTF-8",
                ));
            }
        }
    }
    if !rest.is_empty() {
        return Err(Fault::new(
            None,
            "this is not UTF-16: save the file as UTF-8",
        ));
    }
    Ok(scratch)
}

fn line_at(bytes: &[u8], offset: usize) -> u32 {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let count = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, Fault> {
        decode(bytes, &mut String::new()).map(str::to_owned)
    }

    #[test]
    fn what_says_its_encoding_is_read() {
        assert_eq!(text(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        assert_eq!(text(b"\xFF\xFE<\0\xE9\0").unwrap(), "<é");
        assert_eq!(text(b"\xFE\xFF\0<\0\xE9").unwrap(), "<é");
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1'?><a>\xE9</a>";
        assert!(text(latin).unwrap().ends_with("<a>é</a>"));
        let ascii = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>";
        assert!(text(ascii).unwrap().ends_with("<a/>"));
    }

    #[test]
    fn what_is_not_its_encoding_is_refused_with_the_line() {
        let fault = text(b"<?xml encoding=\"UTF-8\"?>\n<a>\n\xE9</a>").unwrap_err();
        assert_eq!(fault.line, Some(3));
        assert!(fault.message.contains("0xE9"), "{}", fault.message);
        let windows = b"<?xml version='1.0' encoding='windows-1252'?>\n<a>\x80</a>";
        assert_eq!(text(windows).unwrap_err().line, Some(2));
        assert!(text(b"\xFF\xFE\0\xD8").is_err());
        assert!(text(b"\xFF\xFE<").is_err());
    }
}
