//! Disks, as `DescribeDisks` shows them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::{Placement, Tag, placement, tags};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::cvm::{charge_word, renew_word};
use crate::tencent::times;
use crate::tencent::words::{Trouble, not_both};
use crate::world::holdings::Holdings;
use crate::world::prepaid::Renewal;
use crate::world::storage::{Disk, DiskState};
use crate::world::terms::Term;

pub(super) const FILTERS: &[&str] = &[
    "disk-usage",
    "disk-charge-type",
    "portable",
    "project-id",
    "disk-id",
    "disk-name",
    "disk-type",
    "disk-state",
    "instance-id",
    "zone",
    "tag-key",
    "tag-value",
    "tag:",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    disk_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    disk_id: &'a str,
    disk_name: &'a str,
    disk_usage: &'static str,
    disk_type: &'a str,
    disk_charge_type: &'static str,
    disk_size: u64,
    disk_state: &'a str,
    attached: bool,
    instance_id: &'a str,
    instance_id_list: Vec<&'a str>,
    instance_type: &'static str,
    last_attach_ins_id: Option<&'a str>,
    portable: bool,
    delete_with_instance: bool,
    delete_snapshot: u8,
    snapshot_ability: bool,
    snapshot_count: usize,
    snapshot_size: u64,
    create_time: String,
    deadline_time: String,
    differ_days_of_deadline: Option<i64>,
    renew_flag: &'static str,
    deadline_error: bool,
    auto_renew_flag_error: bool,
    placement: Placement<'a>,
    tags: Vec<Tag<'a>>,
    auto_snapshot_policy_ids: Option<Vec<&'a str>>,
    encrypt: bool,
    kms_key_id: Option<()>,
    rollbacking: bool,
    rollback_percent: u8,
    migrating: bool,
    migrate_percent: u8,
    is_returnable: Option<bool>,
    return_fail_code: u8,
    shareable: bool,
    throughput_performance: u32,
    burst_performance: bool,
    backup_disk: bool,
    attach_mode: &'static str,
    error_prompt: &'static str,
    // Fields that the published definition does not know.
    latest_operation: &'static str,
    latest_operation_state: &'static str,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("DiskIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("DiskIds", "Filters"));
    }
    let mut kept: Vec<&Arc<Disk>> = holdings
        .disks
        .iter()
        .filter(|it| ids.as_ref().is_none_or(|ids| ids.contains(&it.id)))
        .filter(|it| filters.iter().all(|filter| keeps(filter, it)))
        .collect();
    match said.text("OrderField") {
        Some("DEADLINE") => kept.sort_by_key(|it| it.term.ends.unwrap_or(Timestamp::MAX)),
        Some(_) => kept.sort_by_key(|it| it.created),
        None => {}
    }
    if said.text("Order") == Some("DESC") && said.text("OrderField").is_some() {
        kept.reverse();
    }
    // The number and the size in MiB of the snapshots of each disk.
    let mut copies: HashMap<&str, (usize, u64)> = HashMap::new();
    for it in &holdings.snapshots {
        let (count, size) = copies.entry(it.disk.as_str()).or_default();
        *count += 1;
        *size += it.size_gib << 10;
    }
    let with_policies = said.flag("ReturnBindAutoSnapshotPolicy");
    let (rows, total_count) = said.part(20).cut(kept.into_iter());
    let rows = rows.into_iter().map(|disk| {
        let machine = disk.machine.as_deref();
        let misfit = Misfit::of(disk, &holdings);
        Row {
            disk_id: &disk.id,
            disk_name: match disk.name.as_str() {
                "" => "未命名",
                name => name,
            },
            disk_usage: usage(disk),
            disk_type: &disk.category,
            disk_charge_type: charge_word(&disk.term),
            disk_size: disk.size_gib,
            disk_state: state_word(&disk.state),
            attached: machine.is_some(),
            instance_id: machine.unwrap_or_default(),
            instance_id_list: machine.into_iter().collect(),
            instance_type: if machine.is_some() { "CVM" } else { "" },
            last_attach_ins_id: machine.or(disk.was_on.as_ref().map(|it| it.0.as_str())),
            portable: !disk.system,
            delete_with_instance: disk.with_machine,
            delete_snapshot: 0,
            snapshot_ability: true,
            snapshot_count: copies.get(disk.id.as_str()).map_or(0, |it| it.0),
            snapshot_size: copies.get(disk.id.as_str()).map_or(0, |it| it.1),
            create_time: times::beijing(disk.created),
            deadline_time: disk.term.ends.map(times::beijing).unwrap_or_default(),
            differ_days_of_deadline: misfit.days,
            renew_flag: renew_word(&disk.term).unwrap_or_default(),
            deadline_error: misfit.ends_before,
            auto_renew_flag_error: misfit.does_not_renew,
            placement: placement(&disk.zone),
            tags: tags(&disk.tags),
            auto_snapshot_policy_ids: with_policies.then(|| policies_of(&holdings, disk)),
            encrypt: disk.encrypted,
            kms_key_id: None,
            rollbacking: false,
            rollback_percent: 100,
            migrating: false,
            migrate_percent: 0,
            is_returnable: None,
            return_fail_code: 0,
            shareable: false,
            throughput_performance: 0,
            burst_performance: false,
            backup_disk: false,
            attach_mode: "PF",
            error_prompt: "",
            latest_operation: "",
            latest_operation_state: "SUCCESS",
        }
    });
    json(&Answer {
        total_count,
        disk_set: rows.collect(),
    })
}

