//! What changes something, and what is refused to be changed.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Bench, FORM, text};
use crate::aws::estate::DATA;
use crate::world::deeds::{Act, Sort};
use crate::world::images::Build;
use crate::world::machines::Machine;
use crate::world::protections::CryptKey;
use crate::world::storage::{Disk, Image, Snapshot};

#[tokio::test]
async fn what_an_image_takes_with_it_is_charged_to_no_bucket_but_its_own() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.change(DATA, "us-east-1", |it, now| {
        for number in 0..110 {
            let (snapshot, image) = (format!("snap-0x{number:04}"), format!("ami-0x{number:04}"));
            it.add_snapshot(Snapshot::new(&snapshot, "vol-x", 8, now));
            it.add_image(Image::new(&image, format!("x-{number}"), &[&snapshot], now));
        }
    });
    let deregister = async |number: u32| {
        let said =
            format!("DeregisterImage&ImageId=ami-0x{number:04}&DeleteAssociatedSnapshots=true");
        bench.ec2(&said).await
    };
    for number in 0..100 {
        let heard = deregister(number).await;
        assert_eq!((heard.status, text(&heard, "returnCode")), (200, "success"));
    }
    let full = deregister(100).await;
    assert_eq!(text(&full, "Code"), "RequestLimitExceeded");
    // Its snapshot is there, and so is the image: what was throttled was not done.
    let held = bench.ec2("DeleteSnapshot&SnapshotId=snap-0x0100").await;
    assert_eq!(text(&held, "Code"), "InvalidSnapshot.InUse");
    assert!(
        text(&held, "Message").ends_with("ami-0x0100"),
        "{}",
        held.body
    );
    let gone = world.done(Act::Deleted, Sort::Snapshot);
    assert_eq!(gone.len(), 100);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(deregister(100).await.status, 200);
}

#[tokio::test]
async fn a_snapshot_goes_wrong_after_it_was_begun_or_before_when_its_key_is_off() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.change(DATA, "us-east-1", |it, now| {
        it.add_key(CryptKey::new("arn:aws:kms:us-east-1:111122223333:key/off").disabled());
        let disk = Disk::new("vol-0locked00000001", 8, now);
        it.add_disk(Disk {
            encrypted: true,
            key: Some("arn:aws:kms:us-east-1:111122223333:key/off".to_owned()),
            ..disk
        });
        it.fail_next_snapshots(Some("vol-0web000000000002"), 1);
    });
    let off = bench
        .ec2("CreateSnapshot&VolumeId=vol-0locked00000001")
        .await;
    assert_eq!(
        (off.status, text(&off, "Code")),
        (400, "InvalidKMSKey.InvalidState")
    );
    let begun = bench
        .ec2("CreateSnapshot&VolumeId=vol-0web000000000002")
        .await;
    assert_eq!((begun.status, text(&begun, "status")), (200, "pending"));
    let asked = format!(
        "DescribeSnapshots&SnapshotId.1={}",
        text(&begun, "snapshotId")
    );
    world.advance(SignedDuration::from_hours(1));
    let failed = bench.ec2(&asked).await;
    assert_eq!(text(&failed, "status"), "error");
    assert!(!text(&failed, "statusMessage").is_empty());
}

#[tokio::test]
async fn a_region_has_as_many_snapshots_as_its_quota_and_as_many_alarms() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.set_rules(DATA, |it| {
        (it.most_snapshots, it.most_alarms) = (Some(13), Some(1));
    });
    let full = bench
        .ec2("CreateSnapshot&VolumeId=vol-0web000000000002")
        .await;
    assert_eq!(
        (full.status, text(&full, "Code")),
        (400, "SnapshotLimitExceeded")
    );
    let alarm = "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=new&Namespace=AWS%2FEC2&MetricName=NetworkOut&Statistic=Sum&Period=300&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold";
    let alarms = bench.post(("monitoring", "us-east-1"), FORM, alarm).await;
    assert_eq!(
        (alarms.status, text(&alarms, "Code")),
        (400, "LimitExceeded")
    );
}

