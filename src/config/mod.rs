//! `permgap.toml`: what mappings cannot say, and any flag by its long name.
//!
//! In: the file. Out: [`Config`], checked, with paths made relative to the file's folder. Holds no secret: an
//! unknown key is refused, and none of the known ones is one.

mod hubspot;
mod intended_gap;
mod sync;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

pub use hubspot::HubSpotSettings;
pub use intended_gap::IntendedGap;
pub use sync::{ContactsCreate, PicklistUse, QueueUse, RecordTypeUse, SyncSettings};

use crate::effective::ProfileReading;

/// The name of the file that is looked for in the current folder.
pub const FILE_NAME: &str = "permgap.toml";

/// A settings file in which every setting is explained and commented out.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Greatest size of the file in bytes: a settings file is far below it.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Everything that `permgap.toml` can say. A flag of the command line wins over the key of its name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "permgap.toml")]
pub struct Config {
    /// A live org: alias, username or address.
    pub org: Option<String>,
    /// Hosts outside Salesforce's domains that may see a token.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<String>")]
    pub allow_host: Vec<String>,
    /// Seconds that collecting a live org may take.
    pub timeout: Option<u64>,
    /// API calls that collecting a live org may use.
    pub max_api_calls: Option<u64>,
    /// Records of each object that Salesforce is asked about; 0 for none.
    pub sample: Option<u32>,
    /// Metadata trees, read as one org.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<PathBuf>")]
    pub source_dir: Vec<PathBuf>,
    /// A saved snapshot.
    pub snapshot: Option<PathBuf>,
    /// Metadata trees to lay over the org.
    #[serde(deserialize_with = "one_or_many")]
    pub overlay: Vec<PathBuf>,
    /// The invented org that is built in.
    pub demo: Option<bool>,
    /// Username or id of the integration user.
    pub user: Option<String>,
    /// The integration user's profile, for a metadata tree.
    pub profile: Option<String>,
    /// Its permission sets, for a metadata tree.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<String>")]
    pub permission_set: Vec<String>,
    /// Its permission set groups, for a metadata tree.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<String>")]
    pub permission_set_group: Vec<String>,
    /// Mapping files.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<PathBuf>")]
    pub mappings: Vec<PathBuf>,
    /// A file of HubSpot's owners.
    pub hubspot_owners: Option<PathBuf>,
    /// How the silence of a profile file is read.
    pub profiles: ProfileReading,
    /// Format of the report on standard output.
    pub format: Option<String>,
    /// Files to write the report to.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<PathBuf>")]
    pub output: Vec<PathBuf>,
    /// The least severity that fails.
    pub fail_on: Option<String>,
    /// A report or baseline file whose findings are known.
    pub baseline: Option<PathBuf>,
    /// Where each run writes its findings as a baseline, so that all of them are known from then on.
    pub write_baseline: Option<PathBuf>,
    /// The commit against which only what a change brings is reported.
    pub changed_since: Option<String>,
    /// Since when a field counts as new: a date or a time.
    #[serde(deserialize_with = "text_or_date")]
    #[schemars(with = "Option<String>")]
    pub fields_since: Option<String>,
    /// Audits that must be evaluated.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany<String>")]
    pub require: Vec<String>,
    /// The time of the audit, RFC 3339.
    pub now: Option<String>,
    /// Nothing but the report and errors.
    pub quiet: Option<bool>,
    /// No progress bars.
    pub no_progress: Option<bool>,
    /// `auto`, `always` or `never`.
    pub color: Option<String>,
    /// What the sync does beyond what mappings say.
    pub sync: SyncSettings,
    /// HubSpot's side.
    pub hubspot: HubSpotSettings,
    /// Gaps that are meant to be there.
    pub intended_gap: Vec<IntendedGap>,
}

/// What a key that may be repeated on the command line looks like in the schema.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes what `one_or_many` reads")]
enum OneOrMany<T> {
    /// One value.
    One(T),
    /// A list.
    Many(Vec<T>),
}

/// The JSON schema of the file (draft 2020-12), for editors that know TOML.
pub fn schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value()
}

/// A settings file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(
        "the settings file `{path}` cannot be read ({source}): check the path and its permissions"
    )]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is far too large to be settings.
    #[error(
        "the settings file `{path}` has more than {SIZE_LIMIT} bytes: it is hardly a permgap.toml"
    )]
    TooLarge {
        /// The file, as given.
        path: String,
    },
    /// It is not TOML, or says something that permgap does not know.
    #[error("{path}: {message}")]
    Invalid {
        /// The file with the line, where known.
        path: String,
        /// What is wrong, with the place in the file.
        message: String,
    },
}

impl Config {
    /// Reads a settings file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// A file that cannot be read, is no TOML, or holds an unknown key or value; the message has the line.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        use std::io::Read;
        let shown = path.display().to_string();
        let unreadable = |source| ConfigError::Unreadable {
            path: shown.clone(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            return Err(ConfigError::TooLarge { path: shown });
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            ConfigError::Invalid {
                path: format!("{shown}:{}", 1 + memchr::memchr_iter(b'\n', before).count()),
                message: "the file is not UTF-8: save it as UTF-8".into(),
            }
        })?;
        let mut config = Self::parse(&text, &shown)?;
        if let Some(folder) = path.parent() {
            config.resolve(folder);
        }
        Ok(config)
    }

    /// Reads settings from a text; `shown` names it in errors.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(text: &str, shown: &str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            ConfigError::Invalid {
                path: match before {
                    Some(before) => format!("{shown}:{}", 1 + before.matches('\n').count()),
                    None => shown.to_owned(),
                },
                message: error.message().to_owned(),
            }
        })
    }

    fn resolve(&mut self, folder: &Path) {
        let paths = (self.source_dir.iter_mut())
            .chain(&mut self.overlay)
            .chain(&mut self.mappings)
            .chain(&mut self.output)
            .chain(&mut self.hubspot.facts)
            .chain(&mut self.hubspot.policy)
            .chain(&mut self.hubspot_owners)
            .chain(&mut self.snapshot)
            .chain(&mut self.baseline)
            .chain(&mut self.write_baseline);
        for path in paths {
            if path.is_relative() && !folder.as_os_str().is_empty() {
                *path = folder.join(&path);
            }
        }
    }
}

