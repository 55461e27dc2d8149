//! Slack incoming webhooks: blocks of mrkdwn, 50 blocks of 3,000 characters.
//!
//! Source: the vendor's "incoming webhooks" and "block kit" pages. Success is HTTP 200 with `ok`;
//! there are no colors, so tones are marks.

use jiff::Timestamp;
use model::{Span, Tone};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::channel::{Body, Channel, Parcel, Window, json_post};
use crate::feishu::code;
use crate::outcome::{Answer, Outcome, Trouble, by_status};
use crate::page::Page;
use crate::render::{self, Chunk, Markup};
use crate::settings::{ChannelSettings, SettingsError};
use crate::wecom::{guard_start, without_outer_underscores};

/// A message takes 50.
const MAX_BLOCKS: usize = 48;
/// Characters of a section's text: it takes 3,000.
const MAX_SECTION: usize = 2_900;
/// Characters of a header: it takes 150.
const MAX_HEADER: usize = 150;
/// Bytes of a body; no limit is documented, and this is far from troubling anybody.
const MAX_BYTES: usize = 100_000;
/// Counted for a section that cannot be made.
const IMPOSSIBLE: usize = 10_000;

pub(crate) struct Slack;

impl Channel for Slack {
    fn hosts(&self) -> &'static [&'static str] {
        &["hooks.slack.com"]
    }

    fn windows(&self) -> &'static [Window] {
        // The vendor asks for one a second and bears short bursts.
        const { &[Window::new(1, 1)] }
    }

    fn compose(&self, page: &Page<'_>) -> Body {
        let title = page.with_keyword(page.title.clone());
        let header = graphemes_within(&title, MAX_HEADER);
        let mut blocks =
            vec![json!({ "type": "header", "text": { "type": "plain_text", "text": header } })];
        let mut too_long = 0;
        let mut open = String::new();
        for chunk in render::chunks(self, page.pieces, page.texts) {
            match chunk {
                Chunk::Text(text) => {
                    too_long += add(&text, &mut open, &mut blocks);
                    add_break(&mut open);
                }
                Chunk::Rule => {
                    close(&mut open, &mut blocks);
                    blocks.push(json!({ "type": "divider" }));
                }
            }
        }
        close(&mut open, &mut blocks);
        let people = page.people.iter().filter_map(|it| it.slack.as_ref());
        let called: Vec<String> = people.map(|it| format!("<@{it}>")).collect();
        if !called.is_empty() {
            blocks.push(section(&called.join(" ")));
        }
        if let Some(button) = page.button {
            let caption = json!({ "type": "plain_text", "text": button.caption });
            let button = json!({ "type": "button", "text": caption, "url": button.url });
            blocks.push(json!({ "type": "actions", "elements": [button] }));
        }
        let mark = json!({ "type": "mrkdwn", "text": page.with_keyword(self.escape(&page.mark)) });
        blocks.push(json!({ "type": "context", "elements": [mark] }));
        let elements = blocks.len() + too_long * IMPOSSIBLE;
        let text = page.with_keyword(self.guard_start(self.escape(&page.title)));
        let body = json!({ "text": text, "blocks": blocks });
        Body {
            elements,
            ..Body::whole(body.to_string())
        }
    }

    fn fits(&self, body: &Body) -> bool {
        body.elements <= MAX_BLOCKS && body.size <= MAX_BYTES
    }

    fn fallback(&self, page: &Page<'_>, text: &str) -> Option<String> {
        Some(json!({ "text": page.with_keyword(self.escape(text)) }).to_string())
    }

    fn parcel(
        &self,
        body: &str,
        _event_id: &str,
        settings: &ChannelSettings,
        _now: Timestamp,
    ) -> Result<Parcel, SettingsError> {
        json_post(body.to_owned(), settings).map(|it| Parcel::Http(Box::new(it)))
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        if let Some(outcome) = by_status(answer) {
            return outcome;
        }
        let words = answer.text.trim();
        let json: Option<Value> = serde_json::from_str(words).ok();
        let is_ok = json.as_ref().and_then(|it| it["ok"].as_bool());
        match (answer.status, is_ok) {
            (200, _) if words == "ok" => Outcome::Delivered,
            (200, Some(true)) => Outcome::Delivered,
            (200, Some(false)) => Outcome::Unfamiliar,
            (200..=299, _) => Outcome::Retry { after: None },
            (400, _) if ["invalid_payload", "invalid_blocks", "no_text"].contains(&words) => {
                Outcome::Downgrade
            }
            (413, _) => Outcome::Split,
            (403 | 404 | 410, _) => Outcome::Permanent {
                reason: Trouble::RobotGone,
            },
            _ => Outcome::Unfamiliar,
        }
    }

    fn halve(&self, body: &str) -> Option<(String, String)> {
        let mut first: Value = serde_json::from_str(body).ok()?;
        let mut second = first.clone();
        let blocks = first["blocks"].as_array()?.clone();
        let [header, inner @ .., mark] = blocks.as_slice() else {
            return None;
        };
        if inner.len() < 2 {
            return None;
        }
        let (head, tail) = inner.split_at(inner.len() / 2);
        let around = |inner: &[Value]| {
            let one = std::slice::from_ref;
            Value::from([one(header), inner, one(mark)].concat())
        };
        first["blocks"] = around(head);
        second["blocks"] = around(tail);
        Some((first.to_string(), second.to_string()))
    }
}

