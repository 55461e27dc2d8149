//! How long things are kept, so that a store that runs for years stays small.
//!
//! Invariant: nothing that still waits is ever forgotten: no part that is not delivered, no run that
//! is young or has a step without an end, no finding that is not gone.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, values};
use crate::error::StoreError;

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Readings of balances.
    pub balances: SignedDuration,
    /// Runs with their journals, saved plans, and looks at scopes that nobody looks at any more.
    pub runs: SignedDuration,
    /// Parts that were delivered or given up; until then the same part is not queued again.
    pub parts: SignedDuration,
    /// Machines that were nodes of clusters.
    pub memberships: SignedDuration,
    /// Findings that are gone, of accounts that are not looked at any more.
    pub gone: SignedDuration,
}

impl Default for Retention {
    /// A year and a month, so that the same season can be compared; parts for a quarter.
    fn default() -> Self {
        let days = |number: i64| SignedDuration::from_hours(number * 24);
        Self {
            balances: days(400),
            runs: days(400),
            parts: days(90),
            memberships: days(400),
            gone: days(400),
        }
    }
}

impl Db {
    /// Forgets what is older than it is worth; returns how many rows went.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then everything is still there.
    pub async fn prune(&self, retention: &Retention, now: Timestamp) -> Result<u64, StoreError> {
        let mut change = self.change("forget what is old").await?;
        let runs = before(now, retention.runs);
        let mut gone = change
            .execute(
                "DELETE FROM balances WHERE read_ms < $1",
                values![before(now, retention.balances)],
            )
            .await?;
        gone += change
            .execute(
                "DELETE FROM runs WHERE started_ms < $1 AND NOT EXISTS ( \
                 SELECT 1 FROM journal WHERE journal.run = runs.id AND journal.fate IS NULL)",
                values![runs],
            )
            .await?;
        gone += change
            .execute(
                "DELETE FROM journal WHERE NOT EXISTS ( \
                 SELECT 1 FROM runs WHERE runs.id = journal.run)",
                values![],
            )
            .await?;
        gone += change
            .execute("DELETE FROM plans WHERE saved_ms < $1", values![runs])
            .await?;
        gone += change
            .execute("DELETE FROM looks WHERE attempted_ms < $1", values![runs])
            .await?;
        gone += change
            .execute(
                "DELETE FROM outbox WHERE state IN ('delivered', 'dead') AND finished_ms < $1",
                values![before(now, retention.parts)],
            )
            .await?;
        gone += change
            .execute(
                "DELETE FROM findings WHERE state = 'gone' AND last_seen_ms < $1",
                values![before(now, retention.gone)],
            )
            .await?;
        gone += change
            .execute(
                "DELETE FROM memberships WHERE last_seen_ms < $1",
                values![before(now, retention.memberships)],
            )
            .await?;
        gone += change
            .execute("DELETE FROM leases WHERE until_ms < $1", values![runs])
            .await?;
        change.commit().await?;
        Ok(gone)
    }
}

fn before(now: Timestamp, age: SignedDuration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::Retention;
    use crate::outbox::NewPart;
    use crate::testing::{Store, at, on_both_engines};
    use base::SystemChance;

    on_both_engines!(only_what_is_over_is_forgotten);

    const DAY: i64 = 86_400;

    async fn only_what_is_over_is_forgotten(Store { db, .. }: Store) {
        let part = |number: u32| NewPart {
            channel: "ops".into(),
            run: "run".into(),
            part: number,
            parts: 4,
            payload: "{}".into(),
            summary: String::new(),
            dedup_key: number.to_string(),
        };
        let ids = db
            .outbox_put(&[part(1), part(2), part(3), part(4)], at(0))
            .await
            .unwrap();
        db.outbox_delivered(ids[0], at(0), "ok").await.unwrap();
        db.outbox_dead(ids[1], at(0), "no").await.unwrap();
        db.outbox_delivered(ids[2], at(50 * DAY), "ok")
            .await
            .unwrap();
        db.run_start(&SystemChance, "patrol", "plan", at(0))
            .await
            .unwrap();
        db.lease_claim("shop", "a", at(0), at(60)).await.unwrap();

        assert_eq!(
            db.prune(&Retention::default(), at(90 * DAY)).await.unwrap(),
            0
        );
        assert_eq!(
            db.prune(&Retention::default(), at(91 * DAY)).await.unwrap(),
            2
        );
        assert!(db.outbox_get(ids[0]).await.unwrap().is_none());
        assert!(db.outbox_get(ids[2]).await.unwrap().is_some());
        assert_eq!(db.outbox_waiting().await.unwrap()[0].id, ids[3]);
        assert_eq!(
            db.prune(&Retention::default(), at(500 * DAY))
                .await
                .unwrap(),
            3
        );
        assert!(db.run_list(9).await.unwrap().is_empty());
        assert_eq!(db.outbox_waiting().await.unwrap().len(), 1);
    }
}
