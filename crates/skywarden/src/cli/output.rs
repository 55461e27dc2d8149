//! Rows for people and for machines: one sheet, four formats, the same stable names.

use base::Texts;
use comfy_table::{Attribute, Color, ContentArrangement, Table};
use serde_json::{Map, Value, json};

use super::OutputFormat;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    None,
    /// Text.
    Text(String),
    /// Text that wants attention: warning.
    Warning(String),
    /// Text that wants action: urgent.
    Urgent(String),
    /// Text that is good to read.
    Good(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Cell {
    /// Returns text, or nothing when it is empty.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text)
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) | Self::Warning(text) | Self::Urgent(text) | Self::Good(text) => {
                json!(text)
            }
            Self::Number(number) => json!(number),
            Self::Flag(flag) => json!(flag),
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) | Self::Warning(text) | Self::Urgent(text) | Self::Good(text) => {
                text.clone()
            }
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// One column: its stable name is the key of JSON and CSV and of its title in the texts.
pub type Column = &'static str;

/// Rows under columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// The columns' stable names; the title in a table is the text `column-NAME`.
    pub columns: Vec<Column>,
    /// The rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// Returns a sheet without rows.
    #[must_use]
    pub fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Returns the rows as JSON objects.
    #[must_use]
    pub fn json(&self) -> Vec<Value> {
        let object = |row: &Vec<Cell>| {
            let pairs = self.columns.iter().zip(row);
            Value::Object(
                pairs
                    .map(|(name, cell)| ((*name).to_owned(), cell.json()))
                    .collect::<Map<_, _>>(),
            )
        };
        self.rows.iter().map(object).collect()
    }

    /// Returns the sheet as text in a format.
    #[must_use]
    pub fn print(&self, format: OutputFormat, texts: &Texts, colored: bool) -> String {
        match format {
            OutputFormat::Table => self.table(texts, colored),
            OutputFormat::Json => format!("{:#}\n", Value::Array(self.json())),
            OutputFormat::Jsonl => self.json().iter().map(|row| format!("{row}\n")).collect(),
            // A calendar has no rows; what else asks for one is refused before it begins.
            OutputFormat::Csv | OutputFormat::Ics => self.csv(),
        }
    }

    fn table(&self, texts: &Texts, colored: bool) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if !colored {
            table.force_no_tty();
        } else {
            table.enforce_styling();
        }
        table.set_header(
            self.columns
                .iter()
                .map(|name| texts.say(&format!("column-{name}"))),
        );
        for row in &self.rows {
            table.add_row(row.iter().map(shown));
        }
        format!("{table}\n")
    }

    fn csv(&self) -> String {
        let mut text = self.columns.join(",");
        text.push_str("\r\n");
        for row in &self.rows {
            let fields: Vec<String> = row.iter().map(|cell| csv_field(&cell.plain())).collect();
            text.push_str(&fields.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

fn shown(cell: &Cell) -> comfy_table::Cell {
    let plain = comfy_table::Cell::new(printable(&cell.plain()));
    match cell {
        Cell::Urgent(_) => plain.fg(Color::Red).add_attribute(Attribute::Bold),
        Cell::Warning(_) => plain.fg(Color::Yellow),
        Cell::Good(_) => plain.fg(Color::Green),
        _ => plain,
    }
}

/// Returns text without control characters and direction marks, which could repaint the terminal,
/// and not longer than a name deserves.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    shortened(text, 120)
}

/// Returns text like [`printable`], as long as an error with all its causes may be.
#[must_use]
pub(crate) fn printable_line(text: &str) -> String {
    shortened(text, 1000)
}

fn shortened(text: &str, longest: usize) -> String {
    let harmless = |it: &char| {
        !it.is_control()
            && !matches!(*it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown: String = text.chars().filter(harmless).take(longest + 1).collect();
    if shown.chars().count() > longest {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Quotes a field (RFC 4180); one that a spreadsheet would take for a formula gets an apostrophe.
fn csv_field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<f64>().is_err());
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["id", "days_left"]);
        sheet
            .rows
            .push(vec![Cell::text("=cmd|'x'"), Cell::Number(-3)]);
        sheet.rows.push(vec![Cell::text("a,\"b\""), Cell::None]);
        sheet
    }

    #[test]
    fn machines_get_stable_names_and_spreadsheets_no_formulas() {
        let texts = Texts::read("en", "");
        let csv = sheet().print(OutputFormat::Csv, &texts, false);
        assert_eq!(csv, "id,days_left\r\n'=cmd|'x',-3\r\n\"a,\"\"b\"\"\",\r\n");
        let lines = sheet().print(OutputFormat::Jsonl, &texts, false);
        assert_eq!(
            lines.lines().next(),
            Some(r#"{"days_left":-3,"id":"=cmd|'x'"}"#)
        );
    }

    #[test]
    fn names_cannot_repaint_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c"), "a[31mbc");
        assert_eq!(printable(&"長".repeat(10_000)).chars().count(), 121);
    }
}
