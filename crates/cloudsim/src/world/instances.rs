//! ECS instances: those of the bill, and the machines that stand in regions, in one list.

use std::sync::Arc;

use jiff::Timestamp;

use super::World;
use super::account::{Account, matches};
use super::caller::Caller;
use super::machines::{Machine, MachineState};
use super::paging::{PageAsked, Paged};
use super::prepaid::Renewal;
use super::refusal::Refusal;
use super::terms::{Charge, Term};

/// The instant ECS shows for "never": instances that are paid by use.
#[must_use]
pub fn never() -> Timestamp {
    // 2099-12-31T15:59:00Z, as recorded.
    Timestamp::constant(4_102_415_940, 0)
}

/// An ECS instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `i-…`; a row of the billing service with the same id gives it its end and renewal.
    pub id: String,
    /// The name people gave it.
    pub name: String,
    /// Where it stands.
    pub region: String,
    /// The zone inside the region.
    pub zone: String,
    /// `ecs.c7.large`.
    pub instance_type: String,
    /// `Running`, `Stopped` and so on.
    pub status: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// Key and value.
    pub tags: Vec<(String, String)>,
    /// The address inside its network.
    pub private_ip: String,
    /// The network.
    pub vpc: String,
}

impl Instance {
    /// Returns a running machine in `cn-hangzhou`.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            region: "cn-hangzhou".to_owned(),
            zone: "cn-hangzhou-k".to_owned(),
            instance_type: "ecs.c7.large".to_owned(),
            status: "Running",
            created,
            tags: Vec::new(),
            private_ip: "172.16.0.10".to_owned(),
            vpc: "vpc-bp1simulated".to_owned(),
        }
    }

    /// Puts it into `region`.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self.zone = format!("{region}-b");
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }
}

impl Instance {
    /// Returns the machine it is, with what billing says of its end and renewal.
    #[must_use]
    pub fn into_machine(self, ends: Option<Timestamp>, renewal: Option<Renewal>) -> Machine {
        let term = match (ends, renewal) {
            (Some(ends), Some(renewal)) => Term::prepaid(ends, renewal),
            _ => Term::on_demand(),
        };
        let state = match self.status {
            "Pending" => MachineState::Pending,
            "Running" => MachineState::Running,
            "Stopping" => MachineState::Stopping,
            "Stopped" => MachineState::Stopped,
            "Starting" => MachineState::Starting,
            other => MachineState::Odd(other.to_owned()),
        };
        Machine {
            kind: self.instance_type,
            zone: self.zone,
            vpc: self.vpc,
            subnet: "vsw-bp1simulated".to_owned(),
            private_ips: vec![self.private_ip],
            tags: self.tags,
            image: "aliyun_3_x64_20G_alibase_20240528.vhd".to_owned(),
            ..Machine::new(self.id, self.name, self.created)
                .state(state)
                .term(term)
        }
    }
}

/// A machine and the region it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The machine.
    pub machine: Arc<Machine>,
    /// The region.
    pub region: String,
}

/// Which instances are asked for.
#[derive(Debug, Clone, Default)]
pub struct InstanceFilter {
    /// The region; always given.
    pub region: String,
    /// These ids only; an empty list matches nothing.
    pub ids: Option<Vec<String>>,
    /// The name, `*` standing for anything.
    pub name: Option<String>,
    /// The status.
    pub status: Option<String>,
    /// `PrePaid` or `PostPaid`.
    pub charge_type: Option<String>,
    /// The zone.
    pub zone: Option<String>,
    /// The network.
    pub vpc: Option<String>,
    /// All of these tags; a value of `None` asks for the key alone.
    pub tags: Vec<(String, Option<String>)>,
    /// Ends not before.
    pub ends_from: Option<Timestamp>,
    /// Ends not after.
    pub ends_to: Option<Timestamp>,
}

impl InstanceFilter {
    /// Returns whether nothing is asked for but the region.
    fn is_open(&self) -> bool {
        let Self {
            region: _,
            ids,
            name,
            status,
            charge_type,
            zone,
            vpc,
            tags,
            ends_from,
            ends_to,
        } = self;
        let texts = [name, status, charge_type, zone, vpc];
        ids.is_none()
            && texts.iter().all(|it| it.is_none())
            && tags.is_empty()
            && ends_from.is_none()
            && ends_to.is_none()
    }

