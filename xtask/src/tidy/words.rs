//! The repository speaks of itself alone: no place of one machine, no host of a package registry,
//! no document it lacks.
//!
//! The words are put together from pieces, so that this list is not its own first find.

use super::{Check, Complaint};
use crate::repo::Repo;

/// A word that must not be written, and why.
struct Word {
    /// Looked for without regard to case.
    text: &'static str,
    why: &'static str,
    /// Files that may say it all the same.
    except: &'static [&'static str],
}

const REGISTRY: &str = "names the host of a package registry: let the package client know it";
const MACHINE: &str = "is a place on one machine only: use a path from the root, or a setting";
const MISSING: &str = "points at a text that is not in this repository: say the reason itself";
const MAKERS: &str = "says who or what wrote it: the repository speaks of the product";

const WORDS: &[Word] = &[
    word(concat!("pypi", ".org"), REGISTRY),
    word(concat!("pythonhosted", ".org"), REGISTRY),
    word(concat!("registry.npmjs", ".org"), REGISTRY),
    word(concat!("index.crates", ".io"), REGISTRY),
    word(concat!("static.crates", ".io"), REGISTRY),
    word(concat!("deb.debian", ".org"), REGISTRY),
    word(concat!("proxy.golang", ".org"), REGISTRY),
    word(concat!("\"/wo", "rk/"), MACHINE),
    word(concat!(" /wo", "rk/"), MACHINE),
    word(concat!("`/wo", "rk/"), MACHINE),
    word(concat!("=/wo", "rk/"), MACHINE),
    word(concat!("/root/", ".cargo"), MACHINE),
    word(concat!("/root/", ".rustup"), MACHINE),
    word(concat!("/root/", ".pyenv"), MACHINE),
    word(concat!("/tmp/", "bash_jobs"), MACHINE),
    Word {
        text: concat!("../sha", "red/"),
        why: MISSING,
        // The advisory data may lie beside the checkout.
        except: &["test", "supply/README.md"],
    },
    word(concat!("design", ".md"), MISSING),
    word(concat!("design", " §"), MISSING),
    word(concat!("style", ".md"), MISSING),
    word(concat!("style", " §"), MISSING),
    word(concat!("crates", ".md"), MISSING),
    word(concat!("cases", ".md"), MISSING),
    word(concat!("alibaba", ".md"), MISSING),
    word(concat!("chat-robots", ".md"), MISSING),
    word(concat!(" refer", "ence/"), MISSING),
    word(concat!("`refer", "ence/"), MISSING),
    word(concat!("seed", " 1's"), MISSING),
    word(concat!("seed", " 5's"), MISSING),
    word(concat!("anth", "ropic"), MAKERS),
    word(concat!("clau", "de"), MAKERS),
    word(concat!("chat", "gpt"), MAKERS),
    word(concat!("co-authored", "-by"), MAKERS),
];

const fn word(text: &'static str, why: &'static str) -> Word {
    Word {
        text,
        why,
        except: &[],
    }
}

pub(super) const CHECK: Check = Check {
    name: "words",
    complaints,
    broken: &[
        &[("README.md", concat!("from https://PyPI", ".org/simple"))],
        &[(
            "crates/a/src/lib.rs",
            concat!("const HOME: &str = \"/wo", "rk/main\";"),
        )],
        &[(
            "crates/a/src/lib.rs",
            concat!("//! See sty", "le.md.\nfn f() {}"),
        )],
        &[("CHANGELOG.md", concat!("Written by Clau", "de."))],
    ],
};

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in repo.files() {
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.to_ascii_lowercase();
            for word in WORDS
                .iter()
                .filter(|it| line.contains(it.text) && !it.except.contains(&path))
            {
                complaints.push(Complaint::at(
                    path,
                    number,
                    format!("`{}` {}", word.text.trim(), word.why),
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::{WORDS, complaints};
    use crate::repo::Repo;

    #[test]
    fn every_word_is_found() {
        for word in WORDS {
            let text = format!("before{}after", word.text.to_ascii_uppercase());
            assert!(
                !complaints(&Repo::of(&[("notes.md", &text)])).is_empty(),
                "{}",
                word.text
            );
        }
    }

    #[test]
    fn a_file_may_have_leave_to_say_a_word() {
        let word = WORDS.iter().find(|it| !it.except.is_empty()).unwrap();
        assert!(complaints(&Repo::of(&[(word.except[0], word.text)])).is_empty());
    }
}
