//! A client of the door, as small as one can be.

use std::net::SocketAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(super) struct Client {
    server: SocketAddr,
    host: String,
    key: String,
    secret: String,
    token: Option<String>,
    at: Timestamp,
    region: String,
    signed: bool,
}

pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) json: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|it| it.0 == name)
            .map(|it| it.1.as_str())
    }

    /// Returns the code of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        self.json["Response"]["Error"]["Code"].as_str()
    }
}

impl Client {
    pub(super) fn new(server: SocketAddr, key: &str, secret: &str, at: Timestamp) -> Self {
        Self {
            server,
            host: server.to_string(),
            key: key.to_owned(),
            secret: secret.to_owned(),
            token: None,
            at,
            region: "ap-guangzhou".to_owned(),
            signed: true,
        }
    }

    pub(super) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub(super) fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    pub(super) fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    pub(super) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(super) fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    pub(super) fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    pub(super) fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    pub(super) async fn call(
        &self,
        action: (&str, &str, &str),
        said: &Value,
    ) -> std::io::Result<Answer> {
        self.raw(action, &said.to_string()).await
    }

    pub(super) async fn raw(
        &self,
        (service, version, action): (&str, &str, &str),
        body: &str,
    ) -> std::io::Result<Answer> {
        let (host, region) = (&self.host, &self.region);
        let mut head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-TC-Action: {action}\r\nX-TC-Version: {version}\r\nX-TC-Timestamp: {}\r\nX-TC-Region: {region}\r\nAuthorization: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.at.as_second(),
            self.authorization(service, body),
            body.len(),
        );
        if let Some(token) = &self.token {
            head.extend(["X-TC-Token: ", token, "\r\n"]);
        }
        let mut stream = TcpStream::connect(self.server).await?;
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .await?;
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
            .and_then(|it| it.split(' ').nth(1)?.parse().ok());
        let split = |it: &str| {
            let (name, value) = it.split_once(": ")?;
            Some((name.to_lowercase(), value.to_owned()))
        };
        Ok(Answer {
            status: status.unwrap(),
            headers: lines.filter_map(split).collect(),
            json: serde_json::from_slice(&bytes[at + 4..]).unwrap_or_default(),
        })
    }

    fn authorization(&self, service: &str, body: &str) -> String {
        if !self.signed {
            return "none".to_owned();
        }
        let date = self.at.strftime("%Y-%m-%d").to_string();
        let scope = format!("{date}/{service}/tc3_request");
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/json\nhost:{}\n\ncontent-type;host\n{}",
            self.host.to_lowercase(),
            sha256(body),
        );
        let to_sign = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            self.at.as_second(),
            sha256(&canonical)
        );
        let first = hmac(format!("TC3{}", self.secret).as_bytes(), &date);
        let key = hmac(&hmac(&first, service), "tc3_request");
        let signature = base::hex::encode(&hmac(&key, &to_sign));
        format!(
            "TC3-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=content-type;host, Signature={signature}",
            self.key
        )
    }
}

fn sha256(text: &str) -> String {
    base::hex::encode(&Sha256::digest(text))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap()
        .chain_update(text);
    mac.finalize().into_bytes().to_vec()
}
