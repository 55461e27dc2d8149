//! Message cards: what JSON 2.0 allows, and what a person sees of a card.
//!
//! In 2.0 an unknown property refuses the whole card; in 1.0 it is ignored. The shapes are the
//! vendor's component pages, cut to what a bot without callbacks may send: forms, inputs and
//! callback buttons are refused here, where the real service accepts them and shows an error to
//! whoever clicks.

mod shapes;

use serde_json::{Map, Value};

use super::ring;
use crate::robots::markup::{self, Breaks};
use crate::robots::record::Reading;

use shapes::{Shape, component};

/// Components of one card, everything with a `tag` counted.
const MAX_ELEMENTS: usize = 200;
/// Tables of one card, tables in Markdown counted.
const MAX_TABLES: usize = 5;

/// Checks a card and reads it; an error is the rest of the vendor's message.
pub(super) fn read(card: &Value, reading: &mut Reading) -> Result<(), String> {
    let mut walk = Walk {
        reading,
        elements: 0,
        tables: 0,
        path: Vec::new(),
    };
    match &card["schema"] {
        Value::Null => walk.lenient(card)?,
        Value::String(schema) if schema == "1.0" => walk.lenient(card)?,
        Value::String(schema) if schema == "2.0" => {
            walk.check(card, &Shape::Object(shapes::CARD))?;
        }
        _ => return Err(parse_error("unsupported schema version")),
    }
    if walk.elements > MAX_ELEMENTS {
        return Err("ext=ErrCode: 300305; ErrMsg: element exceeds the limit; ".to_owned());
    }
    if walk.tables > MAX_TABLES {
        let what = "card table number over limit; ErrorValue: table; ";
        return Err(format!("ext=ErrCode: 11310; ErrMsg: {what}"));
    }
    Ok(())
}

fn parse_error(what: &str) -> String {
    format!("ext=ErrCode: 200621; ErrMsg: parse card json err, {what}; ")
}

/// One pass over a card.
struct Walk<'a> {
    reading: &'a mut Reading,
    elements: usize,
    tables: usize,
    path: Vec<String>,
}

