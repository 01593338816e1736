//! The SOAP Metadata API at `/services/Soap/m/XX.X`: what is read there because nothing else has it.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::metadata::{escape, list, read, xml};
use super::org::Org;
use super::shared::Reply;

/// Components that one `readMetadata` takes (Metadata API, `readMetadata()`).
const READ: usize = 10;

/// What an envelope says: each element that holds text, by its local name.
pub(super) struct Envelope {
    texts: Vec<(String, String)>,
    names: Vec<String>,
    calls: Vec<String>,
}

impl Envelope {
    /// Reads an envelope; an empty one where it is no XML.
    pub(super) fn parse(body: &str) -> Self {
        let mut reader = Reader::from_str(body);
        let mut envelope = Self {
            texts: Vec::new(),
            names: Vec::new(),
            calls: Vec::new(),
        };
        let mut open: Vec<String> = Vec::new();
        let mut text = String::new();
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    let name = start.local_name().as_ref().to_owned();
                    envelope.names.push(name.clone());
                    if open.last().is_some_and(|last| last == "Body") {
                        envelope.calls.push(name.clone());
                    }
                    open.push(name);
                    text.clear();
                }
                Ok(Event::Text(part)) => text.push_str(&part),
                Ok(Event::GeneralRef(reference)) => {
                    text.push_str(match &*reference {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => "",
                    });
                }
                Ok(Event::End(_)) => {
                    if let Some(name) = open.pop() {
                        envelope.texts.push((name, std::mem::take(&mut text)));
                    }
                }
                Ok(Event::Eof) | Err(_) => return envelope,
                Ok(_) => {}
            }
        }
    }

    /// The operations that the body asks for.
    pub(super) fn calls(&self) -> &[String] {
        &self.calls
    }

    /// The text of the first element with this name.
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, text)| text.trim())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.texts
            .iter()
            .filter(|(found, _)| found == name)
            .map(|(_, text)| text.trim())
            .collect()
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|found| found == name)
    }
}

/// A SOAP fault.
pub(super) fn fault(code: &str, message: &str) -> Reply {
    let message = escape(message);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:sf=\"http://soap.sforce.com/2006/04/metadata\"><soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode>\
         <faultstring>{code}: {message}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    );
    Reply::xml(500, body)
}

fn envelope(inner: &str) -> Reply {
    Reply::xml(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
             xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"http://soap.sforce.com/2006/04/metadata\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
        ),
    )
}

/// Answers a call whose session is good.
pub(super) fn answer(org: &Org, version: u32, envelope_in: &Envelope) -> Reply {
    if envelope_in.has("readMetadata") {
        let kind = envelope_in.text("type");
        let names = envelope_in.all("fullNames");
        if names.len() > READ {
            return fault(
                "LIMIT_EXCEEDED",
                "Maximum number of 10 components in one readMetadata call exceeded",
            );
        }
        let records: String = names
            .iter()
            .map(|name| {
                let value = read(org, kind, name);
                let inner = value
                    .as_ref()
                    .and_then(serde_json::Value::as_object)
                    .map(|entries| {
                        entries
                            .iter()
                            .map(|(name, value)| xml(name, value))
                            .collect::<String>()
                    });
                match inner {
                    Some(inner) => format!("<records xsi:type=\"{kind}\">{inner}</records>"),
                    None => "<records xsi:nil=\"true\"/>".to_owned(),
                }
            })
            .collect();
        return envelope(&format!(
            "<readMetadataResponse><result>{records}</result></readMetadataResponse>"
        ));
    }
    if envelope_in.has("listMetadata") {
        // Three queries at most in one call (Metadata API, `listMetadata()`).
        let kinds = envelope_in.all("type");
        if kinds.len() > 3 {
            return fault(
                "LIMIT_EXCEEDED",
                "Maximum number of 3 queries in one listMetadata call exceeded",
            );
        }
        let mut results = String::new();
        for kind in kinds {
            for (name, id) in list(org, kind) {
                let folder = format!(
                    "{}{}s",
                    kind.get(..1).unwrap_or_default().to_lowercase(),
                    kind.get(1..).unwrap_or_default()
                );
                let name = escape(&name);
                results += &format!(
                    "<result><createdDate>2021-05-04T08:00:00.000Z</createdDate><fileName>{folder}/{name}</fileName>\
                     <fullName>{name}</fullName><id>{id}</id><manageableState>unmanaged</manageableState><type>{kind}</type></result>"
                );
            }
        }
        return envelope(&format!(
            "<listMetadataResponse>{results}</listMetadataResponse>"
        ));
    }
    let _ = version;
    fault(
        "INVALID_OPERATION",
        "the simulated org answers readMetadata and listMetadata only",
    )
}
