//! No source file outgrows what a reader can hold: 600 lines, tests apart.

use super::{Check, Complaint};
use crate::repo::{Repo, is_for_tests};

/// The most lines that a source file may have beside its tests.
const MOST_LINES: usize = 600;

const SOURCES: &[&str] = &["rs", "py", "sh", "sql", "ftl", "js", "css", "html"];

pub(super) const CHECK: Check = Check {
    name: "size",
    complaints,
    broken: &[
        &[("crates/base/src/lib.rs", TOO_LONG)],
        &[("crates/base/src/empty.rs", "//! Nothing here.\n\n")],
    ],
};

/// 601 lines of code.
const TOO_LONG: &str = {
    const BYTES: [u8; 601 * 3] = {
        let mut bytes = [b';'; 601 * 3];
        let mut line = 0;
        while line < 601 {
            bytes[line * 3 + 2] = b'\n';
            line += 1;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for extension in SOURCES {
        for (path, text) in repo
            .with_extension(extension)
            .filter(|(path, _)| !is_for_tests(path))
        {
            let n_lines = lines_beside_tests(text);
            if n_lines > MOST_LINES {
                complaints.push(Complaint::about(
                    path,
                    format!("{n_lines} lines beside its tests, {MOST_LINES} at most: split it by meaning"),
                ));
            }
            if *extension == "rs" && !has_code(text) {
                complaints.push(Complaint::about(
                    path,
                    "no code: remove the file until it has a tenant",
                ));
            }
        }
    }
    complaints
}

/// Counts the lines before the module of tests at the end of the file.
fn lines_beside_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

fn has_code(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, complaints};
    use crate::repo::Repo;

    #[test]
    fn tests_at_the_bottom_do_not_count() {
        let code = "fn a() {}\n".repeat(MOST_LINES);
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    // .\n".repeat(500)
        );
        assert!(complaints(&Repo::of(&[("a.rs", &(code.clone() + &tests))])).is_empty());
        assert_eq!(
            complaints(&Repo::of(&[("a.rs", &(code + "fn b() {}\n" + &tests))])).len(),
            1
        );
    }

    #[test]
    fn files_of_tests_may_be_long() {
        let long = "fn a() {}\n".repeat(MOST_LINES + 1);
        assert!(complaints(&Repo::of(&[("crates/a/src/b/tests.rs", &long)])).is_empty());
        assert!(complaints(&Repo::of(&[("crates/a/tests/it/main.rs", &long)])).is_empty());
    }
}
