use expect_test::{Expect, expect};
use model::Tags;

use super::*;

const GRAVITON: &str = "<architecture>arm64</architecture><virtualizationType>hvm</virtualizationType>
    <bootMode>uefi</bootMode><enaSupport>true</enaSupport><rootDeviceName>/dev/xvda</rootDeviceName>
    <platformDetails>Linux/UNIX</platformDetails><imageId>ami-base</imageId>
    <blockDeviceMapping>
    <item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-data</volumeId><deleteOnTermination>false</deleteOnTermination></ebs></item>
    <item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-root</volumeId><deleteOnTermination>true</deleteOnTermination></ebs></item>
    </blockDeviceMapping>";

fn like(inside: &str) -> Likeness {
    crate::xml::read(&format!(
        "<item><instanceId>i-1</instanceId>{inside}</item>"
    ))
    .unwrap()
}

fn source(inside: &str) -> Source {
    let body = format!(
        "<DescribeImagesResponse><imagesSet><item><imageId>ami-base</imageId>{inside}</item></imagesSet></DescribeImagesResponse>"
    );
    decode_source(body.as_bytes()).unwrap().unwrap()
}

fn sorts() -> Sorts {
    let body = b"<DescribeVolumesResponse><volumeSet>
        <item><volumeId>vol-root</volumeId><volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput></item>
        <item><volumeId>vol-data</volumeId><volumeType>gp2</volumeType><iops>300</iops></item>
        </volumeSet></DescribeVolumesResponse>";
    decode_sorts(body).unwrap()
}

fn order(disks: &[&str]) -> ImageOrder {
    let pair = |disk: &&str| {
        let snapshot = disk.replace("vol", "snap");
        (ResourceId::new(*disk), ResourceId::new(snapshot))
    };
    ImageOrder {
        machine: ResourceId::new("i-1"),
        name: "web-2026-W47".to_owned(),
        snapshots: disks.iter().map(pair).collect(),
        tags: Tags::new(),
    }
}

fn check(disks: &[&str], like: &Likeness, source: Option<&Source>, expected: &Expect) {
    let told = match words(&order(disks), like, source, &sorts()) {
        Ok(words) => {
            let lines = words
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"));
            lines.collect()
        }
        Err(why) => format!("{why}\n"),
    };
    expected.assert_eq(&told);
}

#[test]
fn everything_that_the_machine_needs_to_start_is_said() {
    check(
        &["vol-data", "vol-root"],
        &like(GRAVITON),
        Some(&source("<imdsSupport>v2.0</imdsSupport>")),
        &expect![[r#"
            Name=web-2026-W47
            Description=skywarden: i-1
            Architecture=arm64
            RootDeviceName=/dev/xvda
            VirtualizationType=hvm
            BootMode=uefi
            EnaSupport=true
            ImdsSupport=v2.0
            BlockDeviceMapping.1.DeviceName=/dev/xvda
            BlockDeviceMapping.1.Ebs.SnapshotId=snap-root
            BlockDeviceMapping.1.Ebs.DeleteOnTermination=true
            BlockDeviceMapping.1.Ebs.VolumeType=gp3
            BlockDeviceMapping.1.Ebs.Iops=3000
            BlockDeviceMapping.1.Ebs.Throughput=125
            BlockDeviceMapping.2.DeviceName=/dev/sdf
            BlockDeviceMapping.2.Ebs.SnapshotId=snap-data
            BlockDeviceMapping.2.Ebs.DeleteOnTermination=false
            BlockDeviceMapping.2.Ebs.VolumeType=gp2
        "#]],
    );
}

#[test]
fn what_only_an_image_has_is_taken_from_the_one_the_machine_was_made_from() {
    let bare = "<architecture>x86_64</architecture><rootDeviceName>/dev/sda1</rootDeviceName>
        <blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-root</volumeId></ebs></item></blockDeviceMapping>";
    let of_image = "<bootMode>uefi-preferred</bootMode><tpmSupport>v2.0</tpmSupport><sriovNetSupport>simple</sriovNetSupport>
        <enaSupport>true</enaSupport><blockDeviceMapping>
        <item><deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-old</snapshotId></ebs></item>
        <item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item></blockDeviceMapping>";
    check(
        &["vol-root"],
        &like(bare),
        Some(&source(of_image)),
        &expect![[r#"
            Name=web-2026-W47
            Description=skywarden: i-1
            Architecture=x86_64
            RootDeviceName=/dev/sda1
            VirtualizationType=hvm
            BootMode=uefi-preferred
            TpmSupport=v2.0
            SriovNetSupport=simple
            EnaSupport=true
            BlockDeviceMapping.1.DeviceName=/dev/sda1
            BlockDeviceMapping.1.Ebs.SnapshotId=snap-root
            BlockDeviceMapping.1.Ebs.VolumeType=gp3
            BlockDeviceMapping.1.Ebs.Iops=3000
            BlockDeviceMapping.1.Ebs.Throughput=125
            BlockDeviceMapping.2.DeviceName=/dev/sdb
            BlockDeviceMapping.2.VirtualName=ephemeral0
        "#]],
    );
}

#[test]
fn a_machine_whose_image_is_gone_keeps_to_its_own_word() {
    let started = "<architecture>x86_64</architecture><currentInstanceBootMode>uefi</currentInstanceBootMode>
        <enaSupport>false</enaSupport><metadataOptions><httpTokens>required</httpTokens></metadataOptions>
        <rootDeviceName>/dev/sda1</rootDeviceName>
        <blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-9</volumeId></ebs></item></blockDeviceMapping>";
    check(
        &["vol-9"],
        &like(started),
        None,
        &expect![[r#"
            Name=web-2026-W47
            Description=skywarden: i-1
            Architecture=x86_64
            RootDeviceName=/dev/sda1
            VirtualizationType=hvm
            BootMode=uefi
            ImdsSupport=v2.0
            BlockDeviceMapping.1.DeviceName=/dev/sda1
            BlockDeviceMapping.1.Ebs.SnapshotId=snap-9
        "#]],
    );
}

#[test]
fn what_would_not_start_is_not_asked_for() {
    let whole = like(GRAVITON);
    check(
        &["vol-data"],
        &whole,
        None,
        &expect![[r#"
            there is no snapshot of the disk that i-1 starts from, /dev/xvda
        "#]],
    );
    check(
        &["vol-root", "vol-gone"],
        &whole,
        None,
        &expect![[r#"
            the disk vol-gone is not on i-1 any more, so that its device is not known
        "#]],
    );
    check(
        &["vol-root"],
        &like("<rootDeviceName>/dev/xvda</rootDeviceName>"),
        None,
        &expect![[r#"
            the cloud does not say which architecture i-1 has
        "#]],
    );
}
