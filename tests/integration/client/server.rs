//! An HTTP/1.1 server of one closure: it answers what a test says, whole, cut, late or not at all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// A parameter of the query or of a form body.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        [query, self.body.as_str()].into_iter().find_map(|text| {
            url::form_urlencoded::parse(text.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        })
    }

    pub(super) fn bears(&self, token: &str) -> bool {
        self.header("authorization") == Some(format!("Bearer {token}").as_str())
    }
}

/// What the server does with a request.
pub(super) enum Reply {
    Json(u16, String),
    With {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Announces more than it sends, then closes.
    Cut(String),
    /// Closes without an answer.
    Hangup,
    /// Never answers.
    Silence,
}

impl Reply {
    pub(super) fn ok(body: &str) -> Self {
        Self::Json(200, body.to_owned())
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Json(
            status,
            serde_json::json!([{"message": message, "errorCode": code}]).to_string(),
        )
    }

    pub(super) fn expired() -> Self {
        Self::error(401, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    pub(super) fn page(rows: &str) -> Self {
        Self::Json(
            200,
            format!(r#"{{"totalSize":1,"done":true,"records":{rows}}}"#),
        )
    }
}

type Handler = Arc<dyn Fn(&Seen, usize) -> Reply + Send + Sync>;

pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server. The handler gets each request and how many came to that path before it. The list of
    /// versions is answered without it.
    pub(super) async fn start(
        handler: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, handler): (_, Handler) = (Arc::clone(&seen), Arc::new(handler));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&handler), Arc::clone(&log)));
            }
        });
        Self { url, seen, task }
    }

    /// All requests so far, in order of arrival.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(super) fn count(&self, path: &str) -> usize {
        self.seen()
            .iter()
            .filter(|seen| seen.path() == path)
            .count()
    }
}

async fn serve(mut stream: TcpStream, handler: Handler, log: Arc<Mutex<Vec<Seen>>>) {
    let Some(seen) = read_request(&mut stream).await else {
        return;
    };
    let earlier = {
        let mut log = log.lock().unwrap();
        let earlier = log
            .iter()
            .filter(|other| other.path() == seen.path())
            .count();
        log.push(seen.clone());
        earlier
    };
    let reply = if seen.path() == "/services/data/" {
        Reply::ok(super::VERSIONS)
    } else {
        handler(&seen, earlier)
    };
    let (status, headers, body, missing) = match reply {
        Reply::Json(status, body) => (
            status,
            vec![("Content-Type", "application/json".to_owned())],
            body.into_bytes(),
            0,
        ),
        Reply::With {
            status,
            headers,
            body,
        } => (status, headers, body, 0),
        Reply::Cut(body) => (200, Vec::new(), body.into_bytes(), 500),
        Reply::Hangup => return,
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
    };
    let mut out = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len() + missing
    );
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend(body);
    let _ = stream.write_all(&out).await;
    let _ = stream.shutdown().await;
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.ok()?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut seen = Seen {
                method: head.split(' ').next()?.to_owned(),
                target: head.split(' ').nth(1)?.to_owned(),
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = seen
                .header("content-length")
                .map_or(0, |n| n.parse().unwrap());
            if seen.body.len() >= length {
                seen.body.truncate(length);
                return Some(seen);
            }
        }
        if read == 0 {
            return None;
        }
    }
}
