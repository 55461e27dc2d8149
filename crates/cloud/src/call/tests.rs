use std::collections::VecDeque;
use std::sync::Mutex;

use base::{ManualClock, SeededChance};
use model::{AccountId, Place};
use net::{Method, NetError, Reach, StatusCode};

use super::*;
use crate::pacer::Share;

/// What the far side does, one entry for each request; the last one stays.
type Turn = Result<&'static str, fn() -> NetError>;
type Script = VecDeque<Turn>;

#[derive(Debug)]
struct Scripted(Mutex<(Script, u32)>);

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, NetError> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        let next = if state.0.len() > 1 {
            state.0.pop_front()
        } else {
            state.0.front().copied()
        };
        let body = next.unwrap().map_err(|make| make())?;
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: net::HeaderMap::new(),
            body: body.into(),
        })
    }
}

/// Answers are words: `ok`, or the kind of error to be made of them.
struct Word {
    repeatable: bool,
    answer_kib: u32,
}

#[async_trait]
impl Call for Word {
    fn site(&self) -> CallSite {
        CallSite {
            account: AccountId::new("shop"),
            place: Place::Global,
            operation: "Word",
        }
    }

    fn bucket(&self) -> (Bucket, Quota) {
        let CallSite {
            account,
            place,
            operation,
        } = self.site();
        (
            Bucket {
                account,
                place,
                operation,
            },
            Quota { per_second: 1000.0 },
        )
    }

    fn repeatable(&self) -> bool {
        self.repeatable
    }

    fn answer_kib(&self) -> u32 {
        self.answer_kib
    }

    async fn request(&self, _attempt: &Attempt) -> Result<HttpRequest, CloudError> {
        let url = "http://127.0.0.1/".parse().unwrap();
        Ok(HttpRequest::new(Method::POST, url, Reach::Service))
    }

    async fn mend(&self, _error: &CloudError) -> bool {
        true
    }
}

/// Makes an answer of a word, or an error.
fn judged(answer: HttpResponse) -> Result<(), CloudError> {
    let kind = match &answer.body[..] {
        b"ok" => return Ok(()),
        b"throttled" => ErrorKind::Throttled { retry_after: None },
        b"wait" => ErrorKind::Throttled {
            retry_after: Some(Duration::from_secs(7)),
        },
        b"hour" => ErrorKind::Throttled {
            retry_after: Some(Duration::from_secs(3600)),
        },
        b"busy" => ErrorKind::Busy,
        b"stale" => ErrorKind::StaleCredentials,
        _ => ErrorKind::Denied { permission: None },
    };
    Err(CloudError::new(READ.site(), kind, ""))
}

fn lost() -> NetError {
    NetError::Unanswered {
        host: "cloud".into(),
        source: "reset".into(),
    }
}

/// Plays a script and returns the outcome, the requests it took and the seconds it lasted.
async fn play<const N: usize>(script: [Turn; N], call: Word) -> (Result<(), ErrorKind>, u32, u64) {
    let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
    let transport = Arc::new(Scripted(Mutex::new((Script::from(script), 0))));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let caller = Caller::new(
        transport.clone(),
        shared.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(shared, Share::percent(100)),
        RetryPolicy::default(),
    );
    let outcome = caller.call(&call, judged).await.map_err(|error| error.kind);
    let requests = transport.0.lock().unwrap().1;
    (outcome, requests, clock.monotonic().as_secs())
}

const READ: Word = Word {
    repeatable: true,
    answer_kib: 16,
};
const WRITE: Word = Word {
    repeatable: false,
    ..READ
};

#[tokio::test]
async fn trouble_of_the_cloud_is_waited_out() {
    let (outcome, requests, _) = play([Ok("busy"), Ok("busy"), Ok("ok")], READ).await;
    assert_eq!((outcome, requests), (Ok(()), 3));
}

#[tokio::test]
async fn the_clouds_own_word_on_when_to_come_back_is_kept() {
    let (outcome, requests, seconds) = play([Ok("wait"), Ok("ok")], READ).await;
    assert_eq!((outcome, requests, seconds), (Ok(()), 2, 7));
}

