//! A lint is silenced with a reason, and only as long as it would speak.

use super::{Check, Complaint};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "suppressions",
    complaints,
    broken: &[
        &[("crates/a/src/lib.rs", "#[allow(dead_code)]\nfn f() {}")],
        &[("crates/a/src/lib.rs", "#![allow(dead_code)]\nfn f() {}")],
        &[(
            "crates/a/src/lib.rs",
            "#[cfg_attr(test, allow(dead_code))]\nfn f() {}",
        )],
        &[("crates/a/src/lib.rs", "#[expect(dead_code)]\nfn f() {}")],
        &[("crates/a/src/lib.rs", "#[test]\n#[ignore]\nfn f() {}")],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in repo
        .with_extension("rs")
        .filter(|(path, _)| !is_exempt(path))
    {
        for (line, start) in (1..).zip(text.lines().map(str::trim_start)) {
            if start.starts_with("#[") || start.starts_with("#![") {
                let attribute = attribute_from(text, line);
                let attribute = attribute.as_str();
                if attribute.contains("allow(") {
                    complaints.push(Complaint::at(
                        path,
                        line,
                        "write `#[expect(..., reason = \"...\")]`",
                    ));
                }
                if attribute.contains("expect(") && !attribute.contains("reason") {
                    complaints.push(Complaint::at(path, line, "say why: `reason = \"...\"`"));
                }
                if attribute.starts_with("#[ignore") {
                    complaints.push(Complaint::at(
                        path,
                        line,
                        "a test that does not run holds nothing",
                    ));
                }
            }
        }
    }
    complaints
}

/// Machine-made code keeps what its machine wrote, and the samples of this file are not code.
fn is_exempt(path: &str) -> bool {
    path.contains("/generated/") || path.ends_with("tidy/suppressions.rs")
}

/// Returns the attribute that begins on a line, up to its closing bracket.
fn attribute_from(text: &str, line: usize) -> String {
    let mut attribute = String::new();
    let mut depth = 0_i32;
    for letter in text
        .lines()
        .skip(line - 1)
        .flat_map(|it| it.trim().chars().chain(['\n']))
    {
        attribute.push(letter);
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            break;
        }
    }
    attribute
}

#[cfg(test)]
mod tests {
    use super::complaints;
    use crate::repo::Repo;

    #[test]
    fn a_reason_may_stand_on_another_line() {
        let text = "#[expect(\n    dead_code,\n    reason = \"kept\",\n)]\nfn f() {}\n";
        assert!(complaints(&Repo::of(&[("a.rs", text)])).is_empty());
    }

    #[test]
    fn code_that_is_called_allow_is_no_attribute() {
        let text = "fn f() { let allowed = allow(1); }\n";
        assert!(complaints(&Repo::of(&[("a.rs", text)])).is_empty());
    }
}
