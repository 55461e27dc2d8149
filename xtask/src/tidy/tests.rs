//! One test for each house rule on this repository, and the proof that each rule can fail.

use super::{CHECKS, Check, Complaint, blind_to};
use crate::repo::Repo;

/// Fails with every place of this repository that breaks the rule of that name.
fn hold(name: &str) {
    let check: &Check = CHECKS.iter().find(|it| it.name == name).unwrap();
    let complaints = (check.complaints)(&Repo::load(&crate::root()).unwrap());
    let lines: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    assert!(
        lines.is_empty(),
        "the house rule {name} is broken:\n{}\n",
        lines.join("\n")
    );
}

macro_rules! house_rules {
    ($($name:ident)*) => {
        $(#[test] fn $name() { hold(stringify!($name)); })*

        #[test]
        fn every_rule_has_its_test() {
            let tested = [$(stringify!($name)),*];
            let listed: Vec<&str> = CHECKS.iter().map(|it| it.name).collect();
            assert_eq!(listed, tested);
        }
    };
}

house_rules! {
    size
    names
    modules
    packages
    arrows
    dependencies
    siblings
    migrations
    locales
    suppressions
    todos
    words
}

#[test]
fn every_rule_finds_what_breaks_it() {
    for check in CHECKS {
        assert_eq!(
            blind_to(check),
            None,
            "{} is blind to that sample",
            check.name
        );
    }
}

#[test]
fn a_rule_without_a_sample_does_not_count() {
    let idle = Check {
        name: "idle",
        complaints: |_| Vec::new(),
        broken: &[],
    };
    assert_eq!(blind_to(&idle), Some(0));
}

#[test]
fn a_small_tidy_house_breaks_no_rule() {
    let house = Repo::of(&[
        (
            "Cargo.toml",
            "[workspace.dependencies]\nbase = { path = \"crates/base\" }\nstore = { path = \"crates/store\" }\nsqlx = \"0.9\"\nexpect-test = \"1\"\n",
        ),
        (
            "ARCHITECTURE.md",
            "| `sqlx` | both databases |\n| `expect-test` | inline snapshots |\n",
        ),
        (
            "crates/base/Cargo.toml",
            "[package]\nname = \"base\"\ndescription = \"What std lacks.\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n[dev-dependencies]\nexpect-test.workspace = true\n",
        ),
        (
            "crates/base/src/lib.rs",
            "//! Words.\n\nmod clock;\npub fn word() -> &'static str {\n    \"greeting\"\n}\n",
        ),
        (
            "crates/base/src/clock.rs",
            "//! Time.\n// TODO(#12): leap seconds.\n#[cfg(test)]\nmod tests {\n    use expect_test::expect;\n}\n",
        ),
        (
            "crates/base/locales/en/base.ftl",
            "greeting = Hello { $name }\n",
        ),
        (
            "crates/base/locales/zh-CN/base.ftl",
            "greeting = 你好 { $name }\n",
        ),
        (
            "crates/store/Cargo.toml",
            "[package]\nname = \"store\"\ndescription = \"The only SQL.\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\nbase.workspace = true\nsqlx.workspace = true\n",
        ),
        (
            "crates/store/src/lib.rs",
            "//! Rows.\nuse base::word;\nuse sqlx::Row as _;\n",
        ),
        (
            "crates/store/migrations/sqlite/0001_start.sql",
            "CREATE TABLE a (b INTEGER);\n",
        ),
        (
            "crates/store/migrations/postgres/0001_start.sql",
            "CREATE TABLE a (b BIGINT);\n",
        ),
    ]);
    for check in CHECKS {
        let lines: Vec<String> = (check.complaints)(&house)
            .iter()
            .map(Complaint::to_string)
            .collect();
        assert!(lines.is_empty(), "{}: {}", check.name, lines.join("\n"));
    }
}
