//! The dead man's switch: a URL that hears from us after every success, and raises the alarm when
//! it does not.
//!
//! Invariant: called by nobody whose run did not do its job.

use std::time::Duration;

use base::Clock;
use net::{HttpRequest, Method, NetError, Reach, Transport};

use crate::settings::{SettingsError, Webhook};

/// How often it is tried.
const TRIES: u32 = 3;
/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the switch was not reset.
#[derive(Debug, thiserror::Error)]
pub enum DeadManError {
    /// The address is none.
    #[error("the dead-man URL cannot be used")]
    Settings(#[from] SettingsError),
    /// No answer.
    #[error("the dead-man URL at {host} could not be reached")]
    Net {
        /// Scheme and host.
        host: String,
        /// Why.
        #[source]
        source: NetError,
    },
    /// An answer that is no success.
    #[error("the dead-man URL at {host} answered {status}")]
    Status {
        /// Scheme and host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
}

/// Resets the switch: GET, three times at most; only 2xx counts, and redirects are not followed.
///
/// # Errors
///
/// When no try was answered with success; says what the last one met.
pub async fn reset(
    transport: &dyn Transport,
    clock: &dyn Clock,
    address: &Webhook,
) -> Result<(), DeadManError> {
    let host = || address.shown().to_owned();
    let mut tries = 1;
    loop {
        let mut request = HttpRequest::new(Method::GET, address.url()?, Reach::Stranger);
        request.timeout = TIMEOUT;
        request.body_limit = 64 << 10;
        let error = match transport.send(request).await {
            Ok(answer) if answer.status.is_success() => return Ok(()),
            Ok(answer) => DeadManError::Status {
                host: host(),
                status: answer.status.as_u16(),
            },
            Err(source) => DeadManError::Net {
                host: host(),
                source,
            },
        };
        let is_final = match &error {
            DeadManError::Status { status, .. } => (300..500).contains(status) && *status != 429,
            DeadManError::Net { source, .. } => matches!(source, NetError::Refused { .. }),
            DeadManError::Settings(_) => true,
        };
        if is_final || tries == TRIES {
            return Err(error);
        }
        clock.sleep(Duration::from_secs(u64::from(tries))).await;
        tries += 1;
    }
}
