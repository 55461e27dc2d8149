//! What is to be said of each machine of a region: it is watched, it is not, or that cannot be told.

use std::collections::BTreeSet;

use cloud::{Kept, Sighting};
use duty::{Choice, Reason};
use jiff::Timestamp;
use model::{Alarm, AlarmTarget, CloudId, Machine, MachineState, ResourceId, TieSort, TrafficRule};

use super::MACHINE_TAG;
use super::left::is_ours;
use super::places::{House, Place};
use super::watch::Watchers;
use crate::settings::{AlarmSettings, Settings};
use crate::threshold;

/// What the threshold tag of a machine says that is to have no alarm.
const OFF: [&str; 3] = ["off", "none", "no"];

/// One region with its machines judged.
pub(super) struct Survey<'a> {
    pub(super) place: Place<'a>,
    /// All regions of the account, this one too.
    pub(super) house: House<'a>,
    pub(super) settings: &'a AlarmSettings,
    /// All machines; empty when they were not seen.
    pub(super) machines: Vec<&'a Machine>,
    /// What is said of each machine that ought to have an alarm, by id.
    pub(super) verdicts: Vec<(&'a Machine, Verdict<'a>)>,
    /// All alarms, whatever they measure; empty when they were not seen.
    pub(super) alarms: Vec<&'a Alarm>,
    /// Whom the alarms are to tell.
    pub(super) target: Target<'a>,
    /// Why nothing can be said of the whole region.
    pub(super) blocked: Option<Reason>,
}

/// What is said of a machine.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict<'a> {
    /// These alarms watch it.
    Watched(Vec<&'a Alarm>),
    /// It ought to have this one.
    Wanted(Order),
    /// That cannot be told.
    Open(Reason),
}

/// An alarm that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) name: String,
    pub(super) address: Option<ResourceId>,
    pub(super) rule: TrafficRule,
    /// Whether the machine has a threshold of its own.
    pub(super) by_tag: bool,
}

/// Whom the alarms of a region are to tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target<'a> {
    /// It is there.
    There(&'a AlarmTarget),
    /// It is not.
    Missing,
    /// That was not seen.
    Unseen,
}

impl<'a> Survey<'a> {
    /// Judges a region; `None` where the cloud has no alarms, or no machines, that can be read.
    pub(super) fn of(
        place: Place<'a>,
        house: House<'a>,
        settings: &'a Settings,
        now: Timestamp,
    ) -> Option<Self> {
        let machines = place.sight.machines.as_ref()?;
        let alarms = place.sight.alarms.as_ref()?;
        let own = settings.of(place.account);
        let mut survey = Self {
            place,
            house,
            settings: own,
            machines: rows(machines.seen().map(|it| it.get())),
            verdicts: Vec::new(),
            alarms: sorted(alarms.seen().map_or(&[], |it| it.get().as_slice())),
            target: target(place, own),
            blocked: None,
        };
        survey.blocked = match (machines.unseen(), alarms.unseen()) {
            (Some(why), _) => Some(Reason::new(
                "machines_unseen",
                [("why", why.why.word().to_owned())],
            )),
            (None, Some(why)) => Some(Reason::new(
                "alarms_unseen",
                [("why", why.why.word().to_owned())],
            )),
            (None, None) => None,
        };
        if let Some(alarms) = alarms.seen().filter(|_| survey.blocked.is_none()) {
            let judge = Judge::new(place, own, settings, alarms.get(), now);
            survey.verdicts = survey
                .machines
                .iter()
                .filter_map(|it| Some((*it, judge.verdict(it)?)))
                .collect();
            survey.refuse_same_names();
        }
        Some(survey)
    }

    /// Returns the machines that ought to have an alarm, are known to have none, and can get one.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (&'a Machine, &Order)> {
        self.verdicts.iter().filter_map(|(machine, it)| match it {
            Verdict::Wanted(order) => Some((*machine, order)),
            Verdict::Watched(_) | Verdict::Open(_) => None,
        })
    }

    /// Returns whether anyone has to be told: an alarm is wanted, or one is there that tells the target.
    pub(super) fn needs_target(&self) -> bool {
        let tells = |alarm: &&Alarm| match self.target {
            Target::There(target) => alarm
                .notifies
                .iter()
                .any(|it| *it == target.name || it == target.id.as_str()),
            Target::Missing | Target::Unseen => false,
        };
        let watching = self.verdicts.iter().flat_map(|(_, it)| match it {
            Verdict::Watched(alarms) => alarms.as_slice(),
            Verdict::Wanted(_) | Verdict::Open(_) => &[],
        });
        self.wanted().next().is_some() || watching.copied().any(|it| tells(&it))
    }

    /// Returns the machines of which it cannot be told whether they have one.
    pub(super) fn open(&self) -> impl Iterator<Item = (&'a Machine, &Reason)> {
        self.verdicts.iter().filter_map(|(machine, it)| match it {
            Verdict::Open(reason) => Some((*machine, reason)),
            Verdict::Watched(_) | Verdict::Wanted(_) => None,
        })
    }

    /// Two machines whose alarms would have one name get none: at some clouds the second would
    /// replace the first.
    fn refuse_same_names(&mut self) {
        let mut once = BTreeSet::new();
        let mut twice = BTreeSet::new();
        for (_, order) in self.wanted() {
            if !once.insert(order.name.clone()) {
                twice.insert(order.name.clone());
            }
        }
        for (_, verdict) in &mut self.verdicts {
            if let Verdict::Wanted(order) = verdict
                && twice.contains(&order.name)
            {
                let name = std::mem::take(&mut order.name);
                *verdict = Verdict::Open(Reason::new("name_twice", [("alarm", name)]));
            }
        }
    }
}

