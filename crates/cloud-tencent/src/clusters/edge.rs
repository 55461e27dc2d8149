//! The nodes of clusters at the edge: texts that nobody defines, in which the ids of machines stand.
//!
//! Whoever is named there is a node; who is not may be one all the same, and the cluster's view says
//! so.

use std::collections::BTreeSet;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{ClusterNode, NodeMachine, NodeSort, Place, RegionId, ResourceId};
use serde_json::Value;

use super::PAGE_SIZE;
use crate::Tencent;
use crate::decode::{self, Loose, Misread};
use crate::errors;
use crate::operations::{DESCRIBE_EDGE_MACHINES, DESCRIBE_EDGE_NODES, Operation};
use crate::rpc::Rpc;

const PAGE_BYTES: u64 = 256 << 10;
/// More pages than any cluster has.
const MOST_PAGES: u64 = 1000;

/// The nodes of one cluster at the edge, at once.
pub(super) struct EdgeNodes<'a> {
    tencent: &'a Tencent,
    place: Place,
    cluster: ResourceId,
}

impl<'a> EdgeNodes<'a> {
    pub(super) fn new(tencent: &'a Tencent, region: &RegionId, cluster: &ResourceId) -> Self {
        Self {
            tencent,
            place: Place::Region(region.clone()),
            cluster: cluster.clone(),
        }
    }

    fn call(&self, operation: &'static Operation) -> Rpc<'a, Named> {
        self.tencent
            .call(operation, decode)
            .at(self.place.clone())
            .with("ClusterID", self.cluster.as_str())
            .expecting(1, PAGE_BYTES)
    }
}

#[async_trait]
impl PageSource<ClusterNode> for EdgeNodes<'_> {
    fn site(&self) -> CallSite {
        self.tencent.call_site(&DESCRIBE_EDGE_NODES, &self.place)
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<ClusterNode>, CloudError> {
        let mut ids = BTreeSet::new();
        for page in 0..MOST_PAGES {
            let offset = page * u64::from(PAGE_SIZE);
            let call = self.call(&DESCRIBE_EDGE_NODES);
            let named = call
                .with("Offset", offset)
                .with("Limit", PAGE_SIZE)
                .send()
                .await?;
            ids.extend(named.ids);
            if offset + u64::from(PAGE_SIZE) >= named.total {
                break;
            }
        }
        match self.call(&DESCRIBE_EDGE_MACHINES).send().await {
            Ok(named) => ids.extend(named.ids),
            Err(error) if errors::is_unknown_question(&error) => {}
            Err(error) => return Err(error),
        }
        let items = ids.into_iter().map(|id| ClusterNode {
            machine: NodeMachine::Is(ResourceId::new(id.as_str())),
            sort: NodeSort::Worker,
            private_ip: None,
            pool: None,
            name: id,
        });
        Ok(Page {
            items: items.collect(),
            next: Next::End,
            total: None,
        })
    }
}

/// The machines that an answer names.
struct Named {
    ids: BTreeSet<String>,
    total: u64,
}

fn decode(body: &str) -> Result<Named, Misread> {
    decode::wire! {
        struct Count<'a> {
            total_count: Loose<'a>,
        }
    }
    #[derive(serde::Deserialize)]
    struct Texts {
        #[serde(rename = "InstanceInfoSet", default)]
        texts: Value,
    }
    let count: Count<'_> = decode::object(body)?;
    let texts: Texts = decode::object(body)?;
    let mut ids = BTreeSet::new();
    collect(&texts.texts, &mut ids);
    let total = count.total_count.count();
    Ok(Named {
        ids,
        total: total.ok_or(Misread::Lacks("TotalCount"))?,
    })
}

fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => ids.extend(machines_in(text)),
        Value::Array(items) => items.iter().for_each(|it| collect(it, ids)),
        Value::Object(fields) => fields.values().for_each(|it| collect(it, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the ids of machines in a text, `ins-` and what follows of small letters and digits.
fn machines_in(text: &str) -> impl Iterator<Item = String> {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.match_indices("ins-").filter_map(move |(at, mark)| {
        let rest = &text[at + mark.len()..];
        let id: String = rest.chars().take_while(|it| plain(*it)).collect();
        (!id.is_empty()).then(|| format!("ins-{id}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(set: &str) -> Vec<String> {
        let body =
            format!(r#"{{"Response":{{"TotalCount":2,"InstanceInfoSet":{set},"RequestId":"r"}}}}"#);
        decode(&body).unwrap().ids.into_iter().collect()
    }

    #[test]
    fn machines_are_found_in_whatever_text_it_is() {
        let json = r#""[{\"InstanceId\":\"ins-abc12345\"},{\"id\":\"ins-zzz\"}]""#;
        assert_eq!(ids(json), ["ins-abc12345", "ins-zzz"]);
        assert_eq!(ids(r#"["node ins-1, ins-1","ins-"]"#), ["ins-1"]);
        assert!(ids(r#""csm-1""#).is_empty() && ids("null").is_empty());
        assert!(decode(r#"{"Response":{"InstanceInfoSet":""}}"#).is_err());
    }
}
