use model::{Expiry, Renewal};

use super::*;

fn one(fields: &str) -> Machine {
    let body = format!(
        r#"{{"Response":{{"TotalCount":1,"InstanceSet":[{{"InstanceId":"ins-1",{fields}}}]}}}}"#
    );
    decode(&body).unwrap().items.remove(0)
}

/// As it was recorded, with fields and doubled spellings that the definition does not know.
const RECORDED: &str = r#""Placement":{"Zone":"ap-singapore-3","ProjectId":0,"HostId":null},
    "InstanceState":"RUNNING","RestrictState":"NORMAL","InstanceType":"S5.MEDIUM2","CPU":2,"Memory":2,
    "InstanceName":"tke_cls-4bqctahq_worker","InstanceChargeType":"POSTPAID_BY_HOUR","RenewFlag":null,
    "ExpiredTime":null,"CreatedTime":"2022-09-06T03:07:37Z","OperatorUin":"","PrivateIpAddresses":["10.0.0.7"],
    "PublicIpAddresses":null,"IPv6Addresses":null,"RdmaIpAddresses":null,"ImageId":"img-1",
    "VirtualPrivateCloud":{"VpcId":"vpc-1","SubnetId":"subnet-1","AsVpcGateway":false},
    "Tags":[{"tagKey":"env","tagValue":"test","Key":"env","Value":"test"}],
    "LatestOperation":null,"UserData":"CANARY""#;

#[test]
fn a_recorded_row_is_understood() {
    let machine = one(RECORDED);
    assert_eq!(machine.name, "tke_cls-4bqctahq_worker");
    assert_eq!(machine.zone, "ap-singapore-3");
    assert_eq!(machine.network, Some(ResourceId::new("vpc-1")));
    assert_eq!(machine.state, MachineState::Running);
    assert_eq!(
        (machine.charge, machine.expiry),
        (Charge::OnDemand, Expiry::Never)
    );
    assert_eq!(machine.renewal, None);
    assert_eq!(machine.created.unwrap().to_string(), "2022-09-06T03:07:37Z");
    assert_eq!(
        machine.private_ips,
        ["10.0.0.7".parse::<std::net::IpAddr>().unwrap()]
    );
    assert!(machine.public_ips.is_empty());
    assert_eq!(machine.tags["env"], "test");
    assert_eq!(
        machine.ties[0].cluster,
        Some(ResourceId::new("cls-4bqctahq"))
    );
}

#[test]
fn states_are_sorted_by_what_becomes_of_the_machine() {
    let state = |word: &str, restrict: &str| {
        one(&format!(
            r#""InstanceState":"{word}","RestrictState":"{restrict}""#
        ))
        .state
    };
    for (word, restrict, expected) in [
        ("PENDING", "NORMAL", MachineState::Pending),
        ("RUNNING", "NORMAL", MachineState::Running),
        ("STOPPED", "NORMAL", MachineState::Stopped),
        ("REBOOTING", "NORMAL", MachineState::Changing),
        ("RESCUE_MODE", "NORMAL", MachineState::Changing),
        ("SHUTDOWN", "EXPIRED", MachineState::Recycled),
        ("STOPPED", "EXPIRED", MachineState::Recycled),
        ("RUNNING", "PROTECTIVELY_ISOLATED", MachineState::Recycled),
        ("TERMINATING", "NORMAL", MachineState::Leaving),
        ("LAUNCH_FAILED", "NORMAL", MachineState::Leaving),
        (
            "HIBERNATED",
            "NORMAL",
            MachineState::Other("HIBERNATED".to_owned()),
        ),
    ] {
        assert_eq!(state(word, restrict), expected, "{word} {restrict}");
    }
}

#[test]
fn an_end_counts_only_where_it_is_paid_for_in_advance() {
    let prepaid = one(
        r#""InstanceChargeType":"PREPAID","ExpiredTime":"2026-12-01T00:00:00Z","RenewFlag":"NOTIFY_AND_AUTO_RENEW""#,
    );
    assert_eq!(
        prepaid.expiry,
        Expiry::At("2026-12-01T00:00:00Z".parse().unwrap())
    );
    assert_eq!(prepaid.renewal, Some(Renewal::Auto { months: None }));
    let silent = one(r#""InstanceChargeType":"PREPAID","ExpiredTime":null"#);
    assert_eq!(silent.expiry, Expiry::Unknown);
    assert_eq!(silent.renewal, Some(Renewal::Unknown(String::new())));
    let unsaid = one(r#""ExpiredTime":"2026-12-01T00:00:00Z""#);
    assert_eq!(unsaid.expiry, Expiry::Unknown);
}

#[test]
fn a_row_without_an_id_makes_the_page_unreadable() {
    let body = r#"{"Response":{"TotalCount":1,"InstanceSet":[{"InstanceName":"x"}]}}"#;
    assert!(matches!(decode(body), Err(Misread::Lacks(_))));
}
