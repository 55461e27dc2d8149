//! The map of the house: which crate may know which other. Arrows point down only.
//!
//! A new arrow is a decision: it is made here and in ARCHITECTURE.md, not in passing in a manifest.

use super::{Check, Complaint};
use crate::manifest::{self, Dependency, Member, Section};
use crate::repo::Repo;

pub(super) const CHECK: Check = Check {
    name: "arrows",
    complaints,
    broken: &[
        // A duty never knows another duty, an adapter or the server; and nothing but the list below
        // counts.
        &[
            (
                "crates/duty-patrol/Cargo.toml",
                "[package]\nname = \"duty-patrol\"\n[dependencies]\nduty-orphans.workspace = true",
            ),
            (
                "crates/duty-orphans/Cargo.toml",
                "[package]\nname = \"duty-orphans\"",
            ),
        ],
        &[
            (
                "crates/duty-patrol/Cargo.toml",
                "[package]\nname = \"duty-patrol\"\n[dependencies]\ncloud-aliyun.workspace = true",
            ),
            (
                "crates/cloud-aliyun/Cargo.toml",
                "[package]\nname = \"cloud-aliyun\"",
            ),
        ],
        &[
            (
                "crates/cloud-aliyun/Cargo.toml",
                "[package]\nname = \"cloud-aliyun\"\n[dependencies]\nstore.workspace = true",
            ),
            ("crates/store/Cargo.toml", "[package]\nname = \"store\""),
        ],
        &[
            (
                "crates/cloudsim/Cargo.toml",
                "[package]\nname = \"cloudsim\"\n[dev-dependencies]\ncloud-aliyun.workspace = true",
            ),
            (
                "crates/cloud-aliyun/Cargo.toml",
                "[package]\nname = \"cloud-aliyun\"",
            ),
        ],
        &[
            (
                "crates/base/Cargo.toml",
                "[package]\nname = \"base\"\n[dependencies]\nmodel.workspace = true",
            ),
            ("crates/model/Cargo.toml", "[package]\nname = \"model\""),
        ],
        // A crate that the map does not have.
        &[("crates/attic/Cargo.toml", "[package]\nname = \"attic\"")],
        // Outside crates that have one room only.
        &[(
            "crates/warden/Cargo.toml",
            "[package]\nname = \"warden\"\n[dependencies]\nsqlx.workspace = true",
        )],
        &[(
            "crates/notify/Cargo.toml",
            "[package]\nname = \"notify\"\n[dev-dependencies]\nreqwest.workspace = true",
        )],
        &[(
            "crates/skywarden/Cargo.toml",
            "[package]\nname = \"skywarden\"\n[target.'cfg(unix)'.dependencies]\naxum.workspace = true",
        )],
        // Nouns only: no I/O, no async, nobody's JSON.
        &[(
            "crates/model/Cargo.toml",
            "[package]\nname = \"model\"\n[dependencies]\nserde = \"1\"",
        )],
    ],
};

/// What a crate of ours may depend on, besides crates from outside. `*` stands for any ending.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    /// What its tests may know on top of that.
    tests_know: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        name: "base",
        knows: &[],
        tests_know: &[],
    },
    Room {
        name: "model",
        knows: &["base"],
        tests_know: &[],
    },
    Room {
        name: "net",
        knows: &["base", "model"],
        tests_know: &[],
    },
    Room {
        name: "cloud",
        knows: &["base", "model", "net"],
        tests_know: &[],
    },
    Room {
        name: "cloud-*",
        knows: &["base", "model", "net", "cloud"],
        tests_know: &["cloudsim", "testkit"],
    },
    // The simulator shares no signing, paging or decoding with what it tests: it knows the ports,
    // not the client.
    Room {
        name: "cloudsim",
        knows: &["base", "model", "cloud"],
        tests_know: &["net"],
    },
    Room {
        name: "vault",
        knows: &["base"],
        tests_know: &[],
    },
    Room {
        name: "duty",
        knows: &["base", "model", "cloud"],
        tests_know: &[],
    },
    Room {
        name: "store",
        knows: &["base", "model", "duty"],
        tests_know: &[],
    },
    Room {
        name: "flow",
        knows: &["base", "model", "duty", "store"],
        tests_know: &["testkit"],
    },
    Room {
        name: "notify",
        knows: &["base", "model", "net", "duty", "store"],
        tests_know: &["cloudsim", "testkit"],
    },
    Room {
        name: "warden",
        knows: &[
            "base", "model", "net", "cloud", "duty", "store", "flow", "notify",
        ],
        tests_know: &["cloudsim", "testkit", "duty-*"],
    },
    Room {
        name: "duty-*",
        knows: &["base", "model", "cloud", "duty", "flow"],
        // How a letter looks in each chat is pinned where the letter is written.
        tests_know: &["cloudsim", "notify", "testkit"],
    },
    Room {
        name: "wire",
        knows: &["base", "model"],
        tests_know: &[],
    },
    Room {
        name: "agent",
        knows: &["base", "model", "wire"],
        tests_know: &["testkit"],
    },
    Room {
        name: "server",
        knows: &[
            "base", "model", "net", "cloud", "vault", "duty", "store", "flow", "notify", "warden",
            "wire",
        ],
        tests_know: &["cloudsim", "testkit"],
    },
    Room {
        name: "testkit",
        knows: &[
            "base", "model", "net", "cloud", "cloudsim", "duty", "store", "flow",
        ],
        tests_know: &[],
    },
    // The one place that names every cloud, duty and channel.
    Room {
        name: "skywarden",
        knows: &[
            "base", "model", "net", "cloud", "cloud-*", "cloudsim", "vault", "duty", "store",
            "flow", "notify", "warden", "duty-*", "wire", "server",
        ],
        tests_know: &["testkit"],
    },
    Room {
        name: "bench",
        knows: &["*"],
        tests_know: &[],
    },
    Room {
        name: "xtask",
        knows: &[],
        tests_know: &[],
    },
];

