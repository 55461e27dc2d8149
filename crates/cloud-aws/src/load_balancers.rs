//! Reads load balancers: application, network and gateway ones with their target groups, and classic
//! ones with their machines.
//!
//! A listener that answers by itself (a redirect, a fixed response) stands for a backend: its
//! balancer is in use although nothing stands behind it.

mod targets;

use std::sync::Arc;

use cloud::{CloudError, LoadBalancers, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{Charge, LoadBalancer, Place, RegionId, ResourceId};
use serde::Deserialize;
use tokio::sync::OnceCell;

use self::targets::{Groups, TagsByName};
use crate::Aws;
use crate::decode::Misread;
use crate::lists::{Batch, PARALLEL};
use crate::operations::{DESCRIBE_CLASSIC_BALANCERS, DESCRIBE_LOAD_BALANCERS};
use crate::query::{Set, read_result, some};
use crate::times::instant;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 400;
/// A balancer with its zones.
const ROW_BYTES: usize = 2 << 10;
/// Begins the tokens of the second list.
const CLASSIC: &str = "classic:";

impl LoadBalancers for Aws {
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_> {
        let place = Place::Region(region.clone());
        let groups = Arc::new(OnceCell::new());
        self.list(&DESCRIBE_LOAD_BALANCERS, place.clone(), move |token| {
            let (place, groups) = (place.clone(), groups.clone());
            self.balancer_page(place, groups, token)
        })
    }
}

impl Aws {
    /// The newer ones come first, the classic ones after them.
    async fn balancer_page(
        &self,
        place: Place,
        groups: Arc<OnceCell<Groups>>,
        token: Option<String>,
    ) -> Result<Batch<LoadBalancer>, CloudError> {
        if let Some(marker) = token.as_deref().and_then(|it| it.strip_prefix(CLASSIC)) {
            return self.classic_page(&place, marker).await;
        }
        let page = self
            .call(&DESCRIBE_LOAD_BALANCERS, decode)
            .at(&place)
            .with("PageSize", PAGE_SIZE.to_string())
            .with_some("Marker", token)
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send();
        let groups = groups.get_or_try_init(|| self.target_groups(&place));
        let (batch, groups) = futures_util::future::try_join(page, groups).await?;
        let ids: Vec<ResourceId> = batch.rows.iter().map(|it| it.id.clone()).collect();
        let mut tags = self.balancer_tags(&place, &ids).await?;
        let counted: Vec<LoadBalancer> = futures_util::stream::iter(batch.rows)
            .map(|balancer| {
                let groups = groups.get(&balancer.id).cloned().unwrap_or_default();
                self.counted(&place, balancer, groups)
            })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(Batch {
            rows: adorned(counted, &mut tags),
            next: Some(batch.next.unwrap_or_else(|| CLASSIC.to_owned())),
        })
    }

    async fn classic_page(
        &self,
        place: &Place,
        marker: &str,
    ) -> Result<Batch<LoadBalancer>, CloudError> {
        let batch = self
            .call(&DESCRIBE_CLASSIC_BALANCERS, decode_classic)
            .at(place)
            .with("PageSize", PAGE_SIZE.to_string())
            .with_some("Marker", some(marker).map(str::to_owned))
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send()
            .await?;
        let names: Vec<ResourceId> = batch.rows.iter().map(|it| it.id.clone()).collect();
        let mut tags = self.classic_tags(place, &names).await?;
        Ok(Batch {
            rows: adorned(batch.rows, &mut tags),
            next: batch.next.map(|it| format!("{CLASSIC}{it}")),
        })
    }
}

fn adorned(balancers: Vec<LoadBalancer>, tags: &mut TagsByName) -> Vec<LoadBalancer> {
    let with_tags = balancers.into_iter().map(|balancer| LoadBalancer {
        tags: tags.remove(&balancer.id).unwrap_or_default(),
        ..balancer
    });
    with_tags.collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer {
    load_balancers: Option<Set<Row>>,
    load_balancer_descriptions: Option<Set<ClassicRow>>,
    next_marker: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row {
    load_balancer_arn: String,
    load_balancer_name: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    r#type: String,
    created_time: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ClassicRow {
    load_balancer_name: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    created_time: String,
    instances: Set<Instance>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Instance {
    #[serde(rename = "InstanceId")]
    _id: String,
}

/// Returns balancers whose backends and tags are still to be asked for.
fn decode(body: &[u8]) -> Result<Batch<LoadBalancer>, Misread> {
    let answer: Answer = read_result(body, "DescribeLoadBalancersResponse")?;
    let rows = answer
        .load_balancers
        .ok_or(Misread::Lacks("LoadBalancers"))?;
    let balancers = rows.into_iter().map(|row| {
        let id = some(&row.load_balancer_arn)
            .ok_or(Misread::Lacks("LoadBalancerArn in one of its rows"))?;
        Ok(LoadBalancer {
            id: ResourceId::new(id),
            name: row.load_balancer_name,
            sort: row.r#type,
            answers_at: row.dns_name,
            backends: None,
            charge: Charge::OnDemand,
            created: instant(&row.created_time),
            tags: model::Tags::new(),
        })
    });
    let balancers = balancers.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(balancers, &answer.next_marker))
}

fn decode_classic(body: &[u8]) -> Result<Batch<LoadBalancer>, Misread> {
    let answer: Answer = read_result(body, "DescribeLoadBalancersResponse")?;
    let rows = answer
        .load_balancer_descriptions
        .ok_or(Misread::Lacks("LoadBalancerDescriptions"))?;
    let balancers = rows.into_iter().map(|row| {
        let name = some(&row.load_balancer_name)
            .ok_or(Misread::Lacks("LoadBalancerName in one of its rows"))?;
        Ok(LoadBalancer {
            id: ResourceId::new(name),
            name: name.to_owned(),
            sort: "classic".to_owned(),
            answers_at: row.dns_name,
            backends: Some(row.instances.iter().count() as u64),
            charge: Charge::OnDemand,
            created: instant(&row.created_time),
            tags: model::Tags::new(),
        })
    });
    let balancers = balancers.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(balancers, &answer.next_marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_from_their_own_lists() {
        let newer = b"<DescribeLoadBalancersResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><DescribeLoadBalancersResult><LoadBalancers>
            <member><LoadBalancerArn>arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/a/50dc6c495c0c9188</LoadBalancerArn><LoadBalancerName>a</LoadBalancerName>
            <DNSName>a-1.us-east-1.elb.amazonaws.com</DNSName><Type>application</Type><CreatedTime>2026-01-02T03:04:05.670Z</CreatedTime></member>
            </LoadBalancers><NextMarker>m</NextMarker></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>";
        let batch = decode(newer).unwrap();
        let balancer = &batch.rows[0];
        assert_eq!(
            (balancer.sort.as_str(), balancer.backends),
            ("application", None)
        );
        assert_eq!(balancer.answers_at, "a-1.us-east-1.elb.amazonaws.com");
        assert_eq!(batch.next.as_deref(), Some("m"));
        let classic = b"<DescribeLoadBalancersResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/\"><DescribeLoadBalancersResult><LoadBalancerDescriptions>
            <member><LoadBalancerName>old</LoadBalancerName><Instances><member><InstanceId>i-1</InstanceId></member><member><InstanceId>i-2</InstanceId></member></Instances></member>
            <member><LoadBalancerName>empty</LoadBalancerName><Instances/></member></LoadBalancerDescriptions></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>";
        let shown: Vec<_> = decode_classic(classic)
            .unwrap()
            .rows
            .into_iter()
            .map(|it| (it.name, it.backends))
            .collect();
        assert_eq!(
            shown,
            [("old".to_owned(), Some(2)), ("empty".to_owned(), Some(0))]
        );
        assert!(decode(classic).is_err() && decode_classic(newer).is_err());
    }
}
