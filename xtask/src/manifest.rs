//! The manifests of the workspace, read far enough to know who depends on whom.

use toml::{Table, Value};

use crate::repo::{Repo, folder};

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The folder of the package, from the root.
    pub(crate) folder: String,
    /// The path of its manifest, from the root.
    pub(crate) path: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) table: Table,
}

/// One line below `[dependencies]` or its siblings.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) section: Section,
    /// Whether version and features come from the root manifest.
    pub(crate) is_inherited: bool,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Code,
    Tests,
    Build,
}

/// Returns the packages below `crates/` and `xtask/`, and for each manifest that cannot be read its
/// path and the reason.
pub(crate) fn members(repo: &Repo) -> (Vec<Member>, Vec<(String, String)>) {
    let mut members = Vec::new();
    let mut unreadable = Vec::new();
    let manifests = repo.with_extension("toml").filter(|(path, _)| {
        path.ends_with("/Cargo.toml") && (path.starts_with("crates/") || path.starts_with("xtask/"))
    });
    for (path, text) in manifests {
        match text.parse::<Table>() {
            Ok(table) => members.push(member(path, table)),
            Err(error) => unreadable.push((path.to_owned(), error.message().to_owned())),
        }
    }
    (members, unreadable)
}

/// Returns `[workspace.dependencies]` of the root manifest: each name, and whether it is one of our
/// own packages.
pub(crate) fn workspace_dependencies(repo: &Repo) -> Vec<(String, bool)> {
    let root = repo
        .text("Cargo.toml")
        .and_then(|text| text.parse::<Table>().ok());
    let Some(dependencies) = root
        .as_ref()
        .and_then(|it| table_at(it, &["workspace", "dependencies"]))
    else {
        return Vec::new();
    };
    dependencies
        .iter()
        .map(|(name, value)| (name.clone(), value.get("path").is_some()))
        .collect()
}

/// Returns the table below a path of keys.
pub(crate) fn table_at<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Table> {
    keys.iter()
        .try_fold(table, |it, key| it.get(*key)?.as_table())
}

fn member(path: &str, table: Table) -> Member {
    let mut dependencies = Vec::new();
    read_sections(&table, &mut dependencies);
    for (_, platform) in table_at(&table, &["target"]).into_iter().flatten() {
        if let Some(platform) = platform.as_table() {
            read_sections(platform, &mut dependencies);
        }
    }
    let name = table_at(&table, &["package"]).and_then(|it| it.get("name")?.as_str());
    Member {
        name: name.unwrap_or_default().to_owned(),
        folder: folder(path).to_owned(),
        path: path.to_owned(),
        dependencies,
        table,
    }
}

fn read_sections(table: &Table, dependencies: &mut Vec<Dependency>) {
    let sections = [
        ("dependencies", Section::Code),
        ("dev-dependencies", Section::Tests),
        ("build-dependencies", Section::Build),
    ];
    for (key, section) in sections {
        for (name, value) in table_at(table, &[key]).into_iter().flatten() {
            let package = value.get("package").and_then(Value::as_str).unwrap_or(name);
            dependencies.push(Dependency {
                name: package.to_owned(),
                section,
                is_inherited: value.get("workspace").and_then(Value::as_bool) == Some(true),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Section, members};
    use crate::repo::Repo;

    #[test]
    fn dependencies_of_every_section_and_platform_are_seen() {
        let manifest = "
            [package]
            name = \"net\"
            [dependencies]
            base.workspace = true
            [dev-dependencies]
            other = { package = \"real\", version = \"1\" }
            [target.'cfg(unix)'.dependencies]
            nix = \"1\"
        ";
        let (found, unreadable) = members(&Repo::of(&[("crates/net/Cargo.toml", manifest)]));
        assert!(unreadable.is_empty());
        let seen: Vec<(&str, Section)> = found[0]
            .dependencies
            .iter()
            .map(|it| (it.name.as_str(), it.section))
            .collect();
        assert_eq!(
            seen,
            [
                ("base", Section::Code),
                ("real", Section::Tests),
                ("nix", Section::Code)
            ]
        );
        assert!(found[0].dependencies[0].is_inherited);
    }

    #[test]
    fn a_broken_manifest_is_named() {
        let (found, unreadable) = members(&Repo::of(&[("crates/net/Cargo.toml", "[package")]));
        assert!(found.is_empty());
        assert_eq!(unreadable[0].0, "crates/net/Cargo.toml");
    }
}
