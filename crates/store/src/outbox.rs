//! The outbox: what waits to go to a channel, and what became of it.
//!
//! A part is *waiting*, then *sending* under a lease, then *delivered* or *dead*. Whoever dies while
//! sending loses the lease, and the part is due again.
//!
//! Invariant: a part that was delivered never becomes due again.
//! Invariant: a part is sent by one claimer at a time, as long as the lease outlives the sending.

use jiff::Timestamp;

use crate::db::{Change, Db, Row, values};
use crate::error::StoreError;

/// One part of a message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPart {
    /// To which channel, by its name in the config.
    pub channel: String,
    /// By which run.
    pub run: String,
    /// Which part of the message, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// What is sent, in the channel's own form; never a secret.
    pub payload: String,
    /// What it is, for people, in one line.
    pub summary: String,
    /// What makes it this part: the same key twice is the same part. At most 1,000 bytes.
    pub dedup_key: String,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartState {
    /// It waits for its next attempt.
    Waiting,
    /// Somebody is sending it, until the lease runs out.
    Sending,
    /// The other side said that it has it.
    Delivered,
    /// It was given up.
    Dead,
}

impl PartState {
    /// Returns the word used in the database and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Returns the state a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Sending, Self::Delivered, Self::Dead]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

/// One part of a message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxPart {
    /// Its number, in the order of coming.
    pub id: i64,
    /// To which channel.
    pub channel: String,
    /// By which run.
    pub run: String,
    /// Which part of the message, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// What is sent.
    pub payload: String,
    /// What it is, for people.
    pub summary: String,
    /// How often it was claimed.
    pub attempts: u32,
    /// What became of it.
    pub state: PartState,
    /// When it came.
    pub created: Timestamp,
    /// When it is to be tried next.
    pub next_attempt: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

impl Db {
    /// Queues parts, all or none, and returns their ids in the same order.
    ///
    /// A part whose `dedup_key` is known already is left as it is, whatever its state, and its id is
    /// returned: to queue twice is to queue once.
    ///
    /// # Errors
    ///
    /// When the store does not take them; then none of them is queued.
    pub async fn outbox_put(
        &self,
        parts: &[NewPart],
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        let mut change = self.change("queue a message").await?;
        let ids = put(&mut change, parts, now).await?;
        change.commit().await?;
        Ok(ids)
    }

    /// Returns what can be sent to `channel` now, in the order of coming: what waits and is due, and
    /// what somebody was sending when his lease ran out.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn outbox_due(
        &self,
        channel: &str,
        now: Timestamp,
    ) -> Result<Vec<OutboxPart>, StoreError> {
        let rows = self
            .fetch(
                "read the outbox",
                "SELECT id, channel, run, part, parts, payload, summary, attempts, state, created_ms, \
                 next_attempt_ms, last_error FROM outbox \
                 WHERE channel = $1 AND ((state = 'waiting' AND next_attempt_ms <= $2) \
                 OR (state = 'sending' AND lease_until_ms <= $2)) ORDER BY id",
                values![channel, now],
            )
            .await?;
        rows.iter().map(outbox_part).collect()
    }

    /// Claims a due part until `lease_until`; returns whether it was got.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then it was not got.
    pub async fn outbox_claim(
        &self,
        id: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = self
            .execute(
                "claim a message",
                "UPDATE outbox SET state = 'sending', lease_until_ms = $3, attempts = attempts + 1 \
                 WHERE id = $1 AND ((state = 'waiting' AND next_attempt_ms <= $2) \
                 OR (state = 'sending' AND lease_until_ms <= $2))",
                values![id, now, lease_until],
            )
            .await?;
        Ok(claimed == 1)
    }

