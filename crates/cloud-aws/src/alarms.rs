//! Reads, makes and removes alarms (CloudWatch) and whom they tell (SNS).
//!
//! What counts as an alarm of a machine's outbound traffic is told by metric and dimension, never by
//! its name. To put an alarm is to replace the one of that name, whoever tuned it: so the name is
//! looked for first, and the call is made once.
//!
//! The tags of alarms are in no list of them. Ours are found by one list of all that carries our tag.

pub(crate) mod targets;
pub(crate) mod traffic;

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{Alarms, CloudError, ErrorKind, PageSource, Removal};
use jiff::Timestamp;
use model::{
    Alarm, AlarmMetric, AlarmOrder, AlarmTarget, Place, RegionId, ResourceId, STEP_TAG, Tags,
    Traffic, TrafficRule, Watches,
};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::Batch;
use crate::operations::{
    DELETE_ALARMS, DESCRIBE_ALARMS, GET_RESOURCES, LIST_ALARM_TAGS, PUT_METRIC_ALARM,
};

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
/// An alarm with its actions.
const ROW_BYTES: usize = 3 << 10;
const NAMESPACE: &str = "AWS/EC2";
const METRIC: &str = "NetworkOut";
const DIMENSION: &str = "InstanceId";

#[async_trait]
impl Alarms for Aws {
    fn alarms(&self, region: &RegionId) -> Box<dyn PageSource<Alarm> + '_> {
        let place = Place::Region(region.clone());
        let ours = std::sync::Arc::new(OnceCell::new());
        self.list(&DESCRIBE_ALARMS, place.clone(), move |token| {
            let (place, ours) = (place.clone(), ours.clone());
            async move {
                let page = self
                    .call(&DESCRIBE_ALARMS, decode)
                    .at(&place)
                    .with_json("MaxRecords", PAGE_SIZE)
                    .with_json("AlarmTypes", json!(["MetricAlarm"]))
                    .with_some_json("NextToken", token)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES);
                let ours = ours.get_or_try_init(|| self.tags_of_ours(&place));
                let (batch, ours) = futures_util::future::try_join(page.send(), ours).await?;
                let tagged = |row: Row| row.tagged(ours);
                Ok(Batch {
                    rows: batch.rows.into_iter().map(tagged).collect(),
                    next: batch.next,
                })
            }
        })
    }

    fn targets(&self, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_> {
        targets::list(self, region)
    }

    async fn traffic(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        let place = Place::Region(region.clone());
        self.traffic_of(&place, machines, rule, (from, to)).await
    }

    async fn alarms_named(&self, region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError> {
        let place = Place::Region(region.clone());
        let mut alarms = Vec::new();
        for row in self.rows_named(&place, name).await? {
            let tags = self.tags_of(&place, &row.arn).await?;
            let of_it = BTreeMap::from([(row.arn.clone(), tags)]);
            alarms.push(row.tagged(&of_it));
        }
        Ok(alarms)
    }

    async fn create_alarm(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError> {
        let place = Place::Region(region.clone());
        let refused = |kind, words: String| {
            let site = self.call_site(&PUT_METRIC_ALARM, &place);
            Err(CloudError::new(site, kind, words))
        };
        let Some(seconds) = period(&order.rule) else {
            let words = format!(
                "a period of {} cannot be measured: it has to be whole minutes, and 24 hours at most with all its periods",
                order.rule.period
            );
            return refused(ErrorKind::Invalid, words);
        };
        if !self.rows_named(&place, &order.name).await?.is_empty() {
            let words = format!(
                "there is an alarm named {:?}, and it stays as it is",
                order.name
            );
            return refused(ErrorKind::Exists, words);
        }
        // No unit: with one, points that are counted in another are missing.
        let mut call = self
            .call(&PUT_METRIC_ALARM, decode_nothing)
            .at(&place)
            .with_json("AlarmName", order.name.as_str())
            .with_json("AlarmActions", json!([order.notify.as_str()]))
            .with_json("Namespace", NAMESPACE)
            .with_json("MetricName", METRIC)
            .with_json(
                "Dimensions",
                json!([{ "Name": DIMENSION, "Value": order.machine.as_str() }]),
            )
            // A sum is the same whether the machine is measured each minute or every five.
            .with_json("Statistic", "Sum")
            .with_json("Period", seconds)
            .with_json("EvaluationPeriods", order.rule.periods)
            .with_json("Threshold", threshold(order.rule.bytes))
            .with_json("ComparisonOperator", "GreaterThanOrEqualToThreshold")
            .with_json("TreatMissingData", "notBreaching");
        if !order.tags.is_empty() {
            let pair = |(key, value)| json!({ "Key": key, "Value": value });
            let tags: Vec<_> = order.tags.iter().map(pair).collect();
            call = call.with_json("Tags", tags);
        }
        call.send().await?;
        Ok(ResourceId::new(order.name.as_str()))
    }

    async fn delete_alarm(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let asked = self
            .call(&DELETE_ALARMS, decode_nothing)
            .at(&Place::Region(region.clone()))
            .with_json("AlarmNames", json!([id.as_str()]))
            .send()
            .await;
        match asked {
            Err(error) if error.code.starts_with("ResourceNotFound") => Ok(Removal::WasGone),
            asked => Removal::of(asked),
        }
    }

    async fn create_target(&self, region: &RegionId, name: &str) -> Result<ResourceId, CloudError> {
        self.make_topic(&Place::Region(region.clone()), name).await
    }

    async fn subscribe(
        &self,
        region: &RegionId,
        target: &ResourceId,
        listener: &str,
    ) -> Result<(), CloudError> {
        let place = Place::Region(region.clone());
        self.invite(&place, target, listener).await
    }

    /// All that leaves the machine, to its neighbors in the private network too.
    fn counts(&self) -> &'static str {
        "all_interfaces"
    }
}

/// Returns the seconds of a period, where the cloud can measure it: it evaluates over a day at most.
fn period(rule: &TrafficRule) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60;
    let seconds = rule.period.as_secs();
    let whole = rule.period.subsec_nanos() == 0 && seconds > 0 && seconds % 60 == 0;
    let all = seconds.checked_mul(i64::from(rule.periods))?;
    (whole && rule.periods > 0 && all <= DAY).then_some(seconds)
}

