//! The asynchronous runtime of a command, and how a person breaks it off.

use std::future::Future;

use super::CliError;
use super::error::ErrorClass;

/// Runs `work` to its end; Ctrl-C or SIGTERM drops it and everything it started.
///
/// # Errors
///
/// What `work` fails with, or that it was interrupted.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::internal("cannot start", &error))?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = work => done,
            () = interrupted() => Err(CliError {
                class: ErrorClass::Interrupted,
                text: "interrupted".to_owned(),
                hints: Vec::new(),
            }),
        }
    });
    // What is still open, hundreds of connections maybe, is closed while the outcome is printed.
    runtime.shutdown_background();
    done
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => if pressed.is_err() { std::future::pending().await },
        _ = terminate.recv() => {}
    }
}
