//! Every package says what it is, takes its settings from the root, and lives in the folder of its
//! name.

use toml::Value;

use super::{Check, Complaint};
use crate::manifest::{self, Member};
use crate::repo::{Repo, file_name};

pub(super) const CHECK: Check = Check {
    name: "packages",
    complaints,
    broken: &[
        &[("crates/net/Cargo.toml", "[package")],
        &[(
            "crates/net/Cargo.toml",
            "[package]\nname = \"net\"\ndescription = \"DESC\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true",
        )],
        &[(
            "crates/net/Cargo.toml",
            "[package]\nname = \"net\"\ndescription = \"The client.\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true",
        )],
        &[(
            "crates/net/Cargo.toml",
            "[package]\nname = \"net\"\ndescription = \"The client.\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true",
        )],
        &[(
            "crates/net/Cargo.toml",
            "[package]\nname = \"client\"\ndescription = \"The client.\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true",
        )],
    ],
};

/// What a package takes from `[workspace.package]`.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let (members, unreadable) = manifest::members(repo);
    let mut complaints: Vec<Complaint> = unreadable
        .iter()
        .map(|(path, why)| Complaint::about(path, why.as_str()))
        .collect();
    for member in &members {
        judge(member, &mut complaints);
    }
    complaints
}

fn judge(member: &Member, complaints: &mut Vec<Complaint>) {
    let mut complain = |says: String| complaints.push(Complaint::about(&member.path, says));
    if member.name != file_name(&member.folder) {
        complain(format!(
            "the package `{}` lives in a folder of another name",
            member.name
        ));
    }
    let package = manifest::table_at(&member.table, &["package"]);
    let description = package
        .and_then(|it| it.get("description")?.as_str())
        .unwrap_or_default();
    if !description.contains(' ') {
        complain("`description` is missing: say in one sentence what the crate is".to_owned());
    }
    for key in INHERITED {
        if package
            .and_then(|it| it.get(*key))
            .is_none_or(|it| !is_inherited(it))
        {
            complain(format!("write `{key}.workspace = true`"));
        }
    }
    if member.table.get("lints").is_none_or(|it| !is_inherited(it)) {
        complain("write `[lints] workspace = true`: the lints hold everywhere".to_owned());
    }
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}
