//! The schema: two folders of migrations with the same numbers, one for each engine.
//!
//! Invariant: a migration that was released is never edited; a new one expands first, and a later
//! release contracts.
//! Invariant: a store that a newer program has migrated is left alone.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::error::{Site, StoreError};

/// Where sqlx remembers which migrations a store has.
const LEDGER: &str = "_sqlx_migrations";

/// One step of the schema: the same number and meaning on both engines.
struct Step {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($number:literal, $name:literal) => {
        Step {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// Every step, oldest first.
///
/// An explicit list instead of sqlx's macro: that would bring its macro crates into every build.
const STEPS: [Step; 5] = [
    step!(1, "0001_start"),
    step!(2, "0002_memberships"),
    step!(3, "0003_unseen_since"),
    step!(4, "0004_journal"),
    step!(5, "0005_memberships_by_key"),
];

/// Returns the newest version this program knows.
pub(crate) fn newest() -> i64 {
    STEPS.iter().map(|step| step.number).max().unwrap_or(0)
}

fn migrator(steps: &[Step], sql: impl Fn(&Step) -> &'static str) -> Migrator {
    let migration = |step: &Step| {
        let sql = sql(step).into_sql_str();
        Migration::new(
            step.number,
            step.name.into(),
            MigrationType::Simple,
            sql,
            false,
        )
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}

/// Brings a SQLite store to the newest schema this program knows.
pub(crate) async fn migrate_sqlite(
    connection: &mut SqliteConnection,
    site: &Site,
) -> Result<(), StoreError> {
    let migrator = migrator(&STEPS, |step| step.sqlite);
    let has_ledger =
        sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1")
            .bind(LEDGER)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| site.failed(error))?
            .is_some();
    if has_ledger && is_current(connection, &migrator, site).await? {
        return Ok(());
    }
    // sqlx takes no lock on this engine: two programs that start at once would both migrate.
    let mut alone = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|error| site.failed(error))?;
    migrator
        .run_direct(None, &mut *alone, false)
        .await
        .map_err(|error| site.not_migrated(error))?;
    alone.commit().await.map_err(|error| site.failed(error))
}

/// Brings a PostgreSQL store to the newest schema this program knows.
pub(crate) async fn migrate_postgres(
    connection: &mut PgConnection,
    site: &Site,
) -> Result<(), StoreError> {
    let migrator = migrator(&STEPS, |step| step.postgres);
    let has_ledger: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(LEDGER)
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| site.failed(error))?;
    if has_ledger && is_current(connection, &migrator, site).await? {
        return Ok(());
    }
    // A step over a large table may take longer than any statement of every day.
    sqlx::query("SET statement_timeout = 0")
        .execute(&mut *connection)
        .await
        .map_err(|error| site.failed(error))?;
    // Takes an advisory lock of its own, which the connection's `lock_timeout` bounds.
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(|error| site.not_migrated(error))
}

/// Returns whether every step was taken already, so that a store that is merely read is not written.
async fn is_current(
    connection: &mut impl Migrate,
    migrator: &Migrator,
    site: &Site,
) -> Result<bool, StoreError> {
    let applied = connection
        .list_applied_migrations(LEDGER)
        .await
        .map_err(|error| site.not_migrated(error))?;
    let known = newest();
    let found = applied.iter().map(|it| it.version).max().unwrap_or(0);
    if found > known {
        return Err(site.newer(found, known));
    }
    Ok(migrator.iter().all(|step| {
        applied
            .iter()
            .any(|it| it.version == step.version && it.checksum == step.checksum)
    }))
}

#[cfg(test)]
mod tests;
