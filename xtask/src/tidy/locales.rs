//! Both languages say the same things: the same keys with the same variables, and no text that
//! nobody asks for.
//!
//! A key counts as used when the code of any room has it as a string, whole (`"patrol-title"`) or
//! as the beginning that a format string completes (`"severity-{level}"`), or when another text
//! refers to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Complaint};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "locales",
    complaints,
    broken: &[
        // A key that one language lacks.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi\nbye = Bye"),
            ("crates/a/locales/zh-CN/a.ftl", "hi = 你好"),
            ("crates/a/src/lib.rs", "(\"hi\", \"bye\")"),
        ],
        // A file that one language lacks.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi"),
            ("crates/a/src/lib.rs", "\"hi\""),
        ],
        // A variable that one language leaves out.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi { $name }"),
            ("crates/a/locales/zh-CN/a.ftl", "hi = 你好"),
            ("crates/a/src/lib.rs", "\"hi\""),
        ],
        // A text that nobody asks for.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi"),
            ("crates/a/locales/zh-CN/a.ftl", "hi = 你好"),
            ("crates/a/src/lib.rs", "\"hide\""),
        ],
        // A key that is there twice: the second one never shows.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi\nhi = Ho"),
            ("crates/a/locales/zh-CN/a.ftl", "hi = 你好"),
            ("crates/a/src/lib.rs", "\"hi\""),
        ],
        // An attribute that one language lacks.
        &[
            ("crates/a/locales/en/a.ftl", "hi = Hi\n    .hint = Wave"),
            ("crates/a/locales/zh-CN/a.ftl", "hi = 你好"),
            ("crates/a/src/lib.rs", "\"hi\""),
        ],
        // A third language that nobody promised.
        &[
            ("crates/a/locales/fr/a.ftl", "hi = Salut"),
            ("crates/a/src/lib.rs", "\"hi\""),
        ],
    ],
};

/// A file whose keys the code makes at run time from something else, and the test that holds every
/// key to its use.
struct Held {
    room: &'static str,
    file: &'static str,
    holder: &'static str,
    test: &'static str,
}

const HELD: &[Held] = &[Held {
    room: "crates/skywarden",
    file: "help.ftl",
    holder: "crates/skywarden/src/cli/help.rs",
    test: "fn every_command_and_argument_has_its_help_in_both_languages_and_no_help_is_left_over()",
}];

/// The languages that every text is written in.
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// One text of one language.
#[derive(Debug, Default)]
struct Entry {
    line: usize,
    /// What the text shows of its caller's values.
    variables: BTreeSet<String>,
    /// The other texts that it contains.
    refers_to: BTreeSet<String>,
}

/// The texts of a file by key; attributes as `key.attribute`.
type Texts = BTreeMap<String, Entry>;

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let usage = Usage::of(repo);
    for (path, text) in repo.with_extension("ftl") {
        let Some((room, language, file)) = place(path) else {
            let says =
                "texts live in crates/ROOM/locales/LANGUAGE/, for the languages en and zh-CN";
            complaints.push(Complaint::about(path, says));
            continue;
        };
        let texts = read(path, text, &mut complaints);
        for other in LANGUAGES.into_iter().filter(|it| *it != language) {
            let twin = format!("{room}/locales/{other}/{file}");
            match repo.text(&twin) {
                Some(translated) => {
                    let translated = read(&twin, translated, &mut Vec::new());
                    compare(&texts, &twin, &translated, &mut complaints);
                }
                None => complaints.push(Complaint::about(
                    &twin,
                    format!("is missing: {path} has no twin"),
                )),
            }
        }
        let held = HELD.iter().find(|it| it.room == room && it.file == file);
        if held.is_some_and(|it| has_test(repo, it)) {
            continue;
        }
        for (key, entry) in texts.iter().filter(|(key, _)| !key.contains('.')) {
            if !usage.has(key) {
                let says = format!("nobody asks for `{key}`: remove it in every language");
                complaints.push(Complaint::at(path, entry.line, says));
            }
        }
    }
    complaints
}

fn has_test(repo: &Repo, held: &Held) -> bool {
    repo.text(held.holder)
        .is_some_and(|text| text.contains(&format!("#[test]\n    {}", held.test)))
}

/// Splits `crates/ROOM/locales/LANGUAGE/FILE`; `None` anywhere else.
fn place(path: &str) -> Option<(&str, &str, &str)> {
    let (room, rest) = path.split_once("/locales/")?;
    let (language, file) = rest.split_once('/')?;
    (LANGUAGES.contains(&language) && !file.contains('/')).then_some((room, language, file))
}

fn compare(texts: &Texts, twin: &str, translated: &Texts, complaints: &mut Vec<Complaint>) {
    for (key, entry) in texts {
        match translated.get(key) {
            None => complaints.push(Complaint::about(twin, format!("has no `{key}`"))),
            Some(other) => {
                for variable in entry.variables.difference(&other.variables) {
                    let says = format!("`{key}` leaves out ${variable}");
                    complaints.push(Complaint::at(twin, other.line, says));
                }
            }
        }
    }
}

