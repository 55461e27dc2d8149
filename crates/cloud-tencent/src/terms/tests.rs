use std::collections::BTreeSet;

use model::Expiry;
use serde_json::{Value, json};

use super::*;

/// Understands one row of a product, in the shape its list has.
fn row(kind: &str, fields: Value) -> Prepaid {
    let (rows, within) = match kind {
        "cdb" => ("Items", ""),
        "mongodb" => ("InstanceDetails", ""),
        "postgres" => ("DBInstanceSet", ""),
        "sqlserver" => ("DBInstances", ""),
        "mariadb" | "dcdb" => ("Instances", ""),
        "cynosdb" => ("ClusterSet", ""),
        "es" => ("InstanceList", ""),
        "ckafka" => ("InstanceList", "Result"),
        "clb" => ("LoadBalancerSet", ""),
        "bwp" => ("BandwidthPackageSet", ""),
        "vpngw" => ("VpnGatewaySet", ""),
        _ => ("InstanceSet", ""),
    };
    let list = json!({ "TotalCount": 1, rows: [fields] });
    let answer = if within.is_empty() {
        list
    } else {
        json!({ within: list })
    };
    let body = json!({ "Response": answer }).to_string();
    let product = PRODUCTS.iter().find(|it| it.kind == kind).unwrap();
    (product.decode)(&body).unwrap().items.remove(0)
}

fn shown(row: &Prepaid) -> String {
    let end = match row.expiry {
        Expiry::At(end) => end.to_string(),
        other => format!("{other:?}"),
    };
    format!(
        "{} {} {end} {:?} {:?}",
        row.kind, row.id, row.renewal, row.status
    )
}

const END: &str = "2026-12-06 08:00:00";
const AT: &str = "2026-12-06T00:00:00Z";

#[test]
fn every_product_tells_what_is_paid_in_advance_in_its_own_way() {
    for (kind, id, prepaid, used) in [
        (
            "cdb",
            "InstanceId",
            json!({"PayType":0,"DeadlineTime":END,"AutoRenew":1}),
            json!({"PayType":1,"DeadlineTime":"0000-00-00 00:00:00","AutoRenew":0}),
        ),
        (
            "redis",
            "InstanceId",
            json!({"BillingMode":1,"DeadlineTime":END,"AutoRenewFlag":1}),
            json!({"BillingMode":0,"DeadlineTime":""}),
        ),
        (
            "mongodb",
            "InstanceId",
            json!({"PayMode":1,"DeadLine":END,"AutoRenewFlag":1}),
            json!({"PayMode":0,"DeadLine":END}),
        ),
        (
            "postgres",
            "DBInstanceId",
            json!({"PayType":"prepaid","ExpireTime":END,"AutoRenew":1}),
            json!({"PayType":"postpaid","ExpireTime":END}),
        ),
        (
            "sqlserver",
            "InstanceId",
            json!({"PayMode":1,"EndTime":END,"RenewFlag":1}),
            json!({"PayMode":0,"EndTime":"0000-00-00 00:00:00","IsolateTime":"0000-00-00 00:00:00"}),
        ),
        (
            "mariadb",
            "InstanceId",
            json!({"Paymode":"1","PeriodEndTime":END,"AutoRenewFlag":1}),
            json!({"Paymode":"postpaid","PeriodEndTime":END}),
        ),
        (
            "dcdb",
            "InstanceId",
            json!({"Paymode":"prepaid","PeriodEndTime":END,"AutoRenewFlag":1}),
            json!({"Paymode":"0","PeriodEndTime":END}),
        ),
        (
            "cynosdb",
            "ClusterId",
            json!({"PayMode":1,"PeriodEndTime":END,"RenewFlag":1}),
            json!({"PayMode":0,"PeriodEndTime":"0000-00-00 00:00:00"}),
        ),
        (
            "es",
            "InstanceId",
            json!({"ChargeType":"PREPAID","Deadline":END,"RenewFlag":"RENEW_FLAG_AUTO"}),
            json!({"ChargeType":"POSTPAID_BY_HOUR","Deadline":"2017-12-04 00:00:00"}),
        ),
        (
            "ckafka",
            "InstanceId",
            json!({"ExpireTime":1_796_515_200,"RenewFlag":1}),
            json!({"ExpireTime":0,"RenewFlag":0}),
        ),
        (
            "clb",
            "LoadBalancerId",
            json!({"ChargeType":"PREPAID","ExpireTime":END,"PrepaidAttributes":{"RenewFlag":"AUTO_RENEW"}}),
            json!({"ChargeType":"POSTPAID_BY_HOUR","ExpireTime":END,"PrepaidAttributes":null}),
        ),
        (
            "vpngw",
            "VpnGatewayId",
            json!({"InstanceChargeType":"PREPAID","ExpiredTime":END,"RenewFlag":"NOTIFY_AND_AUTO_RENEW"}),
            json!({"InstanceChargeType":"POSTPAID_BY_HOUR","ExpiredTime":END}),
        ),
    ] {
        let with_id = |mut fields: Value| {
            fields[id] = json!("x-1");
            fields
        };
        let prepaid = row(kind, with_id(prepaid));
        assert_eq!(
            shown(&prepaid),
            format!("{kind} x-1 {AT} Auto {{ months: None }} Normal")
        );
        let used = row(kind, with_id(used));
        assert_eq!(used.expiry, Expiry::Never, "{kind}");
        if kind != "ckafka" {
            // Neither charge nor end: not the same as never.
            let silent = row(kind, with_id(json!({})));
            assert_eq!(silent.expiry, Expiry::Unknown, "{kind}");
        }
    }
}

