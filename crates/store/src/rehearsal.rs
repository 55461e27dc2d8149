//! A store's bad days, made by tests of other rooms behind the product's back.
//!
//! A process that is started with [`KILL_AT`] ends itself with SIGKILL at a write of its journal, and
//! one with [`FORGETFUL`] leaves lines of one kind out: to show that the tests would see it.
//!
//! Invariant: compiled only with the feature `rehearsal`, which no part of the product turns on.

use std::error::Error;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use base::{Chance as _, SystemChance};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    SqliteConnection,
};

/// What went wrong with the rehearsal itself.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Another program's connection to the file of a store.
#[derive(Debug)]
pub struct Stranger(SqliteConnection);

impl Stranger {
    /// Opens the file at `path`, which is there already.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, Failure> {
        let settings = SqliteConnectOptions::new().filename(path);
        Ok(Self(settings.connect().await?))
    }

    /// Runs statements, past everything that this room guards.
    ///
    /// # Errors
    ///
    /// When the engine refuses them.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Failure> {
        self.0.execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// Goes away, and lets go of whatever it held.
    ///
    /// # Errors
    ///
    /// When the engine does not let it go.
    pub async fn close(self) -> Result<(), Failure> {
        Ok(self.0.close().await?)
    }
}

/// A schema of a test's own on a PostgreSQL server.
#[derive(Debug)]
pub struct Ground {
    admin: PgConnection,
    schema: String,
    url: String,
}

impl Ground {
    /// Makes a schema on the server of that URL.
    ///
    /// # Errors
    ///
    /// When the server does not answer or refuses.
    pub async fn on(server: &str) -> Result<Self, Failure> {
        let mut admin = PgConnection::connect(server).await?;
        let schema = format!("skywarden_test_{}", SystemChance.token());
        let create = AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        admin.execute(create).await?;
        let joint = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{joint}options[search_path]={schema}");
        Ok(Self { admin, schema, url })
    }

    /// Returns the URL of a store in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Removes it with everything in it.
    ///
    /// # Errors
    ///
    /// When the server does not answer or refuses.
    pub async fn clear(mut self) -> Result<(), Failure> {
        let drop = format!("DROP SCHEMA {} CASCADE", self.schema);
        self.admin.execute(AssertSqlSafe(drop)).await?;
        Ok(self.admin.close().await?)
    }
}

/// The environment variable that says at which write of the journal the process ends itself:
/// `3:before` or `3:after` the third is committed.
pub const KILL_AT: &str = "SKYWARDEN_REHEARSAL_KILL_AT";

/// The environment variable that takes lines out of the journal: `intend`, `mark` or `end`.
pub const FORGETFUL: &str = "SKYWARDEN_REHEARSAL_FORGETFUL";

struct Orders {
    kill_before: Option<u32>,
    kill_after: Option<u32>,
    forgets: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the orders of a rehearsal pass by every room between a test and this one"
)]
static ORDERS: LazyLock<Orders> = LazyLock::new(|| {
    let kill_at = std::env::var(KILL_AT).unwrap_or_default();
    let number = |side: &str| kill_at.strip_suffix(side).and_then(|it| it.parse().ok());
    Orders {
        kill_before: number(":before"),
        kill_after: number(":after"),
        forgets: std::env::var(FORGETFUL).unwrap_or_default(),
    }
});

static WRITES: AtomicU32 = AtomicU32::new(0);

pub(crate) fn is_forgotten(kind: &str) -> bool {
    ORDERS.forgets == kind
}

pub(crate) fn before_a_journal_write() {
    let write = WRITES.fetch_add(1, Ordering::SeqCst) + 1;
    if ORDERS.kill_before == Some(write) {
        end_at_once();
    }
}

pub(crate) fn after_a_journal_write() {
    if ORDERS.kill_after == Some(WRITES.load(Ordering::SeqCst)) {
        end_at_once();
    }
}

/// Ends this process as the loss of power would, or as near to it as a process can come by itself.
fn end_at_once() {
    let pid = rustix::process::getpid();
    if let Err(error) = rustix::process::kill_process(pid, rustix::process::Signal::KILL) {
        tracing::error!("the rehearsal cannot end its process: {error}");
    }
}