/// Takes a date or a time of TOML, or the same as a string.
fn text_or_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match toml::Value::deserialize(from)? {
        toml::Value::Datetime(date) => Ok(Some(date.to_string())),
        toml::Value::String(text) => Ok(Some(text)),
        other => Err(serde::de::Error::custom(format!(
            "`{other}` is neither a date nor a time"
        ))),
    }
}

/// Lets a key that may be repeated on the command line hold one value or a list.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct OneOrMany<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string or a list of strings")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            let text = serde::de::value::StrDeserializer::new(text);
            T::deserialize(text).map(|one| vec![one])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = seq.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }
    from.deserialize_any(OneOrMany(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_read() {
        let config = Config::parse(
            r#"
source-dir = "force-app"
mappings = ["contacts.csv", "/abs/deals.csv"]
profiles = "sparse"
fail-on = "medium"
fields-since = 2026-10-01
[sync]
contacts-create = "contact"
deletes = ["Contact"]
[[sync.record-type]]
object = "Opportunity"
name = "Renewal"
[[intended-gap]]
object = "Account"
field = "Secret__c"
reason = "not for marketing"
until = 2027-01-31
"#,
            "permgap.toml",
        )
        .unwrap();
        assert_eq!(config.source_dir, [PathBuf::from("force-app")]);
        assert_eq!(config.mappings.len(), 2);
        assert_eq!(config.fields_since.as_deref(), Some("2026-10-01"));
        assert_eq!(config.profiles, ProfileReading::Sparse);
        assert_eq!(config.sync.contacts_create, ContactsCreate::Contact);
        assert_eq!(config.sync.record_type[0].name, "Renewal".into());
        assert!(config.intended_gap[0].ended_by("2027-02-01".parse().unwrap()));
        assert!(!config.intended_gap[0].ended_by("2027-01-31".parse().unwrap()));
    }

    #[test]
    fn unknown_keys_and_values_are_refused_with_their_line() {
        for (text, line, says) in [
            ("a = 1", 1, "unknown field `a`"),
            ("\n[sync]\ncontact-create = 'lead'", 3, "contacts-create"),
            ("profiles = 'some'", 1, "complete"),
            ("\n\nmappings = 3", 3, "a string or a list"),
            ("[[intended-gap]]\nobject = 'A'\nreason = 'x'", 1, "until"),
            (
                "[[intended-gap]]\nobject = 'A'\nreason = ' '\nuntil = 2027-01-01",
                3,
                "reason",
            ),
            ("sf-access-token = 'x'", 1, "unknown field"),
            ("x = [", 1, ""),
        ] {
            let error = Config::parse(text, "f.toml").unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("f.toml:{line}: ")),
                "{text}: {error}"
            );
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    /// The repository's schema file. `PERMGAP_UPDATE=1 cargo test` writes it anew.
    const SCHEMA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permgap.toml.schema.json");

    #[test]
    fn the_schema_in_the_repository_is_current() {
        let mut current = serde_json::to_string_pretty(&schema()).unwrap();
        current.push('\n');
        if std::env::var_os("PERMGAP_UPDATE").is_some() {
            std::fs::write(SCHEMA_FILE, &current).unwrap();
        }
        let file = std::fs::read_to_string(SCHEMA_FILE).unwrap();
        assert!(
            file == current,
            "run PERMGAP_UPDATE=1 cargo test schema_in_the_repository"
        );
    }

    #[test]
    fn the_template_is_read_with_and_without_its_comment_signs_and_names_every_key() {
        assert_eq!(Config::parse(TEMPLATE, "t").unwrap(), Config::default());
        let on: Vec<&str> = TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting)
                    if setting.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') =>
                {
                    setting
                }
                _ => line,
            })
            .collect();
        let on = on.join("\n");
        let config = Config::parse(&on, "t").unwrap();
        assert_eq!(config.intended_gap.len(), 1);
        // What is said to be the default is it.
        assert_eq!(config.profiles, ProfileReading::default());
        assert_eq!(config.sync.contacts_create, ContactsCreate::default());
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let json: serde_json::Value = toml::from_str::<toml::Table>(&on)
            .map(|table| dates_as_texts(toml::Value::Table(table)))
            .unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        for keys in [
            &schema()["properties"],
            &schema()["$defs"]["SyncSettings"]["properties"],
        ] {
            for key in keys.as_object().unwrap().keys() {
                assert!(on.contains(key.as_str()), "{key}");
            }
        }
    }

    fn dates_as_texts(value: toml::Value) -> serde_json::Value {
        match value {
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(all) => all.into_iter().map(dates_as_texts).collect(),
            toml::Value::Table(all) => all
                .into_iter()
                .map(|(key, value)| (key, dates_as_texts(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, "snapshot = 'a.json'\nmappings = '/abs.csv'").unwrap();
        let config = Config::load(&file).unwrap();
        assert_eq!(config.snapshot, Some(folder.path().join("a.json")));
        assert_eq!(config.mappings, [PathBuf::from("/abs.csv")]);
    }
}
