//! The smallest client there can be: one request a connection, signed by the document's own recipe.

use std::net::SocketAddr;

use base::{Chance as _, SystemChance, hex};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A client with one key and a clock that stands still.
#[derive(Clone)]
pub(crate) struct Client {
    server: SocketAddr,
    key: String,
    secret: String,
    now: Timestamp,
    token: Option<String>,
    nonce: Option<String>,
    extra: Vec<(String, String)>,
    accept: String,
    signed: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
    /// The body, or null where it is no JSON.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Client {
    pub(crate) fn new(server: SocketAddr, key: &str, secret: &str, now: Timestamp) -> Self {
        let (key, secret) = (key.to_owned(), secret.to_owned());
        let accept = "application/json".to_owned();
        Self {
            server,
            key,
            secret,
            now,
            token: None,
            nonce: None,
            extra: Vec::new(),
            accept,
            signed: true,
        }
    }

    pub(crate) fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.to_owned());
        self
    }

    pub(crate) fn unsigned_header(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn accept(mut self, accept: &str) -> Self {
        accept.clone_into(&mut self.accept);
        self
    }

    pub(crate) fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    pub(crate) async fn bss(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.call("2017-12-14", action, parameters).await
    }

    pub(crate) async fn sts(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.call("2015-04-01", action, parameters).await
    }

    pub(crate) async fn ecs(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.call("2014-05-26", action, parameters).await
    }

    pub(crate) async fn call(
        &self,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.send(("POST", "/"), version, action, parameters).await
    }

    pub(crate) async fn get(
        &self,
        version: &str,
        action: &str,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.send(("GET", path), version, action, parameters).await
    }

    async fn send(
        &self,
        (method, path): (&str, &str),
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        let mut pairs: Vec<_> = parameters
            .iter()
            .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
            .collect();
        pairs.sort();
        let query = pairs.join("&");
        let body_hash = hex::encode(&Sha256::digest(b""));
        let mut headers = vec![
            ("host".to_owned(), self.server.to_string()),
            ("x-acs-action".to_owned(), action.to_owned()),
            ("x-acs-content-sha256".to_owned(), body_hash.clone()),
            (
                "x-acs-date".to_owned(),
                self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ),
            (
                "x-acs-signature-nonce".to_owned(),
                self.nonce.clone().unwrap_or_else(|| SystemChance.token()),
            ),
            ("x-acs-version".to_owned(), version.to_owned()),
        ];
        headers.extend(
            self.token
                .iter()
                .map(|it| ("x-acs-security-token".to_owned(), it.clone())),
        );
        headers.sort();
        let names = headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body_hash}");
        let to_sign = format!(
            "ACS3-HMAC-SHA256\n{}",
            hex::encode(&Sha256::digest(canonical))
        );
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .unwrap()
            .chain_update(to_sign);
        let signature = hex::encode(&mac.finalize().into_bytes());
        if self.signed {
            let value = format!(
                "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}",
                self.key
            );
            headers.push(("authorization".to_owned(), value));
        }
        headers.push(("accept".to_owned(), self.accept.clone()));
        headers.extend(self.extra.iter().cloned());
        self.exchange(method, &format!("{path}?{query}"), &headers, "")
            .await
    }

    pub(crate) async fn operate(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> std::io::Result<Answer> {
        self.exchange(
            method,
            path,
            &[("host".to_owned(), self.server.to_string())],
            body,
        )
        .await
    }

    async fn exchange(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.server).await?;
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{method} {target} HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        // A connection that is cut may end with a reset instead of an end.
        let ended = stream.read_to_end(&mut bytes).await;
        let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else {
            return Err(std::io::Error::other(format!("no answer: {ended:?}")));
        };
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|it| it.split(' ').nth(1)?.parse().ok())
            .expect("a status line");
        let split = |it: &str| {
            it.split_once(": ")
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        };
        let headers: Vec<_> = lines.filter_map(split).collect();
        let body = &bytes[at + 4..];
        let promised = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .and_then(|(_, it)| it.parse::<usize>().ok());
        if promised.is_some_and(|it| it > body.len()) {
            return Err(std::io::Error::other("the answer ended early"));
        }
        let text = String::from_utf8_lossy(body).into_owned();
        Ok(Answer {
            status,
            headers,
            json: serde_json::from_slice(body).unwrap_or_default(),
            text,
        })
    }
}

fn encode(text: &str) -> String {
    let unreserved = |it: u8| it.is_ascii_alphanumeric() || b"-_.~".contains(&it);
    text.bytes()
        .map(|it| {
            if unreserved(it) {
                char::from(it).to_string()
            } else {
                format!("%{it:02X}")
            }
        })
        .collect()
}