/// Adds a chunk to the open section, line by line where it is long; returns how many of its lines
/// no section can hold.
fn add(text: &str, open: &mut String, blocks: &mut Vec<Value>) -> usize {
    let length = |it: &str| it.chars().count();
    if length(open) + length(text) <= MAX_SECTION {
        open.push_str(text);
        return 0;
    }
    close(open, blocks);
    let mut too_long = 0;
    for line in text.split('\n') {
        if length(line) > MAX_SECTION {
            too_long += 1;
        }
        if length(open) + length(line) + 1 > MAX_SECTION {
            close(open, blocks);
        }
        if !open.is_empty() {
            open.push('\n');
        }
        open.push_str(line);
    }
    too_long
}

fn add_break(open: &mut String) {
    if !open.is_empty() {
        open.push_str("\n\n");
    }
}

fn close(open: &mut String, blocks: &mut Vec<Value>) {
    let text = std::mem::take(open);
    if !text.trim().is_empty() {
        blocks.push(section(text.trim_end()));
    }
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

/// Returns the graphemes of `text` that go into so many characters.
fn graphemes_within(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut left = characters - 1;
    for grapheme in text.graphemes(true) {
        let length = grapheme.chars().count();
        if length > left {
            break;
        }
        left -= length;
        shown.push_str(grapheme);
    }
    shown.push('…');
    shown
}

impl Markup for Slack {
    /// Only `& < >` have escapes; what could style is replaced by a look-alike.
    fn escape(&self, text: &str) -> String {
        let text = without_outer_underscores(&render::unlinked(text));
        let mut safe = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '*' => safe.push('∗'),
                '~' => safe.push('∼'),
                '`' => safe.push('ˋ'),
                '@' => safe.push('＠'),
                other => safe.push(other),
            }
        }
        safe
    }

    fn span(&self, span: &Span) -> String {
        let text = match span.code {
            true => format!("`{}`", code(&span.text)),
            false => self.escape(&span.text),
        };
        let text = match &span.link {
            Some(link) => format!(
                "<{}|{}>",
                link.replace('&', "&amp;"),
                text.replace('|', "¦")
            ),
            None => text,
        };
        let text = if span.bold && !span.code {
            self.bold(&text)
        } else {
            text
        };
        match span.tone {
            Tone::Plain => text,
            Tone::Good => format!("🟢 {text}"),
            Tone::Warning => format!("🟠 {text}"),
            Tone::Urgent => format!("🔴 {text}"),
        }
    }

    fn heading(&self, inner: &str) -> String {
        self.bold(inner)
    }

    fn bold(&self, inner: &str) -> String {
        format!("*{inner}*")
    }

    fn faint(&self, inner: &str) -> String {
        inner.to_owned()
    }

    fn row_start(&self) -> &'static str {
        ""
    }

    fn line_break(&self) -> &'static str {
        "\n"
    }

    /// A line that begins with an escaped `>` is a quote all the same.
    fn guard_start(&self, line: String) -> String {
        match line.strip_prefix("&gt;") {
            Some(rest) => format!("＞{rest}"),
            None => guard_start(line),
        }
    }
}
