//! What is planted is what is read, in as few calls as there can be.

use cloud::pager::collect;
use cloud::{Access as _, Billing as _, ErrorKind};
use cloud::{Inventory as _, Organization as _, Provider as _};
use cloudsim::world::directory::{ACCESS_ROLE, Directory};
use cloudsim::world::instances::Instance;
use cloudsim::{
    Account, Balance, Certificate, Domain, Prepaid, Renewal as Renews, Rights, Role, Uid, World,
};
use jiff::SignedDuration;
use model::{Expiry, Kind, RegionId, Renewal, ResourceId};

use crate::rights::{UNTRIED, scripted};
use crate::stand::{Stand, UID, certificates, days, domains, now, shop, shop_with};

#[tokio::test]
async fn the_bill_is_read_in_the_fewest_pages_and_everything_is_in_it() {
    let mut account = shop()
        .prepaid(Prepaid::pay_as_you_go("oss", "oss-325352345", days(-900)))
        .prepaid(Prepaid::new("rds", "rm-auto", days(40)).renewal(Renews::Auto))
        .prepaid(Prepaid::new(
            "ecs",
            "i-far",
            "2999-09-09T16:00:00Z".parse().unwrap(),
        ));
    for number in 0..647 {
        account = account.prepaid(Prepaid::new("redisa", format!("r-{number}"), days(number)));
    }
    let stand = Stand::of(account).await;
    let aliyun = stand.aliyun();
    let list = collect(aliyun.prepaid().unwrap().as_ref()).await;
    let rows = list.seen().unwrap().get();
    assert_eq!(
        (rows.len(), stand.calls("QueryAvailableInstances")),
        (650, 3)
    );
    let row = |id: &str| rows.iter().find(|it| it.id.as_str() == id).unwrap();
    assert_eq!(row("oss-325352345").expiry, Expiry::Never);
    assert_eq!(row("i-far").expiry, Expiry::Never);
    assert_eq!(row("rm-auto").renewal, Renewal::Auto { months: Some(1) });
    assert_eq!(row("r-7").expiry, Expiry::At(days(7)));
    assert_eq!(row("r-7").kind, Kind::new("redisa"));
    assert_eq!(row("r-7").region, Some(RegionId::new("cn-hangzhou")));
}

#[tokio::test]
async fn the_balance_is_what_can_be_spent() {
    let balance = Balance::new("-1234.5".parse::<rust_decimal::Decimal>().unwrap(), "CNY");
    let stand = Stand::of(shop().balance(balance)).await;
    let balance = stand.aliyun().balance().await.unwrap();
    assert_eq!(balance.available.to_string(), "-1,234.50 ¥");
}

#[tokio::test]
async fn the_cloud_says_who_we_are_and_which_regions_there_are() {
    let stand = Stand::of(shop()).await;
    let identity = stand.aliyun().identity().await.unwrap();
    assert_eq!(identity.account, UID.to_string());
    assert_eq!(identity.principal, format!("acs:ram::{UID}:user/skywarden"));
    assert_eq!(identity.sort, "RAMUser");
    let regions = stand.aliyun().regions().await.unwrap();
    assert!(
        regions
            .iter()
            .any(|it| it.id.as_str() == "cn-beijing" && it.name.contains("北京"))
    );
}

#[tokio::test]
async fn expired_certificates_are_read_beside_the_valid_ones() {
    let account = shop()
        .certificate(Certificate::new(
            1,
            &["Valid.example.com", "b.example.com"],
            days(40),
        ))
        .certificate(Certificate::new(2, &["soon.example.com"], days(3)))
        .certificate(Certificate::new(3, &["gone.example.com"], days(-3)));
    let stand = Stand::of(account).await;
    let aliyun = stand.aliyun();
    let list = certificates(&aliyun).await;
    let mut rows = list.seen().unwrap().get().clone();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let names: Vec<_> = rows.iter().map(|it| it.names.join(" ")).collect();
    assert_eq!(
        names,
        [
            "b.example.com valid.example.com",
            "soon.example.com",
            "gone.example.com"
        ]
    );
    // To the day: 10:00 in Beijing is on the same day as its end.
    let last_second = days(-3) + SignedDuration::from_hours(14) - SignedDuration::from_secs(1);
    assert_eq!(rows[2].expiry, Expiry::At(last_second));
    assert!(rows[2].uploaded);
    assert_eq!(stand.calls("ListUserCertificateOrder"), 2);
}

