//! The door, knocked on by a signer that is written here, from the document alone.

mod changes;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, ManualClock, hex};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::estate::{DATA, sample};
use crate::robots::tests::client::{Heard, send};
use crate::world::machines::Machine;
use crate::{AccessKey, Effect, Fault, Host, Options, Quota, Sim};

struct Bench {
    sim: Sim,
    clock: ManualClock,
    key: AccessKey,
}

impl Bench {
    async fn start(change: impl FnOnce(Options) -> Options) -> Self {
        let clock = ManualClock::hurrying("2026-03-01T08:00:00Z".parse().unwrap());
        let options = change(Options::default().clock(Arc::new(clock.clone())));
        let sim = Sim::start(sample(clock.now()), options).await.unwrap();
        let key = sim.world().key("data").unwrap();
        Self { sim, clock, key }
    }

    /// Starts one that is used by somebody who may change things.
    async fn keeper(change: impl FnOnce(Options) -> Options) -> Self {
        let bench = Self::start(change).await;
        let account = bench.sim.world().account("data").unwrap();
        let keeper = account.users.iter().find(|it| it.name == "keeper");
        let key = keeper.unwrap().keys[0].clone();
        Self { key, ..bench }
    }

    /// Sends `body` to `service`, signed with the key of whoever uses it.
    async fn post(&self, (service, region): (&str, &str), kind: &str, body: &str) -> Heard {
        let url = Url::parse(&self.sim.url_of(Host::Aws)).unwrap();
        let host = self.sim.address_of(Host::Aws).to_string();
        let key = &self.key;
        let date = self.clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{}/{region}/{service}/aws4_request", &date[..8]);
        let hash = |text: &str| hex::encode(&Sha256::digest(text));
        let canonical = format!(
            "POST\n/\n\nhost:{host}\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
            hash(body)
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(&canonical));
        let mac = |key: &[u8], text: &str| {
            let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
            mac.chain_update(text).finalize().into_bytes().to_vec()
        };
        let seed = format!("AWS4{}", key.secret).into_bytes();
        let signing = scope.split('/').fold(seed, |key, part| mac(&key, part));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
            key.id,
            hex::encode(&mac(&signing, &to_sign))
        );
        let headers = [
            ("content-type", kind),
            ("x-amz-date", date.as_str()),
            ("authorization", authorization.as_str()),
        ];
        send("POST", &url, &headers, body.as_bytes()).await.unwrap()
    }

    async fn ec2(&self, action: &str) -> Heard {
        let body = format!("Action={action}&Version=2016-11-15");
        self.post(("ec2", "us-east-1"), FORM, &body).await
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Returns what stands between the tags called `name`, wherever that is first.
fn text<'a>(heard: &'a Heard, name: &str) -> &'a str {
    let begin = heard
        .body
        .find(&format!("<{name}>"))
        .map(|it| it + name.len() + 2);
    let rest = begin.map_or("", |it| &heard.body[it..]);
    rest.split('<').next().unwrap_or_default()
}

#[tokio::test]
async fn a_page_token_grows_too_old() {
    let bench = Bench::start(|it| it).await;
    let first = bench
        .ec2("DescribeSnapshots&Owner.1=self&MaxResults=5")
        .await;
    let next = format!(
        "DescribeSnapshots&Owner.1=self&NextToken={}",
        text(&first, "nextToken")
    );
    bench.clock.advance(Duration::from_secs(3600));
    assert_eq!(bench.ec2(&next).await.status, 200);
    bench.clock.advance(Duration::from_secs(1));
    let late = bench.ec2(&next).await;
    assert_eq!(
        (late.status, text(&late, "Code")),
        (400, "InvalidNextToken")
    );
}

#[tokio::test]
async fn the_real_buckets_hold_until_they_are_lifted_or_another_quota_is_set() {
    let calls = async |bench: &Bench| {
        let mut served = 0;
        while served < 120 && bench.ec2("DescribeInstances&MaxResults=5").await.status == 200 {
            served += 1;
        }
        served
    };
    let real = Bench::start(|it| it).await;
    assert_eq!(calls(&real).await, 100);
    let full = real.ec2("DescribeInstances&MaxResults=5").await;
    assert_eq!(
        (full.status, text(&full, "Code")),
        (503, "RequestLimitExceeded")
    );
    assert_eq!(real.sim.stats().throttled, 2);
    real.clock.advance(Duration::from_secs(1));
    assert_eq!(calls(&real).await, 20);
    let lifted = Bench::start(Options::without_aws_quotas).await;
    assert_eq!(calls(&lifted).await, 120);
    let own = Bench::start(|it| it.quota(Quota::per_second(3))).await;
    assert_eq!(calls(&own).await, 3);
    assert_eq!(
        own.ec2("DescribeInstances")
            .await
            .header("x-amz-retry-after"),
        Some("334")
    );
}

#[tokio::test]
async fn what_was_just_made_is_not_listed_yet_when_it_shall_lag() {
    let bench = Bench::start(|it| it).await;
    bench
        .sim
        .faults()
        .add(Fault::new(Effect::HidesYoung { seconds: 60 }));
    let world = bench.sim.world();
    world.change(DATA, "us-east-1", |it, now| {
        it.add_machine(Machine::new("i-0new000000000001", "new", now));
    });
    let lists_it = async || {
        bench
            .ec2("DescribeInstances")
            .await
            .body
            .contains("i-0new000000000001")
    };
    assert!(!lists_it().await);
    let by_id = bench
        .ec2("DescribeInstances&InstanceId.1=i-0new000000000001")
        .await;
    assert_eq!(text(&by_id, "Code"), "InvalidInstanceID.NotFound");
    world.advance(SignedDuration::from_secs(60));
    assert!(lists_it().await);
}

