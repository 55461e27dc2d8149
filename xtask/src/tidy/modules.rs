//! Every Rust file is compiled: a file that no `mod` line names is forgotten code, or a forgotten
//! test.
//!
//! And a crate links its integration tests once: one test binary for each crate, not one for each
//! file.

use super::names::defined;
use super::{Check, Complaint};
use crate::repo::{Repo, file_name, folder};

pub(super) const CHECK: Check = Check {
    name: "modules",
    complaints,
    broken: &[
        &[
            ("crates/a/src/lib.rs", "mod b;"),
            ("crates/a/src/forgotten.rs", "fn f() {}"),
        ],
        &[
            ("crates/a/src/b.rs", "mod d;"),
            ("crates/a/src/lib.rs", "mod b; mod c;"),
            ("crates/a/src/b/c.rs", "fn f() {}"),
        ],
        &[
            ("crates/a/tests/it/main.rs", "mod one;"),
            ("crates/a/tests/it/two.rs", "fn f() {}"),
        ],
        &[
            ("crates/a/tests/one.rs", "fn f() {}"),
            ("crates/a/tests/two/main.rs", "fn f() {}"),
        ],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, _) in repo
        .with_extension("rs")
        .filter(|(path, _)| !path.contains("/fixtures/"))
    {
        if !is_root(path) && !parents(path).iter().any(|it| names_module(repo, it, path)) {
            complaints.push(Complaint::about(
                path,
                "no `mod` line names this file, so it is never compiled",
            ));
        }
    }
    for name in repo.names_in("crates") {
        let folder = format!("crates/{name}/tests");
        let binaries: Vec<&str> = repo
            .names_in(&folder)
            .into_iter()
            .filter(|it| {
                it.ends_with(".rs") || repo.text(&format!("{folder}/{it}/main.rs")).is_some()
            })
            .collect();
        if binaries.len() > 1 {
            let says = format!(
                "{} test binaries link the world {0} times: make one of them",
                binaries.len()
            );
            complaints.push(Complaint::about(&folder, says));
        }
    }
    complaints
}

/// Tells whether cargo compiles this file by itself.
fn is_root(path: &str) -> bool {
    let (name, at) = (file_name(path), folder(path));
    let above = file_name(at);
    let is_target_folder = |it: &str| ["bin", "tests", "benches", "examples"].contains(&it);
    name == "build.rs"
        || (above == "src" && (name == "lib.rs" || name == "main.rs"))
        || (is_target_folder(above) && !folder(at).contains("/src/"))
        || (name == "main.rs" && is_target_folder(file_name(folder(at))))
}

/// Returns the files that could name this one as their module.
fn parents(path: &str) -> Vec<String> {
    let at = folder(path);
    let inside = ["lib.rs", "main.rs"].iter().map(|it| format!("{at}/{it}"));
    inside.chain([format!("{at}.rs")]).collect()
}

/// Tells whether the file `parent` declares the file `child`, by name or by a quoted path.
fn names_module(repo: &Repo, parent: &str, child: &str) -> bool {
    let Some(text) = repo.text(parent) else {
        return false;
    };
    let module = file_name(child).trim_end_matches(".rs");
    let quoted = format!("{}\"", file_name(child));
    text.split(['\n', ';']).any(|statement| {
        let statement = statement.trim();
        defined(statement.rsplit(']').next().unwrap_or(statement), &["mod"]) == Some(module)
            || statement.contains(&quoted)
    })
}

#[cfg(test)]
mod tests {
    use super::complaints;
    use crate::repo::Repo;

    #[test]
    fn modules_are_found_beside_and_below_their_parent() {
        let repo = Repo::of(&[
            (
                "crates/a/src/lib.rs",
                "pub mod b;\n#[cfg(test)]\nmod tests;\n",
            ),
            ("crates/a/src/b.rs", "#[cfg(test)] mod c; pub(crate) mod d;"),
            ("crates/a/src/b/c.rs", "fn f() {}"),
            ("crates/a/src/b/d.rs", "fn f() {}"),
            ("crates/a/src/tests.rs", "fn f() {}"),
            ("crates/a/src/bin/tool.rs", "fn main() {}"),
            ("crates/a/tests/it/main.rs", "mod one;"),
            ("crates/a/tests/it/one.rs", "fn f() {}"),
        ]);
        assert_eq!(complaints(&repo), []);
    }

    #[test]
    fn a_file_reached_by_its_path_is_compiled() {
        let repo = Repo::of(&[
            ("crates/a/src/lib.rs", "#[path = \"odd.rs\"]\nmod even;"),
            ("crates/a/src/odd.rs", "fn f() {}"),
        ]);
        assert_eq!(complaints(&repo), []);
    }
}
