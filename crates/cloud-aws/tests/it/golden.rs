//! What changes something is asked for in the very words of the official client.
//!
//! The requests in `fixtures/requests` were made by it (see `conformance/moto`); those called
//! `recorded-…` are of an earlier recording of it. Parameters are compared as a set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::{Clock, ManualClock, SeededChance};
use cloud::{
    Alarms as _, BesideOrder, Caller, Copies as _, CryptKeys as _, DiskOrder, ErrorKind,
    ImageMaking as _, Lending as _, MachineChanges as _, Pacer, Removal, RetryPolicy, Share,
    Taggable,
};
use cloud_aws::{Aws, CredentialSource, Endpoints, Environment, Quotas, Settings};
use jiff::SignedDuration;
use model::{
    AccountId, AlarmOrder, CopyOrder, ImageOrder, KeyState, RegionId, ResourceId, STEP_TAG,
    SetDisk, SetId, SetOrder, Tags, TrafficRule,
};
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use serde_json::Value;

use crate::stand::{now, rows};

const MACHINE: &str = "i-00f222263809ac6db";
const ROOT: &str = "vol-1f1262fc9c2662e8b";
const DATA: &str = "vol-3a7cdfc4556e51125";
const OTHER: &str = "vol-0e6a5b7c8d9f01234";
const SNAPSHOT: &str = "snap-0f62d49785922b1cf";
const DATA_SNAPSHOT: &str = "snap-4bc45633ccb5718aa";
const IMAGE: &str = "ami-d30b2ed071837fbfc";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ec2-NetworkOut-Alarm";

/// A request as far as it is compared: what it asks for, and all it says.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    line: String,
    headers: BTreeMap<String, String>,
    pairs: BTreeSet<(String, String)>,
    json: Option<Value>,
}

fn said(method: &str, path: &str, headers: BTreeMap<String, String>, body: &str) -> Said {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_json = body.starts_with('{');
    let form = if is_json { "" } else { body };
    let pairs = [query, form]
        .into_iter()
        .flat_map(|it| url::form_urlencoded::parse(it.as_bytes()))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .filter(|(key, _)| key != "PresignedUrl");
    Said {
        line: format!("{method} {path}"),
        headers,
        pairs: pairs.collect(),
        json: is_json.then(|| serde_json::from_str(body).unwrap()),
    }
}

/// Returns the request of the official client.
fn golden(name: &str) -> Said {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let fixture: Value = serde_json::from_str(&text).unwrap();
    let request = &fixture["request"];
    let headers = request["headers"].as_object().unwrap();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    said(
        request["method"].as_str().unwrap(),
        request["path"].as_str().unwrap(),
        headers.collect(),
        request["body"].as_str().unwrap(),
    )
}

/// A far side that answers by the book and remembers what it was asked.
#[derive(Debug, Default)]
struct Scripted {
    answers: Vec<(&'static str, String)>,
    asked: Mutex<Vec<(String, Said)>>,
}

/// Returns what a request asks for: the action, or method and path.
fn action(request: &HttpRequest, said: &Said) -> String {
    let target = request.headers.get("x-amz-target");
    if let Some(target) = target {
        let target = target.to_str().unwrap();
        return target.rsplit('.').next().unwrap().to_owned();
    }
    let named = said.pairs.iter().find(|it| it.0 == "Action");
    named.map_or_else(|| said.line.clone(), |it| it.1.clone())
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let query = request.url.query().map(|it| format!("?{it}"));
        let path = format!("{}{}", request.url.path(), query.unwrap_or_default());
        let headers = ["content-type", "x-amz-target"]
            .into_iter()
            .filter_map(|name| {
                let value = request.headers.get(name)?.to_str().unwrap();
                Some((name.to_owned(), value.to_owned()))
            });
        let body = std::str::from_utf8(&request.body).unwrap();
        let said = said(request.method.as_str(), &path, headers.collect(), body);
        let action = action(&request, &said);
        let answer = self.answers.iter().find(|it| it.0 == action);
        let (status, body) = match answer {
            Some((_, body)) => (200, body.clone()),
            None => (
                400,
                format!("{{\"__type\":\"NotInTheBook\",\"message\":\"{action}\"}}"),
            ),
        };
        self.asked.lock().unwrap().push((action, said));
        Ok(HttpResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }
}

impl Scripted {
    /// Asserts that what was asked for as `action` is what the official client asks for in `name`.
    fn asked(&self, action: &str, name: &str) {
        let asked = self.asked.lock().unwrap();
        let all: Vec<&Said> = asked
            .iter()
            .filter(|it| it.0 == action)
            .map(|it| &it.1)
            .collect();
        let expected = golden(name);
        assert!(
            all.contains(&&expected),
            "{name}: {expected:#?} not in {all:#?}"
        );
    }

