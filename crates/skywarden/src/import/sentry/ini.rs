//! The INI as Python's `configparser` reads it.
//!
//! The values come from the `configparser` crate; a look at the lines beside it finds what that
//! crate lets pass and Python does not: a section or key that stands there twice, text before the
//! first section, a key without a value.

use std::collections::BTreeMap;

use super::SentryError;

const DEFAULT_SECTION: &str = "DEFAULT";

/// An old file.
pub(super) struct Ini {
    sections: Vec<Section>,
}

/// One section with the values that hold in it, those of `[DEFAULT]` included.
pub(super) struct Section {
    pub(super) name: String,
    values: BTreeMap<String, String>,
    lines: BTreeMap<String, usize>,
}

impl Section {
    /// Returns the value of `key`, or `None` when it is missing or empty.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.values
            .get(key)
            .map(String::as_str)
            .filter(|it| !it.is_empty())
    }

    /// Returns the line of `key`, from 1.
    pub(super) fn line(&self, key: &str) -> usize {
        self.lines.get(key).copied().unwrap_or(1)
    }

    /// Tells whether an access key stands here in the old encryption.
    pub(super) fn is_encrypted(&self) -> bool {
        ["access_key", "access_key_secret"]
            .iter()
            .any(|key| self.value(key).is_some_and(|it| it.starts_with("B_")))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    pub(super) fn bad(&self, key: &str, expected: &'static str) -> SentryError {
        SentryError::Value {
            section: self.name.clone(),
            key: key.to_owned(),
            line: self.line(key),
            expected,
        }
    }
}

impl Ini {
    pub(super) fn parse(text: &str) -> Result<Self, SentryError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::read(text)?;
        let mut parser = configparser::ini::Ini::new_cs();
        parser.set_inline_comment_symbols(Some(&[]));
        parser.set_default_section(DEFAULT_SECTION);
        let map = parser
            .read(text.to_owned())
            .map_err(|_| SentryError::Syntax {
                line: 1,
                problem: "this is not an INI file",
            })?;
        let mut sections = Vec::new();
        let mut defaults = BTreeMap::new();
        for (name, values) in map {
            let values: BTreeMap<String, String> = values
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_lowercase(), value?)))
                .collect();
            if name == DEFAULT_SECTION {
                defaults = values;
            } else {
                let lines = lines.of(&name);
                sections.push(Section {
                    name,
                    values,
                    lines,
                });
            }
        }
        for section in &mut sections {
            for (key, value) in &defaults {
                section
                    .values
                    .entry(key.clone())
                    .or_insert_with(|| value.clone());
            }
            section.values = interpolated(section)?;
        }
        Ok(Self { sections })
    }

    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|it| it.name == name)
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter()
    }
}

/// Where sections and keys stand.
struct Lines {
    keys: BTreeMap<(String, String), usize>,
}

impl Lines {
    fn read(text: &str) -> Result<Self, SentryError> {
        let mut sections: BTreeMap<String, usize> = BTreeMap::new();
        let mut keys: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut section: Option<String> = None;
        for (line, content) in (1..).zip(text.lines().map(str::trim)) {
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            if content.starts_with('[') {
                let end = content.rfind(']').ok_or(SentryError::Syntax {
                    line,
                    problem: "a section needs a closing bracket",
                })?;
                let name = content[1..end].trim().to_owned();
                if let Some(first) = sections.insert(name.clone(), line) {
                    return Err(SentryError::Twice {
                        what: format!("[{name}]"),
                        first,
                        line,
                    });
                }
                section = Some(name);
                continue;
            }
            let Some(section) = &section else {
                let problem = "there is text before the first section";
                return Err(SentryError::Syntax { line, problem });
            };
            let end = content
                .find(['=', ':'])
                .filter(|it| *it > 0)
                .ok_or(SentryError::Syntax {
                    line,
                    problem: "this is neither a section nor `key = value`",
                })?;
            let key = content[..end].trim().to_lowercase();
            if let Some(first) = keys.insert((section.clone(), key.clone()), line) {
                let what = format!("`{key}` in [{section}]");
                return Err(SentryError::Twice { what, first, line });
            }
        }
        Ok(Self { keys })
    }

    fn of(&self, section: &str) -> BTreeMap<String, usize> {
        self.keys
            .iter()
            .filter(|((name, _), _)| name == section)
            .map(|((_, key), line)| (key.clone(), *line))
            .collect()
    }
}

/// Replaces `%%` and `%(key)s` as Python does; a lone percent sign, over which Python stops, is
/// taken as it stands.
fn interpolated(section: &Section) -> Result<BTreeMap<String, String>, SentryError> {
    let mut done = BTreeMap::new();
    for (key, value) in &section.values {
        // Python follows ten references deep.
        done.insert(key.clone(), interpolate(section, key, value, 10)?);
    }
    Ok(done)
}

fn interpolate(
    section: &Section,
    key: &str,
    value: &str,
    depth: u8,
) -> Result<String, SentryError> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
        } else if let Some((name, after)) =
            rest.strip_prefix('(').and_then(|it| it.split_once(")s"))
        {
            let other = section
                .values
                .get(&name.to_lowercase())
                .filter(|_| depth > 0)
                .ok_or_else(|| section.bad(key, "a value whose %(references)s exist"))?;
            text.push_str(&interpolate(section, key, other, depth - 1)?);
            rest = after;
        } else {
            text.push('%');
        }
    }
    text.push_str(rest);
    Ok(text)
}
