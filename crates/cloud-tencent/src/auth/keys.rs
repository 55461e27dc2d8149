//! The keys of one account: fetched once, renewed in time, by one task for all.

use std::sync::{Arc, Mutex, PoisonError};

use cloud::{CallSite, CloudError, ErrorKind};
use jiff::{SignedDuration, Timestamp};
use model::Place;

use super::{CredentialSource, Credentials, Environment, NoCredentials, chain, sts};
use crate::rpc::{Line, Signer};

/// A session is renewed when less than this is left of it.
const RENEW_BEFORE_END: SignedDuration = SignedDuration::from_mins(15);
/// After a renewal has failed, the old session is used this long before the next try.
const PAUSE_AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// Where the keys of an account come from in the end.
#[derive(Debug)]
enum Origin {
    Source {
        source: CredentialSource,
        environment: Environment,
    },
    Member(Member),
}

/// The role of a member account, taken with the keys of the account that administers it.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) parent: Arc<Keys>,
    pub(crate) arn: String,
}

/// The keys of one account.
#[derive(Debug)]
pub(crate) struct Keys {
    line: Arc<Line>,
    origin: Origin,
    held: Mutex<Option<Held>>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Held {
    credentials: Arc<Credentials>,
    renew_at: Option<Timestamp>,
}

impl Held {
    fn new(credentials: Credentials, now: Timestamp) -> Self {
        // A session that never had 15 minutes is renewed at half of its life, not all the time.
        let renew_at = credentials.expires.map(|end| {
            let half = end.duration_since(now) / 2;
            end.saturating_sub(half.min(RENEW_BEFORE_END))
                .unwrap_or(end)
        });
        Self {
            credentials: Arc::new(credentials),
            renew_at,
        }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.renew_at.is_none_or(|at| now < at)
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.credentials.expires.is_none_or(|end| now < end)
    }
}

impl Keys {
    pub(crate) fn new(line: Arc<Line>, source: CredentialSource, environment: Environment) -> Self {
        Self::with(
            line,
            Origin::Source {
                source,
                environment,
            },
        )
    }

    pub(crate) fn of_member(line: Arc<Line>, member: Member) -> Self {
        Self::with(line, Origin::Member(member))
    }

    fn with(line: Arc<Line>, origin: Origin) -> Self {
        Self {
            line,
            origin,
            held: Mutex::new(None),
            renewing: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns credentials that are good now.
    ///
    /// One task renews them; the others go on with the old ones while those are valid.
    ///
    /// # Errors
    ///
    /// When there are none, or the old ones have run out and no new ones are to be had.
    pub(crate) async fn current(&self) -> Result<Arc<Credentials>, CloudError> {
        if let Some(held) = self.held().filter(|it| it.is_fresh(self.line.now())) {
            return Ok(held.credentials);
        }
        let _turn = match self.renewing.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                if let Some(held) = self.held().filter(|it| it.is_valid(self.line.now())) {
                    return Ok(held.credentials);
                }
                self.renewing.lock().await
            }
        };
        // Whoever had the turn before may have done it.
        let now = self.line.now();
        let held = self.held();
        if let Some(held) = held.as_ref().filter(|it| it.is_fresh(now)) {
            return Ok(held.credentials.clone());
        }
        match (self.fetch().await, held.filter(|it| it.is_valid(now))) {
            (Ok(credentials), _) => Ok(self.hold(credentials)),
            (Err(error), Some(old)) => {
                tracing::warn!(
                    account.id = %self.line.account,
                    "the session of account {} was not renewed, the old one is used to its end: {}",
                    self.line.account, base::chain(&error),
                );
                let renew_at = now.saturating_add(PAUSE_AFTER_FAILURE).ok();
                self.put(Held {
                    renew_at,
                    ..old.clone()
                });
                Ok(old.credentials)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Fetches others than `used`, which the cloud calls stale; tells whether there are others.
    pub(crate) async fn renew(&self, used: &Credentials) -> bool {
        let _turn = self.renewing.lock().await;
        if self
            .held()
            .is_some_and(|it| !it.credentials.is_same_as(used))
        {
            return true;
        }
        match self.fetch().await {
            Ok(credentials) if !credentials.is_same_as(used) => {
                self.hold(credentials);
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(
                    account.id = %self.line.account,
                    "the key of account {} is not good any more and there is no other: {}",
                    self.line.account, base::chain(&error),
                );
                false
            }
        }
    }

    async fn fetch(&self) -> Result<Credentials, CloudError> {
        match &self.origin {
            Origin::Source {
                source,
                environment,
            } => {
                let fetched = chain::resolve(&self.line, environment, source).await;
                fetched.map_err(|error| self.refused(error))
            }
            Origin::Member(member) => {
                let asked = sts::Role {
                    arn: &member.arn,
                    external_id: None,
                    session: sts::SESSION,
                    duration: sts::DURATION,
                };
                // The call counts against, and is refused in the name of, the parent.
                let parent = &member.parent;
                let taken = Box::pin(sts::assume_role(&parent.line, Signer::Keys(parent), &asked));
                taken.await.map_err(|error| self.refused(error))
            }
        }
    }

    /// A failure to get credentials is this account's, whoever was asked for them.
    fn refused(&self, failure: Failure) -> CloudError {
        match failure {
            // The way to the keys is retried already; what is left of it is a verdict.
            Failure::Call(error) => {
                let kind = match &error.kind {
                    ErrorKind::NotFound
                    | ErrorKind::Invalid
                    | ErrorKind::StaleCredentials
                    | ErrorKind::WrongSite
                    | ErrorKind::NonceUsed => ErrorKind::Credentials,
                    kind => kind.clone(),
                };
                let mut error = error;
                error.kind = kind;
                error.site.account = self.line.account.clone();
                *error
            }
            Failure::None(why) => CloudError {
                source: Some(Box::new(why)),
                ..CloudError::new(
                    CallSite {
                        account: self.line.account.clone(),
                        place: Place::Global,
                        operation: "GetCredentials",
                    },
                    ErrorKind::Credentials,
                    "",
                )
            },
        }
    }

    fn held(&self) -> Option<Held> {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hold(&self, credentials: Credentials) -> Arc<Credentials> {
        let held = Held::new(credentials, self.line.now());
        let credentials = held.credentials.clone();
        self.put(held);
        credentials
    }

    fn put(&self, held: Held) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }
}

/// Why credentials could not be fetched.
#[derive(Debug)]
pub(super) enum Failure {
    /// The token service was asked, and failed.
    Call(Box<CloudError>),
    /// There was nothing to ask it with.
    None(NoCredentials),
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<NoCredentials> for Failure {
    fn from(why: NoCredentials) -> Self {
        Self::None(why)
    }
}

#[cfg(test)]
mod tests;
