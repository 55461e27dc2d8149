//! What every channel can do; one module each implements it.

use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use net::{HttpRequest, Method, Reach};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::Kind;
use crate::outcome::{Answer, Outcome};
use crate::page::Page;
use crate::settings::{ChannelSettings, SettingsError, Target};

/// So many messages in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) count: usize,
    pub(crate) span: Duration,
}

impl Window {
    /// Returns a window of whole seconds.
    pub(crate) const fn new(count: usize, seconds: u64) -> Self {
        Self {
            count,
            span: Duration::from_secs(seconds),
        }
    }
}

/// A composed message, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// The body as it will be sent.
    pub(crate) text: String,
    /// What the channel counts beside bytes: elements of a card, blocks; else 0.
    pub(crate) elements: usize,
    /// The bytes that count, where it is not the whole body.
    pub(crate) size: usize,
}

impl Body {
    /// Returns a body whose every byte counts.
    pub(crate) fn whole(text: String) -> Self {
        Self {
            size: text.len(),
            elements: 0,
            text,
        }
    }
}

/// A message on its way out: signed, addressed.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A POST to a stranger's address.
    Http(Box<HttpRequest>),
    /// A mail, made from the stored body by `mail`.
    Mail,
}

/// One kind of channel.
///
/// Invariant: everything but the address and the signature is settled in `compose`, so that what
/// was put in the outbox is what is sent.
pub(crate) trait Channel: Sync {
    /// Returns the hosts by which a robot of this kind is recognised.
    fn hosts(&self) -> &'static [&'static str] {
        &[]
    }
    /// Returns how much may be sent; safely below the vendor's own limits.
    fn windows(&self) -> &'static [Window] {
        &[]
    }
    /// Writes one page.
    fn compose(&self, page: &Page<'_>) -> Body;
    /// Returns whether the other side will take it for its size.
    fn fits(&self, body: &Body) -> bool;
    /// Returns a second message that belongs to the first page, where mentions need one.
    fn beside_first(&self, _page: &Page<'_>) -> Option<Body> {
        None
    }
    /// Returns the simplest form of a page, for the day its rich form is refused.
    fn fallback(&self, _page: &Page<'_>, _text: &str) -> Option<String> {
        None
    }
    /// Signs and addresses a body for one attempt.
    fn parcel(
        &self,
        body: &str,
        event_id: &str,
        settings: &ChannelSettings,
        now: Timestamp,
    ) -> Result<Parcel, SettingsError>;
    /// Judges an answer by its own word.
    fn judge(&self, answer: &Answer) -> Outcome;
    /// Returns the two halves of a body that the other side found too large.
    fn halve(&self, _body: &str) -> Option<(String, String)> {
        None
    }
}

/// Returns the implementation of a kind.
pub(crate) fn of(kind: Kind) -> &'static dyn Channel {
    match kind {
        Kind::DingTalk => &crate::dingtalk::DingTalk,
        Kind::Feishu => &crate::feishu::Feishu,
        Kind::WeCom => &crate::wecom::WeCom,
        Kind::Slack => &crate::slack::Slack,
        Kind::Webhook => &crate::webhook::GenericWebhook,
        Kind::Mail => &crate::mail::Mail,
    }
}

/// Returns a POST of JSON to the channel's address as it stands.
pub(crate) fn json_post(
    body: String,
    settings: &ChannelSettings,
) -> Result<HttpRequest, SettingsError> {
    let mut request = HttpRequest::new(Method::POST, webhook_url(settings)?, Reach::Stranger);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    request.headers.insert(http::header::CONTENT_TYPE, json);
    request.body = body.into();
    Ok(request)
}

/// Returns the address of the channel's webhook.
pub(crate) fn webhook_url(settings: &ChannelSettings) -> Result<Url, SettingsError> {
    match &settings.target {
        Target::Webhook(webhook) => webhook.url(),
        Target::Mail(_) => Err(SettingsError::NoUrl),
    }
}

/// Returns the signing secret, if there is one.
pub(crate) fn secret(settings: &ChannelSettings) -> Option<&str> {
    let secret = settings.secret.as_ref().map(|it| it.expose_secret());
    secret.filter(|it| !it.is_empty())
}