#[tokio::test]
async fn a_locked_snapshot_and_a_protected_image_stay() {
    let bench = Bench::keeper(|it| it).await;
    bench.sim.world().change(DATA, "us-east-1", |it, _| {
        it.snapshots
            .change("snap-0day000000000005", |it| it.locked = true);
        it.images
            .change("ami-0week000000000001", |it| it.protected = true);
    });
    for (said, code) in [
        (
            "DeleteSnapshot&SnapshotId=snap-0day000000000005",
            "SnapshotLocked",
        ),
        (
            "DeregisterImage&ImageId=ami-0week000000000001&DeleteAssociatedSnapshots=true",
            "OperationNotPermitted",
        ),
    ] {
        let heard = bench.ec2(said).await;
        assert_eq!((heard.status, text(&heard, "Code")), (400, code));
    }
    assert!(bench.sim.world().deeds().is_empty());
}

#[tokio::test]
async fn who_may_not_delete_snapshots_takes_the_image_away_alone() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.edit(DATA, |it| {
        for user in &mut it.users {
            user.rights = user.rights.clone().without("ec2:DeleteSnapshot");
        }
    });
    let heard = bench
        .ec2("DeregisterImage&ImageId=ami-0week000000000001&DeleteAssociatedSnapshots=true")
        .await;
    assert_eq!(text(&heard, "returnCode"), "missing-permissions");
    let holdings = world.holdings(DATA, "us-east-1");
    assert!(holdings.snapshots.get("snap-0day000000000001").is_some());
    assert!(holdings.images.get("ami-0week000000000001").is_none());
}

#[tokio::test]
async fn an_image_is_billed_as_its_disks_machine_and_a_copy_has_lost_that() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.change(DATA, "us-east-1", |it, now| {
        let build = Build {
            boot_mode: "uefi-preferred".to_owned(),
            platform_details: "Red Hat Enterprise Linux".to_owned(),
            ..Build::default()
        };
        it.add_machine(Machine::new("i-0rhel00000000001", "", now).build(build));
        it.add_disk(Disk::new("vol-0rhel000000001", 10, now).system_of("i-0rhel00000000001"));
        for id in ["snap-0rhel00000001", "snap-0copy00000001"] {
            it.add_snapshot(Snapshot::new(id, "vol-0rhel000000001", 10, now));
        }
        it.snapshots
            .change("snap-0copy00000001", |it| it.disk.clear());
    });
    let machine = bench
        .ec2("DescribeInstances&InstanceId.1=i-0rhel00000000001")
        .await;
    assert_eq!(
        text(&machine, "platformDetails"),
        "Red Hat Enterprise Linux"
    );
    assert_eq!(text(&machine, "bootMode"), "uefi-preferred");
    assert_eq!(text(&machine, "currentInstanceBootMode"), "uefi");
    for (name, snapshot, billed) in [
        ("whole", "snap-0rhel00000001", "Red Hat Enterprise Linux"),
        ("copied", "snap-0copy00000001", "Linux/UNIX"),
    ] {
        let said = format!(
            "RegisterImage&Name={name}&VirtualizationType=hvm&RootDeviceName=%2Fdev%2Fxvda&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&BlockDeviceMapping.1.Ebs.SnapshotId={snapshot}"
        );
        let made = bench.ec2(&said).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let asked = format!("DescribeImages&ImageId.1={}", text(&made, "imageId"));
        let image = bench.ec2(&asked).await;
        assert_eq!(text(&image, "platformDetails"), billed, "{name}");
    }
}

#[tokio::test]
async fn an_account_may_be_slow_to_show_what_it_made() {
    let bench = Bench::keeper(|it| it).await;
    let world = bench.sim.world();
    world.set_rules(DATA, |it| it.shown_after = SignedDuration::from_secs(10));
    let made = bench
        .ec2("CreateSnapshot&VolumeId=vol-0web000000000002")
        .await;
    let id = text(&made, "snapshotId");
    assert_eq!(made.status, 200, "{}", made.body);
    let tag = format!("CreateTags&ResourceId.1={id}&Tag.1.Key=a&Tag.1.Value=b");
    let young = bench.ec2(&tag).await;
    assert_eq!(text(&young, "Code"), "InvalidSnapshot.NotFound");
    world.advance(SignedDuration::from_secs(10));
    assert_eq!(bench.ec2(&tag).await.status, 200);
}
