//! Accounts of either commercial site, and one switch between them.

use cloud::pager::collect;
use cloud::{Billing as _, ErrorKind, Provider as _, Why};
use cloud_aliyun::{Aliyun, Site};
use cloudsim::{Account, Certificate, Domain, Effect, Fault, Prepaid, Rights};

use crate::stand::{Stand, certificates, days, domains, endpoints, fixed, key, shop, shop_with};

const DOMESTIC: &str = "https://usercenter2.aliyun.com/renew/manual";
const INTERNATIONAL: &str = "https://usercenter2-intl.aliyun.com/renew/manual";

fn full(account: Account) -> Account {
    account
        .prepaid(Prepaid::new("rds", "rm-1", days(9)))
        .certificate(Certificate::new(1, &["a.example.com"], days(9)))
        .domain(Domain::new("a.example.com", days(9)))
}

/// An account that has to find its site; every host is the simulation's own of that site.
fn lost(stand: &Stand, site: Option<Site>) -> Aliyun {
    let mut settings = stand.settings(fixed(&key()));
    let here = stand.sim.site_url(cloudsim::Site::Domestic);
    let there = stand.sim.site_url(cloudsim::Site::International);
    settings.site = site;
    settings.endpoints = endpoints(&[
        ("default", stand.sim.url()),
        ("bss", &here),
        ("bss-intl", &there),
        ("cas", &here),
        ("cas-intl", &there),
        ("domain", &here),
        ("domain-intl", &there),
    ]);
    stand.account(settings)
}

async fn sees_everything(aliyun: &Aliyun) {
    let prepaid = collect(aliyun.prepaid().unwrap().as_ref()).await;
    assert_eq!(prepaid.seen().unwrap().get().len(), 1);
    let found = certificates(aliyun).await;
    assert_eq!(found.seen().unwrap().get().len(), 1);
    let found = domains(aliyun).await;
    assert_eq!(found.seen().unwrap().get().len(), 1);
}

#[tokio::test]
async fn an_account_abroad_is_found_by_one_switch_and_stays_found() {
    let stand = Stand::of(full(shop().international())).await;
    let aliyun = lost(&stand, None);
    assert_eq!(aliyun.renewal_page(), DOMESTIC);
    sees_everything(&aliyun).await;
    assert_eq!(
        aliyun.balance().await.unwrap().available.currency.code(),
        "USD"
    );
    assert_eq!(aliyun.renewal_page(), INTERNATIONAL);
    sees_everything(&aliyun).await;
    assert_eq!(
        stand.outcomes("QueryAvailableInstances"),
        ["NotApplicable", "OK", "OK"]
    );
    assert_eq!(stand.outcomes("QueryAccountBalance"), ["OK"]);
}

#[tokio::test]
async fn certificates_abroad_are_not_missed_when_they_are_asked_for_first() {
    let stand = Stand::of(full(shop().international())).await;
    let aliyun = lost(&stand, None);
    let found = certificates(&aliyun).await;
    assert_eq!(found.seen().unwrap().get().len(), 1);
    assert_eq!(
        stand.outcomes("QueryAccountBalance"),
        ["NotApplicable", "OK"]
    );
    assert_eq!(
        stand.calls("ListUserCertificateOrder"),
        2,
        "only the right host was asked"
    );
}

#[tokio::test]
async fn a_bill_that_is_under_way_tells_the_site_and_no_other_call_is_made_for_it() {
    for account in [shop(), shop().international()] {
        let stand = Stand::of(full(account)).await;
        let aliyun = lost(&stand, None);
        let prepaid = aliyun.prepaid().unwrap();
        let (prepaid, certificates, domains) = tokio::join!(
            collect(prepaid.as_ref()),
            certificates(&aliyun),
            domains(&aliyun)
        );
        assert_eq!(prepaid.seen().unwrap().get().len(), 1);
        assert_eq!(certificates.seen().unwrap().get().len(), 1);
        assert_eq!(domains.seen().unwrap().get().len(), 1);
        assert_eq!(stand.calls("QueryAccountBalance"), 0);
        assert_eq!(stand.calls("QueryDomainList"), 1);
    }
}

#[tokio::test]
async fn a_bill_that_may_not_be_seen_lets_nobody_wait_for_ever() {
    let stand = Stand::of(full(shop().international())).await;
    let denied = Fault::new(Effect::Denied).action("QueryAvailableInstances");
    stand.sim.faults().add(denied);
    let aliyun = lost(&stand, None);
    let prepaid = aliyun.prepaid().unwrap();
    let (prepaid, domains) = tokio::join!(collect(prepaid.as_ref()), domains(&aliyun));
    assert!(prepaid.seen().is_none());
    assert_eq!(domains.seen().unwrap().get().len(), 1);
    assert_eq!(
        stand.outcomes("QueryAccountBalance"),
        ["NotApplicable", "OK"]
    );
}

#[tokio::test]
async fn without_a_right_to_the_bill_both_hosts_are_looked_at() {
    for account in [
        shop_with(Rights::of(["yundun-cert:*"])),
        shop_with(Rights::of(["yundun-cert:*"])).international(),
    ] {
        let stand = Stand::of(full(account)).await;
        // Here the cloud refuses for the right before it looks at the site.
        stand
            .sim
            .faults()
            .add(Fault::new(Effect::Denied).action("QueryAccountBalance"));
        let found = certificates(&lost(&stand, None)).await;
        assert_eq!(found.seen().unwrap().get().len(), 1);
    }
}

#[tokio::test]
async fn a_site_that_is_told_needs_no_finding_out() {
    let stand = Stand::of(full(shop().international())).await;
    let aliyun = lost(&stand, Some(Site::International));
    sees_everything(&aliyun).await;
    assert_eq!(stand.outcomes("QueryAvailableInstances"), ["OK"]);
    assert_eq!(stand.calls("QueryAccountBalance"), 0);
}

#[tokio::test]
async fn a_site_that_is_told_wrongly_is_corrected() {
    let stand = Stand::of(full(shop())).await;
    let aliyun = lost(&stand, Some(Site::International));
    assert_eq!(
        aliyun.balance().await.unwrap().available.currency.code(),
        "CNY"
    );
    assert_eq!(
        stand.outcomes("QueryAccountBalance"),
        ["NotApplicable", "OK"]
    );
}

#[tokio::test]
async fn an_account_that_neither_site_knows_is_refused_after_one_switch() {
    let stand = Stand::of(full(shop())).await;
    let refusal = Effect::SoftRefusal {
        code: "NotApplicable".to_owned(),
        message: "This API is not applicable for caller.".to_owned(),
    };
    stand.sim.faults().add(Fault::new(refusal));
    let aliyun = lost(&stand, None);
    let error = aliyun.balance().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::WrongSite);
    assert_eq!(stand.calls("QueryAccountBalance"), 2);
    let list = collect(aliyun.prepaid().unwrap().as_ref()).await;
    assert_eq!(list.unseen().unwrap().why, Why::Refused);
}

#[tokio::test]
async fn nothing_abroad_is_not_believed_where_the_right_to_look_at_home_is_missing() {
    let stand = Stand::of(full(shop())).await;
    let denied = |action| Fault::new(Effect::Denied).action(action);
    stand.sim.faults().add(denied("QueryAccountBalance"));
    // At home the right is missing, and the host abroad has never heard of the account.
    let at_home = denied("ListUserCertificateOrder").times(1);
    stand.sim.faults().add(at_home);
    let found = certificates(&lost(&stand, None)).await;
    let why = &found.unseen().unwrap().why;
    assert!(matches!(why, Why::Denied { .. }), "{why:?}");
}
