//! In which order an account is asked: the longest list first, the others in its pauses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cloud::{
    Billing, CallSite, Certificates, CloudError, Next, Page, PageAt, PageSource, Provider,
};
use cloudsim::World;
use duty::{Duty as _, Memory};
use model::{AccountId, Balance, Certificate, CloudId, Identity, Prepaid};
use warden::{Observer, Silent};

use crate::house::{House, day, shop, start, thing, watched};

/// An account whose bill waits, before each page but the first, until one more of the other lists
/// was asked for.
struct Paused {
    sound: Arc<dyn Provider>,
    pages: u32,
    asked: Mutex<Vec<&'static str>>,
    waited_in_vain: AtomicBool,
}

impl Paused {
    async fn wait_for(&self, others: usize) {
        for _ in 0..10_000 {
            let asked = self.asked.lock().unwrap().clone();
            if asked.iter().filter(|it| **it != "bill").count() >= others {
                return;
            }
            tokio::task::yield_now().await;
        }
        self.waited_in_vain.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Provider for Paused {
    fn cloud(&self) -> &CloudId {
        self.sound.cloud()
    }

    fn account(&self) -> &AccountId {
        self.sound.account()
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        self.sound.identity().await
    }

    fn renewal_page(&self) -> &str {
        self.sound.renewal_page()
    }

    fn billing(&self) -> Option<&dyn Billing> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }
}

#[async_trait]
impl Billing for Paused {
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>> {
        Some(Box::new(Bill(self)))
    }

    async fn balance(&self) -> Result<Balance, CloudError> {
        self.asked.lock().unwrap().push("balance");
        self.sound.billing().unwrap().balance().await
    }
}

impl Certificates for Paused {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        self.asked.lock().unwrap().push("certificates");
        self.sound.certificates().unwrap().certificates()
    }
}

struct Bill<'a>(&'a Paused);

#[async_trait]
impl PageSource<Prepaid> for Bill<'_> {
    fn site(&self) -> CallSite {
        CallSite {
            account: self.0.account().clone(),
            place: model::Place::Global,
            operation: "Bill",
        }
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let sound = self.0.sound.billing().unwrap().prepaid().unwrap();
        // An answer takes its time, in which others could begin.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        if let PageAt::Number(number) = at {
            self.0.wait_for(*number as usize - 1).await;
        }
        let page = sound.page(&PageAt::First).await?;
        self.0.asked.lock().unwrap().push("bill");
        Ok(Page {
            next: Next::Through(self.0.pages),
            ..page
        })
    }

    fn parallel(&self) -> usize {
        1
    }
}

async fn order_of(pages: u32) -> Vec<&'static str> {
    let world = World::new(start()).with(shop().prepaid(thing("rm-1", day(5))));
    let house = House::of(world).await;
    let paused = Arc::new(Paused {
        sound: house.door.provider("shop").unwrap(),
        pages,
        asked: Mutex::default(),
        waited_in_vain: AtomicBool::new(false),
    });
    let observer = Observer::new(house.door.clock(), Arc::new(Silent));
    let begun = observer.begin(&[watched(paused.clone())]);
    let wants = Arc::new(house.patrol.wants(&Memory::default(), start()));
    let observed = observer.observe(&begun, &wants, &Arc::default()).await;
    let sight = &observed.census.accounts[paused.account()];
    assert!(sight.prepaid.as_ref().unwrap().seen().is_some());
    assert!(sight.balance.as_ref().unwrap().seen().is_some());
    assert!(sight.certificates.as_ref().unwrap().seen().is_some());
    assert!(!paused.waited_in_vain.load(Ordering::Relaxed));
    paused.asked.lock().unwrap().clone()
}

#[tokio::test]
async fn of_the_other_lists_one_begins_in_each_pause_of_the_bill() {
    assert_eq!(
        order_of(3).await,
        ["bill", "balance", "bill", "certificates", "bill"]
    );
}

#[tokio::test]
async fn all_other_lists_begin_when_the_bill_is_over() {
    assert_eq!(order_of(1).await, ["bill", "balance", "certificates"]);
}
