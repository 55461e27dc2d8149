//! What is to be done about orphans: stop and mark, and delete what was marked long enough ago.
//!
//! Invariant: only what this very look proves is touched, and only by the settings of its account.
//! Invariant: nothing is deleted that does not carry our mark with its own name, since long enough,
//! and no machine that is not stopped: whoever starts one again has it back.

use std::collections::BTreeMap;

use cloud::{AccountSight, Census, Kept, RegionSight, Sighting};
use duty::{
    Choice, Finding, FindingKey, KnownFinding, Limits, Measure, Memory, Plan, Planned, Population,
    Reason, Spot, Step, Tagged, Undecided,
};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Address, Charge, Disk, Kind, Machine, MachineState, Place, RegionId, ResourceId,
    Tags,
};

use super::DUTY;
use crate::acts::{Acts, MachineActs, mark, marked_since};
use crate::facts::{self, Facts};
use crate::kind::OrphanKind;
use crate::settings::Settings;
use crate::verdict::Verdict;

/// Words in tags and names by which a cluster knows what it made: such a disk may be a volume that
/// nothing has mounted for the moment.
const CLUSTER_WORDS: [&str; 5] = ["kubernetes", "csi", "tke", "k8s", "pvc"];

/// Returns what is to be done now, or `None` when nobody asks for anything.
pub(super) fn plan(
    census: &Census,
    found: &[Finding],
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Option<Plan> {
    if !settings.each().any(|it| it.acts.any()) {
        return None;
    }
    let mut plan = Plan::empty(DUTY, now);
    plan.populations = populations(census);
    let known = memory.findings.iter();
    let known: BTreeMap<&FindingKey, &KnownFinding> =
        known.map(|it| (&it.finding.key, it)).collect();
    for finding in found {
        let Some(case) = Case::of(census, finding, settings, memory, now) else {
            continue;
        };
        let known = known.get(&finding.key).copied();
        match case.decide(known) {
            Ok(Some((step, reason))) => plan.steps.push(Planned {
                spot: case.spot(),
                step,
                reason,
                after: Vec::new(),
                monthly: None,
            }),
            Ok(None) => {}
            Err(reason) => plan.undecided.push(Undecided {
                account: case.account.clone(),
                region: case.region.clone(),
                resource: finding.key.resource.clone(),
                reason,
            }),
        }
    }
    Some(plan)
}

/// Returns of how many things each kind is, by the lists that were seen whole: what was not seen
/// makes the share of the rest smaller.
fn populations(census: &Census) -> Vec<Population> {
    fn total<T>(list: Option<&Sighting<Kept<T>>>) -> u64 {
        let seen = list.and_then(Sighting::seen);
        seen.map_or(0, |it| it.get().total)
    }
    let of_account = |(account, sight): (&AccountId, &AccountSight)| {
        let count = |of: fn(&RegionSight) -> u64| sight.estate.values().map(of).sum();
        let totals: [(&str, u64); 3] = [
            (Kind::INSTANCE, count(|it| total(it.machines.as_ref()))),
            (Kind::DISK, count(|it| total(it.disks.as_ref()))),
            (Kind::ADDRESS, count(|it| total(it.addresses.as_ref()))),
        ];
        totals.map(|(kind, total)| Population {
            account: account.clone(),
            kind: Kind::new(kind),
            total,
            measure: Measure::Share,
        })
    };
    census.accounts.iter().flat_map(of_account).collect()
}

/// What is decided about a thing: a step, nothing yet, or why a person has to.
type Decision = Result<Option<(Step, Reason)>, Reason>;

/// A finding about something that may be touched.
struct Case<'a> {
    finding: &'a Finding,
    facts: Facts<'a>,
    /// The login that saw it.
    account: &'a AccountId,
    region: &'a RegionId,
    sight: &'a RegionSight,
    acts: &'a Acts,
    memory: &'a Memory,
    now: Timestamp,
}

impl<'a> Case<'a> {
    fn of(
        census: &'a Census,
        finding: &'a Finding,
        settings: &'a Settings,
        memory: &'a Memory,
        now: Timestamp,
    ) -> Option<Self> {
        let mut scopes = finding.scopes.iter();
        let (account, region) = scopes.find_map(|it| match &it.place {
            Place::Region(region) => Some((&it.account, region)),
            Place::Global => None,
        })?;
        Some(Self {
            finding,
            facts: Facts::of(finding),
            account,
            region,
            sight: census.accounts.get(account)?.estate.get(region)?,
            acts: &settings.of(account).acts,
            memory,
            now,
        })
    }

