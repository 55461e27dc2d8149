//! What is not seen whole is said to be unseen, and nothing else suffers for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::{Billing, CloudError, Provider};
use cloudsim::{
    Certificate, Domain, Effect, Estate, Fault, Instance, Prepaid, Quota, Rights, Uid, World,
};
use duty::FindingState;
use jiff::SignedDuration;
use model::{AccountId, CloudId, Identity};
use warden::Exit;

use crate::house::{House, SHOP, account, day, findings, shop, start, thing, unseen, watched};

const BILL: &str = "QueryAvailableInstances";

fn fault(effect: Effect, action: &str) -> Fault {
    Fault::new(effect).action(action)
}

fn domain() -> Domain {
    Domain {
        id: "S-shop.cn".to_owned(),
        ..Domain::new("shop.cn", day(6))
    }
}

#[tokio::test]
async fn one_bad_key_among_a_hundred_is_named_and_the_other_ninety_nine_are_reported() {
    let world = Estate::seeded(7)
        .accounts(100)
        .resources(30)
        .expiring(200)
        .build(start());
    let house = House::of(world).await;
    let before = house.run().await;
    assert_eq!((before.exits(), before.known.len()), (vec![], 200));
    house.chats.take("ops");

    let bad = house.door.world().account("account-042").unwrap();
    let disable = |it: &mut cloudsim::Account| it.users[0].keys[0].disabled = true;
    house.door.world().edit(bad.uid, disable).unwrap();
    // The next digest is due, and nothing has ended yet.
    let morning = start() + SignedDuration::from_mins(23 * 60 + 10);
    house.door.world().set_now(morning);
    let outcome = house.run().await;

    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(Exit::gravest(&outcome.exits()).code(), 3);
    let named: Vec<&str> = outcome.unseen_accounts().map(AccountId::as_str).collect();
    assert_eq!(named, ["account-042"]);
    assert_eq!(outcome.census.accounts.len(), 100);
    assert_eq!(outcome.known.len(), 200);
    for known in &outcome.known {
        let is_bad = known.finding.key.account.as_str() == "account-042";
        assert_eq!(known.frozen, is_bad, "{}", known.finding.key);
        assert_ne!(known.state, FindingState::Gone, "{}", known.finding.key);
    }
    let frozen = outcome.known.iter().filter(|it| it.frozen).count();
    assert_eq!(frozen, 2);
    let told = house.chats.take("ops").concat();
    assert!(
        told.contains("Nothing was seen of account account-042: the credentials are not valid"),
        "{told}"
    );
    // The others were asked for all they have, the bad one for nothing but who it is.
    assert_eq!(house.door.stats().calls_of(BILL), 100 + 99);
}

#[tokio::test]
async fn when_no_key_is_good_nothing_was_seen_and_nothing_is_gone() {
    let world = Estate::seeded(7)
        .accounts(3)
        .resources(30)
        .expiring(6)
        .build(start());
    let house = House::of(world).await;
    house.run().await;
    house.chats.take("ops");
    for account in house.door.world().accounts() {
        let disable = |it: &mut cloudsim::Account| it.users[0].keys[0].disabled = true;
        house.door.world().edit(account.uid, disable).unwrap();
    }
    house.on_day(1);
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::NothingSeen, Exit::Unseen]);
    assert_eq!(Exit::gravest(&outcome.exits()).code(), 4);
    assert_eq!(outcome.known.len(), 6);
    assert!(
        outcome
            .known
            .iter()
            .all(|it| it.frozen && it.state != FindingState::Gone)
    );
    let told = house.chats.take("ops").concat();
    assert!(!told.contains("Resolved"), "{told}");
}

#[tokio::test]
async fn a_dead_page_makes_the_list_unseen_and_no_shorter() {
    let many = (0..700).fold(shop(), |shop, number| {
        shop.prepaid(thing(&format!("rm-{number:03}"), day(100)))
    });
    // On the third page, and on the first.
    let house = House::with(many.prepaid(thing("rm-late", day(5)))).await;
    house.run().await;
    house.edit(|shop| {
        assert!(shop.prepaid.change("rm-000", |it| Some(Prepaid {
            ends: Some(day(4)),
            ..it
        })));
    });
    house
        .door
        .faults()
        .add(fault(Effect::Status { status: 502 }, BILL).page(2));
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(unseen(&outcome), ["shop/global/prepaid unreachable"]);
    // What the pages that came said is not used: neither to call one gone nor to find another.
    assert_eq!(findings(&outcome.known), ["rm-late new frozen"]);
    house.door.faults().clear();
    assert_eq!(
        findings(&house.run().await.known),
        ["rm-000 new", "rm-late still"]
    );
}

