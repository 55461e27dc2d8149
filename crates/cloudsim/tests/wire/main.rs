//! The wire door, knocked on by a client that is written here, from the document alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod knock;
mod regions;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, ManualClock};
use cloudsim::{
    AccessKey, Account, Effect, Estate, Fault, Options, Prepaid, Quota, Rights, Role, Sim, Site,
    Uid, World,
};
use jiff::{SignedDuration, Timestamp};
use knock::{Answer, Client};

fn wall() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

fn day(days: i64) -> Timestamp {
    wall() + SignedDuration::from_hours(24 * days)
}

const SHOP: Uid = Uid(1_234_567_890_123_456);

fn shop() -> Account {
    let mut account = Account::new("shop", SHOP)
        .key("root", "root-secret")
        .user("ops", AccessKey::new("ops", "ops-secret"), Rights::all())
        .user(
            "poor",
            AccessKey::new("poor", "poor-secret"),
            Rights::of(["sts:*"]),
        )
        .role(Role::new("Reader", SHOP, Rights::of(["bss:*"])));
    for number in 0..45 {
        account.prepaid.add(Prepaid::new(
            "ecs",
            format!("i-{number:02}"),
            day(30 + number),
        ));
    }
    account
}

struct Bench {
    sim: Sim,
    clock: ManualClock,
}

impl Bench {
    async fn new() -> Self {
        Self::with(World::new(wall()).with(shop()), |options| options).await
    }

    async fn with(world: World, change: impl FnOnce(Options) -> Options) -> Self {
        let clock = ManualClock::hurrying(wall());
        let options = change(Options::default().clock(Arc::new(clock.clone())));
        Self {
            sim: Sim::start(world, options).await.unwrap(),
            clock,
        }
    }

    fn client(&self, key: &str) -> Client {
        Client::new(
            self.sim.address(),
            key,
            &format!("{key}-secret"),
            self.clock.now(),
        )
    }

