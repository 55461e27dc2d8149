//! One call: signed, sent, judged, and mended where that helps.
//!
//! What two calls of an account have in common (where it is asked, what the cloud's clock shows) is
//! in [`Line`]; retrying is `cloud`'s.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cloud::{Attempt, Bucket, Call, CallSite, Caller, CloudError, ErrorKind, Quota, Quotas};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Place};
use net::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use crate::auth::{Credentials, Keys};
use crate::decode::Misread;
use crate::endpoints::{Endpoints, Site};
use crate::errors;
use crate::operations::Operation;
use crate::sign;

/// The line from one account to the cloud.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) account: AccountId,
    pub(crate) endpoints: Endpoints,
    pub(crate) quotas: Quotas,
    pub(crate) site: Site,
    pub(crate) caller: Arc<Caller>,
    /// By how many milliseconds the cloud's clock is ahead of this machine's.
    ahead_ms: AtomicI64,
}

impl Line {
    pub(crate) fn new(
        account: AccountId,
        endpoints: Endpoints,
        quotas: Quotas,
        site: Site,
        caller: Arc<Caller>,
    ) -> Self {
        Self {
            account,
            endpoints,
            quotas,
            site,
            caller,
            ahead_ms: AtomicI64::new(0),
        }
    }

    /// Returns the line of another account that is asked in the same way.
    pub(crate) fn of_member(&self, account: AccountId) -> Self {
        let (endpoints, quotas) = (self.endpoints.clone(), self.quotas.clone());
        let member = Self::new(account, endpoints, quotas, self.site, self.caller.clone());
        let ahead_ms = self.ahead_ms.load(Ordering::Acquire);
        member.ahead_ms.store(ahead_ms, Ordering::Release);
        member
    }

    /// Returns the cloud's time, as far as it is known.
    pub(crate) fn now(&self) -> Timestamp {
        self.corrected(self.caller.clock().now())
    }

    fn corrected(&self, here: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::Acquire));
        here.checked_add(ahead).unwrap_or(here)
    }

    fn learn_time(&self, server: Timestamp) {
        let ahead = server.duration_since(self.caller.clock().now());
        let ahead_ms = i64::try_from(ahead.as_millis()).unwrap_or(0);
        self.ahead_ms.store(ahead_ms, Ordering::Release);
        tracing::warn!(
            account.id = %self.account,
            "this machine's clock is off by {} s by the cloud's; calls are dated by the cloud's",
            -ahead.as_secs(),
        );
    }

    pub(crate) fn call_site(&self, operation: &Operation, place: &Place) -> CallSite {
        CallSite {
            account: self.account.clone(),
            place: place.clone(),
            operation: operation.name,
        }
    }
}

/// Who signs a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signer<'a> {
    /// The account's own keys, renewed when they run out.
    Keys(&'a Keys),
    /// These, as they are.
    Given(&'a Credentials),
    /// Nobody: the call carries its own proof.
    Nobody,
}

/// Understands the body of an answer.
pub(crate) type Decode<T> = fn(&str) -> Result<T, Misread>;

/// One call.
pub(crate) struct Rpc<'a, T> {
    line: &'a Line,
    signer: Signer<'a>,
    operation: &'static Operation,
    place: Place,
    arguments: Map<String, Value>,
    decode: Decode<T>,
    answer_kib: u32,
    repeats: Repeats,
    /// With what the last attempt was made, for mending.
    last: Mutex<Option<Arc<Credentials>>>,
}

/// Whether asking twice is the same as asking once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// It only reads, or the cloud takes a second one for the first.
    Freely,
    /// It may do a thing twice: a machine that is given back twice is gone for good.
    Never,
}

impl<'a, T: Send> Rpc<'a, T> {
    pub(crate) fn new(
        line: &'a Line,
        signer: Signer<'a>,
        operation: &'static Operation,
        decode: Decode<T>,
    ) -> Self {
        Self {
            line,
            signer,
            operation,
            place: Place::Global,
            arguments: Map::new(),
            decode,
            answer_kib: ANSWER_KIB,
            repeats: if operation.reads() {
                Repeats::Freely
            } else {
                Repeats::Never
            },
            last: Mutex::new(None),
        }
    }