#[expect(clippy::cast_precision_loss, reason = "the cloud counts in fractions")]
fn threshold(bytes: u64) -> f64 {
    bytes as f64
}

/// Tags by the ARNs of alarms.
type TagsByArn = BTreeMap<String, Tags>;

impl Aws {
    /// Returns the tags of all alarms that carry the mark of a step of ours.
    async fn tags_of_ours(&self, place: &Place) -> Result<TagsByArn, CloudError> {
        let found = self
            .all(&GET_RESOURCES, place, |token| {
                self.call(&GET_RESOURCES, decode_resources)
                    .at(place)
                    .with_json("TagFilters", json!([{ "Key": STEP_TAG }]))
                    .with_json("ResourceTypeFilters", json!(["cloudwatch:alarm"]))
                    .with_json("ResourcesPerPage", PAGE_SIZE)
                    .with_some_json("PaginationToken", token)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES)
                    .send()
            })
            .await?;
        Ok(found.into_iter().collect())
    }

    async fn tags_of(&self, place: &Place, arn: &str) -> Result<Tags, CloudError> {
        self.call(&LIST_ALARM_TAGS, decode_tags)
            .at(place)
            .with_json("ResourceARN", arn)
            .send()
            .await
    }

    async fn rows_named(&self, place: &Place, name: &str) -> Result<Vec<Row>, CloudError> {
        self.all(&DESCRIBE_ALARMS, place, |token| {
            self.call(&DESCRIBE_ALARMS, decode)
                .at(place)
                .with_json("AlarmNames", json!([name]))
                // A name is taken, whatever sort of alarm has it.
                .with_json("AlarmTypes", json!(["MetricAlarm", "CompositeAlarm"]))
                .with_some_json("NextToken", token)
                .send()
        })
        .await
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    metric_alarms: Option<Vec<AlarmRow<'a>>>,
    #[serde(borrow)]
    composite_alarms: Option<Vec<AlarmRow<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AlarmRow<'a> {
    #[serde(borrow)]
    alarm_name: Loose<'a>,
    #[serde(borrow)]
    alarm_arn: Loose<'a>,
    #[serde(borrow)]
    actions_enabled: Loose<'a>,
    #[serde(borrow)]
    alarm_actions: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    state_value: Loose<'a>,
    #[serde(borrow)]
    namespace: Loose<'a>,
    #[serde(borrow)]
    metric_name: Loose<'a>,
    #[serde(borrow)]
    comparison_operator: Loose<'a>,
    #[serde(borrow)]
    dimensions: Option<Vec<Dimension<'a>>>,
    /// What a sum of several metrics is made of.
    metrics: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Dimension<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

/// An alarm before its tags are known.
#[derive(Debug)]
struct Row {
    arn: String,
    alarm: Alarm,
}

impl Row {
    fn tagged(self, tags: &TagsByArn) -> Alarm {
        Alarm {
            tags: tags.get(&self.arn).cloned().unwrap_or_default(),
            ..self.alarm
        }
    }
}

fn decode(body: &[u8]) -> Result<Batch<Row>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    if answer.metric_alarms.is_none() && answer.composite_alarms.is_none() {
        return Err(Misread::Lacks("MetricAlarms"));
    }
    let all = [answer.metric_alarms, answer.composite_alarms];
    let rows = all.into_iter().flatten().flatten().map(row);
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(Batch::new(rows, &answer.next_token.text()))
}