#[tokio::test]
async fn a_throttled_minute_is_outlived_with_few_calls() {
    let script = [Ok("throttled"), Ok("throttled"), Ok("throttled"), Ok("ok")];
    let (outcome, requests, seconds) = play(script, READ).await;
    assert_eq!((outcome, requests), (Ok(()), 4));
    assert!((55..=63).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn throttling_without_end_ends_at_the_deadline() {
    let (outcome, requests, seconds) = play([Ok("throttled")], READ).await;
    assert_eq!(outcome, Err(ErrorKind::Throttled { retry_after: None }));
    assert!(
        requests < 8 && seconds <= 181,
        "{requests} calls in {seconds} s"
    );
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_waited_for_and_closes_the_bucket_no_longer_than_that() {
    let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
    let script = Script::from([Ok("hour"), Ok("ok")]);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let caller = Caller::new(
        Arc::new(Scripted(Mutex::new((script, 0)))),
        shared.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(shared, Share::percent(100)),
        RetryPolicy::default(),
    );
    assert!(caller.call(&READ, judged).await.is_err());
    assert_eq!(clock.monotonic(), Duration::ZERO);
    caller.call(&READ, judged).await.unwrap();
    assert_eq!(clock.monotonic(), RetryPolicy::default().deadline);
}

#[tokio::test]
async fn trouble_of_the_cloud_may_have_had_an_effect_and_is_not_asked_for_twice() {
    let (outcome, requests, _) = play([Ok("busy"), Ok("ok")], WRITE).await;
    assert_eq!((outcome, requests), (Err(ErrorKind::Busy), 1));
}

#[tokio::test]
async fn a_lost_answer_is_asked_again_only_where_that_is_harmless() {
    let (outcome, requests, _) = play([Err(lost), Ok("ok")], READ).await;
    assert_eq!((outcome, requests), (Ok(()), 2));
    let (outcome, requests, _) = play([Err(lost), Ok("ok")], WRITE).await;
    assert_eq!((outcome, requests), (Err(ErrorKind::Unanswered), 1));
}

#[tokio::test]
async fn a_stale_session_is_mended_once_and_no_more() {
    let (outcome, requests, _) = play([Ok("stale"), Ok("ok")], READ).await;
    assert_eq!((outcome, requests), (Ok(()), 2));
    let (outcome, requests, _) = play([Ok("stale")], READ).await;
    assert_eq!((outcome, requests), (Err(ErrorKind::StaleCredentials), 2));
}

#[tokio::test]
async fn a_missing_right_is_said_at_once() {
    let (outcome, requests, _) = play([Ok("no")], READ).await;
    assert_eq!(
        (outcome, requests),
        (Err(ErrorKind::Denied { permission: None }), 1)
    );
}

/// Answers after everybody else had a chance to ask, and remembers how many asked at once.
#[derive(Debug, Default)]
struct Crowded(Mutex<(u32, u32)>);

#[async_trait]
impl Transport for Crowded {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, NetError> {
        {
            let mut state = self.0.lock().unwrap();
            state.0 += 1;
            state.1 = state.1.max(state.0);
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.0.lock().unwrap().0 -= 1;
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: net::HeaderMap::new(),
            body: "ok".into(),
        })
    }
}

/// Returns how many calls were under way at most, and the seconds that the pace took.
async fn crowd(many: usize, answer_kib: u32) -> (u32, f64) {
    let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let transport = Arc::new(Crowded::default());
    let caller = Caller::new(
        transport.clone(),
        shared.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(shared, Share::percent(100)),
        RetryPolicy::default(),
    );
    let word = Word { answer_kib, ..READ };
    let calls = (0..many).map(|_| async { caller.call(&word, judged).await.unwrap() });
    futures_util::future::join_all(calls).await;
    let peak = transport.0.lock().unwrap().1;
    (peak, clock.monotonic().as_secs_f64())
}

#[tokio::test]
async fn large_answers_wait_for_room_and_small_ones_do_not() {
    assert_eq!(crowd(12, LARGE_KIB / 4).await.0, 4);
    assert_eq!(crowd(100, SMALL_KIB).await.0, ROOM_KIB / SMALL_KIB);
    assert_eq!(crowd(12, u32::MAX).await.0, 1);
    assert_eq!(crowd(12, 16).await.0, 12);
    assert_eq!(crowd(LINES + 50, 0).await.0, u32::try_from(LINES).unwrap());
}

#[tokio::test]
async fn calls_that_waited_for_room_do_not_leave_in_a_burst() {
    let (_, together) = crowd(12, 16).await;
    let (_, one_by_one) = crowd(12, u32::MAX).await;
    // The second one left when there was room, the ten behind it each a millisecond after the one
    // before.
    assert!(one_by_one > together + 0.009, "{together} {one_by_one}");
}

/// Writes down who asked when, and answers when it is told to.
#[derive(Debug)]
struct Gate {
    clock: ManualClock,
    log: Mutex<Vec<(String, u64)>>,
    open: Semaphore,
}

#[async_trait]
impl Transport for Gate {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let who = request.url.path().trim_matches('/').to_owned();
        let at = self.clock.monotonic().as_secs();
        self.log.lock().unwrap().push((who, at));
        self.open.acquire().await.unwrap().forget();
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: net::HeaderMap::new(),
            body: "ok".into(),
        })
    }
}

