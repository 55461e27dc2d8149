//! Members of an organization: found, watched once, and told to whoever is told of their administrator.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cloud::{CloudError, Provider};
use cloudsim::world::directory::{Directory, Member};
use cloudsim::{Account, Effect, Fault, Rights, Role, Uid, World};
use duty::Duty as _;
use model::{AccountId, CloudId, Identity};
use warden::{Discover, Exit, Observer, Progress};

use crate::house::{
    House, SHOP, account, day, findings, post, shop, start, takes_account, thing, unseen, watched,
};

const MEMBERS: [Uid; 5] = [
    Uid(1_000_000_000_000_011),
    Uid(1_000_000_000_000_012),
    Uid(1_000_000_000_000_013),
    Uid(1_000_000_000_000_014),
    Uid(1_000_000_000_000_015),
];

fn member(number: usize) -> Account {
    // No key of its own: it is entered by its role.
    Account::new(format!("member-{number}"), MEMBERS[number])
        .role(Role::new("Reader", SHOP, Rights::all()))
        .prepaid(thing(&format!("rm-member-{number}"), day(5)))
}

/// An administrator and its five members; the last one is on its way out.
fn company() -> World {
    let mut directory = Directory::new("rd-1", day(-99));
    for (number, uid) in MEMBERS.into_iter().enumerate() {
        directory = directory.member(uid, format!("member {number}"));
    }
    directory.members[4] = Member {
        status: "Removed",
        ..directory.members[4].clone()
    };
    let shop = shop()
        .prepaid(thing("rm-shop", day(5)))
        .directory(directory);
    (0..5).fold(World::new(start()).with(shop), |world, number| {
        world.with(member(number))
    })
}

fn discover(exclude: &[Uid]) -> Option<Discover> {
    Some(Discover {
        role: "Reader".to_owned(),
        exclude: exclude.iter().map(ToString::to_string).collect(),
    })
}

fn accounts(outcome: &warden::Outcome) -> Vec<&str> {
    outcome
        .census
        .accounts
        .keys()
        .map(AccountId::as_str)
        .collect()
}

#[tokio::test]
async fn members_are_watched_but_for_those_left_out_on_their_way_or_configured_already() {
    let world = company();
    // One is configured with its number, one without it.
    world.edit(MEMBERS[1], |it| *it = account_of(it, "known"));
    world.edit(MEMBERS[2], |it| *it = account_of(it, "silent"));
    let mut house = House::of(world).await;
    house.watched[0].discover = discover(&[MEMBERS[0]]);
    house.watched[1].expect_identity = Some(MEMBERS[1].to_string());
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), []);
    let entered = format!("shop/{}", MEMBERS[3]);
    assert_eq!(
        accounts(&outcome),
        ["known", "shop", entered.as_str(), "silent"]
    );
    assert_eq!(
        findings(&outcome.known),
        [
            "rm-member-1 new",
            "rm-shop new",
            "rm-member-3 new",
            "rm-member-2 new"
        ]
    );
    // Who somebody is, is asked once.
    assert_eq!(house.door.stats().calls_of("GetCallerIdentity"), 4);
    // The list itself is part of the coverage.
    let covered = outcome.census.coverage();
    let list = covered
        .iter()
        .find(|it| it.scope.to_string() == "shop/global/member")
        .unwrap();
    assert_eq!(list.sight, Ok(5));
}

/// Gives a member a key of its own under another name.
fn account_of(member: &Account, name: &str) -> Account {
    Account {
        name: name.to_owned(),
        users: account(name, member.uid).users,
        ..member.clone()
    }
}

/// Says who it is only when so many accounts were looked at, or nothing has moved for long.
struct Slow {
    sound: Arc<dyn Provider>,
    looked_at: Arc<LookedAt>,
    waits_for: usize,
}

/// Which accounts were looked at, and whether somebody has waited for them in vain.
#[derive(Default)]
struct LookedAt(Mutex<Vec<String>>, AtomicBool);

impl Progress for LookedAt {
    fn accounts(&self, _many: usize) {}

    fn done(&self, account: &AccountId) {
        self.0.lock().unwrap().push(account.to_string());
    }
}

#[async_trait]
impl Provider for Slow {
    fn cloud(&self) -> &CloudId {
        self.sound.cloud()
    }

