//! Who has read one cloud has read all: rooms of a kind have the same files.

use super::{Check, Complaint};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "siblings",
    complaints,
    broken: &[
        &[
            ("crates/cloud-aliyun/src/lib.rs", "mod sign;"),
            ("crates/cloud-aliyun/src/sign.rs", ""),
        ],
        &[
            ("crates/duty-patrol/src/lib.rs", ""),
            ("crates/duty-patrol/src/rules.rs", ""),
        ],
    ],
};

/// The files that every room of a kind has in `src/`.
const KINDS: &[(&str, &[&str])] = &[
    ("cloud-", &["lib.rs", "auth.rs", "sign.rs", "errors.rs"]),
    ("duty-", &["lib.rs", "settings.rs", "rules.rs", "report.rs"]),
];

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for name in repo.names_in("crates") {
        let kinds = KINDS.iter().filter(|(kind, _)| name.starts_with(kind));
        for file in kinds.flat_map(|(_, files)| files.iter()) {
            let path = format!("crates/{name}/src/{file}");
            if repo.text(&path).is_none() {
                complaints.push(Complaint::about(
                    &path,
                    "is missing: its siblings keep this under that name",
                ));
            }
        }
    }
    complaints
}
