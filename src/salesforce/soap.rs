//! The two SOAP reads of the Metadata API: `readMetadata`, the only way to record type visibilities of a
//! permission set, and `listMetadata`, which tells full names by id.

use quick_xml::Reader;
use quick_xml::events::Event;
use secrecy::{ExposeSecret, SecretString};

use super::call::Call;
use super::client::Client;
use super::engine::Undecodable;
use super::error::{ApiError, ApiErrorKind};
use super::soql::is_api_name;

/// Most names in one `readMetadata` (Metadata API Developer Guide, "readMetadata()").
const MOST_NAMES: usize = 10;

/// Namespace of the Metadata API.
const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// One component, as `readMetadata` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRecord {
    /// Its full name.
    pub full_name: String,
    /// Its content: the elements of a metadata file, without the root element.
    content: String,
    kind: String,
}

impl MetadataRecord {
    /// The component as a metadata file would have it, so that one reader serves both.
    pub fn document(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0} xmlns=\"{NAMESPACE}\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{1}</{0}>\n",
            self.kind, self.content
        )
    }
}

/// One entry of `listMetadata`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileProperties {
    /// Id of the component.
    pub id: String,
    /// Full name, as `readMetadata` takes it.
    pub full_name: String,
    /// Namespace; empty for the org's own.
    pub namespace: String,
}

/// The element of a read operation. Only this module makes one.
pub(super) struct ReadOperation(String);

impl ReadOperation {
    fn read(kind: &str, names: &[String]) -> Self {
        let names: String = names
            .iter()
            .map(|name| format!("<m:fullNames>{}</m:fullNames>", escape(name)))
            .collect();
        Self(format!(
            "<m:readMetadata><m:type>{kind}</m:type>{names}</m:readMetadata>"
        ))
    }

    fn list(kind: &str, version: &str) -> Self {
        Self(format!(
            "<m:listMetadata><m:queries><m:type>{kind}</m:type></m:queries>\
             <m:asOfVersion>{version}</m:asOfVersion></m:listMetadata>"
        ))
    }

    pub(super) fn into_xml(self) -> String {
        self.0
    }
}

/// An envelope around an operation. It holds the token and must not be logged.
pub(super) fn envelope(operation: &str, token: &SecretString) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"{NAMESPACE}\"><s:Header><m:SessionHeader><m:sessionId>{}</m:sessionId></m:SessionHeader>\
         </s:Header><s:Body>{operation}</s:Body></s:Envelope>",
        escape(token.expose_secret())
    )
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

impl Client {
    /// Reads components of one metadata type by full name, ten a call, one call after another: a profile
    /// can be large. Names that the org does not have are left out of the answer.
    pub async fn soap_read_metadata(
        &self,
        kind: &'static str,
        names: &[String],
    ) -> Result<Vec<MetadataRecord>, ApiError> {
        let query = format!("readMetadata of {kind}");
        check_kind(kind, &query)?;
        let mut records = Vec::new();
        for chunk in names.chunks(MOST_NAMES) {
            let call = Call::soap(&query, self.soap_path(), ReadOperation::read(kind, chunk));
            let decode = |body: &[u8]| parse_records(body, kind);
            records.append(&mut self.engine.fetch(&self.branch, &call, decode).await?);
        }
        Ok(records)
    }

    /// Lists the components of one metadata type.
    pub async fn list_metadata(&self, kind: &'static str) -> Result<Vec<FileProperties>, ApiError> {
        let query = format!("listMetadata of {kind}");
        check_kind(kind, &query)?;
        let operation = ReadOperation::list(kind, self.api_version());
        let call = Call::soap(&query, self.soap_path(), operation);
        self.engine.fetch(&self.branch, &call, parse_list).await
    }

    fn soap_path(&self) -> String {
        format!("/services/Soap/m/{}", self.api_version())
    }
}

fn check_kind(kind: &str, query: &str) -> Result<(), ApiError> {
    if is_api_name(kind) {
        return Ok(());
    }
    Err(ApiError::new(
        ApiErrorKind::Rejected,
        query,
        "POST /services/Soap/m",
        "the metadata type is not one",
    ))
}

/// Code and message of a SOAP fault: `sf:INVALID_SESSION_ID` becomes `INVALID_SESSION_ID`.
pub(super) fn fault(body: &[u8]) -> Option<(String, String)> {
    let mut fields = Vec::new();
    each_element(body, "Fault", |content| fields = leaves(content)).ok()?;
    let get = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, text)| text.trim().to_owned())
    };
    let code = get("faultcode").or_else(|| get("exceptionCode"))?;
    let code = code.rsplit(':').next().unwrap_or_default().to_owned();
    let is_word = code.len() <= 80 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let message = get("faultstring")
        .or_else(|| get("exceptionMessage"))
        .unwrap_or_default();
    Some((if is_word { code } else { String::new() }, message))
}

fn parse_records(body: &[u8], kind: &str) -> Result<Vec<MetadataRecord>, Undecodable> {
    let mut records = Vec::new();
    each_element(body, "records", |content| {
        let full_name = leaves(content)
            .into_iter()
            .find(|(name, _)| name == "fullName")
            .map(|(_, text)| text);
        // A name that the org does not have comes back as an empty record.
        if let Some(full_name) = full_name {
            records.push(MetadataRecord {
                full_name,
                content: content.to_owned(),
                kind: kind.to_owned(),
            });
        }
    })?;
    Ok(records)
}

