//! The text of a configuration file: where each key stands, and what an error about it says.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::excerpt::{Excerpt, is_showable, redact_line};

/// One step on the way to a value: a key of a table, or a place in an array.
pub(crate) type KeyPath = Vec<String>;

/// The text of one configuration file.
pub(crate) struct Source<'a> {
    text: &'a str,
    /// Sorted by their paths.
    spans: Vec<KeySpan>,
}

struct KeySpan {
    path: KeyPath,
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> Source<'a> {
    /// Returns the source with what it says, or the first error of syntax in it.
    pub(crate) fn parse(text: &'a str) -> Result<(Self, Spanned<DeTable<'a>>), Problem> {
        let mut source = Self {
            text,
            spans: Vec::new(),
        };
        let table = DeTable::parse(text)
            .map_err(|error| source.problem_of(error.message(), error.span()))?;
        let mut spans = Vec::new();
        collect_table(table.get_ref(), &mut Vec::new(), &mut spans);
        spans.sort_by(|a, b| a.path.cmp(&b.path));
        source.spans = spans;
        Ok((source, table))
    }

    /// Returns the problem that is said in the words of `toml` or serde.
    pub(crate) fn problem_of(&self, message: &str, span: Option<Range<usize>>) -> Problem {
        let place = span.as_ref().and_then(|span| self.table_around(span));
        let (message, hint) = explain(message, place.as_deref(), self.shows(span.as_ref()));
        Problem {
            message,
            excerpt: span.map(|span| self.excerpt(span)),
            hint,
        }
    }

    /// Returns a problem with the value at `path`.
    pub(crate) fn problem_at(&self, path: &[&str], message: String) -> Problem {
        let excerpt = self.find(path).map(|it| self.excerpt(it.value.clone()));
        Problem {
            message,
            excerpt,
            hint: None,
        }
    }

    /// Returns a problem with the key at `path`.
    pub(crate) fn problem_at_key(&self, path: &[&str], message: String) -> Problem {
        let excerpt = self.find(path).map(|it| self.excerpt(it.key.clone()));
        Problem {
            message,
            excerpt,
            hint: None,
        }
    }

    /// Tells whether the file has something at `path`.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        self.find(path).is_some()
    }

    /// Returns where the key at `path` starts, for putting things in the order of the file.
    pub(crate) fn position(&self, path: &[&str]) -> usize {
        self.find(path).map_or(usize::MAX, |it| it.key.start)
    }

    fn find(&self, path: &[&str]) -> Option<&KeySpan> {
        let by_path = |it: &KeySpan| it.path.iter().map(String::as_str).cmp(path.iter().copied());
        let place = self.spans.binary_search_by(by_path).ok()?;
        self.spans.get(place)
    }

    /// Returns the name of the table that has a key at `span`.
    fn table_around(&self, span: &Range<usize>) -> Option<String> {
        let found = self.spans.iter().find(|it| it.key == *span)?;
        let (_, table) = found.path.split_last()?;
        Some(table.join("."))
    }

    /// Tells whether the value at `span` belongs to a key that is never secret.
    fn shows(&self, span: Option<&Range<usize>>) -> bool {
        let Some(span) = span else { return false };
        let innermost = self
            .spans
            .iter()
            .filter(|it| it.value.start <= span.start && span.end <= it.value.end)
            .min_by_key(|it| it.value.len());
        innermost.is_some_and(|it| is_showable(last_name(&it.path)))
    }

    fn excerpt(&self, span: Range<usize>) -> Excerpt {
        let start = floor_boundary(self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |it| it + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |it| start + it);
        let end = floor_boundary(self.text, span.end).clamp(start, line_end);
        let line_text = self.text[line_start..line_end].trim_end_matches('\r');
        let (shown, caret) = redact_line(line_text, start - line_start..end - line_start);
        Excerpt {
            line: self.text[..start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            text: shown,
            caret,
        }
    }
}

fn last_name(path: &[String]) -> &str {
    // A place in an array belongs to the key of the array.
    path.iter()
        .rev()
        .find(|it| it.parse::<usize>().is_err())
        .map_or("", String::as_str)
}

fn collect_table(table: &DeTable<'_>, path: &mut KeyPath, spans: &mut Vec<KeySpan>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        spans.push(KeySpan {
            path: path.clone(),
            key: key.span(),
            value: value.span(),
        });
        collect_value(value.get_ref(), path, spans);
        path.pop();
    }
}

fn collect_value(value: &DeValue<'_>, path: &mut KeyPath, spans: &mut Vec<KeySpan>) {
    match value {
        DeValue::Table(table) => collect_table(table, path, spans),
        DeValue::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                path.push(index.to_string());
                spans.push(KeySpan {
                    path: path.clone(),
                    key: item.span(),
                    value: item.span(),
                });
                collect_value(item.get_ref(), path, spans);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Turns a message of the TOML reader into one for the reader of the file, with a suggestion.
fn explain(message: &str, table: Option<&str>, shows: bool) -> (String, Option<String>) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (true, [unknown, known @ ..]) = (message.starts_with("unknown field"), quoted.as_slice())
    {
        let place = match table {
            Some("") => " at the top of the file".to_owned(),
            Some(table) => format!(" in [{table}]"),
            None => String::new(),
        };
        return (
            format!("unknown key `{unknown}`{place}"),
            Some(suggest(unknown, known)),
        );
    }
    if let (true, [unknown, known @ ..]) =
        (message.starts_with("unknown variant"), quoted.as_slice())
    {
        return match shows {
            true => (
                format!("`{unknown}` is not a choice here"),
                Some(suggest(unknown, known)),
            ),
            false => ("this is not a choice here".to_owned(), Some(choices(known))),
        };
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        return (format!("the key {missing} is missing"), None);
    }
    if message == "duplicate key" {
        let hint = "each name stands once; rename or merge the two.".to_owned();
        return ("this key is here twice".to_owned(), Some(hint));
    }
    if message.starts_with("string values must be quoted") {
        let hint = "write it as key = \"value\".".to_owned();
        return ("text must stand in quotes".to_owned(), Some(hint));
    }
    if message.starts_with("unexpected key or value") {
        let hint = "text must stand in quotes, and each key on a line of its own.".to_owned();
        return (message.to_owned(), Some(hint));
    }
    let message = if shows {
        message.to_owned()
    } else {
        without_values(message)
    };
    (in_words(message), None)
}

/// Returns the message with the names of types as people say them.
fn in_words(message: String) -> String {
    match message.rsplit_once("expected ") {
        Some((start, "u16")) => format!("{start}expected a whole number from 0 to 65535"),
        Some((start, kind)) if kind.starts_with("struct ") => format!("{start}expected a table"),
        _ => message,
    }
}

/// Returns the message without the text that serde quotes from the file.
fn without_values(message: &str) -> String {
    match (message.find(": string \""), message.rfind("\", expected ")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}: text{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

/// Returns the sentence that helps with an unknown word: the nearest known one, or all of them.
pub(crate) fn suggest(unknown: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|it| (strsim::normalized_damerau_levenshtein(unknown, it), it))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    match nearest {
        Some((likeness, word)) if likeness >= 0.5 => format!("did you mean `{word}`?"),
        _ => choices(known),
    }
}

fn choices(known: &[&str]) -> String {
    match known {
        [] => "nothing can stand here.".to_owned(),
        _ => format!("there are `{}`.", known.join("`, `")),
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
