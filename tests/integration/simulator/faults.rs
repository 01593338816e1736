//! Faults on demand.

use std::time::{Duration, Instant};

use super::{HUBSPOT, column, org};
use crate::org_simulator::faults::{Chance, Fault, Faults, Rule};

const SOQL: &str = "SELECT Name FROM Account";

fn rules(rules: Vec<Rule>) -> Faults {
    Faults {
        rules,
        ..Faults::default()
    }
}

#[test]
fn shows_every_refusal_once_and_then_the_answer() {
    let (simulator, admin) = org(|_| {});
    for (fault, status, code) in [
        (Fault::RequestLimit, 403, "REQUEST_LIMIT_EXCEEDED"),
        (Fault::TooManyRequests(3), 429, "TOO_MANY_REQUESTS"),
        (Fault::Unavailable, 503, ""),
        (Fault::ServerError, 500, "UNKNOWN_EXCEPTION"),
        (
            Fault::RefusedObject("Account".to_owned()),
            400,
            "INVALID_TYPE",
        ),
        (Fault::Locked, 400, "UNABLE_TO_LOCK_ROW"),
        (Fault::BadLocator, 400, "INVALID_QUERY_LOCATOR"),
    ] {
        simulator.set_faults(rules(vec![Rule::once(fault.clone(), "FROM Account")]));
        assert_eq!(
            admin.query("SELECT Id FROM Contact").status,
            200,
            "{fault:?} is for accounts"
        );
        let answer = admin.query(SOQL);
        assert_eq!(
            (answer.status, answer.refusal().1.as_str()),
            (status, code),
            "{fault:?}"
        );
        if status == 429 {
            assert_eq!(answer.header("retry-after").as_deref(), Some("3"));
        }
        assert_eq!(admin.query(SOQL).status, 200, "{fault:?} shows once");
    }
}

#[test]
fn an_expired_session_stays_dead() {
    let (simulator, mut admin) = org(|_| {});
    simulator.set_faults(rules(vec![Rule::once(Fault::ExpiredSession, "").after(1)]));
    assert_eq!(admin.query(SOQL).status, 200);
    assert_eq!(admin.query(SOQL).refusal().1, "INVALID_SESSION_ID");
    assert_eq!(admin.query(SOQL).refusal().1, "INVALID_SESSION_ID");
    admin.session = simulator.session_of(super::ADMIN).unwrap();
    assert_eq!(admin.query(SOQL).status, 200);
    simulator.end_sessions();
    assert_eq!(admin.query(SOQL).status, 401);
}

#[test]
fn breaks_an_answer_in_the_middle() {
    let (simulator, admin) = org(|_| {});
    let whole = admin.query(SOQL);
    assert!(whole.whole && !whole.reset);
    simulator.set_faults(rules(vec![
        Rule::once(Fault::Cut, ""),
        Rule::once(Fault::Reset, ""),
    ]));
    let cut = admin.query(SOQL);
    assert!(cut.status == 200 && !cut.whole && !cut.reset, "{cut:?}");
    assert!(whole.body.starts_with(&cut.body) && cut.body.len() < whole.body.len());
    let reset = admin.query(SOQL);
    assert!(!reset.whole && reset.reset, "{reset:?}");
    assert_eq!(admin.query(SOQL).body, whole.body);
}

#[test]
fn answers_late() {
    let (simulator, admin) = org(|_| {});
    simulator.set_faults(Faults {
        latency: Duration::from_millis(60),
        ..rules(vec![Rule::once(
            Fault::Slow(Duration::from_millis(80)),
            "Account",
        )])
    });
    let time = |soql: &str| {
        let start = Instant::now();
        assert_eq!(admin.query(soql).status, 200);
        start.elapsed()
    };
    assert!(time(SOQL) >= Duration::from_millis(140));
    assert!(time("SELECT Id FROM Lead") >= Duration::from_millis(60));
    simulator.set_faults(rules(vec![Rule::always(Fault::Hang, "Account")]));
    let simulator = std::sync::Arc::new(simulator);
    let start = Instant::now();
    drop(simulator);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "a hanging answer does not hold the simulator"
    );
}

#[test]
fn chance_does_not_hang_on_the_order_of_requests() {
    let queries: Vec<String> = (0..40)
        .map(|n| format!("SELECT Id FROM Account LIMIT {n}"))
        .collect();
    let run = |order: &[String], seed: u64| {
        let (simulator, admin) = org(|_| {});
        let chance = Chance {
            seed,
            one_in: 5,
            faults: vec![Fault::Unavailable, Fault::ServerError],
        };
        simulator.set_faults(Faults {
            chance: Some(chance),
            ..Faults::default()
        });
        let mut outcomes: Vec<(String, u16)> = order
            .iter()
            .map(|soql| (soql.clone(), admin.query(soql).status))
            .collect();
        outcomes.sort();
        outcomes
    };
    let backwards: Vec<String> = queries.iter().rev().cloned().collect();
    let first = run(&queries, 7);
    assert_eq!(first, run(&backwards, 7));
    assert_ne!(first, run(&queries, 8));
    let failed = first.iter().filter(|(_, status)| *status >= 500).count();
    assert!((1..20).contains(&failed), "{failed} of 40 failed");
}

