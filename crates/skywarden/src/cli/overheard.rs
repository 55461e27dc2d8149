//! What a cloud's answers tell beside their content: which hosts answered, and what their clocks
//! show.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base::Clock;
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimeParser;
use net::{HttpRequest, HttpResponse, NetError, Reach, Transport};

/// A transport that listens in. It sees every request of one account and keeps only what is said
/// here: never a path, a header of ours or a body.
#[derive(Debug)]
pub(crate) struct Overheard {
    under: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    heard: Mutex<Heard>,
}

/// What was heard so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    /// The hosts that answered, with their port where it is not the usual one.
    pub(crate) hosts: BTreeSet<String>,
    /// By how much this machine's clock is ahead of the cloud's, by the quickest answer; known to
    /// the second.
    pub(crate) ahead: Option<SignedDuration>,
    quickest: Option<Duration>,
}

impl Overheard {
    pub(crate) fn new(under: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            under,
            clock,
            heard: Mutex::default(),
        }
    }

    /// Returns what was heard so far.
    pub(crate) fn heard(&self) -> Heard {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Transport for Overheard {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        // Metadata services are no part of the cloud's API, and their clock is this machine's.
        let host = (request.reach == Reach::Service)
            .then(|| request.url.host_str().map(str::to_owned))
            .flatten();
        let host = host.map(|host| match request.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        });
        let (started, sent) = (self.clock.monotonic(), self.clock.now());
        let answer = self.under.send(request).await?;
        let took = self.clock.monotonic().saturating_sub(started);
        let Some(host) = host else { return Ok(answer) };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.hosts.insert(host);
        let date = answer
            .headers
            .get("date")
            .and_then(|it| DateTimeParser::new().parse_timestamp(it.as_bytes()).ok());
        if let Some(there) = date
            && heard.quickest.is_none_or(|it| took < it)
        {
            let half = SignedDuration::try_from(took / 2).unwrap_or(SignedDuration::ZERO);
            heard.ahead = Some(sent.duration_since(there).saturating_add(half));
            heard.quickest = Some(took);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use base::ManualClock;
    use net::{HeaderMap, HeaderValue, Method, StatusCode};
    use url::Url;

    use super::*;

    /// Answers each request after so many seconds with the date it was asked for by.
    #[derive(Debug)]
    struct Far(ManualClock);

    #[async_trait]
    impl Transport for Far {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
            let seconds: u64 = request.url.path()[1..].parse().unwrap();
            self.0.advance(Duration::from_secs(seconds));
            let mut headers = HeaderMap::new();
            let date = HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT");
            headers.insert("date", date);
            Ok(HttpResponse {
                status: StatusCode::OK,
                headers,
                body: Default::default(),
            })
        }
    }

    #[tokio::test]
    async fn the_quickest_answer_tells_the_time_and_metadata_tells_none() {
        let clock = ManualClock::new(jiff::Timestamp::from_second(600).unwrap());
        let far = Overheard::new(Arc::new(Far(clock.clone())), Arc::new(clock.clone()));
        let send = async |address: &str, reach| {
            let request = HttpRequest::new(Method::GET, Url::parse(address).unwrap(), reach);
            far.send(request).await.unwrap();
            far.heard()
        };
        let heard = send("http://100.100.100.200/1", Reach::Metadata).await;
        assert!(heard.hosts.is_empty() && heard.ahead.is_none());
        let heard = send("https://sts.example:8443/8", Reach::Service).await;
        assert_eq!(heard.ahead, Some(SignedDuration::from_secs(605)));
        let heard = send("https://ecs.example/2", Reach::Service).await;
        assert_eq!(heard.ahead, Some(SignedDuration::from_secs(610)));
        let heard = send("https://bss.example/4", Reach::Service).await;
        assert_eq!(heard.ahead, Some(SignedDuration::from_secs(610)));
        let hosts: Vec<String> = heard.hosts.into_iter().collect();
        assert_eq!(hosts, ["bss.example", "ecs.example", "sts.example:8443"]);
    }
}
