//! Every answer as the vendor's documentation shows it is understood: with masked ids, `null` where
//! the definition admits none, and times in all their forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base::ManualClock;
use bytes::Bytes;
use cloud::{PageAt, PageSource, Provider};
use cloud_tencent::{Bill, RenewalPage, Tencent};
use model::{Place, RegionId};
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use serde_json::Value;

use crate::stand::{REGION, caller, fixed, key, now, settings};

/// Answers as the documentation does; by service, version and operation.
#[derive(Debug)]
struct Documented(BTreeMap<String, Value>);

#[async_trait]
impl Transport for Documented {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let authorization = header("authorization");
        let scope = authorization.split(',').next().unwrap();
        let service = scope.rsplit('/').nth(1).unwrap();
        let (version, action) = (header("x-tc-version"), header("x-tc-action"));
        let name = format!("{service} {version} {action}");
        let answer = self.0.get(&name);
        let answer = answer.unwrap_or_else(|| panic!("{name} is not among the examples"));
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(answer.to_string()),
        })
    }
}

fn tencent() -> Tencent {
    let examples = include_str!("../fixtures/documented.json");
    let examples = Documented(serde_json::from_str(examples).unwrap());
    let caller = caller(Arc::new(examples), &ManualClock::hurrying(now()));
    let mut settings = settings(fixed(&key()), &[("default", "http://127.0.0.1:9")]);
    settings.bill = Bill {
        renewal_page: RenewalPage::Read,
        ..Bill::default()
    };
    Tencent::new(settings, caller)
}

/// Returns how many rows the first page has; the examples' totals are of longer lists.
async fn rows<T: Send>(source: Box<dyn PageSource<T> + '_>) -> usize {
    let page = source.page(&PageAt::First).await.unwrap();
    page.items.len()
}

#[tokio::test]
async fn every_documented_answer_is_understood() {
    let tencent = tencent();
    let it: &dyn Provider = &tencent;
    let region = RegionId::new(REGION);
    assert!(!it.identity().await.unwrap().account.is_empty());
    assert!(!it.inventory().unwrap().regions().await.unwrap().is_empty());
    let billing = it.billing().unwrap();
    assert_eq!(
        billing.balance().await.unwrap().available.to_string(),
        "0.00 ¥"
    );
    assert!(rows(billing.prepaid().unwrap()).await > 0);
    assert!(rows(it.certificates().unwrap().certificates()).await > 0);
    assert!(rows(it.domains().unwrap().domains()).await > 0);
    assert!(rows(it.organization().unwrap().members()).await > 0);
    assert!(rows(it.machines().unwrap().machines(&region)).await > 0);
    assert!(rows(it.disks().unwrap().disks(&region)).await > 0);
    assert!(rows(it.disks().unwrap().snapshots(&region)).await > 0);
    assert!(rows(it.images().unwrap().images(&region)).await > 0);
    assert!(rows(it.addresses().unwrap().addresses(&region)).await > 0);
    assert!(rows(it.load_balancers().unwrap().load_balancers(&region)).await > 0);
    let clusters = it.clusters().unwrap();
    let page = clusters
        .clusters(&region)
        .page(&PageAt::First)
        .await
        .unwrap();
    assert!(rows(clusters.nodes(&region, &page.items[0])).await > 0);
    let place = Place::Region(region.clone());
    let terms = it.terms().unwrap();
    for list in terms.lists().iter().filter(|it| it.kind != "tke") {
        assert!(rows(terms.ending(list, &place)).await > 0, "{}", list.kind);
    }
}
