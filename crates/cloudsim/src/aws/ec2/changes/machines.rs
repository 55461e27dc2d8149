//! Machines: started from images, stopped, terminated.

use serde_json::{Value, json};

use super::super::hindered::{not_found, refusal};
use super::super::instances::reservation;
use super::super::spoken::{self, IMAGE, MACHINE, tags_for};
use super::super::state_of;
use super::{DEVICES, TAGS, held, seen, token};
use crate::aws::arguments::{Kind, Parameter};
use crate::aws::catalog::Asked;
use crate::world::changes::Hindrance;
use crate::world::holdings::{Power, RunOrder};
use crate::world::machines::{Machine, MachineState};
use crate::world::refusal::Refusal;
use crate::world::terms::Charge;

pub(super) const RUN_PARAMETERS: &[Parameter] = &[
    Parameter::new("MinCount", Kind::Whole(1, 1000)).needed(),
    Parameter::new("MaxCount", Kind::Whole(1, 1000)).needed(),
    DEVICES,
    Parameter::text("ClientToken"),
    Parameter::flag("DisableApiTermination"),
    Parameter::flag("EbsOptimized"),
    Parameter::new("IamInstanceProfile", Kind::Any),
    Parameter::text("ImageId"),
    Parameter::text("InstanceType"),
    Parameter::text("KeyName"),
    Parameter::new("MetadataOptions", Kind::Any),
    Parameter::new("Monitoring", Kind::Any),
    Parameter::new("NetworkInterface", Kind::Any),
    Parameter::new("Placement", Kind::Any),
    Parameter::texts("SecurityGroupId"),
    Parameter::text("SubnetId"),
    TAGS,
    Parameter::text("UserData"),
];

pub(super) fn run_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let said = asked.arguments;
    let image = spoken::id(asked, "ImageId", IMAGE)?;
    let holdings = seen(asked, image)?;
    let (least, most) = (said.whole("MinCount"), said.whole("MaxCount"));
    if least > most {
        let text = "The parameter MinCount must not exceed MaxCount.";
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    let kind = said.text("InstanceType").unwrap_or("m1.small");
    let is_kind = kind
        .split_once('.')
        .is_some_and(|it| !it.0.is_empty() && !it.1.is_empty());
    if !is_kind {
        let text = format!("Invalid value '{kind}' for InstanceType.");
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    }
    let inner = |name: &str, field: &str| said.value(name)?.get(field)?.as_str().map(str::to_owned);
    // Subnet and groups are said beside each other, or in the one network interface.
    let interface = said.value("NetworkInterface").and_then(|it| it.get(0));
    let of_interface = |name: &str| interface.and_then(|it| it.get(name)?.as_str());
    let subnet = said
        .text("SubnetId")
        .or(of_interface("SubnetId"))
        .unwrap_or("subnet-main");
    let groups: Vec<String> = match interface.and_then(|it| it.get("SecurityGroupId")?.as_array()) {
        Some(groups) => groups
            .iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
        None => {
            let groups = said.texts("SecurityGroupId").unwrap_or_default();
            groups.into_iter().map(str::to_owned).collect()
        }
    };
    let sorts = ["instance", "volume", "network-interface"];
    let zone = inner("Placement", "AvailabilityZone");
    let role = inner("IamInstanceProfile", "Arn").or_else(|| inner("IamInstanceProfile", "Name"));
    let beside = holdings.machines.iter().find(|it| it.subnet == subnet);
    let order = RunOrder {
        image: image.to_owned(),
        kind: kind.to_owned(),
        zone: zone
            .or_else(|| beside.map(|it| it.zone.clone()))
            .unwrap_or_default(),
        vpc: beside.map_or_else(|| "vpc-main".to_owned(), |it| it.vpc.clone()),
        subnet: subnet.to_owned(),
        security_groups: groups,
        role: role.unwrap_or_default(),
        name: String::new(),
        tags: tags_for(asked, "instance", &sorts)?,
        disk_tags: tags_for(asked, "volume", &sorts)?,
    };
    let token = token(asked);
    let protected = said.flag("DisableApiTermination") == Some(true);
    let (ids, holdings) = held(asked, |it, now| {
        it.once(token, now, |it| {
            (0..most.unwrap_or(1))
                .map(|_| {
                    let id = it.begin_machine(order.clone(), now)?;
                    it.machines.change(&id, |it| it.protected = protected);
                    Ok(id)
                })
                .collect()
        })
    })
    .map_err(|why| match why {
        Hindrance::NotReady(id) => refusal(&id, Hindrance::WrongState(id.clone())),
        why => refusal(image, why),
    })?;
    let machines = holdings.machines.named(&ids);
    let owner = asked.caller()?;
    let owner = owner.cloud.number(owner.uid);
    reservation(&machines, &holdings, (asked.region, &owner)).ok_or_else(|| not_found(image))
}

pub(super) fn stop_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let machines = machines(asked)?;
    for it in &machines {
        if matches!(
            it.state,
            MachineState::Terminating | MachineState::Terminated
        ) {
            let text = format!(
                "This instance '{}' is not in a state from which it can be stopped.",
                it.id
            );
            return Err(Refusal::new(400, "IncorrectInstanceState", text));
        }
        if it.term.charge == Charge::Spot {
            let text = format!(
                "You can't stop the Spot Instance '{}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.",
                it.id
            );
            return Err(Refusal::new(400, "UnsupportedOperation", text));
        }
    }
    let ids: Vec<String> = machines.iter().map(|it| it.id.clone()).collect();
    let ((), after) = held(asked, |it, now| {
        ids.iter()
            .try_for_each(|id| it.switch_machine(id, Power::Off, now))
    })
    .map_err(|why| refusal("", why))?;
    Ok(turned(&machines, |id| {
        after.machines.get(id).map(|it| it.as_ref().clone())
    }))
}

pub(super) fn terminate_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let machines = machines(asked)?;
    if let Some(it) = machines.iter().find(|it| it.protected && !it.is_leaving()) {
        return Err(refusal(&it.id, Hindrance::Protected));
    }
    let ids: Vec<String> = machines
        .iter()
        .filter(|it| !it.is_leaving())
        .map(|it| it.id.clone())
        .collect();
    let ((), after) = held(asked, |it, now| {
        ids.iter().try_for_each(|id| it.delete_machine(id, now))
    })
    .map_err(|why| refusal("", why))?;
    Ok(turned(&machines, |id| {
        after.machines.get(id).map(|it| it.as_ref().clone())
    }))
}

/// Returns the machines that are named, all of which are there.
fn machines(asked: &Asked<'_>) -> Result<Vec<Machine>, Refusal> {
    let ids = asked.arguments.texts("InstanceId").unwrap_or_default();
    let found = ids.into_iter().map(|id| {
        spoken::spelled(id, MACHINE)?;
        let holdings = seen(asked, id)?;
        let machine = holdings.machines.get(id).ok_or_else(|| not_found(id))?;
        Ok(machine.as_ref().clone())
    });
    found.collect()
}

/// Returns what became of machines: their states before and after.
fn turned(before: &[Machine], after: impl Fn(&str) -> Option<Machine>) -> Value {
    let said = |it: &Machine| {
        let (code, name) = state_of(it);
        json!({"code": code, "name": name})
    };
    let rows = before.iter().map(|it| {
        json!({
            "instanceId": it.id,
            "currentState": after(&it.id).as_ref().map_or_else(|| said(it), said),
            "previousState": said(it),
        })
    });
    json!({"instancesSet": rows.collect::<Vec<_>>()})
}