impl Walk<'_> {
    fn wrong(&self, what: &str) -> String {
        parse_error(&format!("{what}, path: [{}]", self.path.join(" -> ")))
    }

    fn check(&mut self, value: &Value, shape: &Shape) -> Result<(), String> {
        let fits = match shape {
            Shape::Any => true,
            Shape::Text => value.is_string(),
            Shape::Number => value.is_number(),
            Shape::Flag => value.is_boolean(),
            Shape::True => *value == Value::Bool(true),
            Shape::Length => value.is_string() || value.is_number(),
            Shape::OneOf(words) => value.as_str().is_some_and(|it| words.contains(&it)),
            Shape::Between(low, high) => value
                .as_i64()
                .is_some_and(|it| (*low..=*high).contains(&it)),
            Shape::Object(properties) => return self.object(value, properties),
            Shape::List(of) => {
                let Some(values) = value.as_array() else {
                    return Err(self.wrong("not a list"));
                };
                return self.each(values, |walk, it| walk.check(it, of));
            }
            Shape::Components => {
                let Some(values) = value.as_array() else {
                    return Err(self.wrong("not a list"));
                };
                return self.each(values, Self::component);
            }
        };
        if fits {
            Ok(())
        } else {
            Err(self.wrong(&format!("invalid value: {value}")))
        }
    }

    fn each(
        &mut self,
        values: &[Value],
        check: impl Fn(&mut Self, &Value) -> Result<(), String>,
    ) -> Result<(), String> {
        for (index, value) in values.iter().enumerate() {
            let tag = value["tag"]
                .as_str()
                .map(|it| format!("(tag: {it})"))
                .unwrap_or_default();
            self.path.push(format!("[{index}]{tag}"));
            check(self, value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn object(&mut self, value: &Value, shape: &[(&str, Shape)]) -> Result<(), String> {
        let Some(members) = value.as_object() else {
            return Err(self.wrong("not an object"));
        };
        self.elements += usize::from(members.contains_key("tag"));
        for (name, value) in members {
            let Some((_, shape)) = shape.iter().find(|it| it.0 == name) else {
                return Err(self.wrong(&format!("unknown property: {name}")));
            };
            self.path.push(name.clone());
            self.check(value, shape)?;
            self.path.pop();
        }
        self.read_texts(members);
        Ok(())
    }

    fn component(&mut self, value: &Value) -> Result<(), String> {
        let tag = value["tag"].as_str().unwrap_or_default();
        let Some(shape) = component(tag) else {
            let path = self.path.join(" -> ");
            let why = "cards of schema V2 no longer support this capability";
            return Err(format!(
                "ext=ErrPath: {path}; ErrCode: 200861; ErrMsg: {why}; \
                 ErrorValue: unsupported tag {tag}; "
            ));
        };
        if tag == "table" {
            // Depth two is `body -> elements -> [n]`: tables stand at the root only.
            if self.path.len() > 3 {
                return Err(self.wrong("type of element is not supported tag: table"));
            }
            self.table(value)?;
        }
        self.object(value, shape)
    }

    /// Checks that rows have the columns' keys only, and reads the cells.
    fn table(&mut self, table: &Value) -> Result<(), String> {
        self.tables += 1;
        let empty = Vec::new();
        let columns = table["columns"].as_array().unwrap_or(&empty);
        if columns.is_empty() || columns.len() > 50 {
            return Err(self.wrong("table needs 1 to 50 columns"));
        }
        let kind = |name: &str| {
            let column = columns.iter().find(|it| it["name"] == name);
            column.map(|it| it["data_type"].as_str().unwrap_or("text"))
        };
        for row in table["rows"].as_array().unwrap_or(&empty) {
            let Some(cells) = row.as_object() else {
                return Err(self.wrong("row: not an object"));
            };
            for (name, cell) in cells {
                let Some(kind) = kind(name) else {
                    return Err(self.wrong(&format!("row has no column: {name}")));
                };
                match (kind, cell) {
                    ("lark_md" | "markdown", Value::String(source)) => self.markdown(source),
                    ("text", Value::String(text)) => self.reading.add_text(text, text),
                    ("number" | "date", Value::Number(number)) => {
                        let number = number.to_string();
                        self.reading.add_text(&number, &number);
                    }
                    ("options" | "persons", _) => {}
                    _ => return Err(self.wrong(&format!("cell {name} is no {kind}"))),
                }
            }
        }
        Ok(())
    }

    /// Reads what one object shows, rings and links to.
    fn read_texts(&mut self, members: &Map<String, Value>) {
        let get = |key: &str| members.get(key).and_then(Value::as_str);
        let is_title = self.path == ["header", "title"];
        if let Some(content) = get("content") {
            match get("tag") {
                Some("markdown" | "lark_md") => self.markdown(content),
                Some("plain_text") => self.reading.add_text(content, content),
                _ => {}
            }
            if is_title {
                self.reading.title = Some(content.to_owned());
            }
        }
        if let Some(name) = get("display_name") {
            self.reading.add_text(name, name);
        }
        for key in ["default_url", "url", "pc_url", "ios_url", "android_url"] {
            if let Some(url) = get(key).filter(|it| !it.is_empty()) {
                self.reading.links.push(url.to_owned());
            }
        }
    }

    fn markdown(&mut self, source: &str) {
        let seen = markup::markdown(source, Breaks::Break);
        self.reading.add_text(source, &seen.text);
        self.reading.links.extend(seen.links);
        self.tables += markup::tables(source);
        ring(source, self.reading);
    }

    /// Reads a card 1.0: unknown properties pass, components must be of the old kinds.
    fn lenient(&mut self, card: &Value) -> Result<(), String> {
        let Some(elements) = card["elements"].as_array() else {
            return Err(parse_error("elements is missing, path: []"));
        };
        for (index, element) in elements.iter().enumerate() {
            let tag = element["tag"].as_str().unwrap_or_default();
            if !shapes::OLD_COMPONENTS.contains(&tag) {
                self.path.push(format!("elements -> [{index}]"));
                return Err(self.wrong(&format!("not support tag: {tag}")));
            }
        }
        self.gather(card)
    }

    fn gather(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|it| self.gather(it)),
            Value::Object(members) => {
                self.elements += usize::from(members.contains_key("tag"));
                if members.get("tag").and_then(Value::as_str) == Some("table") {
                    self.table(value)?;
                }
                for (name, member) in members {
                    self.path.push(name.clone());
                    self.gather(member)?;
                    self.path.pop();
                }
                self.read_texts(members);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