#[tokio::test]
async fn a_missing_right_is_a_named_gap_and_the_others_go_on() {
    let mut shop = shop()
        .prepaid(thing("rm-1", day(5)))
        .domain(domain())
        .certificate(Certificate::new(7, &["shop.cn"], day(7)));
    shop.users[0].rights = Rights::all().without("yundun-cert:*");
    let house = House::with(shop).await;
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(unseen(&outcome), ["shop/global/certificate denied"]);
    assert_eq!(findings(&outcome.known), ["S-shop.cn new", "rm-1 new"]);
    let told = house.chats.take_one("ops");
    assert!(told.contains("please grant"), "{told}");
    assert!(
        told.contains("yundun-cert:ListUserCertificateOrder"),
        "{told}"
    );
}

#[tokio::test]
async fn an_empty_list_after_a_full_one_is_doubted_for_a_day_and_then_believed() {
    let lists = [
        (BILL, "prepaid", "rm-1"),
        ("ListUserCertificateOrder", "certificate", "7"),
        ("QueryDomainList", "domain", "S-shop.cn"),
    ];
    for (action, kind, resource) in lists {
        let shop = shop()
            .prepaid(thing("rm-1", day(5)))
            .domain(domain())
            .certificate(Certificate::new(7, &["shop.cn"], day(7)));
        let house = House::with(shop).await;
        house.run().await;
        house.door.faults().add(fault(Effect::EmptyList, action));
        let doubted = house.run().await;
        assert_eq!(
            unseen(&doubted),
            [format!("shop/global/{kind} empty_after_history")]
        );
        let lines = findings(&doubted.known);
        assert!(
            lines.contains(&format!("{resource} new frozen")),
            "{lines:?}"
        );
        // One that is full again was right to be doubted; so the next empty one is doubted again.
        house.door.faults().clear();
        assert_eq!(house.run().await.exits(), []);
        house.door.faults().add(fault(Effect::EmptyList, action));
        // However often it is looked at meanwhile.
        for hours in [0, 0, 1, 10, 8] {
            house
                .door
                .world()
                .advance(SignedDuration::from_hours(hours));
            let doubted = house.run().await;
            assert_eq!(doubted.exits(), [Exit::Unseen], "{kind} {hours}");
            let lines = findings(&doubted.known);
            assert!(lines.iter().all(|it| !it.contains("gone")), "{lines:?}");
        }
        house.door.world().advance(SignedDuration::from_hours(1));
        let believed = house.run().await;
        assert_eq!(believed.exits(), []);
        let lines = findings(&believed.known);
        assert!(lines.contains(&format!("{resource} gone")), "{lines:?}");
        assert_eq!(lines.len(), 3);
    }
}

#[tokio::test]
async fn a_list_that_was_always_empty_is_believed() {
    let house = House::with(shop()).await;
    assert_eq!(house.run().await.exits(), []);
    assert_eq!(house.run().await.exits(), []);
}

#[tokio::test]
async fn an_account_that_is_another_than_expected_is_asked_for_nothing_else() {
    let world = World::new(start())
        .with(shop().prepaid(thing("rm-1", day(5))))
        .with(account("game", Uid(2)).prepaid(thing("rm-2", day(5))));
    let mut house = House::of(world).await;
    house.watched[0].expect_identity = Some("1999999999999999".to_owned());
    house.watched[1].expect_identity = Some(Uid(2).to_string());
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(
        unseen(&outcome),
        ["balance", "certificate", "domain", "identity", "prepaid"]
            .map(|kind| format!("shop/global/{kind} credentials"))
    );
    let calls: Vec<_> = house.door.recent_calls();
    let of_shop: Vec<&str> = calls
        .iter()
        .filter(|it| it.uid == Some(SHOP))
        .map(|it| it.action.as_str())
        .collect();
    assert_eq!(of_shop, ["GetCallerIdentity"]);
    assert_eq!(findings(&outcome.known), ["rm-2 new"]);
    let (_, why) = &outcome.census.unseen()[0];
    assert_eq!(
        why.detail,
        "account shop should be number 1999999999999999, but its key is of 1000000000000001"
    );
}

