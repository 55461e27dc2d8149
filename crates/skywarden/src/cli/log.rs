//! The log: what `[log]` asks for. Talk with a person is not logged, and secrets never are.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::CliError;
use crate::config::{LogFormat, LogLevel, LogRotation, LogSection};

/// Libraries that speak up only when something is wrong: their words are not about accounts.
const QUIET: [&str; 5] = ["hyper", "hyper_util", "reqwest", "rustls", "sqlx"];

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
    filter: Targets,
    format: LogFormat,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) {
    let lines = fmt::layer().with_writer(writer).with_ansi(false);
    let started = match format {
        LogFormat::Text => registry().with(lines.with_filter(filter)).try_init(),
        LogFormat::Json => registry().with(lines.json().with_filter(filter)).try_init(),
    };
    drop(started);
}

fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let quiet = QUIET.map(|library| (library, level.min(LevelFilter::WARN)));
    Targets::new().with_default(level).with_targets(quiet)
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
