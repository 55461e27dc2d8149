//! Where parts wait: the store's outbox, or memory where there is no store.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use store::{NewPart, OutboxPart, PartState, StoreError};

/// Keeps parts until they are delivered, and what is known of a robot's pace.
///
/// A part that was delivered never becomes due again; one that somebody is sending does so when
/// the lease runs out.
#[async_trait]
pub trait Outbox: Send + Sync + std::fmt::Debug {
    /// Queues parts, all or none; a part whose key is known is left as it is.
    async fn put(&self, parts: &[NewPart], now: Timestamp) -> Result<(), StoreError>;
    /// Returns what can be sent to a channel now, in the order of coming.
    async fn due(&self, channel: &str, now: Timestamp) -> Result<Vec<OutboxPart>, StoreError>;
    /// Claims a due part; returns whether it was got.
    async fn claim(
        &self,
        id: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Records a delivery and the other side's word of it.
    async fn delivered(&self, id: i64, now: Timestamp, answer: &str) -> Result<(), StoreError>;
    /// Puts a claimed part off.
    async fn retry(&self, id: i64, at: Timestamp, error: &str) -> Result<(), StoreError>;
    /// Gives a part up.
    async fn dead(&self, id: i64, now: Timestamp, reason: &str) -> Result<(), StoreError>;
    /// Returns what is not delivered yet, of all channels, in the order of coming.
    async fn waiting(&self) -> Result<Vec<OutboxPart>, StoreError>;
    /// Returns what was remembered about a robot.
    async fn state(&self, robot: &str) -> Result<Option<String>, StoreError>;
    /// Remembers something about a robot.
    async fn remember(&self, robot: &str, json: &str, now: Timestamp) -> Result<(), StoreError>;
}

#[async_trait]
impl Outbox for store::Db {
    async fn put(&self, parts: &[NewPart], now: Timestamp) -> Result<(), StoreError> {
        self.outbox_put(parts, now).await.map(drop)
    }

    async fn due(&self, channel: &str, now: Timestamp) -> Result<Vec<OutboxPart>, StoreError> {
        self.outbox_due(channel, now).await
    }

    async fn claim(
        &self,
        id: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.outbox_claim(id, now, lease_until).await
    }

    async fn delivered(&self, id: i64, now: Timestamp, answer: &str) -> Result<(), StoreError> {
        self.outbox_delivered(id, now, answer).await
    }

    async fn retry(&self, id: i64, at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.outbox_retry(id, at, error).await
    }

    async fn dead(&self, id: i64, now: Timestamp, reason: &str) -> Result<(), StoreError> {
        self.outbox_dead(id, now, reason).await
    }

    async fn waiting(&self) -> Result<Vec<OutboxPart>, StoreError> {
        self.outbox_waiting().await
    }

    async fn state(&self, robot: &str) -> Result<Option<String>, StoreError> {
        self.channel_state_get(robot).await
    }

    async fn remember(&self, robot: &str, json: &str, now: Timestamp) -> Result<(), StoreError> {
        self.channel_state_put(robot, json, now).await
    }
}

/// An outbox that lives as long as the process: for messages that need not survive it.
#[derive(Debug, Default)]
pub struct MemoryOutbox {
    shared: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    parts: Vec<Kept>,
    states: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Kept {
    part: OutboxPart,
    key: String,
    lease_until: Timestamp,
}

impl Kept {
    fn is_due(&self, now: Timestamp) -> bool {
        match self.part.state {
            PartState::Waiting => self.part.next_attempt <= now,
            PartState::Sending => self.lease_until <= now,
            PartState::Delivered | PartState::Dead => false,
        }
    }
}

impl MemoryOutbox {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, id: i64, act: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.lock().parts.iter_mut().find(|it| it.part.id == id) {
            act(kept);
        }
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn put(&self, parts: &[NewPart], now: Timestamp) -> Result<(), StoreError> {
        let mut memory = self.lock();
        for new in parts {
            if memory.parts.iter().any(|it| it.key == new.dedup_key) {
                continue;
            }
            let id = i64::try_from(memory.parts.len()).unwrap_or(i64::MAX);
            let part = OutboxPart {
                id,
                channel: new.channel.clone(),
                run: new.run.clone(),
                part: new.part,
                parts: new.parts,
                payload: new.payload.clone(),
                summary: new.summary.clone(),
                attempts: 0,
                state: PartState::Waiting,
                created: now,
                next_attempt: now,
                last_error: None,
            };
            memory.parts.push(Kept {
                part,
                key: new.dedup_key.clone(),
                lease_until: now,
            });
        }
        Ok(())
    }

    async fn due(&self, channel: &str, now: Timestamp) -> Result<Vec<OutboxPart>, StoreError> {
        let memory = self.lock();
        let due = memory
            .parts
            .iter()
            .filter(|it| it.part.channel == channel && it.is_due(now));
        Ok(due.map(|it| it.part.clone()).collect())
    }

    async fn claim(
        &self,
        id: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut is_ours = false;
        self.with(id, |kept| {
            if kept.is_due(now) {
                is_ours = true;
                kept.part.state = PartState::Sending;
                kept.part.attempts += 1;
                kept.lease_until = lease_until;
            }
        });
        Ok(is_ours)
    }

    async fn delivered(&self, id: i64, _now: Timestamp, _answer: &str) -> Result<(), StoreError> {
        self.with(id, |kept| kept.part.state = PartState::Delivered);
        Ok(())
    }

    async fn retry(&self, id: i64, at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.with(id, |kept| {
            if kept.part.state == PartState::Sending {
                kept.part.state = PartState::Waiting;
                kept.part.next_attempt = at;
                kept.part.last_error = Some(error.to_owned());
            }
        });
        Ok(())
    }

    async fn dead(&self, id: i64, _now: Timestamp, reason: &str) -> Result<(), StoreError> {
        self.with(id, |kept| {
            if kept.part.state != PartState::Delivered {
                kept.part.state = PartState::Dead;
                kept.part.last_error = Some(reason.to_owned());
            }
        });
        Ok(())
    }

    async fn waiting(&self) -> Result<Vec<OutboxPart>, StoreError> {
        let memory = self.lock();
        let is_open = |it: &&Kept| matches!(it.part.state, PartState::Waiting | PartState::Sending);
        Ok(memory
            .parts
            .iter()
            .filter(is_open)
            .map(|it| it.part.clone())
            .collect())
    }

    async fn state(&self, robot: &str) -> Result<Option<String>, StoreError> {
        Ok(self.lock().states.get(robot).cloned())
    }

    async fn remember(&self, robot: &str, json: &str, _now: Timestamp) -> Result<(), StoreError> {
        self.lock().states.insert(robot.to_owned(), json.to_owned());
        Ok(())
    }
}