fn rows(machines: Option<&Kept<Machine>>) -> Vec<&Machine> {
    let rows = machines.map_or(&[][..], |it| it.rows.as_slice());
    let mut rows: Vec<&Machine> = rows.iter().collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

fn sorted(alarms: &[Alarm]) -> Vec<&Alarm> {
    let mut alarms: Vec<&Alarm> = alarms.iter().collect();
    alarms.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    alarms
}

fn target<'a>(place: Place<'a>, settings: &AlarmSettings) -> Target<'a> {
    let Some(all) = place.sight.alarm_targets.as_ref().and_then(Sighting::seen) else {
        return Target::Unseen;
    };
    // Some clouds have several of one name: the same one is taken every time.
    let named = all.get().iter().filter(|it| it.name == settings.notify);
    let first = named.min_by(|a, b| a.id.cmp(&b.id));
    first.map_or(Target::Missing, Target::There)
}

/// Judges the machines of one region.
struct Judge<'a> {
    settings: &'a AlarmSettings,
    alarms: &'a [Alarm],
    watchers: Watchers<'a>,
    /// Names and ids of all alarms: one with a name of these would take another's place.
    names: BTreeSet<&'a str>,
    /// Why the addresses were not seen, if they were not.
    addresses_unseen: Option<&'static str>,
    counts_at_address: bool,
    now: Timestamp,
}

impl<'a> Judge<'a> {
    fn new(
        place: Place<'a>,
        own: &'a AlarmSettings,
        settings: &Settings,
        alarms: &'a [Alarm],
        now: Timestamp,
    ) -> Self {
        let addresses = place.sight.addresses.as_ref();
        let seen = addresses.and_then(Sighting::seen).map(|it| it.get());
        let names = alarms.iter().map(|it| it.name.as_str());
        let cloud: &CloudId = place.cloud;
        Self {
            settings: own,
            alarms,
            watchers: Watchers::of(alarms, seen, &own.other_groups),
            names: names
                .chain(alarms.iter().map(|it| it.id.as_str()))
                .collect(),
            addresses_unseen: addresses.and_then(Sighting::unseen).map(|it| it.why.word()),
            counts_at_address: settings.counts_at_address.contains(cloud),
            now,
        }
    }

    /// Returns what is said of a machine, or nothing when nobody asks for an alarm of it.
    fn verdict(&self, machine: &'a Machine) -> Option<Verdict<'a>> {
        if machine.state != MachineState::Running || (is_managed(machine) && !self.settings.managed)
        {
            return None;
        }
        let choice = self.settings.select.as_ref();
        match choice.map_or(Choice::Yes, |it| it.choose(machine, self.now)) {
            Choice::Yes => {}
            Choice::No => return None,
            Choice::Unknown(why) => {
                return Some(Verdict::Open(Reason::new(
                    "selection_unknown",
                    [("why", why)],
                )));
            }
        }
        if self
            .threshold_of(machine)
            .is_some_and(|it| OFF.contains(&it.trim()))
        {
            return None;
        }
        let watching = self.watchers.of_machine(machine);
        if !watching.is_empty() {
            return Some(Verdict::Watched(watching));
        }
        Some(match self.order(machine) {
            Ok(order) => Verdict::Wanted(order),
            Err(reason) => Verdict::Open(reason),
        })
    }

    /// Returns whether the only alarm of this name is ours and of this machine, and was begun and not
    /// finished: it is made on.
    fn is_begun(&self, machine: &Machine, name: &str) -> bool {
        let mut named = self.alarms.iter().filter(|it| it.name == name);
        named.all(|it| {
            let machine = Some(machine.id.as_str());
            it.watches_nothing()
                && is_ours(it)
                && it.tags.get(MACHINE_TAG).map(String::as_str) == machine
        }) && self.alarms.iter().all(|it| it.id.as_str() != name)
    }

    /// Returns the threshold of its own that a machine's tag says.
    fn threshold_of<'m>(&self, machine: &'m Machine) -> Option<&'m str> {
        let own = machine.tags.get(&self.settings.threshold_tag)?;
        (!own.trim().is_empty()).then_some(own)
    }

    fn order(&self, machine: &Machine) -> Result<Order, Reason> {
        if let Some(group) = self.watchers.group() {
            let facts = [("group", group.to_owned())];
            return Err(Reason::new("group_may_watch", facts));
        }
        if let Some(why) = self.addresses_unseen {
            return Err(Reason::new("addresses_unseen", [("why", why.to_owned())]));
        }
        let own = self.threshold_of(machine);
        let rule = match own {
            Some(text) => threshold::parse(text, &self.settings.outbound).map_err(|error| {
                let tag = self.settings.threshold_tag.clone();
                let facts = [
                    ("tag", tag),
                    ("value", text.to_owned()),
                    ("why", error.to_string()),
                ];
                Reason::new("threshold_unreadable", facts)
            })?,
            None => self.settings.outbound,
        };
        let name = self.settings.name_of(machine);
        if self.names.contains(name.as_str()) && !self.is_begun(machine, &name) {
            return Err(Reason::new("name_taken", [("alarm", name)]));
        }
        let address = self.watchers.address_of(machine).cloned();
        Ok(Order {
            name,
            address: address.filter(|_| self.counts_at_address),
            rule,
            by_tag: own.is_some(),
        })
    }
}

/// Returns whether something else than a person makes and removes a machine, as the cloud says.
fn is_managed(machine: &Machine) -> bool {
    let mut ties = machine.ties.iter();
    ties.any(|it| matches!(it.sort, TieSort::Tag | TieSort::Name | TieSort::Group))
}
