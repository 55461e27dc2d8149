//! The in-process door keeps to what every adapter keeps to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cloud::conformance::{Asked, Stage, Trouble, breaches};

use super::*;
use crate::world::cloud::Cloud;

struct Inside {
    door: Door,
    wrong_key: AtomicBool,
}

/// Of each list, more than two full pages.
const PREPAID: usize = 620;
const OTHERS: usize = 230;

fn stage() -> Inside {
    let mut account = many(shop_with(Rights::all()), PREPAID);
    let mut directory = Directory::new("rd-1", day(-99));
    for number in 0..OTHERS {
        let id = number as u64;
        account = account
            .certificate(Certificate::new(id, &["a.cn"], day(number as i64 - 100)))
            .domain(Domain::new(format!("d{number}.cn"), day(50)));
        directory = directory.member(Uid(7_000_000_000_000_000 + id), format!("m{number}"));
    }
    Inside {
        door: door_of(account.directory(directory)),
        wrong_key: AtomicBool::new(false),
    }
}

fn action(asked: Asked) -> &'static str {
    match asked {
        Asked::Identity => "GetCallerIdentity",
        Asked::Balance => "QueryAccountBalance",
        Asked::Regions => "DescribeRegions",
        Asked::Prepaid => "QueryAvailableInstances",
        Asked::Certificates => "ListUserCertificateOrder",
        Asked::Domains => "QueryDomainList",
        Asked::Members => "ListAccounts",
        other => unreachable!("{other:?} is not planted"),
    }
}

#[async_trait]
impl Stage for Inside {
    fn provider(&self) -> Arc<dyn Provider> {
        let mut key = key("shop");
        if self.wrong_key.load(Ordering::Relaxed) {
            key.secret.push('x');
        }
        Arc::new(self.door.visitor(AccountId::new("shop"), key))
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        let shop = self.door.world().account("shop")?;
        Some(match asked {
            Asked::Identity => [shop.uid.to_string()].into(),
            Asked::Balance => ["10,000.00 ¥".to_owned()].into(),
            Asked::Regions => Cloud::Aliyun
                .regions()
                .iter()
                .map(|it| it.0.to_owned()).collect(),
            Asked::Prepaid => shop.prepaid.rows().map(|it| it.id).collect(),
            Asked::Certificates => shop
                .certificates
                .iter()
                .map(|it| it.id.to_string())
                .collect(),
            Asked::Domains => shop.domains.into_iter().map(|it| it.name).collect(),
            Asked::Members => {
                let members = shop.directory?.members;
                members.iter().map(|it| it.uid.to_string()).collect()
            }
            _ => return None,
        })
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let fault = |effect| Fault::new(effect).action(action(asked));
        let throttle = Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: None,
        };
        let fault = match trouble {
            Trouble::Throttled { calls } => fault(throttle).times(calls.into()),
            Trouble::LostAnswer => fault(Effect::LostAnswer).times(1),
            Trouble::HalfAnswer => fault(Effect::HalfPage).times(1),
            Trouble::Down => fault(Effect::Status { status: 503 }),
            Trouble::DeadPage { page } => fault(Effect::Status { status: 503 }).page(page.into()),
            Trouble::Empty => fault(Effect::EmptyList),
            Trouble::LyingTotal => fault(Effect::LyingTotal { by: 1 }),
            Trouble::RepeatedRow => fault(Effect::DuplicateRows),
            Trouble::RowLostOnce => fault(Effect::ShiftedRows).page(2).times(1),
            Trouble::RowLost => fault(Effect::ShiftedRows).page(2),
            Trouble::Denied => fault(Effect::Denied),
            Trouble::NewFields => fault(Effect::ExtraFields),
            Trouble::LogInPage => fault(Effect::ProxyPage),
            Trouble::Garbage => fault(Effect::GarbageJson),
            Trouble::WrongKey => return self.wrong_key.store(true, Ordering::Relaxed),
        };
        self.door.faults().add(fault);
    }

    async fn calm(&self) {
        self.door.faults().clear();
        self.wrong_key.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn the_door_has_no_breach() {
    let stage = stage();
    let found: Vec<String> = breaches(&stage)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, Vec::<String>::new());
    // The troubles were really made.
    assert!(stage.door.stats().faulted > 100);
}
