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
use model::{AccountId, Place, RegionId, Tags};
use net::{HttpRequest, HttpResponse, Method};
use serde_json::{Map, Value};

use crate::auth::{Credentials, Keys};
use crate::decode::Misread;
use crate::endpoints::{Endpoints, Partition, Protocol};
use crate::errors;
use crate::operations::{Effect, Operation};
use crate::sign;

/// The line from one account to the cloud.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) account: AccountId,
    pub(crate) partition: Partition,
    /// Asked for what is of no region.
    pub(crate) home: RegionId,
    pub(crate) endpoints: Endpoints,
    pub(crate) quotas: Quotas,
    pub(crate) caller: Arc<Caller>,
    /// By how many milliseconds the cloud's clock is ahead of this machine's.
    ahead_ms: AtomicI64,
}

impl Line {
    pub(crate) fn new(
        account: AccountId,
        partition: Partition,
        home: RegionId,
        endpoints: Endpoints,
        quotas: Quotas,
        caller: Arc<Caller>,
    ) -> Self {
        Self {
            account,
            partition,
            home,
            endpoints,
            quotas,
            caller,
            ahead_ms: AtomicI64::new(0),
        }
    }

    /// Returns the line of another account that is asked in the same way.
    pub(crate) fn of_member(&self, account: AccountId) -> Self {
        let member = Self::new(
            account,
            self.partition,
            self.home.clone(),
            self.endpoints.clone(),
            self.quotas.clone(),
            self.caller.clone(),
        );
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

/// Whether things are shown that services of the cloud manage for the account and hide from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Managed {
    Shown,
    /// Where the cloud does not know the question yet.
    Hidden,
}

/// Understands the body of a good answer.
pub(crate) type Decode<T> = fn(&[u8]) -> Result<T, Misread>;

/// One call.
pub(crate) struct AwsCall<'a, T> {
    line: &'a Line,
    signer: Signer<'a>,
    operation: &'static Operation,
    place: Place,
    decode: Decode<T>,
    /// What a form or the query of a REST service says.
    words: Vec<(String, String)>,
    /// What a JSON body says.
    json: Map<String, Value>,
    /// Method and path of a REST service.
    rest: (Method, String),
    answer_kib: u32,
    /// Whether it carries a token of ours, by which the cloud knows that twice is once.
    is_marked: bool,
    /// With what the last attempt was made, for mending.
    last: Mutex<Option<Last>>,
}

#[derive(Debug, Clone)]
struct Last {
    credentials: Option<Arc<Credentials>>,
    dated: Timestamp,
}

