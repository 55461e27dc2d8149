//! Machines: started from an image, switched, given back; and the templates they are started by.

use serde_json::{Value, json};

use super::imaging::{TAGS_OF_SORTS, tags_of};
use super::refusals::{is_protected, refusal, wrong_state};
use super::{SERVICE, VERSION};
use crate::tencent::arguments::{Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::changing::change;
use crate::tencent::words::{Trouble, coded_value, missing};
use crate::world::changes::Hindrance;
use crate::world::cloud::Cloud;
use crate::world::holdings::{Holdings, Power, RunOrder};
use crate::world::machines::{Machine, MachineState};
use crate::world::terms::{Charge, Term};

const IDS: Parameter = Parameter::new("InstanceIds", Kind::Texts(100)).needed();
/// As many characters as the name of a machine may have.
const LONGEST_NAME: usize = 128;

pub(in crate::tencent) const ACTIONS: &[ActionSpec] = &[
    change(
        SERVICE,
        VERSION,
        "RunInstances",
        &[
            Parameter::new(
                "InstanceChargeType",
                Kind::OneOf(&["POSTPAID_BY_HOUR", "SPOTPAID"]),
            ),
            Parameter::new(
                "Placement",
                Kind::Object(&[
                    Parameter::text("Zone").needed(),
                    Parameter::new("ProjectId", Kind::Whole(0, i64::MAX)),
                ]),
            )
            .needed(),
            Parameter::text("InstanceType"),
            Parameter::text("ImageId").needed(),
            Parameter::new(
                "SystemDisk",
                Kind::Object(&[
                    Parameter::text("DiskType"),
                    Parameter::new("DiskSize", Kind::Whole(1, 2048)),
                ]),
            ),
            Parameter::new(
                "VirtualPrivateCloud",
                Kind::Object(&[
                    Parameter::text("VpcId").needed(),
                    Parameter::text("SubnetId").needed(),
                ]),
            ),
            Parameter::new(
                "InternetAccessible",
                Kind::Object(&[
                    Parameter::text("InternetChargeType"),
                    Parameter::new("InternetMaxBandwidthOut", Kind::Whole(0, 100)),
                    Parameter::new("PublicIpAssigned", Kind::Flag),
                ]),
            ),
            Parameter::new("InstanceCount", Kind::Whole(1, 100)),
            Parameter::text("InstanceName"),
            Parameter::new(
                "LoginSettings",
                Kind::Object(&[
                    Parameter::new("KeyIds", Kind::Texts(10)),
                    Parameter::new(
                        "KeepImageLogin",
                        Kind::OneOf(&["true", "false", "TRUE", "FALSE"]),
                    ),
                ]),
            ),
            Parameter::new("SecurityGroupIds", Kind::Texts(5)),
            Parameter::new("TagSpecification", TAGS_OF_SORTS),
            Parameter::text("CamRoleName"),
            Parameter::new("DisableApiTermination", Kind::Flag),
            Parameter::text("ClientToken"),
            Parameter::new("DryRun", Kind::Flag),
        ],
        run,
    ),
    change(SERVICE, VERSION, "StartInstances", &[IDS], start),
    change(
        SERVICE,
        VERSION,
        "StopInstances",
        &[
            IDS,
            Parameter::new("StopType", Kind::OneOf(&["SOFT_FIRST", "HARD", "SOFT"])),
            Parameter::new(
                "StoppedMode",
                Kind::OneOf(&["KEEP_CHARGING", "STOP_CHARGING"]),
            ),
        ],
        stop,
    ),
    change(
        SERVICE,
        VERSION,
        "TerminateInstances",
        &[
            IDS,
            Parameter::new("ReleaseAddress", Kind::Flag),
            Parameter::new("ReleasePrepaidDataDisks", Kind::Flag),
        ],
        terminate,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/LaunchTemplateSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        ..change(
            SERVICE,
            VERSION,
            "DescribeLaunchTemplates",
            &[
                Parameter::new("LaunchTemplateIds", Kind::Texts(100)),
                Parameter::filters(&["LaunchTemplateName"], 10, 5),
                Parameter::offset(),
                Parameter::limit(100),
            ],
            templates,
        )
    },
    ActionSpec {
        listing: Some(Listing {
            rows: "/LaunchTemplateVersionSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        ..change(
            SERVICE,
            VERSION,
            "DescribeLaunchTemplateVersions",
            &[
                Parameter::text("LaunchTemplateId").needed(),
                Parameter::new("LaunchTemplateVersions", Kind::Wholes(30)),
                Parameter::new("DefaultVersion", Kind::Flag),
                Parameter::offset(),
                Parameter::limit(100),
            ],
            versions,
        )
    },
];

fn run(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let order = order(asked)?;
    let login = said.value("LoginSettings");
    let keeps = login["KeepImageLogin"]
        .as_str()
        .is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if keeps && login["KeyIds"].as_array().is_some_and(|it| !it.is_empty()) {
        let code = "InvalidParameter.ParameterConflict";
        return Err(coded_value(code, "LoginSettings"));
    }
    let count = usize::try_from(said.whole("InstanceCount").unwrap_or(1)).unwrap_or(1);
    let token = asked.token("RunInstances", "InvalidClientToken.TooLong")?;
    let dress = Dress {
        spot: said.text("InstanceChargeType") == Some("SPOTPAID"),
        protected: said.flag("DisableApiTermination"),
        system_disk: said.value("SystemDisk")["DiskType"].as_str(),
    };
    let dry = said.flag("DryRun");
    let ids = asked.change(|held, now| {
        let image = held.images.get(&order.image);
        image.ok_or_else(|| refusal(Hindrance::NotFound(order.image.clone())))?;
        if dry {
            return Ok(None);
        }
        let made = held.once(token, now, |held| {
            let one = |_| {
                let id = held.begin_machine(order.clone(), now)?;
                dress.put_on(held, &id);
                Ok(id)
            };
            (0..count).map(one).collect()
        });
        made.map(Some).map_err(refusal)
    })?;
    json(&json!({ "InstanceIdSet": ids }))
}

/// What a machine that is begun is given here, and not at every cloud.
struct Dress<'a> {
    spot: bool,
    protected: bool,
    /// The category of its system disk.
    system_disk: Option<&'a str>,
}

impl Dress<'_> {
    fn put_on(&self, held: &mut Holdings, id: &str) {
        let system = held.machines.change(id, |it| {
            if self.spot {
                it.term = Term::spot();
            }
            it.protected = self.protected;
            it.disks.first().cloned()
        });
        if let (Some(Some(disk)), Some(category)) = (system, self.system_disk) {
            held.disks
                .change(&disk, |it| category.clone_into(&mut it.category));
        }
    }
}