fn parse_list(body: &[u8]) -> Result<Vec<FileProperties>, Undecodable> {
    let mut list = Vec::new();
    each_element(body, "result", |content| {
        let mut entry = FileProperties::default();
        for (name, text) in leaves(content) {
            match name.as_str() {
                "id" => entry.id = text,
                "fullName" => entry.full_name = text,
                "namespacePrefix" => entry.namespace = text,
                _ => {}
            }
        }
        if !entry.full_name.is_empty() {
            list.push(entry);
        }
    })?;
    list.sort_by(|a, b| a.full_name.cmp(&b.full_name));
    Ok(list)
}

/// Calls `each` with the inner XML of every element of a local name, in order. The whole document must be
/// well-formed to its end: a cut one is told from a whole one.
fn each_element(body: &[u8], name: &str, mut each: impl FnMut(&str)) -> Result<(), Undecodable> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Undecodable::Other("the answer is not UTF-8".to_owned()))?;
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut seen = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if start.local_name().as_ref() == name => {
                let end = start.to_end().into_owned();
                let from = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                let span = reader
                    .read_to_end(end.name())
                    .map_err(|_| Undecodable::Cut)?;
                let to = usize::try_from(span.end).unwrap_or(usize::MAX);
                each(text.get(from..to).unwrap_or_default());
            }
            Ok(Event::Start(_)) => {
                seen = true;
                depth = depth.saturating_add(1);
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) if depth > 0 || !seen => return Err(Undecodable::Cut),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(quick_xml::Error::Syntax(_) | quick_xml::Error::IllFormed(_)) => {
                return Err(Undecodable::Cut);
            }
            Err(error) => {
                return Err(Undecodable::Other(format!(
                    "the answer is not XML: {error}"
                )));
            }
        }
    }
}

/// The elements directly inside that hold text only, with their local names.
fn leaves(content: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(content);
    let mut leaves = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    // The caller has seen the content to be well-formed; what is not ends the list.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(start) => {
                text.clear();
                path.push(start.local_name().as_ref().to_owned());
            }
            Event::Text(part) => {
                text.push_str(&part.xml_content(quick_xml::XmlVersion::Implicit1_0))
            }
            Event::GeneralRef(entity) => {
                if let Ok(Some(c)) = entity.resolve_char_ref() {
                    text.push(c);
                } else {
                    text.push_str(
                        quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or_default(),
                    );
                }
            }
            Event::End(_) => {
                if let (1, Some(name)) = (path.len(), path.last()) {
                    leaves.push((name.clone(), std::mem::take(&mut text)));
                }
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="x"><soapenv:Body><readMetadataResponse><result>
<records xsi:type="PermissionSet"><fullName>Sales &amp; Co</fullName><label>L</label><recordTypeVisibilities><recordType>Lead.Partner</recordType><visible>true</visible></recordTypeVisibilities></records>
<records xsi:nil="true"/><records xsi:type="PermissionSet"></records></result></readMetadataResponse></soapenv:Body></soapenv:Envelope>"#;

    #[test]
    fn records_become_metadata_files() {
        let records = parse_records(ANSWER.as_bytes(), "PermissionSet").unwrap();
        let [record] = records.as_slice() else {
            panic!("{records:?}")
        };
        assert_eq!(record.full_name, "Sales & Co");
        let document = record.document();
        assert!(
            document.contains("<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\"")
        );
        assert!(document.contains("<recordType>Lead.Partner</recordType>"));
        assert!(document.trim_end().ends_with("</PermissionSet>"));
    }

    #[test]
    fn a_cut_answer_is_told_wherever_it_is_cut() {
        let last = ANSWER.rfind("</soapenv:Envelope>").unwrap();
        for at in 40..=last {
            if !ANSWER.is_char_boundary(at) {
                continue;
            }
            let cut = ANSWER.get(..at).unwrap();
            assert!(
                matches!(
                    parse_records(cut.as_bytes(), "PermissionSet"),
                    Err(Undecodable::Cut)
                ),
                "{at}"
            );
        }
    }

    #[test]
    fn faults_name_their_code() {
        let body = "<s:Envelope xmlns:s='x'><s:Body><s:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode>\
                    <faultstring>INVALID_SESSION_ID: expired</faultstring></s:Fault></s:Body></s:Envelope>";
        let (code, message) = fault(body.as_bytes()).unwrap();
        assert_eq!(code, "INVALID_SESSION_ID");
        assert!(message.contains("expired"));
        assert!(fault(b"<html>down</html>").is_none());
    }

    #[test]
    fn listed_components_are_sorted() {
        let body = "<E xmlns='x'><B><listMetadataResponse>\
            <result><id>00e2</id><fullName>Standard</fullName><type>Profile</type></result>\
            <result><id>00e1</id><fullName>Admin</fullName><namespacePrefix>ns</namespacePrefix></result>\
            </listMetadataResponse></B></E>";
        let list = parse_list(body.as_bytes()).unwrap();
        let names: Vec<&str> = list.iter().map(|entry| entry.full_name.as_str()).collect();
        assert_eq!(names, ["Admin", "Standard"]);
        assert_eq!(
            list.first().map(|entry| entry.namespace.as_str()),
            Some("ns")
        );
    }

    #[test]
    fn names_cannot_leave_their_element() {
        let names = ["x</m:fullNames><m:deleteMetadata/>".to_owned()];
        let xml = ReadOperation::read("PermissionSet", &names).into_xml();
        assert!(!xml.contains("<m:deleteMetadata"), "{xml}");
    }
}
