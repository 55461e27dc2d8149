//! Both databases go the same way: the two folders of migrations have the same numbers and names,
//! without a gap.

use std::collections::BTreeSet;

use super::{Check, Complaint};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "migrations",
    complaints,
    broken: &[
        &[
            ("crates/store/Cargo.toml", ""),
            ("crates/store/migrations/sqlite/0001_start.sql", ""),
        ],
        &[
            ("crates/store/Cargo.toml", ""),
            ("crates/store/migrations/sqlite/0001_start.sql", ""),
            ("crates/store/migrations/postgres/0001_begin.sql", ""),
        ],
        &[
            ("crates/store/Cargo.toml", ""),
            ("crates/store/migrations/sqlite/0001_a.sql", ""),
            ("crates/store/migrations/sqlite/0001_b.sql", ""),
            ("crates/store/migrations/postgres/0001_a.sql", ""),
            ("crates/store/migrations/postgres/0001_b.sql", ""),
        ],
        &[
            ("crates/store/Cargo.toml", ""),
            ("crates/store/migrations/sqlite/0002_a.sql", ""),
            ("crates/store/migrations/postgres/0002_a.sql", ""),
        ],
        &[("crates/store/Cargo.toml", "")],
    ],
};

const FOLDERS: [&str; 2] = [
    "crates/store/migrations/sqlite",
    "crates/store/migrations/postgres",
];

fn complaints(repo: &Repo) -> Vec<Complaint> {
    if repo.text("crates/store/Cargo.toml").is_none() {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let [one, other] = FOLDERS.map(|it| repo.names_in(it).into_iter().collect::<BTreeSet<&str>>());
    for (folder, names, others) in [(FOLDERS[0], &one, &other), (FOLDERS[1], &other, &one)] {
        for name in others.difference(names) {
            let says = "is missing: a migration is written for both databases in one commit";
            complaints.push(Complaint::about(&format!("{folder}/{name}"), says));
        }
        if names.is_empty() {
            complaints.push(Complaint::about(folder, "has no migration"));
        }
        for (wanted, name) in (1..).zip(names) {
            if number(name) != Some(wanted) {
                let says = format!(
                    "should have the number {wanted}: numbers are single and without a gap"
                );
                complaints.push(Complaint::about(&format!("{folder}/{name}"), says));
            }
        }
    }
    complaints
}

/// Returns the number that a file name such as `0012_outbox.sql` begins with.
fn number(name: &str) -> Option<u32> {
    name.strip_suffix(".sql")?.split_once('_')?.0.parse().ok()
}
