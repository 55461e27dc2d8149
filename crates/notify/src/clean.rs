//! What may be shown of a text from outside: no control characters, no tricks of direction, no
//! field without end.
//!
//! Cleaning is done once, before any channel sees the message; escaping is each channel's own.

use model::message::{Block, Button, Item, Line, Message, Span};
use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use crate::render::unlinked;

/// How many graphemes of one field are shown: a name, a value, a label, a heading, a title.
const FIELD_GRAPHEMES: usize = 120;
/// How many graphemes of one span of running text are shown: sentences of ours are longer.
const SENTENCE_GRAPHEMES: usize = 400;
/// How many bytes any of them may have: graphemes can be piled up without end.
const FIELD_BYTES: usize = 1_200;
/// A grapheme longer than this is a pile, no character; families of emoji have up to 41 bytes.
const GRAPHEME_BYTES: usize = 64;

/// Returns the message with every text cleaned and cut, and links that lead nowhere good left out.
pub(crate) fn message(message: &Message) -> Message {
    Message {
        title: title(&message.title),
        tone: message.tone,
        blocks: message.blocks.iter().map(block).collect(),
        mention: message.mention.iter().map(|it| field(it)).collect(),
        button: message.button.as_ref().and_then(button),
    }
}

/// Returns what lists and push notices show: never empty, which robots refuse, and without
/// addresses, which notices link on their own.
fn title(text: &str) -> String {
    match unlinked(&field(text)) {
        empty if empty.trim().is_empty() => "Skywarden".to_owned(),
        title => title,
    }
}

/// Returns one line of clean text, cut at 120 graphemes with `…`.
pub(crate) fn field(text: &str) -> String {
    cut(text, FIELD_GRAPHEMES)
}

fn block(block: &Block) -> Block {
    match block {
        Block::Heading(spans) => Block::Heading(line(spans, FIELD_GRAPHEMES)),
        Block::Lines(lines) => Block::Lines(
            lines
                .iter()
                .map(|it| line(it, SENTENCE_GRAPHEMES))
                .collect(),
        ),
        Block::Items { items, total } => Block::Items {
            items: items.iter().map(item).collect(),
            total: *total,
        },
        Block::Values { label, values } => Block::Values {
            label: line(label, FIELD_GRAPHEMES),
            values: values.iter().map(|it| field(it)).collect(),
        },
        Block::Rule => Block::Rule,
    }
}

fn item(item: &Item) -> Item {
    let row = |(label, value): &(String, Line)| (field(label), line(value, FIELD_GRAPHEMES));
    Item {
        heading: line(&item.heading, FIELD_GRAPHEMES),
        rows: item.rows.iter().map(row).collect(),
    }
}

/// Cleans the spans of a line, drops empty ones and joins neighbours of one style, whose markup
/// would run into each other.
fn line(spans: &[Span], graphemes: usize) -> Line {
    let mut clean: Line = Vec::with_capacity(spans.len());
    for span in spans {
        let span = Span {
            text: cut(&span.text, graphemes),
            link: span.link.as_deref().and_then(safe_link),
            ..span.clone()
        };
        let is_same = |last: &Span| {
            (last.tone, last.bold, last.code, &last.link)
                == (span.tone, span.bold, span.code, &span.link)
        };
        match clean.last_mut() {
            _ if span.text.is_empty() => {}
            Some(last) if is_same(last) => last.text.push_str(&span.text),
            _ => clean.push(span),
        }
    }
    clean
}

fn button(button: &Button) -> Option<Button> {
    let caption = cut(&button.caption, 30);
    let url = safe_link(&button.url)?;
    (!caption.is_empty()).then_some(Button { caption, url })
}

/// Returns an address in a spelling that no chat's link syntax can be broken with, or `None` when
/// it is no web address.
pub(crate) fn safe_link(text: &str) -> Option<String> {
    let url = Url::parse(text)
        .ok()
        .filter(|it| matches!(it.scheme(), "https" | "http"))?;
    let mut safe = String::with_capacity(text.len());
    for character in url.as_str().chars() {
        match character {
            '(' | ')' | '[' | ']' | '<' | '>' | '|' | '"' | '\'' | '`' | '*' | '\\' | ' ' => {
                let code = u8::try_from(character).unwrap_or(b' ');
                safe.push('%');
                safe.push_str(&base::hex::encode(&[code]).to_ascii_uppercase());
            }
            other => safe.push(other),
        }
    }
    Some(safe)
}

fn cut(text: &str, graphemes: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for grapheme in text.graphemes(true) {
        let grapheme = if grapheme == "\r\n" { " " } else { grapheme };
        let grapheme: String = grapheme.chars().filter_map(visible).collect();
        if grapheme.is_empty() {
            continue;
        }
        let grapheme = if grapheme.len() > GRAPHEME_BYTES {
            "\u{fffd}"
        } else {
            &grapheme
        };
        if count == graphemes || shown.len() + grapheme.len() > FIELD_BYTES {
            shown.push('…');
            return shown;
        }
        count += 1;
        shown.push_str(grapheme);
    }
    shown
}

/// Returns what is shown of a character: line ends and tabs become spaces; control characters,
/// marks that turn the direction of text, and invisible ones that can carry hidden text go.
fn visible(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{ad}' => None,
        '\u{e0000}'..='\u{e0fff}' => None,
        other if other.is_control() => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_one_line_without_controls_or_turned_direction() {
        assert_eq!(field("a\r\nb\tc\u{0}\u{7}\u{1b}[31m"), "a b c[31m");
        assert_eq!(field("pay\u{202e}cod.exe\u{2066}x\u{2069}"), "paycod.exex");
        assert_eq!(field("a\u{200b}l\u{feff}l"), "all");
        assert_eq!(field("مرحبا 👨‍👩‍👧‍👦 1️⃣ 👩🏽"), "مرحبا 👨‍👩‍👧‍👦 1️⃣ 👩🏽");
    }

    #[test]
    fn a_field_is_cut_at_120_graphemes_never_inside_one() {
        let family = "👨‍👩‍👧";
        let shown = field(&family.repeat(10));
        assert_eq!(shown, family.repeat(10));
        let shown = field(&"é".repeat(10_000));
        assert_eq!(shown.graphemes(true).count(), 121);
        assert!(shown.ends_with('…'));
        assert_eq!(field(&"名".repeat(120)), "名".repeat(120));
    }

    #[test]
    fn piled_up_marks_do_not_make_a_field_long() {
        let pile = format!("z{}", "\u{301}".repeat(10_000));
        assert_eq!(field(&pile), "\u{fffd}");
        assert!(field(&"👨‍👩‍👧‍👦".repeat(10_000)).len() <= FIELD_BYTES + 3);
    }

    #[test]
    fn links_keep_to_the_web_and_cannot_be_broken_out_of() {
        assert_eq!(safe_link("javascript:alert(1)"), None);
        assert_eq!(safe_link("dingtalk://x"), None);
        assert_eq!(
            safe_link("https://a.example/x)](http://evil)|<b>").unwrap(),
            "https://a.example/x%29%5D%28http://evil%29%7C%3Cb%3E"
        );
    }

    #[test]
    fn neighbours_of_one_style_are_joined_and_empty_ones_go() {
        let spans = [
            Span::bold("a"),
            Span::plain(""),
            Span::bold("b"),
            Span::plain("c"),
        ];
        assert_eq!(line(&spans, 120), [Span::bold("ab"), Span::plain("c")]);
    }
}
