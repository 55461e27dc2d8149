//! Feishu (Lark) custom bots: cards in JSON 2.0, `sign` in the body, 20 KB and 200 elements.
//!
//! Sources: the vendor's custom bot guide and card pages. In 2.0 an unknown property refuses the
//! whole card, so the cards here use few. Success is `code` 0, whatever the HTTP status.

use jiff::Timestamp;
use model::{Span, Tone};
use serde_json::{Value, json};

use crate::channel::{Body, Channel, Parcel, Window, json_post, secret};
use crate::outcome::{Answer, Outcome, Trouble, by_status, envelope, no_envelope};
use crate::page::Page;
use crate::render::{self, Chunk, Markup};
use crate::settings::{ChannelSettings, SettingsError};
use crate::sign;

/// The bot takes 20 KB of body, read as 20,000; the rest is margin.
const MAX_BYTES: usize = 19_000;
/// What `timestamp` and `sign` add to the body.
const SIGN_BYTES: usize = 90;
/// A card takes 200; the rest is margin.
const MAX_ELEMENTS: usize = 180;
/// A body below this was not refused for its size.
const SURELY_SMALL: usize = 15_000;

pub(crate) struct Feishu;

impl Channel for Feishu {
    fn hosts(&self) -> &'static [&'static str] {
        &["open.feishu.cn", "open.larksuite.com"]
    }

    fn windows(&self) -> &'static [Window] {
        // The vendor's limits are 5 a second and 100 a minute.
        const { &[Window::new(4, 1), Window::new(90, 60)] }
    }

    fn compose(&self, page: &Page<'_>) -> Body {
        let mut elements: Vec<Value> = Vec::new();
        let mut open = String::new();
        for chunk in render::chunks(self, page.pieces, page.texts) {
            match chunk {
                Chunk::Text(text) => {
                    if !open.is_empty() {
                        open.push_str("\n\n");
                    }
                    open.push_str(&text);
                }
                Chunk::Rule => {
                    close(&mut open, &mut elements);
                    elements.push(json!({ "tag": "hr" }));
                }
            }
        }
        close(&mut open, &mut elements);
        let people = page.people.iter().filter_map(|it| it.feishu.as_ref());
        let called: Vec<String> = people.map(|it| format!("<at id={it}></at>")).collect();
        if !called.is_empty() {
            elements.push(markdown(&called.join(" ")));
        }
        if let Some(button) = page.button {
            elements.push(json!({
                "tag": "button",
                "type": "primary",
                "text": { "tag": "plain_text", "content": button.caption },
                "behaviors": [{ "type": "open_url", "default_url": button.url }],
            }));
        }
        let mark = page.with_keyword(self.escape(&page.mark));
        elements.push(markdown(&self.faint(&mark)));
        // Header title, the texts of buttons, and the elements themselves.
        let counted = elements.len() + 1 + usize::from(page.button.is_some());
        let title = page.with_keyword(page.title.clone());
        let body = json!({
            "msg_type": "interactive",
            "card": {
                "schema": "2.0",
                "config": {
                    "update_multi": true, "enable_forward": true, "width_mode": "fill",
                    "summary": { "content": title },
                },
                "header": {
                    "template": template(page.tone),
                    "title": { "tag": "plain_text", "content": title },
                },
                "body": { "direction": "vertical", "elements": elements },
            },
        });
        Body {
            elements: counted,
            ..Body::whole(body.to_string())
        }
    }

    fn fits(&self, body: &Body) -> bool {
        body.size + SIGN_BYTES <= MAX_BYTES && body.elements <= MAX_ELEMENTS
    }

    fn fallback(&self, page: &Page<'_>, text: &str) -> Option<String> {
        // In a text only `<at …>` acts.
        let mut text = page.with_keyword(text.replace('<', "＜"));
        for person in page.people.iter().filter_map(|it| it.feishu.as_ref()) {
            text = format!("{text}\n<at user_id=\"{person}\"></at>");
        }
        Some(json!({ "msg_type": "text", "content": { "text": text } }).to_string())
    }

    fn parcel(
        &self,
        body: &str,
        _event_id: &str,
        settings: &ChannelSettings,
        now: Timestamp,
    ) -> Result<Parcel, SettingsError> {
        let mut body = body.to_owned();
        if let Some(secret) = secret(settings) {
            let timestamp = now.as_second();
            let sign = sign::feishu_sign(secret, timestamp);
            // Put in front as text: reading the body again could change its bytes.
            let rest = body.strip_prefix('{').unwrap_or(&body);
            body = format!("{{\"timestamp\":\"{timestamp}\",\"sign\":\"{sign}\",{rest}");
        }
        json_post(body, settings).map(|it| Parcel::Http(Box::new(it)))
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        // The envelope first: limits come with HTTP 400 and 429 as well, and say how long.
        let parsed = envelope(answer, "code", "msg")
            .or_else(|| envelope(answer, "StatusCode", "StatusMessage"));
        if (300..=399).contains(&answer.status) {
            return Outcome::Permanent {
                reason: Trouble::Redirect,
            };
        }
        let Some((code, _)) = parsed else {
            return by_status(answer).unwrap_or_else(|| no_envelope(answer));
        };
        let permanent = |reason| Outcome::Permanent { reason };
        match code {
            0 if answer.status < 300 => Outcome::Delivered,
            11_232 => Outcome::Retry {
                after: answer.retry_after,
            },
            99_991_400 => Outcome::Retry {
                after: answer.retry_after,
            },
            9_499 => Outcome::Split,
            19_021 => permanent(Trouble::Signature),
            19_022 => permanent(Trouble::Address),
            19_024 => permanent(Trouble::Keyword),
            19_001 => permanent(Trouble::RobotGone),
            230_099 | 11_310 | 200_621 | 300_305 | 200_220 | 200_861 | 19_002 => Outcome::Downgrade,
            _ => by_status(answer).unwrap_or(Outcome::Unfamiliar),
        }
    }

    /// Halves a card between its elements. A small body was refused for its form, not its size.
    fn halve(&self, body: &str) -> Option<(String, String)> {
        if body.len() < SURELY_SMALL {
            return None;
        }
        let mut first: Value = serde_json::from_str(body).ok()?;
        let mut second = first.clone();
        let elements = first["card"]["body"]["elements"].as_array()?.clone();
        if elements.len() >= 3 {
            let (mark, inner) = elements.split_last()?;
            let (head, tail) = inner.split_at(inner.len() / 2);
            first["card"]["body"]["elements"] = [head, std::slice::from_ref(mark)].concat().into();
            second["card"]["body"]["elements"] = [tail, std::slice::from_ref(mark)].concat().into();
            return Some((first.to_string(), second.to_string()));
        }
        let text = elements.first()?["content"].as_str()?;
        let middle = text.len() / 2;
        let border = text
            .match_indices("\n\n")
            .map(|it| it.0)
            .min_by_key(|it| it.abs_diff(middle))?;
        first["card"]["body"]["elements"][0]["content"] = text[..border].into();
        second["card"]["body"]["elements"][0]["content"] = text[border + 2..].into();
        Some((first.to_string(), second.to_string()))
    }
}

