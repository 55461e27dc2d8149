//! What is planted is what is read, in as few calls as there can be.

use std::collections::BTreeMap;

use cloud::{
    Access as _, Addresses as _, Certificates as _, Clusters as _, Disks as _, Domains as _,
    ErrorKind, Images as _, Inventory as _, Keys as _, LoadBalancers as _, Machines as _,
    Organization as _, Terms as _,
};
use cloud_aws::{Aws, Partition};
use cloudsim::aws::estate;
use cloudsim::world::directory::Directory;
use cloudsim::{Host, Rights, World};
use model::{
    AddressState, CopyState, Expiry, NodeMachine, NodeSort, NodeView, Opinion, Place, RegionId,
    ResourceId,
};

use crate::stand::{Stand, days, endpoints, fixed, itself, now, rows, shop_with};

async fn sample() -> Stand {
    Stand::with(estate::sample(now())).await
}

fn account(stand: &Stand, name: &str) -> Aws {
    let key = stand.sim.world().key(name).unwrap();
    stand.account(stand.settings(fixed(&key)))
}

fn here() -> RegionId {
    RegionId::new("us-east-1")
}

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

#[tokio::test]
async fn machines_are_read_whole_and_the_dead_are_left_out() {
    let stand = sample().await;
    let found = rows(account(&stand, "data").machines(&here())).await;
    let by_id: BTreeMap<_, _> = found.iter().map(|it| (it.id.as_str(), it)).collect();
    assert!(!by_id.contains_key("i-0dead00000000001"));
    let web = by_id["i-0web0000000000004"];
    assert_eq!(
        (web.name.as_str(), web.machine_type.as_str()),
        ("web-4", "m6i.large")
    );
    assert_eq!(
        (web.tags["env"].as_str(), web.zone.as_str()),
        ("测试", "us-east-1b")
    );
    assert_eq!(web.created, Some(days(-300)));
    assert_eq!(web.ties, []);
    assert_eq!(by_id["i-0spot00000000001"].charge, model::Charge::Spot);
    let stopped = by_id["i-0stop00000000001"];
    assert_eq!(stopped.state, model::MachineState::Stopped);
    let tied: Vec<_> = by_id["i-0orphan000000001"]
        .ties
        .iter()
        .map(|it| {
            (
                it.sort.is_strong(),
                it.cluster.as_ref().map(ResourceId::as_str),
            )
        })
        .collect();
    let gone = (true, Some("deleted-long-ago"));
    assert_eq!(tied, [gone, gone]);
    assert_eq!(stand.calls("DescribeInstances"), 1);
}

