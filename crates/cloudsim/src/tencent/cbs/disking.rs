//! Disks: made of a snapshot, put on machines, taken off, given back; and the policies that copy them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusals::{attached, missing, refusal};
use super::{ORDERS, SERVICE, VERSION};
use crate::tencent::arguments::{Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::changing::{self, TAGS, change};
use crate::tencent::times;
use crate::tencent::words::{self, Trouble, coded_value, not_both};
use crate::world::changes::Hindrance;
use crate::world::holdings::{DiskOrder, Holdings};
use crate::world::protections::Policy;
use crate::world::storage::{Disk, DiskState};
use crate::world::terms::{Charge, RECYCLE_BIN, Turn, later};

const KINDS: &[&str] = &["CLOUD_PREMIUM", "CLOUD_BSSD", "CLOUD_SSD", "CLOUD_HSSD"];
/// What the cloud keeps by itself is made by policies of this service.
const POLICIES: &str = "auto_snapshot_policy";

pub(in crate::tencent) const ACTIONS: &[ActionSpec] = &[
    change(
        SERVICE,
        VERSION,
        "CreateDisks",
        &[
            Parameter::new(
                "Placement",
                Kind::Object(&[
                    Parameter::text("Zone").needed(),
                    Parameter::new("ProjectId", Kind::Whole(0, i64::MAX)),
                ]),
            )
            .needed(),
            Parameter::new("DiskChargeType", Kind::OneOf(&["POSTPAID_BY_HOUR"])).needed(),
            Parameter::new("DiskType", Kind::OneOf(KINDS)).needed(),
            Parameter::text("DiskName"),
            Parameter::new("Tags", TAGS),
            Parameter::text("SnapshotId"),
            Parameter::new("DiskCount", Kind::Whole(1, 100)),
            Parameter::new("DiskSize", Kind::Whole(10, 32_000)),
            Parameter::new("Encrypt", Kind::OneOf(&["ENCRYPT"])),
            Parameter::text("ClientToken"),
        ],
        create,
    ),
    change(
        SERVICE,
        VERSION,
        "AttachDisks",
        &[
            Parameter::text("InstanceId").needed(),
            Parameter::new("DiskIds", Kind::Texts(10)).needed(),
            Parameter::new("DeleteWithInstance", Kind::Flag),
        ],
        attach,
    ),
    change(
        SERVICE,
        VERSION,
        "DetachDisks",
        &[
            Parameter::new("DiskIds", Kind::Texts(10)).needed(),
            Parameter::text("InstanceId"),
        ],
        detach,
    ),
    change(
        SERVICE,
        VERSION,
        "TerminateDisks",
        &[
            Parameter::new("DiskIds", Kind::Texts(100)).needed(),
            Parameter::new("DeleteSnapshot", Kind::Whole(0, 1)),
        ],
        terminate,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/AutoSnapshotPolicySet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        ..change(
            SERVICE,
            VERSION,
            "DescribeAutoSnapshotPolicies",
            &[
                Parameter::new("AutoSnapshotPolicyIds", Kind::Texts(100)),
                Parameter::filters(
                    &[
                        "auto-snapshot-policy-id",
                        "auto-snapshot-policy-state",
                        "auto-snapshot-policy-name",
                    ],
                    10,
                    100,
                ),
                Parameter::offset(),
                Parameter::limit(100),
                Parameter::new("Order", Kind::OneOf(ORDERS)),
                Parameter::new("OrderField", Kind::OneOf(&["CREATE_TIME"])),
            ],
            policies,
        )
    },
];

fn create(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let zone = said.value("Placement")["Zone"].as_str().unwrap_or_default();
    let in_region = zone.strip_prefix(asked.region);
    if !in_region.is_some_and(|it| it.starts_with('-')) {
        return Err(coded_value("InvalidParameterValue", "Placement.Zone"));
    }
    let size_gib = said.whole("DiskSize").and_then(|it| u64::try_from(it).ok());
    let snapshot = said.text("SnapshotId").map(str::to_owned);
    if snapshot.is_none() && size_gib.is_none() {
        return Err(words::missing("DiskSize"));
    }
    let order = DiskOrder {
        snapshot,
        size_gib,
        zone: zone.to_owned(),
        category: said.text("DiskType").unwrap_or_default().to_owned(),
        name: changing::name(said, "DiskName", "InvalidParameterValue")?,
        encrypted: said.text("Encrypt").is_some(),
        key: None,
        tags: changing::tags(said.value("Tags"), "Tags")?,
    };
    let count = usize::try_from(said.whole("DiskCount").unwrap_or(1)).unwrap_or(1);
    let token = asked.token("CreateDisks", "InvalidParameter.InvalidClientToken")?;
    let ids = asked.change(|held, now| {
        let known = held.remembered(token.as_ref(), now).map_err(refusal)?;
        if let Some(ids) = known {
            return Ok(ids);
        }
        if let Some(id) = &order.snapshot {
            may_become_disk(held, id, order.size_gib)?;
        }
        let one = |_| held.begin_disk(order.clone(), now);
        let made: Result<Vec<String>, _> = (0..count).map(one).collect();
        let made = made.map_err(refusal)?;
        held.remember(token, made.clone(), now);
        Ok(made)
    })?;
    json(&json!({ "DiskIdSet": ids }))
}

/// A disk that can be had alone is one of data; what a machine starts from comes with a machine.
fn may_become_disk(held: &Holdings, id: &str, size_gib: Option<u64>) -> Result<(), Trouble> {
    let snapshot = held.snapshots.get(id).ok_or_else(|| missing(id))?;
    if snapshot.system {
        return Err(Trouble::new(
            "InvalidParameter.ShouldConvertSnapshotToImage",
            "需要将快照转化成镜像后再执行操作。",
            "The snapshot is of a system disk. Convert it to an image first.",
        ));
    }
    if size_gib.is_some_and(|it| it < snapshot.size_gib) {
        return Err(Trouble::new(
            "InvalidParameter.DiskSizeNotMatch",
            "云硬盘大小与快照大小不匹配。",
            "The size of the disk does not match that of the snapshot.",
        ));
    }
    Ok(())
}

/// Changes the disks that are named: all of them, or none.
fn each(
    asked: &Asked<'_>,
    may: impl Fn(&Holdings, &Disk) -> Result<(), Trouble>,
    change: impl Fn(&mut Holdings, &str, Timestamp) -> Result<(), Trouble>,
) -> Result<Vec<u8>, Trouble> {
    let ids = asked.arguments.texts("DiskIds").unwrap_or_default();
    if ids.is_empty() {
        return Err(words::missing("DiskIds"));
    }
    asked.change(|held, now| {
        for id in &ids {
            may(held, held.disks.get(id).ok_or_else(|| missing(id))?)?;
        }
        ids.iter().try_for_each(|id| change(held, id, now))
    })?;
    json(&json!({}))
}

fn wrong_type() -> Trouble {
    Trouble::new(
        "ResourceUnavailable.TypeError",
        "云硬盘类型错误，如尝试挂载系统盘至云服务器上。",
        "The disk is of the wrong type, such as a system disk.",
    )
}

fn attach(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let machine = said.text("InstanceId").unwrap_or_default();
    let with_machine = said.flag("DeleteWithInstance");
    let may = |held: &Holdings, disk: &Disk| {
        let on = held.machines.get(machine).ok_or_else(|| missing(machine))?;
        if disk.system {
            return Err(wrong_type());
        }
        if disk.machine.is_some() {
            return Err(attached());
        }
        if disk.zone != on.zone {
            return Err(refusal(Hindrance::OtherZone));
        }
        match disk.state {
            DiskState::Unattached => Ok(()),
            _ => Err(refusal(Hindrance::WrongState(disk.id.clone()))),
        }
    };
    each(asked, may, |held, id, now| {
        held.begin_attach(id, machine, None, now).map_err(refusal)?;
        held.disks.change(id, |it| it.with_machine = with_machine);
        Ok(())
    })
}

fn detach(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments.text("InstanceId");
    let may = |_: &Holdings, disk: &Disk| {
        if disk.system {
            return Err(Trouble::new(
                "InvalidDisk.NotPortable",
                "不支持非弹性云盘。",
                "The disk is not an elastic one.",
            ));
        }
        match (&disk.machine, &disk.state) {
            (Some(on), _) if said.is_some_and(|it| it != on) => Err(Trouble::new(
                "InvalidInstance.NotSupported",
                "云硬盘未挂载在指定的云服务器上。",
                "The disk is not attached to the instance.",
            )),
            (Some(_), DiskState::Attached) => Ok(()),
            (Some(_), _) => Err(refusal(Hindrance::WrongState(disk.id.clone()))),
            (None, _) => Err(Trouble::new(
                "InvalidDisk.NotSupported",
                "云硬盘不支持该操作。",
                "The disk does not support this operation.",
            )),
        }
    };
    each(asked, may, |held, id, now| {
        let on = held.disks.get(id).and_then(|it| it.machine.clone());
        held.begin_detach(id, &on.unwrap_or_default(), now)
            .map_err(refusal)
    })
}

/// One that is paid in advance goes to the recycle bin, and from there for good.
fn terminate(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let with_snapshots = asked.arguments.whole("DeleteSnapshot") == Some(1);
    let may = |_: &Holdings, disk: &Disk| match disk.state {
        _ if disk.machine.is_some() => Err(attached()),
        DiskState::Unattached | DiskState::Recycled => Ok(()),
        _ => Err(refusal(Hindrance::WrongState(disk.id.clone()))),
    };
    each(asked, may, |held, id, now| {
        let disk = held.disks.get(id);
        if disk.is_some_and(|it| {
            it.term.charge == Charge::Prepaid && it.state == DiskState::Unattached
        }) {
            held.disks.change(id, |it| {
                it.state = DiskState::Recycled;
                it.turn = Turn::gone(later(now, RECYCLE_BIN));
            });
            return Ok(());
        }
        held.disks.change(id, |it| it.state = DiskState::Unattached);
        held.delete_disk(id, now).map_err(refusal)?;
        if with_snapshots {
            let mine = held.snapshots.iter();
            let mine = mine.filter(|it| it.disk == id && it.ends.is_some());
            let mine: Vec<String> = mine.map(|it| it.id.clone()).collect();
            for snapshot in mine {
                // What an image stands on stays.
                drop(held.delete_snapshot(&snapshot, now));
            }
        }
        Ok(())
    })
}

fn policies(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let held = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("AutoSnapshotPolicyIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("AutoSnapshotPolicyIds", "Filters"));
    }
    let kept = held.policies.iter().filter(|it| {
        it.service == POLICIES
            && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && filters.iter().all(|filter| match filter.name.as_str() {
                "auto-snapshot-policy-id" => filter.keeps(&it.id),
                "auto-snapshot-policy-name" => filter.keeps(&it.name),
                _ => filter.keeps("NORMAL"),
            })
    });
    let (rows, total) = said.part(20).cut(kept);
    let now = asked.world.now();
    let rows: Vec<Value> = rows.into_iter().map(|it| policy(it, now)).collect();
    json(&json!({"TotalCount": total, "AutoSnapshotPolicySet": rows}))
}

fn policy(it: &Policy, now: Timestamp) -> Value {
    json!({
        "AutoSnapshotPolicyId": it.id,
        "AutoSnapshotPolicyName": it.name,
        "AutoSnapshotPolicyState": "NORMAL",
        "IsActivated": it.active,
        "IsPermanent": it.retention_days.is_none(),
        "RetentionDays": it.retention_days.unwrap_or(0),
        "RetentionMonths": 0,
        "RetentionAmount": 0,
        "AdvancedRetentionPolicy": null,
        "Policy": [{"Hour": [3], "DayOfWeek": [0, 1, 2, 3, 4, 5, 6]}],
        "DiskIdSet": it.disks,
        "InstanceIdSet": it.machines,
        "NextTriggerTime": times::beijing(later(now, SignedDuration::from_hours(12))),
        "CreateTime": "2022-05-16 14:00:48",
        "IsCopyToRemote": 0,
        "CopyToAccountUin": null,
        "CopyFromAccountUin": null,
        "Tags": [],
    })
}
