//! One region of one identity: what was seen there, and who may not be called an orphan from the
//! start.

use std::collections::HashSet;
use std::net::IpAddr;

use cloud::{Kept, RegionSight, SecondLook, Sighting};
use duty::Membership;
use jiff::Timestamp;
use model::{
    AccountId, Cluster, Machine, MachineState, NodeMachine, NodeView, RegionId, ResourceId, Tie,
    TieSort,
};

use super::house::House;
use super::past::Past;
use crate::kind::OrphanKind;
use crate::settings::{OrphanSettings, Settings};
use crate::verdict::Reason;

/// One region of one identity.
pub(super) struct Ground<'a> {
    pub(super) house: &'a House<'a>,
    /// The login whose sight it is.
    pub(super) account: &'a AccountId,
    pub(super) region: &'a RegionId,
    pub(super) sight: &'a RegionSight,
    /// The machines, seen whole.
    pub(super) machines: &'a Kept<Machine>,
    pub(super) past: &'a Past<'a>,
    pub(super) settings: &'a OrphanSettings,
    pub(super) now: Timestamp,
    /// Nodes that are known by their address alone.
    strangers: Vec<Stranger<'a>>,
}

/// A node that is known by its address alone.
struct Stranger<'a> {
    name: &'a str,
    ip: IpAddr,
    network: Option<&'a ResourceId>,
}

/// A machine that something ties to a cluster and that is no node now.
pub(super) struct Candidate<'a> {
    pub(super) machine: &'a Machine,
    /// What ties it, the strongest first.
    pub(super) ties: Vec<Tie>,
    /// When it was last a node.
    pub(super) membership: Option<&'a Membership>,
    /// Why nothing can be said of it, by its own looks.
    pub(super) reasons: Vec<Reason>,
}

impl<'a> Ground<'a> {
    /// Returns the ground on which machines are judged, or `None` where there is none: the list of
    /// machines was not seen, or nobody asked for it, or the cloud has no clusters.
    pub(super) fn of_machines(
        house: &'a House<'a>,
        region: &'a RegionId,
        past: &'a Past<'a>,
        settings: &'a Settings,
        now: Timestamp,
    ) -> Option<Self> {
        let asked = house.sights(region).filter(|(account, sight)| {
            settings.of(account).kinds.contains(&OrphanKind::Machine) && sight.clusters.is_some()
        });
        let mut seen: Vec<_> = asked
            .filter_map(|(account, sight)| {
                Some((account, sight, sight.machines.as_ref()?.seen()?.get()))
            })
            .collect();
        // The login that sees the most speaks; among equals the first by name.
        seen.sort_by_key(|(_, sight, _)| clusters(sight).is_none());
        let (account, sight, machines) = *seen.first()?;
        let mut ground = Self {
            house,
            account,
            region,
            sight,
            machines,
            past,
            settings: settings.of(account),
            now,
            strangers: Vec::new(),
        };
        for (_, sight) in house.sights(region) {
            ground.note_strangers(sight);
        }
        Some(ground)
    }

    /// Notes the nodes of this region that are known by their address alone.
    fn note_strangers(&mut self, sight: &'a RegionSight) {
        for (cluster, nodes) in &sight.nodes {
            let network = clusters(sight)
                .and_then(|all| all.iter().find(|it| it.id == *cluster))
                .and_then(|it| it.network.as_ref());
            let nodes = nodes.seen().into_iter().flat_map(|it| it.get());
            for node in nodes.filter(|it| it.machine == NodeMachine::ByAddress) {
                self.strangers.extend(node.private_ip.map(|ip| Stranger {
                    name: &node.name,
                    ip,
                    network,
                }));
            }
        }
    }