#[test]
fn packages_and_lighthouses_have_no_gate_of_the_common_sort() {
    let package = |charge: &str| {
        row("bwp", json!({"BandwidthPackageId":"bwp-1","ChargeType":charge,"Deadline":"2026-12-06T00:00:00Z"})).expiry
    };
    assert_eq!(
        package("FIXED_PREPAID_BY_MONTH"),
        Expiry::At(AT.parse().unwrap())
    );
    assert_eq!(package("TOP5_POSTPAID_BY_MONTH"), Expiry::Never);
    assert_eq!(package(""), Expiry::Unknown);
    let house = row(
        "lighthouse",
        json!({"InstanceId":"lhins-1","InstanceName":"blog","ExpiredTime":AT,
        "RenewFlag":"DISABLE_NOTIFY_AND_MANUAL_RENEW","Tags":[{"Key":"a","Value":"b"}]}),
    );
    assert_eq!(
        shown(&house),
        format!("lighthouse lhins-1 {AT} Never Normal")
    );
    assert_eq!(
        (house.name.as_deref(), house.tags["a"].as_str()),
        (Some("blog"), "b")
    );
}

#[test]
fn what_was_shut_away_has_ended_if_it_was_paid_in_advance() {
    let isolated = |kind, fields| row(kind, fields).status;
    let gone = PrepaidStatus::Expired;
    assert_eq!(
        isolated("cdb", json!({"InstanceId":"i","PayType":0,"Status":5})),
        gone
    );
    assert_eq!(
        isolated(
            "redis",
            json!({"InstanceId":"i","BillingMode":1,"Status":-2})
        ),
        gone
    );
    let since = json!({"InstanceId":"i","PayMode":1,"IsolateTime":"2026-11-01 00:00:00"});
    assert_eq!(isolated("sqlserver", since), gone);
    let used = isolated("cdb", json!({"InstanceId":"i","PayType":1,"Status":5}));
    assert_eq!(used, PrepaidStatus::Other("isolated".to_owned()));
}

#[test]
fn a_row_without_an_id_makes_the_page_unreadable() {
    let body = r#"{"Response":{"TotalCount":1,"Items":[{"PayType":0}]}}"#;
    let product = PRODUCTS.iter().find(|it| it.kind == "cdb").unwrap();
    assert!((product.decode)(body).is_err());
}

#[test]
fn machines_disks_and_addresses_end_as_their_own_lists_say() {
    let body = r#"{"Response":{"TotalCount":3,"InstanceSet":[
        {"InstanceId":"ins-1","InstanceName":"web","InstanceChargeType":"PREPAID","ExpiredTime":"2026-12-06T00:00:00Z",
         "RenewFlag":"NOTIFY_AND_MANUAL_RENEW","InstanceState":"RUNNING","RestrictState":"NORMAL"},
        {"InstanceId":"ins-2","InstanceChargeType":"PREPAID","ExpiredTime":"2026-11-01T00:00:00Z","InstanceState":"SHUTDOWN",
         "RestrictState":"EXPIRED","RenewFlag":"NOTIFY_AND_AUTO_RENEW"},
        {"InstanceId":"ins-3","InstanceChargeType":"SPOTPAID","InstanceState":"RUNNING","ExpiredTime":null}]}}"#;
    let rows = decode_machines(body).unwrap().items;
    let rows: Vec<_> = rows.iter().map(shown).collect();
    expect_test::expect![[r#"
        cvm ins-1 2026-12-06T00:00:00Z Manual Normal
        cvm ins-2 2026-11-01T00:00:00Z Auto { months: None } Expired
        cvm ins-3 Never Manual Normal"#]]
    .assert_eq(&rows.join("\n"));
    let body = r#"{"Response":{"TotalCount":1,"DiskSet":[{"DiskId":"disk-1","DiskChargeType":"PREPAID",
        "DeadlineTime":"2026-12-06 08:00:00","RenewFlag":"NOTIFY_AND_AUTO_RENEW","DiskState":"ATTACHED"}]}}"#;
    let disk = decode_disks(body).unwrap().items.remove(0);
    assert_eq!(
        shown(&disk),
        format!("cbs disk-1 {AT} Auto {{ months: None }} Normal")
    );
    let body = r#"{"Response":{"TotalCount":1,"AddressSet":[{"AddressId":"eip-1","IsArrears":true,
        "InternetChargeType":"BANDWIDTH_PREPAID_BY_MONTH","DeadlineDate":"2026-12-06T00:00:00Z"}]}}"#;
    let address = decode_addresses(body).unwrap().items.remove(0);
    assert_eq!(
        shown(&address),
        format!("eip eip-1 {AT} Unknown(\"\") Expired")
    );
}

#[test]
fn every_list_has_a_kind_of_its_own() {
    let kinds: BTreeSet<_> = LISTS.iter().map(|it| it.kind).collect();
    assert_eq!(kinds.len(), LISTS.len());
    assert!(LISTS.iter().all(|it| it.regional));
}