fn close(open: &mut String, elements: &mut Vec<Value>) {
    if !open.is_empty() {
        elements.push(markdown(&std::mem::take(open)));
    }
}

fn markdown(content: &str) -> Value {
    json!({ "tag": "markdown", "content": content })
}

fn template(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "blue",
        Tone::Good => "green",
        Tone::Warning => "orange",
        Tone::Urgent => "red",
    }
}

impl Markup for Feishu {
    fn escape(&self, text: &str) -> String {
        const ACTING: &str = "&<>*_~[]`#|\\";
        let mut safe = String::with_capacity(text.len());
        for character in render::unlinked(text).chars() {
            if ACTING.contains(character) {
                safe.push_str("&#");
                safe.push_str(&u32::from(character).to_string());
                safe.push(';');
            } else {
                safe.push(character);
            }
        }
        safe
    }

    fn span(&self, span: &Span) -> String {
        let text = match span.code {
            // Nothing is decoded inside code, so what could end it is replaced.
            true => format!("`{}`", code(&span.text)),
            false => self.escape(&span.text),
        };
        let text = match &span.link {
            Some(link) => format!("[{text}]({link})"),
            None => text,
        };
        let text = if span.bold && !span.code {
            self.bold(&text)
        } else {
            text
        };
        match span.tone {
            Tone::Plain => text,
            Tone::Good => format!("<font color='green'>{text}</font>"),
            Tone::Warning => format!("<font color='orange'>{text}</font>"),
            Tone::Urgent => format!("<font color='red'>{text}</font>"),
        }
    }

    fn heading(&self, inner: &str) -> String {
        self.bold(inner)
    }

    fn bold(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn faint(&self, inner: &str) -> String {
        format!("<font color='grey'>{inner}</font>")
    }

    fn row_start(&self) -> &'static str {
        ""
    }

    fn line_break(&self) -> &'static str {
        "\n"
    }

    fn guard_start(&self, line: String) -> String {
        guard_start(line)
    }
}

/// Returns text for the inside of a code span: what could end it is replaced, and what would act in
/// a client that knows no code.
pub(crate) fn code(text: &str) -> String {
    let replace = |it: char| match it {
        '`' => 'ˋ',
        '<' => '＜',
        '&' => '＆',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        other => other,
    };
    render::unlinked(text).chars().map(replace).collect()
}

/// Hides the first character of what would begin a list or a rule behind its entity.
fn guard_start(line: String) -> String {
    let digits = line.len()
        - line
            .trim_start_matches(|it: char| it.is_ascii_digit())
            .len();
    match line.chars().next() {
        Some(first @ ('-' | '+' | '=')) => format!("&#{};{}", u32::from(first), &line[1..]),
        _ if digits > 0 && line[digits..].starts_with(['.', ')']) => {
            let end = u32::from(line.as_bytes()[digits]);
            format!("{}&#{end};{}", &line[..digits], &line[digits + 1..])
        }
        _ => line,
    }
}
