mod changes;
mod conformance;
mod regions;

use cloud::{ErrorKind, Inventory as _, Sighting, Why, pager};
use jiff::{SignedDuration, Timestamp};
use model::{Expiry, Kind, RegionId, Renewal, ResourceId};

use super::access::REQUIREMENTS;
use super::*;
use crate::Offer;
use crate::fault::{Effect, Fault};
use crate::world::account::{Account, Rights, Role};
use crate::world::certificates::Certificate;
use crate::world::directory::Directory;
use crate::world::domains::Domain;
use crate::world::instances::Instance;
use crate::world::prepaid::Prepaid;

const SHOP: Uid = Uid(1_000_000_000_000_001);
const MEMBER: Uid = Uid(1_000_000_000_000_002);

fn start() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

fn day(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * days)
}

fn key(name: &str) -> AccessKey {
    AccessKey::new(format!("LTAI-{name}"), format!("secret-of-{name}"))
}

fn shop_with(rights: Rights) -> Account {
    Account::new("shop", SHOP).user("patrol", key("shop"), rights)
}

fn door_of(account: Account) -> Door {
    Door::open(World::new(start()).with(account))
}

fn impatient_door_of(account: Account) -> Door {
    Door::open_with_patience(World::new(start()).with(account), Duration::ZERO)
}

async fn bill(provider: &dyn Provider) -> Sighting<Vec<model::Prepaid>> {
    pager::collect(&*provider.billing().unwrap().prepaid().unwrap()).await
}

fn many(account: Account, rows: usize) -> Account {
    (0..rows).fold(account, |account, number| {
        account.prepaid(Prepaid::new("rds", format!("rm-{number}"), day(100)))
    })
}

#[test]
fn both_doors_have_the_same_page_sizes_and_rights() {
    let specs: Vec<_> = Offer::EVERYTHING.aliyun.actions().collect();
    let spec = |name: &str| *specs.iter().find(|it| it.name == name).unwrap();
    for requirement in &REQUIREMENTS {
        if requirement.operations.is_empty() {
            for right in requirement.permissions {
                assert!(specs.iter().any(|it| it.right == *right), "{right}");
            }
            continue;
        }
        assert_eq!(requirement.permissions.len(), requirement.operations.len());
        for (operation, permission) in requirement.operations.iter().zip(requirement.permissions) {
            assert_eq!(spec(operation).right, *permission, "{operation}");
        }
        // Only the balance and the session have no pages.
        let listing = spec(requirement.operations[0])
            .listing
            .and_then(|it| it.page);
        if let Some((_, size)) = listing {
            let parameters = spec(requirement.operations[0]).parameters;
            let size = parameters.iter().find(|it| it.name() == size).unwrap();
            let (largest, asked) = (size.largest().unwrap(), i64::from(requirement.page_size));
            // Of certificates no more is asked for than the service gives by itself.
            let expected = if requirement.kind == Kind::CERTIFICATE {
                50
            } else {
                largest
            };
            assert_eq!(asked, expected, "{}", requirement.kind);
        }
    }
}

