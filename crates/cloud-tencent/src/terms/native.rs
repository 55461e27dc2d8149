//! Native nodes that are paid for in advance: they end, and stand in no list but their clusters'.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{
    CallSite, CloudError, Clusters as _, ErrorKind, Next, Page, PageAt, PageSource, Sighting,
    Unseen, Why, pager,
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{Cluster, Kind, NodeView, Place, Prepaid, RegionId, ResourceId};
use serde_json::{Map, json};

use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_NODES_2022;
use crate::{Tencent, clusters, errors, times, words};

/// The kind of this list.
pub(super) const KIND: &str = "tke";
const NODE_BYTES: u64 = 8192;
/// How many clusters are asked at once.
const PARALLEL: usize = 4;

/// The native nodes of all clusters of a region, at once.
pub(super) struct NativeNodes<'a> {
    tencent: &'a Tencent,
    region: RegionId,
}

impl<'a> NativeNodes<'a> {
    pub(super) fn new(tencent: &'a Tencent, region: &RegionId) -> Self {
        Self {
            tencent,
            region: region.clone(),
        }
    }

    async fn of_cluster(&self, cluster: &Cluster) -> Result<Vec<Prepaid>, CloudError> {
        let native = json!([{ "Name": "InstanceType", "Values": ["Native"] }]);
        let question = Question {
            operation: &DESCRIBE_NODES_2022,
            place: Place::Region(self.region.clone()),
            counts: Counts::Rows,
            arguments: Map::from_iter([
                ("ClusterId".to_owned(), json!(cluster.id.as_str())),
                ("Filters".to_owned(), native),
            ]),
            page_size: clusters::PAGE_SIZE,
            row_bytes: NODE_BYTES,
            decode,
        };
        let list = OffsetList::new(self.tencent, question);
        match whole(&list).await {
            // Where only the older version is known there are no native nodes to tell of, and a
            // cluster that is gone by now has none.
            Err(error) if errors::is_unknown_question(&error) => Ok(Vec::new()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            rows => rows,
        }
    }
}

#[async_trait]
impl PageSource<Prepaid> for NativeNodes<'_> {
    fn site(&self) -> CallSite {
        let place = Place::Region(self.region.clone());
        self.tencent.call_site(&DESCRIBE_NODES_2022, &place)
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let list = self.tencent.clusters(&self.region);
        let clusters = match pager::collect(list.as_ref()).await {
            Sighting::Seen(seen) => seen.into_inner(),
            Sighting::Unseen(unseen) => return Err(again(list.site(), &unseen)),
        };
        let asked: Vec<_> = clusters
            .iter()
            .filter(|it| it.view == NodeView::Whole)
            .map(|it| self.of_cluster(it))
            .collect();
        let rows: Vec<Vec<Prepaid>> = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let items = rows.into_iter().flatten().map(|row| Prepaid {
            region: Some(self.region.clone()),
            ..row
        });
        Ok(Page {
            items: items.collect(),
            next: Next::End,
            total: None,
        })
    }
}

/// Reads a list to its end, and takes it only whole: one that comes out short is read once more.
///
/// Not by the pager: what that says of a failure has lost the code, which matters here.
async fn whole(list: &OffsetList<'_, Prepaid>) -> Result<Vec<Prepaid>, CloudError> {
    let limit = u64::from(clusters::PAGE_SIZE);
    let (mut rows, mut total) = (BTreeMap::new(), 0);
    for _look in 0..2 {
        rows.clear();
        let mut offset = 0;
        loop {
            let page = list.rows(offset, limit).await?;
            let came = (page.items.len() as u64).min(limit);
            total = page.total.unwrap_or(0);
            offset += came;
            for row in page.items {
                rows.insert(row.id.clone(), row);
            }
            if came == 0 || offset >= total {
                break;
            }
        }
        if rows.len() as u64 >= total {
            return Ok(rows.into_values().collect());
        }
    }
    let words = format!(
        "the list says it has {total} rows and twice gave {}",
        rows.len()
    );
    Err(CloudError::new(list.site(), ErrorKind::Undecodable, words))
}

