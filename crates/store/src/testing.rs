//! Runs one story on both engines.
//!
//! SQLite in a folder of its own; PostgreSQL in a schema of its own of the database that
//! `SKYWARDEN_TEST_PG` names, dropped afterwards. When the variable is set, a database that does not
//! answer is a failure and not a skipped test.

use std::future::Future;

use base::{Chance as _, SystemChance, Tasks};
use jiff::Timestamp;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::{Db, StoreUrl};

/// Makes two tests of each story: `STORY::sqlite` and `STORY::postgres`.
macro_rules! on_both_engines {
    ($($story:ident),* $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::testing::on_sqlite(super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::testing::on_postgres(super::$story).await;
            }
        }
    )* };
}
pub(crate) use on_both_engines;

/// A store of a test's own.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) url: StoreUrl,
}

pub(crate) async fn on_sqlite<F>(story: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("store.db"));
    let db = Db::open(&url).await.unwrap();
    story(Store { db, url }).await;
}

pub(crate) async fn on_postgres<F>(story: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = postgres_server() else {
        return;
    };
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("SKYWARDEN_TEST_PG answers");
    let schema = format!("skywarden_test_{}", SystemChance.token());
    admin
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .await
        .unwrap();
    let joint = if server.contains('?') { '&' } else { '?' };
    let url = SecretString::from(format!("{server}{joint}options[search_path]={schema}"));
    let url = StoreUrl::parse(&url).unwrap();
    // A task of its own, so that the schema is dropped when the story panics.
    let mut told = Tasks::new();
    told.start(async move {
        let db = Db::open(&url).await.unwrap();
        story(Store {
            db: db.clone(),
            url,
        })
        .await;
        db.close().await;
    });
    let outcome = told.next().await.unwrap();
    admin
        .execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))
        .await
        .unwrap();
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Returns the URL of the server to test on, if there is one.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the tests learn of a server"
)]
pub(crate) fn postgres_server() -> Option<String> {
    let server = std::env::var("SKYWARDEN_TEST_PG").ok();
    if server.is_none() {
        println!("skipped: SKYWARDEN_TEST_PG names no PostgreSQL server");
    }
    server
}

/// A connection beside the product's own, in a transaction that holds what every change needs.
pub(crate) enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Holder {
    pub(crate) async fn hold(url: &StoreUrl) -> Self {
        match &url.0 {
            crate::store_url::Target::Sqlite { path } => {
                let url = format!("sqlite://{}", path.display());
                let mut held = SqliteConnection::connect(&url).await.unwrap();
                held.execute("BEGIN IMMEDIATE").await.unwrap();
                Self::Sqlite(held)
            }
            crate::store_url::Target::Postgres { url, .. } => {
                use secrecy::ExposeSecret as _;
                let mut held = PgConnection::connect(url.expose_secret()).await.unwrap();
                held.execute("BEGIN").await.unwrap();
                held.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
                    .await
                    .unwrap();
                Self::Postgres(held)
            }
        }
    }

    pub(crate) async fn let_go(self) {
        match self {
            Self::Sqlite(held) => held.close().await.unwrap(),
            Self::Postgres(held) => held.close().await.unwrap(),
        }
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
