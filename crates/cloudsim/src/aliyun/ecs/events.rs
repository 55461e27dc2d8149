//! System events of the machine service: what is planned, and what has happened.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::known_region;
use super::rows::seconds;
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing, Product, RPC, Style};
use crate::aliyun::tokens::Turning;
use crate::world::instances::{is_shown, status};
use crate::world::refusal::Refusal;
use crate::world::upkeep::{Event, EventState};

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeInstancesFullStatus",
        right: "ecs:DescribeInstancesFullStatus",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::new("InstanceId", Kind::Repeated),
            Parameter::new("EventId", Kind::Repeated),
            Parameter::new("InstanceEventType", Kind::Repeated),
            Parameter::text("HealthStatus"),
            Parameter::text("Status"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/InstanceFullStatusSet/InstanceFullStatusType",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_full_status,
    },
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeInstanceHistoryEvents",
        right: "ecs:DescribeInstanceHistoryEvents",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("InstanceId"),
            Parameter::new("ResourceId", Kind::Repeated),
            Parameter::new("ResourceType", Kind::OneOf(&["instance"])),
            Parameter::new("EventId", Kind::Repeated),
            Parameter::new("InstanceEventType", Kind::Repeated),
            Parameter::new("InstanceEventCycleStatus", Kind::Repeated),
            Parameter::new("MaxResults", Kind::Whole(1, 100)),
            Parameter::text("NextToken"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/InstanceSystemEventSet/InstanceSystemEventType",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_history,
    },
];

/// Returns the word of this service for a stage, with its number as recorded.
fn stage(state: EventState) -> (&'static str, u8) {
    match state {
        EventState::Scheduled => ("Scheduled", 24),
        EventState::Executing => ("Executing", 32),
        EventState::Executed => ("Executed", 0),
        EventState::Canceled => ("Canceled", 16),
    }
}

/// Returns the number of an event's type; those that were never recorded have none.
fn number(code: &str) -> u8 {
    match code {
        "SystemMaintenance.Reboot" => 1,
        "InstanceExpiration.Stop" => 33,
        "InstanceExpiration.Delete" => 34,
        "AccountUnbalanced.Stop" => 17,
        "AccountUnbalanced.Delete" => 18,
        "SystemFailure.Reboot" => 65,
        "SystemFailure.Delete" => 66,
        _ => 0,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Word<'a> {
    code: u8,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Planned<'a> {
    event_id: &'a str,
    event_type: Word<'a>,
    event_cycle_status: Word<'a>,
    event_publish_time: String,
    not_before: String,
    reason: &'a str,
    impact_level: &'static str,
    extended_attribute: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlannedSet<'a> {
    scheduled_system_event_type: Vec<Planned<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status<'a> {
    instance_id: &'a str,
    status: Word<'a>,
    health_status: Word<'a>,
    scheduled_system_event_set: PlannedSet<'a>,
}

fn planned(event: &Event) -> Planned<'_> {
    let (name, code) = stage(event.state);
    Planned {
        event_id: &event.id,
        event_type: Word {
            code: number(&event.code),
            name: &event.code,
        },
        event_cycle_status: Word { code, name },
        event_publish_time: seconds(event.published),
        not_before: seconds(event.begins),
        reason: &event.words,
        impact_level: "100",
        extended_attribute: json!({}),
    }
}

fn describe_full_status(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("ecs:DescribeInstancesFullStatus")?;
    let held = asked.world.holdings(caller.uid, region);
    let mut open: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in &held.events {
        if matches!(event.state, EventState::Scheduled | EventState::Executing) {
            open.entry(&event.machine).or_default().push(event);
        }
    }
    let (machines, types) = (
        said.repeated("InstanceId"),
        said.repeated("InstanceEventType"),
    );
    let events = said.repeated("EventId");
    let none = Vec::new();
    let of = |id: &str| open.get(id).unwrap_or(&none);
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.machines.page_of(page, |it| {
        is_shown(it, machines.is_some())
            && machines.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && types
                .as_ref()
                .is_none_or(|types| of(&it.id).iter().any(|it| types.contains(&it.code)))
            && events
                .as_ref()
                .is_none_or(|ids| of(&it.id).iter().any(|it| ids.contains(&it.id)))
            && said.text("Status").is_none_or(|asked| asked == status(it))
            && said
                .text("HealthStatus")
                .is_none_or(|asked| asked == health(of(&it.id)).name)
    });
    let rows: Vec<Status<'_>> = page
        .items
        .iter()
        .map(|it| Status {
            instance_id: &it.id,
            status: Word {
                code: u8::from(status(it) == "Running"),
                name: status(it),
            },
            health_status: health(of(&it.id)),
            scheduled_system_event_set: PlannedSet {
                scheduled_system_event_type: of(&it.id).iter().map(|it| planned(it)).collect(),
            },
        })
        .collect();
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "InstanceFullStatusSet": {"InstanceFullStatusType": rows},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}

fn health(open: &[&Event]) -> Word<'static> {
    match open.iter().any(|it| it.state == EventState::Executing) {
        true => Word {
            code: 128,
            name: "Impaired",
        },
        false => Word {
            code: 0,
            name: "Ok",
        },
    }
}

fn describe_history(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("ecs:DescribeInstanceHistoryEvents")?;
    let turning = Turning::of(said, region)?;
    let held = asked.world.holdings(caller.uid, region);
    let machine = said.owned("InstanceId").map(|it| vec![it]);
    let machines = machine.or_else(|| said.repeated("ResourceId"));
    let types = said.repeated("InstanceEventType");
    let stages = said.repeated("InstanceEventCycleStatus");
    let ids = said.repeated("EventId");
    let one_of = |asked: &Option<Vec<String>>, has: &str| {
        asked
            .as_ref()
            .is_none_or(|it| it.iter().any(|it| it == has))
    };
    let page = held.events.page_of(turning.asked, |it| {
        one_of(&machines, &it.machine)
            && one_of(&types, &it.code)
            && one_of(&ids, &it.id)
            && one_of(&stages, stage(it.state).0)
    });
    let rows = page.items.iter().map(|it| {
        let (word, code) = stage(it.state);
        let over = matches!(it.state, EventState::Executed | EventState::Canceled);
        json!({
            "EventId": it.id,
            "InstanceId": it.machine,
            "ResourceType": "instance",
            "EventType": {"Code": number(&it.code), "Name": it.code},
            "EventCycleStatus": {"Code": code, "Name": word},
            "EventPublishTime": seconds(it.published),
            "NotBefore": seconds(it.begins),
            "EventFinishTime": if over { seconds(it.ends.unwrap_or(it.begins)) } else { String::new() },
            "Reason": it.words,
            "ImpactLevel": "100",
            "ExtendedAttribute": {},
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "InstanceSystemEventSet": {"InstanceSystemEventType": rows.collect::<Vec<_>>()},
        "NextToken": turning.next(&page, region),
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}