/// Crates from outside that only some rooms may touch, tests included.
const CONFINED: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("reqwest", &["net"]),
    ("axum", &["server", "cloudsim"]),
    ("lettre", &["notify"]),
    ("des", &["vault"]),
    ("cbc", &["vault"]),
];

/// What the nouns must not need.
const NOT_IN_MODEL: &[&str] = &[
    "serde",
    "serde_json",
    "tokio",
    "async-trait",
    "futures-util",
    "schemars",
];

fn complaints(repo: &Repo) -> Vec<Complaint> {
    let (members, _) = manifest::members(repo);
    let mut complaints = Vec::new();
    for member in &members {
        let Some(room) = ROOMS.iter().find(|it| matches(it.name, &member.name)) else {
            complaints.push(Complaint::about(
                &member.path,
                format!(
                    "`{}` is not on the map: say in xtask/src/tidy/arrows.rs what it may know",
                    member.name
                ),
            ));
            continue;
        };
        for dependency in &member.dependencies {
            let is_ours = members.iter().any(|it| it.name == dependency.name);
            let verdict = if is_ours {
                inner(room, dependency)
            } else {
                outer(member, dependency)
            };
            complaints.extend(verdict.map(|says| Complaint::about(&member.path, says)));
        }
    }
    complaints
}

fn inner(room: &Room, dependency: &Dependency) -> Option<String> {
    let may = |list: &[&str]| list.iter().any(|it| matches(it, &dependency.name));
    let is_for_tests = dependency.section == Section::Tests;
    if may(room.knows) || (is_for_tests && may(room.tests_know)) {
        return None;
    }
    Some(format!(
        "`{}` must know nothing of `{}`",
        room.name, dependency.name
    ))
}

fn outer(member: &Member, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    if member.name == "model" && NOT_IN_MODEL.contains(&name) {
        return Some(format!(
            "`model` has nouns only: `{name}` belongs to the rooms at the borders"
        ));
    }
    let (_, rooms) = CONFINED.iter().find(|(confined, _)| *confined == name)?;
    (!rooms.contains(&member.name.as_str()))
        .then(|| format!("`{name}` lives in {} only", rooms.join(" and ")))
}

/// Tells whether a name is the pattern, which may end in `*`. The most exact room comes first in
/// the list.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.len() > start.len() && name.starts_with(start),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOMS, complaints, matches};
    use crate::repo::Repo;

    /// Arrows point down: a room only knows rooms above it in the list, so that there is no ring.
    #[test]
    fn the_map_has_no_ring() {
        for (at, room) in ROOMS
            .iter()
            .enumerate()
            .filter(|(_, it)| it.name != "bench")
        {
            for known in room.knows {
                let position = ROOMS.iter().position(|it| it.name == *known);
                // `warden` stands above the duties and `server` above both; what a duty may know is
                // its own line.
                assert!(
                    position.is_some_and(|it| it < at),
                    "{} knows {known}",
                    room.name
                );
            }
        }
    }

    #[test]
    fn a_star_needs_an_ending() {
        assert!(matches("cloud-*", "cloud-aws"));
        assert!(!matches("cloud-*", "cloud"));
        assert!(!matches("cloud", "cloudsim"));
    }

    #[test]
    fn tests_may_know_more_than_the_code() {
        let simulator = (
            "crates/cloudsim/Cargo.toml",
            "[package]\nname = \"cloudsim\"",
        );
        let in_tests =
            "[package]\nname = \"notify\"\n[dev-dependencies]\ncloudsim.workspace = true";
        let in_code = "[package]\nname = \"notify\"\n[dependencies]\ncloudsim.workspace = true";
        assert!(
            complaints(&Repo::of(&[
                simulator,
                ("crates/notify/Cargo.toml", in_tests)
            ]))
            .is_empty()
        );
        assert_eq!(
            complaints(&Repo::of(&[
                simulator,
                ("crates/notify/Cargo.toml", in_code)
            ]))
            .len(),
            1
        );
    }
}