    fn keeps(&self, it: &Machine) -> bool {
        let same =
            |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|asked| asked == has);
        let ends = it.term.ends.unwrap_or_else(never);
        is_shown(it, self.ids.is_some())
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && self
                .name
                .as_deref()
                .is_none_or(|pattern| matches(pattern, &it.name))
            && same(&self.status, status(it))
            && same(&self.charge_type, charge_type(it))
            && same(&self.zone, &it.zone)
            && same(&self.vpc, &it.vpc)
            && self.ends_from.is_none_or(|from| ends >= from)
            && self.ends_to.is_none_or(|to| ends <= to)
            && self.tags.iter().all(|(key, value)| {
                it.tags.iter().any(|(has, text)| {
                    has == key && value.as_ref().is_none_or(|value| value == text)
                })
            })
    }
}

/// Returns whether a list shows `machine`: not what is being destroyed, nor, unless asked for by its id, what is
/// hidden.
#[must_use]
pub fn is_shown(machine: &Machine, by_id: bool) -> bool {
    !machine.is_leaving() && (by_id || !machine.hidden)
}

/// Returns the status ECS shows.
#[must_use]
pub fn status(machine: &Machine) -> &str {
    match &machine.state {
        MachineState::Pending => "Pending",
        MachineState::Running | MachineState::Rebooting => "Running",
        MachineState::Stopping | MachineState::Terminating => "Stopping",
        MachineState::Starting => "Starting",
        MachineState::Stopped
        | MachineState::Recycled
        | MachineState::Terminated
        | MachineState::Failed => "Stopped",
        MachineState::Odd(word) => word,
    }
}

/// Returns `PrePaid` or `PostPaid`.
#[must_use]
pub fn charge_type(machine: &Machine) -> &'static str {
    match machine.term.charge {
        Charge::Prepaid => "PrePaid",
        Charge::OnDemand | Charge::Spot => "PostPaid",
    }
}

impl World {
    /// Returns one page of ECS instances. Who has no right to `ecs:DescribeInstances` sees none of them, and
    /// is not told so: the list is empty.
    ///
    /// # Errors
    ///
    /// When the caller's account is gone.
    pub fn instances_page(
        &self,
        caller: &Caller,
        filter: &InstanceFilter,
        asked: PageAsked,
    ) -> Result<Paged<Arc<Machine>>, Refusal> {
        let mut state = self.lock();
        state.settled(caller.uid);
        let account = state.of(caller)?;
        if !caller.rights.allow("ecs:DescribeInstances") {
            return Ok(asked.cut(std::iter::empty()));
        }
        let held = account.regions.at(&filter.region).shown(state.now);
        let first = account.instances.is_empty() && account.prepaid.is_written_by_hand();
        if first && filter.is_open() {
            let all = held.machines.iter().all(|it| is_shown(it, false));
            return Ok(match all {
                true => held.machines.page(asked),
                false => held.machines.page_of(asked, |it| filter.keeps(it)),
            });
        }
        let standing = standing(account, state.now, filter.ids.as_deref());
        let here = standing.filter(|it| it.region == filter.region);
        let other = match &filter.ids {
            Some(ids) => held.machines.named(ids),
            None => held.machines.iter().cloned().collect(),
        };
        let all = here.map(|it| it.machine).chain(other);
        Ok(asked.cut(all.filter(|it| filter.keeps(it))))
    }

    /// Returns the instances of `region` that have one of `ids` (or any id).
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` without `ecs:DescribeInstanceAutoRenewAttribute`.
    pub fn renewals(
        &self,
        caller: &Caller,
        region: &str,
        ids: Option<&[String]>,
    ) -> Result<Vec<Arc<Machine>>, Refusal> {
        caller.require("ecs:DescribeInstanceAutoRenewAttribute")?;
        let mut state = self.lock();
        state.settled(caller.uid);
        let account = state.of(caller)?;
        let held = account.regions.at(region);
        let standing = standing(account, state.now, ids).filter(|it| it.region == region);
        Ok(standing
            .map(|it| it.machine)
            .chain(held.machines.iter().cloned())
            .filter(|it| is_shown(it, ids.is_some()))
            .filter(|it| ids.is_none_or(|ids| ids.contains(&it.id)))
            .collect())
    }
}

/// Returns every instance of `account` that billing gives its end and renewal; released ones are gone. Of the
/// planted ones, only those with one of `ids` need to be there.
fn standing<'a>(
    account: &'a Account,
    now: Timestamp,
    ids: Option<&'a [String]>,
) -> impl Iterator<Item = Standing> + 'a {
    let written = account.instances.iter().filter_map(move |instance| {
        let (ends, renewal) = match account.prepaid.written(&instance.id) {
            Some(row) => {
                let row = row.clone().at(now, &account.balance)?;
                (row.ends, Some(row.renewal))
            }
            None => (None, None),
        };
        Some(Standing {
            region: instance.region.clone(),
            machine: Arc::new(instance.clone().into_machine(ends, renewal)),
        })
    });
    let planted = account
        .prepaid
        .planted_instances(now, &account.balance, ids);
    written.chain(planted)
}
