use super::*;

fn one(inside: &str) -> Option<Machine> {
    let body = format!(
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservationSet><item><reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>{inside}</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    );
    decode(body.as_bytes()).unwrap().rows.pop()
}

fn state(name: &str) -> String {
    format!("<instanceState><code>16</code><name>{name}</name></instanceState>")
}

#[test]
fn every_state_has_its_place_and_a_new_word_is_kept() {
    for (name, expected) in [
        ("pending", MachineState::Pending),
        ("running", MachineState::Running),
        ("stopping", MachineState::Changing),
        ("stopped", MachineState::Stopped),
        ("shutting-down", MachineState::Leaving),
        ("hovering", MachineState::Other("hovering".to_owned())),
    ] {
        assert_eq!(one(&state(name)).unwrap().state, expected, "{name}");
    }
    assert_eq!(one(&state("terminated")), None, "it is only still shown");
    assert_eq!(one("").unwrap().state, MachineState::Other(String::new()));
}

#[test]
fn the_recorded_answer_is_understood() {
    let body = include_bytes!("../../tests/fixtures/describe-instances.xml");
    let batch = decode(body).unwrap();
    assert_eq!(batch.next.as_deref(), Some("bm90aGluZw=="));
    let machine = &batch.rows[0];
    assert_eq!(machine.id.as_str(), "i-0b4bd1f8e0e9ae6fa");
    assert_eq!(machine.name, "生产 web & <1>");
    assert_eq!(
        (machine.machine_type.as_str(), machine.zone.as_str()),
        ("t3.medium", "us-east-1a")
    );
    assert_eq!(machine.network.as_ref().unwrap().as_str(), "vpc-0123");
    assert_eq!(machine.charge, Charge::Spot);
    assert_eq!(machine.created.unwrap().to_string(), "2026-10-01T07:45:27Z");
    let ips: Vec<_> = machine
        .private_ips
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(ips, ["10.16.241.197", "10.16.241.198", "2600:1f18::1"]);
    let ips: Vec<_> = machine.public_ips.iter().map(ToString::to_string).collect();
    assert_eq!(ips, ["54.214.128.213"]);
    assert_eq!(machine.image.as_ref().unwrap().as_str(), "ami-12c6146b");
    assert_eq!(machine.tags["AutoSnapshot"], "true");
}

#[test]
fn the_time_of_the_last_start_is_not_taken_for_that_of_the_making() {
    let restarted = "<launchTime>2026-11-20T00:00:00.000Z</launchTime><networkInterfaceSet>
        <item><attachment><deviceIndex>1</deviceIndex><attachTime>2026-01-01T00:00:00.000Z</attachTime></attachment></item>
        <item><attachment><deviceIndex>0</deviceIndex><attachTime>2026-03-01T00:00:00.000Z</attachTime></attachment></item>
        </networkInterfaceSet>";
    let created = |inside: &str| one(inside).unwrap().created.map(|it| it.to_string());
    assert_eq!(created(restarted).unwrap(), "2026-03-01T00:00:00Z");
    let plain = "<launchTime>2026-11-20T00:00:00.000Z</launchTime>";
    assert_eq!(created(plain).unwrap(), "2026-11-20T00:00:00Z");
    assert_eq!(created("<launchTime>soon</launchTime>"), None);
}

#[test]
fn an_answer_without_the_list_or_a_row_without_an_id_is_unreadable() {
    let bare = b"<DescribeInstancesResponse><requestId>1</requestId></DescribeInstancesResponse>";
    assert!(matches!(
        decode(bare),
        Err(Misread::Lacks("reservationSet"))
    ));
    let nameless = b"<DescribeInstancesResponse><reservationSet><item><instancesSet><item/></instancesSet></item></reservationSet></DescribeInstancesResponse>";
    assert!(matches!(decode(nameless), Err(Misread::Lacks(_))));
    let empty = b"<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";
    assert_eq!(decode(empty).unwrap().rows, []);
}

#[test]
fn a_machine_says_what_it_starts_from_and_who_else_runs_it() {
    let devices = "<rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>
        <item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId></ebs></item>
        <item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId></ebs></item></blockDeviceMapping>";
    let machine = one(devices).unwrap();
    assert_eq!(machine.root_disk.unwrap().as_str(), "vol-1");
    assert!(!machine.protected);
    let managed =
        one("<operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>");
    assert!(managed.unwrap().protected);
    let stateless = "<rootDeviceName>/dev/xvda</rootDeviceName>";
    assert_eq!(one(stateless).unwrap().root_disk, None);
}