    fn decide(&self, known: Option<&KnownFinding>) -> Decision {
        let verdict = self.facts.verdict();
        match (self.facts.kind, verdict) {
            (Some(OrphanKind::Machine), Verdict::ORPHAN) => {
                let Some(acts) = &self.acts.machines else {
                    return Ok(None);
                };
                let Some(machine) = self.machine() else {
                    return Ok(None);
                };
                self.heard(known)?;
                self.of_machine(machine, acts)
            }
            (Some(OrphanKind::Disk), Verdict::UNUSED) => {
                let (Some(after), Some(disk)) = (self.acts.disks_after, self.disk()) else {
                    return Ok(None);
                };
                self.heard(known)?;
                self.of_disk(disk, after)
            }
            (Some(OrphanKind::Address), Verdict::UNUSED) => {
                let (Some(after), Some(address)) = (self.acts.addresses_after, self.address())
                else {
                    return Ok(None);
                };
                self.heard(known)?;
                self.of_address(address, after, known)
            }
            _ => Ok(None),
        }
    }

    fn of_machine(&self, machine: &Machine, acts: &MachineActs) -> Decision {
        let choice = acts.select.as_ref();
        match choice.map_or(Choice::Yes, |it| it.choose(machine, self.now)) {
            Choice::Yes => {}
            Choice::No => return Ok(None),
            Choice::Unknown(why) => return Err(Reason::new("selection_unknown", [("why", why)])),
        }
        if machine.protected {
            return Err(Reason::new("protected_by_cloud", []));
        }
        self.unprotected(&machine.tags)?;
        self.paid_by_use(&machine.charge)?;
        let ties = self.facts.get(facts::TIES);
        let by_tag_alone = ties.split("; ").all(|it| it.starts_with("tag "))
            && self.facts.get(facts::LAST_MEMBER).is_empty();
        if by_tag_alone && !acts.tag_alone {
            return Err(Reason::new("tag_alone", [("ties", ties.to_owned())]));
        }
        let Some(confirmed) = self.facts.time(facts::CONFIRMED) else {
            return Ok(None);
        };
        let marked = self.marked(&machine.id, &machine.tags)?;
        match (&machine.state, marked) {
            (MachineState::Running, Some(since)) if !self.was_not_stopped(&machine.id) => {
                Err(Reason::new("started_again", [("since", since.to_string())]))
            }
            (MachineState::Running | MachineState::Stopped, None)
            | (MachineState::Running, Some(_)) => {
                if self.now.duration_since(confirmed) < acts.stop_after {
                    return Ok(None);
                }
                // The clock of one that is marked already goes on from there.
                let tags = mark(&machine.id, marked.unwrap_or(self.now));
                let facts = [("confirmed", confirmed.to_string())];
                Ok(Some(if machine.state == MachineState::Running {
                    let step = Step::StopMachine {
                        machine: machine.id.clone(),
                        tags,
                        proof: Tags::new(),
                    };
                    (step, Reason::new("orphan", facts))
                } else {
                    (
                        put_mark(Tagged::Machine, &machine.id, tags),
                        Reason::new("orphan_stopped", facts),
                    )
                }))
            }
            // Somebody used it meanwhile, and may want it still.
            (MachineState::Stopped, Some(since)) if !self.facts.get(facts::STARTED).is_empty() => {
                let tags = mark(&machine.id, self.now);
                let step = put_mark(Tagged::Machine, &machine.id, tags);
                let facts = [("since", since.to_string())];
                Ok(Some((step, Reason::new("stopped_anew", facts))))
            }
            (MachineState::Stopped, Some(since)) => {
                let Some(after) = acts.delete_after else {
                    return Ok(None);
                };
                if self.now.duration_since(since) < after {
                    return Ok(None);
                }
                let step = Step::DeleteMachine {
                    machine: machine.id.clone(),
                    proof: mark(&machine.id, since),
                };
                let facts = [("since", since.to_string())];
                Ok(Some((step, Reason::new("marked_long_ago", facts))))
            }
            _ => {
                let state = self.facts.get(facts::STATE).to_owned();
                Err(Reason::new("on_its_way", [("state", state)]))
            }
        }
    }

    fn of_disk(&self, disk: &Disk, after: SignedDuration) -> Decision {
        self.unprotected(&disk.tags)?;
        self.paid_by_use(&disk.charge)?;
        no_cluster_made(&disk.name, &disk.tags)?;
        let Some(since) = self.marked(&disk.id, &disk.tags)? else {
            let facts = [("since", self.facts.get(facts::SINCE).to_owned())];
            let step = put_mark(Tagged::Disk, &disk.id, mark(&disk.id, self.now));
            return Ok(Some((step, Reason::new("unused", facts))));
        };
        // One that was in use meanwhile begins anew.
        let used = disk.detached.filter(|it| *it > since);
        if let Some(used) = used {
            let facts = [("since", used.to_string())];
            let step = put_mark(Tagged::Disk, &disk.id, mark(&disk.id, self.now));
            return Ok(Some((step, Reason::new("used_meanwhile", facts))));
        }
        if self.now.duration_since(since) < after {
            return Ok(None);
        }
        let step = Step::DeleteDisk {
            disk: disk.id.clone(),
            proof: mark(&disk.id, since),
        };
        let facts = [("since", since.to_string())];
        Ok(Some((step, Reason::new("marked_long_ago", facts))))
    }

