//! The time of the audit and other times that are inputs, so that the same input gives the same bytes.

use jiff::{SignedDuration, Timestamp};

use super::args::ClockArgs;
use crate::config::Config;
use crate::error::Error;
use crate::snapshot::Snapshot;

/// `--now`, else `now` in `permgap.toml`, else SOURCE_DATE_EPOCH, else the clock, cut to seconds.
pub(super) fn now(args: &ClockArgs, config: &Config) -> Result<Timestamp, Error> {
    let said = match (&args.now, &config.now) {
        (Some(text), _) => Some((text, format!("`--now {text}`"))),
        (None, Some(text)) => Some((text, format!("`now = \"{text}\"` in permgap.toml"))),
        (None, None) => None,
    };
    if let Some((text, shown)) = said {
        return text.parse().map_err(|_| {
            Error::Usage(format!(
                "{shown}: write a time of RFC 3339, such as 2027-01-31T08:00:00Z"
            ))
        });
    }
    if let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") {
        return text
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Error::Usage(format!(
                    "SOURCE_DATE_EPOCH holds `{text}`, where seconds since 1970 are needed"
                ))
            });
    }
    let now = Timestamp::now();
    Ok(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

/// `--fields-since`, else `fields-since` in `permgap.toml`: a date, which begins at midnight UTC, or a time.
pub(super) fn fields_since(
    flag: Option<&str>,
    config: &Config,
) -> Result<Option<Timestamp>, Error> {
    let Some(text) = flag.or(config.fields_since.as_deref()) else {
        return Ok(None);
    };
    let midnight = text
        .parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp());
    match text.parse().ok().or(midnight) {
        Some(time) => Ok(Some(time)),
        None => Err(Error::Usage(format!(
            "`--fields-since {text}`: write a date such as 2027-01-31, or a time of RFC 3339"
        ))),
    }
}

/// 90 days before the org was read; none for a source that does not tell when it was.
pub(super) fn fields_since_by_default(snapshot: &Snapshot) -> Option<Timestamp> {
    let read: Timestamp = snapshot.org.collected_at.as_deref()?.parse().ok()?;
    read.checked_sub(SignedDuration::from_hours(90 * 24)).ok()
}