    /// Asserts the same where the fixture has the action's name.
    fn asked_for(&self, action: &str) {
        self.asked(action, action);
    }
}

fn book(answers: &[(&'static str, &str)]) -> (Arc<Scripted>, Aws) {
    let scripted = Arc::new(Scripted {
        answers: answers
            .iter()
            .map(|(action, body)| (*action, (*body).to_owned()))
            .collect(),
        asked: Mutex::default(),
    });
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::hurrying(now()));
    let pacer = Pacer::new(clock.clone(), Share::percent(100));
    let chance = Arc::new(SeededChance::new(7));
    let transport = scripted.clone() as Arc<dyn Transport>;
    let caller = Caller::new(transport, clock, chance, pacer, RetryPolicy::default());
    let settings = Settings {
        account: AccountId::new("data"),
        source: CredentialSource::Static {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "any".into(),
            token: None,
        },
        environment: Environment::default(),
        partition: None,
        region: None,
        regions: Vec::new(),
        endpoints: Endpoints::default(),
        quotas: Quotas::default(),
    };
    (scripted, Aws::new(settings, Arc::new(caller)))
}

fn here() -> RegionId {
    RegionId::new("us-east-1")
}

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn set() -> SetId {
    SetId::parse(&format!("{MACHINE}/20261121T040000Z")).unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let owned = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    owned.collect()
}

fn set_order(disks: &[(&str, bool)]) -> SetOrder {
    let disk = |it: &(&str, bool)| SetDisk {
        disk: id(it.0),
        root: it.1,
    };
    SetOrder {
        set: set(),
        disks: disks.iter().map(disk).collect(),
        name: "生产 web".to_owned(),
        tags: tags(&[
            ("AutoSnapshot", "true"),
            ("skywarden:set", &set().to_string()),
        ]),
        root_tags: tags(&[("RootDeviceSnapshot", "true")]),
    }
}

fn machine(inside: &str) -> String {
    let device = |name: &str, disk: &str, goes: bool| {
        format!(
            "<item><deviceName>{name}</deviceName><ebs><volumeId>{disk}</volumeId><deleteOnTermination>{goes}</deleteOnTermination></ebs></item>"
        )
    };
    format!(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>{MACHINE}</instanceId>
        <rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>{}{}</blockDeviceMapping>{inside}
        </item></instancesSet></item></reservationSet></DescribeInstancesResponse>",
        device("/dev/xvda", ROOT, true),
        device("/dev/sdf", DATA, false),
    )
}

fn with_other(machine: &str) -> String {
    machine.replace(
        "</blockDeviceMapping>",
        &format!("<item><deviceName>/dev/sdg</deviceName><ebs><volumeId>{OTHER}</volumeId></ebs></item></blockDeviceMapping>"),
    )
}

fn made_set() -> String {
    format!(
        "<CreateSnapshotsResponse><snapshotSet><item><volumeId>{ROOT}</volumeId><snapshotId>{SNAPSHOT}</snapshotId><state>pending</state></item>
        <item><volumeId>{DATA}</volumeId><snapshotId>{DATA_SNAPSHOT}</snapshotId><state>pending</state></item></snapshotSet></CreateSnapshotsResponse>"
    )
}

#[tokio::test]
async fn a_set_is_asked_for_in_one_call_and_its_root_is_tagged_after() {
    let (cloud, aws) = book(&[
        ("DescribeInstances", &with_other(&machine(""))),
        ("CreateSnapshots", &made_set()),
        (
            "CreateTags",
            "<CreateTagsResponse><return>true</return></CreateTagsResponse>",
        ),
    ]);
    let order = set_order(&[(ROOT, true), (DATA, false)]);
    let made = aws.create_set(&here(), &order).await.unwrap();
    assert_eq!(made[&id(ROOT)], id(SNAPSHOT));
    cloud.asked_for("CreateSnapshots");
    cloud.asked("CreateTags", "CreateTags-root");
    let rootless = set_order(&[(DATA, false), (OTHER, false)]);
    aws.create_set(&here(), &rootless).await.unwrap();
    cloud.asked("CreateSnapshots", "CreateSnapshots-without-root");
}

#[tokio::test]
async fn a_set_of_one_disk_has_all_its_tags_from_the_first_moment() {
    let answer = format!(
        "<CreateSnapshotResponse><snapshotId>{SNAPSHOT}</snapshotId><status>pending</status></CreateSnapshotResponse>"
    );
    let (cloud, aws) = book(&[("CreateSnapshot", &answer)]);
    let order = set_order(&[(ROOT, true)]);
    let made = aws.create_set(&here(), &order).await.unwrap();
    assert_eq!(made[&id(ROOT)], id(SNAPSHOT));
    cloud.asked_for("CreateSnapshot");
    assert_eq!(cloud.asked.lock().unwrap().len(), 1);
}

const SHARED: &str = "<DescribeSnapshotAttributeResponse><snapshotId>snap-0f62d49785922b1cf</snapshotId><createVolumePermission><item><userId>111122223333</userId></item></createVolumePermission></DescribeSnapshotAttributeResponse>";
const NOT_SHARED: &str = "<DescribeSnapshotAttributeResponse><snapshotId>snap-0f62d49785922b1cf</snapshotId><createVolumePermission/></DescribeSnapshotAttributeResponse>";

#[tokio::test]
async fn snapshots_are_looked_for_and_removed_by_the_book() {
    let found = format!(
        "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>{SNAPSHOT}</snapshotId><volumeId>{ROOT}</volumeId><tagSet><item><key>skywarden:set</key><value>{}</value></item></tagSet></item>
        <item><snapshotId>snap-x</snapshotId><tagSet><item><key>skywarden:set</key><value>another</value></item></tagSet></item></snapshotSet></DescribeSnapshotsResponse>",
        set()
    );
    let (cloud, aws) = book(&[
        ("DescribeSnapshots", &found),
        ("DescribeSnapshotAttribute", NOT_SHARED),
        (
            "DeleteSnapshot",
            "<DeleteSnapshotResponse><return>true</return></DeleteSnapshotResponse>",
        ),
        (
            "CopySnapshot",
            "<CopySnapshotResponse><snapshotId>snap-copy</snapshotId></CopySnapshotResponse>",
        ),
    ]);
    let of_set = aws.of_set(&here(), &set()).await.unwrap();
    assert_eq!(
        of_set.len(),
        1,
        "what another set is tagged with is not of this one"
    );
    cloud.asked("DescribeSnapshots", "DescribeSnapshots-of-set");
    let ids = [id(SNAPSHOT), id(DATA_SNAPSHOT)];
    aws.snapshots_by_id(&here(), &ids).await.unwrap();
    cloud.asked("DescribeSnapshots", "DescribeSnapshots-by-id");
    let gone = aws.delete_snapshot(&here(), &id(SNAPSHOT)).await.unwrap();
    assert_eq!(gone, Removal::Gone);
    let (shared, there) = book(&[("DescribeSnapshotAttribute", SHARED)]);
    let stays = there.delete_snapshot(&here(), &id(SNAPSHOT)).await.unwrap();
    let held = "111122223333, with whom it is shared".to_owned();
    assert_eq!(stays, Removal::Held(held), "it was not even asked to go");
    shared.asked_for("DescribeSnapshotAttribute");
    cloud.asked_for("DescribeSnapshotAttribute");
    cloud.asked("DeleteSnapshot", "recorded-DeleteSnapshot");
    let order = CopyOrder {
        snapshot: id(SNAPSHOT),
        from: RegionId::new("eu-west-1"),
        key: Some("alias/backups".to_owned()),
        tags: tags(&[("skywarden:set", &set().to_string())]),
    };
    let copy = aws.copy_snapshot(&here(), &order).await.unwrap();
    assert_eq!(copy.as_str(), "snap-copy");
    cloud.asked_for("CopySnapshot");
}

#[tokio::test]
async fn a_snapshot_is_lent_copied_by_another_account_and_taken_back_by_the_book() {
    const DONE: &str =
        "<ModifySnapshotAttributeResponse><return>true</return></ModifySnapshotAttributeResponse>";
    const NUMBER: &str = "111122223333";
    let found = format!(
        "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>{SNAPSHOT}</snapshotId>\
         <volumeId>{ROOT}</volumeId><encrypted>true</encrypted></item></snapshotSet></DescribeSnapshotsResponse>"
    );
    let (cloud, aws) = book(&[
        ("ModifySnapshotAttribute", DONE),
        ("DescribeSnapshotAttribute", SHARED),
        ("DescribeSnapshots", &found),
        (
            "CopySnapshot",
            "<CopySnapshotResponse><snapshotId>snap-copy</snapshotId></CopySnapshotResponse>",
        ),
    ]);
    aws.lend(&here(), &id(SNAPSHOT), NUMBER).await.unwrap();
    cloud.asked_for("ModifySnapshotAttribute");
    let borrowers = aws.borrowers(&here(), &id(SNAPSHOT)).await.unwrap();
    assert_eq!(borrowers, [NUMBER]);
    aws.take_back(&here(), &id(SNAPSHOT), NUMBER).await.unwrap();
    cloud.asked("ModifySnapshotAttribute", "ModifySnapshotAttribute-end");
    let lent = aws.snapshots_by_id(&here(), &[id(SNAPSHOT)]).await.unwrap();
    let order = CopyOrder {
        snapshot: id(SNAPSHOT),
        from: here(),
        key: None,
        tags: tags(&[("skywarden:set", &set().to_string())]),
    };
    let copy = aws.copy_lent(&here(), &order, &lent[0]).await.unwrap();
    assert_eq!(copy.as_str(), "snap-copy");
    cloud.asked("CopySnapshot", "CopySnapshot-lent");
}

#[tokio::test]
async fn a_snapshot_is_lent_to_nobody_who_has_no_number() {
    let (cloud, aws) = book(&[]);
    for nobody in [
        "",
        "all",
        "*",
        "11112222333",
        "1111222233334",
        "11112222333x",
    ] {
        let error = aws.lend(&here(), &id(SNAPSHOT), nobody).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{nobody}");
        assert!(
            error.message.contains("is not the number of an account"),
            "{error}"
        );
    }
    assert_eq!(cloud.asked.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn disks_are_made_moved_and_removed_by_the_book() {
    let (cloud, aws) = book(&[
        (
            "CreateVolume",
            "<CreateVolumeResponse><volumeId>vol-9</volumeId></CreateVolumeResponse>",
        ),
        (
            "DescribeVolumes",
            "<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>",
        ),
        (
            "AttachVolume",
            "<AttachVolumeResponse><status>attaching</status></AttachVolumeResponse>",
        ),
        (
            "DetachVolume",
            "<DetachVolumeResponse><status>detaching</status></DetachVolumeResponse>",
        ),
        (
            "DeleteVolume",
            "<DeleteVolumeResponse><return>true</return></DeleteVolumeResponse>",
        ),
    ]);
    let order = DiskOrder {
        snapshot: id(SNAPSHOT),
        zone: "us-east-1a".to_owned(),
        category: Some("gp3".to_owned()),
        name: "proof".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    let (region, disk, on) = (here(), id(DATA), id(MACHINE));
    aws.create_disk(&region, &order).await.unwrap();
    cloud.asked_for("CreateVolume");
    aws.disks_of_step(&region, STEP).await.unwrap();
    cloud.asked("DescribeVolumes", "DescribeVolumes-of-step");
    aws.attach_disk(&region, &disk, &on, Some("/dev/sdf"))
        .await
        .unwrap();
    cloud.asked_for("AttachVolume");
    aws.detach_disk(&region, &disk, &on).await.unwrap();
    cloud.asked_for("DetachVolume");
    aws.delete_disk(&region, &disk).await.unwrap();
    cloud.asked_for("DeleteVolume");
}

fn image_order(disks: &[(&str, &str)]) -> ImageOrder {
    ImageOrder {
        machine: id(MACHINE),
        name: "web-2026-W47".to_owned(),
        snapshots: disks.iter().map(|it| (id(it.0), id(it.1))).collect(),
        tags: tags(&[("AutoAMI", "true"), ("skywarden:set", &set().to_string())]),
    }
}

fn images(platform: &str) -> String {
    format!(
        "<DescribeImagesResponse><imagesSet><item><imageId>ami-03cf127a</imageId><platformDetails>{platform}</platformDetails>
        <imdsSupport>v2.0</imdsSupport><tpmSupport>v2.0</tpmSupport><sriovNetSupport>simple</sriovNetSupport>
        <blockDeviceMapping><item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item></blockDeviceMapping>
        </item></imagesSet></DescribeImagesResponse>"
    )
}

const ARM: &str =
    "<imageId>ami-03cf127a</imageId><architecture>arm64</architecture><bootMode>uefi</bootMode>
    <enaSupport>true</enaSupport><virtualizationType>hvm</virtualizationType>";
const REGISTERED: &str =
    "<RegisterImageResponse><imageId>ami-d30b2ed071837fbfc</imageId></RegisterImageResponse>";
const DEREGISTERED: &str =
    "<DeregisterImageResponse><return>true</return></DeregisterImageResponse>";
const UNSHARED: &str = "<DescribeImageAttributeResponse><imageId>ami-d30b2ed071837fbfc</imageId><launchPermission/></DescribeImageAttributeResponse>";
const VOLUMES: &str = "<DescribeVolumesResponse><volumeSet>
    <item><volumeId>vol-1f1262fc9c2662e8b</volumeId><volumeType>gp3</volumeType><iops>3000</iops><throughput>125</throughput></item>
    <item><volumeId>vol-3a7cdfc4556e51125</volumeId><volumeType>st1</volumeType></item></volumeSet></DescribeVolumesResponse>";

#[tokio::test]
async fn an_image_is_registered_and_looked_for_by_the_book() {
    let like = format!("{ARM}<platformDetails>Linux/UNIX</platformDetails>");
    let (cloud, aws) = book(&[
        ("DescribeInstances", &machine(&like)),
        ("DescribeImages", &images("Linux/UNIX")),
        ("DescribeVolumes", VOLUMES),
        ("RegisterImage", REGISTERED),
    ]);
    let order = image_order(&[(ROOT, SNAPSHOT), (DATA, DATA_SNAPSHOT)]);
    let image = aws.make_image(&here(), &order).await.unwrap();
    assert_eq!(image.as_str(), IMAGE);
    cloud.asked_for("RegisterImage");
    cloud.asked("DescribeImages", "DescribeImages-source");
    aws.images_of_set(&here(), &set()).await.unwrap();
    cloud.asked("DescribeImages", "DescribeImages-of-set");
    let there = format!(
        "<DescribeImagesResponse><imagesSet><item><imageId>{IMAGE}</imageId></item></imagesSet></DescribeImagesResponse>"
    );
    let (cloud, aws) = book(&[
        ("DescribeImages", &there),
        ("DescribeImageAttribute", UNSHARED),
        ("DeregisterImage", DEREGISTERED),
    ]);
    aws.delete_image(&here(), &image, &[]).await.unwrap();
    cloud.asked_for("DescribeImageAttribute");
    cloud.asked_for("DeregisterImage");
}

#[tokio::test]
async fn the_snapshots_of_an_image_go_with_it_only_when_all_of_them_are_to_go() {
    let image = format!(
        "<DescribeImagesResponse><imagesSet><item><imageId>{IMAGE}</imageId><blockDeviceMapping>
        <item><ebs><snapshotId>{SNAPSHOT}</snapshotId></ebs></item><item><ebs><snapshotId>{DATA_SNAPSHOT}</snapshotId></ebs></item></blockDeviceMapping></item></imagesSet></DescribeImagesResponse>"
    );
    let deregistered = format!(
        "<DeregisterImageResponse><return>true</return><deleteSnapshotResultSet><item><snapshotId>{SNAPSHOT}</snapshotId><returnCode>success</returnCode></item></deleteSnapshotResultSet></DeregisterImageResponse>"
    );
    let answers = [
        ("DescribeImages", image.as_str()),
        ("DescribeImageAttribute", UNSHARED),
        ("DeregisterImage", deregistered.as_str()),
    ];
    let (cloud, aws) = book(&answers);
    let image = id(IMAGE);
    let both = [id(SNAPSHOT), id(DATA_SNAPSHOT)];
    let (removal, gone) = aws.delete_image(&here(), &image, &both).await.unwrap();
    assert_eq!((removal, gone.len()), (Removal::Gone, 1));
    cloud.asked("DeregisterImage", "recorded-DeregisterImage");
    let (cloud, aws) = book(&answers);
    let (_, gone) = aws.delete_image(&here(), &image, &both[1..]).await.unwrap();
    assert_eq!(gone.len(), 0, "what was not to go is nothing to us");
    cloud.asked_for("DeregisterImage");
}

#[tokio::test]
async fn an_image_that_would_not_be_licensed_is_given_up_and_made_of_the_machine() {
    let like = format!("{ARM}<platformDetails>Windows</platformDetails>");
    let (cloud, aws) = book(&[
        ("DescribeInstances", &machine(&like)),
        ("DescribeImages", &images("Linux/UNIX")),
        ("DescribeVolumes", VOLUMES),
        ("RegisterImage", REGISTERED),
        ("DeregisterImage", DEREGISTERED),
        (
            "CreateImage",
            "<CreateImageResponse><imageId>ami-of-machine</imageId></CreateImageResponse>",
        ),
    ]);
    let order = image_order(&[(ROOT, SNAPSHOT)]);
    let image = aws.make_image(&here(), &order).await.unwrap();
    assert_eq!(image.as_str(), "ami-of-machine");
    cloud.asked_for("DeregisterImage");
    cloud.asked_for("CreateImage");
    let asked = cloud.asked.lock().unwrap();
    let registered = asked.iter().find(|it| it.0 == "RegisterImage").unwrap();
    let tag = ("TagSpecification.1.Tag.3.Key", "skywarden:platform");
    let tag = (tag.0.to_owned(), tag.1.to_owned());
    assert!(
        registered.1.pairs.contains(&tag),
        "it says what it is to be: {registered:?}"
    );
}

#[tokio::test]
async fn who_uses_images_is_asked_by_the_book() {
    let version = |number: u32, is_default: bool| {
        format!(
            "<item><launchTemplateId>lt-0abc</launchTemplateId><versionNumber>{number}</versionNumber><defaultVersion>{is_default}</defaultVersion>
            <launchTemplateData><imageId>ami-{number}</imageId></launchTemplateData></item>"
        )
    };
    let versions = format!(
        "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet>{}{}</launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
        version(1, true),
        version(3, false)
    );
    let (cloud, aws) = book(&[
        ("DescribeInstances", &machine("<imageId>ami-03cf127a</imageId>")),
        ("DescribeLaunchTemplateVersions", &versions),
        ("DescribeAutoScalingGroups", "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>
            <member><AutoScalingGroupName>web</AutoScalingGroupName><LaunchTemplate><LaunchTemplateId>lt-0abc</LaunchTemplateId><Version>$Latest</Version></LaunchTemplate></member>
            </AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"),
        ("DescribeLaunchConfigurations", "<DescribeLaunchConfigurationsResponse><DescribeLaunchConfigurationsResult><LaunchConfigurations>
            <member><LaunchConfigurationName>old</LaunchConfigurationName><ImageId>ami-9</ImageId></member></LaunchConfigurations></DescribeLaunchConfigurationsResult></DescribeLaunchConfigurationsResponse>"),
    ]);
    let uses = rows(aws.image_uses(&here())).await;
    let uses: Vec<_> = uses
        .iter()
        .map(|it| format!("{} {}", it.image, it.user))
        .collect();
    assert_eq!(
        uses,
        [
            format!("ami-03cf127a {MACHINE}"),
            "ami-1 lt-0abc:1".to_owned(),
            "ami-3 lt-0abc:3".to_owned(),
            "ami-3 auto-scaling-group/web".to_owned(),
            "ami-9 launch-configuration/old".to_owned(),
        ]
    );
    let versions = "DescribeLaunchTemplateVersions";
    cloud.asked(versions, "DescribeLaunchTemplateVersions-ends");
    cloud.asked(versions, "DescribeLaunchTemplateVersions-of-one");
    cloud.asked_for("DescribeAutoScalingGroups");
    cloud.asked_for("DescribeLaunchConfigurations");
}

#[tokio::test]
async fn who_uses_some_images_is_asked_of_the_machines_of_those_images() {
    let (cloud, aws) = book(&[
        (
            "DescribeInstances",
            "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
        ),
        (
            "DescribeLaunchTemplateVersions",
            "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet/></DescribeLaunchTemplateVersionsResponse>",
        ),
        (
            "DescribeAutoScalingGroups",
            "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>",
        ),
        (
            "DescribeLaunchConfigurations",
            "<DescribeLaunchConfigurationsResponse><DescribeLaunchConfigurationsResult><LaunchConfigurations/></DescribeLaunchConfigurationsResult></DescribeLaunchConfigurationsResponse>",
        ),
    ]);
    let filters = |cloud: &Scripted| -> Vec<String> {
        let asked = cloud.asked.lock().unwrap();
        let asked = asked.iter().rfind(|it| it.0 == "DescribeInstances");
        let pairs = asked.unwrap().1.pairs.iter();
        let filters = pairs.filter(|(name, _)| name.starts_with("Filter."));
        filters
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    };
    let many = |count: usize| -> Vec<ResourceId> {
        (1..=count).map(|it| id(&format!("ami-{it}"))).collect()
    };
    rows(aws.image_uses_of(&here(), &many(2))).await;
    let named = ["Name=image-id", "Value.1=ami-1", "Value.2=ami-2"];
    assert_eq!(filters(&cloud), named.map(|it| format!("Filter.1.{it}")));
    // As many as no filter takes are looked for in all.
    for images in [many(201), many(0)] {
        rows(aws.image_uses_of(&here(), &images)).await;
        assert_eq!(filters(&cloud), [""; 0]);
    }
}

#[tokio::test]
async fn machines_are_tagged_stopped_removed_and_started_by_the_book() {
    let like = "<instanceState><name>stopped</name></instanceState><instanceType>m7g.large</instanceType><keyName>ops</keyName>
        <iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/web</arn></iamInstanceProfile><subnetId>subnet-1</subnetId>
        <groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2</groupId></item></groupSet><ebsOptimized>true</ebsOptimized>
        <placement><tenancy>dedicated</tenancy></placement><metadataOptions><httpTokens>required</httpTokens>
        <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>";
    let (cloud, aws) = book(&[
        ("DescribeInstances", &machine(like)),
        (
            "CreateTags",
            "<CreateTagsResponse><return>true</return></CreateTagsResponse>",
        ),
        (
            "StopInstances",
            "<StopInstancesResponse><instancesSet/></StopInstancesResponse>",
        ),
        (
            "TerminateInstances",
            "<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>",
        ),
        (
            "ReleaseAddress",
            "<ReleaseAddressResponse><return>true</return></ReleaseAddressResponse>",
        ),
        (
            "RunInstances",
            "<RunInstancesResponse><instancesSet><item><instanceId>i-new</instanceId></item></instancesSet></RunInstancesResponse>",
        ),
    ]);
    let region = here();
    let marks = tags(&[("k", "v v/+=")]);
    aws.put_tags(&region, Taggable::Snapshot, &[id(SNAPSHOT)], &marks)
        .await
        .unwrap();
    cloud.asked("CreateTags", "recorded-CreateTags");
    aws.stop_machine(&region, &id(MACHINE)).await.unwrap();
    cloud.asked_for("StopInstances");
    let removal = aws.delete_machine(&region, &id(MACHINE)).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    cloud.asked_for("TerminateInstances");
    aws.release_address(&region, &id("eipalloc-0123"))
        .await
        .unwrap();
    cloud.asked_for("ReleaseAddress");
    let order = BesideOrder {
        like: id(MACHINE),
        image: id(IMAGE),
        name: "web-restored".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    assert_eq!(
        aws.run_beside(&region, &order).await.unwrap().as_str(),
        "i-new"
    );
    cloud.asked_for("RunInstances");
}

#[tokio::test]
async fn a_machine_that_runs_is_never_terminated() {
    let running = machine("<instanceState><name>running</name></instanceState>");
    let (cloud, aws) = book(&[("DescribeInstances", &running)]);
    let removal = aws.delete_machine(&here(), &id(MACHINE)).await.unwrap();
    assert_eq!(removal, Removal::Held("running".to_owned()));
    let asked = cloud.asked.lock().unwrap();
    assert!(
        asked.iter().all(|it| it.0 == "DescribeInstances"),
        "{asked:?}"
    );
}

fn rule() -> TrafficRule {
    TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 4,
    }
}

fn alarm(name: &str, tags: Tags) -> AlarmOrder {
    AlarmOrder {
        name: name.to_owned(),
        machine: id(MACHINE),
        address: None,
        rule: rule(),
        notify: id(TOPIC),
        tags,
    }
}

#[tokio::test]
async fn alarms_are_read_made_and_removed_by_the_book() {
    let (cloud, aws) = book(&[
        (
            "DescribeAlarms",
            r#"{"MetricAlarms":[],"CompositeAlarms":[]}"#,
        ),
        (
            "GetResources",
            r#"{"ResourceTagMappingList":[],"PaginationToken":""}"#,
        ),
        ("PutMetricAlarm", "{}"),
        ("DeleteAlarms", "{}"),
    ]);
    let region = here();
    assert_eq!(rows(aws.alarms(&region)).await, []);
    cloud.asked("DescribeAlarms", "recorded-DescribeAlarms");
    cloud.asked_for("GetResources");
    let seeds = alarm(&format!("{MACHINE}-网络流出流量警报"), Tags::new());
    aws.create_alarm(&region, &seeds).await.unwrap();
    cloud.asked("PutMetricAlarm", "recorded-PutMetricAlarm");
    let ours = alarm("out", tags(&[(STEP_TAG, STEP)]));
    let made = aws.create_alarm(&region, &ours).await.unwrap();
    cloud.asked_for("PutMetricAlarm");
    cloud.asked("DescribeAlarms", "DescribeAlarms-named");
    aws.delete_alarm(&region, &made).await.unwrap();
    cloud.asked_for("DeleteAlarms");
}

#[tokio::test]
async fn an_alarm_that_is_there_is_never_put_again() {
    let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:out";
    let there = format!("{{\"MetricAlarms\":[{{\"AlarmName\":\"out\",\"AlarmArn\":\"{arn}\"}}]}}");
    let (cloud, aws) = book(&[
        ("DescribeAlarms", &there),
        (
            "ListTagsForResource",
            r#"{"Tags":[{"Key":"a","Value":"b"}]}"#,
        ),
        ("PutMetricAlarm", "{}"),
    ]);
    let error = aws
        .create_alarm(&here(), &alarm("out", Tags::new()))
        .await
        .unwrap_err();
    assert_eq!(error.kind, cloud::ErrorKind::Exists);
    let named = aws.alarms_named(&here(), "out").await.unwrap();
    assert_eq!(named[0].tags["a"], "b");
    cloud.asked_for("ListTagsForResource");
    let asked = cloud.asked.lock().unwrap();
    assert!(asked.iter().all(|it| it.0 != "PutMetricAlarm"));
}

#[tokio::test]
async fn topics_and_their_listeners_are_asked_by_the_book() {
    let topics = format!(
        "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics></ListTopicsResult></ListTopicsResponse>"
    );
    let subscription = |arn: &str, endpoint: &str| {
        format!(
            "<member><SubscriptionArn>{arn}</SubscriptionArn><Endpoint>{endpoint}</Endpoint><TopicArn>{TOPIC}</TopicArn></member>"
        )
    };
    let subscriptions = format!(
        "<ListSubscriptionsResponse><ListSubscriptionsResult><Subscriptions>{}{}{}</Subscriptions></ListSubscriptionsResult></ListSubscriptionsResponse>",
        subscription(&format!("{TOPIC}:1"), "a@example.com"),
        subscription("PendingConfirmation", "ops@example.invalid"),
        subscription("Deleted", "b@example.com"),
    );
    let made = format!(
        "<CreateTopicResponse><CreateTopicResult><TopicArn>{TOPIC}</TopicArn></CreateTopicResult></CreateTopicResponse>"
    );
    let (cloud, aws) = book(&[
        ("ListTopics", &topics),
        ("ListSubscriptions", &subscriptions),
        ("CreateTopic", &made),
        (
            "Subscribe",
            "<SubscribeResponse><SubscribeResult><SubscriptionArn>pending confirmation</SubscriptionArn></SubscribeResult></SubscribeResponse>",
        ),
    ]);
    let region = here();
    let targets = rows(aws.targets(&region)).await;
    assert_eq!(
        (targets[0].name.as_str(), targets[0].listeners),
        ("ec2-NetworkOut-Alarm", 1)
    );
    assert_eq!(targets[0].unconfirmed, ["ops@example.invalid"]);
    cloud.asked("ListTopics", "recorded-ListTopics");
    cloud.asked_for("ListSubscriptions");
    let topic = aws
        .create_target(&region, "ec2-NetworkOut-Alarm")
        .await
        .unwrap();
    cloud.asked("CreateTopic", "recorded-CreateTopic");
    aws.subscribe(&region, &topic, "ops@example.invalid")
        .await
        .unwrap();
    cloud.asked("Subscribe", "recorded-Subscribe");
}

#[tokio::test]
async fn traffic_is_asked_of_many_machines_at_once() {
    let answer = r#"{"MetricDataResults":[{"Id":"m1","Timestamps":[1794621600],"Values":[5.0],"StatusCode":"Complete"},
        {"Id":"m0","Timestamps":[],"Values":[],"StatusCode":"Complete"}]}"#;
    let (cloud, aws) = book(&[("GetMetricData", answer)]);
    let machines = [id(MACHINE), id("i-0b")];
    let (from, to) = (now() - SignedDuration::from_hours(7 * 24), now());
    let traffic = aws
        .traffic(&here(), &machines, &rule(), from, to)
        .await
        .unwrap();
    cloud.asked_for("GetMetricData");
    assert_eq!(traffic.len(), 2);
    assert_eq!((traffic[0].points.len(), traffic[1].points[0].1), (0, 5));
}

#[tokio::test]
async fn what_the_cloud_itself_keeps_is_asked_by_the_book() {
    let (cloud, aws) = book(&[
        (
            "GET /policies",
            r#"{"Policies":[{"PolicyId":"policy-0abc"}]}"#,
        ),
        (
            "GET /policies/policy-0abc",
            r#"{"Policy":{"PolicyId":"policy-0abc","State":"ENABLED","PolicyDetails":{"ResourceTypes":["VOLUME"],"TargetTags":[{"Key":"backup","Value":"yes"}]}}}"#,
        ),
        (
            "GET /backup/plans/",
            r#"{"BackupPlansList":[{"BackupPlanId":"plan-1"}]}"#,
        ),
        (
            "GET /backup/plans/plan-1/selections/",
            r#"{"BackupSelectionsList":[{"SelectionId":"s-1"}]}"#,
        ),
        (
            "GET /backup/plans/plan-1/selections/s-1",
            r#"{"BackupSelection":{"Resources":["*"]}}"#,
        ),
        (
            "GET /resources/",
            r#"{"Results":[{"ResourceArn":"arn:aws:ec2:us-east-1:1:instance/i-1","LastBackupTime":1795200000},
            {"ResourceArn":"arn:aws:ec2:us-east-1:1:instance/i-long-ago","LastBackupTime":1600000000}]}"#,
        ),
    ]);
    let kept = rows(aws.protections(&here()).unwrap()).await;
    let kept: Vec<_> = kept
        .iter()
        .map(|it| format!("{} {:?}", it.policy, it.covers))
        .collect();
    assert_eq!(
        kept,
        [
            r#"policy-0abc DisksTagged({"backup": "yes"})"#,
            r#"protected-resources These([ResourceId("i-1")])"#,
        ]
    );
    for (path, name) in [
        ("/policies", "GetLifecyclePolicies"),
        ("/policies/policy-0abc", "GetLifecyclePolicy"),
        ("/backup/plans/", "ListBackupPlans"),
        ("/backup/plans/plan-1/selections/", "ListBackupSelections"),
        ("/backup/plans/plan-1/selections/s-1", "GetBackupSelection"),
        ("/resources/", "ListProtectedResources"),
    ] {
        cloud.asked(&format!("GET {path}"), name);
    }
}

#[tokio::test]
async fn a_key_is_asked_for_by_the_book() {
    let answer = r#"{"KeyMetadata":{"KeyId":"1","KeyState":"Disabled","Enabled":false}}"#;
    let (cloud, aws) = book(&[("DescribeKey", answer)]);
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let state = aws.key_state(&here(), &ResourceId::new(key)).await;
    assert_eq!(state.unwrap(), KeyState::Disabled);
    cloud.asked_for("DescribeKey");
}
