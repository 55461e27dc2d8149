//! The seam: one SQL text, two engines.
//!
//! Invariant: only this file and its neighbors [`open`](crate::open) and [`schema`](crate::schema) know
//! which engine is behind a [`Db`].

use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction};

use crate::error::{Site, StoreError};

/// A store that is open; cheap to clone, all clones share its connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) engine: Engine,
    pub(crate) place: Arc<str>,
}

#[derive(Clone)]
pub(crate) enum Engine {
    /// One connection writes, so that writers queue here instead of failing with "database is locked".
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    /// The server orders the writers.
    Postgres(PgPool),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({})", self.place)
    }
}

/// One value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

impl From<String> for Value {
    /// PostgreSQL has no text with a zero byte in it; outside texts may have one.
    fn from(text: String) -> Self {
        let clean = if text.contains('\0') {
            text.replace('\0', "\u{FFFD}")
        } else {
            text
        };
        Self::Text(Some(clean))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(Some(i64::from(number)))
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Int(Some(instant.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(instant: Option<Timestamp>) -> Self {
        Self::Int(instant.map(Timestamp::as_millisecond))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Text(None), Self::from)
    }
}

/// How many rows go with one statement: a step to the engine costs more than a row, and both engines
/// bind far more values than these have.
pub(crate) const ROWS_AT_ONCE: usize = 50;

/// The values of a statement, in the order of `$1`, `$2`, ….
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

macro_rules! bound {
    ($engine:ty, $sql:expr, $values:expr) => {{
        let mut query = sqlx::query::<$engine>($sql);
        for value in $values {
            query = match value {
                Value::Text(it) => query.bind(it),
                Value::Int(it) => query.bind(it),
            };
        }
        query
    }};
}

/// One row of an answer.
pub(crate) struct Row {
    cells: Cells,
    pub(crate) site: Site,
}

enum Cells {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! cell {
    ($row:expr, $column:expr) => {
        match &$row.cells {
            Cells::Sqlite(cells) => cells.try_get($column),
            Cells::Postgres(cells) => cells.try_get($column),
        }
        .map_err(|error| $row.site.failed(error))
    };
}

impl Row {
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        cell!(self, column)
    }

    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        cell!(self, column)
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        cell!(self, column)
    }

    pub(crate) fn int_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        cell!(self, column)
    }

    /// Returns a number that cannot be negative or huge.
    pub(crate) fn count(&self, column: &str) -> Result<u32, StoreError> {
        let number = self.int(column)?;
        u32::try_from(number).map_err(|_| {
            self.site
                .corrupt(format!("{number} cannot stand in {column}"))
        })
    }

    pub(crate) fn instant(&self, column: &str) -> Result<Timestamp, StoreError> {
        let millisecond = self.int(column)?;
        Timestamp::from_millisecond(millisecond).map_err(|error| self.site.corrupt(error))
    }

    pub(crate) fn instant_or_null(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.int_or_null(column)?
            .map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|error| self.site.corrupt(error))
    }

    /// Returns what a stored word stands for.
    pub(crate) fn word<T>(
        &self,
        column: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let word = self.text(column)?;
        meaning(&word).ok_or_else(|| {
            self.site
                .corrupt(format!("the word {word:?} means nothing in {column}"))
        })
    }
}

impl Db {
    /// Returns where it is, without the password.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the version of its schema: opening has brought it to the newest this program knows.
    #[must_use]
    pub fn schema_version(&self) -> i64 {
        crate::schema::newest()
    }