#[tokio::test]
async fn a_list_shorter_than_it_says_is_unseen() {
    let house = House::with(shop().prepaid(thing("rm-1", day(5)))).await;
    house
        .door
        .faults()
        .add(fault(Effect::LyingTotal { by: 1 }, BILL));
    let outcome = house.run().await;
    assert_eq!(unseen(&outcome), ["shop/global/prepaid count_mismatch"]);
    assert_eq!(findings(&outcome.known), Vec::<String>::new());
    house.door.faults().clear();
    house.door.faults().add(fault(Effect::DuplicateRows, BILL));
    let outcome = house.run().await;
    assert_eq!(
        (unseen(&outcome).len(), findings(&outcome.known)),
        (0, vec!["rm-1 new".into()])
    );
    assert_eq!(
        outcome.census.accounts[&AccountId::new("shop")]
            .prepaid
            .as_ref()
            .unwrap()
            .seen()
            .unwrap()
            .get()
            .total(),
        1
    );
}

#[tokio::test]
async fn without_details_names_are_blank_but_the_finding_stays() {
    let shop = shop()
        .prepaid(Prepaid::new("ecs", "i-1", day(5)))
        .instance(Instance::new("i-1", "web-7", day(-300)).tag("owner", "li"));
    let house = House::with(shop).await;
    house
        .door
        .faults()
        .add(fault(Effect::Denied, "DescribeInstances"));
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(unseen(&outcome), ["shop/cn-hangzhou/ecs denied"]);
    assert_eq!(findings(&outcome.known), ["i-1 new"]);
    assert_eq!(outcome.known[0].finding.name, "");
    house.door.faults().clear();
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), []);
    let finding = &outcome.known[0].finding;
    assert_eq!(
        (finding.name.as_str(), finding.owner.as_str()),
        ("web-7", "li")
    );
}

#[tokio::test]
async fn a_region_that_does_not_answer_leaves_the_others_seen() {
    let machine = |id: &str, region: &str| {
        let bill = Prepaid::new("ecs", id, day(5)).region(region.to_owned());
        (
            bill,
            Instance::new(id, format!("name of {id}"), day(-300)).region(region),
        )
    };
    let (bill_1, machine_1) = machine("i-1", "cn-beijing");
    let (bill_2, machine_2) = machine("i-2", "cn-shanghai");
    let shop = shop()
        .prepaid(bill_1)
        .prepaid(bill_2)
        .instance(machine_1)
        .instance(machine_2);
    let house = House::with(shop).await;
    house
        .door
        .faults()
        .add(Fault::new(Effect::Timeout).region("cn-beijing"));
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    assert_eq!(unseen(&outcome), ["shop/cn-beijing/ecs unreachable"]);
    let names: Vec<&str> = outcome
        .known
        .iter()
        .map(|it| it.finding.name.as_str())
        .collect();
    assert_eq!(names, ["", "name of i-2"]);
}

#[tokio::test]
async fn names_are_data_however_long_or_hostile() {
    let names = [
        "@all".to_owned(),
        "](https://evil.example) **bold** <at id=all></at> #heading\n> quote".to_owned(),
        "it's 🙂 \u{202e}reversed\u{0} 名字".to_owned(),
        "x".repeat(10 << 10),
    ];
    let mut account = shop();
    for (number, name) in names.iter().enumerate() {
        let id = format!("i-{number}");
        account = account
            .prepaid(Prepaid::new("ecs", &*id, day(5)))
            .instance(Instance::new(&*id, name, day(-300)).tag("owner", name));
    }
    let house = House::with(account).await;
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), []);
    let seen: Vec<&String> = outcome.known.iter().map(|it| &it.finding.name).collect();
    assert_eq!(seen, names.iter().collect::<Vec<_>>());
    let told = house.chats.take_one("ops");
    assert!((0..4).all(|it| told.contains(&format!("i-{it}"))), "{told}");
    assert!(told.len() < 20_000 && !told.contains("@all"), "{told}");
    // They come back from the store, but for the zero byte that no engine keeps.
    let stored: Vec<String> = house
        .stored()
        .await
        .into_iter()
        .map(|it| it.finding.name)
        .collect();
    let kept: Vec<String> = names
        .iter()
        .map(|it| it.replace('\0', "\u{fffd}"))
        .collect();
    assert_eq!(stored.len(), kept.len());
    assert_eq!((&stored[0], &stored[3]), (&kept[0], &kept[3]));
    assert_eq!(findings(&house.run().await.known).len(), 4);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_as_the_reason() {
    for seconds in [-86_400, 86_400] {
        let house = House::with(shop().prepaid(thing("rm-1", day(5)))).await;
        house.run().await;
        house
            .door
            .faults()
            .add(Fault::new(Effect::ClockSkew { seconds }));
        let outcome = house.run().await;
        assert_eq!(outcome.exits(), [Exit::NothingSeen, Exit::Unseen]);
        assert!(unseen(&outcome).iter().all(|it| it.ends_with(" clock")));
        assert_eq!(findings(&outcome.known), ["rm-1 new frozen"]);
    }
}

