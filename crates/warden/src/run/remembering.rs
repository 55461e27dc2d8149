//! What a run reads of earlier ones, and writes down of what it saw.

use cloud::{Census, Why};
use duty::{BalancePoint, Duty, Memory};
use jiff::{SignedDuration, Timestamp};
use model::{Kind, Scope};
use store::{Db, FindingFilter, Look, Sight, StoreError, Traces};

use super::Warden;
use crate::observe::{Hearing, LastLook, Looks, Recall, Recalling};

/// How far back balances are remembered for the forecast.
const BALANCE_MEMORY: SignedDuration = SignedDuration::from_hours(24 * 60);

impl Warden {
    /// Returns the memory as it is after the look, which may have taken long: what another run has told
    /// meanwhile is no news. It is read anew only where somebody else was at work.
    pub(super) async fn still(
        &self,
        before: Memory,
        traces: &Traces,
        duty: &str,
        now: Timestamp,
    ) -> Result<Memory, StoreError> {
        if self.db.traces().await?.are_still(traces) {
            return Ok(before);
        }
        // What is remembered of nodes is of earlier runs: by now this one has written its own.
        let memberships = before.memberships;
        drop(before.findings);
        Ok(Memory {
            memberships,
            ..self.memory_but_nodes(duty, now).await?
        })
    }

    /// Adds to what is remembered of earlier runs who was a node of what, when that is wanted, and tells
    /// of which machines `duty` has to know.
    pub(super) async fn remembering(
        &self,
        duty: &dyn Duty,
        memory: Memory,
        mut recalling: Recalling,
    ) -> Result<Memory, StoreError> {
        if !recalling.is_wanted().await {
            return Ok(memory);
        }
        let memberships = self.db.membership_list().await?;
        let memory = Memory {
            memberships,
            ..memory
        };
        recalling.tell(duty.remembered(&memory));
        Ok(memory)
    }

    /// Returns what is remembered of earlier runs, but for who was a node of what.
    pub(super) async fn memory_but_nodes(
        &self,
        duty: &str,
        now: Timestamp,
    ) -> Result<Memory, StoreError> {
        let filter = FindingFilter {
            duty: Some(duty.to_owned()),
            account: None,
        };
        let findings = self.db.finding_list(&filter).await?;
        let since = now.checked_sub(BALANCE_MEMORY).unwrap_or(Timestamp::MIN);
        let mut balances = self.db.balance_list(since).await?;
        // Those of this run may be there already.
        balances.retain(|it| it.at < now);
        Ok(Memory {
            findings,
            balances,
            memberships: Vec::new(),
            mishaps: self.db.mishaps(duty).await?,
        })
    }

    /// Records which scopes were seen and what could be spent.
    pub(super) fn record_sights(
        &self,
        census: &Census,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        let looked: Vec<(Scope, Sight)> = census
            .coverage()
            .into_iter()
            .map(|covered| {
                let sight = match covered.sight {
                    Ok(count) => Sight::Complete { count },
                    Err(unseen) => Sight::Unseen {
                        why: unseen.why.word().to_owned(),
                    },
                };
                (covered.scope, sight)
            })
            .collect();
        let accounts = census.accounts.iter();
        let points: Vec<BalancePoint> = accounts
            .filter_map(|(account, sight)| {
                let balance = sight.balance.as_ref()?.seen()?.get();
                Some(BalancePoint {
                    account: account.clone(),
                    at: now,
                    available: balance.available.clone(),
                })
            })
            .collect();
        let db = self.db.clone();
        async move {
            db.looks_put(&looked, now).await?;
            db.balances_put(&points).await
        }
    }
}

/// Records who was seen as a node of what, as it is heard; not before all that earlier runs left is
/// read, which it would be taken for.
pub(super) async fn record_members(
    db: Db,
    mut hearing: Hearing,
    recall: Recall,
) -> Result<(), StoreError> {
    loop {
        let members = hearing.next().await;
        if members.is_empty() {
            return Ok(());
        }
        recall.all().await;
        db.memberships_put(&members).await?;
    }
}

/// Returns the last looks as they are looked up.
pub(super) fn looks(all: Vec<Look>, recall: Recall, now: Timestamp) -> Looks {
    let doubt = Why::EmptyAfter { before: 0 };
    let mut looks = Looks {
        now,
        recall,
        ..Looks::default()
    };
    for look in all {
        let last = LastLook {
            attempted: look.attempted,
            complete: look.complete,
            seen: look.unseen.is_none(),
        };
        looks.last.insert(look.scope.clone(), last);
        if let Some(count) = look.count {
            looks.counts.insert(look.scope.clone(), count);
        }
        if look.scope.kind.as_str() == Kind::REGION
            && let Some(at) = look.complete
        {
            looks.swept.insert(look.scope.account.clone(), at);
        }
        if look.unseen.as_deref() == Some(doubt.word()) {
            let since = look.unseen_since.unwrap_or(look.attempted);
            looks.doubted.insert(look.scope, since);
        }
    }
    looks
}
