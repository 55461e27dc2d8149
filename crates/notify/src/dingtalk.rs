//! DingTalk custom robots: Markdown with its own line breaks, `sign` in the query, 20,000 bytes.
//!
//! Sources: the vendor's "custom robot access" pages; error texts as quoted in public issues.
//! The robot answers HTTP 200 to everything; only `errcode` 0 is a success.

use std::time::Duration;

use jiff::Timestamp;
use model::{Span, Tone};
use serde_json::{Value, json};

use crate::channel::{Body, Channel, Parcel, Window, json_post, secret};
use crate::outcome::{Answer, Outcome, Trouble, by_status, envelope, no_envelope};
use crate::page::Page;
use crate::render::{self, Markup};
use crate::settings::{ChannelSettings, SettingsError};
use crate::sign;

/// The robot takes 20,000 bytes of body; the rest is margin.
const MAX_BYTES: usize = 19_000;
/// How long the robot is mute once it was spoken to too fast.
const MUTED: Duration = Duration::from_secs(600);
/// A single line break is swallowed; this one is not, in any client.
const BREAK: &str = "  \n  ";

pub(crate) struct DingTalk;

impl Channel for DingTalk {
    fn hosts(&self) -> &'static [&'static str] {
        &["oapi.dingtalk.com", "api.dingtalk.com"]
    }

    fn windows(&self) -> &'static [Window] {
        // The vendor's limit is 20 a minute, and going beyond costs ten minutes.
        const { &[Window::new(18, 60)] }
    }

    fn compose(&self, page: &Page<'_>) -> Body {
        let heading = page.with_keyword(self.escape(&page.title));
        let mut paragraphs = vec![format!("### {heading}")];
        let body = render::join(render::chunks(self, page.pieces, page.texts), "---");
        if !body.is_empty() {
            paragraphs.push(body);
        }
        let (mobiles, users) = whom(page);
        let called: Vec<String> = mobiles
            .iter()
            .chain(&users)
            .map(|it| format!("@{it}"))
            .collect();
        // A card with a button cannot mention anybody, so it is used where nobody is called.
        let card = page.button.filter(|_| called.is_empty());
        if let (Some(button), None) = (page.button, card) {
            paragraphs.push(format!(
                "[{}]({})",
                self.escape(&button.caption),
                button.url
            ));
        }
        if !called.is_empty() {
            paragraphs.push(called.join(" "));
        }
        paragraphs.push(self.faint(&self.escape(&page.mark)));
        let text = paragraphs.join("\n\n");
        let title = page.with_keyword(page.title.clone());
        Body::whole(
            match card {
                Some(button) => json!({
                    "msgtype": "actionCard",
                    "actionCard": {
                        "title": title, "text": text,
                        "singleTitle": button.caption, "singleURL": button.url,
                    },
                }),
                None => json!({
                    "msgtype": "markdown",
                    "markdown": { "title": title, "text": text },
                    "at": { "atMobiles": mobiles, "atUserIds": users, "isAtAll": false },
                }),
            }
            .to_string(),
        )
    }

    fn fits(&self, body: &Body) -> bool {
        body.size <= MAX_BYTES
    }

    fn fallback(&self, page: &Page<'_>, text: &str) -> Option<String> {
        let text = page.with_keyword(text.replace('@', "＠"));
        let (mobiles, users) = whom(page);
        let called: String = mobiles
            .iter()
            .chain(&users)
            .map(|it| format!("\n@{it}"))
            .collect();
        let body = json!({
            "msgtype": "text",
            "text": { "content": format!("{text}{called}") },
            "at": { "atMobiles": mobiles, "atUserIds": users, "isAtAll": false },
        });
        Some(body.to_string())
    }

    fn parcel(
        &self,
        body: &str,
        _event_id: &str,
        settings: &ChannelSettings,
        now: Timestamp,
    ) -> Result<Parcel, SettingsError> {
        let mut request = json_post(body.to_owned(), settings)?;
        if let Some(secret) = secret(settings) {
            request.url = sign::dingtalk_url(&request.url, secret, now.as_millisecond());
        }
        Ok(Parcel::Http(Box::new(request)))
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        if let Some(outcome) = by_status(answer) {
            return outcome;
        }
        let Some((code, words)) = envelope(answer, "errcode", "errmsg") else {
            return no_envelope(answer);
        };
        let permanent = |reason| Outcome::Permanent { reason };
        match code {
            0 => Outcome::Delivered,
            -1 => Outcome::Retry { after: None },
            130_101 | 410_100 => Outcome::Mute { period: MUTED },
            460_101 | 101_002 => Outcome::Split,
            310_000 => permanent(security(&words)),
            300_001 if words.contains("token") => permanent(Trouble::RobotGone),
            300_001 | 40_035 | 400_401 => Outcome::Downgrade,
            430_101..=430_104 => Outcome::Downgrade,
            300_005 | 400_013 | 400_101 | 400_102 | 400_106 => permanent(Trouble::RobotGone),
            43_004 => permanent(Trouble::Payload),
            _ => Outcome::Unfamiliar,
        }
    }

    fn halve(&self, body: &str) -> Option<(String, String)> {
        let mut json: Value = serde_json::from_str(body).ok()?;
        let form = json["msgtype"].as_str()?.to_owned();
        let text = json[&form]["text"].as_str()?.to_owned();
        let (first, second) = halve_paragraphs(&text)?;
        let title = json[&form]["title"].clone();
        json[&form]["text"] = Value::String(first);
        let rest = json!({
            "msgtype": "markdown", "markdown": { "title": title, "text": second },
            "at": { "atMobiles": [], "atUserIds": [], "isAtAll": false },
        });
        Some((json.to_string(), rest.to_string()))
    }
}

