//! A store's bad days, made by tests of other rooms behind the product's back.
//!
//! Invariant: compiled only with the feature `rehearsal`, which no part of the product turns on.

use std::error::Error;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};

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
