//! A neutral message as plain text, for golden tests of what a report says.

use std::fmt::Write as _;

use model::message::{Block, Item, Line, Message};
use model::{Span, Tone};

/// Returns every fact of a message as text, one line for each line of it.
///
/// Bold is `**…**`, code is `` `…` ``, a color is `{red …}`, a link is `[…](url)`.
#[must_use]
pub fn message_text(message: &Message) -> String {
    let mut text = format!("# {} ({})\n", message.title, tone(message.tone));
    for block in &message.blocks {
        match block {
            Block::Heading(heading) => _ = writeln!(text, "## {}", line(heading)),
            Block::Lines(lines) => lines
                .iter()
                .for_each(|it| _ = writeln!(text, "{}", line(it))),
            Block::Items { items, total } => {
                items.iter().for_each(|it| item(&mut text, it));
                if *total != items.len() {
                    _ = writeln!(text, "(shown {} of {total})", items.len());
                }
            }
            Block::Values { label, values } => {
                _ = writeln!(text, "{} {}", line(label), values.join(","));
            }
            Block::Rule => text.push_str("---\n"),
        }
    }
    if !message.mention.is_empty() {
        _ = writeln!(text, "@ {}", message.mention.join(", "));
    }
    if let Some(button) = &message.button {
        _ = writeln!(text, "[{}]({})", button.caption, button.url);
    }
    text
}

fn item(text: &mut String, item: &Item) {
    let mut start = "- ";
    if !item.heading.is_empty() {
        _ = writeln!(text, "- {}", line(&item.heading));
        start = "  ";
    }
    for (label, value) in &item.rows {
        _ = writeln!(text, "{start}{label}: {}", line(value));
        start = "  ";
    }
}

fn line(line: &Line) -> String {
    line.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    let mut text = span.text.clone();
    if span.code {
        text = format!("`{text}`");
    }
    if span.bold {
        text = format!("**{text}**");
    }
    if span.tone != Tone::Plain {
        text = format!("{{{} {text}}}", tone(span.tone));
    }
    match &span.link {
        Some(url) => format!("[{text}]({url})"),
        None => text,
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "green",
        Tone::Warning => "orange",
        Tone::Urgent => "red",
    }
}
