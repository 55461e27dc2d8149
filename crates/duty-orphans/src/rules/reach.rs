//! Which clusters a machine could belong to, and whether every one of them was asked and answered
//! whole.
//!
//! Invariant: a cluster that a tie names and the list does not show is gone only if it was asked for
//! by id and the cloud knows no such cluster.

use std::collections::{BTreeSet, HashSet};

use cloud::{RegionSight, Sighting, Unseen, Why};
use model::{Cluster, ClusterState, Machine, NodeView, ResourceId};

use super::ground::{Candidate, Ground};
use crate::verdict::Reason;

/// What the clusters say of one machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reach<'a> {
    /// The clusters that answered, and of which it is no node.
    pub(super) asked: BTreeSet<&'a ResourceId>,
    /// Those that a tie names and that no longer exist.
    pub(super) gone: BTreeSet<ResourceId>,
    /// Why more than that cannot be said.
    pub(super) reasons: BTreeSet<Reason>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(ground: &Ground<'a>, candidate: &Candidate<'a>) -> Self {
        let mut reach = Self::default();
        let Some(clusters) = ground.clusters() else {
            reach.reasons.insert(Reason::ClustersUnseen);
            return reach;
        };
        let named = candidate.named();
        for cluster in clusters {
            if may_belong(candidate.machine, cluster, &named) {
                reach.ask(ground.sight, cluster);
            }
        }
        let listed: HashSet<&ResourceId> = clusters.iter().map(|it| &it.id).collect();
        for id in named.iter().filter(|it| !listed.contains(*it)) {
            reach.look_for(ground, id);
        }
        // A list that hides a cluster of its network may hide the one it belongs to.
        let found = ground.second().into_iter().flat_map(|it| &it.clusters);
        let found = found.filter_map(|(id, found)| Some((id, found.seen()?.get().as_ref()?)));
        for (id, cluster) in found {
            let is_hidden = !listed.contains(id) && ground.elsewhere(id).is_none();
            if is_hidden && may_belong(candidate.machine, cluster, &named) {
                reach.reasons.insert(Reason::ClustersFiltered(id.clone()));
            }
        }
        reach
    }

    /// Takes a cluster's word that the machine is no node of it, if that word can be taken.
    fn ask(&mut self, sight: &'a RegionSight, cluster: &'a Cluster) {
        let id = || cluster.id.clone();
        let reason = match (&cluster.state, cluster.view) {
            (_, NodeView::NoMachines) => return,
            (ClusterState::Unsettled(_), _) => Reason::ClusterUnsettled(id()),
            (ClusterState::Settled, NodeView::GroupsOnly) => Reason::NodesPartial(id()),
            (ClusterState::Settled, NodeView::Whole) => {
                let nodes = sight.nodes.get(&cluster.id);
                if nodes.and_then(Sighting::seen).is_some() {
                    self.asked.insert(&cluster.id);
                    return;
                }
                Reason::NodesUnseen(id())
            }
        };
        self.reasons.insert(reason);
    }

    /// Looks for a cluster that is named and not in the list of the region. Some clouds know a
    /// cluster by its id wherever it is: then the list of its own region shows it.
    fn look_for(&mut self, ground: &Ground<'a>, id: &ResourceId) {
        let found = ground.second().and_then(|it| it.clusters.get(id));
        let is_denied = |it: &Unseen| matches!(it.why, Why::Denied { .. });
        let reason = match (found, ground.elsewhere(id)) {
            (Some(Sighting::Seen(found)), _) if found.get().is_none() => {
                self.gone.insert(id.clone());
                return;
            }
            (Some(Sighting::Seen(_)), Some((sight, cluster))) => {
                return self.ask(sight, cluster);
            }
            (Some(Sighting::Unseen(unseen)), Some((sight, cluster))) if is_denied(unseen) => {
                return self.ask(sight, cluster);
            }
            (Some(Sighting::Seen(_)), None) => Reason::ClustersFiltered(id.clone()),
            (Some(Sighting::Unseen(unseen)), _) if is_denied(unseen) => {
                Reason::ClusterForbidden(id.clone())
            }
            (Some(Sighting::Unseen(_)) | None, _) => Reason::ClusterUnseen(id.clone()),
        };
        self.reasons.insert(reason);
    }
}

/// Returns whether a machine could be a node of a cluster: something names it, or they share a
/// network. Where neither says anything, it could.
fn may_belong(machine: &Machine, cluster: &Cluster, named: &HashSet<&ResourceId>) -> bool {
    if named.contains(&cluster.id) {
        return true;
    }
    match (&machine.network, &cluster.network) {
        (Some(of_machine), Some(of_cluster)) => of_machine == of_cluster,
        (None, _) | (_, None) => named.is_empty(),
    }
}