/// Returns the halves of a Markdown text, broken between paragraphs, where no markup is open;
/// both begin with its first paragraph (the title) and end with its last (the mark).
pub(crate) fn halve_paragraphs(text: &str) -> Option<(String, String)> {
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    let [title, inner @ .., mark] = paragraphs.as_slice() else {
        return None;
    };
    if inner.len() < 2 {
        return None;
    }
    let (head, tail) = inner.split_at(inner.len() / 2);
    let half = |it: &[&str]| format!("{title}\n\n{}\n\n{mark}", it.join("\n\n"));
    Some((half(head), half(tail)))
}

/// Sorts errcode 310000 by its words, English or Chinese.
fn security(words: &str) -> Trouble {
    let has = |needles: &[&str]| needles.iter().any(|it| words.contains(it));
    if has(&["keyword", "关键词"]) {
        Trouble::Keyword
    } else if has(&["sign", "签名", "timestamp", "时间戳"]) {
        Trouble::Signature
    } else if has(&["whitelist", "白名单", "ip "]) {
        Trouble::Address
    } else {
        Trouble::Unknown
    }
}

/// Returns the mobile numbers and user ids to call.
fn whom(page: &Page<'_>) -> (Vec<String>, Vec<String>) {
    let (mut mobiles, mut users) = (Vec::new(), Vec::new());
    for person in page.people {
        match (&person.dingtalk, &person.mobile) {
            (Some(user), _) => users.push(user.clone()),
            (None, Some(mobile)) => mobiles.push(mobile.clone()),
            (None, None) => {}
        }
    }
    (mobiles, users)
}

impl Markup for DingTalk {
    fn escape(&self, text: &str) -> String {
        let mut safe = String::with_capacity(text.len());
        for character in render::unlinked(text).chars() {
            match character {
                '\\' | '*' | '_' | '[' | ']' | '#' | '>' | '~' | '`' | '|' | '!' => {
                    safe.push('\\');
                    safe.push(character);
                }
                // Tags cannot be escaped, and the ampersand begins an entity.
                '<' => safe.push('＜'),
                '&' => safe.push('＆'),
                '@' => safe.push('＠'),
                other => safe.push(other),
            }
        }
        safe
    }

    fn span(&self, span: &Span) -> String {
        let text = self.escape(&span.text);
        let text = match &span.link {
            Some(link) => format!("[{text}]({link})"),
            None => text,
        };
        // Code is no part of the vendor's Markdown; an id stands out in bold instead.
        let text = if span.bold || span.code {
            self.bold(&text)
        } else {
            text
        };
        match span.tone {
            Tone::Plain => text,
            Tone::Good => format!("<font color=#228B22>{text}</font>"),
            Tone::Warning => format!("<font color=#FF8C00>{text}</font>"),
            Tone::Urgent => format!("<font color=#FF0000>{text}</font>"),
        }
    }

    fn heading(&self, inner: &str) -> String {
        format!("#### {inner}")
    }

    fn bold(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn faint(&self, inner: &str) -> String {
        format!("<font color=#888888>{inner}</font>")
    }

    fn row_start(&self) -> &'static str {
        "> "
    }

    fn line_break(&self) -> &'static str {
        BREAK
    }

    fn guard_start(&self, line: String) -> String {
        guard_start(line)
    }
}

/// Puts a backslash where a line would begin a list or a rule.
fn guard_start(line: String) -> String {
    let digits = line.len()
        - line
            .trim_start_matches(|it: char| it.is_ascii_digit())
            .len();
    if line.starts_with(['-', '+', '=']) {
        return format!("\\{line}");
    }
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    line
}
