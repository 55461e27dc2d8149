//! The adapter against moto, a simulated AWS that others wrote: what its own client planted is what
//! we read.
//!
//! Run by `conformance/moto`, which starts moto, plants, and writes down what it planted.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{Clock, SystemClock};
use cloud::{
    Certificates as _, Clusters as _, Disks as _, Inventory as _, Machines as _, Organization as _,
};
use cloud_aws::{Aws, CredentialSource, Environment, Quotas, Settings};
use model::{AccountId, Opinion, RegionId, ResourceId};
use serde_json::Value;

use crate::stand::{caller, endpoints, itself, rows};

/// Returns the address of moto, and what was planted there.
#[expect(
    clippy::disallowed_methods,
    reason = "the test is told by the environment where the other side is"
)]
fn planted() -> (String, Value) {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let text = std::fs::read_to_string(told("SKYWARDEN_MOTO_PLANTED")).unwrap();
    (told("SKYWARDEN_MOTO"), serde_json::from_str(&text).unwrap())
}

fn set(planted: &Value, name: &str) -> BTreeSet<String> {
    let all = planted[name].as_array().unwrap();
    all.iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
#[ignore = "needs moto, which conformance/moto starts"]
async fn what_motos_own_client_planted_is_what_is_read() {
    let (url, planted) = planted();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let settings = Settings {
        account: AccountId::new("moto"),
        source: CredentialSource::Static {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "any".into(),
            token: None,
        },
        environment: Environment::default(),
        partition: None,
        region: None,
        regions: vec![RegionId::new("us-east-1")],
        endpoints: endpoints(&[("default", &url)]),
        quotas: Quotas::default().every(1_000.0),
    };
    let aws = Aws::new(settings, caller(&clock));
    let here = RegionId::new("us-east-1");

    let identity = itself(&aws).identity().await.unwrap();
    assert_eq!(identity.account, planted["account"].as_str().unwrap());
    assert!(aws.regions().await.unwrap().len() > 10);

    let machines = rows(aws.machines(&here)).await;
    let ids = machines.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(
        set(&planted, "machines"),
        ids,
        "terminated ones are left out"
    );
    let named = machines
        .iter()
        .find(|it| it.name == "生产 web & <1>")
        .unwrap();
    assert_eq!(named.tags["AutoSnapshot"], "true");
    assert!(!named.private_ips.is_empty() && named.created.is_some());

    let disks = rows(aws.disks(&here)).await;
    let loose = disks
        .iter()
        .filter(|it| it.state == model::DiskState::Unattached)
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(set(&planted, "loose_disks"), loose);

    let snapshots = rows(aws.snapshots(&here)).await;
    let ids: BTreeSet<String> = snapshots.iter().map(|it| it.id.to_string()).collect();
    assert!(set(&planted, "snapshots").is_subset(&ids));

    let grouped: Vec<ResourceId> = set(&planted, "grouped")
        .into_iter()
        .map(ResourceId::new)
        .collect();
    let mut asked = grouped.clone();
    asked.push(ResourceId::new(planted["terminated"].as_str().unwrap()));
    let opinions = aws.opinions(&here, &asked).await.unwrap();
    let group = Opinion::InGroup(ResourceId::new(planted["group"].as_str().unwrap()));
    assert!(
        grouped.iter().all(|it| opinions[it] == group),
        "{opinions:?}"
    );
    assert_eq!(opinions[&asked[grouped.len()]], Opinion::Absent);

    let certificates = rows(aws.certificates()).await;
    let ids: BTreeSet<String> = certificates.iter().map(|it| it.id.to_string()).collect();
    assert!(set(&planted, "certificates").is_subset(&ids), "{ids:?}");

    let members = rows(aws.members()).await;
    let names: BTreeSet<String> = members.iter().map(|it| it.name.clone()).collect();
    assert!(set(&planted, "members").is_subset(&names), "{names:?}");
    let lab = members.iter().find(|it| it.name == "lab").unwrap();
    let entered = aws.enter(lab, "");
    assert_eq!(entered.identity().await.unwrap().account, lab.number);
}
