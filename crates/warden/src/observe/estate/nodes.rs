//! Looks at clusters, and at the nodes of each.

use std::collections::{BTreeMap, HashSet};

use cloud::{Clusters, Part, Sighting, pager};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use model::{Cluster, ClusterNode, Kind, NodeView, ResourceId};
use tokio::sync::mpsc;

use super::Look;

/// The nodes of each cluster.
pub(super) type Nodes = BTreeMap<ResourceId, Sighting<Vec<ClusterNode>>>;

impl Look<'_> {
    /// Looks at the clusters and at the nodes of each.
    pub(super) async fn clusters(&self) -> (Option<Sighting<Vec<Cluster>>>, Nodes) {
        let Some(port) = self
            .provider
            .clusters()
            .filter(|_| self.asks(Part::Machines))
        else {
            return (None, Nodes::new());
        };
        // The nodes of a cluster are asked for while others are still being listed: where a cloud tells
        // of one at a time, the two lists would take twice as long.
        let (found, mut clusters) = mpsc::unbounded_channel::<Cluster>();
        let listing = async move {
            let mut told = HashSet::new();
            let add = |all: &mut Vec<Cluster>, cluster: Cluster| {
                // A list that came out short is read once more.
                if cluster.view != NodeView::NoMachines && told.insert(cluster.id.clone()) {
                    // Whoever hears of it is there until the list is at its end.
                    found.send(cluster.clone()).ok();
                }
                all.push(cluster);
            };
            pager::fold(&*port.clusters(self.region), Vec::new, add).await
        };
        let reading = async {
            let (mut under_way, mut nodes) = (FuturesUnordered::new(), Nodes::new());
            let mut goes_on = true;
            loop {
                tokio::select! {
                    cluster = clusters.recv(), if goes_on => match cluster {
                        Some(cluster) => under_way.push(self.nodes(port, cluster)),
                        None => goes_on = false,
                    },
                    Some((cluster, seen)) = under_way.next(), if !under_way.is_empty() => {
                        nodes.insert(cluster, seen);
                    }
                    else => break nodes,
                }
            }
        };
        let (clusters, mut nodes) = tokio::join!(listing, reading);
        let clusters = self.looks.doubt_all(&self.scope(Kind::CLUSTER), clusters);
        let known: HashSet<&ResourceId> = clusters
            .seen()
            .into_iter()
            .flat_map(|it| it.get())
            .map(|it| &it.id)
            .collect();
        nodes.retain(|id, _| known.contains(id));
        (Some(clusters), nodes)
    }

    async fn nodes(
        &self,
        port: &dyn Clusters,
        cluster: Cluster,
    ) -> (ResourceId, Sighting<Vec<ClusterNode>>) {
        let list = port.nodes(self.region, &cluster);
        let nodes = pager::collect(&self.pauses.after_each_page(&*list)).await;
        let kind = Kind::nodes_of(&cluster.id);
        let nodes = self.looks.doubt_all(&self.scope(kind.as_str()), nodes);
        if let Some(seen) = nodes.seen() {
            let place = (self.provider.account(), self.region);
            self.members
                .tell(place, &cluster, seen.get(), self.now)
                .await;
        }
        (cluster.id, nodes)
    }
}