/// Reads the keys of a Fluent file, with what each text mentions.
fn read(path: &str, text: &str, complaints: &mut Vec<Complaint>) -> Texts {
    let mut texts = Texts::new();
    let (mut key, mut current) = (String::new(), String::new());
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('#') {
            continue;
        }
        let attribute = line
            .trim_start()
            .strip_prefix('.')
            .filter(|_| line.starts_with(' '));
        if let Some(name) = identifier(line) {
            name.clone_into(&mut key);
            name.clone_into(&mut current);
        } else if let Some(name) = attribute.and_then(identifier) {
            current = format!("{key}.{name}");
        } else {
            mentions(line, texts.entry(current.clone()).or_default());
            continue;
        }
        if texts.contains_key(&current) {
            complaints.push(Complaint::at(
                path,
                number,
                format!("`{current}` is there twice"),
            ));
        }
        let entry = texts.entry(current.clone()).or_default();
        entry.line = number;
        mentions(line.split_once('=').map_or("", |(_, value)| value), entry);
    }
    texts.remove("");
    texts
}

/// Returns the name that a line gives a value to: `name = ...`.
fn identifier(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim_end();
    let is_plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

/// Notes the variables and the other texts that a line of a text has in braces.
fn mentions(line: &str, entry: &mut Entry) {
    for inside in line.split('{').skip(1) {
        let inside = inside.split('}').next().unwrap_or(inside);
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_' || it == '$';
        for word in inside.split(|it| !is_part(it)).filter(|it| !it.is_empty()) {
            match word.strip_prefix('$') {
                Some(variable) => entry.variables.insert(variable.to_owned()),
                None => entry.refers_to.insert(word.to_owned()),
            };
        }
    }
}

/// What the code and the texts ask for.
struct Usage<'a> {
    code: Vec<&'a str>,
    /// The beginnings of keys that format strings complete.
    beginnings: BTreeSet<&'a str>,
    referred: BTreeSet<String>,
}

impl<'a> Usage<'a> {
    fn of(repo: &'a Repo) -> Self {
        let code: Vec<&str> = ["rs", "html"]
            .iter()
            .flat_map(|it| repo.with_extension(it))
            .filter(|(path, _)| path.starts_with("crates/"))
            .map(|(_, text)| text)
            .collect();
        let beginnings = code.iter().flat_map(|it| beginnings(it)).collect();
        let mut referred = BTreeSet::new();
        for (path, text) in repo.with_extension("ftl") {
            for entry in read(path, text, &mut Vec::new()).into_values() {
                referred.extend(entry.refers_to);
            }
        }
        Self {
            code,
            beginnings,
            referred,
        }
    }

    fn has(&self, key: &str) -> bool {
        self.referred.contains(key)
            || self.beginnings.iter().any(|it| key.starts_with(it))
            || self
                .code
                .iter()
                .any(|it| it.contains(&format!("\"{key}\"")))
    }
}

/// Returns what stands between a quotation mark and the first brace of a format string, where it
/// ends in a hyphen.
fn beginnings(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("-{").filter_map(move |(at, _)| {
        let start = code[..at].rfind('"')? + 1;
        let beginning = &code[start..=at];
        let is_plain = |it: char| it.is_ascii_alphanumeric() || it == '-';
        (beginning.len() > 1 && beginning.chars().all(is_plain)).then_some(beginning)
    })
}

#[cfg(test)]
mod tests {
    use super::{HELD, beginnings, complaints};
    use crate::repo::Repo;

    fn check(english: &str, chinese: &str, code: &str) -> Vec<String> {
        let repo = Repo::of(&[
            ("crates/a/locales/en/a.ftl", english),
            ("crates/a/locales/zh-CN/a.ftl", chinese),
            ("crates/a/src/lib.rs", code),
        ]);
        complaints(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn selectors_terms_and_attributes_are_understood() {
        let english = "# Hello = not a key\n-brand = Skywarden\nfound = { $n ->\n    [one] One thing\n   *[other] { $n } things\n  } by { -brand }\n    .hint = Look at { $place }\n";
        let chinese =
            "-brand = 云守\nfound = { -brand } 发现 { $n } 项\n    .hint = 请看 { $place }\n";
        assert_eq!(check(english, chinese, "text(\"found\")"), [] as [&str; 0]);
    }

    #[test]
    fn a_format_string_uses_the_keys_it_can_make() {
        assert_eq!(
            check(
                "level-low = Low\n",
                "level-low = 低\n",
                "format!(\"level-{level}\")"
            ),
            [] as [&str; 0]
        );
        assert_eq!(
            beginnings("x(\"a b-{c}\"); y(\"-{d}\"); z(\"e-{f}\")").collect::<Vec<_>>(),
            ["e-"]
        );
    }

    #[test]
    fn a_file_of_made_up_keys_is_left_to_its_test_as_long_as_that_is_there() {
        let texts = [
            (
                "crates/skywarden/locales/en/help.ftl",
                "skywarden = Watch\n",
            ),
            (
                "crates/skywarden/locales/zh-CN/help.ftl",
                "skywarden = 看护\n",
            ),
        ];
        let test = format!("    #[test]\n    {} {{}}\n", HELD[0].test);
        let held = [texts[0], texts[1], (HELD[0].holder, test.as_str())];
        assert_eq!(complaints(&Repo::of(&texts)).len(), 2);
        assert_eq!(complaints(&Repo::of(&held)), []);
    }

    #[test]
    fn a_missing_variable_is_named_with_its_place() {
        assert_eq!(
            check("bill = Pay { $sum }\n", "\nbill = 请付款\n", "\"bill\""),
            ["crates/a/locales/zh-CN/a.ftl:2: `bill` leaves out $sum"]
        );
    }
}
