//! What a run reads of earlier ones, and writes down of what it saw.

use std::sync::Arc;

use base::Tasks;
use cloud::{AccountSight, Census, Sighting, Why};
use duty::{BalancePoint, Membership, Memory};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Kind, NodeMachine, Scope};
use store::{Db, FindingFilter, Look, Sight, StoreError, Traces};

use super::Warden;
use crate::observe::{LastLook, Looks};

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

    /// Returns what is remembered of earlier runs.
    pub(super) async fn memory(&self, duty: &str, now: Timestamp) -> Result<Memory, StoreError> {
        let (memberships, rest) =
            tokio::try_join!(self.db.membership_list(), self.memory_but_nodes(duty, now))?;
        Ok(Memory {
            memberships,
            ..rest
        })
    }

    async fn memory_but_nodes(&self, duty: &str, now: Timestamp) -> Result<Memory, StoreError> {
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

/// Begins to record who was seen as a node of what.
///
/// Two accounts at a time: the members of one are gathered while the store writes those of the other.
/// Of all at once, a large estate has more than it ever needs in memory.
pub(super) fn record_members(
    db: &Db,
    census: &Arc<Census>,
    now: Timestamp,
) -> Tasks<Result<(), StoreError>> {
    let mut recording = Tasks::new();
    for first in 0..2 {
        let (db, census) = (db.clone(), census.clone());
        recording.start(async move {
            for (account, sight) in census.accounts.iter().skip(first).step_by(2) {
                db.memberships_put(&memberships(account, sight, now))
                    .await?;
            }
            Ok(())
        });
    }
    recording
}

/// Returns who was seen as a node of what in one account.
fn memberships(account: &AccountId, sight: &AccountSight, now: Timestamp) -> Vec<Membership> {
    let mut all = Vec::new();
    for (region, estate) in &sight.estate {
        let clusters = estate.clusters.as_ref().and_then(Sighting::seen);
        for cluster in clusters.into_iter().flat_map(|it| it.get()) {
            let cluster_name: Arc<str> = Arc::from(cluster.name.as_str());
            let nodes = estate.nodes.get(&cluster.id).and_then(Sighting::seen);
            let machines = nodes.into_iter().flat_map(|it| it.get());
            all.extend(machines.filter_map(|it| match &it.machine {
                NodeMachine::Is(machine) => Some(Membership {
                    account: account.clone(),
                    region: region.clone(),
                    machine: machine.clone(),
                    cluster: cluster.id.clone(),
                    cluster_name: cluster_name.clone(),
                    network: cluster.network.clone(),
                    last_seen: now,
                }),
                NodeMachine::None | NodeMachine::ByAddress => None,
            }));
        }
    }
    all
}

/// Returns the last looks as they are looked up.
pub(super) fn looks(all: Vec<Look>, now: Timestamp) -> Looks {
    let doubt = Why::EmptyAfter { before: 0 };
    let mut looks = Looks {
        now,
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