fn order(asked: &Asked<'_>) -> Result<RunOrder, Trouble> {
    let said = asked.arguments;
    let zone = said.value("Placement")["Zone"].as_str().unwrap_or_default();
    let in_region = zone.strip_prefix(asked.region);
    if !in_region.is_some_and(|it| it.starts_with('-')) {
        return Err(coded_value("InvalidZone.MismatchRegion", "Placement.Zone"));
    }
    let name = said.text("InstanceName").unwrap_or_default();
    if name.chars().count() > LONGEST_NAME {
        return Err(coded_value("InvalidParameterValue.TooLong", "InstanceName"));
    }
    let kind = said
        .text("InstanceType")
        .ok_or_else(|| missing("InstanceType"))?;
    let network = said.value("VirtualPrivateCloud");
    let part = |it: &str, usual: &str| network[it].as_str().unwrap_or(usual).to_owned();
    Ok(RunOrder {
        image: said.text("ImageId").unwrap_or_default().to_owned(),
        kind: kind.to_owned(),
        zone: zone.to_owned(),
        vpc: part("VpcId", "vpc-default"),
        subnet: part("SubnetId", "subnet-default"),
        security_groups: said.texts("SecurityGroupIds").unwrap_or_default(),
        role: said.text("CamRoleName").unwrap_or_default().to_owned(),
        name: name.to_owned(),
        tags: tags_of(said, "instance")?,
        disk_tags: Vec::new(),
    })
}

