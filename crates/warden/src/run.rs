//! One run of a duty from end to end.
//!
//! What was found is in the store before anyone is told of it. All letters of a run are queued in the
//! one transaction that remembers its findings, as found and as told: a crash neither loses a message
//! nor makes two.

mod remembering;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use base::{Chance, Clock, Tasks};
use cloud::{Census, Why};
use duty::{Audience, Duty, Letter, Memory, Scene, reconcile};
use jiff::Timestamp;
use model::{AccountId, Scope};
use notify::{ChannelSettings, Courier, Dispatch};
use store::{Db, RunId, StoreError, Telling};

use self::remembering::{looks, record_members};
pub use self::writing::Ran;
use self::writing::done;
use crate::exit::Exit;
use crate::observe::{Clouds, Members, Observed, Observer, Progress, Recall};
use crate::outcome::Outcome;
use crate::watch::Watched;

/// How long a run may take from knowing what was told to having told the rest; it takes a second.
const TURN: Duration = Duration::from_secs(30);
/// How long one run waits before it asks again whether the other is done.
const TURN_PAUSE: Duration = Duration::from_millis(100);

/// Everything a run stands on.
pub struct Warden {
    /// The accounts.
    pub watched: Vec<Watched>,
    /// The store.
    pub db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for the run's id.
    pub chance: Arc<dyn Chance>,
    /// What carries messages.
    pub courier: Courier,
    /// Who is told, by which channel.
    pub posts: Vec<Post>,
}

/// A channel and whom it reaches.
#[derive(Debug, Clone)]
pub struct Post {
    /// The channel.
    pub channel: ChannelSettings,
    /// What of all findings goes there.
    pub audience: Audience,
}

/// How a run is to be done.
pub struct RunRequest<'a> {
    /// The duty.
    pub duty: &'a dyn Duty,
    /// Whether people are told; a look without telling changes nothing that later runs tell.
    pub tell: Tell,
    /// Unseen scopes to pass over until a time.
    pub ignore_unseen: &'a BTreeMap<String, Timestamp>,
    /// How long deliveries may take before the rest is left in the outbox.
    pub patience: Duration,
    /// Who is told how it gets on.
    pub progress: Arc<dyn Progress>,
}

/// Whether a run tells people what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// By the channels.
    People,
    /// Only whoever called.
    Nobody,
}

/// A look that is done, and assessed.
pub(crate) struct Looked {
    pub(crate) run: RunId,
    /// The lease that keeps other runs from telling.
    turn: Option<String>,
    pub(crate) memory: Memory,
    pub(crate) clouds: Clouds,
    pub(crate) outcome: Outcome,
}

impl Warden {
    /// Runs a duty: observe, assess, record, notify.
    ///
    /// # Errors
    ///
    /// When the store fails. Nothing is asked of a cloud before the store has taken the run, and
    /// nobody is told of what the store did not take.
    pub async fn run(&self, request: &RunRequest<'_>) -> Result<Arc<Outcome>, StoreError> {
        self.run_ahead(request).await?.written().await
    }

    /// Does the same and returns before all is written down: what is left to the store, which has a
    /// thread of its own, it does while a report is made.
    ///
    /// # Errors
    ///
    /// As [`Warden::run`].
    pub async fn run_ahead(&self, request: &RunRequest<'_>) -> Result<Ran, StoreError> {
        let mode = match request.tell {
            Tell::People => "tell",
            Tell::Nobody => "look",
        };
        let Looked {
            run,
            turn,
            memory,
            mut outcome,
            ..
        } = self.look(request, mode).await?;
        let duty = request.duty;
        let told = request.tell == Tell::People;
        if told {
            self.tell(duty, &run, &memory, &outcome).await?;
            if let Some(turn) = turn {
                self.db.lease_release(&turn, run.as_str()).await?;
            }
            let channels: Vec<&ChannelSettings> = self.posts.iter().map(|it| &it.channel).collect();
            outcome.deliveries = Some(self.courier.deliver(&channels, request.patience).await);
        }
        log(duty.name(), &outcome);
        let unheard = (!told).then_some(memory.findings);
        Ok(Ran::ending(self, run, outcome, unheard))
    }

