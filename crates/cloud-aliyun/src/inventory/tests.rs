use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base::{ManualClock, SeededChance};
use cloud::{Caller, Pacer, RetryPolicy, Share};
use jiff::Timestamp;
use model::AccountId;
use net::{HttpRequest, HttpResponse, NetError, StatusCode, Transport};

use super::*;
use crate::{CredentialSource, Endpoints, Environment, Quotas, Settings};

/// Answers every question with nothing, and the token of yet another page.
#[derive(Debug, Default)]
struct Endless(AtomicU32);

#[async_trait]
impl Transport for Endless {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, NetError> {
        let page = self.0.fetch_add(1, Ordering::SeqCst);
        let body = format!(r#"{{"NextToken":"{page}","Instances":{{"Instance":[]}}}}"#);
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: net::HeaderMap::new(),
            body: body.into(),
        })
    }
}

#[tokio::test]
async fn pages_without_end_are_not_followed() {
    let clock: Arc<dyn base::Clock> = Arc::new(ManualClock::hurrying(Timestamp::UNIX_EPOCH));
    let transport = Arc::new(Endless::default());
    let caller = Caller::new(
        transport.clone(),
        clock.clone(),
        Arc::new(SeededChance::new(1)),
        Pacer::new(clock, Share::percent(100)),
        RetryPolicy::default(),
    );
    let settings = Settings {
        account: AccountId::new("shop"),
        source: CredentialSource::Static {
            id: "LTAI5tExampleKeyId99".to_owned(),
            secret: "s".into(),
            token: None,
        },
        environment: Environment::default(),
        site: None,
        endpoints: Endpoints::default(),
        quotas: Quotas::default(),
    };
    let aliyun = Aliyun::new(settings, Arc::new(caller));
    let asked = (Kind::new("ecs"), RegionId::new("cn-hangzhou"));
    let found = aliyun
        .details(&asked.0, &asked.1, &[ResourceId::new("i-1")])
        .await;
    assert_eq!(found.unwrap_err().kind, ErrorKind::Undecodable);
    assert_eq!(transport.0.load(Ordering::SeqCst), MOST_PAGES);
}

#[test]
fn a_recorded_machine_is_understood_and_no_tags_are_no_tags() {
    let body = r#"{"RequestId":"R","NextToken":"","Instances":{"Instance":[
        {"InstanceId":"i-1","InstanceName":"launch-advisor-20240122","InstanceChargeType":"PostPaid",
         "ExpiredTime":"2099-12-31T15:59Z","Memory":4096,"ImageOptions":{},"EipAddress":{"IpAddress":""}},
        {"InstanceId":"i-2","InstanceName":"","InstanceChargeType":"PrePaid",
         "Tags":{"Tag":[{"TagKey":"owner","TagValue":"小明"},{"TagKey":"env"}]}},
        {"InstanceId":"i-3","Tags":{"Tag":[]}}]}}"#;
    let page = decode_machines(body).unwrap();
    let ids: Vec<_> = page
        .machines
        .iter()
        .map(|it| (it.detail.id.as_str(), it.prepaid))
        .collect();
    assert_eq!(ids, [("i-1", false), ("i-2", true), ("i-3", false)]);
    assert_eq!(page.machines[0].detail.name, "launch-advisor-20240122");
    assert!(page.machines[0].detail.tags.is_empty() && page.machines[2].detail.tags.is_empty());
    assert_eq!(page.machines[1].detail.tags["owner"], "小明");
    assert_eq!(page.next, "");
}

#[test]
fn an_answer_without_its_list_is_not_an_empty_one() {
    assert!(matches!(
        decode_machines("{}"),
        Err(Misread::Lacks("Instances"))
    ));
    assert!(matches!(
        decode_regions("{}"),
        Err(Misread::Lacks("Regions"))
    ));
    assert!(matches!(
        decode_renewals("{}"),
        Err(Misread::Lacks("InstanceRenewAttributes"))
    ));
    let nameless = r#"{"Instances":{"Instance":[{"InstanceName":"x"}]}}"#;
    assert!(matches!(decode_machines(nameless), Err(Misread::Lacks(_))));
}

#[test]
fn renewal_is_read_in_the_words_of_this_service() {
    let read = |fields: &str| {
        let body = format!(
            r#"{{"InstanceRenewAttributes":{{"InstanceRenewAttribute":[{{"InstanceId":"i-1",{fields}}}]}}}}"#
        );
        decode_renewals(&body).unwrap().remove("i-1").unwrap()
    };
    for (fields, expected) in [
        (
            r#""RenewalStatus":"AutoRenewal","Duration":3,"PeriodUnit":"Month""#,
            Renewal::Auto { months: Some(3) },
        ),
        (
            r#""RenewalStatus":"AutoRenewal","Duration":1,"PeriodUnit":"Year""#,
            Renewal::Auto { months: Some(12) },
        ),
        (
            r#""RenewalStatus":"AutoRenewal","Duration":1,"PeriodUnit":"Week""#,
            Renewal::Auto { months: None },
        ),
        (r#""AutoRenewEnabled":true"#, Renewal::Auto { months: None }),
        (r#""RenewalStatus":"Normal""#, Renewal::Manual),
        (r#""RenewalStatus":"NotRenewal""#, Renewal::Never),
        (
            r#""RenewalStatus":"Unheard_Of""#,
            Renewal::Unknown("Unheard_Of".into()),
        ),
        (r#""Duration":0"#, Renewal::Unknown(String::new())),
    ] {
        assert_eq!(read(fields), expected, "{fields}");
    }
}

#[test]
fn regions_have_their_names() {
    let body = r#"{"Regions":{"Region":[{"RegionId":"cn-hangzhou","LocalName":"华东1（杭州）"}]}}"#;
    let regions = decode_regions(body).unwrap();
    assert_eq!(
        (regions[0].id.as_str(), regions[0].name.as_str()),
        ("cn-hangzhou", "华东1（杭州）")
    );
}