    fn account(&self) -> &AccountId {
        self.sound.account()
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        for _ in 0..10_000 {
            if self.looked_at.0.lock().unwrap().len() >= self.waits_for {
                return self.sound.identity().await;
            }
            tokio::task::yield_now().await;
        }
        self.looked_at.1.store(true, Ordering::Relaxed);
        self.sound.identity().await
    }

    fn renewal_page(&self) -> &str {
        self.sound.renewal_page()
    }
}

#[tokio::test]
async fn nobody_waits_for_an_account_but_members_that_may_be_that_account() {
    let entered = [0, 1, 2, 3].map(|it| format!("shop/{}", MEMBERS[it]));
    // Whether its number is known decides whether members wait for it.
    for (number, entered_before) in [(None, &entered[..0]), (Some(Uid(2)), &entered[..])] {
        let world = company().with(account("game", Uid(2)));
        let house = House::of(world.with(account("web", Uid(3)))).await;
        let mut watched = house.watched.clone();
        watched.sort_by_key(|it| it.account().to_string());
        let names: Vec<&str> = watched.iter().map(|it| it.account().as_str()).collect();
        assert_eq!(names, ["game", "shop", "web"]);
        watched[1].discover = discover(&[]);
        let looked_at = Arc::new(LookedAt::default());
        watched[0].provider = Arc::new(Slow {
            sound: watched[0].provider.clone(),
            looked_at: looked_at.clone(),
            waits_for: 2 + entered_before.len(),
        });
        watched[0].expect_identity = number.map(|it| it.to_string());
        let observer = Observer::new(house.door.clock(), looked_at.clone());
        let wants = Arc::new(house.patrol.wants(start()));
        let begun = observer.begin(&watched);
        let observed = observer.observe(&begun, &wants, &Arc::default()).await;
        assert_eq!(observed.census.accounts.len(), 7);
        assert!(!looked_at.1.load(Ordering::Relaxed), "{number:?}");
        let looked_at = looked_at.0.lock().unwrap();
        let (before, after) = looked_at.split_at(2 + entered_before.len());
        let before: BTreeSet<&str> = before.iter().map(String::as_str).collect();
        let mut expected = BTreeSet::from(["shop", "web"]);
        expected.extend(entered_before.iter().map(String::as_str));
        assert_eq!(before, expected);
        assert!(after.iter().any(|it| it == "game"));
    }
}

#[tokio::test]
async fn an_organization_is_not_asked_before_its_administrator_is_known() {
    for wrong in ["another number", "a bad key"] {
        let mut house = House::of(company()).await;
        house.watched[0].discover = discover(&[]);
        house.run().await;
        house.chats.take("ops");
        let members = house.door.stats().calls_of("ListAccounts");
        if wrong == "a bad key" {
            house.edit(|shop| shop.users[0].keys[0].disabled = true);
        } else {
            house.watched[0].expect_identity = Some("1999999999999999".to_owned());
        }
        house.door.reset_stats();
        let outcome = house.run().await;
        assert_eq!(
            (members, house.door.stats().calls_of("ListAccounts")),
            (1, 0),
            "{wrong}"
        );
        assert_eq!(house.door.stats().calls_of("AssumeRole"), 0, "{wrong}");
        assert_eq!(accounts(&outcome), ["shop"]);
        // The members that nobody could look at are not forgotten: their list is unseen.
        let unseen = unseen(&outcome);
        assert!(
            unseen.contains(&"shop/global/member credentials".to_owned()),
            "{unseen:?}"
        );
        assert_eq!(outcome.known.len(), 5);
        assert!(outcome.known.iter().all(|it| it.frozen));
    }
}

#[tokio::test]
async fn a_member_list_that_fails_or_is_suddenly_empty_is_unseen_and_its_findings_are_frozen() {
    for (effect, why) in [
        (Effect::Denied, "denied"),
        (Effect::EmptyList, "empty_after_history"),
    ] {
        let mut house = House::of(company()).await;
        house.watched[0].discover = discover(&[]);
        assert_eq!(house.run().await.known.len(), 5);
        house
            .door
            .faults()
            .add(Fault::new(effect).action("ListAccounts"));
        let outcome = house.run().await;
        assert_eq!(outcome.exits(), [Exit::Unseen]);
        assert_eq!(unseen(&outcome), [format!("shop/global/member {why}")]);
        let frozen = outcome.known.iter().filter(|it| it.frozen).count();
        assert_eq!((outcome.known.len(), frozen), (5, 4));
    }
}