/// A call by name, of the operation that its name begins with: one every ten seconds of `slow`, any
/// number of the others.
struct Named(&'static str);

#[async_trait]
impl Call for Named {
    fn site(&self) -> CallSite {
        READ.site()
    }

    fn bucket(&self) -> (Bucket, Quota) {
        let (operation, _) = self.0.split_once('-').unwrap();
        let per_second = if operation == "slow" { 0.1 } else { 1e6 };
        let bucket = Bucket {
            operation,
            ..READ.bucket().0
        };
        (bucket, Quota { per_second })
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn answer_kib(&self) -> u32 {
        match self.0.split_once('-') {
            Some(("large", _)) => LARGE_KIB,
            Some(("small", _)) => SMALL_KIB,
            _ => ROOM_KIB,
        }
    }

    async fn request(&self, _attempt: &Attempt) -> Result<HttpRequest, CloudError> {
        let url = format!("http://127.0.0.1/{}", self.0).parse().unwrap();
        Ok(HttpRequest::new(Method::POST, url, Reach::Service))
    }

    async fn mend(&self, _error: &CloudError) -> bool {
        false
    }
}

/// Calls that need the whole room where they are not said to be small, and a clock that moves by hand.
struct Queue {
    clock: ManualClock,
    gate: Arc<Gate>,
    caller: Arc<Caller>,
    tasks: base::Tasks<()>,
}

impl Queue {
    fn new() -> Self {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let gate = Arc::new(Gate {
            clock: clock.clone(),
            log: Mutex::default(),
            open: Semaphore::new(0),
        });
        let caller = Caller::new(
            gate.clone(),
            shared.clone(),
            Arc::new(SeededChance::new(1)),
            Pacer::new(shared, Share::percent(100)),
            RetryPolicy::default(),
        );
        Self {
            clock,
            gate,
            caller: Arc::new(caller),
            tasks: base::Tasks::new(),
        }
    }

    async fn call(&mut self, name: &'static str) {
        let caller = self.caller.clone();
        self.tasks
            .start(async move { caller.call(&Named(name), judged).await.unwrap() });
        self.settle().await;
    }

    /// Lets one call be answered.
    async fn answer(&self) {
        self.gate.open.add_permits(1);
        self.settle().await;
    }

    async fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settle().await;
    }

    /// Lets everybody go as far as they can.
    async fn settle(&self) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    fn log(&self) -> Vec<(String, u64)> {
        self.gate.log.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn small_answers_do_not_wait_behind_large_ones() {
    let mut queue = Queue::new();
    for name in ["large-1", "large-2", "large-3"] {
        queue.call(name).await;
    }
    // The turns of all of them have come.
    queue.advance(1).await;
    queue.call("small-1").await;
    let asked = |queue: &Queue| queue.log().into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(asked(&queue), ["large-1", "small-1"]);
    queue.answer().await;
    assert_eq!(asked(&queue), ["large-1", "small-1", "large-2"]);
}

#[tokio::test]
async fn whoever_waited_for_room_takes_no_second_turn_and_whoever_waits_for_a_turn_takes_no_room() {
    let mut queue = Queue::new();
    for name in ["slow-1", "slow-2", "slow-3"] {
        queue.call(name).await;
    }
    // The turns of all three have come, and the first one still has the whole room.
    queue.advance(25).await;
    queue.call("fast-1").await;
    let mut expected = vec![("slow-1".to_owned(), 0)];
    assert_eq!(queue.log(), expected);
    queue.answer().await;
    expected.push(("slow-2".to_owned(), 25));
    assert_eq!(queue.log(), expected);
    // The third one would be too close behind the second, and leaves the room to others.
    queue.answer().await;
    expected.push(("fast-1".to_owned(), 25));
    assert_eq!(queue.log(), expected);
    queue.answer().await;
    queue.advance(9).await;
    assert_eq!(queue.log(), expected);
    queue.advance(1).await;
    expected.push(("slow-3".to_owned(), 35));
    assert_eq!(queue.log(), expected);
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.poll(&mut context)
}

#[tokio::test]
async fn the_deadline_begins_when_a_call_leaves_and_not_while_it_waits_for_room() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let script = Script::from([Ok("busy"), Ok("ok")]);
    let caller = Arc::new(Caller::new(
        Arc::new(Scripted(Mutex::new((script, 0)))),
        shared.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(shared, Share::percent(100)),
        RetryPolicy::default(),
    ));
    let room = caller.room_kib.acquire_many(ROOM_KIB).await.unwrap();
    let waiting = caller.call(&READ, judged);
    tokio::pin!(waiting);
    assert!(poll(waiting.as_mut()).is_pending());
    clock.advance(2 * RetryPolicy::default().deadline);
    drop(room);
    assert!(poll(waiting.as_mut()).is_pending());
    clock.advance(RetryPolicy::default().longest_pause);
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_call_whose_credentials_are_throttled_closes_no_bucket() {
    /// Gets its credentials at the second attempt.
    struct Unsigned;

    #[async_trait]
    impl Call for Unsigned {
        fn site(&self) -> CallSite {
            READ.site()
        }

        fn bucket(&self) -> (Bucket, Quota) {
            READ.bucket()
        }

        fn repeatable(&self) -> bool {
            true
        }

        async fn request(&self, attempt: &Attempt) -> Result<HttpRequest, CloudError> {
            if attempt.number > 1 {
                return READ.request(attempt).await;
            }
            let retry_after = Some(Duration::from_secs(60));
            let kind = ErrorKind::Throttled { retry_after };
            Err(CloudError::new(self.site(), kind, "AssumeRole"))
        }

        async fn mend(&self, _error: &CloudError) -> bool {
            false
        }
    }

    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let caller = Caller::new(
        Arc::new(Scripted(Mutex::new((Script::from([Ok("ok")]), 0)))),
        shared.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(shared, Share::percent(100)),
        RetryPolicy::default(),
    );
    let unsigned = caller.call(&Unsigned, judged);
    tokio::pin!(unsigned);
    assert!(poll(unsigned.as_mut()).is_pending());
    clock.advance(Duration::from_millis(1));
    // Another call of the same operation, with credentials of its own, is not held up.
    let other = caller.call(&READ, judged);
    tokio::pin!(other);
    assert!(poll(other.as_mut()).is_ready());
    clock.advance(Duration::from_secs(60));
    unsigned.await.unwrap();
}
