//! What the changes of EC2 are told beside plain values: tags for what is made, devices, ids.

use serde_json::{Map, Value};

use crate::aws::catalog::Asked;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

/// The most tags that a thing may have.
const MOST_TAGS: usize = 50;
/// The most letters of a tag's key, and of its value.
const LONGEST: (usize, usize) = (128, 256);

/// Returns the tags that are said for things of `sort`; those of `sorts` may be said, and of no other.
pub(super) fn tags_for(asked: &Asked<'_>, sort: &str, sorts: &[&str]) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for specification in rows(asked, "TagSpecification", &["ResourceType", "Tag"])? {
        let said = specification.get("ResourceType").and_then(Value::as_str);
        let Some(said) = said.filter(|it| sorts.contains(it)) else {
            let text = format!(
                "'{}' is not a valid taggable resource type for this operation.",
                said.unwrap_or("null")
            );
            return Err(Refusal::new(400, "InvalidParameterValue", text));
        };
        let tagged = read_tags(specification.get("Tag"))?;
        if said == sort {
            tags.extend(tagged);
        }
    }
    checked(tags)
}

/// Returns the tags that are said as `Tag.N`; a value that is not said is `None`.
pub(super) fn plain_tags(asked: &Asked<'_>) -> Result<Vec<(String, Option<String>)>, Refusal> {
    let rows = rows(asked, "Tag", &["Key", "Value"])?;
    rows.into_iter()
        .map(|row| {
            let text = |name| row.get(name).and_then(Value::as_str).map(str::to_owned);
            let key = text("Key").ok_or_else(|| missing("Tag.Key"))?;
            Ok((key, text("Value")))
        })
        .collect()
}

fn read_tags(said: Option<&Value>) -> Result<Tags, Refusal> {
    let rows = said.and_then(Value::as_array).into_iter().flatten();
    rows.map(|row| {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        let key = text("Key").ok_or_else(|| missing("Tag.Key"))?;
        Ok((key.to_owned(), text("Value").unwrap_or_default().to_owned()))
    })
    .collect()
}

/// Returns `tags` if EC2 takes them.
pub(super) fn checked(tags: Tags) -> Result<Tags, Refusal> {
    let invalid = |text: String| Err(Refusal::new(400, "InvalidParameterValue", text));
    for (at, (key, value)) in tags.iter().enumerate() {
        if key.to_lowercase().starts_with("aws:") {
            return invalid(format!(
                "Tag keys starting with 'aws:' are reserved for internal use: {key}"
            ));
        }
        if key.is_empty() || key.chars().count() > LONGEST.0 {
            return invalid(format!(
                "Tag key exceeds the maximum length of 128 characters or is empty: '{key}'"
            ));
        }
        if value.chars().count() > LONGEST.1 {
            return invalid("Tag value exceeds the maximum length of 256 characters".to_owned());
        }
        if tags[..at].iter().any(|(other, _)| other == key) {
            return invalid(format!("Duplicate tag key '{key}' specified."));
        }
    }
    if tags.len() > MOST_TAGS {
        let text = format!("The maximum number of Tags for a resource is {MOST_TAGS}");
        return Err(Refusal::new(400, "TagLimitExceeded", text));
    }
    Ok(tags)
}

/// One device of an image that is to be, or of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) name: String,
    pub(super) snapshot: Option<String>,
    pub(super) size_gib: Option<u64>,
    pub(super) category: Option<String>,
    pub(super) with_machine: Option<bool>,
    pub(super) encrypted: Option<bool>,
    /// Whether what would be there is left out.
    pub(super) left_out: bool,
}

