//! Generic webhooks: CloudEvents 1.0 in structured mode, signed, safe to receive twice.
//!
//! A receiver verifies `X-Skywarden-Signature: v1=hex(hmac_sha256(secret, timestamp + "." + body))`
//! and drops what it has seen by `Idempotency-Key`, which is also the event's `id`.
//!
//! Invariant: `data.schema` goes up when a field changes its meaning or goes; new fields may come.

use jiff::Timestamp;
use model::message::{Item, Line};
use model::{Span, Tone};
use serde_json::{Value, json};

use crate::channel::{Body, Channel, Parcel, json_post, secret};
use crate::outcome::{Answer, Outcome, Trouble, by_status};
use crate::page::{Page, Piece};
use crate::settings::{ChannelSettings, SettingsError};
use crate::sign;

/// Far above what receivers of events are asked to take, far below what a server minds.
const MAX_BYTES: usize = 1_000_000;
/// The version of `data`.
const SCHEMA: u32 = 1;

pub(crate) struct GenericWebhook;

impl Channel for GenericWebhook {
    fn compose(&self, page: &Page<'_>) -> Body {
        let title = page.with_keyword(page.title.clone());
        let language = page.settings.language.tag();
        let button = page
            .button
            .map(|it| json!({ "caption": it.caption, "url": it.url }));
        let event = json!({
            "specversion": "1.0",
            "id": page.event_id,
            "source": "/skywarden",
            "type": "skywarden.message",
            "subject": title,
            "time": page.time,
            "datacontenttype": "application/json",
            "data": {
                "schema": SCHEMA,
                "run": page.run,
                "part": page.part,
                "parts": page.parts,
                "language": language,
                "title": title,
                "tone": tone(page.tone),
                "owners": page.owners,
                "button": button,
                "blocks": page.pieces.iter().map(piece).collect::<Vec<_>>(),
            },
        });
        Body::whole(event.to_string())
    }

    fn fits(&self, body: &Body) -> bool {
        body.size <= MAX_BYTES
    }

    fn parcel(
        &self,
        body: &str,
        event_id: &str,
        settings: &ChannelSettings,
        now: Timestamp,
    ) -> Result<Parcel, SettingsError> {
        let mut request = json_post(body.to_owned(), settings)?;
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = http::HeaderValue::from_str(value) {
                request.headers.insert(name, value);
            }
        };
        set(
            "content-type",
            "application/cloudevents+json; charset=utf-8",
        );
        set("idempotency-key", event_id);
        let timestamp = now.as_second();
        set("x-skywarden-timestamp", &timestamp.to_string());
        if let Some(secret) = secret(settings) {
            set(
                "x-skywarden-signature",
                &sign::webhook_signature(secret, timestamp, body),
            );
        }
        Ok(Parcel::Http(Box::new(request)))
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        if let Some(outcome) = by_status(answer) {
            return outcome;
        }
        let reason = match answer.status {
            200..=299 => return Outcome::Delivered,
            401 => Trouble::Signature,
            403 => Trouble::Address,
            404 | 410 => Trouble::RobotGone,
            400..=499 => Trouble::Payload,
            _ => return Outcome::Unfamiliar,
        };
        Outcome::Permanent { reason }
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Urgent => "urgent",
    }
}

fn piece(piece: &Piece) -> Value {
    match piece {
        Piece::Heading { line } => json!({ "type": "heading", "spans": spans(line) }),
        Piece::Line { line, .. } => json!({ "type": "line", "spans": spans(line) }),
        Piece::Item { item, .. } => self::item(item),
        Piece::Values { label, values, .. } => {
            json!({ "type": "values", "label": spans(label), "values": values })
        }
        Piece::More { count, shown, .. } => {
            json!({ "type": "more", "count": count, "shown": shown })
        }
        Piece::LinesLeftOut { count } => json!({ "type": "left-out", "count": count }),
        Piece::Rule => json!({ "type": "rule" }),
    }
}

fn item(item: &Item) -> Value {
    let rows = item.rows.iter().map(|(label, value)| {
        let text: String = value.iter().map(|it| it.text.as_str()).collect();
        json!({ "label": label, "text": text, "spans": spans(value) })
    });
    json!({
        "type": "item", "heading": spans(&item.heading), "rows": rows.collect::<Vec<_>>(),
    })
}

fn spans(line: &Line) -> Value {
    line.iter().map(span).collect()
}

/// Returns a span with only those of its properties that are set.
fn span(span: &Span) -> Value {
    let mut json = json!({ "text": span.text });
    if span.tone != Tone::Plain {
        json["tone"] = tone(span.tone).into();
    }
    if span.bold {
        json["bold"] = true.into();
    }
    if span.code {
        json["code"] = true.into();
    }
    if let Some(link) = &span.link {
        json["link"] = link.as_str().into();
    }
    json
}
