//! One way to call a cloud: pace, sign, send, judge by the error's code, retry inside a deadline.
//!
//! An adapter says how one call is signed and how its answer is judged ([`Call`]); when to wait and
//! when to give up is decided here, the same for every cloud.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base::{Chance, Clock};
use jiff::Timestamp;
use net::{HttpRequest, HttpResponse, Transport};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{CallSite, CloudError, ErrorKind};
use crate::pacer::{Bucket, Pacer, Quota, Turn};

/// One try of a call.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// This machine's time; the adapter adds the offset it knows.
    pub now: Timestamp,
    /// 32 hexadecimal digits that no other attempt has.
    pub nonce: String,
}

/// How one call is made. What its answer means is told beside it, so that the way to an answer is one
/// and not one for each type of answer.
#[async_trait]
pub trait Call: Send + Sync {
    /// Returns where it is made, for errors.
    fn site(&self) -> CallSite;

    /// Returns by what the cloud counts it, and how much of it is allowed.
    fn bucket(&self) -> (Bucket, Quota);

    /// Returns how many calls of its bucket the cloud lets come at once after a pause, by its own
    /// word. They are used at the same share as the rest, and only by what says so here: people's
    /// consoles read, and what they read by comes evenly spaced.
    fn burst(&self) -> u32 {
        0
    }

    /// Returns whether asking twice is the same as asking once.
    fn repeatable(&self) -> bool;

    /// Returns how large its answer is expected to be at most, in KiB: so much of the memory for
    /// answers is set aside for it while it is under way.
    fn answer_kib(&self) -> u32 {
        16
    }

    /// Signs the request for one attempt.
    ///
    /// # Errors
    ///
    /// When there are no credentials to sign with.
    async fn request(&self, attempt: &Attempt) -> Result<HttpRequest, CloudError>;

    /// Learns from a failure that can be mended once: the clock's offset, a stale session.
    /// Returns whether another attempt may succeed.
    async fn mend(&self, error: &CloudError) -> bool;
}

/// How long and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// When to give up, counted from when the first attempt left.
    pub deadline: Duration,
    /// The longest pause between two attempts.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    /// A throttled minute is outlived: the clouds count by the minute.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(180),
            longest_pause: Duration::from_secs(20),
        }
    }
}

/// Makes calls; one for the whole process.
#[derive(Debug)]
pub struct Caller {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    pacer: Pacer,
    policy: RetryPolicy,
    lines: Semaphore,
    room_kib: Semaphore,
    large_kib: Semaphore,
}

/// Calls under way at once: each is a connection, and a process may have 1,024 files as a rule.
const LINES: usize = 400;
/// Memory for answers under way; bounds it whatever the number of accounts. Two of the largest pages
/// for each of a hundred accounts: one that is being read does not keep the next one from leaving.
const ROOM_KIB: u32 = 48 << 10;
/// What is larger has half of the room to itself and its like. Who waits for room does so in a line,
/// and hundreds of small answers would wait behind a few that take ten times as long to be read: one
/// cloud's pages have five hundred machines or disks, the others' a hundred.
const SMALL_KIB: u32 = 512;
const LARGE_KIB: u32 = ROOM_KIB / 2;