#[test]
fn remembers_requests_and_their_order() {
    let (simulator, admin) = org(|_| {});
    admin.query(SOQL);
    super::Client::of(&simulator, HUBSPOT).query("SELECT Id FROM Lead");
    let requests = simulator.requests();
    assert_eq!(requests[0].soql.as_deref(), Some(SOQL));
    assert_eq!(
        (requests[0].user.as_str(), requests[1].user.as_str()),
        (super::ADMIN, HUBSPOT)
    );
    assert_eq!(
        (
            requests[0].method.as_str(),
            requests[0].path.as_str(),
            requests[0].status
        ),
        ("GET", "/services/data/v66.0/query", 200)
    );
    assert!(requests[0].bytes > 100 && requests[0].counted);
    simulator.forget_requests();
    simulator.set_faults(Faults {
        latency: Duration::from_millis(400),
        ..Faults::default()
    });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| admin.query(SOQL));
        }
    });
    admin.query(SOQL);
    let requests = simulator.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!(
        crate::org_simulator::log::longest_chain(&requests),
        2,
        "four at a time, and one after them"
    );
    assert_eq!(crate::org_simulator::log::most_at_once(&requests), 4);
    assert_eq!(
        column(&admin.query("SELECT Name FROM Campaign").json(), "Name"),
        Vec::<String>::new()
    );
}

#[test]
fn one_subrequest_fails_inside_a_good_answer() {
    let (simulator, admin) = org(|_| {});
    let url = |soql: &str| {
        let soql = super::client::encode(soql);
        format!("/services/data/v66.0/query?q={soql}")
    };
    let body = serde_json::json!({ "compositeRequest": [
        { "method": "GET", "url": url("SELECT Id FROM Lead"), "referenceId": "a" },
        { "method": "GET", "url": url(SOQL), "referenceId": "b" },
    ] });
    let send = || {
        let answer = admin.send(
            "POST",
            "/services/data/v66.0/composite",
            &[],
            &body.to_string(),
        );
        let inside = answer.json()["compositeResponse"].clone();
        (
            answer.status,
            inside[0]["httpStatusCode"].clone(),
            inside[1]["httpStatusCode"].clone(),
        )
    };
    simulator.set_faults(rules(vec![Rule::once_inside(
        Fault::ServerError,
        "FROM Account",
    )]));
    assert_eq!(send(), (200, 200.into(), 500.into()));
    assert_eq!(send(), (200, 200.into(), 200.into()));
}

#[test]
fn soap_fails_in_its_own_shape() {
    let (simulator, admin) = org(|_| {});
    let body = format!(
        "<Envelope><Header><sessionId>{}</sessionId></Header><Body><listMetadata><type>Profile</type></listMetadata></Body></Envelope>",
        admin.session
    );
    let call = || admin.send("POST", "/services/Soap/m/66.0", &[], &body);
    simulator.set_faults(rules(vec![
        Rule::once(Fault::ServerError, ""),
        Rule::once(Fault::ExpiredSession, ""),
    ]));
    assert!(
        call()
            .body
            .contains("<faultcode>sf:UNKNOWN_EXCEPTION</faultcode>")
    );
    assert!(call().body.contains("INVALID_SESSION_ID"));
    assert_eq!(
        admin.query(SOQL).status,
        401,
        "the session is dead for everything"
    );
}

#[test]
fn whoever_repeats_and_renews_gets_everything_in_the_end() {
    let (simulator, mut admin) = org(|_| {});
    let soql = |n: usize| format!("SELECT Name FROM Account ORDER BY Name LIMIT {}", 1 + n % 4);
    let good: Vec<String> = (0..60).map(|n| admin.query(&soql(n)).body).collect();
    simulator.set_faults(Faults {
        chance: Some(Chance::passing(3, 2)),
        ..Faults::default()
    });
    let mut failures = 0;
    for (n, good) in good.iter().enumerate() {
        loop {
            let answer = admin.query(&soql(n));
            if answer.whole && answer.status == 200 {
                assert_eq!(&answer.body, good);
                break;
            }
            failures += 1;
            if answer.status == 401 {
                admin.session = simulator.session_of(super::ADMIN).unwrap();
            }
        }
    }
    assert!(failures > 10, "{failures}");
}