    /// Observes and assesses; what was seen is recorded, and what was found is not yet.
    pub(crate) async fn look(
        &self,
        request: &RunRequest<'_>,
        mode: &str,
    ) -> Result<Looked, StoreError> {
        let duty = request.duty;
        let now = self.clock.now();
        let run = self
            .db
            .run_start(&*self.chance, duty.name(), mode, now)
            .await?;
        let (members, hearing) = Members::heard();
        let observer = Observer::new(self.clock.clone(), request.progress.clone()).telling(members);
        let begun = observer.begin(&self.watched);
        // Read while the accounts say who they are.
        let traces = self.db.traces().await?;
        let (looked, memory) =
            tokio::try_join!(self.db.look_list(), self.memory_but_nodes(duty.name(), now))?;
        // The store writes down who is a node of what while others are still being listed.
        let (mut recording, (recalling, recall)) = (Tasks::new(), Recall::later());
        recording.start(record_members(self.db.clone(), hearing, recall.clone()));
        let looks = Arc::new(looks(looked, recall, now));
        let wants = Arc::new(duty.wants(now));
        let observing = async move { Ok(observer.observe(&begun, &wants, &looks).await) };
        let (mut observed, before) =
            tokio::try_join!(observing, self.remembering(duty, memory, recalling))?;
        let doubts = duty.doubts(&observed.census, &before, now);
        let second = observed.second_looks(doubts).await;
        observed.join(second);

        let turn = match request.tell {
            Tell::People => Some(self.turn_to_tell(duty.name(), &run).await?),
            Tell::Nobody => None,
        };
        let memory = self.still(before, &traces, duty.name(), now).await?;
        // The store writes down what was seen while the rules are at work.
        recording.start(self.record_sights(&observed.census, now));
        let mut seen: BTreeSet<Scope> = seen_scopes(&observed.census);
        seen.extend(left_scopes(&observed, &memory));
        let (census, clouds) = observed.part();
        let assessed = duty.assess(&census, &memory, now);
        let known = reconcile(&memory.findings, assessed, &seen, now).known;
        done(&mut recording).await?;
        let outcome = Outcome {
            run: run.to_string(),
            now,
            ignored: ignored(&census, request.ignore_unseen, now),
            census,
            known,
            balances: memory.balances.clone(),
            deliveries: None,
        };
        Ok(Looked {
            run,
            turn,
            memory,
            clouds,
            outcome,
        })
    }

    /// Waits until no other run is about to tell people of the same duty's findings, and returns the
    /// lease that keeps others waiting: of two runs at once, the second knows what the first told.
    ///
    /// A run that died lets others wait as long as its lease; after twice as long the turn is taken
    /// without: twice told is better than never.
    async fn turn_to_tell(&self, duty: &str, run: &RunId) -> Result<String, StoreError> {
        let lease = format!("tell/{duty}");
        let started = self.clock.monotonic();
        loop {
            let now = self.clock.now();
            let until = now.checked_add(TURN).unwrap_or(Timestamp::MAX);
            let waited = self.clock.monotonic().saturating_sub(started);
            if self
                .db
                .lease_claim(&lease, run.as_str(), now, until)
                .await?
                || waited > 2 * TURN
            {
                return Ok(lease);
            }
            self.clock.sleep(TURN_PAUSE).await;
        }
    }