#[tokio::test]
async fn what_is_shown_is_what_the_cloud_shows_of_it() {
    let account = shop_with(Rights::all())
        .prepaid(Prepaid::new("ecs", "i-1", day(10)).renewal(crate::Renewal::Auto))
        .prepaid(Prepaid::new("rds", "rm-1", day(-2)).region("cn-beijing"))
        .prepaid(Prepaid::pay_as_you_go("oss", "oss-1", day(-9)))
        .prepaid(Prepaid::new("slb", "lb-1", crate::world::prepaid::never()))
        .instance(Instance::new("i-1", "web", day(-300)).tag("owner", "li"))
        .certificate(Certificate::new(7, &["B.cn", "a.cn"], day(3)))
        .certificate(Certificate::new(8, &["c.cn"], day(-3)))
        .domain(Domain::new("shop.cn", day(-1)));
    let door = door_of(account);
    let shop = door.provider("shop").unwrap();

    let identity = shop.identity().await.unwrap();
    assert_eq!(identity.account, "1000000000000001");
    assert_eq!(identity.principal, "acs:ram::1000000000000001:user/patrol");

    let seen = bill(&*shop).await.seen().unwrap().get().clone();
    let ends: Vec<_> = seen.iter().map(|it| (it.id.as_str(), it.expiry)).collect();
    assert_eq!(
        ends,
        [
            ("i-1", Expiry::At(day(10))),
            ("rm-1", Expiry::At(day(-2))),
            ("oss-1", Expiry::Never),
            ("lb-1", Expiry::Never)
        ]
    );
    assert_eq!(seen[0].renewal, Renewal::Auto { months: Some(1) });
    assert_eq!(seen[1].status, model::PrepaidStatus::Expired);
    assert_eq!(seen[1].release, Some(day(13)));
    assert_eq!(seen[2].renewal, Renewal::Unknown(String::new()));

    let inventory = shop.inventory().unwrap();
    let ids = ["i-1", "i-none"].map(ResourceId::new);
    let (ecs, hangzhou) = (Kind::new("ecs"), RegionId::new("cn-hangzhou"));
    let details = inventory.details(&ecs, &hangzhou, &ids).await.unwrap();
    assert_eq!(details.len(), 1);
    assert_eq!(
        (details[0].name.as_str(), details[0].tags["owner"].as_str()),
        ("web", "li")
    );
    assert_eq!(details[0].renewal, Some(Renewal::Auto { months: Some(1) }));

    // Certificates end with their day in Beijing, and expired ones are in the list.
    let certificates = pager::collect(&*shop.certificates().unwrap().certificates()).await;
    let certificates = certificates.seen().unwrap().get();
    assert_eq!(certificates[0].names, ["a.cn", "b.cn"]);
    assert_eq!(
        certificates[0].expiry,
        Expiry::At("2026-03-04T15:59:59Z".parse().unwrap())
    );
    assert_eq!(certificates.len(), 2);
    let domains = pager::collect(&*shop.domains().unwrap().domains()).await;
    assert!(domains.seen().unwrap().get()[0].in_redemption);
    let balance = shop.billing().unwrap().balance().await.unwrap();
    assert_eq!(balance.available.to_string(), "10,000.00 ¥");
}

#[tokio::test]
async fn a_quota_costs_world_time_and_no_row() {
    let door = door_of(many(shop_with(Rights::all()), 1_500));
    door.set_quota(Some(Quota::per_second(2)));
    let shop = door.provider("shop").unwrap();
    assert_eq!(bill(&*shop).await.seen().unwrap().get().len(), 1_500);
    assert_eq!(door.world().now(), start() + SignedDuration::from_secs(2));
    assert_eq!(
        door.stats().calls_of("QueryAvailableInstances"),
        5 + door.stats().throttled
    );

    // Looks that overlap wait for the same seconds, not one after the other.
    let door = door_of(shop_with(Rights::all()));
    door.set_quota(Some(Quota::per_second(2)));
    let shop = door.provider("shop").unwrap();
    let looks = (0..6).map(|_| shop.billing().unwrap().balance());
    let looks = futures_util::future::join_all(looks).await;
    assert!(looks.iter().all(Result::is_ok));
    assert_eq!(door.world().now(), start() + SignedDuration::from_secs(2));
}

#[tokio::test]
async fn a_throttled_minute_is_outlived_and_one_for_good_is_not() {
    let door = door_of(many(shop_with(Rights::all()), 10));
    let shop = door.provider("shop").unwrap();
    let throttle = || {
        Fault::new(Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: None,
        })
    };
    door.faults()
        .add(throttle().lasting(Duration::from_secs(60)));
    assert!(bill(&*shop).await.seen().is_some());
    assert!(door.world().now() >= start() + SignedDuration::from_secs(60));
    door.faults().add(throttle());
    assert_eq!(bill(&*shop).await.unseen().unwrap().why, Why::Throttled);
}