impl<'a, T: Send> AwsCall<'a, T> {
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
            decode,
            words: Vec::new(),
            json: Map::new(),
            rest: (Method::POST, "/".to_owned()),
            answer_kib: ANSWER_KIB,
            is_marked: false,
            last: Mutex::new(None),
        }
    }

    /// Makes it in `place`, which is also what the cloud counts it by.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        self.place = place.clone();
        self
    }

    /// Says something in the form, or in the query of a REST service.
    pub(crate) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.words.push((name.into(), value.into()));
        self
    }

    /// Says several things of one kind, counted from 1: `prefix.1`, `prefix.2`.
    pub(crate) fn with_each<V: AsRef<str>>(
        mut self,
        prefix: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        for (at, value) in (1..).zip(values) {
            let name = format!("{prefix}.{at}");
            self.words.push((name, value.as_ref().to_owned()));
        }
        self
    }

    /// Says the same, where there is something to say.
    pub(crate) fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Asks for those of which `name` is one of `values`, as the filter with this number.
    pub(crate) fn with_filter<V: AsRef<str>>(
        self,
        number: usize,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.with(format!("Filter.{number}.Name"), name)
            .with_each(&format!("Filter.{number}.Value"), values)
    }

    /// Says which tags a new thing of a sort has from the first moment, as the specification with
    /// this number; says nothing where there are none, since the cloud refuses an empty one.
    pub(crate) fn with_new_tags(mut self, number: usize, sort: &str, tags: &Tags) -> Self {
        if tags.is_empty() {
            return self;
        }
        let prefix = format!("TagSpecification.{number}");
        self = self.with(format!("{prefix}.ResourceType"), sort);
        self.with_tags(&format!("{prefix}.Tag"), tags)
    }

    /// Says tags, counted from 1: `prefix.1.Key`, `prefix.1.Value`.
    pub(crate) fn with_tags(mut self, prefix: &str, tags: &Tags) -> Self {
        for (at, (key, value)) in (1..).zip(tags) {
            self = self
                .with(format!("{prefix}.{at}.Key"), key)
                .with(format!("{prefix}.{at}.Value"), value);
        }
        self
    }

    /// Says by which token the cloud knows the call again: then it may be made twice.
    pub(crate) fn marked(mut self, token: Option<&str>) -> Self {
        match token {
            Some(token) => {
                self.is_marked = true;
                self.with("ClientToken", token)
            }
            None => self,
        }
    }

    /// Asks for what services of the cloud manage and hide, too, where `managed` says so.
    pub(crate) fn showing(self, managed: Managed) -> Self {
        match managed {
            Managed::Shown => self.with("IncludeManagedResources", "true"),
            Managed::Hidden => self,
        }
    }

    /// Says something in the JSON body.
    pub(crate) fn with_json(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.json.insert(name.to_owned(), value.into());
        self
    }

    /// Says the same, where there is something to say.
    pub(crate) fn with_some_json(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with_json(name, value),
            None => self,
        }
    }

    /// Reads at a path of a REST service; each segment is encoded.
    pub(crate) fn get(mut self, segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.push_str(&sign::encode(segment));
        }
        self.rest = (Method::GET, path);
        self
    }

    /// Posts to a path of a REST service.
    pub(crate) fn post(mut self, path: &str) -> Self {
        self.rest = (Method::POST, path.to_owned());
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
        self.line.caller.call(&self, |it| self.judge(it)).await
    }

    /// Understands the answer.
    fn judge(&self, answer: HttpResponse) -> Result<T, CloudError> {
        if errors::is_refusal(&answer) {
            let refusal = errors::refusal(self.site(), self.operation, &answer, self.dated());
            return Err(refusal);
        }
        (self.decode)(&answer.body)
            .map_err(|why| errors::misread(self.site(), self.operation, &answer, self.dated(), why))
    }

    fn last(&self) -> Option<Last> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns when the last attempt said it was made.
    fn dated(&self) -> Timestamp {
        self.last().map_or_else(|| self.line.now(), |it| it.dated)
    }

    fn malformed(&self, why: impl std::error::Error + Send + Sync + 'static) -> CloudError {
        CloudError {
            source: Some(Box::new(why)),
            ..CloudError::new(self.site(), ErrorKind::Invalid, "")
        }
    }

    fn form(&self) -> String {
        let service = self.operation.service;
        let own = [
            ("Action".to_owned(), self.operation.name.to_owned()),
            ("Version".to_owned(), service.version().to_owned()),
        ];
        let all: Vec<_> = own.into_iter().chain(self.words.iter().cloned()).collect();
        sign::canonical_query(&all)
    }

    fn json(&self) -> Bytes {
        Bytes::from(Value::Object(self.json.clone()).to_string())
    }
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const JSON: &str = "application/x-amz-json-1.1";
const OLD_JSON: &str = "application/x-amz-json-1.0";
const REST_JSON: &str = "application/json";
/// What an answer of no more than a few rows takes.
const ANSWER_KIB: u32 = 16;
const TIMEOUT: Duration = Duration::from_secs(30);
/// XML is long-winded: a page of machines with all their addresses has tens of megabytes at worst.
const LARGEST_ANSWER: usize = 64 << 20;

#[async_trait]
impl<T: Send> Call for AwsCall<'_, T> {
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

    fn burst(&self) -> u32 {
        self.operation.burst(&self.line.quotas)
    }

    /// What makes something is asked once; the caller looks for it before it is made again.
    fn repeatable(&self) -> bool {
        self.is_marked || self.operation.effect != Effect::Makes
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
        let service = self.operation.service;
        let target = line
            .endpoints
            .target(service, line.partition, &self.place, &line.home)
            .map_err(|why| self.malformed(why))?;
        let name = self.operation.name;
        let (method, path) = &self.rest;
        let (query, header, body) = match service.protocol() {
            Protocol::Ec2 | Protocol::Query => {
                (&[][..], None, Some((FORM, Bytes::from(self.form()))))
            }
            protocol @ (Protocol::Json | Protocol::OldJson) => {
                let kind = match protocol {
                    Protocol::OldJson => OLD_JSON,
                    _ => JSON,
                };
                let header = format!("{}.{name}", service.version());
                (&[][..], Some(header), Some((kind, self.json())))
            }
            Protocol::Rest if *method == Method::GET => (&self.words[..], None, None),
            Protocol::Rest => (&self.words[..], None, Some((REST_JSON, self.json()))),
        };
        let unsigned = sign::Unsigned {
            method: method.clone(),
            origin: &target.origin,
            path,
            query,
            target: header,
            body,
            scope: sign::Scope {
                region: &target.region,
                service: service.name(),
            },
        };
        let dated = line.corrected(attempt.now);
        let key = credentials.as_deref().map(Credentials::key);
        let signed = sign::signed(unsigned, dated, key);
        let mut request = signed.map_err(|why| self.malformed(why))?;
        request.timeout = TIMEOUT;
        request.body_limit = LARGEST_ANSWER;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Last { credentials, dated });
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
            ErrorKind::StaleCredentials => {
                match (self.signer, self.last().and_then(|it| it.credentials)) {
                    (Signer::Keys(keys), Some(used)) => keys.renew(&used).await,
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
