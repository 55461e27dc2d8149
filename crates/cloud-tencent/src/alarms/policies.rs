//! Policies, and what each of them watches.
//!
//! The list is of the whole account: a policy is shown in the region in which it watches something.
//! Whoever looks for the machine of an alarm looks in its region, and would call one that stands
//! elsewhere gone.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{Alarm, AlarmMetric, Place, RegionId, ResourceId, Tags, Watches};
use serde_json::{Map, json};

use super::{MODULE, regions};
use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, Question, number};
use crate::operations::{DESCRIBE_ALARM_OBJECTS, DESCRIBE_ALARM_POLICIES};

/// The kind of policies about machines.
pub(super) const NAMESPACE: &str = "cvm_device";
/// What leaves a machine by public addresses, in Mbit/s.
pub(super) const OUTBOUND: &str = "WanOuttraffic";
/// The largest page of policies, and of what one watches.
const PAGE_SIZE: u32 = 100;
/// More pages than policies of one name come in.
const MOST_PAGES: u32 = 20;
/// A policy carries its conditions and whom it tells.
const POLICY_BYTES: u64 = 8192;
const OBJECT_BYTES: u64 = 256;

/// The policies of a region.
pub(super) struct Policies<'a> {
    tencent: &'a Tencent,
    region: RegionId,
    name: Option<String>,
}

impl<'a> Policies<'a> {
    pub(super) fn of(tencent: &'a Tencent, region: &RegionId) -> Self {
        Self {
            tencent,
            region: region.clone(),
            name: None,
        }
    }

    /// Asks for those of one name, wherever what they watch stands.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Returns all of them.
    ///
    /// # Errors
    ///
    /// When a page cannot be had, or there is no end of them.
    pub(super) async fn all(&self) -> Result<Vec<Alarm>, CloudError> {
        let mut alarms = Vec::new();
        for at in 1..=MOST_PAGES {
            let page = self.page(&PageAt::Number(at)).await?;
            alarms.extend(page.items);
            match page.next {
                Next::Through(last) if at < last => {}
                _ => return Ok(alarms),
            }
        }
        const WORDS: &str = "policies of one name come in pages without end";
        let kind = cloud::ErrorKind::Undecodable;
        Err(CloudError::new(self.site(), kind, WORDS))
    }

    /// Returns a policy with what it watches here, or `None` when it is one of elsewhere.
    async fn alarm(&self, policy: Policy) -> Result<Option<Alarm>, CloudError> {
        let Policy {
            mut alarm,
            watches_objects,
        } = policy;
        if !watches_objects {
            return Ok(Some(alarm));
        }
        let objects = lists::whole(self.tencent, self.objects(&alarm.id)).await?;
        let here = objects
            .into_iter()
            .filter(|it| self.name.is_some() || regions::may_be_in(&self.region, &it.region));
        let ids: Vec<ResourceId> = here.filter_map(|it| it.machine).collect();
        let is_elsewhere = ids.is_empty() && self.name.is_none();
        alarm.watches = Watches::These(ids);
        Ok(Some(alarm).filter(|_| !is_elsewhere))
    }

    fn objects(&self, policy: &ResourceId) -> Question<Object> {
        let said = [
            (MODULE.0, MODULE.1.into()),
            ("GroupId", 0.into()),
            ("PolicyId", policy.as_str().into()),
        ];
        let said = said.into_iter().map(|it| (it.0.to_owned(), it.1));
        Question {
            operation: &DESCRIBE_ALARM_OBJECTS,
            place: Place::Region(self.region.clone()),
            counts: Counts::Rows,
            arguments: Map::from_iter(said),
            page_size: PAGE_SIZE,
            row_bytes: OBJECT_BYTES,
            decode: decode_objects,
        }
    }
}

