//! EC2: regions, machines and their state, disks, addresses, snapshots, images, reservations.

mod addresses;
mod changes;
mod hindered;
mod images;
mod instances;
mod regions;
mod reserved;
mod snapshots;
mod spoken;
mod status;
mod templates;
mod volumes;

pub(super) use changes::ACTIONS as CHANGES;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Listing, Paging, Style};
use super::regions::zone;
use super::service::Service;
use crate::world::machines::{Machine, MachineState, Tags};

const FILTER: Parameter = Parameter::new("Filter", Kind::Filters);
const TOKEN: Parameter = Parameter::text("NextToken");
/// Lists of EC2 have pages of 5 to 1000, and none at all unless asked for.
const SIZE: Parameter = Parameter::new("MaxResults", Kind::Whole(5, 1000));
const PAGED: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    next: "nextToken",
    default: None,
    says_truncated: false,
};

const fn list(rows: &'static [&'static str], paging: Option<Paging>) -> Option<Listing> {
    Some(Listing { rows, paging })
}

const fn action(
    name: &'static str,
    parameters: &'static [Parameter],
    listing: Option<Listing>,
    serve: super::catalog::Serve,
) -> ActionSpec {
    ActionSpec {
        service: Service::Ec2,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing,
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "DescribeAddresses",
        &[
            FILTER,
            Parameter::texts("AllocationId"),
            Parameter::texts("PublicIp"),
        ],
        list(&["addressesSet"], None),
        addresses::describe_addresses,
    ),
    action(
        "DescribeFastSnapshotRestores",
        &[
            FILTER,
            TOKEN,
            Parameter::new("MaxResults", Kind::Whole(1, 200)),
        ],
        list(&["fastSnapshotRestoreSet"], Some(PAGED)),
        snapshots::describe_fast_snapshot_restores,
    ),
    action(
        "DescribeImages",
        &[
            FILTER,
            TOKEN,
            Parameter::new("MaxResults", Kind::Whole(1, 1000)),
            Parameter::texts("ImageId"),
            Parameter::texts("Owner"),
            Parameter::texts("ExecutableBy"),
            Parameter::flag("IncludeDeprecated"),
            Parameter::flag("IncludeDisabled"),
        ],
        list(&["imagesSet"], Some(PAGED)),
        images::describe_images,
    ),
    action(
        "DescribeImageAttribute",
        &[
            Parameter::text("Attribute").needed(),
            Parameter::text("ImageId").needed(),
        ],
        None,
        images::describe_image_attribute,
    ),
    action(
        "DescribeInstanceAttribute",
        &[
            Parameter::text("Attribute").needed(),
            Parameter::text("InstanceId").needed(),
        ],
        None,
        instances::describe_instance_attribute,
    ),
    action(
        "DescribeInstanceStatus",
        &[
            FILTER,
            TOKEN,
            SIZE,
            Parameter::texts("InstanceId"),
            Parameter::flag("IncludeAllInstances"),
            Parameter::flag("IncludeManagedResources"),
        ],
        list(&["instanceStatusSet"], Some(PAGED)),
        status::describe_instance_status,
    ),
    action(
        "DescribeInstances",
        &[
            FILTER,
            TOKEN,
            SIZE,
            Parameter::texts("InstanceId"),
            Parameter::flag("IncludeManagedResources"),
        ],
        list(&["reservationSet", "instancesSet"], Some(PAGED)),
        instances::describe_instances,
    ),
    action(
        "DescribeLaunchTemplateVersions",
        &[
            FILTER,
            TOKEN,
            Parameter::new("MaxResults", Kind::Whole(1, 200)),
            Parameter::text("LaunchTemplateId"),
            Parameter::text("LaunchTemplateName"),
            Parameter::texts("LaunchTemplateVersion"),
            // Images by parameters are not simulated: there is nothing to resolve.
            Parameter::flag("ResolveAlias"),
            Parameter::text("MinVersion"),
            Parameter::text("MaxVersion"),
        ],
        list(&["launchTemplateVersionSet"], Some(PAGED)),
        templates::describe_launch_template_versions,
    ),
    action(
        "DescribeLaunchTemplates",
        &[
            FILTER,
            TOKEN,
            Parameter::new("MaxResults", Kind::Whole(1, 200)),
            Parameter::texts("LaunchTemplateId"),
            Parameter::texts("LaunchTemplateName"),
        ],
        list(&["launchTemplates"], Some(PAGED)),
        templates::describe_launch_templates,
    ),
    action(
        "DescribeRegions",
        &[
            FILTER,
            Parameter::texts("RegionName"),
            Parameter::flag("AllRegions"),
        ],
        list(&["regionInfo"], None),
        regions::describe_regions,
    ),
    action(
        "DescribeReservedInstances",
        &[
            FILTER,
            Parameter::texts("ReservedInstancesId"),
            Parameter::new("OfferingClass", Kind::OneOf(&["standard", "convertible"])),
            Parameter::text("OfferingType"),
        ],
        list(&["reservedInstancesSet"], None),
        reserved::describe_reserved_instances,
    ),
    action(
        "DescribeSnapshotAttribute",
        &[
            Parameter::text("Attribute").needed(),
            Parameter::text("SnapshotId").needed(),
        ],
        None,
        snapshots::describe_snapshot_attribute,
    ),
    action(
        "DescribeSnapshots",
        &[
            FILTER,
            TOKEN,
            SIZE,
            Parameter::texts("SnapshotId"),
            Parameter::texts("Owner"),
            Parameter::texts("RestorableBy"),
        ],
        list(&["snapshotSet"], Some(PAGED)),
        snapshots::describe_snapshots,
    ),
    action(
        "DescribeVolumes",
        &[
            FILTER,
            TOKEN,
            SIZE,
            Parameter::texts("VolumeId"),
            Parameter::flag("IncludeManagedResources"),
        ],
        list(&["volumeSet"], Some(PAGED)),
        volumes::describe_volumes,
    ),
    action(
        "ListImagesInRecycleBin",
        &[
            TOKEN,
            Parameter::new("MaxResults", Kind::Whole(1, 1000)),
            Parameter::texts("ImageId"),
        ],
        list(&["imageSet"], Some(PAGED)),
        snapshots::list_images_in_recycle_bin,
    ),
    action(
        "ListSnapshotsInRecycleBin",
        &[TOKEN, SIZE, Parameter::texts("SnapshotId")],
        list(&["snapshotSet"], Some(PAGED)),
        snapshots::list_snapshots_in_recycle_bin,
    ),
];

