use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use base::{Chance as _, SeededChance, Tasks, chain};
use secrecy::SecretString;

use crate::db::{Engine, values};
use crate::outbox::NewPart;
use crate::testing::{Holder, Store, at, on_both_engines, postgres_server};
use crate::{Access, Db, StoreError, StoreOptions, StoreUrl};

on_both_engines!(
    a_store_that_somebody_else_holds_says_so_and_works_again_afterwards,
    a_read_only_store_can_be_read_and_says_why_it_cannot_be_written,
    what_this_program_did_not_write_is_corrupt_and_not_guessed_at,
    what_was_committed_is_there_after_opening_again,
);

fn part(payload: String) -> NewPart {
    NewPart {
        channel: "ops".into(),
        run: "run".into(),
        part: 1,
        parts: 1,
        dedup_key: format!("run/{}", payload.len()),
        payload,
        summary: String::new(),
    }
}

fn folder_mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn a_store_that_somebody_else_holds_says_so_and_works_again_afterwards(
    Store { url, .. }: Store,
) {
    let options = StoreOptions {
        lock_patience: Duration::from_millis(50),
        ..StoreOptions::default()
    };
    let db = Db::open_with(&url, &options).await.unwrap();
    let holder = Holder::hold(&url).await;
    let refused = db.outbox_put(&[part("x".into())], at(1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused:?}");
    assert!(
        refused
            .to_string()
            .starts_with("cannot queue a message: the store "),
        "{refused}"
    );
    assert!(
        refused.to_string().ends_with(" is held by another process"),
        "{refused}"
    );
    assert!(
        refused
            .hint()
            .unwrap()
            .starts_with("wait for the other skywarden")
    );
    holder.let_go().await;
    db.outbox_put(&[part("x".into())], at(1)).await.unwrap();
    db.close().await;
}

async fn a_read_only_store_can_be_read_and_says_why_it_cannot_be_written(Store { db, url }: Store) {
    db.duty_state_put("patrol", "a", "kept", at(1))
        .await
        .unwrap();
    let options = StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    };
    let reader = Db::open_with(&url, &options).await.unwrap();
    let refused = reader
        .outbox_put(&[part("x".into())], at(1))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::ReadOnly { .. }),
        "{refused:?}"
    );
    let refused = reader.duty_state_remove("patrol", "a").await.unwrap_err();
    assert_eq!(refused.word(), "read-only");
    let kept = reader.duty_state_get("patrol", "a").await.unwrap();
    assert_eq!(kept.as_deref(), Some("kept"));
    reader.close().await;
}

async fn what_this_program_did_not_write_is_corrupt_and_not_guessed_at(Store { db, .. }: Store) {
    db.balance_put(&duty::BalancePoint {
        account: model::AccountId::new("shop"),
        at: at(1),
        available: model::Money::parse("1", model::Currency::new("CNY")).unwrap(),
    })
    .await
    .unwrap();
    db.execute(
        "play a bad disk",
        "UPDATE balances SET amount = 'much'",
        values![],
    )
    .await
    .unwrap();
    let refused = db.balance_list(at(0)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

async fn what_was_committed_is_there_after_opening_again(Store { db, url }: Store) {
    db.outbox_put(&[part("x".into())], at(1)).await.unwrap();
    db.close().await;
    let again = Db::open(&url).await.unwrap();
    assert_eq!(again.outbox_waiting().await.unwrap().len(), 1);
    again.close().await;
}

#[tokio::test]
async fn a_full_file_says_so_keeps_what_it_has_and_takes_more_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("store.db"));
    Db::open(&url).await.unwrap().close().await;
    let options = StoreOptions {
        max_pages: Some(60),
        ..StoreOptions::default()
    };
    let db = Db::open_with(&url, &options).await.unwrap();
    db.duty_state_put("patrol", "a", "1", at(1)).await.unwrap();
    let chance = SeededChance::new(1);
    let mut queued = 0;
    let refused = loop {
        let noise: String = (0..300 + queued).map(|_| chance.token()).collect();
        match db.outbox_put(&[part(noise)], at(1)).await {
            Ok(_) => queued += 1,
            Err(error) => break error,
        }
        assert!(queued < 100, "the file never fills");
    };
    assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    assert!(
        refused.to_string().contains("no room left for the store"),
        "{refused}"
    );
    assert!(queued > 0);
    assert_eq!(db.outbox_waiting().await.unwrap().len(), queued);
    // What needs no new room still works: the refused change has left no transaction open.
    db.duty_state_put("patrol", "a", "2", at(2)).await.unwrap();
    db.close().await;
    let db = Db::open(&url).await.unwrap();
    db.outbox_put(&[part("x".repeat(100_000))], at(1))
        .await
        .unwrap();
    assert_eq!(db.outbox_waiting().await.unwrap().len(), queued + 1);
}

