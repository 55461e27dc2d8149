//! One attempt: sign, send, judge.

use std::time::Duration;

use http::header::{LOCATION, RETRY_AFTER};
use net::{HttpResponse, NetError};
use url::Url;

use crate::channel::{self, Parcel};
use crate::mail;
use crate::outcome::{Answer, Outcome, Trouble};
use crate::settings::ChannelSettings;

use super::{Courier, without_credentials};

/// Robots answer with a line; more is some gateway's page.
const ANSWER_LIMIT: usize = 64 << 10;
/// Nobody is waited for longer than this on his own word alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

impl Courier {
    /// Signs one body for now, sends it and judges the answer.
    pub(super) async fn attempt(
        &self,
        settings: &ChannelSettings,
        body: &str,
        event_id: &str,
    ) -> (Outcome, Answer) {
        let channel = channel::of(settings.kind);
        let now = self.clock.now();
        let forbidden = Outcome::Permanent {
            reason: Trouble::ForbiddenAddress,
        };
        let answer = match channel.parcel(body, event_id, settings, now) {
            Err(error) => return (forbidden, Answer::none(&base::chain(&error))),
            Ok(Parcel::Mail) => match mail::send(settings, body, event_id, now).await {
                Err(error) => {
                    let reason = Trouble::MailRefused;
                    return (
                        Outcome::Permanent { reason },
                        Answer::none(&base::chain(&error)),
                    );
                }
                Ok(answer) => answer,
            },
            Ok(Parcel::Http(mut request)) => {
                request.timeout = settings.timeout;
                request.body_limit = ANSWER_LIMIT;
                match self.transport.send(*request).await {
                    Ok(response) => read(&response),
                    Err(error) => {
                        let answer = Answer::none(&base::chain(&error));
                        let outcome = match error {
                            NetError::Refused { .. } => forbidden,
                            _ => Outcome::Retry { after: None },
                        };
                        return (outcome, answer);
                    }
                }
            }
        };
        let outcome = channel.judge(&answer);
        let text = match (&answer.location, answer.status) {
            (Some(host), 300..=399) => format!("redirect to {host} refused"),
            _ => without_credentials(&answer.text, settings),
        };
        (outcome, Answer { text, ..answer })
    }

    /// Returns how long to wait after so many failures: 1, 2, 4, 8 s and up to half as much again.
    pub(super) fn back_off(&self, failures: u32) -> Duration {
        let base = Duration::from_secs(1 << failures.saturating_sub(1).min(3));
        base + base.mul_f64(self.chance.fraction() / 2.0)
    }
}

impl Answer {
    /// Returns what stands for no answer: why there is none.
    pub(crate) fn none(why: &str) -> Self {
        Self {
            status: 0,
            retry_after: None,
            location: None,
            text: why.to_owned(),
        }
    }
}

fn read(response: &HttpResponse) -> Answer {
    let header = |name| response.headers.get(name).and_then(|it| it.to_str().ok());
    let seconds = header(RETRY_AFTER)
        .or_else(|| {
            response
                .headers
                .get("x-ogw-ratelimit-reset")
                .and_then(|it| it.to_str().ok())
        })
        .and_then(|it| it.trim().parse::<u64>().ok());
    // Only the host is kept: an open redirect's path may carry our own credential.
    let location = header(LOCATION).map(|it| {
        let host = Url::parse(it)
            .ok()
            .and_then(|it| it.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "another path".to_owned())
    });
    Answer {
        status: response.status.as_u16(),
        retry_after: seconds.map(|it| Duration::from_secs(it).min(LONGEST_RETRY_AFTER)),
        location,
        text: String::from_utf8_lossy(&response.body).into_owned(),
    }
}
