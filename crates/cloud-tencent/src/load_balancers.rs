//! Reads load balancers and counts what stands behind them (clb 2018-03-17).
//!
//! The list tells the number of backends when it is asked to. Where it does not, or says that there
//! is none, the balancer's own list of them is asked: "none" has to be seen, not taken from a field
//! that was forgotten.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, ErrorKind, LoadBalancers, Page, PageAt, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{LoadBalancer, Place, RegionId, ResourceId};
use serde_json::{Map, json};

use crate::Tencent;
use crate::decode::{self, LongTag, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::{DESCRIBE_LOAD_BALANCERS, DESCRIBE_TARGETS};
use crate::{times, words};

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 4096;
/// Listeners with their rules, each with its targets.
const TARGETS_BYTES: u64 = 256 << 10;
/// How many questions are under way at once.
const PARALLEL: usize = 4;

impl LoadBalancers for Tencent {
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_> {
        let counted = Map::from_iter([("AdditionalFields".to_owned(), json!(["TargetCount"]))]);
        let question = Question {
            operation: &DESCRIBE_LOAD_BALANCERS,
            place: Place::Region(region.clone()),
            counts: Counts::Rows,
            arguments: counted,
            page_size: PAGE_SIZE,
            row_bytes: ROW_BYTES,
            decode,
        };
        Box::new(BalancerList {
            tencent: self,
            region: region.clone(),
            list: OffsetList::new(self, question),
        })
    }
}

struct BalancerList<'a> {
    tencent: &'a Tencent,
    region: RegionId,
    list: OffsetList<'a, LoadBalancer>,
}

#[async_trait]
impl PageSource<LoadBalancer> for BalancerList<'_> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<LoadBalancer>, CloudError> {
        let page = self.list.page(at).await?;
        let counted: Vec<_> = page.items.into_iter().map(|it| self.counted(it)).collect();
        let items = futures_util::stream::iter(counted)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(Page { items, ..page })
    }
}

impl BalancerList<'_> {
    async fn counted(&self, balancer: LoadBalancer) -> Result<LoadBalancer, CloudError> {
        if balancer.backends.is_some_and(|it| it > 0) {
            return Ok(balancer);
        }
        let call = self
            .tencent
            .call(&DESCRIBE_TARGETS, decode_targets)
            .at(Place::Region(self.region.clone()))
            .with("LoadBalancerId", balancer.id.as_str())
            .expecting(1, TARGETS_BYTES);
        let backends = match call.send().await {
            Ok(backends) => Some(backends),
            // One balancer that this question is not for (a classic one), or that is gone by now,
            // says nothing of the others.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => None,
            Err(error) => return Err(error),
        };
        Ok(LoadBalancer {
            backends,
            ..balancer
        })
    }
}

decode::wire! {
    struct Row<'a> {
        load_balancer_id: Loose<'a>,
        load_balancer_name: Loose<'a>,
        load_balancer_type: Loose<'a>,
        load_balancer_vips: Option<Vec<Loose<'a>>>,
        #[serde(rename = "AddressIPv6")]
        address_ipv6: Loose<'a>,
        load_balancer_domain: Loose<'a>,
        target_count: Loose<'a>,
        charge_type: Loose<'a>,
        create_time: Loose<'a>,
        tags: Option<Vec<LongTag<'a>>>,
    }
    struct TargetsAnswer<'a> {
        listeners: Option<Vec<Listener<'a>>>,
    }
    struct Listener<'a> {
        targets: Option<Vec<Target<'a>>>,
        rules: Option<Vec<Rule<'a>>>,
    }
    struct Rule<'a> {
        targets: Option<Vec<Target<'a>>>,
        function_targets: Option<Vec<Target<'a>>>,
    }
    /// Counted only.
    struct Target<'a> {
        #[serde(rename = "Type")]
        _sort: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Listed<LoadBalancer>, Misread> {
    lists::read(body, &Shape::rows("LoadBalancerSet"), balancer)
}

fn balancer(row: Row<'_>) -> Result<LoadBalancer, Misread> {
    let id = row.load_balancer_id.some_text();
    let id = id.ok_or(Misread::Lacks("LoadBalancerId in one of its rows"))?;
    let answers_at = decode::texts(row.load_balancer_vips)
        .next()
        .or_else(|| row.address_ipv6.some_text())
        .or_else(|| row.load_balancer_domain.some_text());
    Ok(LoadBalancer {
        id: ResourceId::new(id),
        name: row.load_balancer_name.into_text(),
        sort: row.load_balancer_type.into_text(),
        answers_at: answers_at.unwrap_or_default(),
        backends: row.target_count.count(),
        charge: words::charge(&row.charge_type),
        created: times::instant_of(&row.create_time),
        tags: decode::long_tags(row.tags),
    })
}

fn decode_targets(body: &str) -> Result<u64, Misread> {
    let answer: TargetsAnswer<'_> = decode::object(body)?;
    let listeners = answer.listeners.ok_or(Misread::Lacks("Listeners"))?;
    let many = |list: &Option<Vec<Target<'_>>>| list.as_ref().map_or(0, |it| it.len() as u64);
    let behind = listeners.iter().map(|listener| {
        let rules = listener.rules.iter().flatten();
        let ruled: u64 = rules
            .map(|it| many(&it.targets) + many(&it.function_targets))
            .sum();
        many(&listener.targets) + ruled
    });
    Ok(behind.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_listeners_rules_and_functions_are_counted() {
        let body = r#"{"Response":{"Listeners":[
            {"ListenerId":"lbl-1","Rules":[{"Targets":[{"InstanceId":"ins-1"},{"InstanceId":"ins-2"}],
             "FunctionTargets":null},{"Targets":null,"FunctionTargets":[{"Weight":1}]}],"Targets":null},
            {"ListenerId":"lbl-2","Rules":null,"Targets":[{"InstanceId":"ins-1"}]}]}}"#;
        assert_eq!(decode_targets(body).unwrap(), 4);
        assert_eq!(
            decode_targets(r#"{"Response":{"Listeners":[]}}"#).unwrap(),
            0
        );
        assert!(decode_targets(r#"{"Response":{}}"#).is_err());
    }

    #[test]
    fn a_recorded_balancer_is_understood() {
        let body = r#"{"Response":{"TotalCount":1,"LoadBalancerSet":[{"LoadBalancerId":"lb-1",
            "LoadBalancerName":"web","LoadBalancerType":"OPEN","LoadBalancerVips":["1.2.3.4"],"Forward":1,
            "ChargeType":"POSTPAID_BY_HOUR","CreateTime":"2022-09-01 10:00:00","ExpireTime":"2022-10-01 10:00:00",
            "Tags":[{"TagKey":"tke-clusterId","TagValue":"cls-1"}]}]}}"#;
        let balancer = decode(body).unwrap().items.remove(0);
        assert_eq!(
            (balancer.sort.as_str(), balancer.answers_at.as_str()),
            ("OPEN", "1.2.3.4")
        );
        assert_eq!(balancer.backends, None);
        assert_eq!(balancer.tags["tke-clusterId"], "cls-1");
        assert_eq!(
            balancer.created.unwrap().to_string(),
            "2022-09-01T02:00:00Z"
        );
    }
}
