//! The state of machines, and what is planned for them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{all_tags, state_of, zone};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids};
use crate::aws::reply::iso;
use crate::world::machines::Machine;
use crate::world::refusal::Refusal;
use crate::world::upkeep::{Event, EventState};

const FILTERS: &[&str] = &[
    "availability-zone",
    "event.code",
    "event.instance-event-id",
    "event.not-after",
    "event.not-before",
    "instance-state-code",
    "instance-state-name",
    "instance-status.status",
    "system-status.status",
];

pub(super) fn describe_instance_status(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = ids(
        asked,
        ("InstanceId", "i-"),
        ("InvalidInstanceID", "instance"),
        |id| {
            holdings
                .machines
                .get(id)
                .is_some_and(|it| asked.shows(it.created))
        },
    )?;
    let with_all = asked.arguments.flag("IncludeAllInstances") == Some(true);
    let machines: Vec<&Arc<Machine>> = match &ids {
        Some(ids) => ids
            .iter()
            .filter_map(|it| holdings.machines.get(it))
            .collect(),
        None => holdings.machines.iter().filter(|it| !it.hidden).collect(),
    };
    let rows = machines
        .into_iter()
        .filter(|it| asked.shows(it.created) && (with_all || state_of(it).1 == "running"));
    let events_of = |machine: &Machine| -> Vec<&Arc<Event>> {
        holdings
            .events
            .iter()
            .filter(|it| it.machine == machine.id)
            .collect()
    };
    let wanted = rows
        .map(|it| (it, events_of(it)))
        .filter(|(machine, events)| {
            filters.keep(
                || all_tags(&machine.name, &machine.tags),
                |name| value_of(machine, events, name, asked.region),
            )
        });
    asked.page(wanted, |(machine, events)| {
        let (code, state) = state_of(machine);
        let health = if state == "running" {
            "ok"
        } else {
            "not-applicable"
        };
        let mut row = json!({
            "instanceId": machine.id,
            "availabilityZone": zone(&machine.zone, asked.region),
            "instanceState": {"code": code, "name": state},
            "systemStatus": {"status": health, "details": []},
            "instanceStatus": {"status": health, "details": []},
        });
        if !events.is_empty() {
            row["eventsSet"] = events.into_iter().map(|it| event(it)).collect();
        }
        row
    })
}

fn value_of(machine: &Machine, events: &[&Arc<Event>], name: &str, region: &str) -> Has {
    let (code, state) = state_of(machine);
    let of_events = |value: fn(&Event) -> Option<String>| {
        Has::Values(events.iter().filter_map(|it| value(it)).collect())
    };
    match name {
        "availability-zone" => Has::one(zone(&machine.zone, region)),
        "event.code" => of_events(|it| Some(it.code.clone())),
        "event.instance-event-id" => of_events(|it| Some(it.id.clone())),
        "event.not-after" => of_events(|it| it.ends.map(iso)),
        "event.not-before" => of_events(|it| Some(iso(it.begins))),
        "instance-state-code" => Has::one(code.to_string()),
        "instance-state-name" => Has::one(state),
        "instance-status.status" | "system-status.status" => Has::one(if state == "running" {
            "ok"
        } else {
            "not-applicable"
        }),
        _ => Has::NoFilter,
    }
}

/// Returns the row of an event; those that are over stay for a while, and say so in front of their words.
fn event(event: &Event) -> Value {
    let over = match event.state {
        EventState::Scheduled | EventState::Executing => "",
        EventState::Executed => "[Completed] ",
        EventState::Canceled => "[Canceled] ",
    };
    let mut row = json!({
        "instanceEventId": event.id,
        "code": event.code,
        "description": format!("{over}{}", event.words),
        "notBefore": iso(event.begins),
    });
    if let Some(ends) = event.ends {
        row["notAfter"] = json!(iso(ends));
    }
    row
}