/// Returns the policies that copy a disk.
fn policies_of<'a>(holdings: &'a Holdings, disk: &Disk) -> Vec<&'a str> {
    let on_it = |disks: &[String]| disks.contains(&disk.id);
    let policies = holdings.policies.iter().filter(|it| on_it(&it.disks));
    policies.map(|it| it.id.as_str()).collect()
}

/// How the end of a disk goes together with that of its machine, both being paid in advance.
#[derive(Default)]
struct Misfit {
    days: Option<i64>,
    ends_before: bool,
    does_not_renew: bool,
}

impl Misfit {
    fn of(disk: &Disk, holdings: &Holdings) -> Self {
        let machine = disk
            .machine
            .as_ref()
            .and_then(|it| holdings.machines.get(it));
        let Some((disk_ends, machine, machine_ends)) =
            machine.and_then(|machine| Some((disk.term.ends?, &machine.term, machine.term.ends?)))
        else {
            return Self::default();
        };
        let renews =
            |term: &Term| matches!(term.renewal, Some(Renewal::Auto | Renewal::AutoFailing));
        Self {
            days: Some(disk_ends.duration_since(machine_ends).as_hours() / 24),
            ends_before: disk_ends < machine_ends,
            does_not_renew: renews(machine) && !renews(&disk.term),
        }
    }
}

fn usage(disk: &Disk) -> &'static str {
    match disk.system {
        true => "SYSTEM_DISK",
        false => "DATA_DISK",
    }
}

fn state_word(state: &DiskState) -> &str {
    match state {
        // A disk that is being made is on its way to the machine that it is made for.
        DiskState::Creating | DiskState::Attaching => "ATTACHING",
        DiskState::Attached => "ATTACHED",
        DiskState::Unattached => "UNATTACHED",
        DiskState::Detaching => "DETACHING",
        DiskState::Recycled => "TORECYCLE",
        DiskState::Odd(word) => word,
    }
}

fn keeps(filter: &Filter, disk: &Disk) -> bool {
    match filter.name.as_str() {
        "disk-usage" => filter.keeps(usage(disk)),
        "disk-charge-type" => filter.keeps(charge_word(&disk.term)),
        "portable" => filter.keeps(if disk.system { "FALSE" } else { "TRUE" }),
        "project-id" => filter.keeps("0"),
        "disk-id" => filter.keeps(&disk.id),
        "disk-name" => filter.keeps_part(&disk.name),
        "disk-type" => filter.keeps(&disk.category),
        "disk-state" => filter.keeps(state_word(&disk.state)),
        "instance-id" => disk.machine.as_ref().is_some_and(|it| filter.keeps(it)),
        "zone" => filter.keeps(&disk.zone),
        _ => filter.keeps_tags(&disk.tags).unwrap_or(false),
    }
}
