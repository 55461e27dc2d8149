use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use expect_test::expect_file;
use sqlx::{ConnectOptions as _, Connection as _};

use super::STEPS;
use crate::db::{Engine, values};
use crate::testing::{Store, at, on_both_engines};
use crate::{Db, StoreError, StoreUrl};

on_both_engines!(
    migrating_from_zero_gives_the_checked_in_schema,
    a_schema_that_is_newer_than_the_program_is_refused_and_left_alone,
    a_step_that_was_edited_after_its_release_is_refused,
    a_store_is_migrated_once_by_whoever_comes_first,
);

#[test]
fn both_folders_hold_the_listed_steps_and_nothing_else() {
    let listed: BTreeSet<String> = STEPS
        .iter()
        .map(|step| format!("{}.sql", step.name))
        .collect();
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(engine);
        let found: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(found, listed, "{engine}");
    }
    for (position, step) in (1..).zip(&STEPS) {
        assert_eq!(step.number, position);
        assert!(
            step.name.starts_with(&format!("{:04}_", step.number)),
            "{}",
            step.name
        );
    }
}

#[tokio::test]
async fn what_is_remembered_of_nodes_outlives_the_step_that_sorts_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let before = super::migrator(&STEPS[..4], |step| step.sqlite);
    let settings = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut old = settings.create_if_missing(true).connect().await.unwrap();
    before.run_direct(None, &mut old, false).await.unwrap();
    let rows = "INSERT INTO memberships VALUES \
        ('shop', 'cn-hangzhou', 'i-2', 'c-1', 'web', NULL, 7), \
        ('game', 'ap-beijing', 'ins-1', 'cls-1', 'O''Brien', 'vpc-1', 9)";
    sqlx::query(rows).execute(&mut old).await.unwrap();
    old.close().await.unwrap();
    let db = Db::open(&StoreUrl::sqlite(path)).await.unwrap();
    let all = db.membership_list().await.unwrap();
    let line = |it: &duty::Membership| {
        let network = it.network.as_ref().map_or("", |it| it.as_str()).to_owned();
        let name = it.cluster_name.to_string();
        (
            it.machine.to_string(),
            name,
            network,
            it.last_seen.as_millisecond(),
        )
    };
    let words = |a: &str, b: &str, c: &str, at| (a.to_owned(), b.to_owned(), c.to_owned(), at);
    assert_eq!(
        all.iter().map(line).collect::<Vec<_>>(),
        [
            words("ins-1", "O'Brien", "vpc-1", 9),
            words("i-2", "web", "", 7)
        ]
    );
}

async fn migrating_from_zero_gives_the_checked_in_schema(Store { db, .. }: Store) {
    match &db.engine {
        Engine::Sqlite { .. } => {
            let rows = db
                .fetch(
                    "read the schema",
                    "SELECT sql AS line FROM sqlite_schema \
                     WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%' \
                     ORDER BY name",
                    values![],
                )
                .await
                .unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.text("line").unwrap()).collect();
            expect_file!["sqlite.sql"].assert_eq(&(lines.join(";\n\n") + ";\n"));
        }
        Engine::Postgres(_) => {
            let rows = db
                .fetch(
                    "read the schema",
                    "SELECT line FROM ( \
                     SELECT 1 AS part, table_name || '.' || column_name || ' ' || data_type \
                     || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END \
                     || COALESCE(' COLLATE ' || collation_name, '') \
                     || CASE is_identity WHEN 'YES' THEN ' IDENTITY ' || identity_generation ELSE '' END \
                     || COALESCE(' DEFAULT ' || column_default, '') AS line \
                     FROM information_schema.columns WHERE table_schema = current_schema() \
                     AND table_name NOT LIKE '\\_sqlx%' \
                     UNION ALL \
                     SELECT 2, replace(indexdef, current_schema() || '.', '') FROM pg_indexes \
                     WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_sqlx%' \
                     UNION ALL \
                     SELECT 3, conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) \
                     FROM pg_constraint WHERE connamespace = current_schema()::regnamespace \
                     AND contype <> 'n' AND conrelid::regclass::text NOT LIKE '\\_sqlx%' \
                     ) AS lines ORDER BY part, line COLLATE \"C\"",
                    values![],
                )
                .await
                .unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.text("line").unwrap()).collect();
            expect_file!["postgres.txt"].assert_eq(&(lines.join("\n") + "\n"));
        }
    }
}

async fn a_schema_that_is_newer_than_the_program_is_refused_and_left_alone(
    Store { db, url }: Store,
) {
    db.duty_state_put("patrol", "a", "kept", at(1))
        .await
        .unwrap();
    db.execute(
        "play a newer program",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9000, 'from the future', TRUE, '', 0)",
        values![],
    )
    .await
    .unwrap();
    let refused = Db::open(&url).await.unwrap_err();
    let StoreError::NewerSchema { found, known, .. } = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (*found, *known),
        (9000, i64::try_from(STEPS.len()).unwrap())
    );
    let text = refused.to_string();
    let words = format!("its schema is version 9000, this program knows {known}");
    assert!(text.contains(&words), "{text}");
    assert!(refused.hint().unwrap().contains("newer skywarden"));
    let kept = db.duty_state_get("patrol", "a").await.unwrap();
    assert_eq!(kept.as_deref(), Some("kept"));
}

async fn a_step_that_was_edited_after_its_release_is_refused(Store { db, url }: Store) {
    db.execute(
        "play another history",
        "UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1",
        values![],
    )
    .await
    .unwrap();
    let refused = Db::open(&url).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

async fn a_store_is_migrated_once_by_whoever_comes_first(Store { db, url }: Store) {
    // Back to before the first start, with everybody starting at once.
    let tables = [
        "DROP TABLE runs",
        "DROP TABLE looks",
        "DROP TABLE balances",
        "DROP TABLE findings",
        "DROP TABLE outbox",
        "DROP TABLE channel_states",
        "DROP TABLE leases",
        "DROP TABLE duty_states",
        "DROP TABLE memberships",
        "DROP TABLE journal",
        "DROP TABLE plans",
        "DROP TABLE _sqlx_migrations",
    ];
    for table in tables {
        db.execute("play an empty store", table, values![])
            .await
            .unwrap();
    }
    let mut starts = base::Tasks::new();
    for _ in 0..6 {
        let url = url.clone();
        starts.start(async move {
            let db = Db::open(&url).await.unwrap();
            db.run_list(1).await.unwrap().len()
        });
    }
    while let Some(start) = starts.next().await {
        assert_eq!(start.unwrap(), 0);
    }
}
