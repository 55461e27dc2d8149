//! What is left to do has an issue, or it is not left but forgotten.

use super::{Check, Complaint};
use crate::repo::Repo;

const NOTE: &str = concat!("TO", "DO");
const ALARM: &str = concat!("FIX", "ME");

pub(super) const CHECK: Check = Check {
    name: "todos",
    complaints,
    broken: &[
        &[("crates/a/src/lib.rs", concat!("// TO", "DO: later"))],
        &[("test", concat!("# TO", "DO(me): later"))],
        &[("README.md", concat!("FIX", "ME"))],
        &[("crates/a/src/lib.rs", concat!("// TO", "DO(#): later"))],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in repo
        .files()
        .filter(|(path, _)| !path.contains("/fixtures/"))
    {
        for (number, line) in (1..).zip(text.lines()) {
            if line.contains(ALARM) {
                complaints.push(Complaint::at(
                    path,
                    number,
                    "do it now, or write an issue and name it",
                ));
            }
            if line.match_indices(NOTE).any(|(at, _)| is_loose(line, at)) {
                complaints.push(Complaint::at(
                    path,
                    number,
                    format!("name the issue: `{NOTE}(#n)`"),
                ));
            }
        }
    }
    complaints
}

/// Tells whether the word at `at` is a note of its own that names no issue.
fn is_loose(line: &str, at: usize) -> bool {
    let is_letter = |it: char| it.is_alphanumeric() || it == '_';
    let (before, after) = (&line[..at], &line[at + NOTE.len()..]);
    if before.chars().next_back().is_some_and(is_letter)
        || after.chars().next().is_some_and(is_letter)
    {
        return false;
    }
    let issue = after.strip_prefix("(#").and_then(|it| it.split_once(')'));
    issue.is_none_or(|(number, _)| number.parse::<u32>().is_err())
}

#[cfg(test)]
mod tests {
    use super::complaints;
    use crate::repo::Repo;

    #[test]
    fn a_note_with_an_issue_and_a_longer_word_are_fine() {
        let text = concat!("// TO", "DO(#12): later\nlet x = \"TO", "DOS\";\n");
        assert!(complaints(&Repo::of(&[("a.rs", text)])).is_empty());
    }
}
