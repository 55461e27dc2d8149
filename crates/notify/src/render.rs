//! The one walk over a page, for all chats whose text is some kind of Markdown.
//!
//! Invariant: a chunk is balanced in itself; whatever cuts between chunks cuts no markup.

use model::Span;
use model::message::{Item, Line};

use crate::page::Piece;
use crate::texts::Texts;

/// What one chat writes for the smallest nodes.
pub(crate) trait Markup {
    /// Returns text from outside so that nothing in it acts.
    fn escape(&self, text: &str) -> String;
    /// Returns one span with its style.
    fn span(&self, span: &Span) -> String;
    /// Returns a heading; `inner` has no bold in it.
    fn heading(&self, inner: &str) -> String;
    /// Returns bold text; `inner` is escaped.
    fn bold(&self, inner: &str) -> String;
    /// Returns a remark that stands back; `inner` is escaped.
    fn faint(&self, inner: &str) -> String;
    /// Returns what stands before a row of an item that has no heading.
    fn row_start(&self) -> &'static str;
    /// Returns what breaks a line inside a chunk.
    fn line_break(&self) -> &'static str;
    /// Returns a line that could be taken for a list, a heading or a rule so that it is none.
    fn guard_start(&self, line: String) -> String;
}

/// Some pieces that stand together, as text; or a line across.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    Text(String),
    Rule,
}

/// Returns the chunks of a page. Items without a heading get a line across between them.
pub(crate) fn chunks(markup: &dyn Markup, pieces: &[Piece], texts: &Texts) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut last: Option<&Piece> = None;
    for piece in pieces {
        if needs_rule(last, piece) {
            chunks.push(Chunk::Rule);
        }
        let is_same_block = matches!(
            (last, piece),
            (Some(Piece::Line { block: one, .. }), Piece::Line { block: other, .. }) if one == other
        );
        match (chunk(markup, piece, texts), chunks.last_mut()) {
            (Chunk::Text(text), Some(Chunk::Text(open))) if is_same_block => {
                open.push_str(markup.line_break());
                open.push_str(&text);
            }
            (Chunk::Rule, None | Some(Chunk::Rule)) => {}
            (chunk, _) => chunks.push(chunk),
        }
        last = Some(piece);
    }
    if chunks.last() == Some(&Chunk::Rule) {
        chunks.pop();
    }
    chunks
}

/// Returns whether a line across belongs between two pieces.
pub(crate) fn needs_rule(last: Option<&Piece>, next: &Piece) -> bool {
    let Some(Piece::Item { item, .. }) = last else {
        return false;
    };
    item.heading.is_empty() && !matches!(next, Piece::More { .. } | Piece::Rule)
}

fn chunk(markup: &dyn Markup, piece: &Piece, texts: &Texts) -> Chunk {
    Chunk::Text(match piece {
        Piece::Rule => return Chunk::Rule,
        Piece::Heading { line } => markup.heading(&inner(markup, line)),
        Piece::Line { line, .. } => markup.guard_start(spans(markup, line)),
        Piece::Item { item, .. } => self::item(markup, item, texts),
        Piece::Values { label, values, .. } => {
            let values = markup.span(&Span::code(values.join(", ")));
            if label.is_empty() {
                values
            } else {
                let label = markup.guard_start(spans(markup, label));
                format!("{label}{}{values}", markup.line_break())
            }
        }
        Piece::More { .. } | Piece::LinesLeftOut { .. } => {
            markup.faint(&markup.escape(&note(piece, texts)))
        }
    })
}

fn item(markup: &dyn Markup, item: &Item, texts: &Texts) -> String {
    let colon = markup.escape(&texts.say("label-colon"));
    let row = |(label, value): &(String, Line)| {
        let value = spans(markup, value);
        let label = markup.escape(label);
        match (item.heading.is_empty(), label.is_empty()) {
            (_, true) => format!("{}{value}", markup.row_start()),
            (true, false) => format!(
                "{}{}{colon}{value}",
                markup.row_start(),
                markup.bold(&label)
            ),
            (false, false) => format!("• {label}{colon}{value}"),
        }
    };
    let heading =
        (!item.heading.is_empty()).then(|| markup.guard_start(spans(markup, &item.heading)));
    let lines: Vec<String> = heading
        .into_iter()
        .chain(item.rows.iter().map(row))
        .collect();
    lines.join(markup.line_break())
}

