//! Bad days: what is mended, what is waited out, and what is said.

use std::time::Duration;

use cloud::pager::collect;
use cloud::{Billing as _, ErrorKind, Provider as _, Why};
use cloud_aliyun::CredentialSource;
use cloudsim::{AccessKey, Effect, Estate, Fault, Prepaid, Quota};
use model::{Expiry, Renewal};

use crate::stand::{SECRET, Stand, days, fixed, key, now, shop};

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
        stand
            .sim
            .faults()
            .add(Fault::new(Effect::ClockSkew { seconds }));
        let aliyun = stand.aliyun();
        aliyun.identity().await.unwrap();
        aliyun.balance().await.unwrap();
        let outcomes: Vec<_> = stand
            .sim
            .recent_calls()
            .into_iter()
            .map(|it| it.outcome)
            .collect();
        assert_eq!(
            outcomes,
            ["InvalidTimeStamp.Expired", "clock_skew", "clock_skew"]
        );
    }
}

#[tokio::test]
async fn a_nonce_that_was_used_is_replaced_once() {
    let stand = Stand::of(shop()).await;
    let used = refused(
        400,
        "SignatureNonceUsed",
        "Specified signature nonce was used already.",
    );
    stand.sim.faults().add(Fault::new(used).times(1));
    stand.aliyun().identity().await.unwrap();
    assert_eq!(stand.calls("GetCallerIdentity"), 2);
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_said_at_once_and_never_shown() {
    let stand = Stand::of(shop()).await;
    let wrong = AccessKey::new(key().id, "CANARY-wrong-secret");
    let unknown = AccessKey::new("LTAI5tNobodysKeyId11", SECRET);
    for key in [wrong, unknown] {
        let aliyun = stand.account(stand.settings(fixed(&key)));
        let error = aliyun.identity().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        let shown = format!("{} {error:?} {aliyun:?}", base::chain(&error));
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    assert_eq!(stand.sim.stats().calls, 2);
}

#[tokio::test]
async fn the_clouds_own_wait_is_kept() {
    let stand = Stand::of(shop()).await;
    let throttle = Effect::Throttle {
        code: Some("Throttling.Api".to_owned()),
        status: Some(403),
        retry_after_ms: Some(7_000),
    };
    stand.sim.faults().add(Fault::new(throttle).times(1));
    stand.aliyun().balance().await.unwrap();
    assert_eq!(stand.elapsed(), Duration::from_secs(7));
}

#[tokio::test]
async fn a_throttled_minute_is_outlived() {
    let stand = Stand::of(shop()).await;
    let throttle = Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    };
    stand
        .sim
        .faults()
        .add(Fault::new(throttle).lasting(Duration::from_secs(60)));
    stand.aliyun().balance().await.unwrap();
    assert!(stand.elapsed() >= Duration::from_secs(60));
    assert!(
        stand.calls("QueryAccountBalance") < 8,
        "{:?}",
        stand.outcomes("QueryAccountBalance")
    );
}

#[tokio::test]
async fn the_pace_of_the_quota_is_never_throttled() {
    let world = Estate::seeded(7).resources(6_000).build(now());
    let key = world.accounts()[0].users[0].keys[0].clone();
    let stand = Stand::with(world).await;
    stand.sim.set_quota(Some(Quota::per_second(10)));
    let aliyun = stand.account(stand.settings(fixed(&key)));
    let list = collect(aliyun.prepaid().unwrap().as_ref()).await;
    assert!(!list.seen().unwrap().get().is_empty());
    assert_eq!(stand.sim.stats().throttled, 0);
    let pages = u32::try_from(stand.calls("QueryAvailableInstances")).unwrap();
    assert_eq!(stand.elapsed(), Duration::from_millis(100) * (pages - 1));
}

#[tokio::test]
async fn a_quota_of_ones_own_is_kept_instead() {
    let world = Estate::seeded(7).resources(3_000).build(now());
    let key = world.accounts()[0].users[0].keys[0].clone();
    let stand = Stand::with(world).await;
    let mut settings = stand.settings(fixed(&key));
    settings.quotas = settings.quotas.with("QueryAvailableInstances", 2.0);
    let list = collect(stand.account(settings).prepaid().unwrap().as_ref()).await;
    assert!(list.seen().is_some());
    let pages = u32::try_from(stand.calls("QueryAvailableInstances")).unwrap();
    assert_eq!(stand.elapsed(), Duration::from_millis(500) * (pages - 1));
}

fn subscriptions() -> cloudsim::Account {
    shop()
        .prepaid(Prepaid::new("rds", "rm-1", days(9)))
        .prepaid(Prepaid::pay_as_you_go("oss", "oss-1", days(-900)))
}

async fn prepaid_after(effect: Effect) -> Result<Vec<model::Prepaid>, Why> {
    let stand = Stand::of(subscriptions()).await;
    stand
        .sim
        .faults()
        .add(Fault::new(effect).action("QueryAvailableInstances"));
    let aliyun = stand.aliyun();
    match collect(aliyun.prepaid().unwrap().as_ref()).await {
        cloud::Sighting::Seen(seen) => Ok(seen.into_inner()),
        cloud::Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

#[tokio::test]
async fn missing_and_unknown_fields_make_things_unknown_and_lists_whole() {
    let missing = |field: &str| Effect::MissingField {
        field: field.to_owned(),
    };
    let unknown = |field: &str| Effect::UnknownValue {
        field: field.to_owned(),
    };
    let rows = prepaid_after(missing("EndTime")).await.unwrap();
    assert_eq!(
        (rows[0].expiry, rows[1].expiry),
        (Expiry::Unknown, Expiry::Never)
    );
    let rows = prepaid_after(unknown("RenewStatus")).await.unwrap();
    assert_eq!(rows[0].renewal, Renewal::Unknown("Unheard_Of".to_owned()));
    let rows = prepaid_after(unknown("ProductCode")).await.unwrap();
    assert_eq!(rows[0].kind.as_str(), "Unheard_Of");
    let rows = prepaid_after(unknown("EndTime")).await.unwrap();
    assert_eq!(rows[0].expiry, Expiry::Unknown);
    let rows = prepaid_after(missing("Region")).await.unwrap();
    assert_eq!((rows.len(), rows[0].region.clone()), (2, None));
    assert_eq!(
        prepaid_after(missing("InstanceID")).await,
        Err(Why::Undecodable)
    );
}

#[tokio::test]
async fn a_failure_inside_a_good_status_is_a_failure() {
    let soft = |code: &str| Effect::SoftRefusal {
        code: code.to_owned(),
        message: "No.".to_owned(),
    };
    assert_eq!(
        prepaid_after(soft("UndefinedError")).await,
        Err(Why::Unreachable)
    );
    let permission = Some("bss:DescribeInstances".to_owned());
    assert_eq!(
        prepaid_after(soft("NotAuthorized")).await,
        Err(Why::Denied { permission })
    );
    assert_eq!(prepaid_after(soft("InvalidOwner")).await, Err(Why::Refused));
    assert_eq!(
        prepaid_after(Effect::TruncatedGzip).await,
        Err(Why::Unreachable)
    );
    assert_eq!(
        prepaid_after(Effect::ProxyPage).await,
        Err(Why::Undecodable)
    );
}

#[tokio::test]
async fn names_of_any_kind_pass_through_unchanged() {
    let name = format!("it's \"x\" \u{202e}🙂\n{}", "长".repeat(3_400));
    let value = serde_json::Value::String(name.clone());
    let rows = prepaid_after(Effect::Value {
        field: "ProductType".to_owned(),
        value,
    })
    .await;
    assert_eq!(*rows.unwrap()[0].product_type, *name);
}

#[tokio::test]
async fn an_error_says_what_where_and_which_request() {
    let stand = Stand::of(shop()).await;
    stand.sim.faults().add(Fault::new(Effect::Denied));
    let error = stand.aliyun().balance().await.unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with("QueryAccountBalance (account shop, global) was denied"),
        "{words}"
    );
    assert!(
        words.contains("[NotAuthorized]") && words.contains("(request "),
        "{words}"
    );
}

#[tokio::test]
async fn an_account_without_credentials_says_what_to_set() {
    let stand = Stand::of(shop()).await;
    let source = CredentialSource::Env {
        prefix: "SHOP".to_owned(),
    };
    let error = stand
        .account(stand.settings(source))
        .identity()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(
        base::chain(&error).contains("SHOP_ACCESS_KEY_ID"),
        "{}",
        base::chain(&error)
    );
    assert_eq!(stand.sim.stats().calls, 0);
}
