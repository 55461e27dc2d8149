//! Bad days: what is mended, what is waited out, and what is said.

use std::time::Duration;

use cloud::{Certificates as _, Disks as _, ErrorKind, Machines as _, Why, pager};
use cloudsim::world::machines::Machine;
use cloudsim::{AccessKey, Certificate, Effect, Fault, Quota};
use model::RegionId;

use crate::stand::{REGION, SECRET, Stand, days, fixed, itself, key, region, rows, shop};

fn refused(status: u16, code: &str, message: &str) -> Effect {
    Effect::Refused {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_the_clouds_own_and_stays_corrected() {
    for seconds in [3_600, -3_600] {
        let stand = Stand::of(shop()).await;
        let skew = Fault::new(Effect::ClockSkew { seconds });
        stand.sim.faults().add(skew);
        let aws = stand.aws();
        itself(&aws).identity().await.unwrap();
        rows(aws.machines(&region())).await;
        let calls = stand.sim.stats();
        assert_eq!(
            (calls.calls, calls.unauthorized),
            (3, 1),
            "{seconds} {:?}",
            stand.outcomes()
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_said_at_once_and_never_shown() {
    let stand = Stand::of(shop()).await;
    let wrong = AccessKey::new(key().id, "CANARY-wrong-secret");
    let unknown = AccessKey::new("AKIANOBODYSKEY000000", SECRET);
    for key in [wrong, unknown] {
        let aws = stand.account(stand.settings(fixed(&key)));
        let error = itself(&aws).identity().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        let shown = format!("{} {error:?} {aws:?}", base::chain(&error));
        assert!(!shown.contains("CANARY"), "{shown}");
        assert!(error.request_id.is_some(), "{shown}");
    }
    assert_eq!(stand.sim.stats().calls, 2);
}

#[tokio::test]
async fn the_clouds_own_wait_is_kept() {
    let stand = Stand::of(shop()).await;
    let throttle = Effect::Throttle {
        code: Some("RequestLimitExceeded".to_owned()),
        status: Some(503),
        retry_after_ms: Some(7_000),
    };
    stand.sim.faults().add(Fault::new(throttle).times(1));
    rows(stand.aws().machines(&region())).await;
    assert_eq!(stand.elapsed(), Duration::from_secs(7));
}

#[tokio::test]
async fn lists_keep_the_pace_of_the_cloud_and_are_never_throttled() {
    let stand = Stand::of(shop()).await;
    stand.sim.set_quota(Some(Quota::per_second(20)));
    let (aws, here) = (stand.aws(), region());
    let looks = (0..60).map(|_| rows(aws.machines(&here)));
    futures_util::future::join_all(looks).await;
    assert_eq!(stand.sim.stats().throttled, 0);
    assert!(stand.elapsed() >= Duration::from_millis(2_900));
}

#[tokio::test]
async fn a_region_that_was_not_opened_is_empty_and_one_that_was_is_not() {
    let stand = Stand::of(shop()).await;
    let aws = stand.aws();
    let closed = RegionId::new("ap-east-1");
    assert_eq!(rows(aws.machines(&closed)).await, []);
    assert_eq!(rows(aws.disks(&closed)).await, []);
    assert_eq!(stand.calls("DescribeRegions"), 1, "it is asked once");
    let nowhere = RegionId::new("zz-nowhere-1");
    let list = pager::collect(aws.machines(&nowhere).as_ref()).await;
    assert_eq!(list.unseen().unwrap().why, Why::Credentials);
}

#[tokio::test]
async fn a_region_that_refuses_makes_certificates_unseen() {
    let account =
        shop().certificate(Certificate::new(1, &["a.example.com"], days(9)).region(REGION));
    let stand = Stand::of(account).await;
    let aws = stand.aws();
    assert_eq!(rows(aws.certificates()).await.len(), 1);
    let dead = Fault::new(Effect::Status { status: 500 });
    let dead = dead.action("ListCertificates").region("ap-northeast-1");
    stand.sim.faults().add(dead);
    let list = pager::collect(aws.certificates().as_ref()).await;
    assert_eq!(list.unseen().unwrap().why, Why::Unreachable);
}

#[tokio::test]
async fn a_token_that_has_run_out_begins_the_list_anew_and_every_row_comes_once() {
    let account = shop().holding(REGION, |it| {
        for number in 0..700 {
            it.add_machine(Machine::new(format!("i-{number:04}"), "", days(-1)));
        }
    });
    let stand = Stand::of(account).await;
    let spent = refused(400, "InvalidParameterValue", "Unable to parse nextToken");
    let spent = Fault::new(spent)
        .action("DescribeInstances")
        .page(2)
        .times(1);
    stand.sim.faults().add(spent);
    let found = rows(stand.aws().machines(&region())).await;
    assert_eq!(found.len(), 700);
    assert_eq!(stand.calls("DescribeInstances"), 4);
}

#[tokio::test]
async fn an_empty_page_with_a_token_is_not_the_end() {
    let account = shop().holding(REGION, |it| {
        it.add_machine(Machine::new("i-1", "", days(-1)));
    });
    let stand = Stand::of(account).await;
    let empty = Fault::new(Effect::EmptyPage).action("DescribeInstances");
    stand.sim.faults().add(empty.times(1));
    assert_eq!(rows(stand.aws().machines(&region())).await.len(), 1);
}

#[tokio::test]
async fn a_region_that_does_not_know_the_question_for_hidden_things_is_asked_without_it() {
    let account = shop().holding(REGION, |it| {
        it.add_machine(Machine::new("i-1", "", days(-1)));
    });
    let stand = Stand::of(account).await;
    let aws = stand.aws();
    let words = "The parameter IncludeManagedResources is not recognized";
    let unknown = Fault::new(refused(400, "UnknownParameter", words));
    let unknown = unknown.about("IncludeManagedResources");
    stand.sim.faults().add(unknown);
    let asked = [model::ResourceId::new("i-1"), model::ResourceId::new("i-2")];
    let found = aws.machines_by_id(&region(), &asked).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(stand.outcomes(), ["UnknownParameter", "OK"]);
}

#[tokio::test]
async fn a_missing_right_names_the_very_action() {
    let rights = cloudsim::Rights::all().without("ec2:DescribeVolumes");
    let stand = Stand::of(crate::stand::shop_with(rights)).await;
    let list = stand.aws();
    let list = pager::collect(list.disks(&region()).as_ref()).await;
    let permission = Some("ec2:DescribeVolumes".to_owned());
    assert_eq!(list.unseen().unwrap().why, Why::Denied { permission });
}

#[tokio::test]
async fn a_truncated_stream_and_an_unknown_state_are_met() {
    let account = shop().holding(REGION, |it| {
        it.add_machine(Machine::new("i-1", "", days(-1)));
    });
    let stand = Stand::of(account).await;
    let aws = stand.aws();
    let broken = Fault::new(Effect::TruncatedGzip).action("DescribeInstances");
    stand.sim.faults().add(broken.times(1));
    assert_eq!(rows(aws.machines(&region())).await.len(), 1);
    stand.sim.faults().clear();
    let strange = Effect::UnknownValue {
        field: "instanceState".to_owned(),
    };
    let strange = Fault::new(strange).action("DescribeInstances");
    stand.sim.faults().add(strange);
    let found = rows(aws.machines(&region())).await;
    let expected = model::MachineState::Other("Unheard_Of".to_owned());
    assert_eq!(found[0].state, expected);
}
