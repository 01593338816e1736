//! Certificates are always verified, a user's own authority counts, and proxies are the user's.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TOKEN;
use crate::runner::{Run, command, finish};

/// What arrived at a listener, decrypted where it speaks TLS.
type Heard = Arc<Mutex<Vec<u8>>>;

fn key(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/keys")
        .join(name)
}

async fn hear(mut stream: impl AsyncRead + AsyncWriteExt + Unpin, heard: &Heard) {
    let mut chunk = [0; 4096];
    if let Ok(read) = stream.read(&mut chunk).await {
        heard.lock().unwrap().extend_from_slice(&chunk[..read]);
    }
    let refusal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(refusal).await;
    let _ = stream.shutdown().await;
}

/// A listener of plain bytes, or of TLS with the certificate of the fixtures.
async fn listen(tls: bool) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Heard::default();
    let shared = Arc::clone(&heard);
    let certificate = CertificateDer::from_pem_file(key("tls-127.0.0.1.pem")).unwrap();
    let private = PrivateKeyDer::from_pem_file(key("tls-127.0.0.1.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if !tls {
                hear(stream, &shared).await;
            } else if let Ok(stream) = acceptor.accept(stream).await {
                hear(stream, &shared).await;
            }
        }
    });
    (address, heard)
}

/// Audits an org with a session, in an environment.
async fn audit(org: String, environment: Vec<(&'static str, String)>) -> Run {
    tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path());
        command
            .env("SF_ACCESS_TOKEN", TOKEN)
            .env("PERMGAP_NO_KEYRING", "1")
            .envs(environment)
            .args([
                "snapshot",
                "--user",
                "hubspot@acme.example",
                "-o",
                "org.json",
            ])
            .args(["--timeout", "3", "--org", &org]);
        finish(&mut command)
    })
    .await
    .unwrap()
}

fn text(heard: &Heard) -> String {
    String::from_utf8_lossy(&heard.lock().unwrap()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_trusts_gets_no_token_and_a_users_own_authority_counts() {
    let (address, heard) = listen(true).await;
    let run = audit(format!("https://{address}"), vec![]).await;
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("certificate"), "{}", run.stderr);
    assert_eq!(text(&heard), "");

    for variable in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        heard.lock().unwrap().clear();
        let authority = vec![(variable, key("tls-ca.pem").display().to_string())];
        let run = audit(format!("https://{address}"), authority.clone()).await;
        assert_eq!(run.status, 2);
        assert!(
            text(&heard).starts_with("GET /services/data"),
            "{variable}: {}",
            run.stderr
        );

        // A trusted authority does not make another name right.
        heard.lock().unwrap().clear();
        let run = audit(format!("https://localhost:{}", address.port()), authority).await;
        assert_eq!(run.status, 2);
        assert_eq!(text(&heard), "", "{variable}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_of_the_environment_are_used_and_see_no_token() {
    let (proxy, heard) = listen(false).await;
    let through = vec![("HTTPS_PROXY", format!("http://{proxy}"))];
    let run = audit("https://acme.my.salesforce.com".to_owned(), through).await;
    assert_eq!(run.status, 2, "{}", run.stderr);
    let asked = text(&heard);
    assert!(
        asked.starts_with("CONNECT acme.my.salesforce.com:443 "),
        "{asked}"
    );
    assert!(!asked.contains("PLANTED") && !run.stderr.contains("PLANTED"));

    // What NO_PROXY names is reached directly.
    heard.lock().unwrap().clear();
    let (org, direct) = listen(false).await;
    let past = vec![
        ("HTTPS_PROXY", format!("http://{proxy}")),
        ("NO_PROXY", "127.0.0.1".to_owned()),
    ];
    audit(format!("https://{org}"), past).await;
    assert_eq!(text(&heard), "");
    // A TLS handshake, so that a server without TLS sees no token either.
    let bytes = direct.lock().unwrap().clone();
    assert_eq!(bytes.first(), Some(&22));
    assert!(!text(&direct).contains("PLANTED"));
}
