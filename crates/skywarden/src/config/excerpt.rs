//! How a line of a configuration is shown in an error.
//!
//! Invariant: an excerpt shows keys, and values only of keys that can never hold a secret. People
//! paste webhooks and keys in unexpected places, and errors end up in logs and chats.

use std::fmt;
use std::ops::Range;

/// The keys whose values may be shown in an excerpt.
const SHOWABLE: [&str; 92] = [
    "CNY",
    "EUR",
    "GBP",
    "HKD",
    "JPY",
    "SGD",
    "USD",
    "account",
    "accounts",
    "act",
    "act_select",
    "aliyun",
    "all",
    "amount_invisible",
    "at_least",
    "at_most",
    "aws",
    "balance",
    "balance_below",
    "channels",
    "cloud",
    "copy_to",
    "daily",
    "delete_after",
    "digest_hour",
    "every",
    "exclude",
    "expect_identity",
    "format",
    "from",
    "gone_after",
    "gone_keep",
    "host",
    "hourly",
    "image",
    "image_disks",
    "image_keep",
    "interactive",
    "keep",
    "kind",
    "language",
    "last",
    "level",
    "managed",
    "max_age",
    "max_list_length",
    "mode",
    "monthly",
    "name",
    "notify",
    "other_groups",
    "outbound",
    "owner_tags",
    "owners",
    "people",
    "percent",
    "periods",
    "ping",
    "port",
    "prices",
    "profile",
    "protected_tags",
    "region",
    "regions",
    "report_to",
    "require",
    "resource_directory",
    "role",
    "rotation",
    "scheduled",
    "scope",
    "sealed",
    "security",
    "select",
    "severity",
    "site",
    "stop_after",
    "tag_alone",
    "tags",
    "tencent",
    "threshold_tag",
    "timeout",
    "timezone",
    "title",
    "tls",
    "to",
    "until",
    "urgent_days",
    "via",
    "warn_days",
    "weekly",
    "within",
];

/// One line of a file with a caret under the part that is meant, secrets left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line in the file, from 1.
    pub line: usize,
    /// The column in that line, in characters from 1.
    pub column: usize,
    /// The line as it is shown.
    pub text: String,
    /// The line below it: spaces and carets.
    pub caret: String,
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        write!(
            f,
            "{margin} |\n{number} | {}\n{margin} | {}",
            self.text, self.caret
        )
    }
}

/// Returns the line as it may be shown, and the caret line for `span` (bytes of the line).
pub(super) fn redact_line(line: &str, span: Range<usize>) -> (String, String) {
    let hidden = hidden_parts(line);
    let mut shown = String::new();
    let mut before = String::new();
    let mut carets = 0;
    for (index, character) in line.char_indices() {
        let part = hidden.iter().find(|it| it.contains(&index));
        let text = match part {
            Some(part) if part.start == index => "…",
            Some(_) => continue,
            None => &line[index..index + character.len_utf8()],
        };
        let meant = match part {
            Some(part) => part.start < span.end.max(span.start + 1) && span.start < part.end,
            None => span.contains(&index),
        };
        if meant {
            carets += width(text);
        } else if carets == 0 && index < span.start {
            before.push_str(if character == '\t' { "\t" } else { blank(text) });
        }
        shown.push_str(text);
    }
    (shown, before + &"^".repeat(carets.max(1)))
}

/// Returns the parts of the line that must not be shown: values of keys that may hold a secret.
///
/// The line may be no TOML at all, such as an address without quotes, so a key counts only where
/// TOML has one: at the start of the line, or after a brace or comma of an inline table.
fn hidden_parts(line: &str) -> Vec<Range<usize>> {
    let trimmed = line.trim_start();
    if is_header(trimmed) || is_showable(first_word(trimmed)) && !line.contains('=') {
        return Vec::new();
    }
    let mut hidden = Vec::new();
    let mut hide = |from: usize, to: usize| {
        let text = &line[from..to];
        let start = from + (text.len() - text.trim_start_matches([' ', '\t', '{', '[']).len());
        let end = from + text.trim_end_matches([' ', '\t', '}', ']', ',']).len();
        if start < end {
            hidden.push(start..end);
        }
    };
    let mut quote = None;
    let mut in_table = false;
    let mut key_start = Some(0);
    // Where the value of the last key begins, when it must be hidden.
    let mut secret_start = Some(0);
    for (index, character) in line.char_indices() {
        match (quote, character) {
            (Some(open), it) if open == it => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '{' | ',') if character == '{' || in_table => {
                in_table = true;
                key_start = Some(index + 1);
            }
            (None, '=') => {
                let Some(start) = key_start.take() else {
                    continue;
                };
                let key = line[start..index].trim().trim_matches(['"', '\'']);
                if !key
                    .chars()
                    .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'))
                {
                    continue;
                }
                if let Some(from) = secret_start {
                    hide(from, start);
                }
                let name = key.rsplit('.').next().unwrap_or(key);
                secret_start = (!is_showable(name)).then_some(index + 1);
            }
            (None, _) => {}
        }
    }
    if let Some(from) = secret_start {
        hide(from, line.len());
    }
    hidden
}

/// Tells whether the line is the header of a table, and not the rest of an array.
fn is_header(line: &str) -> bool {
    let name = line
        .strip_prefix("[[")
        .or_else(|| line.strip_prefix('['))
        .unwrap_or("");
    !line.contains('=') && name.starts_with(|it: char| it.is_ascii_alphabetic())
}

fn first_word(line: &str) -> &str {
    let end = line
        .find(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
        .unwrap_or(line.len());
    &line[..end]
}

pub(super) fn is_showable(key: &str) -> bool {
    SHOWABLE.contains(&key)
}

fn width(text: &str) -> usize {
    text.chars().map(|it| if is_wide(it) { 2 } else { 1 }).sum()
}

/// Returns white space as wide as `text`.
fn blank(text: &str) -> &'static str {
    if text.chars().any(is_wide) {
        "\u{3000}"
    } else {
        " "
    }
}

/// Chinese, Japanese, Korean and their punctuation take two columns of a terminal.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{ffdc}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..)
}
