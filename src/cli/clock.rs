//! The time of the audit: an input, so that the same input gives the same bytes.

use jiff::Timestamp;

use super::args::ClockArgs;
use crate::error::Error;

/// `--now`, else SOURCE_DATE_EPOCH, else the clock, cut to seconds.
pub(super) fn now(args: &ClockArgs) -> Result<Timestamp, Error> {
    if let Some(text) = &args.now {
        return text.parse().map_err(|_| {
            Error::Usage(format!(
                "`--now {text}`: write a time of RFC 3339, such as 2027-01-31T08:00:00Z"
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
