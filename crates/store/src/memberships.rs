//! Memberships: which machine was last seen as a node of which cluster.
//!
//! Invariant: a machine that is no node any more keeps its last membership: that is what it is
//! remembered for.

use std::collections::BTreeMap;
use std::sync::Arc;

use duty::Membership;
use model::{AccountId, RegionId, ResourceId};

use crate::db::{Db, Row, Value, values};
use crate::error::StoreError;

/// How many are spelt out for the engine at once: so spelt, they take several times their room.
const AT_ONCE: usize = 1_000;

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
        let mut change = self.change("remember the nodes of clusters").await?;
        let sorted: Vec<&Membership> = by_machine.into_values().collect();
        for some in sorted.chunks(AT_ONCE) {
            change
                .put_rows(
                    "INSERT INTO memberships (account, region, machine, cluster, cluster_name, \
                     network, last_seen_ms)",
                    "ON CONFLICT (account, region, machine) DO UPDATE SET \
                     cluster = excluded.cluster, cluster_name = excluded.cluster_name, \
                     network = excluded.network, last_seen_ms = excluded.last_seen_ms \
                     WHERE memberships.last_seen_ms <= excluded.last_seen_ms",
                    some.iter().map(|it| cells(it)).collect(),
                )
                .await?;
        }
        change.commit().await
    }

    /// Returns every membership, sorted by account, region and machine.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn membership_list(&self) -> Result<Vec<Membership>, StoreError> {
        let mut all = Vec::new();
        let mut spelt = Spelt::default();
        self.fetch_each(
            "read who was a node of what",
            "SELECT account, region, machine, cluster, cluster_name, network, last_seen_ms \
             FROM memberships",
            values![],
            |row| {
                all.push(membership(row, &mut spelt)?);
                Ok(())
            },
        )
        .await?;
        all.sort_by(|a, b| {
            (&a.account, &a.region, &a.machine).cmp(&(&b.account, &b.region, &b.machine))
        });
        Ok(all)
    }
}

fn cells(it: &Membership) -> Vec<Value> {
    values![
        it.account.as_str(),
        it.region.as_str(),
        it.machine.as_str(),
        it.cluster.as_str(),
        &*it.cluster_name,
        it.network.as_ref().map(ResourceId::as_str),
        it.last_seen
    ]
}

/// What many rows say in the same words, to be held once.
#[derive(Default)]
struct Spelt {
    accounts: BTreeMap<String, AccountId>,
    regions: BTreeMap<String, RegionId>,
    /// Clusters and networks.
    ids: BTreeMap<String, ResourceId>,
    names: BTreeMap<String, Arc<str>>,
}

/// Returns what `text` stands for; the same for the same text.
fn shared<T: Clone>(
    known: &mut BTreeMap<String, T>,
    text: String,
    make: impl FnOnce(String) -> T,
) -> T {
    if let Some(it) = known.get(&text) {
        return it.clone();
    }
    let made = make(text.clone());
    known.insert(text, made.clone());
    made
}

fn membership(row: &Row, spelt: &mut Spelt) -> Result<Membership, StoreError> {
    let network = row.text_or_null("network")?;
    Ok(Membership {
        account: shared(&mut spelt.accounts, row.text("account")?, AccountId::new),
        region: shared(&mut spelt.regions, row.text("region")?, RegionId::new),
        machine: ResourceId::new(row.text("machine")?),
        cluster: shared(&mut spelt.ids, row.text("cluster")?, ResourceId::new),
        cluster_name: shared(&mut spelt.names, row.text("cluster_name")?, Arc::from),
        network: network.map(|it| shared(&mut spelt.ids, it, ResourceId::new)),
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
            cluster_name: format!("name of {cluster}").into(),
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