/// Returns a line with its styles. Bold spans that touch are one bold: `**a****b**` is none.
pub(crate) fn spans(markup: &dyn Markup, line: &Line) -> String {
    let is_bold = |it: &Span| it.bold && !it.code;
    let mut text = String::new();
    for run in line.chunk_by(|one, other| is_bold(one) && is_bold(other)) {
        match run {
            [single] => text.push_str(&markup.span(single)),
            several => text.push_str(&bold_run(markup, several)),
        }
    }
    text
}

/// Returns spans as one bold text, the white space at its ends outside: inside it would end the bold.
fn bold_run(markup: &dyn Markup, run: &[Span]) -> String {
    let inner = inner(markup, run);
    let core = inner.trim();
    if core.is_empty() {
        return inner;
    }
    let start = inner.len() - inner.trim_start().len();
    let (before, after) = (&inner[..start], &inner[start + core.len()..]);
    format!("{before}{}{after}", markup.bold(core))
}

/// Returns a line for the inside of something bold, where more bold would end it.
fn inner(markup: &dyn Markup, line: &[Span]) -> String {
    line.iter()
        .map(|it| {
            markup.span(&Span {
                bold: false,
                code: false,
                ..it.clone()
            })
        })
        .collect()
}

/// Returns the words of an omission.
pub(crate) fn note(piece: &Piece, texts: &Texts) -> String {
    match piece {
        Piece::More {
            count, shown: 0, ..
        } => texts.say_with("more-items", &[("count", (*count).into())]),
        Piece::More { count, shown, .. } => {
            let places = [("count", (*count).into()), ("shown", (*shown).into())];
            texts.say_with("top-items", &places)
        }
        Piece::LinesLeftOut { count } => {
            texts.say_with("lines-left-out", &[("count", (*count).into())])
        }
        _ => String::new(),
    }
}

/// Plain text: for fallbacks and the text half of a mail.
pub(crate) struct Plain;

impl Markup for Plain {
    fn escape(&self, text: &str) -> String {
        text.to_owned()
    }

    fn span(&self, span: &Span) -> String {
        match &span.link {
            Some(link) if *link != span.text => format!("{} {link}", span.text),
            _ => span.text.clone(),
        }
    }

    fn heading(&self, inner: &str) -> String {
        inner.to_owned()
    }

    fn bold(&self, inner: &str) -> String {
        inner.to_owned()
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

    fn guard_start(&self, line: String) -> String {
        line
    }
}

/// Returns the chunks as one text, `rule` standing for a line across.
pub(crate) fn join(chunks: Vec<Chunk>, rule: &str) -> String {
    let text = |chunk| match chunk {
        Chunk::Text(text) => text,
        Chunk::Rule => rule.to_owned(),
    };
    chunks
        .into_iter()
        .map(text)
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Returns `text` with a web address's `://` made unreadable to clients that link on their own.
pub(crate) fn unlinked(text: &str) -> String {
    text.replace("://", "：//")
}

#[cfg(test)]
mod tests {
    use model::Tone;

    use super::*;
    use crate::dingtalk::DingTalk;

    #[test]
    fn bold_spans_that_touch_are_one_bold_as_the_sentry_wrote_it() {
        let line = vec![
            Span::bold("您有 "),
            Span::bold("161").toned(Tone::Urgent),
            Span::bold(" 个资源将到期："),
            Span::plain(" "),
            Span::bold("ecs"),
        ];
        assert_eq!(
            spans(&DingTalk, &line),
            "**您有 <font color=#FF0000>161</font> 个资源将到期：** **ecs**"
        );
        let spaced = vec![Span::bold(" a"), Span::bold("b ")];
        assert_eq!(spans(&DingTalk, &spaced), " **ab** ");
    }
}