    /// Records that the other side said it has the part; `answer` is what it said.
    ///
    /// Holds in any state: a late word of success is still a success.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then the part may be sent again.
    pub async fn outbox_delivered(
        &self,
        id: i64,
        now: Timestamp,
        answer: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "record a delivery",
            "UPDATE outbox SET state = 'delivered', finished_ms = $2, answer = $3, lease_until_ms = NULL \
             WHERE id = $1 AND state <> 'delivered'",
            values![id, now, answer],
        )
        .await?;
        Ok(())
    }

    /// Gives a claimed part back, to be tried again at `at`.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then the part is due again when its lease runs out.
    pub async fn outbox_retry(
        &self,
        id: i64,
        at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "put a message off",
            "UPDATE outbox SET state = 'waiting', next_attempt_ms = $2, last_error = $3, \
             lease_until_ms = NULL WHERE id = $1 AND state = 'sending'",
            values![id, at, error],
        )
        .await?;
        Ok(())
    }

    /// Gives a part up for good.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn outbox_dead(
        &self,
        id: i64,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "give a message up",
            "UPDATE outbox SET state = 'dead', finished_ms = $2, last_error = $3, lease_until_ms = NULL \
             WHERE id = $1 AND state IN ('waiting', 'sending')",
            values![id, now, reason],
        )
        .await?;
        Ok(())
    }

    /// Returns everything that is known not to be delivered yet, of all channels, in the order of coming.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn outbox_waiting(&self) -> Result<Vec<OutboxPart>, StoreError> {
        let rows = self
            .fetch(
                "read the outbox",
                "SELECT id, channel, run, part, parts, payload, summary, attempts, state, created_ms, \
                 next_attempt_ms, last_error FROM outbox \
                 WHERE state IN ('waiting', 'sending') ORDER BY id",
                values![],
            )
            .await?;
        rows.iter().map(outbox_part).collect()
    }

    /// Returns what was given up since an instant, in the order of coming: known to be undelivered.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn outbox_given_up(&self, since: Timestamp) -> Result<Vec<OutboxPart>, StoreError> {
        let rows = self
            .fetch(
                "read the outbox",
                "SELECT id, channel, run, part, parts, payload, summary, attempts, state, created_ms, \
                 next_attempt_ms, last_error FROM outbox \
                 WHERE state = 'dead' AND finished_ms >= $1 ORDER BY id",
                values![since],
            )
            .await?;
        rows.iter().map(outbox_part).collect()
    }

    /// Returns what became of one part, or `None` when it was never queued or is forgotten by now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn outbox_get(&self, id: i64) -> Result<Option<OutboxPart>, StoreError> {
        let rows = self
            .fetch(
                "read the outbox",
                "SELECT id, channel, run, part, parts, payload, summary, attempts, state, created_ms, \
                 next_attempt_ms, last_error FROM outbox WHERE id = $1",
                values![id],
            )
            .await?;
        rows.first().map(outbox_part).transpose()
    }

    /// Returns what was last remembered about a channel: its pace, when it may be tried again.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn channel_state_get(&self, channel: &str) -> Result<Option<String>, StoreError> {
        let rows = self
            .fetch(
                "read the state of a channel",
                "SELECT state FROM channel_states WHERE channel = $1",
                values![channel],
            )
            .await?;
        rows.first().map(|row| row.text("state")).transpose()
    }

    /// Remembers something about a channel, as JSON that carries its own version.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn channel_state_put(
        &self,
        channel: &str,
        json: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "remember the state of a channel",
            "INSERT INTO channel_states (channel, state, updated_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (channel) DO UPDATE SET state = excluded.state, updated_ms = excluded.updated_ms",
            values![channel, json, now],
        )
        .await?;
        Ok(())
    }
}

/// Queues parts inside a transaction.
pub(crate) async fn put(
    change: &mut Change,
    parts: &[NewPart],
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let mut ids = Vec::with_capacity(parts.len());
    for part in parts {
        let mut rows = change
            .fetch(
                "INSERT INTO outbox (channel, run, part, parts, payload, summary, dedup_key, state, \
                 attempts, created_ms, next_attempt_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, $8) \
                 ON CONFLICT (dedup_key) DO NOTHING RETURNING id",
                values![
                    part.channel.as_str(),
                    part.run.as_str(),
                    part.part,
                    part.parts,
                    part.payload.as_str(),
                    part.summary.as_str(),
                    part.dedup_key.as_str(),
                    now
                ],
            )
            .await?;
        if rows.is_empty() {
            rows = change
                .fetch(
                    "SELECT id FROM outbox WHERE dedup_key = $1",
                    values![part.dedup_key.as_str()],
                )
                .await?;
        }
        let row = rows.first().ok_or_else(|| {
            change
                .site
                .corrupt("a message was neither queued nor known")
        })?;
        ids.push(row.int("id")?);
    }
    Ok(ids)
}

fn outbox_part(row: &Row) -> Result<OutboxPart, StoreError> {
    Ok(OutboxPart {
        id: row.int("id")?,
        channel: row.text("channel")?,
        run: row.text("run")?,
        part: row.count("part")?,
        parts: row.count("parts")?,
        payload: row.text("payload")?,
        summary: row.text("summary")?,
        attempts: row.count("attempts")?,
        state: row.word("state", PartState::from_word)?,
        created: row.instant("created_ms")?,
        next_attempt: row.instant("next_attempt_ms")?,
        last_error: row.text_or_null("last_error")?,
    })
}

#[cfg(test)]
mod tests;