#[tokio::test]
async fn calls_are_written_down_with_service_region_and_page() {
    let bench = Bench::start(|it| it).await;
    let first = bench.ec2("DescribeVolumes&MaxResults=5").await;
    assert_eq!((first.status, text(&first, "nextToken")), (200, ""));
    let first = bench.ec2("DescribeInstances&MaxResults=5").await;
    bench.sim.faults().add(
        Fault::new(Effect::Status { status: 502 })
            .action("ec2:DescribeInstances")
            .page(2),
    );
    let second = format!(
        "DescribeInstances&MaxResults=5&NextToken={}",
        text(&first, "nextToken")
    );
    assert_eq!(bench.ec2(&second).await.status, 502);
    let written: Vec<_> = bench
        .sim
        .recent_calls()
        .into_iter()
        .map(|it| format!("{} {} {:?} {}", it.action, it.region, it.page, it.outcome))
        .collect();
    assert_eq!(
        written,
        [
            "ec2:2016-11-15:DescribeVolumes us-east-1 Some(1) OK",
            "ec2:2016-11-15:DescribeInstances us-east-1 Some(1) OK",
            "ec2:2016-11-15:DescribeInstances us-east-1 Some(2) status",
        ]
    );
    assert_eq!(bench.sim.stats().calls_of("DescribeInstances"), 2);
}

#[tokio::test]
async fn who_does_not_sign_is_refused_in_the_words_of_the_service() {
    let bench = Bench::start(|it| it).await;
    let url = Url::parse(&bench.sim.url_of(Host::Aws)).unwrap();
    for (kind, target, body, status, word) in [
        (
            FORM,
            "",
            "Action=GetCallerIdentity&Version=2011-06-15",
            403,
            "<Code>MissingAuthenticationToken</Code>",
        ),
        (
            FORM,
            "",
            "Action=DescribeRegions&Version=2016-11-15",
            400,
            "<Code>MissingParameter</Code>",
        ),
        (
            "application/x-amz-json-1.1",
            "CertificateManager.ListCertificates",
            "{}",
            400,
            "\"__type\":\"MissingAuthenticationTokenException\"",
        ),
        (
            FORM,
            "",
            "nothing at all",
            403,
            "<Code>MissingAuthenticationToken</Code>",
        ),
    ] {
        let headers = [("content-type", kind), ("x-amz-target", target)];
        let headers = if target.is_empty() {
            &headers[..1]
        } else {
            &headers[..]
        };
        let heard = send("POST", &url, headers, body.as_bytes()).await.unwrap();
        assert_eq!(heard.status, status, "{body}");
        assert!(heard.body.contains(word), "{body}: {}", heard.body);
        assert_eq!(heard.header("x-amzn-requestid").map(str::len), Some(36));
    }
}

#[tokio::test]
async fn a_signature_for_one_service_opens_no_other() {
    let bench = Bench::start(|it| it).await;
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    assert_eq!(
        bench.post(("sts", "us-east-1"), FORM, body).await.status,
        200
    );
    let elsewhere = bench.post(("iam", "us-east-1"), FORM, body).await;
    assert_eq!(
        (elsewhere.status, text(&elsewhere, "Code")),
        (400, "InvalidAction")
    );
    let nowhere = bench.post(("sts", "mars-north-1"), FORM, body).await;
    assert_eq!(
        (nowhere.status, text(&nowhere, "Code")),
        (403, "InvalidClientTokenId")
    );
    let users = "Action=ListUsers&Version=2010-05-08";
    let not_global = bench.post(("iam", "eu-west-1"), FORM, users).await;
    assert_eq!(text(&not_global, "Code"), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn whatever_is_said_is_answered() {
    let bench = Bench::start(|it| it).await;
    let deep = format!("DescribeInstances&{}=x", ["A"; 2000].join("."));
    for (said, code) in [
        (
            "DescribeInstances&Filter.1.Name=tag:a",
            "InvalidParameterValue",
        ),
        ("DescribeInstances&Filter=x", "InvalidParameterValue"),
        (
            "DescribeInstances&Filter.1.Name=tag:&Filter.1.Value.1=x",
            "InvalidParameterValue",
        ),
        (
            "DescribeInstances&InstanceId.999999999999=i-1",
            "InvalidParameterValue",
        ),
        (
            "DescribeInstances&MaxResults=99999999999999999999",
            "InvalidParameterValue",
        ),
        ("DescribeInstances&Colour=red", "UnknownParameter"),
        (
            "DescribeInstances&NextToken=%FF%FE",
            "InvalidParameterValue",
        ),
        ("LaunchRockets", "InvalidAction"),
        (deep.as_str(), "UnknownParameter"),
    ] {
        let heard = bench.ec2(said).await;
        assert_eq!(
            (heard.status, text(&heard, "Code")),
            (400, code),
            "{said:.80}"
        );
    }
}