    /// Makes it in `place`, which is also what the cloud counts it by.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Says something more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.arguments.insert(name.to_owned(), value.into());
        self
    }

    /// Says all of these.
    pub(crate) fn with_all(mut self, arguments: Map<String, Value>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Carries a client token: whoever sends it again is answered with what the first one made, and
    /// so it may be sent again.
    pub(crate) fn once_by(self, token: String) -> Self {
        self.with("ClientToken", token).same_twice()
    }

    /// Says that doing it again is the same.
    pub(crate) fn same_twice(mut self) -> Self {
        self.repeats = Repeats::Freely;
        self
    }

    /// Expects an answer of so many rows, each of at most so many bytes.
    pub(crate) fn expecting(mut self, rows: u64, row_bytes: u64) -> Self {
        let kib = rows.saturating_mul(row_bytes).div_ceil(1024);
        self.answer_kib = u32::try_from(kib).unwrap_or(u32::MAX).max(ANSWER_KIB);
        self
    }

    /// Makes the call; where its key is refused and there is another by now, once more with that.
    pub(crate) async fn send(self) -> Result<T, CloudError> {
        match self.line.caller.call(&self, |it| self.judge(it)).await {
            Err(error) if error.kind == ErrorKind::Credentials && self.was_rotated().await => {
                self.line.caller.call(&self, |it| self.judge(it)).await
            }
            answer => answer,
        }
    }

    /// Understands the answer.
    fn judge(&self, answer: HttpResponse) -> Result<T, CloudError> {
        if !answer.status.is_success() {
            return Err(errors::of_status(self.site(), self.operation, &answer));
        }
        (self.decode)(&answer.text())
            .map_err(|why| errors::misread(self.site(), self.operation, &answer, why))
    }

    /// Returns whether the account has another key than the last attempt was made with: people and
    /// programs exchange keys while a scan is under way.
    async fn was_rotated(&self) -> bool {
        match (self.signer, self.last()) {
            // Boxed: new keys may be had by calls of their own.
            (Signer::Keys(keys), Some(used)) => Box::pin(keys.renew(&used)).await,
            _ => false,
        }
    }

    fn last(&self) -> Option<Arc<Credentials>> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn malformed(&self, why: impl std::error::Error + Send + Sync + 'static) -> CloudError {
        CloudError {
            source: Some(Box::new(why)),
            ..CloudError::new(self.site(), ErrorKind::Invalid, "")
        }
    }
}

/// What an answer of no more than a few rows takes.
const ANSWER_KIB: u32 = 16;
const TIMEOUT: Duration = Duration::from_secs(30);
/// The token service serves all regions and wants one named all the same.
const TOKEN_SERVICE: (&str, &str) = ("sts", "ap-guangzhou");

#[async_trait]
impl<T: Send> Call for Rpc<'_, T> {
    fn site(&self) -> CallSite {
        self.line.call_site(self.operation, &self.place)
    }

    fn bucket(&self) -> (Bucket, Quota) {
        let bucket = Bucket {
            account: self.line.account.clone(),
            place: self.place.clone(),
            operation: self.operation.name,
        };
        (bucket, self.operation.quota(&self.line.quotas))
    }

    fn repeatable(&self) -> bool {
        self.repeats == Repeats::Freely
    }

    fn answer_kib(&self) -> u32 {
        self.answer_kib
    }

    async fn request(&self, attempt: &Attempt) -> Result<HttpRequest, CloudError> {
        let credentials = match self.signer {
            Signer::Keys(keys) => Some(keys.current().await?),
            Signer::Given(credentials) => Some(Arc::new(credentials.clone())),
            Signer::Nobody => None,
        };
        let line = self.line;
        let origin = line
            .endpoints
            .origin(self.operation, line.site, &self.place)
            .map_err(|why| self.malformed(why))?;
        let region = match &self.place {
            Place::Region(region) => Some(region.as_str()),
            Place::Global if self.operation.service == TOKEN_SERVICE.0 => Some(TOKEN_SERVICE.1),
            Place::Global => None,
        };
        let body = serde_json::to_vec(&self.arguments).map_err(|why| self.malformed(why))?;
        let unsigned = sign::Unsigned {
            origin: &origin,
            service: self.operation.service,
            action: self.operation.name,
            version: self.operation.version,
            region,
            body: Bytes::from(body),
        };
        let key = credentials.as_deref().map(Credentials::key);
        let signed = sign::signed(unsigned, line.corrected(attempt.now), key);
        let mut request = signed.map_err(|why| self.malformed(why))?;
        request.timeout = TIMEOUT;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = credentials;
        Ok(request)
    }

    async fn mend(&self, error: &CloudError) -> bool {
        match &error.kind {
            ErrorKind::Clock {
                server: Some(server),
            } => {
                self.line.learn_time(*server);
                true
            }
            ErrorKind::StaleCredentials => self.was_rotated().await,
            _ => false,
        }
    }
}