#[tokio::test]
async fn without_patience_each_fault_is_its_own_error() {
    let door = impatient_door_of(shop_with(Rights::all()));
    let shop = door.provider("shop").unwrap();
    let refused = |code: &str| Effect::Refused {
        status: 400,
        code: code.to_owned(),
        message: String::new(),
    };
    let field = || "EndTime".to_owned();
    let throttled = Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: Some(700),
    };
    for (effect, expected) in [
        (Effect::Timeout, ErrorKind::Unanswered),
        (Effect::LostAnswer, ErrorKind::Unanswered),
        (Effect::HalfPage, ErrorKind::Unanswered),
        (Effect::Status { status: 502 }, ErrorKind::Busy),
        (Effect::Status { status: 302 }, ErrorKind::Undecodable),
        (Effect::ExpiredToken, ErrorKind::StaleCredentials),
        (
            throttled,
            ErrorKind::Throttled {
                retry_after: Some(Duration::from_millis(700)),
            },
        ),
        (
            Effect::Denied,
            ErrorKind::Denied {
                permission: Some("bss:DescribeAcccount".to_owned()),
            },
        ),
        (
            Effect::ClockSkew { seconds: 3_600 },
            ErrorKind::Clock {
                server: Some(start() + SignedDuration::from_hours(1)),
            },
        ),
        (
            refused("InvalidAccessKeyId.NotFound"),
            ErrorKind::Credentials,
        ),
        (Effect::GarbageJson, ErrorKind::Undecodable),
        (Effect::ProxyPage, ErrorKind::Undecodable),
        // What cannot be shown here is not passed over in silence.
        (Effect::MissingField { field: field() }, ErrorKind::Invalid),
        (Effect::UnknownValue { field: field() }, ErrorKind::Invalid),
    ] {
        let name = effect.name();
        door.faults()
            .add(Fault::new(effect).action("QueryAccountBalance"));
        let error = shop.billing().unwrap().balance().await.unwrap_err();
        assert_eq!(error.kind, expected, "{name}");
        assert_eq!(error.site.operation, "QueryAccountBalance");
        assert!(shop.identity().await.is_ok(), "{name}");
        door.faults().clear();
    }
    assert!(shop.billing().unwrap().balance().await.is_ok());
    assert_eq!(door.stats().faulted, 14);
}

#[tokio::test]
async fn a_slow_answer_costs_world_time_and_a_small_skew_nothing() {
    let door = impatient_door_of(shop_with(Rights::all()));
    door.faults().add(Fault::new(Effect::Slow {
        milliseconds: 1_500,
    }));
    door.faults()
        .add(Fault::new(Effect::ClockSkew { seconds: -600 }));
    let shop = door.provider("shop").unwrap();
    assert!(shop.identity().await.is_ok());
    assert_eq!(door.world().now(), start() + SignedDuration::from_secs(2));
}

