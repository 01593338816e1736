//! Audits of what was read: whatever a reader accepts, every audit and every report format must bear.

use std::sync::OnceLock;

use permgap::audit::{self, Input};
use permgap::config::{Config, SyncSettings};
use permgap::demo;
use permgap::effective::{ProfileReading, Subject};
use permgap::mapping::MappingRow;
use permgap::mapping::requirements::Requirements;
use permgap::report::json::{self, v1};
use permgap::report::{AuditReport, AuditedUser, Format, Style, render};
use permgap::snapshot::{Snapshot, User};

/// Users and containers of one snapshot that are looked at.
const MOST_SUBJECTS: usize = 2;

/// What rows need.
pub(super) fn needs(rows: Vec<MappingRow>) -> Requirements {
    Requirements::derive(rows, &SyncSettings::default(), &|_, _| None)
}

fn audit(
    snapshot: &Snapshot,
    config: &Config,
    subject: &Subject,
    account: Option<&User>,
) -> AuditReport {
    let rows = demo::mapping_rows().unwrap();
    let requirements = Requirements::derive(rows, &config.sync, &|_, _| None);
    audit::run(&Input {
        snapshot,
        subject,
        user: &AuditedUser::default(),
        requirements: &requirements,
        profiles: ProfileReading::Complete,
        intended: &config.intended_gap,
        account,
        fields_since: Some(jiff::Timestamp::UNIX_EPOCH),
        new_fields: None,
        hubspot_owners: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    })
}

/// Audits some users of a snapshot, and one who has all its containers.
pub(super) fn each_subject(snapshot: &Snapshot) {
    let config = Config::default();
    for user in snapshot.users.iter().take(MOST_SUBJECTS) {
        let subject = Subject::of_user(user, jiff::Timestamp::UNIX_EPOCH);
        bear(&audit(snapshot, &config, &subject, Some(user)));
    }
    let all = Subject {
        profile: snapshot.profiles.keys().next().cloned(),
        permission_sets: snapshot.permission_sets.keys().cloned().collect(),
        groups: snapshot.permission_set_groups.keys().cloned().collect(),
        ..Subject::default()
    };
    bear(&audit(snapshot, &config, &all, None));
}

/// Audits the demo org with these settings.
pub(super) fn demo(config: &Config) {
    bear(&audit(demo_snapshot(), config, &demo_subject(), None));
}

fn demo_snapshot() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| demo::snapshot().unwrap())
}

fn demo_subject() -> Subject {
    let user = demo_snapshot().users.first().unwrap();
    Subject::of_user(user, jiff::Timestamp::UNIX_EPOCH)
}

/// The report of the demo org.
pub(super) fn demo_report() -> &'static v1::Report {
    static REPORT: OnceLock<v1::Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let report = audit(demo_snapshot(), &Config::default(), &demo_subject(), None);
        v1::Report::from(&report)
    })
}

/// A report renders in every format, and its JSON is read again as the same.
fn bear(report: &AuditReport) {
    for format in Format::ALL {
        let mut out = Vec::new();
        render(report, *format, &Style::default(), &mut out).unwrap();
        if *format == Format::Json {
            assert_eq!(json::read(&out).unwrap(), v1::Report::from(report));
        }
    }
}