#[async_trait]
impl PageSource<Alarm> for Policies<'_> {
    fn site(&self) -> CallSite {
        let place = Place::Region(self.region.clone());
        self.tencent.call_site(&DESCRIBE_ALARM_POLICIES, &place)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Alarm>, CloudError> {
        let number = number(at);
        let mut call = self
            .tencent
            .call_in(&DESCRIBE_ALARM_POLICIES, &self.region, decode_policies)
            .with(MODULE.0, MODULE.1)
            .with("MonitorTypes", json!(["MT_QCE"]))
            .with("PageNumber", number)
            .with("PageSize", PAGE_SIZE)
            .expecting(PAGE_SIZE.into(), POLICY_BYTES);
        if let Some(name) = &self.name {
            call = call.with("PolicyName", name.as_str());
        }
        let listed = call.send().await?;
        let next = lists::next(number, PAGE_SIZE.into(), &listed);
        let mut items = Vec::new();
        for policy in listed.items {
            // The cloud finds every name that has this one in it.
            let name = self.name.as_ref();
            if name.is_none_or(|name| *name == policy.alarm.name) {
                items.extend(self.alarm(policy).await?);
            }
        }
        Ok(Page {
            items,
            next,
            // What the list says of its length is of all regions.
            total: None,
        })
    }
}

/// A policy, before it is known what it watches.
#[derive(Debug)]
struct Policy {
    alarm: Alarm,
    watches_objects: bool,
}

/// Something that a policy watches.
struct Object {
    region: String,
    machine: Option<ResourceId>,
}

decode::wire! {
    struct Row<'a> {
        policy_id: Loose<'a>,
        policy_name: Loose<'a>,
        namespace: Loose<'a>,
        enable: Loose<'a>,
        condition: Option<Condition<'a>>,
        conditions_temp: Option<Template<'a>>,
        notice_ids: Option<Vec<Loose<'a>>>,
        is_bind_all: Loose<'a>,
        instance_group_id: Loose<'a>,
        tag_instances: Option<Vec<TagInstance<'a>>>,
        tags: Option<Vec<Tag<'a>>>,
    }
    struct Template<'a> {
        condition: Option<Condition<'a>>,
    }
    struct Condition<'a> {
        rules: Option<Vec<Rule<'a>>>,
    }
    struct Rule<'a> {
        metric_name: Loose<'a>,
    }
    struct TagInstance<'a> {
        key: Loose<'a>,
        value: Loose<'a>,
    }
    struct Bound<'a> {
        region: Loose<'a>,
        dimensions: Loose<'a>,
    }
}

fn decode_policies(body: &str) -> Result<Listed<Policy>, Misread> {
    lists::read(body, &Shape::rows("Policies"), policy)
}

fn policy(row: Row<'_>) -> Result<Policy, Misread> {
    let id = row.policy_id.some_text();
    let id = id.ok_or(Misread::Lacks("PolicyId in one of its rows"))?;
    let conditions = row
        .condition
        .into_iter()
        .chain(row.conditions_temp.and_then(|it| it.condition));
    let rules = conditions.flat_map(|it| it.rules.unwrap_or_default());
    let metrics: Vec<String> = rules.filter_map(|it| it.metric_name.some_text()).collect();
    let namespace = row.namespace.text();
    let measures = |it: &String| it.eq_ignore_ascii_case(OUTBOUND);
    let outbound = namespace == NAMESPACE && metrics.iter().any(measures);
    let tagged = row.tag_instances.unwrap_or_default();
    let group = row.instance_group_id.count().filter(|it| *it > 0);
    let watches = if row.is_bind_all.flag() == Some(true) {
        Some(Watches::All)
    } else if let Some(group) = group {
        Some(Watches::Group(group.to_string()))
    } else if let Some(tag) = tagged.first() {
        let tag = format!("{}={}", tag.key.text(), tag.value.text());
        Some(Watches::Group(tag))
    } else if outbound {
        None
    } else {
        // Not asked for: nothing rests on what other alarms watch.
        Some(Watches::Group(id.clone()))
    };
    let tags: Tags = decode::tags(row.tags);
    Ok(Policy {
        watches_objects: watches.is_none(),
        alarm: Alarm {
            name: row.policy_name.into_text(),
            metric: if outbound {
                AlarmMetric::Outbound
            } else {
                AlarmMetric::Other(format!("{namespace}/{}", metrics.join(",")))
            },
            watches: watches.unwrap_or(Watches::These(Vec::new())),
            enabled: row.enable.flag() != Some(false),
            // The list does not say.
            firing: None,
            notifies: decode::texts(row.notice_ids).collect(),
            id: ResourceId::new(id),
            tags,
            // It is shown where what it watches stands.
            anywhere: false,
        },
    })
}

