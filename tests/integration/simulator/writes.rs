//! Nothing can be written, and whoever tries is seen.

use serde_json::json;

use super::org;

#[test]
fn a_write_is_refused_and_remembered() {
    let (simulator, admin) = org(|_| {});
    let composite = json!({ "compositeRequest": [{ "method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a" }] }).to_string();
    let inner = admin
        .send("POST", "/services/data/v66.0/composite", &[], &composite)
        .json();
    assert_eq!(inner["compositeResponse"][0]["httpStatusCode"], 405);
    for (method, path) in [
        ("POST", "/services/data/v66.0/sobjects/Account"),
        (
            "PATCH",
            "/services/data/v66.0/sobjects/Account/0017Q00000000AAAAA",
        ),
        (
            "DELETE",
            "/services/data/v66.0/sobjects/Account/0017Q00000000AAAAA",
        ),
    ] {
        assert_eq!(
            admin.send(method, path, &[], "{}").refusal().1,
            "METHOD_NOT_ALLOWED"
        );
    }
    let body =
        "<Envelope><Body><updateMetadata><type>Profile</type></updateMetadata></Body></Envelope>";
    admin.send("POST", "/services/Soap/m/66.0", &[], body);
    assert!(
        simulator
            .requests()
            .iter()
            .all(|request| !request.is_read())
    );
    simulator.forget_requests();
    admin.query("SELECT Id FROM Account");
    admin.form(
        "/services/oauth2/token",
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", "planted-refresh-token"),
        ],
    );
    assert!(
        simulator
            .requests()
            .iter()
            .all(crate::org_simulator::log::Request::is_read)
    );
    assert!(
        simulator
            .requests()
            .iter()
            .all(|request| !request.body.contains("planted")),
        "secrets stay out of the log"
    );
}
