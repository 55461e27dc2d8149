//! The rules of every adapter, kept over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::Provider;
use cloud::conformance::{Asked, Stage, Trouble, breaches};
use cloudsim::world::directory::Directory;
use cloudsim::{Certificate, Cloud, Domain, Effect, Fault, Prepaid, Uid};

use crate::stand::{Stand, UID, days, now, shop};

struct Full(Stand);

#[async_trait]
impl Stage for Full {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aliyun())
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        let account = self.0.sim.world().account("shop").unwrap();
        Some(match asked {
            Asked::Identity => [UID.to_string()].into(),
            Asked::Balance => ["10,000.00 ¥".to_owned()].into(),
            Asked::Regions => {
                let regions = Cloud::Aliyun.regions().iter();
                regions.map(|it| it.0.to_owned()).collect()
            }
            Asked::Prepaid => account.prepaid.rows().map(|it| it.id).collect(),
            Asked::Certificates => account
                .certificates
                .iter()
                .map(|it| it.id.to_string())
                .collect(),
            Asked::Domains => account.domains.iter().map(|it| it.name.clone()).collect(),
            Asked::Members => {
                let members = account.directory.unwrap().members;
                members.iter().map(|it| it.uid.to_string()).collect()
            }
            _ => return None,
        })
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let action = match asked {
            Asked::Identity => "GetCallerIdentity",
            Asked::Balance => "QueryAccountBalance",
            Asked::Regions => "DescribeRegions",
            Asked::Prepaid => "QueryAvailableInstances",
            Asked::Certificates => "ListUserCertificateOrder",
            Asked::Domains => "QueryDomainList",
            Asked::Members => "ListAccounts",
            _ => return,
        };
        let refused = |status, code: &str| Effect::Refused {
            status,
            code: code.to_owned(),
            message: "Refused.".to_owned(),
        };
        let throttle = Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: None,
        };
        let fault = match trouble {
            Trouble::Throttled { calls } => Fault::new(throttle).times(calls.into()),
            Trouble::LostAnswer => Fault::new(Effect::LostAnswer).times(1),
            Trouble::HalfAnswer => Fault::new(Effect::HalfPage).times(1),
            Trouble::Down => Fault::new(Effect::Status { status: 503 }),
            Trouble::DeadPage { page } => {
                Fault::new(Effect::Status { status: 502 }).page(page.into())
            }
            Trouble::Empty => Fault::new(Effect::EmptyList),
            Trouble::LyingTotal => Fault::new(Effect::LyingTotal { by: 1 }),
            Trouble::RepeatedRow => Fault::new(Effect::DuplicateRows),
            Trouble::RowLostOnce => Fault::new(Effect::ShiftedRows).times(1),
            Trouble::RowLost => Fault::new(Effect::ShiftedRows),
            Trouble::Denied => Fault::new(Effect::Denied),
            Trouble::NewFields => Fault::new(Effect::ExtraFields),
            Trouble::LogInPage => Fault::new(Effect::ProxyPage),
            Trouble::Garbage => Fault::new(Effect::GarbageJson),
            Trouble::WrongKey => Fault::new(refused(404, "InvalidAccessKeyId.NotFound")),
        };
        self.0.sim.faults().add(fault.account(UID).action(action));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_rule_of_adapters_is_kept() {
    let mut account = shop();
    for number in 0..650 {
        account = account.prepaid(Prepaid::new("rds", format!("rm-{number:04}"), days(number)));
    }
    for number in 0..230 {
        let name = format!("w{number}.example.com");
        // Both lists of certificates have more than one page.
        let ends = if number % 2 == 0 { days(40) } else { days(-3) };
        account = account.certificate(Certificate::new(1_000 + number, &[&name], ends));
        account = account.domain(Domain::new(name, days(100)));
    }
    let mut directory = Directory::new("rd-1", now());
    for number in 0..230 {
        directory = directory.member(Uid(2_000_000_000_000_000 + number), format!("m{number}"));
    }
    let stage = Full(Stand::of(account.directory(directory)).await);
    assert_eq!(breaches(&stage).await, []);
}
