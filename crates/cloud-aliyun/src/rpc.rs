//! One call of an RPC or ROA product: signed, sent, judged, and mended where that helps.
//!
//! What two calls of an account have in common (where it is asked, what the cloud's clock shows,
//! which site it is of) is in [`Line`]; retrying is `cloud`'s.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cloud::{Attempt, Bucket, Call, CallSite, Caller, CloudError, ErrorKind, Quota, Quotas};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Place, Tags};
use net::{HttpRequest, HttpResponse, Method};

use crate::auth::{Credentials, Keys};
use crate::decode::Misread;
use crate::endpoints::{Endpoints, KnownSite, Service, Site};
use crate::errors;
use crate::lists::Said;
use crate::operations::Operation;
use crate::sign;
use crate::sites::Telling;

/// The line from one account to the cloud.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) account: AccountId,
    pub(crate) endpoints: Endpoints,
    pub(crate) quotas: Quotas,
    pub(crate) site: KnownSite,
    pub(crate) caller: Arc<Caller>,
    /// Held by whoever finds out the site.
    pub(crate) settling: tokio::sync::Mutex<()>,
    /// What tells it without being asked for it.
    pub(crate) telling: Telling,
    /// By how many milliseconds the cloud's clock is ahead of this machine's.
    ahead_ms: AtomicI64,
}

impl Line {
    pub(crate) fn new(
        account: AccountId,
        endpoints: Endpoints,
        quotas: Quotas,
        site: Option<Site>,
        caller: Arc<Caller>,
    ) -> Self {
        let site = KnownSite::new(site);
        Self {
            account,
            endpoints,
            quotas,
            site,
            caller,
            settling: tokio::sync::Mutex::new(()),
            telling: Telling::default(),
            ahead_ms: AtomicI64::new(0),
        }
    }

