//! Reads, makes and removes alarm policies (monitor 2018-07-24), and reads what machines sent out.
//!
//! What is counted is what leaves by public addresses, in millions of bits a second, averaged over a
//! period; at the machine, whichever address it leaves by.
//!
//! A policy and what it watches are two things: it is made without an object, and bound then. Names
//! are not unique, and there is no client token: a policy of the name that is ours and watches nothing
//! is one whose maker was interrupted, and is finished.
//!
//! Invariant: any other policy that is there is never altered.

mod notices;
mod policies;
mod regions;
mod traffic;

use async_trait::async_trait;
use cloud::{Alarms, CloudError, ErrorKind, PageSource, Removal};
use jiff::Timestamp;
use model::{
    Alarm, AlarmOrder, AlarmTarget, RegionId, ResourceId, STEP_TAG, Traffic, TrafficRule, Watches,
};
use serde_json::{Value, json};

use self::notices::Notices;
use self::policies::{NAMESPACE, OUTBOUND, Policies};
use crate::Tencent;
use crate::changes::{done, made, said_tags};
use crate::operations::{BIND_ALARM_OBJECT, CREATE_ALARM_POLICY, DELETE_ALARM_POLICY};
use crate::tokens;

/// What every question says of the service it is about.
const MODULE: (&str, &str) = ("Module", "monitor");
/// The periods that the metric has, in seconds, and how many in a row a rule may have.
const PERIODS: [i64; 2] = [60, 300];
const MOST_PERIODS: u32 = 5;
/// It tells once an hour for as long as it lasts.
const TELLS_EVERY_SECONDS: u32 = 3_600;

