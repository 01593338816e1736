//! Faults that the simulator is told to show.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::refusal::Refusal;

/// One way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 401 `INVALID_SESSION_ID`; the session is dead from then on.
    ExpiredSession,
    /// 403 `REQUEST_LIMIT_EXCEEDED`.
    RequestLimit,
    /// 429 with `Retry-After` in seconds.
    TooManyRequests(u64),
    /// 503 with an HTML page.
    Unavailable,
    /// 500 `UNKNOWN_EXCEPTION`.
    ServerError,
    /// The right answer, late.
    Slow(Duration),
    /// The connection is reset in the middle of the answer.
    Reset,
    /// The connection ends in order before the answer is whole.
    Cut,
    /// 400 `INVALID_TYPE` for this object.
    RefusedObject(String),
    /// 400 `UNABLE_TO_LOCK_ROW`, which passes.
    Locked,
    /// 400 `INVALID_QUERY_LOCATOR`.
    BadLocator,
    /// No answer at all.
    Hang,
}

impl Fault {
    /// The refusal that the fault is, if it is one.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::ExpiredSession => Refusal::session_expired(),
            Self::RequestLimit => Refusal::new(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            ),
            Self::TooManyRequests(_) => Refusal::new(429, "TOO_MANY_REQUESTS", "Too many requests"),
            Self::Unavailable => Refusal::new(503, "SERVER_UNAVAILABLE", "Server unavailable"),
            Self::ServerError => Refusal::new(
                500,
                "UNKNOWN_EXCEPTION",
                "An unexpected error occurred. Please include this ErrorId if you contact support: 1763900000-2 (2)",
            ),
            Self::RefusedObject(name) => Refusal::invalid_type(name),
            Self::Locked => Refusal::new(
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access to this record or 1 records",
            ),
            Self::BadLocator => Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
            Self::Slow(_) | Self::Reset | Self::Cut | Self::Hang => return None,
        })
    }

    /// Whether the fault makes sense only where a session and data are.
    fn is_of_data(&self) -> bool {
        matches!(
            self,
            Self::ExpiredSession | Self::RefusedObject(_) | Self::Locked | Self::BadLocator
        )
    }
}

/// A fault for certain requests.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// What to show.
    pub(crate) fault: Fault,
    /// A part of the path, the query text or the body; empty for every request.
    pub(crate) when: String,
    /// Requests that pass before the first fault.
    pub(crate) skip: usize,
    /// How often; `None` for good.
    pub(crate) times: Option<usize>,
    /// Inside a composite or batch answer: one subrequest fails, and the HTTP status is 200.
    pub(crate) inside: bool,
}

impl Rule {
    /// A fault that shows once, on the first request that contains this text.
    pub(crate) fn once(fault: Fault, when: &str) -> Self {
        Self {
            fault,
            when: when.to_owned(),
            skip: 0,
            times: Some(1),
            inside: false,
        }
    }

    /// A fault that shows on every request that contains this text.
    pub(crate) fn always(fault: Fault, when: &str) -> Self {
        Self {
            times: None,
            ..Self::once(fault, when)
        }
    }

    /// The same, whether the request stands by itself or inside another.
    pub(crate) fn everywhere(fault: Fault, when: &str) -> Vec<Self> {
        let alone = Self::always(fault, when);
        let inside = Self {
            inside: true,
            ..alone.clone()
        };
        vec![alone, inside]
    }

    /// A fault of one subrequest whose URL contains this text, once.
    pub(crate) fn once_inside(fault: Fault, when: &str) -> Self {
        Self {
            inside: true,
            ..Self::once(fault, when)
        }
    }

    /// The same, and the first requests pass.
    pub(crate) fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }
}

/// What the simulator shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Every answer comes this much later.
    pub(crate) latency: Duration,
    /// Faults for certain requests; the first that fits counts.
    pub(crate) rules: Vec<Rule>,
    /// Faults by chance.
    pub(crate) chance: Option<Chance>,
}

/// One request in so many fails.
///
/// Chance hangs on the seed, on what is asked and on how often it was asked, and not on the order of requests: a run with
/// other timing fails in the same places.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    /// The seed.
    pub(crate) seed: u64,
    /// 10 for one request in ten.
    pub(crate) one_in: u64,
    /// The faults to choose from.
    pub(crate) faults: Vec<Fault>,
}

impl Chance {
    /// One request in so many fails in a way that passes.
    pub(crate) fn passing(seed: u64, one_in: u64) -> Self {
        let faults = vec![
            Fault::ExpiredSession,
            Fault::TooManyRequests(0),
            Fault::Unavailable,
            Fault::ServerError,
            Fault::Slow(std::time::Duration::from_millis(30)),
            Fault::Reset,
            Fault::Cut,
            Fault::Locked,
        ];
        Self {
            seed,
            one_in,
            faults,
        }
    }
}

/// Chooses faults and counts.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    pub(super) faults: Faults,
    seen: HashMap<u64, u64>,
}

impl Chooser {
    pub(super) fn new(faults: Faults) -> Self {
        Self {
            faults,
            seen: HashMap::new(),
        }
    }

    /// The fault for a subrequest with this URL.
    pub(super) fn choose_inside(&mut self, url: &str) -> Option<Fault> {
        self.by_rule(url, true)
    }

    /// The fault for a request with this text (path, query and body).
    pub(super) fn choose(&mut self, text: &str, of_data: bool) -> Option<Fault> {
        self.by_rule(text, false).or_else(|| {
            self.by_chance(text)
                .filter(|fault| of_data || !fault.is_of_data())
        })
    }

    fn by_rule(&mut self, text: &str, inside: bool) -> Option<Fault> {
        for rule in self
            .faults
            .rules
            .iter_mut()
            .filter(|rule| rule.inside == inside)
        {
            if !text.contains(&rule.when) || rule.times == Some(0) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times = rule.times.map(|times| times.saturating_sub(1));
            return Some(rule.fault.clone());
        }
        None
    }

    fn by_chance(&mut self, text: &str) -> Option<Fault> {
        let chance = self.faults.chance.as_ref()?;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let attempt = self.seen.entry(hasher.finish()).or_insert(0);
        *attempt += 1;
        (chance.seed, *attempt).hash(&mut hasher);
        let drawn = mix(hasher.finish());
        if !drawn.is_multiple_of(chance.one_in.max(1)) {
            return None;
        }
        let count = u64::try_from(chance.faults.len()).unwrap_or(1).max(1);
        let which = usize::try_from((drawn / chance.one_in.max(1)) % count).unwrap_or(0);
        chance.faults.get(which).cloned()
    }
}

/// Spreads the bits of a number (splitmix64).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
