//! One channel's turn: what is due, part by part, until nothing is or there is no time.

use std::time::Duration;

use jiff::SignedDuration;
use store::{OutboxPart, StoreError};

use crate::channel::{self, Channel};
use crate::outcome::{Answer, Outcome, Trouble};
use crate::pace::Pace;
use crate::parts::{Part, Stored};
use crate::report::{ChannelReport, DeadPart, DeliveredPart, WaitingPart};
use crate::settings::ChannelSettings;

use super::{Courier, later, new_part};

/// How often one part is tried again in one go.
const RETRIES: u32 = 4;
/// How long a claim outlives the longest request.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// How long a part is worth delivering.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// How often a settled part is written down before the store is given up.
const SETTLE_TRIES: u32 = 3;

/// One channel's turn.
pub(super) struct Round<'a> {
    pub(super) courier: &'a Courier,
    pub(super) settings: &'a ChannelSettings,
    pub(super) robot: &'a str,
    pub(super) deadline: Duration,
}

/// What one part came to.
enum Settled {
    /// It is out of the way: delivered, given up, replaced, or in other hands.
    Done,
    /// It stays, and the robot seems to be down.
    Failed,
    /// It stays, and there is no time for more.
    OutOfTime,
    /// It was given up for a reason that holds for all that go to this robot.
    Hopeless { reason: Trouble, error: String },
}