impl Caller {
    /// Returns a caller over `transport`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        pacer: Pacer,
        policy: RetryPolicy,
    ) -> Self {
        Self {
            transport,
            clock,
            chance,
            pacer,
            policy,
            lines: Semaphore::new(LINES),
            room_kib: Semaphore::new(ROOM_KIB as usize),
            large_kib: Semaphore::new(LARGE_KIB as usize),
        }
    }

    /// Returns the clock that calls are dated by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns the transport, for requests that are no calls of a cloud's API: metadata services,
    /// credential addresses.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// Makes one call until it succeeds, cannot succeed, or the deadline is over. `judge` understands
    /// an answer, or says that it is a failure: by the cloud's code and never by the status alone.
    ///
    /// # Errors
    ///
    /// The last failure.
    pub async fn call<T: Send>(
        &self,
        call: &dyn Call,
        mut judge: impl FnMut(HttpResponse) -> Result<T, CloudError> + Send,
    ) -> Result<T, CloudError> {
        let mut understood = None;
        self.exchange(call, &mut |answer| {
            understood = Some(judge(answer)?);
            Ok(())
        })
        .await?;
        understood.ok_or_else(|| CloudError::new(call.site(), ErrorKind::Unanswered, ""))
    }

    async fn exchange(&self, call: &dyn Call, judge: Judge<'_>) -> Result<(), CloudError> {
        let (bucket, quota) = call.bucket();
        let burst = call.burst();
        let mut started = None;
        let mut pauses = Pauses::default();
        let mut mended = Mended::default();
        for number in 1.. {
            let turn = self.pacer.turn(&bucket, quota, burst).await;
            let asked = self.clock.monotonic();
            let attempt = Attempt {
                number,
                now: self.clock.now(),
                nonce: self.chance.token(),
            };
            let (error, left) = match call.request(&attempt).await {
                Ok(request) => match self.send(call, &bucket, turn, request, judge).await {
                    (Ok(()), _) => return Ok(()),
                    (Err(error), left) => (error, Some(left)),
                },
                Err(error) => (error, None),
            };
            let started = *started.get_or_insert(left.unwrap_or(asked));
            let pause = match &error.kind {
                ErrorKind::Throttled { retry_after } => {
                    let pause = retry_after.unwrap_or_else(|| self.throttle_pause(&mut pauses));
                    // What never left was not throttled itself: that was the call for its
                    // credentials, which has a bucket of its own.
                    if left.is_some() {
                        // However long the cloud asks for: no call of ours lasts longer than that.
                        self.pacer.hold(&bucket, pause.min(self.policy.deadline));
                    }
                    pause
                }
                ErrorKind::Busy if call.repeatable() => {
                    self.jittered(&mut pauses, Duration::from_millis(100))
                }
                ErrorKind::Unsent => self.jittered(&mut pauses, Duration::from_millis(200)),
                ErrorKind::Unanswered if call.repeatable() => {
                    self.jittered(&mut pauses, Duration::from_millis(200))
                }
                kind if mended.first_of(kind) && call.mend(&error).await => Duration::ZERO,
                _ => return Err(error),
            };
            let spent = self.clock.monotonic().saturating_sub(started);
            if spent.saturating_add(pause) > self.policy.deadline {
                return Err(error);
            }
            tracing::debug!(
                account.id = %error.site.account,
                operation = error.site.operation,
                attempt = number,
                code = %error.code,
                "{} failed and is tried again in {} ms", error.site, pause.as_millis(),
            );
            if !pause.is_zero() {
                self.clock.sleep(pause).await;
            }
        }
        unreachable!("the loop above ends by returning")
    }

    /// Sends a signed request as soon as there is a seat, and returns when that was.
    ///
    /// It is signed before there is a seat, since that may take calls of its own, for credentials.
    async fn send(
        &self,
        call: &dyn Call,
        bucket: &Bucket,
        turn: Turn,
        request: HttpRequest,
        judge: Judge<'_>,
    ) -> (Result<(), CloudError>, Duration) {
        let _seat = self.seat(call.answer_kib(), bucket, turn).await;
        let left = self.clock.monotonic();
        let answer = match self.transport.send(request).await {
            // The seat is kept for as long as the answer takes room.
            Ok(answer) => judge(answer),
            Err(error) => Err(CloudError::from_net(call.site(), error)),
        };
        (answer, left)
    }

    /// Waits until there is a line and room for the answer.
    ///
    /// Whoever waits does so at the door of its bucket: those behind it, of the same bucket, have no
    /// seat yet and would be a burst if they all left when there is room again.
    async fn seat(&self, answer_kib: u32, bucket: &Bucket, turn: Turn) -> Seat<'_> {
        let kib = answer_kib.min(ROOM_KIB);
        let large_kib = if kib > SMALL_KIB {
            kib.min(LARGE_KIB)
        } else {
            0
        };
        let door = self.pacer.door(bucket, turn).await;
        if let (Ok(large), Ok(line), Ok(room)) = (
            self.large_kib.try_acquire_many(large_kib),
            self.lines.try_acquire(),
            self.room_kib.try_acquire_many(kib),
        ) {
            return [Some(large), Some(line), Some(room)];
        }
        // They are never closed, so the error cannot happen.
        let large = self.large_kib.acquire_many(large_kib).await.ok();
        let line = self.lines.acquire().await.ok();
        let room = self.room_kib.acquire_many(kib).await.ok();
        door.left_late();
        [large, line, room]
    }

    /// Decorrelated jitter (Brooker, "Exponential Backoff And Jitter"): between `base` and three
    /// times the pause before, so that many clients do not come back in step.
    fn jittered(&self, pauses: &mut Pauses, base: Duration) -> Duration {
        let widest = pauses
            .last
            .max(base)
            .mul_f64(3.0)
            .min(self.policy.longest_pause);
        let span = widest.saturating_sub(base);
        pauses.last = base + span.mul_f64(self.chance.fraction());
        pauses.last
    }

    /// A cloud that counts by the minute stays closed until it is over: after three refusals in a
    /// row only the next minute helps.
    fn throttle_pause(&self, pauses: &mut Pauses) -> Duration {
        pauses.throttled += 1;
        if pauses.throttled < 3 {
            return self.jittered(pauses, Duration::from_millis(500));
        }
        let second = self.clock.now().as_second().rem_euclid(60);
        let rest = u64::try_from(60 - second).unwrap_or(60);
        Duration::from_secs(rest) + Duration::from_secs(2).mul_f64(self.chance.fraction())
    }
}

/// Takes an answer, or says that it is a failure.
type Judge<'a> = &'a mut (dyn FnMut(HttpResponse) -> Result<(), CloudError> + Send);

type Seat<'a> = [Option<SemaphorePermit<'a>>; 3];

#[derive(Debug, Default)]
struct Pauses {
    last: Duration,
    throttled: u32,
}

/// Which failures were mended already; each is mended once.
#[derive(Debug, Default)]
struct Mended {
    clock: bool,
    nonce: bool,
    session: bool,
    site: bool,
}

impl Mended {
    fn first_of(&mut self, kind: &ErrorKind) -> bool {
        let done = match kind {
            ErrorKind::Clock { .. } => &mut self.clock,
            ErrorKind::NonceUsed => &mut self.nonce,
            ErrorKind::StaleCredentials => &mut self.session,
            ErrorKind::WrongSite => &mut self.site,
            _ => return false,
        };
        !std::mem::replace(done, true)
    }
}

#[cfg(test)]
mod tests;
