//! WeCom group robots: a small Markdown, 4,096 bytes of content, mentions in a message of their own.
//!
//! Sources: the vendor's "group robot" page; error texts as quoted in public issues. There is no
//! signature: the key in the address is the credential.

use std::time::Duration;

use jiff::Timestamp;
use model::{Span, Tone};
use serde_json::{Value, json};

use crate::channel::{Body, Channel, Parcel, Window, json_post};
use crate::dingtalk::halve_paragraphs;
use crate::feishu::code;
use crate::outcome::{Answer, Outcome, Trouble, by_status, envelope, no_envelope};
use crate::page::Page;
use crate::render::{self, Markup};
use crate::settings::{ChannelSettings, SettingsError};

/// `markdown.content` takes 4,096 bytes; the rest is margin.
const MAX_MARKDOWN: usize = 4_000;
/// `text.content` takes 2,048 bytes; the rest is margin.
const MAX_TEXT: usize = 2_000;
/// How long to leave a robot alone that was spoken to too fast.
const TOO_FAST: Duration = Duration::from_secs(60);
/// Lines across are not in this Markdown.
const RULE: &str = "──────";

pub(crate) struct WeCom;

impl Channel for WeCom {
    fn hosts(&self) -> &'static [&'static str] {
        &["qyapi.weixin.qq.com"]
    }

    fn windows(&self) -> &'static [Window] {
        // The vendor's limit is 20 a minute.
        const { &[Window::new(18, 60)] }
    }

    fn compose(&self, page: &Page<'_>) -> Body {
        let title = page.with_keyword(self.escape(&page.title));
        let mut paragraphs = vec![format!("### {title}")];
        let body = render::join(render::chunks(self, page.pieces, page.texts), RULE);
        if !body.is_empty() {
            paragraphs.push(body);
        }
        if let Some(button) = page.button {
            paragraphs.push(format!(
                "[{}]({})",
                self.escape(&button.caption),
                button.url
            ));
        }
        paragraphs.push(self.faint(&self.escape(&page.mark)));
        let content = paragraphs.join("\n\n");
        let size = content.len();
        let body = json!({ "msgtype": "markdown", "markdown": { "content": content } });
        Body {
            size,
            ..Body::whole(body.to_string())
        }
    }

    fn fits(&self, body: &Body) -> bool {
        body.size <= MAX_MARKDOWN
    }

    /// Markdown cannot ring a phone number, so those who are called get a text beside it.
    fn beside_first(&self, page: &Page<'_>) -> Option<Body> {
        let (mut users, mut mobiles) = (Vec::new(), Vec::new());
        for person in page.people {
            match (&person.wecom, &person.mobile) {
                (Some(user), _) => users.push(user),
                (None, Some(mobile)) => mobiles.push(mobile),
                (None, None) => {}
            }
        }
        if users.is_empty() && mobiles.is_empty() {
            return None;
        }
        let title = page.with_keyword(self.escape(&page.title));
        let content = page
            .texts
            .say_with("mention-notice", &[("title", title.into())]);
        let size = content.len();
        let text = json!({
            "content": content, "mentioned_list": users, "mentioned_mobile_list": mobiles,
        });
        let body = json!({ "msgtype": "text", "text": text });
        Some(Body {
            size,
            ..Body::whole(body.to_string())
        })
    }

    fn fallback(&self, page: &Page<'_>, text: &str) -> Option<String> {
        let text = page.with_keyword(self.escape(text));
        let left_out = page.texts.say("cut-off");
        let shown = if text.len() <= MAX_TEXT {
            text
        } else {
            let end = text.floor_char_boundary(MAX_TEXT - left_out.len() - 1);
            let end = text[..end].rfind('\n').unwrap_or(end);
            format!("{}\n{left_out}", &text[..end])
        };
        Some(json!({ "msgtype": "text", "text": { "content": shown } }).to_string())
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
        let Some((code, words)) = envelope(answer, "errcode", "errmsg") else {
            return no_envelope(answer);
        };
        match code {
            0 => Outcome::Delivered,
            -1 => Outcome::Retry { after: None },
            45_009 | 45_033 => Outcome::Mute { period: TOO_FAST },
            45_002 => Outcome::Split,
            40_058 if words.contains("max length") => Outcome::Split,
            40_058 | 40_008 | 44_004 | 47_001 => Outcome::Downgrade,
            93_000 => Outcome::Permanent {
                reason: Trouble::RobotGone,
            },
            _ => Outcome::Unfamiliar,
        }
    }

    fn halve(&self, body: &str) -> Option<(String, String)> {
        let json: Value = serde_json::from_str(body).ok()?;
        let (first, second) = halve_paragraphs(json["markdown"]["content"].as_str()?)?;
        let half = |content: String| {
            json!({ "msgtype": "markdown", "markdown": { "content": content } }).to_string()
        };
        Some((half(first), half(second)))
    }
}

impl Markup for WeCom {
    /// No escapes are documented, so what could act is replaced by a look-alike.
    fn escape(&self, text: &str) -> String {
        let text = without_outer_underscores(&render::unlinked(text));
        let replace = |it: char| match it {
            '<' => '＜',
            '>' => '＞',
            '[' => '［',
            ']' => '］',
            '*' => '＊',
            '`' => 'ˋ',
            '~' => '∼',
            '\\' => '＼',
            '&' => '＆',
            other => other,
        };
        text.chars().map(replace).collect()
    }

    fn span(&self, span: &Span) -> String {
        let text = match span.code {
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
            Tone::Good => format!("<font color=\"info\">{text}</font>"),
            Tone::Warning | Tone::Urgent => format!("<font color=\"warning\">{text}</font>"),
        }
    }

    fn heading(&self, inner: &str) -> String {
        format!("#### {inner}")
    }

    fn bold(&self, inner: &str) -> String {
        format!("**{inner}**")
    }

    fn faint(&self, inner: &str) -> String {
        format!("<font color=\"comment\">{inner}</font>")
    }

    fn row_start(&self) -> &'static str {
        "> "
    }

    fn line_break(&self) -> &'static str {
        "\n"
    }

    fn guard_start(&self, line: String) -> String {
        guard_start(line)
    }
}

/// Puts a look-alike where a line would begin a heading, a list or a rule.
pub(crate) fn guard_start(line: String) -> String {
    let look_alike = |it: char| match it {
        '#' => Some('＃'),
        '-' => Some('－'),
        '+' => Some('＋'),
        '=' => Some('＝'),
        '.' => Some('．'),
        ')' => Some('）'),
        _ => None,
    };
    // After digits, what would end the number of a list.
    let at = line.len()
        - line
            .trim_start_matches(|it: char| it.is_ascii_digit())
            .len();
    let first = line[at..].chars().next();
    let is_list = first.is_some_and(|it| it == '.' || it == ')');
    match first.filter(|_| (at > 0) == is_list).and_then(look_alike) {
        Some(shown) => format!("{}{shown}{}", &line[..at], &line[at + 1..]),
        None => line,
    }
}

/// Returns text whose underscores stand inside words only: `tke_cls-1` stays, `_x_` does not lean.
pub(crate) fn without_outer_underscores(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|it| characters.get(it))
            .is_some_and(|it| it.is_alphanumeric())
    };
    let shown = characters
        .iter()
        .enumerate()
        .map(|(at, character)| match character {
            '_' if !(is_word(at.checked_sub(1)) && is_word(Some(at + 1))) => '＿',
            other => *other,
        });
    shown.collect()
}
