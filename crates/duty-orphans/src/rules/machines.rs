//! Machines: who belonged to a cluster and no longer does.
//!
//! Invariant: an orphan has answered every question: all clusters it could belong to are settled and
//! were seen whole, it exists by id, a second source calls it free, and an earlier look, at least
//! the grace ago, said the same.

use std::collections::{BTreeMap, BTreeSet};

use cloud::{SecondLook, Seen};
use duty::{Finding, KnownFinding, Severity};
use model::{Machine, MachineState, Opinion, Renewal, ResourceId, Tie, TieSort};

use super::Doubts;
use super::desk::{Desk, note};
use super::ground::{Candidate, Ground, may_stay};
use super::past::Proof;
use super::reach::Reach;
use crate::acts::marked_since;
use crate::facts::{self, Facts};
use crate::kind::OrphanKind;
use crate::verdict::{Reason, Verdict, reasons_text};

/// Says what has to be asked once more, by id. Without the list of clusters nothing can be told of
/// anyone, so of the machines in the list none is asked for.
pub(super) fn doubt(ground: &Ground<'_>, doubts: &mut Doubts) {
    let mut machines: BTreeSet<ResourceId> = ground.missing().into_iter().cloned().collect();
    let mut hidden: BTreeSet<ResourceId> = BTreeSet::new();
    if let Some(clusters) = ground.clusters() {
        let listed: BTreeSet<&ResourceId> = clusters.iter().map(|it| &it.id).collect();
        // Words of the user's own prove nothing, whatever a second look says.
        for candidate in ground.candidates().into_iter().filter(Candidate::is_tied) {
            let named = candidate.named().into_iter();
            hidden.extend(named.filter(|it| !listed.contains(it)).cloned());
            machines.insert(candidate.machine.id.clone());
        }
    }
    if !machines.is_empty() {
        let doubt = doubts.at(ground.account, ground.region);
        doubt.machines.extend(machines);
        doubt.clusters.extend(hidden);
    }
}

/// Returns what there is to say of every machine of a region.
pub(super) fn findings(ground: &Ground<'_>) -> Vec<Finding> {
    let again = Again::of(ground.second());
    let mut found = Vec::new();
    for candidate in ground.candidates() {
        found.extend(finding(ground, candidate, &again));
    }
    for id in ground.missing() {
        match again.sight(id) {
            Existence::Unseen => found.extend(unconfirmed(ground, id)),
            Existence::Gone => {}
            // It exists, so the list that does not show it is not the whole list.
            Existence::There(machine) => {
                if let Some(mut candidate) = ground.candidate(machine) {
                    candidate.reasons.push(Reason::MachinesFiltered);
                    found.extend(finding(ground, candidate, &again));
                }
            }
        }
    }
    found
}

/// What came of asking once more.
struct Again<'a> {
    machines: Option<BTreeMap<&'a ResourceId, &'a Machine>>,
    opinions: Option<&'a BTreeMap<ResourceId, Opinion>>,
}

/// Whether a machine is there.
enum Existence<'a> {
    There(&'a Machine),
    Gone,
    /// It was not asked for, or no answer came.
    Unseen,
}

impl<'a> Again<'a> {
    fn of(second: Option<&'a SecondLook>) -> Self {
        let machines = second.and_then(|it| it.machines.as_ref()?.seen());
        let opinions = second.and_then(|it| it.opinions.as_ref()?.seen());
        Self {
            machines: machines.map(|all| all.get().iter().map(|it| (&it.id, it)).collect()),
            opinions: opinions.map(Seen::get),
        }
    }

    /// Returns what the second source says; `None` when it was not asked, or did not answer.
    fn opinion(&self, id: &ResourceId) -> Option<&'a Opinion> {
        self.opinions?.get(id)
    }

    /// Returns whether a machine is there. That it is missing among those that exist means something
    /// only if it was asked for, which its opinion tells.
    fn sight(&self, id: &ResourceId) -> Existence<'a> {
        match &self.machines {
            None => Existence::Unseen,
            Some(all) => match all.get(id) {
                Some(machine) => Existence::There(machine),
                None if self.opinion(id).is_some() => Existence::Gone,
                None => Existence::Unseen,
            },
        }
    }
}