/// Changes the machines that are named: all of them, or none.
fn each(
    asked: &Asked<'_>,
    may: impl Fn(&Machine) -> Result<(), Trouble>,
    change: impl Fn(&mut Holdings, &str, jiff::Timestamp) -> Result<(), Hindrance>,
) -> Result<Vec<u8>, Trouble> {
    let ids = asked.arguments.texts("InstanceIds").unwrap_or_default();
    if ids.is_empty() {
        return Err(missing("InstanceIds"));
    }
    asked.change(|held, now| {
        let mut charges = Vec::new();
        for id in &ids {
            let machine = held.machines.get(id);
            let machine = machine.filter(|it| it.state != MachineState::Terminated);
            let machine = machine.ok_or_else(|| refusal(Hindrance::NotFound(id.clone())))?;
            may(machine)?;
            charges.push(machine.term.charge == Charge::Prepaid);
        }
        charges.dedup();
        if charges.len() > 1 {
            return Err(Trouble::new(
                "UnsupportedOperation.InstanceMixedPricingModel",
                "不支持混合付费模式。",
                "The instances have to be paid for in one way.",
            ));
        }
        let mut ids = ids.iter();
        ids.try_for_each(|id| change(held, id, now).map_err(refusal))
    })?;
    json(&json!({}))
}

fn start(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let may = |it: &Machine| match it.state {
        MachineState::Stopped => Ok(()),
        _ => Err(wrong_state(it)),
    };
    each(asked, may, |held, id, now| {
        held.switch_machine(id, Power::On, now)
    })
}

fn stop(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let free = asked.arguments.text("StoppedMode") == Some("STOP_CHARGING");
    let may = |it: &Machine| match it.state {
        MachineState::Running if free && it.term.charge != Charge::OnDemand => Err(Trouble::new(
            "UnsupportedOperation.StoppedModeStopCharging",
            "不支持关机不收费特性。",
            "The instance cannot be stopped without being charged.",
        )),
        MachineState::Running => Ok(()),
        _ => Err(wrong_state(it)),
    };
    each(asked, may, |held, id, now| {
        held.switch_machine(id, Power::Off, now)
    })
}

/// One that is paid in advance goes to the recycle bin, and from there for good.
fn terminate(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let may = |it: &Machine| match it.state {
        _ if it.protected => Err(is_protected()),
        MachineState::Pending | MachineState::Terminating => Err(wrong_state(it)),
        _ => Ok(()),
    };
    each(asked, may, |held, id, now| held.delete_machine(id, now))
}

fn templates(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let held = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("LaunchTemplateIds"), said.filters());
    let kept = held.templates.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && filters.iter().all(|filter| filter.keeps(&it.name))
    });
    let (rows, total) = said.part(20).cut(kept);
    let by = Cloud::Tencent.number(asked.caller()?.uid);
    let rows = rows.into_iter().map(|it| {
        json!({
            "LaunchTemplateId": it.id,
            "LaunchTemplateName": it.name,
            "LatestVersionNumber": it.images.len(),
            "DefaultVersionNumber": it.default_version,
            "LaunchTemplateVersionCount": it.images.len(),
            "CreatedBy": by,
            "CreationTime": crate::tencent::times::utc(it.created),
        })
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({"TotalCount": total, "LaunchTemplateSet": rows}))
}

fn versions(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let held = asked.holdings()?;
    let said = asked.arguments;
    let id = said.text("LaunchTemplateId").unwrap_or_default();
    let template = held.templates.get(id);
    let template = template.ok_or_else(|| refusal(Hindrance::NotFound(id.to_owned())))?;
    let numbers = said.wholes("LaunchTemplateVersions");
    let default = said.flag("DefaultVersion");
    let numbered = template.images.iter().zip(1_i64..);
    let kept = numbered.filter(|(_, number)| {
        let is_default = usize::try_from(*number).is_ok_and(|it| it == template.default_version);
        numbers.as_ref().is_none_or(|it| it.contains(number)) && (!default || is_default)
    });
    let (rows, total) = said.part(20).cut(kept);
    let by = Cloud::Tencent.number(asked.caller()?.uid);
    let rows = rows.into_iter().map(|(image, number)| {
        json!({
            "LaunchTemplateId": template.id,
            "LaunchTemplateVersion": number,
            "LaunchTemplateVersionDescription": "",
            "LaunchTemplateVersionData": {"ImageId": image, "InstanceType": "S5.LARGE8"},
            "IsDefaultVersion": usize::try_from(number).is_ok_and(|it| it == template.default_version),
            "CreatedBy": by,
            "CreationTime": crate::tencent::times::utc(template.created),
        })
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({"TotalCount": total, "LaunchTemplateVersionSet": rows}))
}