/// Returns the devices that are said as `BlockDeviceMapping.N`.
pub(super) fn devices(asked: &Asked<'_>) -> Result<Vec<Device>, Refusal> {
    const FIELDS: &[&str] = &["DeviceName", "VirtualName", "NoDevice", "Ebs"];
    const EBS: &[&str] = &[
        "DeleteOnTermination",
        "Encrypted",
        "Iops",
        "KmsKeyId",
        "SnapshotId",
        "Throughput",
        "VolumeSize",
        "VolumeType",
    ];
    let rows = rows(asked, "BlockDeviceMapping", FIELDS)?;
    rows.into_iter()
        .map(|row| {
            let nothing = Map::new();
            let ebs = row.get("Ebs").and_then(Value::as_object);
            let ebs = ebs.unwrap_or(&nothing);
            known(ebs, "BlockDeviceMapping.Ebs", EBS)?;
            let text = |name: &str| ebs.get(name).and_then(Value::as_str);
            let flag = |name: &str| match text(name) {
                None => Ok(None),
                Some("true") => Ok(Some(true)),
                Some("false") => Ok(Some(false)),
                Some(other) => Err(Refusal::new(
                    400,
                    "InvalidParameterValue",
                    format!(
                        "Value ({other}) for parameter {name} is invalid. Expected true or false."
                    ),
                )),
            };
            let size = match text("VolumeSize") {
                None => None,
                Some(said) => Some(said.parse().map_err(|_| {
                    let text = format!("Value ({said}) for parameter VolumeSize is invalid.");
                    Refusal::new(400, "InvalidParameterValue", text)
                })?),
            };
            let name = row.get("DeviceName").and_then(Value::as_str);
            Ok(Device {
                name: name
                    .ok_or_else(|| missing("BlockDeviceMapping.DeviceName"))?
                    .to_owned(),
                snapshot: text("SnapshotId").map(str::to_owned),
                size_gib: size,
                category: text("VolumeType").map(str::to_owned),
                with_machine: flag("DeleteOnTermination")?,
                encrypted: flag("Encrypted")?,
                left_out: row.contains_key("NoDevice"),
            })
        })
        .collect()
}

/// Returns the objects of the list `name`; refuses those that have other fields than `fields`.
fn rows<'a>(
    asked: &'a Asked<'_>,
    name: &'static str,
    fields: &[&str],
) -> Result<Vec<&'a Map<String, Value>>, Refusal> {
    let Some(said) = asked.arguments.value(name) else {
        return Ok(Vec::new());
    };
    let rows: Option<Vec<_>> = said
        .as_array()
        .and_then(|rows| rows.iter().map(Value::as_object).collect());
    let Some(rows) = rows else {
        let text = format!("The parameter {name} is not a list.");
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    };
    for row in &rows {
        known(row, name, fields)?;
    }
    Ok(rows)
}

fn known(row: &Map<String, Value>, name: &str, fields: &[&str]) -> Result<(), Refusal> {
    match row.keys().find(|it| !fields.contains(&it.as_str())) {
        None => Ok(()),
        Some(other) => {
            let text = format!("The parameter {name}.{other} is not recognized");
            Err(Refusal::new(400, "UnknownParameter", text))
        }
    }
}

/// Refuses what lacks the parameter `name`.
pub(super) fn missing(name: &str) -> Refusal {
    let text = format!("The request must contain the parameter {name}");
    Refusal::new(400, "MissingParameter", text)
}

/// Returns the id that is said to `name`, which is spelled as ids with `prefix` are.
pub(super) fn id<'a>(
    asked: &'a Asked<'_>,
    name: &str,
    (prefix, malformed): (&str, &str),
) -> Result<&'a str, Refusal> {
    let id = asked.arguments.text(name).ok_or_else(|| missing(name))?;
    spelled(id, (prefix, malformed))?;
    Ok(id)
}

/// Refuses an `id` that is not spelled as ids with `prefix` are.
pub(super) fn spelled(id: &str, (prefix, malformed): (&str, &str)) -> Result<(), Refusal> {
    if id.len() > prefix.len() && id.starts_with(prefix) {
        return Ok(());
    }
    let text = format!("Invalid id: \"{id}\" (expecting \"{prefix}...\")");
    Err(Refusal::new(400, malformed, text))
}

/// How ids of machines are spelled, and the code for those that are not.
pub(super) const MACHINE: (&str, &str) = ("i-", "InvalidInstanceID.Malformed");
/// Ids of disks.
pub(super) const DISK: (&str, &str) = ("vol-", "InvalidVolumeID.Malformed");
/// Ids of snapshots.
pub(super) const SNAPSHOT: (&str, &str) = ("snap-", "InvalidSnapshotID.Malformed");
/// Ids of images.
pub(super) const IMAGE: (&str, &str) = ("ami-", "InvalidAMIID.Malformed");

/// Returns an id that nothing has yet, as long as the real ones.
pub(super) fn new_id(asked: &Asked<'_>, prefix: &str) -> String {
    let token = asked.chance.token();
    format!("{prefix}0{}", &token[..16])
}
