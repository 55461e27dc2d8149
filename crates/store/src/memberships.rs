//! Memberships: which machine was last seen as a node of which cluster.
//!
//! Invariant: a machine that is no node any more keeps its last membership: that is what it is
//! remembered for.

use std::collections::BTreeMap;
use std::sync::Arc;

use duty::Membership;
use jiff::Timestamp;
use model::{AccountId, RegionId, ResourceId};

use crate::db::{Db, Value, values};
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
        self.fetch_each("read who was a node of what", LINES, values![], |row| {
            let line = row.text("line")?;
            let read = membership(&line, &mut spelt);
            all.push(read.ok_or_else(|| row.site.corrupt(format!("{line:?} is no membership")))?);
            Ok(())
        })
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

/// What stands between the parts of a line; no id has it, and a name, which may, stands last.
const BETWEEN: char = '\u{1f}';

/// Every membership as a line: a large estate has very many, and one text is read in a third of the
/// time that seven cells take (measured with SQLite).
const LINES: &str = "SELECT account || '\u{1f}' || region || '\u{1f}' || machine || '\u{1f}' || cluster \
     || '\u{1f}' || COALESCE(network, '') || '\u{1f}' || CAST(last_seen_ms AS TEXT) || '\u{1f}' \
     || cluster_name AS line FROM memberships";

/// What many lines say in the same words, to be held once.
#[derive(Default)]
struct Spelt {
    accounts: Shared<AccountId>,
    regions: Shared<RegionId>,
    clusters: Shared<ResourceId>,
    networks: Shared<ResourceId>,
    names: Shared<Arc<str>>,
}

/// Values by how they are spelt.
struct Shared<T> {
    all: BTreeMap<String, T>,
    /// What the line before said: as a rule the next one says it, too.
    last: Option<T>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            last: None,
        }
    }
}

impl<T: Clone + AsRef<str>> Shared<T> {
    /// Returns what `text` stands for; the same for the same text.
    fn get(&mut self, text: &str, make: impl FnOnce(&str) -> T) -> T {
        if let Some(last) = &self.last
            && last.as_ref() == text
        {
            return last.clone();
        }
        let it = match self.all.get(text) {
            Some(it) => it.clone(),
            None => {
                let made = make(text);
                self.all.insert(text.to_owned(), made.clone());
                made
            }
        };
        self.last = Some(it.clone());
        it
    }
}

fn membership(line: &str, spelt: &mut Spelt) -> Option<Membership> {
    let mut parts = line.splitn(7, BETWEEN);
    let mut part = || parts.next();
    let (account, region, machine) = (part()?, part()?, part()?);
    let (cluster, network, last_seen) = (part()?, part()?, part()?.parse().ok()?);
    Some(Membership {
        account: spelt.accounts.get(account, |it| AccountId::new(it)),
        region: spelt.regions.get(region, |it| RegionId::new(it)),
        machine: ResourceId::new(machine),
        cluster: spelt.clusters.get(cluster, |it| ResourceId::new(it)),
        cluster_name: spelt.names.get(part()?, |it| Arc::from(it)),
        network: (!network.is_empty())
            .then(|| spelt.networks.get(network, |it| ResourceId::new(it))),
        last_seen: Timestamp::from_millisecond(last_seen).ok()?,
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
            // A name is data: it may have anything in it, also what stands between the parts.
            cluster_name: format!("name of\u{1f}{cluster}").into(),
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
