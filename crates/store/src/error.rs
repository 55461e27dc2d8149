//! Why the store did not do it, sorted by what the caller does next.

use std::error::Error;
use std::sync::Arc;

/// What an engine or the operating system said.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Why the store did not do what was asked.
///
/// `action` says what was being done, as a verb; `place` where, without the password. Whatever was
/// asked for has not happened: a change that fails is rolled back whole.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds it; the same call may succeed later.
    #[error("cannot {action}: the store {place} is held by another process")]
    Locked {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// There is no room: the disk is full, or the store has reached its own limit.
    #[error("cannot {action}: there is no room left for the store {place}")]
    Full {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// It can be read but not written.
    #[error("cannot {action}: the store {place} is read-only")]
    ReadOnly {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// A newer program has already changed its schema.
    #[error(
        "cannot open the store {place}: its schema is version {found}, this program knows {known}"
    )]
    NewerSchema {
        /// Where.
        place: Arc<str>,
        /// The version it has.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// It cannot be opened or reached, or it refused the login.
    #[error("cannot {action}: the store {place} cannot be reached")]
    Unreachable {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What the engine or the operating system said.
        #[source]
        source: Cause,
    },
    /// What it holds is damaged, or was not written by this product.
    #[error("cannot {action}: the store {place} holds what this program cannot read")]
    Corrupt {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// Anything else; a fault of the program or of the engine.
    #[error("cannot {action} in the store {place}")]
    Other {
        /// What was being done.
        action: &'static str,
        /// Where.
        place: Arc<str>,
        /// What the engine said.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// Returns the stable word for this kind of trouble, for JSON and for choosing a text.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "locked",
            Self::Full { .. } => "full",
            Self::ReadOnly { .. } => "read-only",
            Self::NewerSchema { .. } => "newer-schema",
            Self::Unreachable { .. } => "unreachable",
            Self::Corrupt { .. } => "corrupt",
            Self::Other { .. } => "other",
        }
    }

    /// Returns what the reader can do about it, as one sentence, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Locked { place, .. } => Some(format!(
                "wait for the other skywarden that uses {place}, or end it; then run this again."
            )),
            Self::Full { place, .. } => Some(format!(
                "free some disk space for {place}, or raise its limit; nothing was half written."
            )),
            Self::ReadOnly { place, .. } => Some(format!(
                "let this user write {place} and its folder, or use the store on another disk."
            )),
            Self::NewerSchema { place, .. } => {
                Some(format!("use the newer skywarden that wrote {place}."))
            }
            Self::Unreachable { place, .. } => Some(format!(
                "check that {place} exists, is spelled right, is up, and that this user may use it."
            )),
            Self::Corrupt { place, .. } => Some(format!(
                "restore {place} from a backup, or move it away and start with a new one."
            )),
            Self::Other { .. } => None,
        }
    }
}

/// What was being done, and where: everything an error needs to say, carried along.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    action: &'static str,
    place: Arc<str>,
    /// What it means that no connection was free in time: somebody holds the file, or the server is gone.
    no_connection: Trouble,
}

impl Site {
    pub(crate) fn of_file(action: &'static str, place: &Arc<str>) -> Self {
        Self {
            action,
            place: Arc::clone(place),
            no_connection: Trouble::Locked,
        }
    }

    pub(crate) fn of_server(action: &'static str, place: &Arc<str>) -> Self {
        Self {
            action,
            place: Arc::clone(place),
            no_connection: Trouble::Unreachable,
        }
    }

    /// Returns the error of a store that a newer program has changed.
    pub(crate) fn newer(&self, found: i64, known: i64) -> StoreError {
        StoreError::NewerSchema {
            place: Arc::clone(&self.place),
            found,
            known,
        }
    }

    /// Returns the error of a stored value that this program cannot make sense of.
    pub(crate) fn corrupt(&self, source: impl Into<Cause>) -> StoreError {
        let (action, place) = (self.action, Arc::clone(&self.place));
        StoreError::Corrupt {
            action,
            place,
            source: source.into(),
        }
    }