    /// Asks the duty for a letter to each audience, queues them and records the findings.
    async fn tell(
        &self,
        duty: &dyn Duty,
        run: &RunId,
        memory: &Memory,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let (mut told, mut parts, mut states) = (Vec::new(), Vec::new(), Vec::new());
        for post in &self.posts {
            let digest_key = digest_key(&post.audience);
            let last = self.db.duty_state_get(duty.name(), &digest_key).await?;
            let scene = Scene {
                census: &outcome.census,
                memory,
                known: &outcome.known,
                now: outcome.now,
                last_digest: last.and_then(|it| it.parse().ok()),
            };
            let Some(Letter {
                message,
                tells,
                is_digest,
            }) = duty.letter(&post.audience, &scene)
            else {
                continue;
            };
            let dispatch = Dispatch {
                channel: &post.channel,
                message: &message,
            };
            told.extend(tells);
            parts.extend(self.courier.parts(run.as_str(), &[dispatch]));
            if is_digest {
                states.push((digest_key, outcome.now.to_string()));
            }
        }
        let telling = Telling {
            duty: duty.name(),
            tells: &told,
            parts: &parts,
            states: &states,
        };
        let (before, after) = (&memory.findings, &outcome.known);
        let recorded = self
            .db
            .finding_record_and_tell(before, after, &telling, outcome.now);
        recorded.await.map(drop)
    }
}

/// Returns what an audience's last digest is remembered by: the channel, and what of all findings
/// goes there. A run of one account alone is an audience of its own, so that its digest does not
/// stand for that of all.
fn digest_key(audience: &Audience) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    format!("{:?}", audience.takes).hash(&mut hasher);
    format!("digest:{}:{:016x}", audience.channel, hasher.finish())
}

/// One line a run, for who reads the log later.
fn log(duty: &str, outcome: &Outcome) {
    let covered = outcome.census.coverage();
    let seen = covered.iter().filter(|it| it.sight.is_ok()).count();
    tracing::info!(
        run.id = %outcome.run,
        n_scopes = covered.len(),
        n_seen = seen,
        n_findings = outcome.known.len(),
        "{duty} saw {seen} of {} scopes and knows {} findings",
        covered.len(),
        outcome.known.len(),
    );
    for (scope, unseen) in outcome.census.unseen() {
        tracing::info!(run.id = %outcome.run, scope = %scope, "{scope} was not seen: {unseen}");
    }
}

/// Returns the scopes in which there is nothing left to be seen: those of accounts that are gone.
fn left_scopes(observed: &Observed, memory: &Memory) -> BTreeSet<Scope> {
    let known = memory.findings.iter().map(|it| &it.finding);
    let left = known.filter(|it| observed.has_left(&it.key.account));
    left.flat_map(|it| {
        let own = |scope: &&Scope| scope.account == it.key.account;
        it.scopes.iter().filter(own).cloned()
    })
    .collect()
}

fn seen_scopes(census: &Census) -> BTreeSet<Scope> {
    let covered = census.coverage().into_iter();
    covered
        .filter(|it| it.sight.is_ok())
        .map(|it| it.scope)
        .collect()
}

/// Returns the unseen scopes that are to be passed over.
fn ignored(
    census: &Census,
    ignore: &BTreeMap<String, Timestamp>,
    now: Timestamp,
) -> BTreeSet<Scope> {
    let scopes = census.unseen().into_iter().map(|(scope, _)| scope);
    scopes
        .filter(|it| it.is_accepted_gap(ignore, now))
        .collect()
}

impl Outcome {
    /// Returns everything that holds, for exit code and JSON; findings are left to who asked.
    #[must_use]
    pub fn exits(&self) -> Vec<Exit> {
        let mut exits = Vec::new();
        if self.census.saw_no_account() {
            exits.push(Exit::NothingSeen);
        }
        let unseen = self.census.unseen();
        if unseen.iter().any(|(_, it)| it.why == Why::Defect) {
            exits.push(Exit::Internal);
        }
        if unseen
            .iter()
            .any(|(scope, _)| !self.ignored.contains(scope))
        {
            exits.push(Exit::Unseen);
        }
        if self.deliveries.as_ref().is_some_and(|it| !it.is_complete()) {
            exits.push(Exit::Undelivered);
        }
        exits
    }

    /// Returns the accounts of which nothing could be seen.
    pub fn unseen_accounts(&self) -> impl Iterator<Item = &AccountId> {
        let accounts = self.census.accounts.iter();
        accounts
            .filter(|(_, sight)| sight.identity.seen().is_none())
            .map(|(account, _)| account)
    }
}
