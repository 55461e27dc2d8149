//! Reads, makes and removes alarms of CloudMonitor (Cms 2019-01-01), and reads what machines sent out.
//!
//! What is counted is what leaves by public addresses, in bits a second, averaged over a period: of
//! the machine, or of the elastic address where it has one.
//!
//! Invariant: a rule that is there is never altered, though the cloud's own call would: its id is
//! looked for before.

mod contacts;
mod rules;
mod traffic;

use async_trait::async_trait;
use cloud::{Alarms, CallSite, CloudError, ErrorKind, Page, PageAt, PageSource, Removal};
use jiff::Timestamp;
use model::{Alarm, AlarmOrder, AlarmTarget, RegionId, ResourceId, Traffic, TrafficRule};

use self::contacts::{Group, Groups};
use self::rules::decode_rules;
use self::traffic::Meter;
use crate::Aliyun;
use crate::changes::{done, removal};
use crate::lists::{List, Paging};
use crate::numbering::Numbering;
use crate::operations::{
    DELETE_METRIC_RULES, DESCRIBE_CONTACT_GROUPS, DESCRIBE_METRIC_RULES, PUT_CONTACT,
    PUT_METRIC_RULE,
};
use crate::tokens;

/// The largest page of rules and of contacts there is.
const PAGE_SIZE: u32 = 100;
/// In which region what our rules watch stands: the list of rules is of the whole account.
const REGION_LABEL: &str = "skywarden:region";
/// A rule with its resources and its three levels.
const RULE_BYTES: usize = 4096;

#[async_trait]
impl Alarms for Aliyun {
    fn alarms(&self, region: &RegionId) -> Box<dyn PageSource<Alarm> + '_> {
        Box::new(OfRegion {
            rules: self.rules(region),
            region: region.clone(),
        })
    }

    fn targets(&self, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_> {
        Box::new(Groups::of(self, region))
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

    /// The name is the rule's id, too; one that a person gave the name to is in the answer as well.
    async fn alarms_named(&self, region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError> {
        let name = tokens::name(name);
        let mut found = self.rules(region).with("RuleIds", &*name).rows().await?;
        // The cloud finds every name that has this one in it.
        let named = self.rules(region).with("RuleName", &*name).rows().await?;
        let named = named.into_iter().filter(|it| it.name == name);
        found.retain(|it| it.id.as_str() == name);
        for alarm in named {
            if found.iter().all(|it| it.id != alarm.id) {
                found.push(alarm);
            }
        }
        Ok(found)
    }

    async fn create_alarm(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError> {
        let name = tokens::name(&order.name);
        if !self.alarms_named(region, &name).await?.is_empty() {
            let words = format!("there is a rule {name}; it stays as it is");
            return Err(self.trouble(&PUT_METRIC_RULE, region, ErrorKind::Exists, words));
        }
        let seconds = order.rule.period.as_secs();
        if seconds <= 0 || seconds % 60 != 0 {
            let words = format!("a period of {seconds} s: the metric has one of whole minutes");
            return Err(self.trouble(&PUT_METRIC_RULE, region, ErrorKind::Invalid, words));
        }
        let (meter, resource) = match &order.address {
            Some(address) => (Meter::Address, address),
            None => (self.meter_of(region, &order.machine).await?, &order.machine),
        };
        let resources = serde_json::json!([{ "instanceId": resource.as_str() }]);
        let mut labels = order.tags.clone();
        labels.insert(REGION_LABEL.to_owned(), region.to_string());
        let call = self
            .call_in(&PUT_METRIC_RULE, region, done)
            .with("RuleId", &*name)
            .with("RuleName", &*name)
            .with("Namespace", meter.namespace())
            .with("MetricName", meter.metric())
            .with("Resources", resources.to_string())
            .with("ContactGroups", order.notify.as_str())
            .with("Period", seconds.to_string())
            .with("Interval", seconds.to_string())
            .with("Escalations.Warn.Statistics", "Average")
            .with(
                "Escalations.Warn.ComparisonOperator",
                "GreaterThanOrEqualToThreshold",
            )
            .with(
                "Escalations.Warn.Threshold",
                order.rule.bits_a_second().to_string(),
            )
            .with("Escalations.Warn.Times", order.rule.periods.to_string())
            // A machine that sends nothing has no data; that is no alarm.
            .with("NoDataPolicy", "OK")
            .with_pairs("Labels", &labels)
            // There was none of this id a moment ago: whatever has it now is this one.
            .same_twice();
        call.send().await?;
        Ok(ResourceId::new(name))
    }

    async fn delete_alarm(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self
            .call_in(&DELETE_METRIC_RULES, region, done)
            .with("Id.1", id.as_str());
        removal(call.send().await)
    }

    async fn create_target(&self, region: &RegionId, name: &str) -> Result<ResourceId, CloudError> {
        let found = self.contact_group(region, name).await?;
        if found.is_none() {
            self.put_contact_group(region, &Group::new(name)).await?;
        }
        Ok(ResourceId::new(name))
    }

    /// A mail address has to be confirmed by whoever reads it.
    async fn subscribe(
        &self,
        region: &RegionId,
        target: &ResourceId,
        listener: &str,
    ) -> Result<(), CloudError> {
        let Some(group) = self.contact_group(region, target.as_str()).await? else {
            let words = format!("there is no contact group {target}");
            let operation = &DESCRIBE_CONTACT_GROUPS;
            return Err(self.trouble(operation, region, ErrorKind::NotFound, words));
        };
        let Some(channel) = contacts::channel(listener) else {
            let words = format!(
                "{listener} is neither a mail address nor the address of a DingTalk robot; \
                 others are added in CloudMonitor's console, under Alert Contacts"
            );
            return Err(self.trouble(&PUT_CONTACT, region, ErrorKind::Invalid, words));
        };
        let contact = self.contact(region, channel, listener).await?;
        if group.contacts.contains(&contact) {
            return Ok(());
        }
        let mut group = group;
        group.contacts.push(contact);
        self.put_contact_group(region, &group).await
    }

    fn counts(&self) -> &'static str {
        "public"
    }
}

/// The rules of a region: of those that say of which one they are.
///
/// Whoever looks for the machine of a rule looks here: one that stands elsewhere would be called gone.
struct OfRegion<'a> {
    rules: List<'a, Alarm>,
    region: RegionId,
}

#[async_trait]
impl PageSource<Alarm> for OfRegion<'_> {
    fn site(&self) -> CallSite {
        self.rules.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Alarm>, CloudError> {
        let mut page = self.rules.page(at).await?;
        page.items.retain(|it| {
            let said = it.tags.get(REGION_LABEL);
            said.is_none_or(|it| it == self.region.as_str())
        });
        // What the list says of its length is of all regions.
        page.total = None;
        Ok(page)
    }
}

impl Aliyun {
    fn rules(&self, region: &RegionId) -> List<'_, Alarm> {
        List {
            paging: Paging::Numbers {
                page: "Page",
                size: "PageSize",
                numbering: Numbering::new(PAGE_SIZE),
            },
            row_bytes: RULE_BYTES,
            ..List::numbered(
                self,
                &DESCRIBE_METRIC_RULES,
                region,
                PAGE_SIZE,
                decode_rules,
            )
        }
    }
}
