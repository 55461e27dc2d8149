//! Where a store is, as the config writes it.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;

/// Where a store is: a file, or a PostgreSQL database.
#[derive(Clone)]
pub struct StoreUrl(pub(crate) Target);

#[derive(Clone)]
pub(crate) enum Target {
    Sqlite { path: PathBuf },
    Postgres { url: SecretString, shown: String },
}

/// Why a text is not the URL of a store; never shows the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// It names no engine we have.
    #[error("a store is `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    UnknownEngine,
    /// `sqlite:` without a file; a store in memory would forget what was delivered.
    #[error("`sqlite:` needs the path of a file")]
    NoFile,
    /// It is no URL.
    #[error("the PostgreSQL URL cannot be read: {why}")]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// It has a parameter that the driver does not know, and would ignore.
    #[error("the PostgreSQL URL has a parameter {name:?} that means nothing")]
    UnknownParameter {
        /// The parameter.
        name: String,
    },
}

/// The parameters that the driver reads, besides `options[NAME]`.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

impl StoreUrl {
    /// Returns the store in the file `path`.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Target::Sqlite { path: path.into() })
    }

    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    ///
    /// When it is none of them, or holds a parameter that nobody would read: a misspelled `sslmode`
    /// must not turn encryption off in silence.
    pub fn parse(text: &SecretString) -> Result<Self, StoreUrlError> {
        let spelled = text.expose_secret().trim();
        if let Some(rest) = spelled.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path.starts_with(":memory:") {
                return Err(StoreUrlError::NoFile);
            }
            return Ok(Self::sqlite(path));
        }
        if !spelled.starts_with("postgres://") && !spelled.starts_with("postgresql://") {
            return Err(StoreUrlError::UnknownEngine);
        }
        let malformed = |why: String| StoreUrlError::Malformed { why };
        let url = url::Url::parse(spelled).map_err(|error| malformed(error.to_string()))?;
        for (name, _) in url.query_pairs() {
            if !PARAMETERS.contains(&&*name) && !name.starts_with("options[") {
                return Err(StoreUrlError::UnknownParameter {
                    name: name.into_owned(),
                });
            }
        }
        let options: PgConnectOptions = spelled
            .parse()
            .map_err(|_| malformed("a parameter has a value that it cannot have".to_owned()))?;
        let host = options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |socket| socket.display().to_string(),
        );
        let database = options
            .get_database()
            .unwrap_or_else(|| options.get_username());
        let shown = format!("postgres://{host}/{database}");
        Ok(Self(Target::Postgres {
            url: spelled.into(),
            shown,
        }))
    }

    /// Returns the file of an embedded store.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Target::Sqlite { path } => Some(path),
            Target::Postgres { .. } => None,
        }
    }
}

impl fmt::Display for StoreUrl {
    /// Writes the path, or host and database: what a person may see.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Sqlite { path } => write!(f, "{}", path.display()),
            Target::Postgres { shown, .. } => f.write_str(shown),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StoreUrl, StoreUrlError> {
        StoreUrl::parse(&SecretString::from(text))
    }

    #[test]
    fn files_and_databases_are_told_apart() {
        assert_eq!(
            parse("sqlite:/var/lib/a.db").unwrap().path(),
            Some(Path::new("/var/lib/a.db"))
        );
        assert_eq!(
            parse("sqlite:///var/a?b.db").unwrap().path(),
            Some(Path::new("/var/a?b.db"))
        );
        assert_eq!(
            parse("sqlite:a.db").unwrap().path(),
            Some(Path::new("a.db"))
        );
        assert_eq!(parse("postgresql://db.example/sky").unwrap().path(), None);
        assert_eq!(parse("sqlite:").unwrap_err(), StoreUrlError::NoFile);
        assert_eq!(parse("sqlite::memory:").unwrap_err(), StoreUrlError::NoFile);
        assert_eq!(
            parse("mysql://x/y").unwrap_err(),
            StoreUrlError::UnknownEngine
        );
        assert!(matches!(
            parse("postgres://x:notaport/y"),
            Err(StoreUrlError::Malformed { .. })
        ));
    }

    #[test]
    fn a_password_is_never_shown_wherever_it_stands() {
        for text in [
            "postgres://li:canary@db.example:6543/sky?sslmode=verify-full",
            "postgres://li@db.example:6543/sky?password=canary",
        ] {
            let url = parse(text).unwrap();
            assert_eq!(url.to_string(), "postgres://db.example:6543/sky");
            assert_eq!(
                format!("{url:?}"),
                "StoreUrl(postgres://db.example:6543/sky)"
            );
        }
        for text in [
            "postgres://li:canary@db.example:port/sky",
            "postgres://li:canary@db.example/sky?passwort=canary",
            "postgres://li:canary@db.example/sky?sslmode=canary",
            "mysql://li:canary@db.example/sky",
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_misspelled_parameter_is_refused_and_not_ignored() {
        let error = parse("postgres://db.example/sky?sslmod=require").unwrap_err();
        assert_eq!(
            error,
            StoreUrlError::UnknownParameter {
                name: "sslmod".into()
            }
        );
        assert!(parse("postgres://db.example/sky?options[search_path]=a").is_ok());
    }
}
