use cloudsim::world::directory::Directory;
use insta::assert_snapshot;
use jiff::Timestamp;

use crate::house::{House, NOW};
use crate::simulated::{CANARY, GAME, SHOP, Simulated};

fn organized(cloud: &Simulated) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut directory = Directory::new("rd-Sim", now)
        .member(GAME, "游戏")
        .member(cloudsim::Uid(1_690_700_000_000_003), "data")
        .member(cloudsim::Uid(1_690_700_000_000_004), "old")
        .member(cloudsim::Uid(1_690_700_000_000_005), "lab");
    directory.members[2].status = "InviteCancelled";
    cloud
        .sim
        .world()
        .edit(SHOP, |it| it.directory = Some(directory))
        .unwrap();
}

const DISCOVER: &str = "discover = { resource_directory = true, role = \"skywarden-member\", \
                        exclude = [\"1690700000000005\"] }";

#[test]
fn the_list_says_what_is_configured_and_asks_nobody() {
    let mut house = House::new();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", DISCOVER);
    let others = "
        [accounts.game]
        cloud = \"aliyun\"
        title = \"游戏\"
        site = \"international\"
        regions = [\"ap-southeast-1\"]
        expect_identity = \"169\"
        [accounts.game.credentials]
        assume_role = \"acs:ram::169:role/reader\"
        via = { profile = \"default\" }
        [accounts.box]
        cloud = \"aliyun\"
        credentials = { command = [\"/opt/credentials\", \"--token\", \"CANARY-argument\"] }
        [accounts.pod]
        cloud = \"aliyun\"
        credentials = { uri = \"http://127.0.0.1:6666/?token=CANARY-query\" }
        [accounts.kept]
        cloud = \"aliyun\"
        credentials = { sealed = \"kept\" }
        patrol.report_to = []
        [channels.ops]
        webhook = { env = \"OPS\" }
        [channels.pay]
        webhook = { env = \"PAY\" }
        [[routes]]
        accounts = [\"game\"]
        channels = [\"pay\", \"ops\"]
        [patrol]
        report_to = [\"ops\"]
        accounts = [\"shop\", \"game\"]
    ";
    house.configure(&format!("{shop}{others}"));
    assert_snapshot!("list_en", cloud.plain(house.run(&["accounts", "list"])));
    assert_snapshot!(
        "list_zh",
        cloud.plain(house.run(&["--lang", "zh-CN", "accounts", "list"]))
    );
    assert_snapshot!(
        "list_json",
        cloud.plain(house.run(&["accounts", "list", "-o", "json"]))
    );
    assert_eq!(cloud.sim.stats().calls, 0);
    assert_eq!(
        house.leaks("CANARY-query").len(),
        1,
        "the configuration itself"
    );
}

#[test]
fn members_are_listed_with_what_becomes_of_them_and_none_is_entered() {
    let mut house = House::new().with_lasting_chance();
    let cloud = Simulated::beside(&house);
    organized(&cloud);
    let shop = cloud.account(&mut house, "shop", DISCOVER);
    let game = cloud.account(&mut house, "game", "expect_identity = \"1690700000000002\"");
    house.configure(&format!("{shop}{game}"));
    assert_snapshot!("discover_en", house.run(&["accounts", "discover"]));
    assert_snapshot!(
        "discover_zh",
        house.run(&["--lang", "zh-CN", "accounts", "discover"])
    );
    assert_snapshot!(
        "discover_json",
        house.run(&["accounts", "discover", "-o", "jsonl"])
    );
    let called: Vec<String> = cloud
        .sim
        .recent_calls()
        .into_iter()
        .map(|it| it.action)
        .collect();
    assert!(called.iter().all(|it| it == "ListAccounts"), "{called:?}");
    assert_eq!(house.leaks(CANARY), [""; 0]);
}

#[test]
fn an_account_can_be_asked_for_members_before_discovery_is_configured() {
    let mut house = House::new().with_lasting_chance();
    let cloud = Simulated::beside(&house);
    organized(&cloud);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    assert_snapshot!("discover_none", house.run(&["accounts", "discover"]));
    assert_eq!(cloud.sim.stats().calls, 0);
    let said = house.run(&["accounts", "discover", "--account", "shop", "-o", "csv"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stdout
            .contains("shop,1690700000000003,data,false,,discover_is_off"),
        "{said}"
    );
}

#[test]
fn members_that_were_not_seen_are_never_an_empty_list() {
    let mut house = House::new().with_lasting_chance();
    let cloud = Simulated::beside(&house);
    organized(&cloud);
    cloud.take_away(SHOP, &["resourcemanager:ListAccounts"]);
    let shop = cloud.account(&mut house, "shop", DISCOVER);
    house.configure(&shop);
    let said = house.run(&["accounts", "discover", "-o", "csv"]);
    assert_eq!(said.code, 4, "{said}");
    assert!(
        said.stderr.contains("resourcemanager:ListAccounts"),
        "{said}"
    );
}
