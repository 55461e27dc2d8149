//! Search, queues, and small machines.

use serde_json::{Value, json};

use super::Shown;
use crate::tencent::cvm::{charge_word, renew_word};
use crate::tencent::times;

/// What a cluster that is paid by use shows as its end, as recorded: a day long before it was made.
const LONG_AGO: &str = "2017-12-04 00:00:00";

/// Elasticsearch.
pub(super) fn es(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "ChargeType": charge_word(&it.product.term), "ChargePeriod": 0,
        "Deadline": it.ends(json!(LONG_AGO)), "CreateTime": it.created(), "UpdateTime": it.created(),
        "RenewFlag": match it.renewal(0, 1, 2) {
            1 => "RENEW_FLAG_AUTO",
            2 => "RENEW_FLAG_MANUAL",
            _ => "RENEW_FLAG_DEFAULT",
        },
        "Status": it.status(1, -4), "EsVersion": "7.14.2", "NodeNum": 3, "CpuNum": 2, "MemSize": 8,
        "VpcUid": "vpc-main", "SubnetUid": "subnet-main", "EsVip": "10.0.5.8", "EsPort": 9200, "TagList": it.tags(),
    })
}

/// CKafka: its times are seconds, and nothing says how it is paid for.
pub(super) fn ckafka(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name,
        "CreateTime": it.product.created.as_second(),
        "ExpireTime": it.product.term.ends.map_or(0, |it| it.as_second()),
        "RenewFlag": it.renewal(0, 1, 2), "Status": it.status(1, 5), "Healthy": 1,
        "Vip": "10.0.5.9", "Vport": "9092", "VpcId": "vpc-main", "SubnetId": "subnet-main", "Tags": it.tags(),
        "Version": "2.4.1", "InstanceType": "profession", "DiskSize": 500, "Bandwidth": 40, "VipList": null,
    })
}

/// Lighthouse: always paid in advance.
pub(super) fn lighthouse(it: &Shown<'_>) -> Value {
    let tags = it.product.tags.iter();
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Zone": it.zone(),
        "InstanceChargeType": "PREPAID", "RenewFlag": renew_word(&it.product.term),
        "CreatedTime": times::utc(it.product.created),
        "ExpiredTime": it.product.term.ends.map(times::utc),
        "IsolatedTime": it.product.term.ends.filter(|_| it.is_isolated()).map(times::utc),
        "InstanceState": it.status_word("RUNNING", "SHUTDOWN"), "InstanceRestrictState": "NORMAL",
        "BundleId": "bundle_starter_mc_promo_med2_01", "BlueprintId": "lhbp-f1lkcd41", "CPU": 2, "Memory": 2,
        "PrivateAddresses": ["10.0.6.1"], "PublicAddresses": ["203.0.113.60"], "PlatformType": "LINUX_UNIX",
        "Platform": "CENTOS", "OsName": "CentOS 7.6 64bit", "Uuid": "00000000-0000-4000-8000-000000000001",
        "LatestOperation": null, "LatestOperationState": null,
        "Tags": tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Value>(),
    })
}
