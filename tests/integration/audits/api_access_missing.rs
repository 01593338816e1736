use super::{WHO, audit, evidence, sound, sound_but, sync_grants};
use crate::tree::user_permissions;

const AUDIT: &str = "api-access-missing";

#[test]
fn no_container_enables_it() {
    let audited = audit(
        &sound_but(
            &["ViewSetup", "ActivitiesAccess", "EditTask"],
            &sync_grants(),
        ),
        &WHO,
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "critical");
    assert_eq!(
        finding["confidence"], "likely",
        "it rests on a profile file, which may be sparse"
    );
    assert_eq!(finding["type"], 6);
    assert!(
        evidence(finding).contains("profile HubSpot has no entry for it"),
        "{}",
        evidence(finding)
    );
    assert_eq!(audited.run.status, 1);
}

#[test]
fn a_permission_set_enables_it() {
    let grants = sync_grants() + &user_permissions(&["ApiEnabled"]);
    audit(
        &sound_but(&["ViewSetup", "ActivitiesAccess", "EditTask"], &grants),
        &WHO,
    )
    .is_clean(AUDIT);
}

#[test]
fn a_profile_without_a_file_leaves_it_open() {
    let who = ["--profile", "Elsewhere", "--permission-set", "Sync"];
    let audited = audit(&sound(), &who);
    audited.is_not_evaluated(AUDIT, "API Enabled");
    assert_eq!(audited.run.status, 3, "a named profile that is in no tree");
    let notices = audited.report["notices"].to_string();
    assert!(
        notices.contains("profile Elsewhere was not found"),
        "{notices}"
    );
}