#[async_trait]
impl Alarms for Tencent {
    fn alarms(&self, region: &RegionId) -> Box<dyn PageSource<Alarm> + '_> {
        Box::new(Policies::of(self, region))
    }

    fn targets(&self, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_> {
        Box::new(Notices::of(self, region))
    }

    async fn traffic(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        self.sent_out(region, machines, rule, from, to).await
    }

    /// Those that watch something elsewhere, too. One of ours that watches nothing is none yet: its
    /// maker was interrupted.
    async fn alarms_named(&self, region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError> {
        let mut found = self.policies_named(region, name).await?;
        found.retain(|it| !(watches_nothing(it) && it.tags.contains_key(STEP_TAG)));
        Ok(found)
    }

    async fn create_alarm(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError> {
        let refuse = |kind, words: String| {
            let error = self.trouble(&CREATE_ALARM_POLICY, region, kind, words);
            Err(error)
        };
        let Some(place) = regions::code(region) else {
            let words = format!("the monitoring service has no code for {region} that we know");
            return refuse(ErrorKind::Invalid, words);
        };
        let (seconds, periods) = (order.rule.period.as_secs(), order.rule.periods);
        if !PERIODS.contains(&seconds) || !(1..=MOST_PERIODS).contains(&periods) {
            let words = format!(
                "{periods} periods of {seconds} s: the metric has periods of 60 s and 300 s, \
                 and at most {MOST_PERIODS} in a row"
            );
            return refuse(ErrorKind::Invalid, words);
        }
        let ids = std::slice::from_ref(&order.machine);
        let shapes = self.shapes(region, ids).await?;
        let Some(machine) = shapes.first() else {
            // The cloud would take an alarm of it.
            let words = format!("there is no machine {}", order.machine);
            return refuse(ErrorKind::NotFound, words);
        };
        let name = tokens::name(&order.name);
        let there = self.policies_named(region, &name).await?;
        let policy = match there.as_slice() {
            [] => {
                let made = self.make_policy(region, order, &name, machine.project);
                match made.await {
                    Err(error) if error.kind == ErrorKind::Unanswered => {
                        let there = self.policies_named(region, &name).await;
                        let mut there = there.unwrap_or_default().into_iter();
                        let began = there.find(|it| is_begun(it, order));
                        began.ok_or(error)?.id
                    }
                    made => made?,
                }
            }
            [begun] if is_begun(begun, order) => begun.id.clone(),
            _ => {
                let words = format!("there is a policy {name}; it stays as it is");
                return refuse(ErrorKind::Exists, words);
            }
        };
        let object = json!({ "unInstanceId": order.machine.as_str() }).to_string();
        self.call_in(&BIND_ALARM_OBJECT, region, done)
            .with(MODULE.0, MODULE.1)
            .with("GroupId", 0)
            .with("PolicyId", policy.as_str())
            .with(
                "Dimensions",
                json!([{ "Region": place, "Dimensions": object }]),
            )
            .same_twice()
            .send()
            .await?;
        Ok(policy)
    }

    async fn delete_alarm(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self
            .call_about(&DELETE_ALARM_POLICY, region, "PolicyIds", id, done)
            .with(MODULE.0, MODULE.1);
        Removal::of(call.send().await)
    }

    async fn create_target(&self, region: &RegionId, name: &str) -> Result<ResourceId, CloudError> {
        if let Some(found) = Notices::of(self, region).find(name).await? {
            return Ok(found);
        }
        let words = format!(
            "a notice template needs whom it tells: make {name} in the console of the \
             Observability Platform, under Alarm Management, Notification Template"
        );
        Err(self.trouble(&CREATE_ALARM_POLICY, region, ErrorKind::Invalid, words))
    }

    async fn subscribe(
        &self,
        region: &RegionId,
        target: &ResourceId,
        _listener: &str,
    ) -> Result<(), CloudError> {
        let words = format!(
            "whom the notice template {target} tells is chosen among the account's users, in the \
             console of the Observability Platform, under Alarm Management, Notification Template"
        );
        Err(self.trouble(&CREATE_ALARM_POLICY, region, ErrorKind::Invalid, words))
    }

    fn counts(&self) -> &'static str {
        "public"
    }
}

/// Returns whether a policy is one that this very step began, and was not bound yet.
fn is_begun(alarm: &Alarm, order: &AlarmOrder) -> bool {
    let same = match (alarm.tags.get(STEP_TAG), order.tags.get(STEP_TAG)) {
        (Some(has), Some(wanted)) => has == wanted,
        _ => false,
    };
    same && watches_nothing(alarm)
}

fn watches_nothing(alarm: &Alarm) -> bool {
    alarm.watches == Watches::These(Vec::new())
}

impl Tencent {
    async fn policies_named(
        &self,
        region: &RegionId,
        name: &str,
    ) -> Result<Vec<Alarm>, CloudError> {
        let policies = Policies::of(self, region);
        policies.named(&tokens::name(name)).all().await
    }

    async fn make_policy(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
        name: &str,
        project: i64,
    ) -> Result<ResourceId, CloudError> {
        let rule = json!({
            "MetricName": OUTBOUND,
            "Period": order.rule.period.as_secs(),
            "Operator": "ge",
            "Value": millions(order.rule.bits_a_second()),
            "ContinuePeriod": order.rule.periods,
            "NoticeFrequency": TELLS_EVERY_SECONDS,
            "IsPowerNotice": 0,
        });
        self.call_in(&CREATE_ALARM_POLICY, region, made!("PolicyId"))
            .with(MODULE.0, MODULE.1)
            .with("PolicyName", name)
            .with("MonitorType", "MT_QCE")
            .with("Namespace", NAMESPACE)
            .with("Enable", 1)
            .with("ProjectId", project)
            .with("Condition", json!({ "IsUnionRule": 0, "Rules": [rule] }))
            .with("NoticeIds", Value::from(vec![order.notify.as_str()]))
            .with("Tags", said_tags(&order.tags))
            .send()
            .await
    }
}

/// Spells bits a second as the millions of them that the metric counts in, to the bit.
fn millions(bits: u64) -> String {
    let (whole, rest) = (bits / 1_000_000, bits % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_rate_is_said_in_millions() {
        for (bits, expected) in [
            (533_333, "0.533333"),
            (20_000_000, "20"),
            (1_500_000, "1.5"),
            (0, "0"),
            (1, "0.000001"),
        ] {
            assert_eq!(millions(bits), expected);
        }
    }
}