/// Returns what there is to say of one machine, if anything.
fn finding(ground: &Ground<'_>, candidate: Candidate<'_>, again: &Again<'_>) -> Option<Finding> {
    let id = &candidate.machine.id;
    let mut reach = Reach::of(ground, &candidate);
    reach.reasons.extend(candidate.reasons.iter().cloned());
    let is_asked = ground.clusters().is_some() && candidate.is_tied();
    let machine = match again.sight(id) {
        Existence::There(fresh) if may_stay(&fresh.state) => fresh,
        // It went while we looked.
        Existence::There(_) | Existence::Gone => return None,
        Existence::Unseen => {
            reach
                .reasons
                .extend(is_asked.then_some(Reason::MachineUnseen));
            candidate.machine
        }
    };
    match again.opinion(id) {
        Some(Opinion::Free) => {}
        Some(Opinion::InCluster(_) | Opinion::InGroup(_) | Opinion::Absent) => return None,
        Some(Opinion::Silent) => _ = reach.reasons.insert(Reason::OpinionSilent),
        None => reach
            .reasons
            .extend(is_asked.then_some(Reason::OpinionUnseen)),
    }
    let known = ground.past.finding(ground.house, OrphanKind::Machine, id);
    let proof = Proof::of(known, candidate.membership, ground.now);
    let verdict = verdict(ground, &candidate, &reach, proof);
    let mut finding = written(ground, &candidate, machine, &reach);
    let is_free = again.opinion(id) == Some(&Opinion::Free);
    note(
        &mut finding,
        facts::OPINION,
        if is_free { "free" } else { "" },
    );
    note_verdict(&mut finding, ground, &verdict, &reach, proof);
    note_mark(&mut finding, ground, machine, known);
    Some(finding)
}

/// Writes down that a machine carries our mark, and whether it was seen running since.
fn note_mark(
    finding: &mut Finding,
    ground: &Ground<'_>,
    machine: &Machine,
    known: Option<&KnownFinding>,
) {
    let Some(since) = marked_since(&machine.id, &machine.tags) else {
        return;
    };
    let before = known.map(|it| Facts::of(&it.finding));
    let was_started = before.is_some_and(|it| {
        it.time(facts::MARKED) == Some(since) && !it.get(facts::STARTED).is_empty()
    });
    note(finding, facts::MARKED, since);
    if was_started || machine.state == MachineState::Running {
        note(finding, facts::STARTED, true);
        return;
    }
    let acts = ground.settings.acts.machines.as_ref();
    let goes = acts.and_then(|it| since.checked_add(it.delete_after?).ok());
    if let Some(goes) = goes {
        note(finding, facts::GOES_AFTER, goes);
    }
}

fn verdict(
    ground: &Ground<'_>,
    candidate: &Candidate<'_>,
    reach: &Reach<'_>,
    proof: Proof,
) -> Verdict {
    let (now, grace) = (ground.now, ground.settings.grace);
    if !candidate.is_tied() {
        return Verdict::Hint;
    }
    if !reach.reasons.is_empty() {
        return Verdict::Unknown(reach.reasons.clone());
    }
    let since = proof.since.unwrap_or(now);
    if let Some(confirmed) = proof.confirmed {
        return Verdict::Orphan { since, confirmed };
    }
    if proof.since.is_some() && now.duration_since(since) >= grace {
        return Verdict::Orphan {
            since,
            confirmed: now,
        };
    }
    Verdict::Suspect {
        since,
        confirmed_after: since.checked_add(grace).unwrap_or(jiff::Timestamp::MAX),
    }
}

/// Writes down what is said of a machine. One that was proven stays as grave as it was while
/// nothing can be said of it: nobody is alarmed again when it can.
fn note_verdict(
    finding: &mut Finding,
    ground: &Ground<'_>,
    verdict: &Verdict,
    reach: &Reach<'_>,
    proof: Proof,
) {
    finding.severity = Severity::Notice;
    note(finding, facts::VERDICT, verdict.word());
    note(finding, facts::WHY, reasons_text(&reach.reasons));
    let (since, confirmed) = match verdict {
        Verdict::Orphan { since, confirmed } => (Some(*since), Some(*confirmed)),
        Verdict::Suspect {
            since,
            confirmed_after,
        } => {
            note(finding, facts::CONFIRMED_AFTER, confirmed_after);
            (Some(*since), None)
        }
        Verdict::Unknown(_) => {
            let kept = proof.confirmed.and(proof.since);
            (kept, proof.confirmed)
        }
        Verdict::Hint | Verdict::Recent { .. } | Verdict::Unused { .. } => (None, None),
    };
    if let Some(since) = since {
        note(finding, facts::SINCE, since);
    }
    if let Some(confirmed) = confirmed {
        finding.severity = ground.settings.severity;
        note(finding, facts::CONFIRMED, confirmed);
    }
}

