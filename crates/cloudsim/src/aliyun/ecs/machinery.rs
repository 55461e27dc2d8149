//! Machines, started from an image, switched, deleted; the roles they act with.

use serde_json::json;

use super::changing::{Change, change, refusal, said_tags};
use super::known_region;
use super::snapshots::require;
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing};
use crate::world::changes::Hindrance;
use crate::world::holdings::{Power, RunOrder};
use crate::world::machines::MachineState;
use crate::world::refusal::Refusal;
use crate::world::terms::Charge;

const ID: Parameter = Parameter::text("InstanceId");
const DRY_RUN: Parameter = Parameter::new("DryRun", Kind::Flag);

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    change(
        "RunInstances",
        "ecs:RunInstances",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ImageId").needed(),
            Parameter::text("InstanceType").needed(),
            Parameter::text("VSwitchId"),
            Parameter::text("ZoneId"),
            Parameter::text("SecurityGroupId"),
            Parameter::new("SecurityGroupIds", Kind::Repeated),
            Parameter::text("InstanceName"),
            Parameter::text("HostName"),
            Parameter::text("Description"),
            Parameter::new("InstanceChargeType", Kind::OneOf(&["PrePaid", "PostPaid"])),
            Parameter::new(
                "SpotStrategy",
                Kind::OneOf(&["NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"]),
            ),
            Parameter::new("Amount", Kind::Whole(1, 100)),
            Parameter::new("MinAmount", Kind::Whole(1, 100)),
            Parameter::new("InternetMaxBandwidthOut", Kind::Whole(0, 100)),
            Parameter::new(
                "InternetChargeType",
                Kind::OneOf(&["PayByTraffic", "PayByBandwidth"]),
            ),
            Parameter::text("SystemDisk.Category"),
            Parameter::text("SystemDisk.Size"),
            Parameter::text("SystemDisk.PerformanceLevel"),
            Parameter::text("KeyPairName"),
            Parameter::new("PasswordInherit", Kind::Flag),
            Parameter::text("RamRoleName"),
            Parameter::text("UserData"),
            Parameter::new("HttpTokens", Kind::OneOf(&["optional", "required"])),
            Parameter::new("HttpEndpoint", Kind::OneOf(&["enabled", "disabled"])),
            Parameter::new("DeletionProtection", Kind::Flag),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
            Parameter::text("ResourceGroupId"),
            DRY_RUN,
            Parameter::text("ClientToken"),
        ],
        run_instances,
    ),
    change(
        "StartInstance",
        "ecs:StartInstance",
        &[ID.needed(), DRY_RUN],
        |asked| switch(asked, "ecs:StartInstance", Power::On),
    ),
    change(
        "StopInstance",
        "ecs:StopInstance",
        &[
            ID.needed(),
            Parameter::new(
                "StoppedMode",
                Kind::OneOf(&["StopCharging", "KeepCharging"]),
            ),
            Parameter::new("ForceStop", Kind::Flag),
            Parameter::new("ConfirmStop", Kind::Flag),
            Parameter::new("Hibernate", Kind::Flag),
            DRY_RUN,
        ],
        |asked| switch(asked, "ecs:StopInstance", Power::Off),
    ),
    change(
        "DeleteInstance",
        "ecs:DeleteInstance",
        &[
            ID.needed(),
            Parameter::new("Force", Kind::Flag),
            Parameter::new("ForceStop", Kind::Flag),
            Parameter::new("TerminateSubscription", Kind::Flag),
            DRY_RUN,
        ],
        delete_instance,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/InstanceRamRoleSets/InstanceRamRoleSet",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        ..change(
            "DescribeInstanceRamRole",
            "ecs:DescribeInstanceRamRole",
            &[
                Parameter::text("RegionId").needed(),
                Parameter::new("InstanceIds", Kind::JsonTexts),
                Parameter::text("RamRoleName"),
                Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
                Parameter::new("PageSize", Kind::Whole(1, 100)),
            ],
            describe_instance_ram_role,
        )
    },
];

