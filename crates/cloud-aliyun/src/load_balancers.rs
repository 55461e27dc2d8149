//! Reads classic load balancers (Slb 2014-05-15).
//!
//! How many backends one has is known only where it has no listener: a listener may send to a group
//! of servers of its own, which no list of the balancer's shows.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, LoadBalancers, Page, PageAt, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{LoadBalancer, Place, RegionId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, TagList, charge, id, listed};
use crate::operations::{DESCRIBE_LOAD_BALANCER, DESCRIBE_LOAD_BALANCERS};
use crate::times;

const PAGE_SIZE: u32 = 100;
/// How many questions are under way at once.
const PARALLEL: usize = 4;

impl LoadBalancers for Aliyun {
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_> {
        let list = List::numbered(self, &DESCRIBE_LOAD_BALANCERS, region, PAGE_SIZE, decode);
        Box::new(Balancers {
            region: region.clone(),
            list,
        })
    }
}

/// The list, each row with its backends.
struct Balancers<'a> {
    region: RegionId,
    list: List<'a, LoadBalancer>,
}

#[async_trait]
impl PageSource<LoadBalancer> for Balancers<'_> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<LoadBalancer>, CloudError> {
        let page = self.list.page(at).await?;
        let asked: Vec<_> = page.items.into_iter().map(|it| self.counted(it)).collect();
        let items = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(Page { items, ..page })
    }
}

impl Balancers<'_> {
    async fn counted(&self, balancer: LoadBalancer) -> Result<LoadBalancer, CloudError> {
        let call = self
            .list
            .aliyun
            .call(&DESCRIBE_LOAD_BALANCER, decode_backends)
            .at(Place::Region(self.region.clone()))
            .with("RegionId", self.region.as_str())
            .with("LoadBalancerId", balancer.id.as_str());
        match call.send().await {
            Ok(backends) => Ok(LoadBalancer {
                backends,
                ..balancer
            }),
            // It went away between the two questions.
            Err(error) if error.kind == cloud::ErrorKind::NotFound => Ok(balancer),
            Err(error) => Err(error),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    load_balancer_id: Loose<'a>,
    #[serde(borrow)]
    load_balancer_name: Loose<'a>,
    #[serde(borrow)]
    address: Loose<'a>,
    #[serde(borrow)]
    address_type: Loose<'a>,
    #[serde(borrow)]
    pay_type: Loose<'a>,
    #[serde(borrow)]
    create_time: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

fn decode(body: &str) -> Result<Listed<LoadBalancer>, Misread> {
    listed!(body, "LoadBalancers", "LoadBalancer", Row, balancer)
}

fn balancer(row: Row<'_>) -> Result<LoadBalancer, Misread> {
    Ok(LoadBalancer {
        id: id(&row.load_balancer_id, "LoadBalancerId in one of its rows")?,
        name: row.load_balancer_name.into_text(),
        sort: row.address_type.into_text(),
        answers_at: row.address.into_text(),
        backends: None,
        // `PayOnDemand` and `PrePay` here.
        charge: charge(&row.pay_type.text(), ""),
        created: times::instant_of(&row.create_time),
        tags: TagList::into_tags(row.tags),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attribute<'a> {
    #[serde(borrow)]
    load_balancer_id: Loose<'a>,
    #[serde(borrow)]
    backend_servers: Option<Backends<'a>>,
    #[serde(borrow)]
    listener_ports: Option<Ports<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Backends<'a> {
    #[serde(borrow)]
    backend_server: Option<Vec<Backend<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Backend<'a> {
    #[serde(borrow)]
    server_id: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Ports<'a> {
    #[serde(borrow)]
    listener_port: Option<Vec<Loose<'a>>>,
}

fn decode_backends(body: &str) -> Result<Option<u64>, Misread> {
    let answer: Attribute<'_> = serde_json::from_str(body)?;
    if answer.load_balancer_id.is_empty() {
        return Err(Misread::Lacks("LoadBalancerId"));
    }
    let backends = answer.backend_servers.and_then(|it| it.backend_server);
    let backends = backends.unwrap_or_default();
    let many = backends
        .iter()
        .filter(|it| !it.server_id.is_empty())
        .count() as u64;
    let listeners = answer.listener_ports.and_then(|it| it.listener_port);
    let listens = listeners.is_none_or(|it| !it.is_empty());
    Ok((many > 0 || !listens).then_some(many))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balancer_that_listens_may_have_servers_that_its_list_does_not_show() {
        for (backends, ports, expected) in [
            (r#"[{"ServerId":"i-1"}]"#, "[80]", Some(1)),
            ("[]", "[]", Some(0)),
            ("[]", "[80]", None),
        ] {
            let body = format!(
                r#"{{"LoadBalancerId":"lb-1","BackendServers":{{"BackendServer":{backends}}},
                "ListenerPorts":{{"ListenerPort":{ports}}}}}"#
            );
            assert_eq!(decode_backends(&body).unwrap(), expected, "{body}");
        }
        let silent = r#"{"LoadBalancerId":"lb-1"}"#;
        assert_eq!(decode_backends(silent).unwrap(), None);
    }
}
