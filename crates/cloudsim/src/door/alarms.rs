//! Alarms of the monitoring service, read, made and removed.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{Alarms, CloudError, PageSource, Removal};
use jiff::{SignedDuration, Timestamp};
use model::{
    Alarm, AlarmMetric, AlarmOrder, AlarmTarget, RegionId, ResourceId, Traffic, TrafficRule,
    Watches,
};

use super::hindered::pairs;
use super::regions::{Look, RegionList, by_ids};
use super::visitor::Visitor;
use crate::world::alarms::{self, AlarmState, Listener, Target};
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;

pub(super) const RULES: &str = "DescribeMetricRuleList";
pub(super) const GROUPS: &str = "DescribeContactGroupList";
pub(super) const METRIC: &str = "DescribeMetricList";
pub(super) const PUT_RULE: &str = "PutResourceMetricRule";
pub(super) const DELETE_RULES: &str = "DeleteMetricRules";
pub(super) const PUT_GROUP: &str = "PutContactGroup";
pub(super) const PUT_CONTACT: &str = "PutContact";

/// Metrics of what a machine or its address sends out, by cloud.
const OUTBOUND: &[&str] = &[
    "NetworkOut",
    "VPC_PublicIP_InternetOutRate",
    "InternetOutRate",
    "net_tx.rate",
    "WanOuttraffic",
    "VipOuttraffic",
];

/// How many machines one question about a metric may name.
pub(super) const MOST_MACHINES: u32 = 50;

impl Visitor {
    /// Returns where those stand whom alarms of a region tell.
    fn home_of_targets(&self, region: &str) -> String {
        match self.at() {
            Cloud::Aws(_) => region.to_owned(),
            Cloud::Aliyun | Cloud::Tencent => String::new(),
        }
    }
}

#[async_trait]
impl Alarms for Visitor {
    fn alarms(&self, region: &RegionId) -> Box<dyn PageSource<Alarm> + '_> {
        Box::new(RegionList::new(
            self,
            RULES,
            region,
            |look| Ok(look.held().alarms.page(look.page)),
            alarm,
        ))
    }

    fn targets(&self, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_> {
        let targets = |look: &Look<'_>| {
            let own = look.held();
            let global = look.world.holdings(look.caller.uid, "");
            let all = match look.caller.cloud {
                Cloud::Aws(_) => own.targets.iter(),
                Cloud::Aliyun | Cloud::Tencent => global.targets.iter(),
            };
            Ok(look.page.cut(all.map(Arc::clone)))
        };
        Box::new(RegionList::new(self, GROUPS, region, targets, target))
    }

    async fn traffic(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        let period = rule.period.max(SignedDuration::from_mins(1));
        let mut found = Vec::new();
        for machines in machines.chunks(MOST_MACHINES as usize) {
            let about: Vec<&str> = machines.iter().map(ResourceId::as_str).collect();
            let about = about.join(",");
            let sent = self.look(by_ids(METRIC, region, &about), |held| {
                let sent = machines.iter().map(|it| Traffic {
                    machine: it.clone(),
                    points: match held.machines.get(it.as_str()) {
                        Some(_) => held.sent(it.as_str(), (from, to), period),
                        None => Vec::new(),
                    },
                });
                sent.collect::<Vec<_>>()
            });
            found.extend(sent.await?);
        }
        Ok(found)
    }

    async fn alarms_named(&self, region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError> {
        self.look(by_ids(RULES, region, name), |held| {
            let rows = held.alarms.iter();
            let named = rows.filter(|it| it.name == name || it.id == name);
            named.map(|it| alarm(it, held)).collect()
        })
        .await
    }

    async fn create_alarm(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError> {
        let about = format!("{},{}", order.name, order.machine);
        self.change(by_ids(PUT_RULE, region, &about), |held, now| {
            let watched = order.address.as_ref().unwrap_or(&order.machine);
            let metric = match (held.cloud(), &order.address) {
                (Cloud::Aws(_), _) => ("AWS/EC2", "NetworkOut"),
                (Cloud::Tencent, _) => ("QCE/CVM", "WanOuttraffic"),
                (Cloud::Aliyun, Some(_)) => ("acs_vpc_eip", "net_tx.rate"),
                (Cloud::Aliyun, None) => ("acs_ecs_dashboard", "VPC_PublicIP_InternetOutRate"),
            };
            let plain = alarms::Alarm::new(order.name.as_str(), metric, now);
            let alarm = alarms::Alarm {
                threshold: threshold(&order.rule),
                period: u64::try_from(order.rule.period.as_secs()).unwrap_or(300),
                times: u64::from(order.rule.periods),
                notifies: vec![order.notify.as_str().to_owned()],
                state: AlarmState::NoData,
                tags: pairs(&order.tags),
                ..plain.on("instanceId", watched.as_str())
            };
            held.put_alarm(alarm, now)?;
            Ok(ResourceId::new(&order.name))
        })
        .await
    }

    async fn delete_alarm(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove(by_ids(DELETE_RULES, region, id.as_str()), |held, now| {
            held.delete_alarm(id.as_str(), now)
        })
        .await
    }

    async fn create_target(&self, region: &RegionId, name: &str) -> Result<ResourceId, CloudError> {
        let home = RegionId::new(self.home_of_targets(region.as_str()));
        let id = match self.at() {
            Cloud::Aws(partition) => {
                let account = self.number().await?;
                let partition = partition.as_str();
                format!("arn:{partition}:sns:{region}:{account}:{name}")
            }
            Cloud::Aliyun | Cloud::Tencent => name.to_owned(),
        };
        self.change(by_ids(PUT_GROUP, &home, name), |held, now| {
            held.put_target(Target::new(&id, name), now);
            Ok(ResourceId::new(&id))
        })
        .await
    }

    async fn subscribe(
        &self,
        region: &RegionId,
        target: &ResourceId,
        listener: &str,
    ) -> Result<(), CloudError> {
        let home = RegionId::new(self.home_of_targets(region.as_str()));
        let protocol = match listener.split_once("://") {
            Some((scheme, _)) => scheme,
            None => "email",
        };
        self.change(by_ids(PUT_CONTACT, &home, target.as_str()), |held, _| {
            let listener = Listener {
                protocol: protocol.to_owned(),
                endpoint: listener.to_owned(),
                confirmed: false,
            };
            Ok(held.subscribe(target.as_str(), listener)?)
        })
        .await
    }

    fn counts(&self) -> &'static str {
        match self.at() {
            Cloud::Aws(_) => "all_interfaces",
            Cloud::Aliyun | Cloud::Tencent => "public",
        }
    }
}