    /// Closes every connection, of all clones, after the statements that are under way.
    pub async fn close(self) {
        match self.engine {
            Engine::Sqlite { writer, reader } => {
                // The writer goes last: the last connection folds the write-ahead log into the file.
                reader.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn site(&self, action: &'static str) -> Site {
        match &self.engine {
            Engine::Sqlite { .. } => Site::of_file(action, &self.place),
            Engine::Postgres(_) => Site::of_server(action, &self.place),
        }
    }

    /// Returns the rows of a statement that changes nothing.
    pub(crate) async fn fetch(
        &self,
        action: &'static str,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let site = self.site(action);
        let cells: Result<Vec<Cells>, sqlx::Error> = match &self.engine {
            Engine::Sqlite { reader, .. } => bound!(Sqlite, sql, values)
                .fetch_all(reader)
                .await
                .map(|rows| rows.into_iter().map(Cells::Sqlite).collect()),
            Engine::Postgres(pool) => bound!(Postgres, sql, values)
                .fetch_all(pool)
                .await
                .map(|rows| rows.into_iter().map(Cells::Postgres).collect()),
        };
        rows(cells, &site)
    }

    /// Runs a query that may have very many rows and hands each to `take`: all of them at once take many
    /// times the room of what they say.
    pub(crate) async fn fetch_each(
        &self,
        action: &'static str,
        sql: &'static str,
        values: Vec<Value>,
        mut take: impl FnMut(&Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let site = self.site(action);
        let mut take = |cells: Result<Cells, sqlx::Error>| {
            let cells = cells.map_err(|error| site.failed(error))?;
            let site = site.clone();
            take(&Row { cells, site })
        };
        match &self.engine {
            Engine::Sqlite { reader, .. } => {
                let mut rows = bound!(Sqlite, sql, values).fetch(reader);
                while let Some(row) = rows.next().await {
                    take(row.map(Cells::Sqlite))?;
                }
            }
            Engine::Postgres(pool) => {
                let mut rows = bound!(Postgres, sql, values).fetch(pool);
                while let Some(row) = rows.next().await {
                    take(row.map(Cells::Postgres))?;
                }
            }
        }
        Ok(())
    }

    /// Runs one changing statement as a transaction of its own and returns how many rows it changed.
    pub(crate) async fn execute(
        &self,
        action: &'static str,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let mut change = self.change(action).await?;
        let changed = change.execute(sql, values).await?;
        change.commit().await?;
        Ok(changed)
    }

    /// Starts a transaction that may write; without [`Change::commit`] nothing of it happens.
    pub(crate) async fn change(&self, action: &'static str) -> Result<Change, StoreError> {
        let site = self.site(action);
        let open = match &self.engine {
            // A deferred transaction that turns into a writing one fails at once when somebody else
            // writes, whatever the time limit; an immediate one waits.
            Engine::Sqlite { writer, .. } => {
                writer.begin_with("BEGIN IMMEDIATE").await.map(Open::Sqlite)
            }
            Engine::Postgres(pool) => pool.begin().await.map(Open::Postgres),
        };
        match open {
            Ok(open) => Ok(Change { open, site }),
            Err(error) => Err(site.failed(error)),
        }
    }
}

/// A transaction that may write.
#[must_use = "nothing happens before the commit"]
pub(crate) struct Change {
    open: Open,
    pub(crate) site: Site,
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Change {
    /// Lets nobody else write where `lock` says until all is written; a file has one writer anyway.
    /// Whoever writes rows in more than one statement would otherwise lock out, and be locked out by,
    /// somebody who writes the same rows in another order.
    pub(crate) async fn alone_by(&mut self, lock: &'static str) -> Result<(), StoreError> {
        match &self.open {
            Open::Sqlite(_) => Ok(()),
            Open::Postgres(_) => self.execute(lock, values![]).await.map(drop),
        }
    }

    /// Runs a statement and returns how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let changed = match &mut self.open {
            Open::Sqlite(open) => bound!(Sqlite, sql, values)
                .execute(&mut **open)
                .await
                .map(|done| done.rows_affected()),
            Open::Postgres(open) => bound!(Postgres, sql, values)
                .execute(&mut **open)
                .await
                .map(|done| done.rows_affected()),
        };
        changed.map_err(|error| self.site.failed(error))
    }

    /// Puts many rows with few statements: `insert` up to `VALUES`, then the rows' places, then
    /// `conflict`. No two rows may have the same key: PostgreSQL refuses to settle a conflict with
    /// a row of the same statement.
    pub(crate) async fn put_rows(
        &mut self,
        insert: &'static str,
        conflict: &'static str,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        self.rows_of(insert, conflict, rows).await.map(drop)
    }

    /// Does the same and returns the rows that the statements give: `before` up to `VALUES`, which is
    /// a table whose columns both engines call `column1`, `column2`, …
    pub(crate) async fn rows_of(
        &mut self,
        before: &'static str,
        after: &'static str,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows_in = rows.into_iter().peekable();
        let mut rows_out = Vec::new();
        while let Some(width) = rows_in.peek().map(Vec::len) {
            let chunk: Vec<Vec<Value>> = rows_in.by_ref().take(ROWS_AT_ONCE).collect();
            let places = match &self.open {
                Open::Sqlite(_) => unnamed_places(chunk.len(), width),
                Open::Postgres(_) => numbered_places(chunk.len(), width),
            };
            // Made of the two constants and of places alone; every value is bound.
            let sql = sqlx::AssertSqlSafe(format!("{before} VALUES {places} {after}"));
            let values = chunk.into_iter().flatten();
            let cells: Result<Vec<Cells>, sqlx::Error> = match &mut self.open {
                Open::Sqlite(open) => bound!(Sqlite, sql, values)
                    .fetch_all(&mut **open)
                    .await
                    .map(|rows| rows.into_iter().map(Cells::Sqlite).collect()),
                Open::Postgres(open) => bound!(Postgres, sql, values)
                    .fetch_all(&mut **open)
                    .await
                    .map(|rows| rows.into_iter().map(Cells::Postgres).collect()),
            };
            rows_out.extend(self::rows(cells, &self.site)?);
        }
        Ok(rows_out)
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let cells: Result<Vec<Cells>, sqlx::Error> = match &mut self.open {
            Open::Sqlite(open) => bound!(Sqlite, sql, values)
                .fetch_all(&mut **open)
                .await
                .map(|rows| rows.into_iter().map(Cells::Sqlite).collect()),
            Open::Postgres(open) => bound!(Postgres, sql, values)
                .fetch_all(&mut **open)
                .await
                .map(|rows| rows.into_iter().map(Cells::Postgres).collect()),
        };
        rows(cells, &self.site)
    }

    /// Makes everything since the start happen at once.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let committed = match self.open {
            Open::Sqlite(open) => open.commit().await,
            Open::Postgres(open) => open.commit().await,
        };
        committed.map_err(|error| self.site.failed(error))
    }
}

/// Returns the places of many rows as PostgreSQL wants them: `($1, $2), ($3, $4)`.
fn numbered_places(rows: usize, width: usize) -> String {
    let row = |row: usize| {
        let columns = (1..=width).map(|column| format!("${}", row * width + column));
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Returns the places of many rows for SQLite: `(?, ?), (?, ?)`. To it `$1` is a name, and it goes
/// through all names of a statement for each of its values.
fn unnamed_places(rows: usize, width: usize) -> String {
    let row = format!("({})", vec!["?"; width].join(", "));
    vec![row.as_str(); rows].join(", ")
}

fn rows(cells: Result<Vec<Cells>, sqlx::Error>, site: &Site) -> Result<Vec<Row>, StoreError> {
    match cells {
        Ok(cells) => Ok(cells
            .into_iter()
            .map(|cells| Row {
                cells,
                site: site.clone(),
            })
            .collect()),
        Err(error) => Err(site.failed(error)),
    }
}