    fn of_address(
        &self,
        address: &Address,
        after: SignedDuration,
        known: Option<&KnownFinding>,
    ) -> Decision {
        self.unprotected(&address.tags)?;
        self.paid_by_use(&address.charge)?;
        no_cluster_made(&address.name, &address.tags)?;
        // Addresses cannot be marked everywhere: what is remembered of it has to be as old.
        let since = self.facts.time(facts::SINCE);
        let Some((since, known)) = since.zip(known) else {
            return Ok(None);
        };
        let long = |it: Timestamp| self.now.duration_since(it) >= after;
        if !long(since) || !long(known.first_seen) {
            return Ok(None);
        }
        let step = Step::ReleaseAddress {
            address: address.id.clone(),
        };
        let ip = address.ip.map(|it| it.to_string()).unwrap_or_default();
        let facts = [("since", since.to_string()), ("ip", ip)];
        Ok(Some((step, Reason::new("unused_long", facts))))
    }

    /// Refuses what a person has spoken for.
    fn heard(&self, known: Option<&KnownFinding>) -> Result<(), Reason> {
        let Some(known) = known else {
            return Ok(());
        };
        if let Some(ack) = &known.acked {
            return Err(Reason::new("acked", [("by", ack.by.clone())]));
        }
        match &known.muted {
            Some(mute) if known.is_muted(self.now) => {
                let facts = [
                    ("until", mute.until.to_string()),
                    ("reason", mute.reason.clone()),
                ];
                Err(Reason::new("muted", facts))
            }
            _ => Ok(()),
        }
    }

    fn unprotected(&self, tags: &Tags) -> Result<(), Reason> {
        let limits: &Limits = &self.acts.limits;
        match limits.protected.iter().find(|it| it.stands_on(tags)) {
            Some(tag) => Err(Reason::new("protected_tag", [("tag", tag.key.clone())])),
            None => Ok(()),
        }
    }

    /// Refuses what is paid in advance, or nobody knows how: it cannot be had back.
    fn paid_by_use(&self, charge: &Charge) -> Result<(), Reason> {
        match charge {
            Charge::OnDemand | Charge::Spot => Ok(()),
            Charge::Prepaid | Charge::Other(_) => {
                let charge = self.facts.get(facts::CHARGE).to_owned();
                Err(Reason::new("not_by_use", [("charge", charge)]))
            }
        }
    }

    /// Returns since when a thing is marked.
    fn marked(&self, id: &ResourceId, tags: &Tags) -> Result<Option<Timestamp>, Reason> {
        let since = marked_since(id, tags);
        match since.filter(|it| *it > self.now) {
            Some(ahead) => Err(Reason::new("marked_ahead", [("since", ahead.to_string())])),
            None => Ok(since),
        }
    }

    /// Returns whether an earlier attempt marked a machine and could not stop it.
    fn was_not_stopped(&self, machine: &ResourceId) -> bool {
        self.memory.mishaps.iter().any(|it| {
            it.step == "stop_machine"
                && it.account == *self.account
                && it.region == *self.region
                && it.subject == *machine
        })
    }

    /// Returns the machine as the second look saw it.
    fn machine(&self) -> Option<&'a Machine> {
        let second = self.sight.second.as_ref()?;
        let seen = second.machines.as_ref()?.seen()?;
        let mut machines = seen.get().iter();
        machines.find(|it| it.id == self.finding.key.resource)
    }

    fn disk(&self) -> Option<&'a Disk> {
        let seen = self.sight.disks.as_ref()?.seen()?;
        let mut disks = seen.get().rows.iter();
        disks.find(|it| it.id == self.finding.key.resource)
    }

    fn address(&self) -> Option<&'a Address> {
        let seen = self.sight.addresses.as_ref()?.seen()?;
        let mut addresses = seen.get().rows.iter();
        addresses.find(|it| it.id == self.finding.key.resource)
    }

    fn spot(&self) -> Spot {
        Spot {
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }
}

fn put_mark(kind: Tagged, id: &ResourceId, tags: Tags) -> Step {
    Step::PutTags {
        kind,
        ids: vec![id.clone()],
        tags,
    }
}

/// Refuses what a cluster may have made.
fn no_cluster_made(name: &str, tags: &Tags) -> Result<(), Reason> {
    let mut texts = tags.iter().flat_map(|(key, value)| [key.as_str(), value]);
    let speaks = |it: &str| {
        let lower = it.to_lowercase();
        let mut words = lower.split(|it: char| !it.is_alphanumeric());
        words.any(|word| CLUSTER_WORDS.iter().any(|it| word.starts_with(it)))
    };
    let evidence = if speaks(name) {
        Some(name)
    } else {
        texts.find(|it| speaks(it))
    };
    match evidence {
        Some(evidence) => Err(Reason::new(
            "cluster_made",
            [("evidence", evidence.to_owned())],
        )),
        None => Ok(()),
    }
}