/// Returns a limit as the service keeps it. A number of bytes has far fewer digits than are lost here.
fn threshold(rule: &TrafficRule) -> f64 {
    rule.bytes.to_string().parse().unwrap_or(f64::MAX)
}

/// An alarm.
fn alarm(it: &alarms::Alarm, _held: &Holdings) -> Alarm {
    let things = it.watches.iter().filter_map(|it| {
        let mut dimensions = it.iter();
        let instance = dimensions.find(|it| it.0.eq_ignore_ascii_case("instanceId"));
        instance.or(it.first()).map(|it| ResourceId::new(&it.1))
    });
    Alarm {
        id: ResourceId::new(&it.id),
        name: it.name.clone(),
        metric: match OUTBOUND.contains(&it.metric.as_str()) {
            true => AlarmMetric::Outbound,
            false => AlarmMetric::Other(it.metric.clone()),
        },
        watches: match &it.group {
            Some(group) => Watches::Group(group.clone()),
            None if it.watches.is_empty() => Watches::All,
            None => Watches::These(things.collect()),
        },
        enabled: it.enabled,
        firing: match it.state {
            AlarmState::Ok => Some(false),
            AlarmState::Firing => Some(true),
            AlarmState::NoData => None,
        },
        notifies: it.notifies.clone(),
        tags: it.tags.iter().cloned().collect(),
        anywhere: false,
    }
}

/// Whom alarms tell.
fn target(it: &Target, _held: &Holdings) -> AlarmTarget {
    let (heard, invited): (Vec<_>, Vec<_>) = it.listeners.iter().partition(|it| it.confirmed);
    AlarmTarget {
        id: ResourceId::new(&it.id),
        name: it.name.clone(),
        listeners: heard.len() as u64,
        unconfirmed: invited.iter().map(|it| it.endpoint.clone()).collect(),
    }
}
