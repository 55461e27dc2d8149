//! Memberships: which machine was last seen as a node of which cluster.
//!
//! Invariant: a machine that is no node any more keeps its last membership: that is what it is
//! remembered for.

use std::collections::BTreeMap;

use duty::Membership;
use model::{AccountId, RegionId, ResourceId};

use crate::db::{Db, Row, values};
use crate::error::StoreError;

impl Db {
    /// Remembers who is a node of what, all or none; of several for one machine the last.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn memberships_put(&self, memberships: &[Membership]) -> Result<(), StoreError> {
        if memberships.is_empty() {
            return Ok(());
        }
        // In the order of their keys, so that two runs wait for each other instead of locking each
        // other out.
        let by_machine: BTreeMap<_, &Membership> = memberships
            .iter()
            .map(|it| ((&it.account, &it.region, &it.machine), it))
            .collect();
        let row = |it: &Membership| {
            values![
                it.account.as_str(),
                it.region.as_str(),
                it.machine.as_str(),
                it.cluster.as_str(),
                it.cluster_name.as_str(),
                it.network.as_ref().map(ResourceId::as_str),
                it.last_seen
            ]
        };
        let mut change = self.change("remember the nodes of clusters").await?;
        change
            .put_rows(
                "INSERT INTO memberships (account, region, machine, cluster, cluster_name, \
                 network, last_seen_ms)",
                "ON CONFLICT (account, region, machine) DO UPDATE SET \
                 cluster = excluded.cluster, cluster_name = excluded.cluster_name, \
                 network = excluded.network, last_seen_ms = excluded.last_seen_ms \
                 WHERE memberships.last_seen_ms <= excluded.last_seen_ms",
                by_machine.into_values().map(row).collect(),
            )
            .await?;
        change.commit().await
    }

    /// Returns every membership, sorted by account, region and machine.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn membership_list(&self) -> Result<Vec<Membership>, StoreError> {
        let rows = self
            .fetch(
                "read who was a node of what",
                "SELECT account, region, machine, cluster, cluster_name, network, last_seen_ms \
                 FROM memberships",
                values![],
            )
            .await?;
        let mut all = rows.iter().map(membership).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| {
            (&a.account, &a.region, &a.machine).cmp(&(&b.account, &b.region, &b.machine))
        });
        Ok(all)
    }
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        account: AccountId::new(row.text("account")?),
        region: RegionId::new(row.text("region")?),
        machine: ResourceId::new(row.text("machine")?),
        cluster: ResourceId::new(row.text("cluster")?),
        cluster_name: row.text("cluster_name")?,
        network: row.text_or_null("network")?.map(ResourceId::new),
        last_seen: row.instant("last_seen_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Store, at, on_both_engines};

    on_both_engines!(
        the_last_membership_of_a_machine_is_remembered,
        many_are_put_at_once
    );

    fn member(machine: &str, cluster: &str, second: i64) -> Membership {
        Membership {
            account: AccountId::new("game"),
            region: RegionId::new("ap-beijing"),
            machine: ResourceId::new(machine),
            cluster: ResourceId::new(cluster),
            cluster_name: format!("name of {cluster}"),
            network: (second % 2 == 0).then(|| ResourceId::new("vpc-1")),
            last_seen: at(second),
        }
    }

    async fn the_last_membership_of_a_machine_is_remembered(Store { db, .. }: Store) {
        db.memberships_put(&[member("ins-2", "cls-1", 10), member("ins-1", "cls-1", 10)])
            .await
            .unwrap();
        db.memberships_put(&[member("ins-1", "cls-2", 21)])
            .await
            .unwrap();
        // Of two runs at once, the one that looked earlier and ends later changes nothing.
        db.memberships_put(&[member("ins-1", "cls-3", 20)])
            .await
            .unwrap();
        let known = db.membership_list().await.unwrap();
        assert_eq!(
            known,
            [member("ins-1", "cls-2", 21), member("ins-2", "cls-1", 10)]
        );
    }

    async fn many_are_put_at_once(Store { db, .. }: Store) {
        let all: Vec<Membership> = (0..120)
            .map(|number| member(&format!("ins-{number:03}"), "cls-1", 10))
            .collect();
        db.memberships_put(&all).await.unwrap();
        assert_eq!(db.membership_list().await.unwrap(), all);
    }
}