#[tokio::test]
async fn what_is_known_of_a_member_that_has_left_is_gone_with_it() {
    let mut house = House::of(company()).await;
    house.watched[0].discover = discover(&[]);
    assert_eq!(house.run().await.known.len(), 5);
    house.chats.take("ops");

    // One is named no more, one is on its way out, one is left out by us, one has a key of its own.
    house.edit(|shop| {
        let directory = shop.directory.as_mut().unwrap();
        directory.members.retain(|it| it.uid != MEMBERS[0]);
        let second = directory.members.iter_mut();
        let mut second = second.filter(|it| it.uid == MEMBERS[1]);
        second.next().unwrap().status = "Removed";
    });
    house.watched[0].discover = discover(&[MEMBERS[2]]);
    let world = house.door.world();
    world
        .edit(MEMBERS[3], |it| *it = account_of(it, "own"))
        .unwrap();
    house
        .watched
        .push(watched(house.door.provider("own").unwrap()));
    // A list that is not seen whole says nothing of who has left.
    let denied = Fault::new(Effect::Denied).action("ListAccounts");
    house.door.faults().add(denied);
    let outcome = house.run().await;
    assert!(outcome.known.iter().all(|it| it.state.word() != "gone"));

    house.door.faults().clear();
    assert_eq!(
        findings(&house.run().await.known),
        [
            "rm-member-3 still",
            "rm-shop still",
            "rm-member-0 gone",
            "rm-member-1 gone",
            "rm-member-2 new frozen",
            "rm-member-3 gone",
        ]
    );
    let told = house.chats.take("ops").concat();
    assert!(told.contains("Resolved (3)"), "{told}");
}

#[tokio::test]
async fn a_member_that_cannot_be_entered_is_unseen_alone() {
    let world = company();
    world.edit(MEMBERS[2], |it| it.roles.clear());
    let mut house = House::of(world).await;
    house.watched[0].discover = discover(&[]);
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), [Exit::Unseen]);
    let closed = format!("shop/{}", MEMBERS[2]);
    let named: Vec<&str> = outcome.unseen_accounts().map(AccountId::as_str).collect();
    assert_eq!(named, [closed.as_str()]);
    assert_eq!(outcome.known.len(), 4);

    // Such a gap can be accepted by its name, which has a slash of its own.
    let until = day(2);
    house
        .ignore_unseen
        .insert(format!("{closed}/global/*"), until);
    assert_eq!(house.run().await.exits(), []);
    house.on_day(2);
    assert_eq!(house.run().await.exits(), [Exit::Unseen]);
}

#[tokio::test]
async fn a_session_that_runs_out_in_the_middle_is_renewed() {
    let mut house = House::of(company()).await;
    house.watched[0].discover = discover(&[]);
    let expired = Fault::new(Effect::ExpiredToken)
        .account(MEMBERS[1])
        .times(1);
    house
        .door
        .faults()
        .add(expired.action("QueryAvailableInstances"));
    let outcome = house.run().await;
    assert_eq!((outcome.exits(), outcome.known.len()), (vec![], 5));
}

#[tokio::test]
async fn members_are_told_to_whoever_is_told_of_their_administrator_and_to_nobody_else() {
    let world = company().with(account("game", Uid(2)).prepaid(thing("rm-game", day(5))));
    let mut house = House::of(world).await;
    house.watched[0].discover = discover(&[]);
    house.posts = vec![
        post("shop-team", takes_account("shop")),
        post("game-team", takes_account("game")),
    ];
    let outcome = house.run().await;
    assert_eq!(outcome.known.len(), 6);
    let shop = house.chats.take_one("shop-team");
    let game = house.chats.take_one("game-team");
    for number in 0..4 {
        let id = format!("rm-member-{number}");
        assert!(shop.contains(&id) && !game.contains(&id), "{shop}\n{game}");
    }
    assert!(
        shop.contains("rm-shop") && !shop.contains("rm-game"),
        "{shop}"
    );
    assert!(
        game.contains("rm-game") && !game.contains("rm-shop"),
        "{game}"
    );
}
