//! The seed's way to read a bill: pages of 20, one after the other, on one connection.
//!
//! A tiny client of its own, signed with signature version 1 as the Python SDK of that time signs
//! (`aliyun-python-sdk-core`), so that nothing of the product is in what the product is compared
//! with. It is kinder than the seed in two ways: it keeps its connection, and it waits out a
//! refusal for too many calls, where the seed broke off.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use base::{Chance as _, Clock as _, SystemChance, SystemClock};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use net::{Http, HttpRequest, HttpResponse, Method, NetworkSettings, Reach, Transport as _};
use serde_json::Value;
use sha1::Sha1;
use url::Url;

use crate::estate::Access;

/// The seed's page, which is the API's default.
pub(crate) const PAGE: u32 = 20;

/// What the seed's way came to.
#[derive(Debug)]
pub(crate) struct SeedRun {
    /// How long it took.
    pub(crate) wall: Duration,
    /// How many calls it made, refused ones too.
    pub(crate) calls: u32,
}

/// What a list came to.
#[derive(Debug)]
pub(crate) struct List {
    /// How many rows came.
    pub(crate) rows: u64,
    /// How many calls it took, refused ones too.
    pub(crate) calls: u32,
}

/// Asks for identity-free lists of one account, call by call.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    transport: Arc<Http>,
    clock: SystemClock,
    origin: Url,
    key_id: String,
    secret: String,
}

/// Reads the bill and the balance of one account as the seed does.
pub(crate) async fn patrol(url: &str, access: &Access) -> anyhow::Result<SeedRun> {
    let client = Client::new(url, access)?;
    let started = client.clock.monotonic();
    let list = client.list(PAGE).await?;
    let expected = u64::from(crate::estate::RESOURCES);
    anyhow::ensure!(
        list.rows == expected,
        "{} of {expected} rows came",
        list.rows
    );
    let (_, calls) = client.call(&[("Action", "QueryAccountBalance")]).await?;
    Ok(SeedRun {
        wall: client.clock.monotonic().saturating_sub(started),
        calls: list.calls + calls,
    })
}

impl Client {
    pub(crate) fn new(url: &str, access: &Access) -> anyhow::Result<Self> {
        let http = Http::new(&NetworkSettings::default());
        let http = http.map_err(|error| anyhow::anyhow!("no HTTP client can be made: {error}"))?;
        Ok(Self {
            transport: Arc::new(http),
            clock: SystemClock::new(),
            origin: Url::parse(url).context("the simulation has no address")?,
            key_id: access.key.id.clone(),
            secret: access.key.secret.clone(),
        })
    }

    /// Reads the whole bill in pages of `size`.
    pub(crate) async fn list(&self, size: u32) -> anyhow::Result<List> {
        let size = size.to_string();
        let mut list = List { rows: 0, calls: 0 };
        for number in 1_u32.. {
            let number = number.to_string();
            let asked = [
                ("Action", "QueryAvailableInstances"),
                ("PageNum", number.as_str()),
                ("PageSize", size.as_str()),
            ];
            let (answer, calls) = self.call(&asked).await?;
            let data = &answer["Data"];
            let total = data["TotalCount"]
                .as_u64()
                .context("a page tells no total")?;
            let rows = data["InstanceList"].as_array().map_or(0, Vec::len) as u64;
            list.rows += rows;
            list.calls += calls;
            if rows == 0 || list.rows >= total {
                break;
            }
        }
        Ok(list)
    }

    /// Makes one call, again and again while it is refused for the number of calls; returns the
    /// answer and how many calls it took.
    async fn call(&self, asked: &[(&str, &str)]) -> anyhow::Result<(Value, u32)> {
        for calls in 1..=100 {
            let answer = self.transport.send(self.request(asked)?).await?;
            if let Some(wait) = retry_after(&answer) {
                self.clock.sleep(wait).await;
                continue;
            }
            let text = String::from_utf8_lossy(&answer.body);
            anyhow::ensure!(answer.status.is_success(), "the simulation refused: {text}");
            return Ok((serde_json::from_slice(&answer.body)?, calls));
        }
        anyhow::bail!("a call was refused a hundred times for the number of calls")
    }

    fn request(&self, asked: &[(&str, &str)]) -> anyhow::Result<HttpRequest> {
        let now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let nonce = SystemChance.token();
        let mut pairs = vec![
            ("AccessKeyId", self.key_id.as_str()),
            ("Format", "JSON"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", &nonce),
            ("SignatureVersion", "1.0"),
            ("Timestamp", &now),
            ("Version", "2017-12-14"),
        ];
        pairs.extend_from_slice(asked);
        pairs.sort_unstable();
        let encoded: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let query = encoded.join("&");
        let signature = signature(&self.secret, &query)?;
        let mut url = self.origin.clone();
        url.set_query(Some(&format!("{query}&Signature={}", encode(&signature))));
        Ok(HttpRequest::new(Method::GET, url, Reach::Service))
    }
}

/// Signs a canonical query (signature version 1 of the RPC products).
fn signature(secret: &str, query: &str) -> anyhow::Result<String> {
    let to_sign = format!("GET&%2F&{}", encode(query));
    let mac = Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes())?;
    let mac = mac.chain_update(to_sign);
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Returns how long a refusal for the number of calls says to wait.
fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let told = answer.headers.get("x-acs-retry-after")?.to_str().ok()?;
    Some(Duration::from_millis(told.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use cloudsim::{Effect, Estate, Fault, Options, Sim};

    use super::*;

    #[tokio::test]
    async fn the_sequential_client_reads_all_rows_and_waits_out_refusals() {
        let now = SystemClock::new().now();
        let world = Estate::seeded(1).accounts(1).resources(130).build(now);
        let sim = Sim::start(world, Options::default()).await.unwrap();
        // Refused by a fault and not by a quota: how fast this machine is decides nothing.
        let refusal = Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: Some(5),
        };
        let action = "QueryAvailableInstances";
        sim.faults()
            .add(Fault::new(refusal).action(action).after(2).times(2));
        let access = crate::estate::accesses(sim.world()).remove(0);
        let client = Client::new(sim.url(), &access).unwrap();
        let list = client.list(PAGE).await.unwrap();
        assert_eq!(list.rows, 130);
        let stats = sim.stats();
        assert_eq!((stats.calls, u64::from(list.calls)), (9, 9), "{stats:?}");
        assert_eq!(stats.unauthorized, 0);
    }
}