#[tokio::test]
async fn a_full_postgres_disk_says_so() {
    crate::testing::on_postgres(async |Store { db, .. }: Store| {
        db.execute(
            "play a full disk",
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$",
            values![],
        )
        .await
        .unwrap();
        db.execute(
            "play a full disk",
            "CREATE TRIGGER fill BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fill()",
            values![],
        )
        .await
        .unwrap();
        let refused = db.outbox_put(&[part("x".into())], at(1)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_postgres_server_that_is_down_or_refuses_is_unreachable_and_the_password_unseen() {
    // A port that nobody listens on: bound and given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut urls = vec![format!("postgres://li:canary@127.0.0.1:{port}/sky")];
    if let Some(server) = postgres_server() {
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path("/no_such_database");
        url.set_password(Some("canary")).unwrap();
        urls.push(url.into());
    }
    for url in urls {
        let url = StoreUrl::parse(&SecretString::from(url)).unwrap();
        let refused = Db::open(&url).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Unreachable { .. }),
            "{refused:?}"
        );
        let told = format!(
            "{} {refused:?} {url:?} {:?}",
            chain(&refused),
            refused.hint()
        );
        assert!(!told.contains("canary"), "{told}");
    }
}

#[tokio::test]
async fn a_new_file_and_its_folder_belong_to_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/store.db");
    let db = Db::open(&StoreUrl::sqlite(&path)).await.unwrap();
    db.duty_state_put("patrol", "a", "b", at(1)).await.unwrap();
    assert_eq!(folder_mode(&folder.path().join("new")), 0o700);
    let parent = path.parent().unwrap();
    assert_eq!(folder_mode(parent), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(parent).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(folder_mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["store.db", "store.db-shm", "store.db-wal"]);
    db.close().await;
    assert_eq!(fs::read_dir(parent).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_start_at_once_make_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("store.db"));
    let mut starts = Tasks::new();
    for number in 0..8 {
        let url = url.clone();
        starts.start(async move {
            let db = Db::open(&url).await.unwrap();
            db.duty_state_put("patrol", &format!("{number}"), "here", at(1))
                .await
                .unwrap();
        });
    }
    while let Some(start) = starts.next().await {
        start.unwrap();
    }
    let db = Db::open(&url).await.unwrap();
    for number in 0..8 {
        assert!(
            db.duty_state_get("patrol", &format!("{number}"))
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn a_file_is_a_write_ahead_log_with_one_writer_and_readers_that_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&StoreUrl::sqlite(folder.path().join("store.db")))
        .await
        .unwrap();
    let Engine::Sqlite { writer, reader } = &db.engine else {
        panic!("not a file")
    };
    let ask = async |pool: &sqlx::SqlitePool, pragma: &'static str| -> String {
        sqlx::query_scalar(pragma).fetch_one(pool).await.unwrap()
    };
    let number = async |pool: &sqlx::SqlitePool, pragma: &'static str| -> i64 {
        sqlx::query_scalar(pragma).fetch_one(pool).await.unwrap()
    };
    assert_eq!(ask(writer, "PRAGMA journal_mode").await, "wal");
    assert_eq!(number(writer, "PRAGMA foreign_keys").await, 1);
    assert_eq!(number(writer, "PRAGMA synchronous").await, 2);
    assert_eq!(number(writer, "PRAGMA busy_timeout").await, 5_000);
    assert_eq!(writer.options().get_max_connections(), 1);
    assert_eq!(number(writer, "PRAGMA cache_size").await, -512);
    assert_eq!(number(reader, "PRAGMA query_only").await, 1);
    let refused = db
        .fetch("try", "DELETE FROM runs RETURNING id", values![])
        .await;
    assert!(matches!(
        refused.map(|_| ()),
        Err(StoreError::ReadOnly { .. })
    ));
}

#[tokio::test]
async fn a_reader_is_not_held_up_by_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("store.db"));
    let db = Db::open(&url).await.unwrap();
    db.duty_state_put("patrol", "a", "kept", at(1))
        .await
        .unwrap();
    let change = db.change("hold the file").await.unwrap();
    assert!(db.duty_state_get("patrol", "a").await.unwrap().is_some());
    // Nor is somebody who opens it: its schema is current, so there is nothing to write.
    let other = Db::open(&url).await.unwrap();
    assert!(other.duty_state_get("patrol", "a").await.unwrap().is_some());
    change.commit().await.unwrap();
}

/// A transaction that reads first and writes then would fail at once, or lose one of two counts, if it
/// did not take the lock at its start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_that_read_and_then_write_wait_for_each_other() {
    const TIMES: i64 = 40;
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("store.db"));
    let first = Db::open(&url).await.unwrap();
    first
        .duty_state_put("patrol", "count", "0", at(1))
        .await
        .unwrap();
    let mut programs = Tasks::new();
    for db in [first.clone(), Db::open(&url).await.unwrap()] {
        programs.start(async move {
            for _ in 0..TIMES {
                let mut change = db.change("count").await.unwrap();
                let rows = change
                    .fetch("SELECT state FROM duty_states", values![])
                    .await
                    .unwrap();
                let count: i64 = rows[0].text("state").unwrap().parse().unwrap();
                let more = (count + 1).to_string();
                change
                    .execute("UPDATE duty_states SET state = $1", values![more])
                    .await
                    .unwrap();
                change.commit().await.unwrap();
            }
        });
    }
    while let Some(program) = programs.next().await {
        program.unwrap();
    }
    let count = first.duty_state_get("patrol", "count").await.unwrap();
    assert_eq!(count, Some((2 * TIMES).to_string()));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_corrupt_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database, but somebody's notes\n".repeat(100);
    fs::write(&path, &notes).unwrap();
    let refused = Db::open(&StoreUrl::sqlite(&path)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), notes);
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_unreachable_and_nothing_is_left_there() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "a file, not a folder").unwrap();
    for path in [plain.join("store.db"), folder.path().to_owned()] {
        let refused = Db::open(&StoreUrl::sqlite(&path)).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Unreachable { .. }),
            "{refused:?}"
        );
        assert!(refused.hint().unwrap().contains(path.to_str().unwrap()));
    }
    let absent = folder.path().join("absent.db");
    let options = StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    };
    let refused = Db::open_with(&StoreUrl::sqlite(&absent), &options)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Unreachable { .. }),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