fn row(row: AlarmRow<'_>) -> Result<Row, Misread> {
    let name = row.alarm_name.some_text();
    let name = name.ok_or(Misread::Lacks("AlarmName in one of its rows"))?;
    let (metric, watches) = measured(&row);
    let actions = row.alarm_actions.unwrap_or_default().into_iter();
    let alarm = Alarm {
        id: ResourceId::new(name.as_str()),
        name,
        metric,
        watches,
        enabled: row.actions_enabled.flag().unwrap_or(true),
        firing: match row.state_value.text().as_ref() {
            "ALARM" => Some(true),
            "OK" => Some(false),
            _ => None,
        },
        notifies: actions.map(Loose::into_text).collect(),
        tags: Tags::new(),
        anywhere: false,
    };
    let arn = row.alarm_arn.into_text();
    Ok(Row { arn, alarm })
}

/// Returns what an alarm measures, and of what. One that fires when little is sent, or that sums up
/// many machines, does not watch what a machine sends.
fn measured(row: &AlarmRow<'_>) -> (AlarmMetric, Watches) {
    let dimensions = row.dimensions.as_deref().unwrap_or_default();
    let of_machine = dimensions.iter().find(|it| it.name.text() == DIMENSION);
    let watches = match of_machine {
        Some(machine) => Watches::These(vec![ResourceId::new(machine.value.text())]),
        None => {
            let pairs = dimensions.iter();
            let pairs = pairs.map(|it| format!("{}={}", it.name.text(), it.value.text()));
            Watches::Group(pairs.collect::<Vec<_>>().join(","))
        }
    };
    let metric = row.metric_name.text();
    if metric.is_empty() || row.metrics.as_ref().is_some_and(|it| !it.is_empty()) {
        return (AlarmMetric::Other("expression".to_owned()), watches);
    }
    let operator = row.comparison_operator.text();
    let is_upper = operator.starts_with("GreaterThan")
        && operator.ends_with("Threshold")
        && !operator.contains("Lower")
        && !operator.contains("Upper");
    let is_outbound = row.namespace.text() == NAMESPACE
        && metric == METRIC
        && matches!(dimensions, [only] if only.name.text() == DIMENSION);
    let metric = match is_outbound && is_upper {
        true => AlarmMetric::Outbound,
        false => AlarmMetric::Other(format!("{}/{metric}", row.namespace.text())),
    };
    (metric, watches)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Resources<'a> {
    #[serde(borrow)]
    resource_tag_mapping_list: Option<Vec<Mapping<'a>>>,
    #[serde(borrow)]
    pagination_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mapping<'a> {
    #[serde(borrow, rename = "ResourceARN")]
    arn: Loose<'a>,
    #[serde(borrow, rename = "Tags")]
    tags: Option<Vec<TagPair<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TagPair<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

fn as_tags(pairs: Option<Vec<TagPair<'_>>>) -> Tags {
    let pairs = pairs.unwrap_or_default().into_iter();
    pairs
        .map(|it| (it.key.into_text(), it.value.into_text()))
        .collect()
}

fn decode_resources(body: &[u8]) -> Result<Batch<(String, Tags)>, Misread> {
    let answer: Resources<'_> = serde_json::from_slice(body)?;
    let rows = answer.resource_tag_mapping_list;
    let rows = rows.ok_or(Misread::Lacks("ResourceTagMappingList"))?;
    let rows = rows.into_iter();
    let rows = rows.map(|it| (it.arn.into_text(), as_tags(it.tags)));
    Ok(Batch::new(rows.collect(), &answer.pagination_token.text()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AlarmTags<'a> {
    #[serde(borrow)]
    tags: Option<Vec<TagPair<'a>>>,
}

fn decode_tags(body: &[u8]) -> Result<Tags, Misread> {
    let answer: AlarmTags<'_> = serde_json::from_slice(body)?;
    answer
        .tags
        .ok_or(Misread::Lacks("Tags"))
        .map(|it| as_tags(Some(it)))
}

/// Reads an answer that says nothing; a page of something else is none.
fn decode_nothing(body: &[u8]) -> Result<(), Misread> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let _nothing: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)?;
    Ok(())
}

#[cfg(test)]
mod tests;