impl Round<'_> {
    /// Delivers what is due and says what became of it.
    pub(super) async fn drain(&self) -> ChannelReport {
        let mut report = ChannelReport {
            channel: self.settings.name.clone(),
            ..ChannelReport::default()
        };
        if let Err(error) = self.send_due(&mut report).await {
            report.outbox_error = Some(base::chain(&error));
        }
        if let Err(error) = self.report_waiting(&mut report).await {
            report
                .outbox_error
                .get_or_insert_with(|| base::chain(&error));
        }
        report
    }

    async fn send_due(&self, report: &mut ChannelReport) -> Result<(), StoreError> {
        let (outbox, clock) = (&self.courier.outbox, &self.courier.clock);
        let mut pace = Pace::read(outbox.state(self.robot).await?.as_deref());
        let mut retries = RETRIES;
        loop {
            let due = outbox.due(&self.settings.name, clock.now()).await?;
            let Some(part) = due.first() else {
                return Ok(());
            };
            match self.settle(part, &mut pace, retries, report).await? {
                Settled::Done => {}
                // One part may be poison to its robot: the next gets one chance, not four.
                Settled::Failed if retries > 0 => retries = 0,
                Settled::Failed | Settled::OutOfTime => return Ok(()),
                Settled::Hopeless { reason, error } => {
                    for part in &due[1..] {
                        self.give_up(part, reason, &error, report).await?;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Brings one part to an end, or to its next attempt in another run.
    async fn settle(
        &self,
        part: &OutboxPart,
        pace: &mut Pace,
        retries: u32,
        report: &mut ChannelReport,
    ) -> Result<Settled, StoreError> {
        let (outbox, clock) = (&self.courier.outbox, &self.courier.clock);
        let Some(stored) = Stored::read(&part.payload) else {
            self.give_up(part, Trouble::Unreadable, "unreadable", report)
                .await?;
            return Ok(Settled::Done);
        };
        if clock.now().duration_since(part.created) > GIVE_UP_AFTER {
            let error = part.last_error.clone().unwrap_or_default();
            self.give_up(part, Trouble::Expired, &error, report).await?;
            return Ok(Settled::Done);
        }
        let channel = channel::of(self.settings.kind);
        let mut body = stored.body.as_str();
        let mut fallback = stored.fallback.as_deref();
        let mut failures = 0;
        let mut is_unfamiliar = false;
        loop {
            if !self.wait(pace.wait(clock.now(), channel.windows())).await {
                return Ok(Settled::OutOfTime);
            }
            if !self.claim(part, pace, channel).await? {
                return Ok(Settled::Done);
            }
            let (outcome, answer) = self
                .courier
                .attempt(self.settings, body, &stored.event)
                .await;
            let now = clock.now();
            let delay = match outcome {
                Outcome::Delivered => {
                    self.record_delivery(part, &answer).await?;
                    report.delivered.push(DeliveredPart {
                        summary: part.summary.clone(),
                        answer,
                    });
                    return Ok(Settled::Done);
                }
                Outcome::Permanent { reason } => {
                    self.give_up(part, reason, &answer.text, report).await?;
                    return Ok(match reason.holds_for_the_robot() {
                        true => Settled::Hopeless {
                            reason,
                            error: answer.text,
                        },
                        false => Settled::Done,
                    });
                }
                Outcome::Unfamiliar if is_unfamiliar => {
                    self.give_up(part, Trouble::Unknown, &answer.text, report)
                        .await?;
                    return Ok(Settled::Done);
                }
                Outcome::Split | Outcome::Downgrade => {
                    let halves = if outcome == Outcome::Split {
                        channel.halve(body)
                    } else {
                        None
                    };
                    if let Some(halves) = halves {
                        self.replace(part, &stored, halves).await?;
                        return Ok(Settled::Done);
                    }
                    let Some(simpler) = fallback.take() else {
                        self.give_up(part, Trouble::Payload, &answer.text, report)
                            .await?;
                        return Ok(Settled::Done);
                    };
                    tracing::warn!(
                        channel.name = %self.settings.name,
                        "channel {} refused the form of a message, which goes as plain text: {}",
                        self.settings.name, answer.text
                    );
                    body = simpler;
                    Duration::ZERO
                }
                Outcome::Mute { period } => {
                    failures += 1;
                    pace.mute(now, period);
                    outbox.remember(self.robot, &pace.write(), now).await?;
                    period
                }
                Outcome::Retry { after } => {
                    failures += 1;
                    self.courier
                        .back_off(failures)
                        .max(after.unwrap_or_default())
                }
                Outcome::Unfamiliar => {
                    is_unfamiliar = true;
                    failures += 1;
                    self.courier.back_off(failures)
                }
            };
            outbox
                .retry(part.id, later(now, delay), &answer.text)
                .await?;
            if failures > retries {
                return Ok(Settled::Failed);
            }
            if !self.wait(delay).await {
                return Ok(Settled::OutOfTime);
            }
        }
    }

    /// Waits, unless that would take longer than there is time; returns whether it waited.
    async fn wait(&self, period: Duration) -> bool {
        let clock = &self.courier.clock;
        if clock.monotonic().saturating_add(period) > self.deadline {
            return false;
        }
        if !period.is_zero() {
            clock.sleep(period).await;
        }
        true
    }

    /// Claims a part and counts it against the robot's pace, both before anything goes.
    async fn claim(
        &self,
        part: &OutboxPart,
        pace: &mut Pace,
        channel: &dyn Channel,
    ) -> Result<bool, StoreError> {
        let (outbox, now) = (&self.courier.outbox, self.courier.clock.now());
        let lease_until = later(now, self.settings.timeout + LEASE_MARGIN);
        if !outbox.claim(part.id, now, lease_until).await? {
            return Ok(false);
        }
        if !channel.windows().is_empty() {
            pace.count(now, channel.windows());
            outbox.remember(self.robot, &pace.write(), now).await?;
        }
        Ok(true)
    }

    /// Writes a delivery down, more than once if need be: forgotten, it would be sent again.
    async fn record_delivery(&self, part: &OutboxPart, answer: &Answer) -> Result<(), StoreError> {
        let (outbox, clock) = (&self.courier.outbox, &self.courier.clock);
        let mut tries = 1;
        loop {
            match outbox.delivered(part.id, clock.now(), &answer.text).await {
                Err(error) if tries < SETTLE_TRIES => {
                    tries += 1;
                    tracing::warn!(
                        "a delivery is not written down yet: {}",
                        base::chain(&error)
                    );
                    clock.sleep(Duration::from_millis(200)).await;
                }
                result => return result,
            }
        }
    }

    /// Puts two smaller parts in the place of one.
    async fn replace(
        &self,
        part: &OutboxPart,
        stored: &Stored,
        halves: (String, String),
    ) -> Result<(), StoreError> {
        let (outbox, now) = (&self.courier.outbox, self.courier.clock.now());
        let half = |(letter, body): (&str, String)| {
            let part = Part {
                body,
                fallback: None,
                summary: part.summary.clone(),
                event_id: format!("{}{letter}", stored.event),
                part: part.part,
                parts: part.parts,
            };
            new_part(&self.settings.name, &stored.event, &part)
        };
        let parts = [("a", halves.0), ("b", halves.1)].map(half);
        outbox.put(&parts, now).await?;
        outbox
            .delivered(part.id, now, "replaced by two smaller parts")
            .await
    }

    async fn give_up(
        &self,
        part: &OutboxPart,
        reason: Trouble,
        error: &str,
        report: &mut ChannelReport,
    ) -> Result<(), StoreError> {
        let (outbox, now) = (&self.courier.outbox, self.courier.clock.now());
        let words = format!("{reason:?}: {error}");
        outbox.dead(part.id, now, &words).await?;
        let (summary, error) = (part.summary.clone(), error.to_owned());
        report.dead.push(DeadPart {
            summary,
            reason,
            error,
        });
        Ok(())
    }

    async fn report_waiting(&self, report: &mut ChannelReport) -> Result<(), StoreError> {
        let (outbox, now) = (&self.courier.outbox, self.courier.clock.now());
        let pace = Pace::read(outbox.state(self.robot).await?.as_deref());
        let windows = channel::of(self.settings.kind).windows();
        let free_at = later(now, pace.wait(now, windows));
        for part in outbox.waiting().await? {
            if part.channel == self.settings.name {
                report.waiting.push(WaitingPart {
                    summary: part.summary,
                    retry_at: part.next_attempt.max(free_at),
                    error: part.last_error,
                });
            }
        }
        Ok(())
    }
}