#[tokio::test]
async fn keys_that_are_unknown_wrong_or_disabled_let_nobody_in() {
    let mut account = shop_with(Rights::all());
    account.users[0].keys.push(AccessKey {
        disabled: true,
        ..key("old")
    });
    let door = door_of(account);
    let account = || AccountId::new("shop");
    let wrong = AccessKey::new(key("shop").id, "something else");
    for bad in [key("nobody"), key("old"), wrong] {
        let error = door
            .visitor(account(), bad.clone())
            .identity()
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials, "{}", bad.id);
        assert!(!format!("{error} {error:?}").contains("secret-of"));
    }
    assert!(
        door.visitor(account(), key("shop"))
            .identity()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_missing_right_is_named_and_machines_are_not_just_none() {
    let rights = Rights::all()
        .without("bss:*")
        .without("ecs:DescribeInstances");
    let account = shop_with(rights)
        .prepaid(Prepaid::new("ecs", "i-1", day(10)))
        .instance(Instance::new("i-1", "web", day(-300)));
    let door = door_of(account);
    let shop = door.visitor(AccountId::new("shop"), key("shop"));
    let denied = |permission: &str| Why::Denied {
        permission: Some(permission.to_owned()),
    };
    assert_eq!(
        bill(&shop).await.unseen().unwrap().why,
        denied("bss:DescribeInstances")
    );
    let ids = [ResourceId::new("i-1")];
    let (ecs, hangzhou) = (Kind::new("ecs"), RegionId::new("cn-hangzhou"));
    let details = shop.details(&ecs, &hangzhou, &ids).await;
    let why = pager::single(details).unseen().unwrap().why.clone();
    assert_eq!(why, denied("ecs:DescribeInstances"));
    assert_eq!(door.stats().denied, 2);
}

fn company(role: Role) -> Door {
    let shop =
        shop_with(Rights::all()).directory(Directory::new("rd-1", day(-99)).member(MEMBER, "财务"));
    let member = many(Account::new("finance", MEMBER).role(role), 700);
    Door::open(World::new(start()).with(shop).with(member))
}

#[tokio::test]
async fn a_member_is_entered_by_its_role_and_its_session_is_renewed() {
    let door = company(Role::new("Reader", SHOP, Rights::all()));
    let shop = door.provider("shop").unwrap();
    let organization = shop.organization().unwrap();
    let members = pager::collect(&*organization.members()).await;
    let member = members.seen().unwrap().get()[0].clone();
    assert_eq!((member.name.as_str(), member.active), ("财务", true));
    let entered = organization.enter(&member, "Reader");
    assert_eq!(entered.account().as_str(), "shop/1000000000000002");
    let identity = entered.identity().await.unwrap();
    assert_eq!(identity.account, member.number);
    assert_eq!(identity.sort, "AssumedRoleUser");
    assert_eq!(door.stats().calls_of("AssumeRole"), 1);

    // It ends in the middle of a list: the second page is refused, and a new session finishes it.
    let bill = entered.billing().unwrap().prepaid().unwrap();
    bill.page(&cloud::PageAt::First).await.unwrap();
    assert_eq!(door.expire_sessions(MEMBER), 1);
    bill.page(&cloud::PageAt::Number(2)).await.unwrap();
    assert_eq!(door.stats().calls_of("AssumeRole"), 2);
    // One that has run out by the clock is not even tried.
    door.world().advance(SignedDuration::from_hours(2));
    bill.page(&cloud::PageAt::Number(3)).await.unwrap();
    assert_eq!(door.stats().calls_of("AssumeRole"), 3);
    assert_eq!(door.stats().unauthorized, 1);
    // A token that is refused for good is asked for anew once.
    door.faults()
        .add(Fault::new(Effect::ExpiredToken).action("QueryAvailableInstances"));
    let error = bill.page(&cloud::PageAt::First).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::StaleCredentials);
    assert_eq!(door.stats().calls_of("AssumeRole"), 4);
}

#[tokio::test]
async fn a_role_that_trusts_somebody_else_is_not_taken() {
    let door = company(Role::new("Reader", Uid(9), Rights::all()));
    let shop = door.provider("shop").unwrap();
    let member = cloud::Member {
        number: MEMBER.to_string(),
        name: String::new(),
        active: true,
    };
    let entered = shop.organization().unwrap().enter(&member, "Reader");
    let error = entered.identity().await.unwrap_err();
    let permission = Some("sts:AssumeRole".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
    assert_eq!(error.site.account.as_str(), "shop/1000000000000002");
    let missing = shop.organization().unwrap().enter(&member, "Writer");
    assert_eq!(
        missing.identity().await.unwrap_err().kind,
        ErrorKind::NotFound
    );
}