#[tokio::test]
async fn a_status_nobody_knows_hides_nothing() {
    let strange = |row: Prepaid| Prepaid {
        status: Some("Unheard_Of".into()),
        ..row
    };
    let shop = shop()
        .prepaid(strange(thing("rm-soon", day(5))))
        .prepaid(strange(thing("rm-late", day(50))))
        .prepaid(thing("rm-never", cloudsim::world::prepaid::never()));
    let house = House::with(shop).await;
    let outcome = house.run().await;
    assert_eq!(
        (outcome.exits(), findings(&outcome.known)),
        (vec![], vec!["rm-soon new".into()])
    );
}

#[tokio::test]
async fn what_passes_is_waited_out() {
    let world = Estate::seeded(7)
        .accounts(5)
        .resources(1_000)
        .expiring(20)
        .build(start());
    let house = House::of(world).await;
    house.door.set_quota(Some(Quota::per_second(2)));
    house
        .door
        .faults()
        .add(fault(Effect::LostAnswer, BILL).times(3));
    house
        .door
        .faults()
        .add(Fault::new(Effect::Status { status: 503 }).times(3));
    let throttle = Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    };
    house
        .door
        .faults()
        .add(Fault::new(throttle).lasting(Duration::from_secs(60)));
    let outcome = house.run().await;
    assert_eq!((outcome.exits(), outcome.known.len()), (vec![], 20));
    assert!(house.door.stats().throttled > 0);
    let waited = house.door.world().now().duration_since(start());
    assert!(waited >= SignedDuration::from_secs(60), "{waited}");
    assert!(waited < SignedDuration::from_secs(180), "{waited}");
}

/// An account whose adapter has a defect.
struct Broken {
    sound: Arc<dyn Provider>,
    where_it_breaks: Where,
}

#[derive(Clone, Copy, PartialEq)]
enum Where {
    Identity,
    Bill,
}

#[async_trait]
impl Provider for Broken {
    fn cloud(&self) -> &CloudId {
        self.sound.cloud()
    }

    fn account(&self) -> &AccountId {
        self.sound.account()
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        assert!(self.where_it_breaks != Where::Identity, "a defect");
        self.sound.identity().await
    }

    fn renewal_page(&self) -> &str {
        self.sound.renewal_page()
    }

    fn billing(&self) -> Option<&dyn Billing> {
        Some(self)
    }
}

#[async_trait]
impl Billing for Broken {
    fn prepaid(&self) -> Option<Box<dyn cloud::PageSource<model::Prepaid> + '_>> {
        unreachable!("a defect")
    }

    async fn balance(&self) -> Result<model::Balance, CloudError> {
        self.sound.billing().unwrap().balance().await
    }
}

#[tokio::test]
async fn a_look_that_breaks_off_is_unseen_and_not_forgotten() {
    for (where_it_breaks, discovers) in [
        (Where::Bill, false),
        (Where::Identity, false),
        (Where::Identity, true),
    ] {
        let world = World::new(start())
            .with(shop().prepaid(thing("rm-1", day(5))))
            .with(account("game", Uid(2)).prepaid(thing("rm-2", day(5))));
        let mut house = House::of(world).await;
        house.run().await;
        house.watched[0] = watched(Arc::new(Broken {
            sound: house.door.provider("shop").unwrap(),
            where_it_breaks,
        }));
        if discovers {
            house.watched[1].discover = Some(warden::Discover {
                role: String::new(),
                exclude: Vec::new(),
            });
        }
        let outcome = house.run().await;
        assert_eq!(outcome.exits(), [Exit::Internal, Exit::Unseen]);
        assert_eq!(Exit::gravest(&outcome.exits()).code(), 7);
        let expected =
            ["balance", "identity", "prepaid"].map(|kind| format!("shop/global/{kind} defect"));
        let unseen: Vec<String> = unseen(&outcome)
            .into_iter()
            .filter(|it| it.starts_with("shop"))
            .collect();
        assert_eq!(unseen, expected);
        assert_eq!(findings(&outcome.known), ["rm-2 still", "rm-1 new frozen"]);
    }
}
