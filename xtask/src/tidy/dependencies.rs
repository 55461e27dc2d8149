//! A dependency is a decision: its version is in the root manifest, its reason in ARCHITECTURE.md,
//! and somebody uses it.

use super::{Check, Complaint};
use crate::manifest::{self, Member};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "dependencies",
    complaints,
    broken: &[
        // A version outside the root manifest.
        &[
            ("Cargo.toml", "[workspace.dependencies]\nbytes = \"1\""),
            (
                "crates/net/Cargo.toml",
                "[package]\nname = \"net\"\n[dependencies]\nbytes = \"1\"",
            ),
            ("crates/net/src/lib.rs", "use bytes::Bytes;"),
        ],
        // Nobody depends on it.
        &[("Cargo.toml", "[workspace.dependencies]\nbytes = \"1\"")],
        // The crate depends on it, but no line of it does.
        &[
            (
                "Cargo.toml",
                "[workspace.dependencies]\nasync-trait = \"1\"",
            ),
            (
                "crates/net/Cargo.toml",
                "[package]\nname = \"net\"\n[dependencies]\nasync-trait.workspace = true",
            ),
            ("crates/net/src/lib.rs", "fn no_async_trait_here() {}"),
        ],
        // No reason is written down.
        &[
            ("Cargo.toml", "[workspace.dependencies]\nbytes = \"1\""),
            ("ARCHITECTURE.md", "| `http` | words |"),
            (
                "crates/net/Cargo.toml",
                "[package]\nname = \"net\"\n[dependencies]\nbytes.workspace = true",
            ),
            ("crates/net/src/lib.rs", "use bytes::Bytes;"),
        ],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let (members, _) = manifest::members(repo);
    let mut complaints = Vec::new();
    for member in &members {
        let mut idle = Vec::new();
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            if !dependency.is_inherited {
                let says = format!(
                    "write `{name}.workspace = true`: versions and features are in the root manifest"
                );
                complaints.push(Complaint::about(&member.path, says));
            }
            if !is_named(repo, member, name) {
                idle.push(format!("`{name}`"));
            }
        }
        if !idle.is_empty() {
            let says = format!("no line of the crate uses {}: remove them", idle.join(", "));
            complaints.push(Complaint::about(&member.path, says));
        }
    }
    for (name, is_ours) in manifest::workspace_dependencies(repo) {
        let is_wanted = members
            .iter()
            .any(|it| it.dependencies.iter().any(|it| it.name == name));
        if !is_wanted && !is_ours {
            complaints.push(Complaint::about(
                "Cargo.toml",
                format!("no crate depends on `{name}`: remove it"),
            ));
        }
        if let Some(reasons) = repo.text("ARCHITECTURE.md")
            && !is_ours
            && !reasons.contains(&format!("`{name}`"))
        {
            let says =
                format!("does not say why `{name}` is a dependency: add its line to the table");
            complaints.push(Complaint::about("ARCHITECTURE.md", says));
        }
    }
    complaints
}

/// Tells whether any line of the package's code or tests names the dependency.
fn is_named(repo: &Repo, member: &Member, dependency: &str) -> bool {
    let word = dependency.replace('-', "_");
    let inside = format!("{}/", member.folder);
    repo.with_extension("rs")
        .filter(|(path, _)| path.starts_with(&inside))
        .flat_map(|(_, text)| text.lines())
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| has_word(line, &word))
}

/// Tells whether `word` stands in the line with no letter of a longer name beside it.
fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
    line.match_indices(word).any(|(at, _)| {
        !is_letter(line[..at].chars().next_back())
            && !is_letter(line[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert!(has_word("use serde::Serialize;", "serde"));
        assert!(has_word("#[serde(default)]", "serde"));
        assert!(!has_word("use serde_json::Value;", "serde"));
        assert!(!has_word("let url2 = 1;", "url"));
        assert!(has_word("let url2: url::Url = 1;", "url"));
    }
}
