//! Where in the old file something is, with the line as it may be shown.

use super::yaml::Place;
use crate::config::Excerpt;

/// The lines of the old file.
pub(super) struct Lines<'a>(Vec<&'a str>);

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self(text.lines().collect())
    }

    /// Returns the place of a value: a caret where it begins, and none of its text.
    pub(super) fn excerpt(&self, place: Place) -> Excerpt {
        let (number, column, line) = self.line_at(place);
        let (text, value_at) = shown(line);
        let caret = value_at.map_or(column.min(text.chars().count() + 1), |at| column.min(at));
        excerpt(number, column, text, caret.saturating_sub(1), 1)
    }

    /// Returns the place of a key: carets under all of it.
    pub(super) fn of_key(&self, place: Place) -> Excerpt {
        let (number, _, line) = self.line_at(place);
        let (text, _) = shown(line);
        let indent = line.chars().take_while(|it| it.is_whitespace()).count();
        let key = text.trim_start().split(':').next().unwrap_or_default();
        let width = key.trim_end().chars().count().max(1);
        excerpt(number, indent + 1, text, indent, width)
    }

    /// Returns the line's number and column, both from 1, and the line.
    fn line_at(&self, place: Place) -> (usize, usize, &'a str) {
        let number = place.line.clamp(1, self.0.len().max(1));
        let line = self.0.get(number - 1).copied().unwrap_or_default();
        (number, place.column, line)
    }
}

fn excerpt(line: usize, column: usize, text: String, before: usize, width: usize) -> Excerpt {
    Excerpt {
        line,
        column,
        caret: format!("{}{}", " ".repeat(before), "^".repeat(width)),
        text,
    }
}

/// Returns a line without its value, and the column of the mark in its place; a line that does not
/// begin with a key is not shown at all.
fn shown(line: &str) -> (String, Option<usize>) {
    let line = line.trim_end().replace('\t', " ");
    let body = line.trim_start();
    let indent = " ".repeat(line.chars().count() - body.chars().count());
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '"' | '\'');
    match body.split_once(':') {
        Some((key, value)) if !key.is_empty() && key.chars().all(is_of_key) => {
            let head = format!("{indent}{key}:");
            match value.trim().is_empty() {
                true => (head, None),
                false => {
                    let at = head.chars().count() + 2;
                    (format!("{head} …"), Some(at))
                }
            }
        }
        _ if body.is_empty() => (String::new(), None),
        _ => {
            let at = indent.chars().count() + 1;
            (format!("{indent}…"), Some(at))
        }
    }
}