    /// Returns the clusters, if their list was seen.
    pub(super) fn clusters(&self) -> Option<&'a [Cluster]> {
        clusters(self.sight)
    }

    /// Returns a cluster as the list of another region shows it, with what was seen there.
    pub(super) fn elsewhere(&self, id: &ResourceId) -> Option<(&'a RegionSight, &'a Cluster)> {
        let others = self
            .house
            .everywhere()
            .filter(|(place, _)| *place != self.region);
        others
            .filter_map(|(_, sight)| {
                let mut listed = clusters(sight)?.iter();
                Some((sight, listed.find(|it| it.id == *id)?))
            })
            .next()
    }

    pub(super) fn second(&self) -> Option<&'a SecondLook> {
        self.sight.second.as_ref()
    }

    /// Returns every machine that may be an orphan.
    pub(super) fn candidates(&self) -> Vec<Candidate<'a>> {
        let rows = self.machines.rows.iter();
        rows.filter_map(|it| self.candidate(it)).collect()
    }

    /// Returns the machines that findings are about and that the list does not show.
    pub(super) fn missing(&self) -> Vec<&'a ResourceId> {
        let suspects = self.past.suspects(self.house, self.region).into_iter();
        suspects
            .filter(|it| !self.machines.ids.may_have(it) && !self.house.members.contains(it))
            .collect()
    }

    /// Returns the machine as a candidate, or `None` when it is none: it is a node, it is left
    /// alone, it is on its way in or out, its owner made it a node, or nothing ties it to a cluster.
    pub(super) fn candidate(&self, machine: &'a Machine) -> Option<Candidate<'a>> {
        if self.house.members.contains(&machine.id) || !may_stay(&machine.state) {
            return None;
        }
        let (id, name, tags) = (&machine.id, &machine.name, &machine.tags);
        if self.settings.allowance(id, name, tags, self.now).is_some() {
            return None;
        }
        let mut reasons = Vec::new();
        if let Some(created) = machine.created {
            let age = self.now.duration_since(created);
            if age < -self.settings.grace {
                reasons.push(Reason::FromTheFuture);
            } else if age < self.settings.grace {
                return None;
            }
        }
        for stranger in &self.strangers {
            if !machine.private_ips.contains(&stranger.ip) {
                continue;
            }
            let networks = stranger.network.zip(machine.network.as_ref());
            if networks.is_none_or(|(a, b)| a == b) {
                return None;
            }
            reasons.push(Reason::SameAddress(stranger.name.to_owned()));
        }
        if let MachineState::Other(word) = &machine.state {
            reasons.push(Reason::State(word.replace(',', " ")));
        }
        let membership = self.past.membership(self.house, id);
        let candidate = Candidate {
            machine,
            ties: self.ties(machine, membership),
            membership,
            reasons,
        };
        let is_one = !candidate.ties.is_empty() && !self.is_self_managed(&candidate);
        is_one.then_some(candidate)
    }

    /// Returns whether a machine is one that its owner made a node by himself, as far as anybody can
    /// tell: what names its cluster is there, the cluster lives, and its list never shows such nodes.
    /// To say of each that nothing can be said would be noise. One that stood in the list before is
    /// another matter.
    fn is_self_managed(&self, candidate: &Candidate<'_>) -> bool {
        let named = candidate.named();
        let lives = |id: &ResourceId| {
            let mut listed = self.clusters().unwrap_or_default().iter();
            listed.any(|it| it.id == *id && it.view == NodeView::GroupsOnly)
        };
        candidate.membership.is_none() && !named.is_empty() && named.into_iter().all(lives)
    }

    fn ties(&self, machine: &Machine, membership: Option<&Membership>) -> Vec<Tie> {
        let hints = self.settings.hints.iter();
        let mut ties: Vec<Tie> = machine.ties.clone();
        ties.extend(hints.filter_map(|it| it.tie(machine)));
        ties.extend(membership.map(|it| Tie {
            sort: TieSort::History,
            cluster: Some(it.cluster.clone()),
            evidence: it.cluster.to_string(),
        }));
        for tie in &mut ties {
            if tie.sort == TieSort::Name && !self.settings.cloud_names {
                tie.sort = TieSort::Hint;
                tie.cluster = None;
            }
        }
        ties.sort();
        ties.dedup();
        ties
    }
}

impl Candidate<'_> {
    /// Returns the clusters that something names.
    pub(super) fn named(&self) -> HashSet<&ResourceId> {
        self.ties
            .iter()
            .filter_map(|it| it.cluster.as_ref())
            .collect()
    }

    /// Returns whether anything but words of the user's own ties it.
    pub(super) fn is_tied(&self) -> bool {
        self.ties.iter().any(|it| it.sort.is_strong())
    }
}

/// Returns whether a machine is there to stay: neither on its way in nor out. A state that we do
/// not know is no reason to look away.
pub(super) fn may_stay(state: &MachineState) -> bool {
    match state {
        MachineState::Running
        | MachineState::Changing
        | MachineState::Stopped
        | MachineState::Other(_) => true,
        MachineState::Pending | MachineState::Leaving | MachineState::Recycled => false,
    }
}

fn clusters(sight: &RegionSight) -> Option<&[Cluster]> {
    let seen = sight.clusters.as_ref().and_then(Sighting::seen)?;
    Some(seen.get())
}