    /// Returns the error of a file or folder that the operating system refused.
    pub(crate) fn refused(&self, error: std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        let trouble = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
            ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
            _ => Trouble::Unreachable,
        };
        self.troubled(trouble, error.into())
    }

    /// Returns the error of a failed statement, sorted by what the engine said.
    pub(crate) fn failed(&self, error: sqlx::Error) -> StoreError {
        let trouble = match &error {
            sqlx::Error::PoolTimedOut => self.no_connection,
            _ => trouble_of(&error),
        };
        self.troubled(trouble, error.into())
    }

    /// Returns the error of a failed migration.
    pub(crate) fn not_migrated(&self, error: sqlx::migrate::MigrateError) -> StoreError {
        use sqlx::migrate::MigrateError;
        let trouble = match &error {
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
                trouble_of(cause)
            }
            MigrateError::VersionMissing(_)
            | MigrateError::VersionMismatch(_)
            | MigrateError::Dirty(_) => Trouble::Corrupt,
            _ => Trouble::Other,
        };
        self.troubled(trouble, error.into())
    }

    /// Returns the error of a server that did not answer in time.
    pub(crate) fn unanswered(&self) -> StoreError {
        self.troubled(Trouble::Unreachable, "no answer in time".into())
    }

    fn troubled(&self, trouble: Trouble, source: Cause) -> StoreError {
        let (action, place) = (self.action, Arc::clone(&self.place));
        match trouble {
            Trouble::Locked => StoreError::Locked {
                action,
                place,
                source,
            },
            Trouble::Full => StoreError::Full {
                action,
                place,
                source,
            },
            Trouble::ReadOnly => StoreError::ReadOnly {
                action,
                place,
                source,
            },
            Trouble::Unreachable => StoreError::Unreachable {
                action,
                place,
                source,
            },
            Trouble::Corrupt => StoreError::Corrupt {
                action,
                place,
                source,
            },
            Trouble::Other => StoreError::Other {
                action,
                place,
                source,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Locked,
    Full,
    ReadOnly,
    Unreachable,
    Corrupt,
    Other,
}

fn trouble_of(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(said) => {
            let code = said.code().unwrap_or_default();
            match said.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                Some(_) => postgres_trouble(&code),
                None => code.parse().map_or(Trouble::Other, sqlite_trouble),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Trouble::Unreachable,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Trouble::Corrupt,
        _ => Trouble::Other,
    }
}

/// Sorts the result codes of <https://www.sqlite.org/rescode.html>.
fn sqlite_trouble(code: i32) -> Trouble {
    const READONLY_DBMOVED: i32 = 1032;
    const IOERR_CORRUPTFS: i32 = 8458;
    match code {
        READONLY_DBMOVED => return Trouble::Unreachable,
        IOERR_CORRUPTFS => return Trouble::Corrupt,
        _ => {}
    }
    // The low byte is the primary code.
    match code & 0xff {
        5 | 6 => Trouble::Locked,
        8 => Trouble::ReadOnly,
        13 => Trouble::Full,
        3 | 14 | 23 => Trouble::Unreachable,
        11 | 26 => Trouble::Corrupt,
        _ => Trouble::Other,
    }
}

/// Sorts the SQLSTATE codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres_trouble(code: &str) -> Trouble {
    match code {
        // Lock not available, deadlock, serialization failure, statement cancelled by its time limit.
        "55P03" | "40P01" | "40001" | "57014" => Trouble::Locked,
        // Disk full.
        "53100" => Trouble::Full,
        // Read-only transaction, or a standby.
        "25006" => Trouble::ReadOnly,
        // No such database, too many connections.
        "3D000" | "53300" => Trouble::Unreachable,
        // Shutting down, crashed, starting up, database dropped.
        "57P01" | "57P02" | "57P03" | "57P04" => Trouble::Unreachable,
        // Connection lost; login refused; rights missing.
        _ if code.starts_with("08") || code.starts_with("28") || code == "42501" => {
            Trouble::Unreachable
        }
        // Data or index corrupted.
        "XX001" | "XX002" => Trouble::Corrupt,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engines_say_is_sorted_by_what_to_do() {
        let sqlite = [
            (5, Trouble::Locked),
            (517, Trouble::Locked),
            (6, Trouble::Locked),
            (8, Trouble::ReadOnly),
            (1032, Trouble::Unreachable),
            (13, Trouble::Full),
            (14, Trouble::Unreachable),
            (11, Trouble::Corrupt),
            (26, Trouble::Corrupt),
            (1, Trouble::Other),
            (2067, Trouble::Other),
        ];
        for (code, trouble) in sqlite {
            assert_eq!(sqlite_trouble(code), trouble, "{code}");
        }
        let postgres = [
            ("55P03", Trouble::Locked),
            ("53100", Trouble::Full),
            ("25006", Trouble::ReadOnly),
            ("28P01", Trouble::Unreachable),
            ("08006", Trouble::Unreachable),
            ("57P03", Trouble::Unreachable),
            ("42501", Trouble::Unreachable),
            ("XX001", Trouble::Corrupt),
            ("23505", Trouble::Other),
        ];
        for (code, trouble) in postgres {
            assert_eq!(postgres_trouble(code), trouble, "{code}");
        }
    }
}