#[tokio::test]
async fn machines_asked_for_by_id_are_those_that_exist() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let ids = [
        "i-0web0000000000001",
        "i-0dead00000000001",
        "i-0never00000000001",
    ];
    let found = aws.machines_by_id(&here(), &ids.map(id)).await.unwrap();
    let found: Vec<_> = found.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(found, ["i-0web0000000000001"]);
    assert!(aws.machines_by_id(&here(), &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn clusters_say_that_their_list_of_nodes_is_not_whole() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let clusters = rows(aws.clusters(&here())).await;
    assert!(clusters.iter().all(|it| it.view == NodeView::GroupsOnly));
    let names: Vec<_> = clusters.iter().map(|it| it.id.as_str()).collect();
    assert!(
        names.contains(&"shop") && names.contains(&"leaving"),
        "{names:?}"
    );
    let shop = aws.cluster(&here(), &id("shop")).await.unwrap().unwrap();
    assert_eq!(shop.tags["env"], "prod");
    let gone = aws.cluster(&here(), &id("deleted-long-ago")).await.unwrap();
    assert_eq!(gone, None);
    let nodes = rows(aws.nodes(&here(), &shop)).await;
    let machines: Vec<_> = nodes
        .iter()
        .filter_map(|it| match &it.machine {
            NodeMachine::Is(machine) => Some(machine.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(machines.len(), 3, "{nodes:?}");
    assert!(!machines.contains(&"i-0self00000000001"), "nobody lists it");
    let virtual_ones = nodes.iter().filter(|it| it.sort == NodeSort::Virtual);
    assert_eq!(virtual_ones.count(), 1);
}

#[tokio::test]
async fn the_second_opinion_is_of_scaling_groups_and_answers_every_question() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let asked = [
        "i-0node000000000001",
        "i-0orphan000000001",
        "i-0dead00000000001",
        "i-0never00000000001",
    ]
    .map(id);
    let opinions = aws.opinions(&here(), &asked).await.unwrap();
    let said: Vec<_> = asked.iter().map(|it| opinions[it].clone()).collect();
    let group = Opinion::InGroup(id("eks-web-0a1b2c3d"));
    assert_eq!(
        said,
        [group, Opinion::Free, Opinion::Absent, Opinion::Absent]
    );
}

#[tokio::test]
async fn disks_snapshots_and_images_say_what_holds_them() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let disks = rows(aws.disks(&here())).await;
    let loose: Vec<_> = disks
        .iter()
        .filter(|it| it.state == model::DiskState::Unattached)
        .map(|it| (it.id.as_str(), it.name.as_str(), it.size_gib))
        .collect();
    assert_eq!(loose, [("vol-0loose000000001", "forgotten", 500)]);
    let snapshots = rows(aws.snapshots(&here())).await;
    let held: Vec<_> = snapshots
        .iter()
        .filter_map(|it| Some((it.id.as_str(), it.held_by.as_deref()?)))
        .collect();
    assert!(
        held.contains(&("snap-0day000000000001", "image ami-0week000000000001")),
        "{held:?}"
    );
    let by_disabled = ("snap-0day000000000012", "image ami-0old0000000000001");
    assert!(
        held.contains(&by_disabled),
        "a disabled image holds too: {held:?}"
    );
    assert_eq!(held.len(), 2);
    let images = rows(aws.images(&here())).await;
    let states: Vec<_> = images.iter().map(|it| it.state.clone()).collect();
    assert!(
        states.contains(&CopyState::Other("disabled".to_owned())),
        "{states:?}"
    );
    let week = images.iter().find(|it| it.name == "web-2026-W40").unwrap();
    assert_eq!(week.machine, Some(id("i-0web0000000000001")));
    let ids = ["vol-0loose000000001", "vol-0gone000000001"].map(id);
    let found = aws.disks_by_id(&here(), &ids).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn addresses_balancers_and_events_are_read() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let addresses = rows(aws.addresses(&here())).await;
    let free: Vec<_> = addresses
        .iter()
        .filter(|it| it.state == AddressState::Unbound)
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(free, ["eipalloc-0loose001"]);
    let balancers = rows(aws.load_balancers(&here())).await;
    let mut shown: Vec<_> = balancers
        .iter()
        .map(|it| format!("{} {} {:?}", it.sort, it.name, it.backends.unwrap()))
        .collect();
    shown.sort();
    let expected = [
        "application shop-front 2",
        "classic classic-1 1",
        "classic classic-empty 0",
        "network empty-nlb 0",
    ];
    assert_eq!(shown, expected);
    let planned = rows(aws.maintenance(&here()).unwrap()).await;
    assert_eq!(planned.len(), 1);
    assert_eq!(planned[0].code, "instance-retirement");
    assert_eq!(planned[0].machine, id("i-0web0000000000002"));
}

#[tokio::test]
async fn certificates_of_every_region_and_of_the_users_are_read_with_every_kind_of_key() {
    let stand = sample().await;
    let found = rows(account(&stand, "data").certificates()).await;
    let mut names: Vec<_> = found.iter().flat_map(|it| &it.names).cloned().collect();
    names.sort();
    let expected = [
        "*.shop.example.com",
        "ec.example.com",
        "old.example.com",
        "shop.example.com",
    ];
    assert_eq!(names, expected);
    let kept_with_users = found.iter().filter(|it| it.id.as_str().contains(":iam:"));
    assert_eq!(kept_with_users.count(), 1);
    assert!(found.iter().all(|it| matches!(it.expiry, Expiry::At(_))));
}

#[tokio::test]
async fn what_ends_is_read_and_what_ended_long_ago_is_not() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let mut ending = Vec::new();
    for list in aws.lists() {
        let place = match list.regional {
            true => Place::Region(here()),
            false => Place::Global,
        };
        for row in rows(aws.ending(list, &place)).await {
            ending.push(format!(
                "{} {} {:?}",
                row.kind,
                row.id,
                row.expiry == Expiry::Unknown
            ));
        }
    }
    let expected = [
        "ec2 e5a2ff3b-0000-0000-0000-000000000001 false",
        "rds ri-orders false",
        "savingsplans 5d9f0a50-0000-0000-0000-000000000001 false",
    ];
    assert_eq!(ending, expected);
}

#[tokio::test]
async fn domains_regions_and_the_caller_are_read() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let domains = rows(aws.domains()).await;
    let shown: Vec<_> = domains
        .iter()
        .map(|it| (it.name.as_str(), it.auto_renew))
        .collect();
    assert_eq!(
        shown,
        [("example.com", Some(false)), ("example.net", Some(true))]
    );
    let regions = aws.regions().await.unwrap();
    let has = |wanted: &str| regions.iter().any(|it| it.id.as_str() == wanted);
    assert!(has("eu-west-1") && has("ap-east-1") && !has("me-south-1"));
    let identity = itself(&aws).identity().await.unwrap();
    assert_eq!(identity.account, "111122223333");
    assert_eq!(identity.sort, "user");
}