/// Returns code and name of a machine's state.
fn state_of(machine: &Machine) -> (u16, &str) {
    match &machine.state {
        MachineState::Pending | MachineState::Starting => (0, "pending"),
        MachineState::Running | MachineState::Rebooting => (16, "running"),
        MachineState::Terminating => (32, "shutting-down"),
        MachineState::Terminated | MachineState::Failed => (48, "terminated"),
        MachineState::Stopping => (64, "stopping"),
        MachineState::Stopped | MachineState::Recycled => (80, "stopped"),
        MachineState::Odd(word) => (16, word),
    }
}

/// Returns the tags of a thing, its name among them: AWS knows no other.
fn all_tags(name: &str, tags: &Tags) -> Tags {
    let mut all = tags.clone();
    if !name.is_empty() && !all.iter().any(|(key, _)| key == "Name") {
        all.push(("Name".to_owned(), name.to_owned()));
    }
    all
}

fn tag_set(tags: &Tags) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect()
}

/// Returns an id with `prefix` that belongs to `of`, and to nothing else.
fn id_of(prefix: &str, of: &str, created: Timestamp) -> String {
    let seed = 0xcbf2_9ce4_8422_2325 ^ created.as_second().unsigned_abs();
    let sum = of.bytes().fold(seed, |sum, it| {
        (sum ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{prefix}{sum:017x}")
}
