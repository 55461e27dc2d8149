//! Takes parts from the outbox to the channels, at the robots' pace, until each is settled.
//!
//! A part is claimed before it goes and settled after the answer. A crash in between may send it
//! once more, which its mark shows; what was acknowledged is never sent again.
//!
//! Invariant: channels do not wait for each other, but for those that share a robot.
//! Invariant: nothing but the other side's own word of success makes a part delivered.

mod attempt;
mod round;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Chance, Clock};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::Message;
use net::Transport;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use store::{NewPart, StoreError};

use crate::channel;
use crate::outbox::Outbox;
use crate::outcome::{Answer, Outcome, Trouble};
use crate::pace::Pace;
use crate::parts::{Part, Stored, compose};
use crate::report::{ChannelReport, DeliveryReport};
use crate::settings::{ChannelSettings, Target};

use round::Round;

/// One message to one channel.
#[derive(Debug, Clone, Copy)]
pub struct Dispatch<'a> {
    /// Where to.
    pub channel: &'a ChannelSettings,
    /// What.
    pub message: &'a Message,
}

/// What a test message came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// What we make of the answer.
    pub outcome: Outcome,
    /// The answer itself; of a message that never left, why.
    pub answer: Answer,
}

/// Puts messages into the outbox and delivers what is in there.
#[derive(Debug, Clone)]
pub struct Courier {
    outbox: Arc<dyn Outbox>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Courier {
    /// Returns a courier.
    #[must_use]
    pub fn new(
        outbox: Arc<dyn Outbox>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        Self {
            outbox,
            transport,
            clock,
            chance,
        }
    }

    /// Writes messages for their channels and queues them, all or none; returns how many parts.
    ///
    /// The same message of the same run to the same channel is queued once, however often asked.
    ///
    /// # Errors
    ///
    /// When the outbox does not take them; then nothing is queued.
    pub async fn queue(&self, run: &str, dispatches: &[Dispatch<'_>]) -> Result<usize, StoreError> {
        let parts = self.parts(run, dispatches);
        self.outbox.put(&parts, self.clock.now()).await?;
        Ok(parts.len())
    }

    /// Writes messages for their channels and hands the parts back, for who puts them into the
    /// outbox together with something else.
    #[must_use]
    pub fn parts(&self, run: &str, dispatches: &[Dispatch<'_>]) -> Vec<NewPart> {
        let now = self.clock.now();
        let written = |dispatch: &Dispatch<'_>| {
            let composed = compose(dispatch.channel, dispatch.message, run, now);
            let name = &dispatch.channel.name;
            composed
                .iter()
                .map(|it| new_part(name, run, it))
                .collect::<Vec<_>>()
        };
        dispatches.iter().flat_map(written).collect()
    }

    /// Delivers what is due to these channels, for `patience` at most; the rest stays queued.
    ///
    /// Two minutes suit a waiting person, half an hour a schedule.
    pub async fn deliver(
        &self,
        channels: &[&ChannelSettings],
        patience: Duration,
    ) -> DeliveryReport {
        let deadline = self.clock.monotonic().saturating_add(patience);
        let mut robots: BTreeMap<String, Vec<&ChannelSettings>> = BTreeMap::new();
        for channel in channels {
            robots.entry(robot_key(channel)).or_default().push(channel);
        }
        let rounds = robots
            .iter()
            .map(|(robot, channels)| self.one_by_one(robot, channels, deadline));
        let mut reports: Vec<ChannelReport> =
            join_all(rounds).await.into_iter().flatten().collect();
        let place = |it: &ChannelReport| channels.iter().position(|of| of.name == it.channel);
        reports.sort_by_key(place);
        DeliveryReport { channels: reports }
    }

    /// Delivers to channels that share a robot.
    async fn one_by_one(
        &self,
        robot: &str,
        channels: &[&ChannelSettings],
        deadline: Duration,
    ) -> Vec<ChannelReport> {
        let mut reports = Vec::with_capacity(channels.len());
        for settings in channels {
            let round = Round {
                courier: self,
                settings,
                robot,
                deadline,
            };
            reports.push(round.drain().await);
        }
        reports
    }

    /// Sends the first part of a message right now, past the outbox, and returns the real answer.
    ///
    /// Keeps the robot's pace only in that it counts; a muted robot is asked all the same, since
    /// its answer is what the person wants to see.
    pub async fn test(&self, settings: &ChannelSettings, message: &Message) -> TestReport {
        let now = self.clock.now();
        let run = self.chance.token();
        let robot = robot_key(settings);
        let windows = channel::of(settings.kind).windows();
        // Without a store the test is still worth making.
        let mut pace = Pace::read(
            self.outbox
                .state(&robot)
                .await
                .unwrap_or_default()
                .as_deref(),
        );
        pace.count(now, windows);
        let part = compose(settings, message, &run, now).into_iter().next();
        let Some(part) = part else {
            return TestReport::impossible("there is nothing to send");
        };
        let (outcome, answer) = self.attempt(settings, &part.body, &part.event_id).await;
        if let Outcome::Mute { period } = outcome {
            pace.mute(now, period);
        }
        if let Err(error) = self.outbox.remember(&robot, &pace.write(), now).await {
            tracing::warn!(
                "the pace of channel {} is not kept: {}",
                settings.name,
                base::chain(&error)
            );
        }
        TestReport { outcome, answer }
    }
}

impl TestReport {
    fn impossible(why: &str) -> Self {
        let reason = Trouble::Payload;
        Self {
            outcome: Outcome::Permanent { reason },
            answer: Answer::none(why),
        }
    }
}

fn new_part(channel: &str, run: &str, part: &Part) -> NewPart {
    NewPart {
        channel: channel.to_owned(),
        run: run.to_owned(),
        part: part.part,
        parts: part.parts,
        payload: Stored::write(part),
        summary: part.summary.clone(),
        dedup_key: format!("{channel}/{}", part.event_id),
    }
}

/// Returns what robots are told apart by, without giving the address away.
fn robot_key(settings: &ChannelSettings) -> String {
    let address = match &settings.target {
        Target::Webhook(_) => channel::webhook_url(settings)
            .map(String::from)
            .unwrap_or_default(),
        Target::Mail(mail) => format!("smtp://{}:{}/{}", mail.host, mail.port, mail.from),
    };
    format!(
        "robot:{}",
        &base::hex::encode(&Sha256::digest(address))[..16]
    )
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Takes our credential out of a text, should the other side have echoed it, and cuts it.
fn without_credentials(text: &str, settings: &ChannelSettings) -> String {
    const MOST: usize = 2_000;
    let mut text: String = text.chars().take(MOST).collect();
    let mut secrets: Vec<String> = Vec::new();
    if let Ok(url) = channel::webhook_url(settings) {
        secrets.push(url.to_string());
        secrets.extend(url.query_pairs().map(|it| it.1.into_owned()));
        secrets.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    }
    secrets.extend(
        settings
            .secret
            .as_ref()
            .map(|it| it.expose_secret().to_owned()),
    );
    if let Target::Mail(mail) = &settings.target {
        secrets.extend(
            mail.login
                .as_ref()
                .map(|it| it.1.expose_secret().to_owned()),
        );
    }
    // Short ones are words of the path (`send`, `webhook`), not credentials.
    for secret in secrets.iter().filter(|it| it.len() >= 12) {
        text = text.replace(secret.as_str(), "***");
    }
    text.chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect()
}