#[tokio::test]
async fn domains_are_read_with_their_end_and_renewal() {
    let account = shop()
        .domain(Domain::new("one.cn", days(30)))
        .domain(Domain::new("late.cn", days(-5)))
        .domain(Domain::new("auto.cn", days(300)).auto_renewing());
    let stand = Stand::of(account).await;
    let aliyun = stand.aliyun();
    let list = domains(&aliyun).await;
    let rows = list.seen().unwrap().get();
    let shown: Vec<_> = rows
        .iter()
        .map(|it| (it.name.as_str(), it.expiry, it.auto_renew, it.in_redemption))
        .collect();
    assert_eq!(
        shown,
        [
            ("one.cn", Expiry::At(days(30)), Some(false), false),
            ("late.cn", Expiry::At(days(-5)), Some(false), true),
            ("auto.cn", Expiry::At(days(300)), Some(true), false),
        ]
    );
}

fn machines(account: Account, count: usize) -> (Account, Vec<ResourceId>) {
    let mut account = account;
    let mut ids = Vec::new();
    for number in 0..count {
        let id = format!("i-bp1{number:04}");
        let machine = Instance::new(id.clone(), format!("web {number}'s 🙂"), days(-300));
        account = account.instance(machine.region("cn-beijing").tag("owner", "小明"));
        // Every second one is paid in advance.
        if number % 2 == 0 {
            let renewal = if number % 4 == 0 {
                Renews::Auto
            } else {
                Renews::Never
            };
            let row = Prepaid::new("ecs", id.clone(), days(60)).region("cn-beijing");
            account = account.prepaid(row.renewal(renewal));
        }
        ids.push(ResourceId::new(id));
    }
    (account, ids)
}

#[tokio::test]
async fn names_tags_and_renewal_of_machines_come_by_the_hundred() {
    let (account, mut ids) = machines(shop(), 250);
    let stand = Stand::of(account).await;
    ids.push(ResourceId::new("i-released"));
    let (kind, region) = (Kind::new("ecs"), RegionId::new("cn-beijing"));
    let found = stand.aliyun().details(&kind, &region, &ids).await.unwrap();
    assert_eq!(found.len(), 250, "the released one is not there");
    assert_eq!(stand.calls("DescribeInstances"), 3);
    assert_eq!(stand.calls("DescribeInstanceAutoRenewAttribute"), 3);
    let detail = |id: &str| found.iter().find(|it| it.id.as_str() == id).unwrap();
    assert_eq!(detail("i-bp10007").name, "web 7's 🙂");
    assert_eq!(detail("i-bp10007").tags["owner"], "小明");
    assert_eq!(
        detail("i-bp10007").renewal,
        None,
        "paid by use: nothing to renew"
    );
    assert_eq!(
        detail("i-bp10000").renewal,
        Some(Renewal::Auto { months: Some(1) })
    );
    assert_eq!(detail("i-bp10002").renewal, Some(Renewal::Never));
}

