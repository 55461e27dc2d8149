//! What of the network is paid for by the month.

use serde_json::{Value, json};

use super::Shown;
use crate::tencent::cvm::charge_word;
use crate::tencent::times;

/// A bandwidth package; nothing says whether it renews itself, or that its time is over.
pub(super) fn package(it: &Shown<'_>) -> Value {
    json!({
        "BandwidthPackageId": it.product.id, "BandwidthPackageName": it.product.name,
        "ChargeType": if it.is_prepaid() { "FIXED_PREPAID_BY_MONTH" } else { "TOP5_POSTPAID_BY_MONTH" },
        "CreatedTime": times::utc(it.product.created), "Deadline": it.product.term.ends.map(times::utc),
        "Status": "CREATED", "NetworkType": "BGP", "Egress": "center_egress1", "Bandwidth": 500, "ResourceSet": [],
    })
}

/// A VPN gateway: its word for "not at all" is nobody else's, and its times are Beijing's.
pub(super) fn gateway(it: &Shown<'_>) -> Value {
    let tags = it.product.tags.iter();
    json!({
        "VpnGatewayId": it.product.id, "VpnGatewayName": it.product.name, "VpcId": "vpc-main", "Type": "IPSEC",
        "State": "AVAILABLE", "PublicIpAddress": "203.0.113.70", "Zone": it.zone(),
        "InstanceChargeType": charge_word(&it.product.term),
        "RenewFlag": match it.renewal(0, 1, 2) {
            1 => "NOTIFY_AND_AUTO_RENEW",
            2 => "NOT_NOTIFY_AND_NOT_RENEW",
            _ => "NOTIFY_AND_MANUAL_RENEW",
        },
        "RestrictState": if it.is_isolated() { "PROTECTIVELY_ISOLATED" } else { "NORMAL" },
        "CreatedTime": it.created(), "ExpiredTime": it.ends(json!("")),
        "InternetMaxBandwidthOut": 10, "IsAddressBlocked": false, "Version": "4.0", "MaxConnection": 10,
        "TagSet": tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Value>(),
    })
}
