//! Opening a store: the file or the server, its settings, its schema.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::{Chance as _, SystemChance};
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::db::{Db, Engine};
use crate::error::{Site, StoreError};
use crate::schema;
use crate::store_url::{StoreUrl, Target};

/// Whether a store may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// It may; a file that is not there yet is made, and the schema is brought up to date.
    #[default]
    ReadWrite,
    /// It may not: every change is answered with [`StoreError::ReadOnly`].
    ReadOnly,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Whether it may be changed.
    pub access: Access,
    /// How long a statement waits for somebody else's lock before it is [`StoreError::Locked`].
    pub lock_patience: Duration,
    /// How long a caller waits for a connection, to the server or out of the pool.
    pub connect_patience: Duration,
    /// How many pages of 4 KiB a file may grow to; no limit but the disk when there is none.
    pub max_pages: Option<u32>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            access: Access::ReadWrite,
            lock_patience: Duration::from_secs(5),
            connect_patience: Duration::from_secs(10),
            max_pages: None,
        }
    }
}

/// How many connections read a file at once; each costs a thread and its page cache.
const FILE_READERS: u32 = 4;

/// How much of a file each connection keeps at hand, in KiB: a quarter of what SQLite would. What is more is
/// with the system, and a run writes few large things at once.
const PAGES_AT_HAND_KIB: u32 = 512;

/// How many rows a file's connection reads ahead of whoever asked for them.
const ROWS_UNDER_WAY: usize = 1_000;

/// How many connections one process holds to a server.
const SERVER_CONNECTIONS: u32 = 8;

impl Db {
    /// Opens a store with the default options.
    ///
    /// # Errors
    ///
    /// See [`Db::open_with`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        Self::open_with(url, &StoreOptions::default()).await
    }

    /// Opens a store: makes the file (mode 0600) and its folder (0700) where they are missing, and
    /// brings the schema to what this program knows.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, made or migrated, and when a newer program has migrated it.
    pub async fn open_with(url: &StoreUrl, options: &StoreOptions) -> Result<Self, StoreError> {
        let place: Arc<str> = url.to_string().into();
        let engine = match &url.0 {
            Target::Sqlite { path } => open_file(path, options, &place).await?,
            Target::Postgres { url, .. } => {
                open_server(url.expose_secret(), options, &place).await?
            }
        };
        Ok(Self { engine, place })
    }
}

async fn open_file(
    path: &Path,
    options: &StoreOptions,
    place: &Arc<str>,
) -> Result<Engine, StoreError> {
    let site = Site::of_file("open", place);
    if options.access == Access::ReadWrite && !path.exists() {
        create_file(path, &site).await?;
    }
    let mut settings = file_settings(path)
        .busy_timeout(options.lock_patience)
        .read_only(options.access == Access::ReadOnly);
    if let Some(pages) = options.max_pages {
        settings = settings.pragma("max_page_count", pages.to_string());
    }
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(options.connect_patience.max(options.lock_patience))
            // An embedded engine has no connection that could go stale.
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool()
        .max_connections(1)
        .connect_with(settings.clone())
        .await
        .map_err(|error| site.failed(error))?;
    let mut connection = writer.acquire().await.map_err(|error| site.failed(error))?;
    schema::migrate_sqlite(&mut connection, &site).await?;
    drop(connection);
    let reader = pool()
        .max_connections(FILE_READERS)
        .connect_lazy_with(settings.pragma("query_only", "ON"));
    Ok(Engine::Sqlite { writer, reader })
}

fn file_settings(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        // What was committed is on the disk: an intention must survive the loss of power.
        .synchronous(SqliteSynchronous::Full)
        // Below zero it is in KiB.
        .pragma("cache_size", format!("-{PAGES_AT_HAND_KIB}"))
        // The engine has a thread of its own: with fewer at once, both sides wait for each other.
        .row_buffer_size(ROWS_UNDER_WAY)
        .disable_statement_logging()
}

/// Makes an empty store under a name of its own and moves it into its place.
///
/// So the file is never seen half made or readable by others, and nobody has to switch the journal
/// mode of a file that others are using, which SQLite does not wait for.
async fn create_file(path: &Path, site: &Site) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| site.refused(error))?;
    let draft = folder.join(format!(".{}.new", SystemChance.token()));
    let made = async {
        create_private(&draft).map_err(|error| site.refused(error))?;
        let settings = file_settings(&draft).journal_mode(SqliteJournalMode::Wal);
        let connection = settings
            .connect()
            .await
            .map_err(|error| site.failed(error))?;
        connection
            .close()
            .await
            .map_err(|error| site.failed(error))?;
        match fs::hard_link(&draft, path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // A file system without hard links.
            Err(_) if !path.exists() => {
                fs::rename(&draft, path).map_err(|error| site.refused(error))
            }
            Err(error) => Err(site.refused(error)),
        }
    }
    .await;
    match fs::remove_file(&draft) {
        Err(error) if made.is_ok() && error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(
                store.path = %draft.display(),
                "the draft {} of a new store is left behind: {error}",
                draft.display()
            );
        }
        _ => {}
    }
    made
}

fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

async fn open_server(
    url: &str,
    options: &StoreOptions,
    place: &Arc<str>,
) -> Result<Engine, StoreError> {
    let site = Site::of_server("open", place);
    let settings: PgConnectOptions = url.parse().map_err(|error| site.failed(error))?;
    let lock_timeout = format!("{}ms", options.lock_patience.as_millis().max(1));
    let read_only = match options.access {
        Access::ReadOnly => "on",
        Access::ReadWrite => "off",
    };
    let settings = settings
        .application_name("skywarden")
        .options([
            ("lock_timeout", lock_timeout.as_str()),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("default_transaction_read_only", read_only),
        ])
        .disable_statement_logging();
    // One connection by hand first: the pool would only say that it waited in vain, not why.
    let mut connection = tokio::time::timeout(options.connect_patience, settings.connect())
        .await
        .map_err(|_| site.unanswered())?
        .map_err(|error| site.failed(error))?;
    schema::migrate_postgres(&mut connection, &site).await?;
    connection
        .close()
        .await
        .map_err(|error| site.failed(error))?;
    let pool = PgPoolOptions::new()
        .max_connections(SERVER_CONNECTIONS)
        .acquire_timeout(options.connect_patience)
        .connect_lazy_with(settings);
    Ok(Engine::Postgres(pool))
}

#[cfg(test)]
mod tests;