#[tokio::test]
async fn keys_are_told_with_their_last_use_and_never_whole() {
    let stand = sample().await;
    let keys = rows(account(&stand, "data").access_keys()).await;
    let used: Vec<_> = keys.iter().filter(|it| it.last_used.is_some()).collect();
    assert_eq!(used.len(), 1, "{keys:?}");
    assert!(used[0].id.as_str().contains("***"), "{keys:?}");
    let whole = stand.sim.world().key("data").unwrap().id;
    assert!(!format!("{keys:?}").contains(&whole));
}

#[tokio::test]
async fn the_china_regions_have_hosts_arns_and_certificates_of_their_own() {
    let stand = sample().await;
    let key = stand.sim.world().key("beijing").unwrap();
    let mut settings = stand.settings(fixed(&key));
    settings.partition = Some(Partition::China);
    settings.endpoints = endpoints(&[("default", &stand.sim.url_of(Host::Aws))]);
    let aws = stand.account(settings);
    let identity = itself(&aws).identity().await.unwrap();
    assert!(
        identity.principal.starts_with("arn:aws-cn:"),
        "{identity:?}"
    );
    let regions: Vec<_> = aws
        .regions()
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(
        regions,
        [RegionId::new("cn-north-1"), RegionId::new("cn-northwest-1")]
    );
    let certificates = rows(aws.certificates()).await;
    assert_eq!(certificates.len(), 1);
    assert!(itself(&aws).domains().is_none(), "nobody sells names there");
    let machines = rows(aws.machines(&RegionId::new("cn-north-1"))).await;
    assert!(machines.iter().any(|it| it.name == "web-1"));
}

#[tokio::test]
async fn members_are_entered_by_the_role_every_one_of_them_has() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let members = rows(aws.members()).await;
    let lab = members.iter().find(|it| it.name == "lab").unwrap();
    assert!(lab.active);
    let entered = aws.enter(lab, "");
    assert_eq!(entered.account().as_str(), "shop/444455556666");
    let identity = entered.identity().await.unwrap();
    assert_eq!(
        identity.principal,
        "arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/skywarden"
    );
    let machines = entered
        .machines()
        .unwrap()
        .machines(&RegionId::new("eu-west-1"));
    assert_eq!(rows(machines).await.len(), 1);
    let refused = aws
        .enter(lab, "nobody-has-it")
        .identity()
        .await
        .unwrap_err();
    assert!(
        matches!(refused.kind, ErrorKind::Denied { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn the_policy_grants_what_every_check_needs_and_no_more() {
    let stand = sample().await;
    let aws = account(&stand, "data");
    let all: Vec<_> = aws.requirements().iter().collect();
    let policy: serde_json::Value = serde_json::from_str(&aws.policy(&all)).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let actions = policy["Statement"][0]["Action"].as_array().unwrap();
    let actions: Vec<_> = actions.iter().map(|it| it.as_str().unwrap()).collect();
    let kinds: Vec<_> = all.iter().map(|it| it.kind).collect();
    assert!(!actions.iter().any(|it| it.contains('*')), "{actions:?}");
    let directory = Directory::new("o-1", now());
    let account = shop_with(Rights::of(actions)).directory(directory);
    let stand = Stand::with(World::new(now()).with(account)).await;
    let narrow = stand.aws();
    for requirement in narrow.requirements() {
        narrow.check(requirement).await.unwrap();
    }
    assert_eq!(kinds.len(), narrow.requirements().len());
    let nobody = Stand::with(World::new(now()).with(shop_with(Rights::of(["none"])))).await;
    let nobody = nobody.aws();
    for requirement in nobody.requirements() {
        let refused = nobody.check(requirement).await.unwrap_err();
        assert!(
            matches!(refused.kind, ErrorKind::Denied { .. }),
            "{refused}"
        );
    }
}
