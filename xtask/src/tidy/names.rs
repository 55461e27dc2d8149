//! Files and types say what they are: no drawers for odds and ends, no doers named after their
//! doing.

use super::{Check, Complaint};
use crate::repo::{Repo, file_name};

/// Modules that would hold whatever fits nowhere else.
const DRAWERS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "shared",
];

/// Endings of type names that say nothing about what the type is.
const EMPTY_ENDINGS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils"];

pub(super) const CHECK: Check = Check {
    name: "names",
    complaints,
    broken: &[
        &[("crates/net/src/client/mod.rs", "fn a() {}")],
        &[("crates/net/src/utils.rs", "fn a() {}")],
        &[("crates/net/src/helpers/text.rs", "fn a() {}")],
        &[("crates/net/src/lib.rs", "pub(crate) mod misc {\n}")],
        &[("crates/net/src/lib.rs", "pub struct ConnectionManager;")],
        &[("crates/common/Cargo.toml", "[package]\nname = \"common\"")],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in repo.with_extension("rs") {
        if file_name(path) == "mod.rs" {
            complaints.push(Complaint::about(
                path,
                "name the file after its folder: foo.rs beside foo/",
            ));
        }
        let stems = path.split('/').map(|part| part.trim_end_matches(".rs"));
        if let Some(drawer) = stems.into_iter().find(|it| DRAWERS.contains(it)) {
            complaints.push(Complaint::about(path, drawer_advice(drawer)));
        }
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(drawer) = defined(line, &["mod"]).filter(|it| DRAWERS.contains(it)) {
                complaints.push(Complaint::at(path, number, drawer_advice(drawer)));
            }
            let name = defined(line, &["struct", "enum", "trait", "type"]).unwrap_or_default();
            if let Some(ending) = EMPTY_ENDINGS.iter().find(|it| name.ends_with(*it)) {
                complaints.push(Complaint::at(
                    path,
                    number,
                    format!("`{name}` says nothing by `{ending}`: name the thing it is"),
                ));
            }
        }
    }
    for name in repo
        .names_in("crates")
        .into_iter()
        .filter(|it| DRAWERS.contains(it))
    {
        complaints.push(Complaint::about(
            &format!("crates/{name}"),
            drawer_advice(name),
        ));
    }
    complaints
}

fn drawer_advice(name: &str) -> String {
    format!("`{name}` is a drawer: name the module after what it holds")
}

/// Returns the name that a line defines with one of the keywords.
pub(super) fn defined<'a>(line: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let mut words = line
        .split_whitespace()
        .skip_while(|it| it.starts_with("pub") || it.starts_with("#["));
    // `pub(in a::b)` has a blank inside.
    let mut first = words.next()?;
    while first.ends_with(')') && !first.starts_with('(') {
        first = words.next()?;
    }
    if !keywords.contains(&first) {
        return None;
    }
    let name = words.next()?;
    let end = name
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .unwrap_or(name.len());
    Some(&name[..end])
}

#[cfg(test)]
mod tests {
    use super::{complaints, defined};
    use crate::repo::Repo;

    #[test]
    fn definitions_are_found_behind_any_visibility() {
        assert_eq!(
            defined("pub(crate) struct Pacer<'a> {", &["struct"]),
            Some("Pacer")
        );
        assert_eq!(
            defined("    enum Step {", &["struct", "enum"]),
            Some("Step")
        );
        assert_eq!(
            defined("pub(in crate::tidy) mod misc;", &["mod"]),
            Some("misc")
        );
        assert_eq!(defined("// a struct Manager", &["struct"]), None);
    }

    #[test]
    fn a_word_that_only_contains_a_drawer_is_fine() {
        let repo = Repo::of(&[(
            "crates/net/src/commonplace.rs",
            "struct Managed;\nmod utility_bills;",
        )]);
        assert!(complaints(&repo).is_empty());
    }
}
