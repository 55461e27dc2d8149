//! Cloud Block Storage: disks and snapshots, alone and in groups. Its times are Beijing's in every region.

mod copying;
mod disking;
mod disks;
mod grouping;
mod refusals;
mod snapshots;

use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Listing, Paging, Reach, Style};

const SERVICE: &str = "cbs";
const VERSION: &str = "2017-03-12";
const ORDERS: &[&str] = &["ASC", "DESC"];

pub(super) const COPYING: &[ActionSpec] = copying::ACTIONS;
pub(super) const DISKING: &[ActionSpec] = disking::ACTIONS;
pub(super) const GROUPING: &[ActionSpec] = grouping::ACTIONS;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: SERVICE,
        version: VERSION,
        name: "DescribeDisks",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::new("DiskIds", Kind::Texts(100)),
            Parameter::filters(disks::FILTERS, 10, 100),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::new("OrderField", Kind::OneOf(&["CREATE_TIME", "DEADLINE"])),
            Parameter::new("Order", Kind::OneOf(ORDERS)),
            Parameter::new("ReturnBindAutoSnapshotPolicy", Kind::Flag),
        ],
        listing: Some(Listing {
            rows: "/DiskSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        serve: disks::describe,
    },
    ActionSpec {
        service: SERVICE,
        version: VERSION,
        name: "DescribeSnapshots",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::new("SnapshotIds", Kind::Texts(100)),
            Parameter::filters(snapshots::FILTERS, 10, 100),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::new("OrderField", Kind::OneOf(&["CREATE_TIME"])),
            Parameter::new("Order", Kind::OneOf(ORDERS)),
        ],
        listing: Some(Listing {
            rows: "/SnapshotSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        serve: snapshots::describe,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

fn tags(tags: &[(String, String)]) -> Vec<Tag<'_>> {
    tags.iter().map(|(key, value)| Tag { key, value }).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Placement<'a> {
    zone: &'a str,
    cage_id: Option<()>,
    cdc_id: Option<()>,
    cdc_name: Option<()>,
    dedicated_cluster_id: Option<()>,
    project_id: u32,
    project_name: Option<()>,
}

fn placement(zone: &str) -> Placement<'_> {
    Placement {
        zone,
        cage_id: None,
        cdc_id: None,
        cdc_name: None,
        dedicated_cluster_id: None,
        project_id: 0,
        project_name: None,
    }
}
