//! Which alarms watch what a machine sends out, whoever made them and whatever they are called.

use std::collections::{BTreeMap, BTreeSet};

use cloud::Kept;
use model::{Address, AddressState, Alarm, AlarmMetric, Machine, ResourceId, Watches};

/// The alarms on outgoing traffic of a region, by what they watch.
pub(super) struct Watchers<'a> {
    /// By machine, address, or the address as text.
    of_one: BTreeMap<&'a str, Vec<&'a Alarm>>,
    /// Those that watch all there are.
    of_all: Vec<&'a Alarm>,
    /// Groups with such an alarm, whose members are not told.
    groups: BTreeSet<&'a str>,
    /// Addresses by the thing they are bound to.
    addresses: BTreeMap<&'a ResourceId, Vec<&'a Address>>,
}

impl<'a> Watchers<'a> {
    /// Sorts the alarms of a region. One on a group that is known to hold none of the machines is
    /// left out.
    pub(super) fn of(
        alarms: &'a [Alarm],
        addresses: Option<&'a Kept<Address>>,
        other_groups: &BTreeSet<String>,
    ) -> Self {
        let mut watchers = Self {
            of_one: BTreeMap::new(),
            of_all: Vec::new(),
            groups: BTreeSet::new(),
            addresses: BTreeMap::new(),
        };
        for alarm in alarms
            .iter()
            .filter(|it| it.metric == AlarmMetric::Outbound)
        {
            match &alarm.watches {
                // A machine's own alarm is its own, switched off or not: someone did that.
                Watches::These(ids) => {
                    for id in ids {
                        let watching = watchers.of_one.entry(id.as_str()).or_default();
                        watching.push(alarm);
                    }
                }
                Watches::All if alarm.enabled => watchers.of_all.push(alarm),
                Watches::Group(group) if alarm.enabled && !other_groups.contains(group) => {
                    watchers.groups.insert(group);
                }
                Watches::All | Watches::Group(_) => {}
            }
        }
        for address in addresses.into_iter().flat_map(|it| &it.rows) {
            if let AddressState::Bound(thing) = &address.state {
                watchers.addresses.entry(thing).or_default().push(address);
            }
        }
        watchers
    }

    /// Returns the alarms that watch a machine, each once, by name.
    pub(super) fn of_machine(&self, machine: &Machine) -> Vec<&'a Alarm> {
        let addresses = self.addresses_of(machine);
        let mut names: BTreeSet<String> = BTreeSet::from([machine.id.to_string()]);
        names.extend(addresses.iter().map(|it| it.id.to_string()));
        names.extend(addresses.iter().filter_map(|it| Some(it.ip?.to_string())));
        names.extend(machine.public_ips.iter().map(ToString::to_string));
        let own = names.iter().filter_map(|it| self.of_one.get(it.as_str()));
        let mut all: Vec<&'a Alarm> = own.flatten().chain(&self.of_all).copied().collect();
        all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        all.dedup_by(|a, b| a.id == b.id);
        all
    }

    /// Returns a group that may watch any machine of the region, if there is one.
    pub(super) fn group(&self) -> Option<&'a str> {
        self.groups.first().copied()
    }

    /// Returns the address to measure at; the first by id when a machine has several.
    pub(super) fn address_of(&self, machine: &Machine) -> Option<&'a ResourceId> {
        let addresses = self.addresses_of(machine).iter();
        addresses.map(|it| &it.id).min()
    }

    fn addresses_of(&self, machine: &Machine) -> &[&'a Address] {
        let bound = self.addresses.get(&machine.id);
        bound.map_or(&[], Vec::as_slice)
    }
}
