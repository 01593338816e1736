use super::{SYSTEM, WHO, audit, sound, sound_but, sync_grants};

const AUDIT: &str = "system-permission-missing";

#[test]
fn view_setup_is_missing() {
    let audited = audit(
        &sound_but(
            &["ApiEnabled", "ActivitiesAccess", "EditTask"],
            &sync_grants(),
        ),
        &WHO,
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    assert!(finding["title"].as_str().unwrap().contains("View Setup"));
    assert_eq!(finding["fix"]["change"]["name"], "ViewSetup");
    assert_eq!(
        finding["fix"]["safety"], "unsafe",
        "a system permission is never granted in passing"
    );
    assert_eq!(
        audited.run.status, 0,
        "medium is below the default --fail-on"
    );
}

#[test]
fn view_setup_is_enabled() {
    audit(&sound_but(&SYSTEM, &sync_grants()), &WHO).is_clean(AUDIT);
}

#[test]
fn without_a_profile_it_is_open() {
    let audited = audit(&sound(), &["--permission-set", "Sync"]);
    audited.is_not_evaluated(AUDIT, "View Setup");
    assert_eq!(
        audited.run.status, 3,
        "a user always has a profile, and none was named"
    );
}