    /// Returns the line of another account that is asked in the same way.
    pub(crate) fn of_member(&self, account: AccountId) -> Self {
        let (endpoints, quotas) = (self.endpoints.clone(), self.quotas.clone());
        // An organization is of one site as a whole.
        let member = Self::new(
            account,
            endpoints,
            quotas,
            self.site.get(),
            self.caller.clone(),
        );
        member
            .ahead_ms
            .store(self.ahead_ms.load(Ordering::Acquire), Ordering::Release);
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

    pub(crate) fn call_site(&self, operation: &'static str, place: &Place) -> CallSite {
        CallSite {
            account: self.account.clone(),
            place: place.clone(),
            operation,
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

/// Understands the body of a good answer.
pub(crate) type Decode<T> = fn(&str) -> Result<T, Misread>;

/// One call.
pub(crate) struct Rpc<'a, T> {
    line: &'a Line,
    signer: Signer<'a>,
    operation: &'static Operation,
    place: Place,
    /// The path of a ROA product; an RPC product has none.
    path: Option<String>,
    fixed_site: Option<Site>,
    query: Said,
    form: Vec<(&'static str, String)>,
    repeats: Repeats,
    decode: Decode<T>,
    answer_kib: u32,
    /// With what the last attempt was made, for mending.
    last: Mutex<Option<Last>>,
}

/// Whether asking twice is the same as asking once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// It only reads, or the cloud takes a second one for the first.
    Freely,
    /// It may do a thing twice, or a thing that somebody has undone meanwhile.
    Never,
}

#[derive(Debug, Clone)]
struct Last {
    credentials: Option<Arc<Credentials>>,
    site: Site,
}

impl<'a, T: Send> Rpc<'a, T> {
    pub(crate) fn new(
        line: &'a Line,
        signer: Signer<'a>,
        operation: &'static Operation,
        decode: Decode<T>,
    ) -> Self {
        let (query, form) = (Vec::new(), Vec::new());
        let (fixed_site, last) = (None, Mutex::new(None));
        let repeats = if operation.reads() {
            Repeats::Freely
        } else {
            Repeats::Never
        };
        Self {
            line,
            signer,
            operation,
            place: Place::Global,
            path: None,
            fixed_site,
            query,
            form,
            repeats,
            decode,
            answer_kib: ANSWER_KIB,
            last,
        }
    }

    /// Makes it in `place`, which is also what the cloud counts it by.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Asks for what is at `path`, every segment of which is percent-encoded: a ROA product. An RPC
    /// product has no paths.
    pub(crate) fn at_path(mut self, path: Option<&str>) -> Self {
        self.path = path.map(str::to_owned);
        self
    }

    /// Makes it at `site`, whatever the account's site is.
    pub(crate) fn at_site(mut self, site: Option<Site>) -> Self {
        self.fixed_site = site;
        self
    }

    /// Says something in the query.
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Says all of it in the query.
    pub(crate) fn with_all(mut self, said: Said) -> Self {
        self.query.extend(said);
        self
    }

    /// Says a list: `DiskId.1`, `DiskId.2`.
    pub(crate) fn with_each<'v>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Self {
        for (at, value) in values.into_iter().enumerate() {
            self = self.with(format!("{name}.{}", at + 1), value);
        }
        self
    }

    /// Says tags: `Tag.1.Key`, `Tag.1.Value`.
    pub(crate) fn with_tags(self, tags: &Tags) -> Self {
        self.with_pairs("Tag", tags)
    }

    /// Says pairs in numbers: `Labels.1.Key`, `Labels.1.Value`.
    pub(crate) fn with_pairs(mut self, name: &str, pairs: &Tags) -> Self {
        for (at, (key, value)) in pairs.iter().enumerate() {
            let number = at + 1;
            self = self
                .with(format!("{name}.{number}.Key"), key)
                .with(format!("{name}.{number}.Value"), value);
        }
        self
    }

    /// Carries a client token: whoever sends it again is answered with what the first one made, and
    /// so it may be sent again.
    pub(crate) fn once_by(mut self, token: String) -> Self {
        self.repeats = Repeats::Freely;
        self.with("ClientToken", token)
    }

    /// Says that doing it again is the same.
    pub(crate) fn same_twice(mut self) -> Self {
        self.repeats = Repeats::Freely;
        self
    }

    /// Says something in the body, where no log of addresses sees it.
    pub(crate) fn with_form(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// Expects an answer of so many rows, each of at most so many bytes.
    pub(crate) fn expecting(mut self, rows: usize, row_bytes: usize) -> Self {
        let kib = (rows * row_bytes).div_ceil(1024);
        self.answer_kib = u32::try_from(kib).unwrap_or(u32::MAX).max(ANSWER_KIB);
        self
    }

    /// Makes the call.
    pub(crate) async fn send(self) -> Result<T, CloudError> {
        let tells = self.operation.service == Service::Bss;
        let _under_way = tells.then(|| self.line.telling.begin());
        self.line.caller.call(&self, |it| self.judge(it)).await
    }

    /// Understands the answer.
    fn judge(&self, answer: HttpResponse) -> Result<T, CloudError> {
        if errors::is_refusal(&answer) {
            return Err(errors::refusal(self.site(), self.operation, &answer));
        }
        let understood = (self.decode)(&answer.text())
            .map_err(|why| errors::misread(self.site(), self.operation, &answer, why))?;
        if self.operation.service == Service::Bss
            && self.line.site.get().is_none()
            && let Some(last) = self.last()
        {
            self.line.site.remember(last.site);
        }
        Ok(understood)
    }

    fn last(&self) -> Option<Last> {
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

    fn switch_site(&self, asked: Site) -> bool {
        let line = self.line;
        if !line.endpoints.sites_differ(self.operation.service) {
            return false;
        }
        // Another call may have found it out meanwhile: then this one only has to follow.
        if line.site.to_ask() == asked {
            line.site.remember(asked.other());
            tracing::info!(
                account.id = %line.account,
                "account {} is not of the {asked:?} site; the other one is asked from now on", line.account,
            );
        }
        true
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
/// What an answer of no more than a few rows takes.
const ANSWER_KIB: u32 = 16;
const TIMEOUT: Duration = Duration::from_secs(30);

#[async_trait]
impl<T: Send> Call for Rpc<'_, T> {
    fn site(&self) -> CallSite {
        self.line.call_site(self.operation.name, &self.place)
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
        let site = self.fixed_site.unwrap_or_else(|| self.line.site.to_ask());
        let origin = self
            .line
            .endpoints
            .origin(self.operation.service, site, &self.place);
        let origin = origin.map_err(|why| self.malformed(why))?;
        let form = sign::canonical_query(&self.form);
        let unsigned = sign::Unsigned {
            // What is read of a ROA product is fetched; an RPC product is told what to do.
            method: self.path.as_ref().map_or(Method::POST, |_| Method::GET),
            origin: &origin,
            path: self.path.as_deref().unwrap_or("/"),
            query: &self.query,
            action: self.operation.name,
            version: self.operation.version,
            body: (!form.is_empty()).then(|| (FORM, Bytes::from(form))),
        };
        let key = credentials.as_deref().map(Credentials::key);
        let signed = sign::signed(
            unsigned,
            self.line.corrected(attempt.now),
            &attempt.nonce,
            key,
        );
        let mut request = signed.map_err(|why| self.malformed(why))?;
        request.timeout = TIMEOUT;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Last { credentials, site });
        Ok(request)
    }

    async fn mend(&self, error: &CloudError) -> bool {
        let last = self.last();
        match &error.kind {
            ErrorKind::Clock {
                server: Some(server),
            } => {
                self.line.learn_time(*server);
                true
            }
            ErrorKind::NonceUsed => true,
            ErrorKind::StaleCredentials => {
                match (self.signer, last.and_then(|it| it.credentials)) {
                    (Signer::Keys(keys), Some(used)) => keys.renew(&used).await,
                    _ => false,
                }
            }
            ErrorKind::WrongSite if self.fixed_site.is_none() => match last {
                Some(last) => self.switch_site(last.site),
                None => false,
            },
            _ => false,
        }
    }
}