    async fn instances(&self, parameters: &[(&str, &str)]) -> Answer {
        self.client("ops")
            .bss("QueryAvailableInstances", parameters)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_page_asked_for_again_follows_the_world_and_the_rights_of_who_asks() {
    let bench = Bench::new().await;
    let first = |answer: &Answer| answer.json["Data"]["InstanceList"][0]["InstanceID"].clone();
    let before = bench.instances(&[]).await;
    assert_eq!(before.json["RequestId"].as_str().unwrap().len(), 36);
    let again = bench.instances(&[]).await;
    assert_eq!(again.json["Data"], before.json["Data"]);
    assert_ne!(again.json["RequestId"], before.json["RequestId"]);
    let poor = bench.client("poor");
    let refused = poor.bss("QueryAvailableInstances", &[]).await.unwrap();
    assert_eq!(refused.status, 403);
    assert!(
        bench
            .sim
            .world()
            .edit(SHOP, |shop| shop.prepaid.change("i-00", |_| None))
            .unwrap()
    );
    let after = bench.instances(&[]).await;
    assert_eq!(
        (first(&before), first(&after)),
        ("i-00".into(), "i-01".into())
    );
    assert_eq!(after.json["Data"]["TotalCount"], 44);
    bench
        .sim
        .world()
        .advance(SignedDuration::from_hours(24 * 46));
    assert_eq!(first(&bench.instances(&[]).await), "i-02");
}

#[tokio::test]
async fn a_signed_call_is_served_and_pages_add_up_to_the_total() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for page in ["1", "2", "3", "4"] {
        let answer = bench
            .instances(&[("PageNum", page), ("PageSize", "20")])
            .await;
        assert_eq!(
            (answer.status, answer.json["Success"].as_bool()),
            (200, Some(true))
        );
        assert_eq!(answer.json["Data"]["TotalCount"], 45);
        let rows = answer.json["Data"]["InstanceList"]
            .as_array()
            .unwrap()
            .clone();
        ids.extend(
            rows.iter()
                .map(|it| it["InstanceID"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(
        ids,
        (0..45).map(|it| format!("i-{it:02}")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn whoever_calls_is_told_who_that_is() {
    let bench = Bench::new().await;
    let identity = async |key: &str| {
        bench
            .client(key)
            .sts("GetCallerIdentity", &[])
            .await
            .unwrap()
            .json
    };
    let root = identity("root").await;
    assert_eq!(
        (&root["IdentityType"], &root["Arn"]),
        (&"Account".into(), &"acs:ram::1234567890123456:root".into())
    );
    let user = identity("ops").await;
    assert_eq!(
        (&user["IdentityType"], &user["Arn"]),
        (
            &"RAMUser".into(),
            &"acs:ram::1234567890123456:user/ops".into()
        )
    );
    assert_eq!(user["AccountId"], "1234567890123456");
}

#[tokio::test]
async fn who_does_not_prove_itself_is_refused_with_the_code_of_the_cloud() {
    let bench = Bench::new().await;
    let code = async |client: Client| {
        let answer = client.sts("GetCallerIdentity", &[]).await.unwrap();
        (
            answer.status,
            answer.json["Code"].as_str().unwrap().to_owned(),
        )
    };
    let late = bench.clock.now() - SignedDuration::from_mins(16);
    let ops = || bench.client("ops");
    for (client, status, expected) in [
        (ops().secret("wrong"), 400, "SignatureDoesNotMatch"),
        (bench.client("nobody"), 404, "InvalidAccessKeyId.NotFound"),
        (ops().at(late), 400, "InvalidTimeStamp.Expired"),
        (ops().at(wall() + SignedDuration::from_mins(14)), 200, ""),
        (
            ops().token("made up"),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (
            ops().unsigned_header("x-acs-extra", "1"),
            400,
            "IncompleteSignature",
        ),
        (ops().unsigned(), 400, "MissingAccessKeyId"),
    ] {
        if status == 200 {
            assert_eq!(
                client.sts("GetCallerIdentity", &[]).await.unwrap().status,
                200
            );
        } else {
            assert_eq!(code(client).await, (status, expected.to_owned()));
        }
    }
    let wrong = ops()
        .secret("wrong")
        .sts("GetCallerIdentity", &[])
        .await
        .unwrap();
    assert!(
        wrong.json["Message"]
            .as_str()
            .unwrap()
            .contains("ACS3-HMAC-SHA256\n"),
        "the string to sign is shown"
    );
    assert_eq!(bench.sim.stats().unauthorized, 7);
}

#[tokio::test]
async fn a_nonce_opens_the_door_once() {
    let bench = Bench::new().await;
    let client = bench.client("ops").nonce("same");
    assert_eq!(
        client.sts("GetCallerIdentity", &[]).await.unwrap().status,
        200
    );
    assert_eq!(
        client.sts("GetCallerIdentity", &[]).await.unwrap().json["Code"],
        "SignatureNonceUsed"
    );
}

#[tokio::test]
async fn what_is_said_is_checked() {
    let bench = Bench::new().await;
    for (parameters, code) in [
        (&[("PageNum", "0")][..], "InvalidParameter"),
        (&[("PageSize", "301")], "InvalidParameter"),
        (&[("PageSze", "20")], "InvalidParameter"),
        (&[("RenewStatus", "Auto")], "InvalidParameter"),
        (&[("EndTimeStart", "2026-01-01")], "InvalidParameter"),
        (&[("Region", "cn-hangzhou")], "MissingParameter"),
    ] {
        let answer = bench.instances(parameters).await;
        assert_eq!(
            (answer.status, &answer.json["Code"]),
            (400, &code.into()),
            "{parameters:?}"
        );
        assert_eq!(
            answer.json["RequestId"].as_str(),
            answer.header("x-acs-request-id")
        );
    }
    let ops = || bench.client("ops");
    let unknown = ops()
        .call("2017-12-14", "QueryEverything", &[])
        .await
        .unwrap();
    assert_eq!(
        (unknown.status, &unknown.json["Code"]),
        (404, &"InvalidAction.NotFound".into())
    );
    let version = ops()
        .call("2017-12-15", "QueryAvailableInstances", &[])
        .await
        .unwrap();
    assert_eq!(
        (version.status, &version.json["Code"]),
        (400, &"InvalidVersion".into())
    );
    let product = ops()
        .call("2014-05-26", "QueryAvailableInstances", &[])
        .await
        .unwrap();
    assert_eq!(product.json["Code"], "InvalidAction.NotFound");
}

#[tokio::test]
async fn rights_are_checked_in_the_words_of_each_product() {
    let bench = Bench::new().await;
    let poor = bench.client("poor");
    let billing = poor.bss("QueryAvailableInstances", &[]).await.unwrap();
    assert_eq!(
        (billing.status, &billing.json["Code"]),
        (403, &"NotAuthorized".into())
    );
    let region = ("RegionId", "cn-hangzhou");
    let machines = poor.ecs("DescribeInstances", &[region]).await.unwrap();
    assert_eq!(
        (machines.status, &machines.json["TotalCount"]),
        (200, &0.into()),
        "an empty list, and no word of it"
    );
    let dry = poor
        .ecs("DescribeInstances", &[region, ("DryRun", "true")])
        .await
        .unwrap();
    assert_eq!(dry.json["Code"], "Forbidden.RAM");
    assert_eq!(
        dry.json["AccessDeniedDetail"]["AuthAction"],
        "ecs:DescribeInstances"
    );
    let passed = bench
        .client("ops")
        .ecs("DescribeInstances", &[region, ("DryRun", "true")])
        .await
        .unwrap();
    assert_eq!(
        (passed.status, &passed.json["Code"]),
        (400, &"DryRunOperation".into())
    );
}

#[tokio::test]
async fn a_session_lives_as_long_as_it_says() {
    let bench = Bench::new().await;
    let asked = [
        ("RoleArn", "acs:ram::1234567890123456:role/reader"),
        ("RoleSessionName", "s1"),
        ("DurationSeconds", "900"),
    ];
    let root = bench
        .client("root")
        .sts("AssumeRole", &asked)
        .await
        .unwrap();
    assert_eq!(
        (root.status, &root.json["Code"]),
        (403, &"NoPermission".into()),
        "main accounts may not assume roles"
    );
    let keys = bench
        .client("ops")
        .sts("AssumeRole", &asked)
        .await
        .unwrap()
        .json["Credentials"]
        .clone();
    let text = |key: &str| keys[key].as_str().unwrap();
    let session = |at| {
        Client::new(
            bench.sim.address(),
            text("AccessKeyId"),
            text("AccessKeySecret"),
            at,
        )
        .token(text("SecurityToken"))
    };
    assert_eq!(
        session(wall())
            .bss("QueryAccountBalance", &[])
            .await
            .unwrap()
            .json["Data"]["AvailableAmount"],
        "10,000.00"
    );
    let identity = session(wall())
        .sts("GetCallerIdentity", &[])
        .await
        .unwrap()
        .json;
    assert_eq!(
        identity["Arn"],
        "acs:ram::1234567890123456:assumed-role/reader/s1"
    );
    bench.sim.world().advance(SignedDuration::from_hours(48));
    assert_eq!(
        session(wall())
            .bss("QueryAccountBalance", &[])
            .await
            .unwrap()
            .status,
        200,
        "world time ends no session"
    );
    bench.clock.advance(Duration::from_secs(900));
    let late = session(bench.clock.now())
        .bss("QueryAccountBalance", &[])
        .await
        .unwrap();
    assert_eq!(late.json["Code"], "InvalidSecurityToken.Expired");
}

#[tokio::test]
async fn the_other_sites_billing_host_is_not_applicable() {
    let bench = Bench::new().await;
    let other: std::net::SocketAddr = bench
        .sim
        .site_url(Site::International)
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let answer = Client::new(other, "ops", "ops-secret", wall())
        .bss("QueryAccountBalance", &[])
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.json["Code"]),
        (400, &"NotApplicable".into())
    );
}

#[tokio::test]
async fn too_many_calls_are_refused_until_time_has_passed() {
    let world = Estate::seeded(1).accounts(2).resources(10).build(wall());
    let bench = Bench::with(world, |options| options.quota(Quota::per_second(3))).await;
    let accounts = bench.sim.world().accounts();
    let client = |account: &Account| {
        let key = &account.users[0].keys[0];
        Client::new(bench.sim.address(), &key.id, &key.secret, bench.clock.now())
    };
    for _ in 0..3 {
        assert_eq!(
            client(&accounts[0])
                .bss("QueryAccountBalance", &[])
                .await
                .unwrap()
                .status,
            200
        );
    }
    let refused = client(&accounts[0])
        .bss("QueryAccountBalance", &[])
        .await
        .unwrap();
    assert_eq!(
        (refused.status, &refused.json["Code"]),
        (400, &"Throttling.User".into())
    );
    assert_eq!(refused.header("x-acs-retry-after"), Some("334"));
    assert_eq!(
        client(&accounts[1])
            .bss("QueryAccountBalance", &[])
            .await
            .unwrap()
            .status,
        200,
        "a quota of one's own"
    );
    bench.clock.advance(Duration::from_millis(334));
    assert_eq!(
        client(&accounts[0])
            .bss("QueryAccountBalance", &[])
            .await
            .unwrap()
            .status,
        200
    );
    let stats = bench.sim.stats();
    assert_eq!(
        (
            stats.calls,
            stats.throttled,
            stats.calls_of("QueryAccountBalance")
        ),
        (6, 1, 6)
    );
}

#[tokio::test]
async fn planted_faults_look_like_bad_days() {
    let bench = Bench::new().await;
    let faults = bench.sim.faults();
    let once = |effect| {
        faults.add(
            Fault::new(effect)
                .action("QueryAvailableInstances")
                .times(1),
        )
    };
    let call = async || {
        bench
            .client("ops")
            .bss("QueryAvailableInstances", &[("PageSize", "20")])
            .await
    };

    once(Effect::Status { status: 502 });
    let html = call().await.unwrap();
    assert_eq!(
        (html.status, html.header("content-type")),
        (502, Some("text/html"))
    );
    once(Effect::ProxyPage);
    assert_eq!(
        call().await.unwrap().header("content-type"),
        Some("text/html")
    );
    once(Effect::HalfPage);
    assert!(
        call()
            .await
            .unwrap_err()
            .to_string()
            .contains("ended early")
    );
    once(Effect::LostAnswer);
    assert!(call().await.unwrap_err().to_string().contains("no answer"));
    once(Effect::GarbageJson);
    assert_eq!(call().await.unwrap().json, serde_json::Value::Null);
    once(Effect::TruncatedGzip);
    assert_eq!(
        call().await.unwrap().header("content-encoding"),
        Some("gzip")
    );
    once(Effect::ExpiredToken);
    assert_eq!(
        call().await.unwrap().json["Code"],
        "InvalidSecurityToken.Expired"
    );
    once(Effect::Throttle {
        code: None,
        status: Some(429),
        retry_after_ms: Some(1500),
    });
    let throttled = call().await.unwrap();
    assert_eq!(
        (throttled.status, throttled.header("x-acs-retry-after")),
        (429, Some("1500"))
    );
    once(Effect::Denied);
    assert_eq!(call().await.unwrap().json["Code"], "NotAuthorized");
    once(Effect::SoftRefusal {
        code: "NotApplicable".into(),
        message: "code=40001".into(),
    });
    let soft = call().await.unwrap();
    assert_eq!(
        (soft.status, soft.json["Success"].as_bool()),
        (200, Some(false))
    );
    once(Effect::ClockSkew { seconds: 3600 });
    let skewed = call().await.unwrap();
    assert_eq!(skewed.json["Code"], "InvalidTimeStamp.Expired");
    assert_eq!(skewed.header("date"), Some("Sun, 01 Mar 2026 09:00:00 GMT"));
    assert_eq!(
        call().await.unwrap().json["Data"]["TotalCount"],
        45,
        "and then the day is good again"
    );
    assert!(
        bench
            .sim
            .recent_calls()
            .iter()
            .any(|it| it.outcome == "lost_answer" && it.uid == Some(SHOP))
    );
}

#[tokio::test]
async fn planted_faults_bend_lists() {
    let bench = Bench::new().await;
    let bent = async |effect| {
        bench.sim.faults().clear();
        bench.sim.faults().add(Fault::new(effect).page(2));
        let answer = bench
            .instances(&[("PageNum", "2"), ("PageSize", "20")])
            .await
            .json["Data"]
            .clone();
        let rows = answer["InstanceList"].as_array().unwrap().clone();
        let ids: Vec<_> = rows
            .iter()
            .map(|it| it["InstanceID"].as_str().unwrap_or("none").to_owned())
            .collect();
        (answer["TotalCount"].as_i64().unwrap(), rows, ids)
    };
    let (total, _, ids) = bent(Effect::EmptyList).await;
    assert_eq!((total, ids.len()), (0, 0));
    let (total, _, ids) = bent(Effect::DuplicateRows).await;
    assert_eq!((total, ids.len(), &ids[0]), (45, 21, &ids[20]));
    let (_, _, ids) = bent(Effect::ShiftedRows).await;
    assert_eq!((ids.len(), &ids[0]), (20, &ids[19]));
    assert_eq!(bent(Effect::LyingTotal { by: -3 }).await.0, 42);
    let (_, rows, _) = bent(Effect::ExtraFields).await;
    assert!(rows[0].get("FieldFromTheFuture").is_some());
    let (_, rows, _) = bent(Effect::UnknownValue {
        field: "RenewStatus".into(),
    })
    .await;
    assert_eq!(rows[0]["RenewStatus"], "Unheard_Of");
    let (_, _, ids) = bent(Effect::MissingField {
        field: "InstanceID".into(),
    })
    .await;
    assert_eq!(ids[0], "none");
    assert_eq!(
        bench.instances(&[("PageSize", "20")]).await.json["Data"]["TotalCount"],
        45,
        "page 1 is spared"
    );
}

#[tokio::test]
async fn a_call_that_never_ends_ends_with_the_simulation() {
    let bench = Bench::new().await;
    bench.sim.faults().add(Fault::new(Effect::Timeout));
    let (client, mut waiting) = (bench.client("ops"), base::Tasks::new());
    waiting.start(async move {
        client
            .sts("GetCallerIdentity", &[])
            .await
            .map(|it| it.status)
    });
    while bench.sim.recent_calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.sim.recent_calls()[0].outcome, "timeout");
    drop(bench);
    let ended = tokio::time::timeout(Duration::from_secs(5), waiting.next())
        .await
        .expect("the call ends");
    assert!(ended.unwrap().unwrap().is_ok_and(|it| it == 503));
}

#[tokio::test]
async fn latency_delays_every_answer() {
    let bench = Bench::with(World::new(wall()).with(shop()), |it| {
        it.latency(Duration::from_millis(50))
    })
    .await;
    bench.instances(&[]).await;
    assert_eq!(bench.clock.monotonic(), Duration::from_millis(50));
}

#[tokio::test]
async fn who_does_not_ask_for_json_gets_xml() {
    let bench = Bench::new().await;
    let answer = bench
        .client("ops")
        .accept("*/*")
        .sts("GetCallerIdentity", &[])
        .await
        .unwrap();
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml;charset=utf-8")
    );
    assert!(
        answer.text.contains("<GetCallerIdentityResponse>")
            && answer
                .text
                .contains("<AccountId>1234567890123456</AccountId>")
    );
}

#[tokio::test]
async fn the_operator_moves_the_clock_and_plants_faults_over_the_wire() {
    let bench = Bench::new().await;
    let operator = bench.client("ops");
    let moved = operator
        .operate("POST", "/_sim/clock", r#"{"advance_seconds":86400}"#)
        .await
        .unwrap();
    assert_eq!(moved.json["world"], "2026-03-02T08:00:00Z");
    assert_eq!(bench.sim.world().now(), day(1));
    let planted = r#"{"effect":{"kind":"status","status":503},"account":"shop","action":"QueryAvailableInstances","times":1}"#;
    assert_eq!(
        operator
            .operate("POST", "/_sim/faults", planted)
            .await
            .unwrap()
            .status,
        204
    );
    assert_eq!(bench.instances(&[]).await.status, 503);
    assert_eq!(bench.instances(&[]).await.status, 200);
    for wrong in [
        r#"{"effect":{"kind":"flood"}}"#,
        r#"{"effect":{"kind":"timeout"},"account":"ghost"}"#,
        r#"{"effect":{"kind":"timeout"},"action":"Ghost"}"#,
    ] {
        assert_eq!(
            operator
                .operate("POST", "/_sim/faults", wrong)
                .await
                .unwrap()
                .status,
            400,
            "{wrong}"
        );
    }
    let stats = operator
        .operate("GET", "/_sim/stats", "")
        .await
        .unwrap()
        .json;
    assert_eq!((&stats["calls"], &stats["faulted"]), (&2.into(), &1.into()));
}

#[tokio::test]
async fn a_planted_value_reaches_answers_without_rows() {
    let bench = Bench::new().await;
    let value = serde_json::json!("-1,234.50");
    let effect = Effect::Value {
        field: "AvailableAmount".into(),
        value,
    };
    bench
        .sim
        .faults()
        .add(Fault::new(effect).action("QueryAccountBalance"));
    let balance = bench
        .client("ops")
        .bss("QueryAccountBalance", &[])
        .await
        .unwrap();
    assert_eq!(balance.json["Data"]["AvailableAmount"], "-1,234.50");
    let parameters = [("RegionId", "cn-hangzhou"), ("Tag.1.Value", "li.na")];
    let lost = bench
        .client("ops")
        .ecs("DescribeInstances", &parameters)
        .await
        .unwrap();
    assert_eq!(
        lost.json["Code"], "InvalidParameter",
        "a filter that would be lost is refused"
    );
}
