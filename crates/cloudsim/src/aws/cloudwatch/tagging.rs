//! The tags of alarms.

use serde_json::{Value, json};

use super::{invalid, pairs};
use crate::aws::catalog::Asked;
use crate::world::deeds::Sort;
use crate::world::refusal::Refusal;

/// The most tags of one thing.
const MOST: usize = 50;

pub(super) fn list_tags_for_resource(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let name = named(asked)?;
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let alarm = holdings.alarms.get(name).ok_or_else(|| unknown(name))?;
    let tags = alarm
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}));
    Ok(json!({"Tags": tags.collect::<Vec<_>>()}))
}

pub(super) fn tag_resource(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let name = named(asked)?;
    let tags = pairs(asked.arguments.value("Tags"), ("Key", "Value"), "Tags")?;
    let uid = asked.caller()?.uid;
    let holdings = asked.world.holdings(uid, asked.region);
    let before = holdings.alarms.get(name).ok_or_else(|| unknown(name))?;
    let more = tags
        .iter()
        .filter(|tag| before.tags.iter().all(|it| it.0 != tag.0));
    if before.tags.len() + more.count() > MOST {
        return Err(invalid(format!("There are more than {MOST} tags.")));
    }
    let changed = asked.world.change(uid, asked.region, |it, now| {
        it.put_tags(Sort::Alarm, name, &tags, now)
    });
    match changed {
        Some(Ok(())) => Ok(json!({})),
        _ => Err(unknown(name)),
    }
}

/// Returns the name of the alarm that the call is about.
fn named<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Refusal> {
    let said = asked.arguments.text("ResourceARN").unwrap_or_default();
    let own = asked.arn("alarm:");
    said.strip_prefix(own.as_str())
        .filter(|it| !it.is_empty())
        .ok_or_else(|| {
            let text = format!("{said} is not the ARN of an alarm here.");
            Refusal::new(400, "InvalidParameterValue", text)
        })
}

fn unknown(name: &str) -> Refusal {
    let text = format!("There is no alarm {name}.");
    Refusal::new(404, "ResourceNotFoundException", text)
}
