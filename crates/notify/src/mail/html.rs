//! The HTML half of a mail: one narrow table, styles inline, nothing loaded from anywhere.

use model::message::{Item, Line};
use model::{Span, Tone};

use crate::page::{Page, Piece};
use crate::render::{needs_rule, note, unlinked};

/// Returns a whole document.
pub(crate) fn document(page: &Page<'_>, subject: &str) -> String {
    let mut body = vec![format!(
        "<h2 style=\"margin:0 0 12px;font-size:18px;color:{}\">{}</h2>",
        color(page.tone).unwrap_or("#222"),
        escape(subject)
    )];
    let mut last = None;
    for piece in page.pieces {
        if needs_rule(last, piece) {
            body.push(RULE.to_owned());
        }
        body.push(html(piece, page));
        last = Some(piece);
    }
    if let Some(button) = page.button {
        body.push(format!(
            "<p><a href=\"{}\" style=\"display:inline-block;padding:8px 16px;border-radius:4px;\
             background:#1677ff;color:#fff;text-decoration:none\">{}</a></p>",
            escape_attribute(&button.url),
            escape(&button.caption)
        ));
    }
    body.push(format!(
        "<p style=\"color:#888;font-size:12px\">{}</p>",
        escape(&page.mark)
    ));
    let body = body.concat();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>\
         <body style=\"font-family:sans-serif;font-size:14px;color:#222\">{body}</body></html>"
    )
}

const RULE: &str = "<hr style=\"border:0;border-top:1px solid #ddd\">";

fn html(piece: &Piece, page: &Page<'_>) -> String {
    match piece {
        Piece::Heading { line } => {
            format!(
                "<h3 style=\"margin:12px 0 6px;font-size:15px\">{}</h3>",
                spans(line)
            )
        }
        Piece::Line { line, .. } => format!("<p style=\"margin:4px 0\">{}</p>", spans(line)),
        Piece::Item { item, .. } => self::item(item),
        Piece::Values { label, values, .. } => format!(
            "<p style=\"margin:4px 0\">{}<br><code>{}</code></p>",
            spans(label),
            escape(&values.join(", "))
        ),
        Piece::More { .. } | Piece::LinesLeftOut { .. } => {
            format!(
                "<p style=\"color:#888\">{}</p>",
                escape(&note(piece, page.texts))
            )
        }
        Piece::Rule => RULE.to_owned(),
    }
}

fn item(item: &Item) -> String {
    let row = |(label, value): &(String, Line)| {
        format!(
            "<tr><td style=\"padding:2px 16px 2px 0;color:#666;white-space:nowrap\">{}</td>\
             <td style=\"padding:2px 0\">{}</td></tr>",
            escape(label),
            spans(value)
        )
    };
    let rows: String = item.rows.iter().map(row).collect();
    let heading = match item.heading.is_empty() {
        true => String::new(),
        false => format!("<p style=\"margin:8px 0 2px\">{}</p>", spans(&item.heading)),
    };
    format!("{heading}<table style=\"border-collapse:collapse\">{rows}</table>")
}

fn spans(line: &Line) -> String {
    line.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    let mut text = escape(&span.text);
    if span.code {
        text = format!("<code>{text}</code>");
    }
    if span.bold {
        text = format!("<b>{text}</b>");
    }
    if let Some(link) = &span.link {
        text = format!("<a href=\"{}\">{text}</a>", escape_attribute(link));
    }
    match color(span.tone) {
        Some(color) => format!("<span style=\"color:{color}\">{text}</span>"),
        None => text,
    }
}

fn color(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Good => Some("#228B22"),
        Tone::Warning => Some("#D46B08"),
        Tone::Urgent => Some("#CF1322"),
    }
}

fn escape(text: &str) -> String {
    escape_attribute(&unlinked(text))
}

fn escape_attribute(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