/// Returns the failure of a list that this one stands on.
fn again(site: CallSite, unseen: &Unseen) -> CloudError {
    let kind = match &unseen.why {
        Why::Denied { permission } => ErrorKind::Denied {
            permission: permission.clone(),
        },
        Why::Credentials => ErrorKind::Credentials,
        Why::Clock => ErrorKind::Clock { server: None },
        Why::Throttled => ErrorKind::Throttled { retry_after: None },
        Why::Unreachable => ErrorKind::Busy,
        Why::Refused => ErrorKind::Invalid,
        _ => ErrorKind::Undecodable,
    };
    CloudError::new(site, kind, unseen.detail.clone())
}

decode::wire! {
    struct Row<'a> {
        instance_id: Loose<'a>,
        native: Option<Native<'a>>,
    }
    struct Native<'a> {
        instance_id: Loose<'a>,
        display_name: Loose<'a>,
        instance_type: Loose<'a>,
        instance_charge_type: Loose<'a>,
        expired_time: Loose<'a>,
        renew_flag: Loose<'a>,
        created_at: Loose<'a>,
        tags: Option<Vec<Tag<'a>>>,
    }
}

fn decode(body: &str) -> Result<Listed<Prepaid>, Misread> {
    lists::read(body, &Shape::rows("InstanceSet"), node)
}

fn node(row: Row<'_>) -> Result<Prepaid, Misread> {
    let native = row.native.unwrap_or_default();
    let id = native.instance_id.some_text();
    let id = id.or_else(|| row.instance_id.some_text());
    let charge = words::charge(&native.instance_charge_type);
    let renewal = words::renewal(&native.renew_flag);
    Ok(Prepaid {
        kind: Kind::new(KIND),
        product_type: native.instance_type.into_text().into(),
        id: ResourceId::new(id.ok_or(Misread::Lacks("InstanceId in one of its rows"))?),
        name: native.display_name.some_text(),
        region: None,
        tags: decode::tags(native.tags),
        created: times::instant_of(&native.created_at),
        expiry: times::expiry(&charge, &native.expired_time),
        renewal: super::prepaid_only(&charge, renewal),
        status: super::status(&charge, false),
        release: None,
        renewal_price: None,
    })
}

#[cfg(test)]
mod tests {
    use model::{Expiry, Renewal};

    use super::*;

    #[test]
    fn a_native_node_ends_when_it_is_paid_for_in_advance() {
        let body = r#"{"Response":{"TotalCount":2,"InstanceSet":[
            {"InstanceId":"np-1-a","NodeType":"Native","Native":{"MachineName":"np-1-a","InstanceId":"ins-1",
             "InstanceChargeType":"PREPAID","ExpiredTime":"2026-12-06 08:00:00","RenewFlag":"NOTIFY_AND_AUTO_RENEW",
             "CreatedAt":"2023-08-17 20:46:39","DisplayName":"tke-np-1-worker"}},
            {"InstanceId":"np-1-b","NodeType":"Native","Native":{"InstanceChargeType":"POSTPAID_BY_HOUR",
             "ExpiredTime":"","RenewFlag":""}}],"Errors":[]}}"#;
        let rows = decode(body).unwrap().items;
        assert_eq!(rows[0].id.as_str(), "ins-1");
        assert_eq!(
            rows[0].expiry,
            Expiry::At("2026-12-06T00:00:00Z".parse().unwrap())
        );
        assert_eq!(rows[0].renewal, Renewal::Auto { months: None });
        assert_eq!(rows[0].created.unwrap().to_string(), "2023-08-17T12:46:39Z");
        assert_eq!(
            (rows[1].id.as_str(), rows[1].expiry),
            ("np-1-b", Expiry::Never)
        );
    }
}
