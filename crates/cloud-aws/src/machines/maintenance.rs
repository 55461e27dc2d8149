//! Scheduled events of machines: reboots, retirements (EC2).

use cloud::PageSource;
use model::{Maintenance, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::DESCRIBE_INSTANCE_STATUS;
use crate::query::{Set, read, some};
use crate::times::instant;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 1_000;
/// The state of one machine.
const ROW_BYTES: usize = 1_536;
const LONGEST_WORDS: usize = 300;

/// Stopped machines are asked about too: they may be retired.
pub(super) fn list<'a>(aws: &'a Aws, region: &RegionId) -> Box<dyn PageSource<Maintenance> + 'a> {
    let place = Place::Region(region.clone());
    aws.list(&DESCRIBE_INSTANCE_STATUS, place.clone(), move |token| {
        aws.call(&DESCRIBE_INSTANCE_STATUS, decode)
            .at(&place)
            .with("IncludeAllInstances", "true")
            .with("MaxResults", PAGE_SIZE.to_string())
            .with_some("NextToken", token)
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send()
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    instance_status_set: Option<Set<Row>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    instance_id: String,
    events_set: Set<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    instance_event_id: String,
    code: String,
    description: String,
    not_before: String,
    not_before_deadline: String,
}

fn decode(body: &[u8]) -> Result<Batch<Maintenance>, Misread> {
    let answer: Answer = read(body, "DescribeInstanceStatusResponse")?;
    let rows = answer
        .instance_status_set
        .ok_or(Misread::Lacks("instanceStatusSet"))?;
    let mut planned = Vec::new();
    for row in rows {
        let machine = some(&row.instance_id)
            .ok_or(Misread::Lacks("instanceId in one of its rows"))?
            .to_owned();
        let events = row.events_set.into_iter();
        planned.extend(
            events
                .filter(|it| !is_over(&it.description))
                .map(|it| event(&machine, it)),
        );
    }
    Ok(Batch::new(planned, &answer.next_token))
}

/// Events stay in the list for a week after they are done or off.
fn is_over(description: &str) -> bool {
    let words = description.trim_start();
    words.starts_with("[Completed]") || words.starts_with("[Canceled]")
}

fn event(machine: &str, event: Event) -> Maintenance {
    let begins = instant(&event.not_before);
    let id = match some(&event.instance_event_id) {
        Some(id) => id.to_owned(),
        None => format!("{machine}/{}/{}", event.code, event.not_before),
    };
    let ends = matches!(event.code.as_str(), "instance-retirement" | "instance-stop");
    Maintenance {
        id: ResourceId::new(id),
        machine: ResourceId::new(machine),
        deadline: ends
            .then(|| instant(&event.not_before_deadline).or(begins))
            .flatten(),
        begins,
        words: event.description.chars().take(LONGEST_WORDS).collect(),
        code: event.code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planned_is_read_and_what_is_over_is_not() {
        let body = b"<DescribeInstanceStatusResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><instanceStatusSet>
          <item><instanceId>i-1</instanceId><eventsSet>
            <item><instanceEventId>instance-event-0d59937288b749b32</instanceEventId><code>instance-retirement</code>
              <description>The instance is running on degraded hardware</description><notBefore>2026-12-01T00:00:00.000Z</notBefore></item>
            <item><instanceEventId>instance-event-1</instanceEventId><code>system-reboot</code>
              <description>[Completed] rebooted</description><notBefore>2026-11-01T00:00:00.000Z</notBefore></item></eventsSet></item>
          <item><instanceId>i-2</instanceId><eventsSet/></item>
          <item><instanceId>i-3</instanceId><eventsSet><item><code>system-reboot</code><description>Reboot</description>
              <notBefore>2026-12-02T00:00:00.000Z</notBefore></item></eventsSet></item>
          <item><instanceId>i-4</instanceId></item></instanceStatusSet></DescribeInstanceStatusResponse>";
        let planned = decode(body).unwrap().rows;
        let shown: Vec<_> = planned
            .iter()
            .map(|it| {
                let deadline = it.deadline.map(|it| it.to_string()).unwrap_or_default();
                format!("{} {} {} {deadline}", it.machine, it.id, it.code)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "i-1 instance-event-0d59937288b749b32 instance-retirement 2026-12-01T00:00:00Z",
                "i-3 i-3/system-reboot/2026-12-02T00:00:00.000Z system-reboot ",
            ]
        );
        assert!(decode(b"<DescribeInstanceStatusResponse/>").is_err());
    }
}
