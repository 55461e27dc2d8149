//! The log: what `[log]` asks for. Talk with a person is not logged, and secrets never are.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::CliError;
use crate::config::{LogFormat, LogLevel, LogRotation, LogSection};

/// Libraries that speak up only when something is wrong: their words are not about accounts.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,sqlx=warn";

/// Starts the log of this process; a second start finds it started, which is as good.
///
/// Without a file, only warnings go to stderr, unless more than the usual is asked for: a crontab
/// mails whatever is printed.
///
/// # Errors
///
/// When the log file cannot be made.
pub(super) fn start(section: &LogSection) -> Result<(), CliError> {
    match &section.file {
        Some(path) => {
            let filter = filter(section.level);
            begin(filter, section.format, appender(path, section)?);
        }
        None => {
            let level = match section.level {
                LogLevel::Info => LogLevel::Warn,
                other => other,
            };
            begin(filter(level), section.format, std::io::stderr);
        }
    }
    Ok(())
}

fn begin(
    filter: EnvFilter,
    format: LogFormat,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false);
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}

fn filter(level: LogLevel) -> EnvFilter {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    EnvFilter::new(format!("{level},{QUIET}"))
}

fn appender(path: &Path, section: &LogSection) -> Result<RollingFileAppender, CliError> {
    let rotation = match section.rotation {
        LogRotation::Never => Rotation::NEVER,
        LogRotation::Hourly => Rotation::HOURLY,
        LogRotation::Daily => Rotation::DAILY,
    };
    let name = path
        .file_name()
        .and_then(|it| it.to_str())
        .unwrap_or("skywarden.log");
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut builder = RollingFileAppender::builder()
        .rotation(rotation)
        .filename_prefix(name);
    if section.keep > 0 {
        builder = builder.max_log_files(usize::from(section.keep));
    }
    builder.build(folder).map_err(|error| {
        CliError::usage(format!(
            "log.file {}: {}",
            path.display(),
            base::chain(&error)
        ))
    })
}
