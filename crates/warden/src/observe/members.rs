//! Tells who is a node of what as soon as that was seen.

use std::sync::Arc;

use duty::Membership;
use jiff::Timestamp;
use model::{AccountId, Cluster, ClusterNode, RegionId};
use tokio::sync::mpsc;

/// So many clusters' members may wait to be heard: a large estate has more of them than it ever needs
/// in memory.
const CLUSTERS_WAITING: usize = 64;

/// Tells who is a node of what, cluster by cluster, while others are still looked at.
#[derive(Debug, Clone)]
pub(crate) struct Members(Option<mpsc::Sender<Vec<Membership>>>);

/// Hears of them until nobody is left who could tell.
#[derive(Debug)]
pub(crate) struct Hearing(mpsc::Receiver<Vec<Membership>>);

impl Members {
    /// Tells nobody.
    pub(super) const UNHEARD: Self = Self(None);

    /// Returns who tells, and who hears.
    pub(crate) fn heard() -> (Self, Hearing) {
        let (tells, hears) = mpsc::channel(CLUSTERS_WAITING);
        (Self(Some(tells)), Hearing(hears))
    }

    /// Tells who was seen as a node of `cluster` at `now`.
    pub(super) async fn tell(
        &self,
        (account, region): (&AccountId, &RegionId),
        cluster: &Cluster,
        nodes: &[ClusterNode],
        now: Timestamp,
    ) {
        let Some(tells) = &self.0 else { return };
        let cluster_name: Arc<str> = Arc::from(cluster.name.as_str());
        let machines = nodes.iter().filter_map(|it| it.machine.id());
        let members: Vec<Membership> = machines
            .map(|machine| Membership {
                account: account.clone(),
                region: region.clone(),
                machine: machine.clone(),
                cluster: cluster.id.clone(),
                cluster_name: cluster_name.clone(),
                network: cluster.network.clone(),
                last_seen: now,
            })
            .collect();
        if !members.is_empty() {
            // Whoever hears no more could not write, and says so.
            tells.send(members).await.ok();
        }
    }
}

impl Hearing {
    /// Returns the members of all clusters that were told of meanwhile; none at the end.
    pub(crate) async fn next(&mut self) -> Vec<Membership> {
        let mut told = Vec::new();
        self.0.recv_many(&mut told, CLUSTERS_WAITING).await;
        told.into_iter().flatten().collect()
    }
}