#[tokio::test]
async fn an_empty_answer_without_the_right_is_a_missing_right() {
    let (account, ids) = machines(shop_with(Rights::all().without("ecs:DescribeInstances")), 3);
    let stand = Stand::of(account).await;
    let (kind, region) = (Kind::new("ecs"), RegionId::new("cn-beijing"));
    let error = stand
        .aliyun()
        .details(&kind, &region, &ids)
        .await
        .unwrap_err();
    let permission = Some("ecs:DescribeInstances".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
}

#[tokio::test]
async fn an_empty_answer_with_the_right_is_an_empty_answer() {
    let stand = Stand::of(shop()).await;
    let (kind, region) = (Kind::new("ecs"), RegionId::new("cn-beijing"));
    let gone = [ResourceId::new("i-released")];
    assert_eq!(
        stand.aliyun().details(&kind, &region, &gone).await.unwrap(),
        []
    );
    assert_eq!(
        stand.outcomes("DescribeInstances"),
        ["OK", "DryRunOperation"]
    );
    assert_eq!(
        stand.aliyun().details(&kind, &region, &[]).await.unwrap(),
        []
    );
    let error = stand
        .aliyun()
        .details(&Kind::new("rds"), &region, &gone)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(stand.aliyun().covers(), ["ecs"]);
}

/// A company of one administering account and one member, which trusts it.
fn company() -> World {
    let member = Uid(2_000_000_000_000_001);
    let directory = Directory::new("rd-1", now()).member(member, "财务");
    let member = Account::new("finance", member)
        .role(Role::new(ACCESS_ROLE, UID, Rights::all()))
        .role(Role::new("reader", UID, Rights::of(["bss:*"])))
        .prepaid(Prepaid::new("rds", "rm-of-finance", days(9)));
    World::new(now())
        .with(shop().directory(directory))
        .with(member)
}

#[tokio::test]
async fn members_are_listed_and_entered_with_the_administrators_key() {
    let stand = Stand::with(company()).await;
    let aliyun = stand.aliyun();
    let members = collect(aliyun.members().as_ref()).await;
    let [member] = &members.seen().unwrap().get()[..] else {
        panic!("one member")
    };
    assert_eq!((member.name.as_str(), member.active), ("财务", true));
    for (role, name) in [
        ("", "resourcedirectoryaccountaccessrole"),
        ("reader", "reader"),
    ] {
        let entered = aliyun.enter(member, role);
        assert_eq!(entered.account().as_str(), "shop/2000000000000001");
        let identity = entered.identity().await.unwrap();
        let arn = format!("acs:ram::2000000000000001:assumed-role/{name}/skywarden");
        assert_eq!(identity.principal, arn);
        let list = collect(entered.billing().unwrap().prepaid().unwrap().as_ref()).await;
        assert_eq!(list.seen().unwrap().get()[0].id.as_str(), "rm-of-finance");
    }
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_member_without_the_role_is_refused_by_its_own_name() {
    let stand = Stand::with(company()).await;
    let aliyun = stand.aliyun();
    let members = collect(aliyun.members().as_ref()).await;
    let entered = aliyun.enter(&members.seen().unwrap().get()[0], "nobody");
    let error = entered.identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    let words = error.to_string();
    assert!(words.contains("shop/2000000000000001"), "{words}");
    assert!(
        words.contains("(role acs:ram::2000000000000001:role/nobody)"),
        "{words}"
    );
}

#[tokio::test]
async fn every_check_finds_its_own_missing_right() {
    let stand = Stand::with(company()).await;
    let all = stand.aliyun();
    for requirement in all.requirements() {
        all.check(requirement).await.unwrap();
        for permission in requirement.permissions {
            // A role is assumed when a member is entered; nothing tells before whether it may be.
            if *permission == "sts:AssumeRole" || UNTRIED.contains(permission) {
                continue;
            }
            stand.sim.world().edit(UID, |account| {
                account.users[0].rights = Rights::all().without(*permission);
            });
            let error = all.check(requirement).await.unwrap_err();
            let named = Some((*permission).to_owned());
            assert_eq!(error.kind, ErrorKind::Denied { permission: named });
            stand
                .sim
                .world()
                .edit(UID, |account| account.users[0].rights = Rights::all());
        }
    }
}

#[tokio::test]
async fn the_policy_that_is_printed_is_enough_and_no_more() {
    let stand = Stand::of(shop()).await;
    let aliyun = stand.aliyun();
    let wanted: Vec<_> = aliyun
        .requirements()
        .iter()
        .filter(|it| it.kind != Kind::MEMBER && !scripted(it.kind))
        .collect();
    let policy = aliyun.policy(&wanted);
    expect_test::expect![[r#"
        {
          "Statement": [
            {
              "Action": [
                "bss:DescribeAcccount",
                "bss:DescribeInstances",
                "cs:DescribeClusterDetail",
                "cs:DescribeClusterNodes",
                "cs:DescribeClustersV1",
                "domain:QueryCommonInfo",
                "ecs:DescribeDisks",
                "ecs:DescribeImages",
                "ecs:DescribeInstanceAutoRenewAttribute",
                "ecs:DescribeInstanceHistoryEvents",
                "ecs:DescribeInstances",
                "ecs:DescribeRegions",
                "ecs:DescribeSnapshots",
                "ess:DescribeScalingInstances",
                "ram:ListAccessKeys",
                "ram:ListUsers",
                "slb:DescribeLoadBalancerAttribute",
                "slb:DescribeLoadBalancers",
                "vpc:DescribeEipAddresses",
                "yundun-cert:ListUserCertificateOrder"
              ],
              "Effect": "Allow",
              "Resource": "*"
            }
          ],
          "Version": "1"
        }"#]]
    .assert_eq(&policy);
    let parsed: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let actions = parsed["Statement"][0]["Action"].as_array().unwrap().clone();
    let actions: Vec<_> = actions
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    stand
        .sim
        .world()
        .edit(UID, |account| account.users[0].rights = Rights::of(actions));
    for requirement in wanted {
        aliyun.check(requirement).await.unwrap();
    }
}
