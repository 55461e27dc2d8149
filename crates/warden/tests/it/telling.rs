//! Messages: each to its channel, once, and known to be undelivered until they are not.

use cloud::{Census, Doubt, Wants};
use duty::{Audience, Duty, Finding, Letter, Memory, Mute, Scene};
use duty_patrol::Patrol;
use jiff::Timestamp;
use store::{Db, PartState};
use warden::{Exit, Tell};

use crate::house::{House, day, expiry, post, shop, takes_account, thing};

#[tokio::test]
async fn a_channel_that_is_down_keeps_no_other_waiting_and_hears_of_it_once_later() {
    let mut house = House::with(shop().prepaid(thing("rm-1", day(12)))).await;
    house.posts.push(post("night", takes_account("shop")));
    house.chats.down("night");
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Undelivered]);
    assert_eq!(Exit::gravest(&outcome.exits()).code(), 6);
    assert!(house.chats.take_one("ops").contains("rm-1"));
    assert_eq!(house.chats.take("night"), Vec::<String>::new());
    let waiting = house.db.outbox_waiting().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].channel.as_str()), (1, "night"));
    assert_eq!(waiting[0].state, PartState::Waiting);

    // Still down: it waits on, nothing is queued twice, and the other hears nothing twice.
    house.on_day(0);
    house
        .door
        .world()
        .advance(jiff::SignedDuration::from_hours(2));
    assert_eq!(house.run().await.exits(), [Exit::Undelivered]);
    assert_eq!(house.db.outbox_waiting().await.unwrap().len(), 1);

    house.chats.up("night");
    house
        .door
        .world()
        .advance(jiff::SignedDuration::from_hours(2));
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), []);
    assert!(house.chats.take_one("night").contains("rm-1"));
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    assert!(house.db.outbox_waiting().await.unwrap().is_empty());
    assert_eq!(house.run().await.exits(), []);
    assert_eq!(house.chats.take("night"), Vec::<String>::new());
}

#[tokio::test]
async fn all_that_holds_is_said_and_the_gravest_is_returned() {
    let house = House::with(shop().prepaid(thing("rm-1", day(12)))).await;
    house.chats.down("ops");
    house.edit(|shop| shop.users[0].rights = cloudsim::Rights::all().without("domain:*"));
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen, Exit::Undelivered]);
    assert_eq!(Exit::gravest(&outcome.exits()).code(), 3);
    // The run remembers it.
    let runs = house.db.run_list(9).await.unwrap();
    assert_eq!(runs.len(), 1);
    let finish = runs[0].finish.as_ref().unwrap();
    assert_eq!(finish.exit_codes, [3, 6]);
    assert_eq!(finish.outcome, r#"{"findings":1,"unseen":1}"#);
}

/// The patrol, during whose look something else happens.
struct Interrupted<'a> {
    patrol: &'a Patrol,
    meanwhile: &'a (dyn Fn() + Send + Sync),
}

impl Duty for Interrupted<'_> {
    fn name(&self) -> &'static str {
        self.patrol.name()
    }

    fn wants(&self, now: Timestamp) -> Wants {
        self.patrol.wants(now)
    }

    fn doubts(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        (self.meanwhile)();
        self.patrol.doubts(census, memory, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        self.patrol.assess(census, memory, now)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        self.patrol.letter(audience, scene)
    }
}

#[tokio::test]
async fn what_somebody_said_during_a_look_is_known_after_it() {
    let house = House::with(shop().prepaid(thing("rm-1", day(12)))).await;
    house.run().await;
    house.chats.take("ops");
    let url = house.url.clone();
    // Somebody mutes it from another process.
    let meanwhile = move || {
        let url = url.clone();
        let other = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let db = Db::open(&url).await.unwrap();
                let mute = Mute {
                    until: day(30),
                    reason: "bought".to_owned(),
                    by: "ops".to_owned(),
                };
                assert!(
                    db.finding_mute(&expiry("shop", "rm-1"), Some(&mute))
                        .await
                        .unwrap()
                );
                db.close().await;
            });
        });
        other.join().unwrap();
    };
    let interrupted = Interrupted {
        patrol: &house.patrol,
        meanwhile: &meanwhile,
    };
    house.on_day(1);
    let outcome = house.run_duty(&interrupted, Tell::People).await.unwrap();
    let muted = outcome.known.iter().map(|it| it.muted.is_some());
    assert_eq!(muted.collect::<Vec<_>>(), [true]);
    let digest = house.chats.take("ops").concat();
    assert!(!digest.contains("rm-1"), "{digest}");
}
