use model::{Charge, Expiry, MachineState, TieSort};

use super::*;

fn read(row: &str) -> Machine {
    let body = format!(r#"{{"Instances":{{"Instance":[{row}]}},"NextToken":"","TotalCount":0}}"#);
    decode(&body).unwrap().items.remove(0)
}

#[test]
fn a_machine_is_read_with_all_that_a_person_needs_to_decide() {
    let machine = read(
        r#"{"InstanceId":"i-1","InstanceName":"worker-k8s-for-cs-c0123456789abcdef0123456789abcdef",
        "InstanceType":"ecs.g7.large","ZoneId":"cn-beijing-h","Status":"Running",
        "InstanceChargeType":"PrePaid","SpotStrategy":"NoSpot","CreationTime":"2024-03-21T05:46Z",
        "ExpiredTime":"2026-12-21T16:00Z","ImageId":"m-1","New":{"Field":[1]},
        "VpcAttributes":{"VpcId":"vpc-1","PrivateIpAddress":{"IpAddress":["10.0.0.7"]}},
        "PublicIpAddress":{"IpAddress":[]},"EipAddress":{"IpAddress":"47.1.2.3"},
        "OperationLocks":{"LockReason":[]},
        "Tags":{"Tag":[{"TagKey":"ack.aliyun.com","TagValue":"c0123456789abcdef0123456789abcdef"},
        {"TagKey":"ack.alibabacloud.com/nodepool-id","TagValue":"np1"}]}}"#,
    );
    assert_eq!(machine.state, MachineState::Running);
    assert_eq!(machine.charge, Charge::Prepaid);
    assert!(matches!(machine.expiry, Expiry::At(_)));
    assert_eq!(machine.private_ips, ["10.0.0.7".parse::<IpAddr>().unwrap()]);
    assert_eq!(machine.public_ips, ["47.1.2.3".parse::<IpAddr>().unwrap()]);
    let ties: Vec<_> = machine
        .ties
        .iter()
        .map(|it| (it.sort, it.cluster.as_ref().map(ResourceId::as_str)))
        .collect();
    let cluster = Some("c0123456789abcdef0123456789abcdef");
    assert_eq!(
        ties,
        [
            (TieSort::Tag, cluster),
            (TieSort::Group, cluster),
            (TieSort::Name, cluster)
        ]
    );
}

#[test]
fn words_like_a_clusters_tie_nothing() {
    for name in [
        "k8s-tools",
        "worker-node",
        "my-k8s-for-cs-notes",
        "worker-k8s-for-cs-c1",
        "node-exporter",
    ] {
        let row = format!(
            r#"{{"InstanceId":"i-1","InstanceName":"{name}","Status":"Stopped",
            "Tags":{{"Tag":[{{"TagKey":"cluster","TagValue":"prod"}}]}}}}"#
        );
        assert_eq!(read(&row).ties, [], "{name}");
    }
}

#[test]
fn a_machine_that_ends_by_itself_is_not_on_or_off() {
    for (row, expected) in [
        (r#""Status":"Stopped""#, MachineState::Stopped),
        (
            r#""Status":"Stopped","OperationLocks":{"LockReason":[{"LockReason":"financial"}]}"#,
            MachineState::Recycled,
        ),
        (
            r#""Status":"Running","OperationLocks":{"LockReason":[{"LockReason":"Recycling"}]}"#,
            MachineState::Recycled,
        ),
        (
            r#""Status":"Running","OperationLocks":{"LockReason":[{"LockReason":"security"}]}"#,
            MachineState::Running,
        ),
        (r#""Status":"Starting""#, MachineState::Changing),
        (
            r#""Status":"Thinking""#,
            MachineState::Other("Thinking".into()),
        ),
    ] {
        let machine = read(&format!(r#"{{"InstanceId":"i-1",{row}}}"#));
        assert_eq!(machine.state, expected, "{row}");
    }
}

#[test]
fn a_row_without_an_id_is_no_shorter_list() {
    let body = r#"{"Instances":{"Instance":[{"Status":"Running"}]}}"#;
    assert!(matches!(decode(body), Err(Misread::Lacks(_))));
    assert!(matches!(decode("{}"), Err(Misread::Lacks(_))));
}

#[test]
fn an_event_says_when_the_machine_ends_by_it() {
    let body = r#"{"InstanceSystemEventSet":{"InstanceSystemEventType":[
        {"EventId":"e-1","InstanceId":"i-1","EventType":{"Code":3,"Name":"InstanceExpiration.Stop"},
         "NotBefore":"2026-11-25T16:00:00Z","Reason":"x"},
        {"EventId":"e-2","InstanceId":"i-2","EventType":{"Code":1,"Name":"SystemMaintenance.Reboot"},
         "NotBefore":"2026-11-25T16:00:00Z"}]},"NextToken":"abc"}"#;
    let listed = decode_events(body).unwrap();
    assert_eq!(listed.next, "abc");
    assert!(listed.items[0].deadline.is_some());
    assert!(listed.items[1].deadline.is_none() && listed.items[1].begins.is_some());
}