/// Writes down what is known of a machine.
fn written(
    ground: &Ground<'_>,
    candidate: &Candidate<'_>,
    machine: &Machine,
    reach: &Reach<'_>,
) -> Finding {
    let desk = Desk::of(ground);
    let mut finding = desk.finding(OrphanKind::Machine, &machine.id);
    finding.name.clone_from(&machine.name);
    desk.note_tags(&mut finding, &machine.tags);
    let it = &mut finding;
    note(it, facts::TYPE, &machine.machine_type);
    note(it, facts::ZONE, &machine.zone);
    if let Some(network) = &machine.network {
        note(it, facts::NETWORK, network);
    }
    note(it, facts::STATE, machine.state.word());
    desk.note_terms(it, &machine.charge, machine.created, machine.expiry);
    note(
        it,
        facts::RENEWAL,
        machine.renewal.as_ref().map_or("", renewal_word),
    );
    note(it, facts::PRIVATE_IPS, joined(&machine.private_ips));
    note(it, facts::PUBLIC_IPS, joined(&machine.public_ips));
    let ties = candidate.ties.iter();
    let ties = ties.map(|it| format!("{} {}", it.sort.word(), it.evidence));
    note(it, facts::TIES, ties.collect::<Vec<_>>().join("; "));
    let group = candidate.ties.iter().find(|it| it.sort == TieSort::Group);
    note(it, facts::POOL, group.map_or("", |it| &it.evidence));
    if let Some(membership) = candidate.membership {
        note(it, facts::LAST_MEMBER, membership.last_seen);
    }
    note_origin(it, ground, candidate, reach);
    note(it, facts::ASKED, joined(reach.asked.iter()));
    finding
}

/// Writes down which cluster it was of: the one it was last seen in, else what its ties name first.
fn note_origin(
    finding: &mut Finding,
    ground: &Ground<'_>,
    candidate: &Candidate<'_>,
    reach: &Reach<'_>,
) {
    let membership = candidate.membership;
    let named = candidate.ties.iter().find_map(named_cluster);
    let Some(origin) = membership.map(|it| &it.cluster).or(named) else {
        return;
    };
    note(finding, facts::CLUSTER, origin);
    let listed = ground.clusters().unwrap_or_default();
    let listed = listed.iter().find(|it| it.id == *origin);
    let name = listed.map(|it| it.name.as_str());
    let name = name.or(membership.map(|it| &*it.cluster_name));
    note(finding, facts::CLUSTER_NAME, name.unwrap_or_default());
    if reach.gone.contains(origin) {
        note(finding, facts::CLUSTER_STATE, "gone");
    }
}

fn named_cluster(tie: &Tie) -> Option<&ResourceId> {
    tie.cluster.as_ref()
}

/// Says again what was said of a machine that the list no longer shows and that could not be asked
/// for by id: it may be there, and it may be gone.
fn unconfirmed(ground: &Ground<'_>, id: &ResourceId) -> Option<Finding> {
    let known = ground.past.finding(ground.house, OrphanKind::Machine, id)?;
    let mut finding = Desk::of(ground).finding(OrphanKind::Machine, id);
    let KnownFinding { finding: last, .. } = known;
    finding.name.clone_from(&last.name);
    finding.owner.clone_from(&last.owner);
    finding.tags.clone_from(&last.tags);
    finding.evidence.clone_from(&last.evidence);
    for fact in [facts::CONFIRMED_AFTER, facts::SINCE, facts::CONFIRMED] {
        finding.evidence.remove(fact);
    }
    let membership = ground.past.membership(ground.house, id);
    let proof = Proof::of(Some(known), membership, ground.now);
    let reach = Reach {
        reasons: BTreeSet::from([Reason::MachineUnseen]),
        ..Reach::default()
    };
    let verdict = Verdict::Unknown(reach.reasons.clone());
    note_verdict(&mut finding, ground, &verdict, &reach, proof);
    Some(finding)
}

fn renewal_word(renewal: &Renewal) -> &'static str {
    match renewal {
        Renewal::Auto { .. } => "auto",
        Renewal::Manual => "manual",
        Renewal::Never => "never",
        Renewal::Unknown(_) => "unknown",
    }
}

fn joined(all: impl IntoIterator<Item = impl ToString>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| it.to_string()).collect();
    all.join(",")
}