/// Where the rows of what a policy watches are.
const OBJECTS: Shape = Shape {
    within: "",
    rows: "List",
    total: "Total",
};

fn decode_objects(body: &str) -> Result<Listed<Object>, Misread> {
    lists::read(body, &OBJECTS, |row: Bound<'_>| {
        // An object inside of a text.
        let said: serde_json::Value = serde_json::from_str(&row.dimensions.text())?;
        let machine = said.get("unInstanceId").and_then(|it| it.as_str());
        Ok(Object {
            region: row.region.into_text(),
            machine: machine.map(ResourceId::new),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(fields: &str) -> Policy {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"Policies":[{{"PolicyId":"policy-1",{fields}}}],"RequestId":"r"}}}}"#
        );
        decode_policies(&body).unwrap().items.remove(0)
    }

    const OUT: &str = r#""Namespace":"cvm_device","Condition":{"IsUnionRule":0,"Rules":[
        {"MetricName":"CpuUsage"},{"MetricName":"WanOuttraffic"}]}"#;

    #[test]
    fn traffic_is_known_by_its_metric_wherever_the_condition_stands() {
        let template = r#""Namespace":"cvm_device","Condition":null,
            "ConditionsTemp":{"Condition":{"Rules":[{"MetricName":"WanOuttraffic"}]}}"#;
        for row in [OUT, template] {
            let policy = one(row);
            assert_eq!(policy.alarm.metric, AlarmMetric::Outbound);
            assert!(policy.watches_objects);
        }
        let other = one(
            r#""Namespace":"cvm_device","Condition":{"Rules":[{"MetricName":"CpuUsage"}]},"Enable":0"#,
        );
        let metric = AlarmMetric::Other("cvm_device/CpuUsage".into());
        assert_eq!((other.alarm.metric, other.alarm.enabled), (metric, false));
        assert!(!other.watches_objects);
    }

    #[test]
    fn what_is_watched_by_a_rule_of_thumb_is_not_asked_for() {
        let watches = |fields: &str| {
            let policy = one(&format!("{OUT},{fields}"));
            assert!(!policy.watches_objects, "{fields}");
            policy.alarm.watches
        };
        assert_eq!(watches(r#""IsBindAll":1"#), Watches::All);
        assert_eq!(
            watches(r#""InstanceGroupId":7"#),
            Watches::Group("7".into())
        );
        assert_eq!(
            watches(r#""TagInstances":[{"Key":"env","Value":"prod"}]"#),
            Watches::Group("env=prod".into())
        );
    }

    #[test]
    fn objects_stand_in_a_text_beside_their_region() {
        let body = r#"{"Response":{"Total":2,"List":[
            {"Dimensions":"{\"unInstanceId\":\"ins-1\"}","Region":"gz","IsShielded":0},
            {"Dimensions":"{\"diskid\":\"disk-1\"}","Region":"sh"}],"RequestId":"r"}}"#;
        let objects = decode_objects(body).unwrap().items;
        let read: Vec<_> = objects
            .iter()
            .map(|it| {
                (
                    it.region.as_str(),
                    it.machine.as_ref().map(ResourceId::as_str),
                )
            })
            .collect();
        assert_eq!(read, [("gz", Some("ins-1")), ("sh", None)]);
        let broken = r#"{"Response":{"Total":1,"List":[{"Dimensions":"?","Region":"gz"}]}}"#;
        assert!(matches!(decode_objects(broken), Err(Misread::Json(_))));
    }
}