fn run_instances(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:RunInstances")?;
    let mut groups = said.repeated("SecurityGroupIds").unwrap_or_default();
    match said.owned("SecurityGroupId") {
        Some(_) if !groups.is_empty() => return Err(Refusal::invalid("SecurityGroupIds")),
        Some(one) => groups.push(one),
        None if groups.is_empty() => {
            let text = "The input parameter \"SecurityGroupId\" that is mandatory for processing this request is not supplied.";
            return Err(Refusal::new(400, "MissingParameter", text));
        }
        None => {}
    }
    let subnet = said.owned("VSwitchId").unwrap_or_default();
    let held = asked.world.truth(change.uid, &change.region);
    let neighbor = held.machines.iter().find(|it| it.subnet == subnet);
    let zone = said
        .owned("ZoneId")
        .or_else(|| neighbor.map(|it| it.zone.clone()));
    let order = RunOrder {
        image: said.owned("ImageId").unwrap_or_default(),
        kind: said.owned("InstanceType").unwrap_or_default(),
        zone: zone.unwrap_or_else(|| format!("{}-b", change.region)),
        vpc: neighbor.map_or("vpc-bp1simulated".to_owned(), |it| it.vpc.clone()),
        subnet,
        security_groups: groups,
        role: said.owned("RamRoleName").unwrap_or_default(),
        name: said.owned("InstanceName").unwrap_or_default(),
        tags: said_tags(said)?,
        disk_tags: Vec::new(),
    };
    let amount = said.whole("Amount").unwrap_or(1);
    let token = super::changing::token(said, asked);
    let protected = said.flag("DeletionProtection");
    let category = said.owned("SystemDisk.Category");
    let public = said.whole("InternetMaxBandwidthOut").unwrap_or(0) > 0;
    let ids = change.make(|held, now| {
        held.once(token, now, |held| {
            let mut ids = Vec::new();
            for number in 0..amount {
                let id = held.begin_machine(order.clone(), now)?;
                held.machines.change(&id, |it| {
                    it.protected = protected;
                    if public {
                        it.public_ips = vec![format!("198.51.100.{}", number + 10)];
                    }
                });
                let system = held
                    .machines
                    .get(&id)
                    .and_then(|it| it.disks.first().cloned());
                if let (Some(system), Some(category)) = (system, &category) {
                    held.disks
                        .change(&system, |it| it.category.clone_from(category));
                }
                ids.push(id);
            }
            Ok(ids)
        })
    })?;
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "InstanceIdSets": {"InstanceIdSet": ids},
        "TradePrice": 0.165,
    }))
}

fn switch(asked: &Asked<'_>, right: &str, power: Power) -> Result<Vec<u8>, Refusal> {
    let id = asked.arguments.text("InstanceId").unwrap_or_default();
    let change = Change::of(asked, right, id)?;
    change.make(|held, now| {
        let machine = held.machines.get(id).filter(|it| !it.is_leaving());
        let machine = machine.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        // One that is so already, or on its way, is refused here.
        let from = match power {
            Power::On => MachineState::Stopped,
            Power::Off => MachineState::Running,
        };
        if machine.state != from {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        held.switch_machine(id, power, now)
    })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn delete_instance(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let id = said.text("InstanceId").unwrap_or_default();
    let change = Change::of(asked, "ecs:DeleteInstance", id)?;
    let held = asked.world.truth(change.uid, &change.region);
    let machine = held.machines.get(id).filter(|it| !it.is_leaving());
    let machine = machine.ok_or_else(|| refusal(Hindrance::NotFound(id.to_owned())))?;
    if machine.protected {
        return Err(refusal(Hindrance::Protected));
    }
    if machine.term.charge == Charge::Prepaid && !said.flag("TerminateSubscription") {
        return Err(Refusal::new(
            403,
            "ChargeTypeViolation",
            "The operation is not permitted due to charge type of the instance.",
        ));
    }
    if machine.state != MachineState::Stopped && !said.flag("Force") {
        return Err(refusal(Hindrance::WrongState(id.to_owned())));
    }
    change.make(|held, now| held.delete_machine(id, now))?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn describe_instance_ram_role(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeInstanceRamRole")?;
    let ids = said.json_texts("InstanceIds");
    if ids.is_none() && said.text("RamRoleName").is_none() {
        let text = "The input parameter \"InstanceIds\" that is mandatory for processing this request is not supplied.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let held = asked.world.holdings(caller.uid, region);
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.machines.page_of(page, |it| {
        ids.as_ref()
            .map_or(!it.role.is_empty(), |ids| ids.contains(&it.id))
            && said.text("RamRoleName").is_none_or(|role| role == it.role)
    });
    let rows = page.items.iter();
    let rows = rows.map(|it| json!({"InstanceId": it.id, "RamRoleName": it.role}));
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "RegionId": region,
        "InstanceRamRoleSets": {"InstanceRamRoleSet": rows.collect::<Vec<_>>()},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}
