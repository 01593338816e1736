//! What is measured, each in a process of its own: permgap's collection, and the same requests without permgap.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use permgap::auth::{Authenticator, Credentials, LoginStore, SessionSource, SfCli};
use permgap::collect::live_org::{self, Wanted};
use permgap::net::{HostPolicy, NetSettings, OrgUrl};
use permgap::salesforce::{Client, ClientSettings};
use permgap::snapshot::{CoverageStatus, Name};
use secrecy::SecretString;
use serde_json::Value;

use super::Outcome;

/// Requests at once, as the command line has it.
const AT_ONCE: usize = 24;

/// 20 mapped objects: four of the fixture and the wide ones, as far as the org has them.
fn wanted(sample: u32) -> Wanted {
    let mut wanted = Wanted {
        user: "hubspot@nordlicht.example".to_owned(),
        sample,
        ..Wanted::default()
    };
    let mut map = |object: &str, fields: Vec<String>| {
        let fields: BTreeSet<Name> = fields.into_iter().map(Name::from).collect();
        wanted.objects.insert(object.into());
        wanted.fields.insert(object.into(), fields);
    };
    for object in ["Account", "Contact", "Lead", "Opportunity"] {
        map(object, vec!["Name".to_owned(), "OwnerId".to_owned()]);
    }
    for number in 0..16 {
        let fields = (0..25).map(|field| format!("Field_{field:03}__c"));
        map(&format!("Gen_{number:03}__c"), fields.collect());
    }
    wanted
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Collects the org and prints what that took.
pub(super) fn collect(url: &str, sample: u32) -> Outcome<()> {
    let auth = Authenticator::new(
        &NetSettings::default(),
        HostPolicy::default(),
        SfCli::default(),
        Arc::new(LoginStore::in_dir(&env::temp_dir())),
    )?;
    let source = SessionSource {
        credentials: Credentials::AccessToken {
            instance_url: OrgUrl::parse(url)?,
            token: SecretString::from(env::var("SF_ACCESS_TOKEN")?),
        },
        expected: None,
    };
    let settings = ClientSettings {
        start_at_once: AT_ONCE,
        most_at_once: AT_ONCE,
        ..ClientSettings::default()
    };
    let wanted = wanted(sample);
    let runtime = runtime()?;
    let begun = Instant::now();
    let (snapshot, traffic, chain) = runtime.block_on(async {
        let client = Client::connect(auth, source, settings).await?;
        let now = jiff::Timestamp::from_second(1_790_000_000)?;
        let snapshot = live_org::collect(&client, &wanted, now, None).await?;
        let chain = client.longest_chain().join(" → ");
        Ok::<_, Box<dyn std::error::Error>>((snapshot, client.traffic(), chain))
    })?;
    let time = begun.elapsed();
    println!("nanoseconds {}", time.as_nanos());
    println!("calls {}", traffic.api_calls);
    println!("bytes {}", traffic.bytes_in);
    println!("path {}", traffic.longest_path);
    println!("chain: {chain} 0");
    println!("peak {}", peak());
    // What was left out would make the figures look better than they are.
    for (area, told) in snapshot.coverage.iter() {
        if matches!(
            told.status,
            CoverageStatus::Partial | CoverageStatus::Refused
        ) {
            let reason = told.reasons.join("; ");
            println!("{}: {reason} 0", area.as_str());
        }
    }
    Ok(())
}

/// Peak resident memory in KiB, 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Asks again what was asked, all at once, and prints how long that took.
pub(super) fn replay(url: &str) -> Outcome<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let list: Vec<BTreeMap<String, Value>> = serde_json::from_str(&text)?;
    let token = env::var("SF_ACCESS_TOKEN")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let slots = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let time: Duration = runtime()?.block_on(async {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for request in list {
            let of = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or_default();
            let address = format!("{url}{}", of("path"));
            let call = match of("method") {
                "POST" => client.post(address).body(of("body").to_owned()),
                _ => client.get(address),
            };
            let is_soap = of("path").contains("/Soap/");
            let kind = if is_soap {
                "text/xml"
            } else {
                "application/json"
            };
            let call = call
                .header("Authorization", format!("Bearer {token}"))
                .header("Content-Type", kind)
                .header("SOAPAction", "\"\"")
                .header("Sforce-Query-Options", "batchSize=2000");
            let slots = Arc::clone(&slots);
            tasks.spawn(async move {
                let _slot = slots.acquire().await;
                match call.send().await {
                    Ok(answer) => answer.bytes().await.map(|body| body.len()),
                    Err(error) => Err(error),
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            std::hint::black_box(done??);
        }
        Ok::<_, Box<dyn std::error::Error>>(begun.elapsed())
    })?;
    println!("nanoseconds {}", time.as_nanos());
    Ok(())
}
