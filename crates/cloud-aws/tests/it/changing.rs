//! What is made and removed, over the wire: once, whatever becomes of the answer.

use std::time::Duration;

use cloud::{
    Alarms as _, BesideOrder, Copies as _, DiskOrder, Disks as _, ErrorKind, ImageMaking as _,
    MachineChanges as _, Machines as _, Removal, Taggable,
};
use cloud_aws::Aws;
use cloudsim::world::alarms::{Alarm, Target};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::images::{Build, Template};
use cloudsim::world::machines::{Machine, MachineState, ScalingGroup};
use cloudsim::world::network::Address;
use cloudsim::world::protections::Policy;
use cloudsim::world::storage::{Disk, Image};
use cloudsim::world::traffic::Load;
use cloudsim::{Account, Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmMetric, AlarmOrder, CopyOrder, CopyState, Covers, DiskState, ImageOrder, RegionId,
    ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, Tags, TrafficRule, Watches,
};

use crate::stand::{NUMBER, REGION, Stand, UID, days, now, region, rows, shop};

const MACHINE: &str = "i-0aaaaaaaaaaaaaaa1";
const ROOT: &str = "vol-0aaaaaaaaaaaaaaa1";
const DATA: &str = "vol-0aaaaaaaaaaaaaaa2";
const OTHER: &str = "vol-0aaaaaaaaaaaaaaa3";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const TOPIC: &str = "ec2-NetworkOut-Alarm";

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let owned = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    owned.collect()
}

/// What a machine of today's cheaper sort needs to start.
fn graviton() -> Build {
    Build {
        architecture: "arm64".to_owned(),
        boot_mode: "uefi".to_owned(),
        tpm: "v2.0".to_owned(),
        ..Build::default()
    }
}

fn plant(here: &mut Holdings) {
    let machine = Machine::new(MACHINE, "web", days(-9)).build(graviton());
    here.add_machine(machine);
    let device = |name: &str, disk: Disk| Disk {
        device: name.to_owned(),
        category: "gp3".to_owned(),
        ..disk
    };
    here.add_disk(device(
        "/dev/xvda",
        Disk::new(ROOT, 20, days(-9)).system_of(MACHINE),
    ));
    here.add_disk(device(
        "/dev/sdf",
        Disk::new(DATA, 100, days(-9)).data_of(MACHINE),
    ));
    here.add_disk(device(
        "/dev/sdg",
        Disk::new(OTHER, 10, days(-9)).data_of(MACHINE),
    ));
}

async fn stand_of(account: Account) -> (Stand, Aws) {
    let stand = Stand::of(account).await;
    let aws = stand.aws();
    (stand, aws)
}

async fn stand() -> (Stand, Aws) {
    stand_of(shop().holding(REGION, plant)).await
}

fn set() -> SetId {
    SetId::parse(&format!("{MACHINE}/20261121T020000Z")).unwrap()
}

fn order(disks: &[(&str, bool)]) -> SetOrder {
    let disk = |it: &(&str, bool)| SetDisk {
        disk: id(it.0),
        root: it.1,
    };
    SetOrder {
        set: set(),
        disks: disks.iter().map(disk).collect(),
        name: "web".to_owned(),
        tags: tags(&[("AutoSnapshot", "true"), (SET_TAG, &set().to_string())]),
        root_tags: tags(&[("RootDeviceSnapshot", "true")]),
    }
}

const TWO: &[(&str, bool)] = &[(ROOT, true), (DATA, false)];

fn fail(stand: &Stand, action: &str, effect: Effect) {
    stand
        .sim
        .faults()
        .add(Fault::new(effect).action(action).times(1));
}

fn throttled() -> Effect {
    Effect::Throttle {
        code: Some("RequestLimitExceeded".to_owned()),
        status: Some(503),
        retry_after_ms: None,
    }
}

fn made(stand: &Stand, sort: Sort) -> usize {
    stand.sim.world().done(Act::Created, sort).len()
}

/// Makes a set of two disks and waits until it is whole.
async fn whole_set(stand: &Stand, aws: &Aws) -> Vec<(ResourceId, ResourceId)> {
    let made = aws.create_set(&region(), &order(TWO)).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let root = (id(ROOT), made[&id(ROOT)].clone());
    vec![root, (id(DATA), made[&id(DATA)].clone())]
}

#[tokio::test]
async fn a_set_is_begun_in_one_call_and_is_whole_after_a_while() {
    let (stand, aws) = stand().await;
    let made = aws.create_set(&region(), &order(TWO)).await.unwrap();
    assert_eq!(made.keys().collect::<Vec<_>>(), [&id(ROOT), &id(DATA)]);
    assert_eq!(stand.calls("CreateSnapshots"), 1);
    let begun = aws.of_set(&region(), &set()).await.unwrap();
    assert_eq!(begun.len(), 2);
    for snapshot in &begun {
        assert_eq!(snapshot.state, CopyState::Pending);
        assert_eq!(snapshot.name, "web");
        let is_root = snapshot.disk == Some(id(ROOT));
        let tag = snapshot.tags.get("RootDeviceSnapshot");
        assert_eq!(tag.is_some(), is_root, "{snapshot:?}");
    }
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let mut ids: Vec<ResourceId> = made.into_values().collect();
    ids.push(id("snap-0fffffffffffffff9"));
    let found = aws.snapshots_by_id(&region(), &ids).await.unwrap();
    assert_eq!(found.len(), 2, "one that there is not is left out");
    assert!(found.iter().all(|it| it.state == CopyState::Ready));
}

#[tokio::test]
async fn a_set_without_the_root_or_of_one_disk_holds_just_that() {
    let (stand, aws) = stand().await;
    let of = |disks: &'static [(&'static str, bool)]| {
        let aws = aws.clone();
        async move {
            let made = aws.create_set(&region(), &order(disks)).await.unwrap();
            made.into_keys()
                .map(|it| it.to_string())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(of(&[(DATA, false), (OTHER, false)]).await, [DATA, OTHER]);
    assert_eq!(of(&[(ROOT, true)]).await, [ROOT]);
    assert_eq!(made(&stand, Sort::Snapshot), 3);
    let foreign = order(&[(ROOT, true), ("vol-0bbbbbbbbbbbbbbb9", false)]);
    let error = aws.create_set(&region(), &foreign).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("vol-0bbbbbbbbbbbbbbb9"), "{error}");
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_set_and_the_tag_tells_of_the_first() {
    let (stand, aws) = stand().await;
    fail(&stand, "CreateSnapshots", Effect::LostAnswer);
    let error = aws.create_set(&region(), &order(TWO)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered, "{error}");
    assert_eq!(stand.calls("CreateSnapshots"), 1);
    assert_eq!(aws.of_set(&region(), &set()).await.unwrap().len(), 2);
    fail(&stand, "CreateSnapshots", Effect::Status { status: 502 });
    let others = order(&[(DATA, false), (OTHER, false)]);
    let error = aws.create_set(&region(), &others).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Busy);
    assert_eq!(stand.calls("CreateSnapshots"), 2);
}

#[tokio::test]
async fn a_create_that_was_throttled_has_not_happened_and_is_asked_again() {
    let (stand, aws) = stand().await;
    fail(&stand, "CreateSnapshots", throttled());
    aws.create_set(&region(), &order(TWO)).await.unwrap();
    assert_eq!(stand.calls("CreateSnapshots"), 2);
    assert_eq!(made(&stand, Sort::Snapshot), 2);
}

#[tokio::test]
async fn a_disk_that_had_too_many_of_late_is_put_off() {
    let (stand, aws) = stand().await;
    aws.create_set(&region(), &order(TWO)).await.unwrap();
    let error = aws.create_set(&region(), &order(TWO)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater, "{error}");
    assert_eq!(error.code, "SnapshotCreationPerVolumeRateExceeded");
    stand
        .sim
        .world()
        .set_rules(UID, |it| it.most_snapshots = Some(2));
    stand.sim.world().advance(SignedDuration::from_mins(1));
    let error = aws.create_set(&region(), &order(TWO)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exhausted, "{error}");
}

#[tokio::test]
async fn the_root_is_tagged_as_soon_as_it_is_seen() {
    let (stand, aws) = stand().await;
    let young = Effect::Refused {
        status: 400,
        code: "InvalidSnapshot.NotFound".to_owned(),
        message: "The snapshot does not exist.".to_owned(),
    };
    let fault = Fault::new(young).action("CreateTags").times(2);
    stand.sim.faults().add(fault);
    aws.create_set(&region(), &order(TWO)).await.unwrap();
    assert_eq!(stand.calls("CreateTags"), 3);
    assert!(stand.elapsed() >= Duration::from_secs(3));
    fail(&stand, "CreateTags", Effect::Denied);
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let all = aws.create_set(&region(), &order(TWO)).await.unwrap();
    assert_eq!(all.len(), 2, "it is begun, whatever becomes of the tag");
}

#[tokio::test]
async fn a_snapshot_goes_stays_or_was_gone() {
    let (stand, aws) = stand().await;
    let set = whole_set(&stand, &aws).await;
    let (root, data) = (&set[0].1, &set[1].1);
    let order = image_order("web-2026-W47", &set[..1]);
    let image = aws.make_image(&region(), &order).await.unwrap();
    let held = aws.delete_snapshot(&region(), root).await.unwrap();
    assert_eq!(held, Removal::Held(image.to_string()));
    fail(&stand, "DeleteSnapshot", Effect::LostAnswer);
    let gone = aws.delete_snapshot(&region(), data).await.unwrap();
    assert_eq!(gone, Removal::WasGone, "the second asking finds nothing");
    assert_eq!(
        stand.sim.world().done(Act::Deleted, Sort::Snapshot).len(),
        1
    );
}

fn image_order(name: &str, snapshots: &[(ResourceId, ResourceId)]) -> ImageOrder {
    ImageOrder {
        machine: id(MACHINE),
        name: name.to_owned(),
        snapshots: snapshots.to_vec(),
        tags: tags(&[("AutoAMI", "true"), (SET_TAG, &set().to_string())]),
    }
}

#[tokio::test]
async fn an_image_needs_to_start_what_its_machine_needs() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    let order = image_order("web-2026-W47", &snapshots);
    let made = aws.make_image(&region(), &order).await.unwrap();
    let world = stand.sim.world().truth(UID, REGION);
    let image = world.images.get(made.as_str()).unwrap();
    assert_eq!(image.build, graviton());
    let devices: Vec<_> = image.devices.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(devices, ["/dev/xvda", "/dev/sdf"]);
    stand.sim.world().advance(SignedDuration::from_hours(1));
    let found = aws.images_of_set(&region(), &set()).await.unwrap();
    assert_eq!((found.len(), &found[0].state), (1, &CopyState::Ready));
    let again = aws.make_image(&region(), &order).await.unwrap_err();
    assert_eq!(again.kind, ErrorKind::Exists, "{again}");
    let both: Vec<ResourceId> = snapshots.into_iter().map(|it| it.1).collect();
    let (removal, gone) = aws.delete_image(&region(), &made, &both).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    assert!(both.iter().all(|it| gone[it] == Removal::Gone), "{gone:?}");
    let (removal, _) = aws.delete_image(&region(), &made, &both).await.unwrap();
    assert_eq!(removal, Removal::WasGone);
    assert_eq!(aws.images_by_id(&region(), &[made]).await.unwrap(), []);
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_image() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    fail(&stand, "RegisterImage", Effect::LostAnswer);
    let order = image_order("web-2026-W47", &snapshots);
    let error = aws.make_image(&region(), &order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    assert_eq!(made(&stand, Sort::Image), 1);
    let found = aws.images_of_set(&region(), &set()).await.unwrap();
    assert_eq!(found[0].name, "web-2026-W47");
}

#[tokio::test]
async fn an_image_with_a_snapshot_that_is_to_stay_goes_alone() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    let order = image_order("web-2026-W47", &snapshots);
    let image = aws.make_image(&region(), &order).await.unwrap();
    let root = [snapshots[0].1.clone()];
    let (removal, gone) = aws.delete_image(&region(), &image, &root).await.unwrap();
    assert_eq!((removal, gone.len()), (Removal::Gone, 0));
    assert_eq!(
        stand.sim.world().done(Act::Deleted, Sort::Snapshot).len(),
        0
    );
}

#[tokio::test]
async fn an_image_that_others_use_or_that_is_protected_stays() {
    let account = shop().holding(REGION, |here| {
        let mut shared = Image::new("ami-0aaaaaaaaaaaaaaa1", "shared", &[], days(-9));
        shared.shared_with.push("210987654321".to_owned());
        here.add_image(shared);
        let mut protected = Image::new("ami-0aaaaaaaaaaaaaaa2", "protected", &[], days(-9));
        protected.protected = true;
        here.add_image(protected);
    });
    let (stand, aws) = stand_of(account).await;
    for (image, by) in [
        ("ami-0aaaaaaaaaaaaaaa1", "shared with 210987654321"),
        ("ami-0aaaaaaaaaaaaaaa2", "protected"),
    ] {
        let (removal, _) = aws.delete_image(&region(), &id(image), &[]).await.unwrap();
        assert_eq!(removal, Removal::Held(by.to_owned()), "{image}");
    }
    assert_eq!(stand.sim.world().done(Act::Deleted, Sort::Image).len(), 0);
    let found = aws
        .images_by_id(&region(), &[id("ami-0aaaaaaaaaaaaaaa2")])
        .await
        .unwrap();
    assert!(found[0].held_by.is_some(), "its protection is in the list");
}

#[tokio::test]
async fn who_uses_an_image_is_found_wherever_it_is_said() {
    let account = shop().holding(REGION, |here| {
        for number in 0..600 {
            let machine = Machine::new(format!("i-{number:017x}"), "", days(-1));
            here.add_machine(machine.image("ami-0aaaaaaaaaaaaaaa1"));
        }
        let mut template = Template::new("lt-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb1", days(-9));
        template.images.push("ami-0bbbbbbbbbbbbbbb2".to_owned());
        template.images.push("ami-0bbbbbbbbbbbbbbb3".to_owned());
        here.add_template(template);
        let mut group = ScalingGroup::new("web", days(-9));
        group.template = Some("lt-0aaaaaaaaaaaaaaa1".to_owned());
        here.add_group(group);
    });
    let (_stand, aws) = stand_of(account).await;
    let uses = rows(aws.image_uses(&region())).await;
    let of = |image: &str| {
        let uses = uses.iter().filter(|it| it.image.as_str() == image);
        uses.map(|it| it.user.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("ami-0aaaaaaaaaaaaaaa1").len(), 600);
    let first = of("ami-0bbbbbbbbbbbbbbb1");
    assert!(first.contains(&"lt-0aaaaaaaaaaaaaaa1:1"), "{first:?}");
    assert_eq!(of("ami-0bbbbbbbbbbbbbbb2"), ["lt-0aaaaaaaaaaaaaaa1:2"]);
    let groups = uses.iter().filter(|it| it.user == "auto-scaling-group/web");
    assert_eq!(groups.count(), 1);
}

#[tokio::test]
async fn a_copy_in_another_region_says_of_which_disk_it_is() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    let there = RegionId::new("us-east-1");
    let order = CopyOrder {
        snapshot: snapshots[0].1.clone(),
        from: region(),
        key: None,
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    fail(&stand, "CopySnapshot", Effect::LostAnswer);
    let error = aws.copy_snapshot(&there, &order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    let found = aws.of_set(&there, &set()).await.unwrap();
    assert_eq!(
        found.len(),
        1,
        "it is looked for there before it is made again"
    );
    assert_eq!(found[0].disk, Some(id(ROOT)));
}

fn disk_order(snapshot: &ResourceId) -> DiskOrder {
    DiskOrder {
        snapshot: snapshot.clone(),
        zone: format!("{REGION}a"),
        category: None,
        name: "proof".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    }
}

#[tokio::test]
async fn a_disk_is_made_once_put_on_taken_off_and_removed() {
    let (stand, aws) = stand().await;
    let here = region();
    let snapshots = whole_set(&stand, &aws).await;
    fail(&stand, "CreateVolume", Effect::LostAnswer);
    let disk = aws
        .create_disk(&here, &disk_order(&snapshots[0].1))
        .await
        .unwrap();
    assert_eq!(made(&stand, Sort::Disk), 1, "its token makes twice once");
    let found = aws.disks_of_step(&here, STEP).await.unwrap();
    assert_eq!(found[0].id, disk);
    stand.sim.world().advance(SignedDuration::from_mins(1));
    fail(&stand, "AttachVolume", Effect::LostAnswer);
    let machine = id(MACHINE);
    stand
        .sim
        .world()
        .set_rules(UID, |it| it.attach_takes = SignedDuration::ZERO);
    aws.attach_disk(&here, &disk, &machine, None).await.unwrap();
    let found = aws
        .disks_by_id(&here, std::slice::from_ref(&disk))
        .await
        .unwrap();
    assert_eq!(found[0].state, DiskState::Attached(vec![machine.clone()]));
    assert_eq!(found[0].device, "/dev/sdh", "f and g are taken");
    let held = aws.delete_disk(&here, &disk).await.unwrap();
    assert_eq!(held, Removal::Held(MACHINE.to_owned()));
    aws.detach_disk(&here, &disk, &machine).await.unwrap();
    aws.detach_disk(&here, &disk, &machine).await.unwrap();
    assert_eq!(aws.delete_disk(&here, &disk).await.unwrap(), Removal::Gone);
    assert_eq!(
        aws.delete_disk(&here, &disk).await.unwrap(),
        Removal::WasGone
    );
}

#[tokio::test]
async fn a_machine_beside_another_is_started_once() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    let image = image_order("web-2026-W47", &snapshots);
    let image = aws.make_image(&region(), &image).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_hours(1));
    fail(&stand, "RunInstances", Effect::LostAnswer);
    let order = BesideOrder {
        like: id(MACHINE),
        image,
        name: "web-restored".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    let started = aws.run_beside(&region(), &order).await.unwrap();
    assert_eq!(made(&stand, Sort::Machine), 1);
    let found = aws.machines_of_step(&region(), STEP).await.unwrap();
    assert_eq!(found, [started]);
}

#[tokio::test]
async fn a_machine_is_stopped_tagged_and_removed_and_a_protected_one_stays() {
    let account = shop().holding(REGION, |here| {
        here.add_machine(Machine::new(MACHINE, "", days(-9)));
        let other = Machine::new("i-0aaaaaaaaaaaaaaa2", "", days(-9));
        here.add_machine(other.state(MachineState::Stopped).protected());
        here.add_address(Address::new(
            "eipalloc-0aaaaaaaaaaaaaaa1",
            "203.0.113.1",
            days(-9),
        ));
    });
    let (stand, aws) = stand_of(account).await;
    let (here, machine) = (region(), id(MACHINE));
    let ids = std::slice::from_ref(&machine);
    aws.put_tags(&here, Taggable::Machine, ids, &tags(&[("a", "b")]))
        .await
        .unwrap();
    let running = aws.delete_machine(&here, &machine).await.unwrap();
    assert_eq!(running, Removal::Held("running".to_owned()));
    aws.stop_machine(&here, &machine).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_mins(5));
    aws.stop_machine(&here, &machine).await.unwrap();
    let found = aws.machines_by_id(&here, ids).await.unwrap();
    assert_eq!(found[0].state, model::MachineState::Stopped);
    assert_eq!(found[0].tags["a"], "b");
    assert_eq!(
        aws.delete_machine(&here, &machine).await.unwrap(),
        Removal::Gone
    );
    let protected = aws
        .delete_machine(&here, &id("i-0aaaaaaaaaaaaaaa2"))
        .await
        .unwrap();
    assert_eq!(protected, Removal::Held("protected".to_owned()));
    let address = id("eipalloc-0aaaaaaaaaaaaaaa1");
    assert_eq!(
        aws.release_address(&here, &address).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(
        aws.release_address(&here, &address).await.unwrap(),
        Removal::WasGone
    );
}

fn topic() -> String {
    format!("arn:aws:sns:{REGION}:{NUMBER}:{TOPIC}")
}

fn rule() -> TrafficRule {
    TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 4,
    }
}

fn alarm_order(name: &str) -> AlarmOrder {
    AlarmOrder {
        name: name.to_owned(),
        machine: id(MACHINE),
        address: None,
        rule: rule(),
        notify: id(&topic()),
        tags: tags(&[(STEP_TAG, STEP)]),
    }
}

#[tokio::test]
async fn every_page_of_alarms_is_read_and_none_is_ever_replaced() {
    let account = shop().holding(REGION, |here| {
        plant(here);
        for number in 0..230 {
            let name = format!("alarm-{number:03}");
            let alarm = Alarm::new(name, ("AWS/EC2", "NetworkOut"), days(-9));
            here.add_alarm(alarm.on("InstanceId", format!("i-{number:017x}")));
        }
        here.add_target(Target::new(topic(), TOPIC));
    });
    let (stand, aws) = stand_of(account).await;
    let here = region();
    let all = rows(aws.alarms(&here)).await;
    assert_eq!(all.len(), 230);
    assert!(
        all.iter()
            .all(|it| it.metric == AlarmMetric::Outbound && it.tags.is_empty())
    );
    assert_eq!(stand.calls("DescribeAlarms"), 3);
    let error = aws
        .create_alarm(&here, &alarm_order("alarm-229"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists);
    assert_eq!(made(&stand, Sort::Alarm), 0);

    fail(&stand, "PutMetricAlarm", Effect::LostAnswer);
    let error = aws
        .create_alarm(&here, &alarm_order("ours"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    assert_eq!(
        stand.calls("PutMetricAlarm"),
        1,
        "it would replace what a person has changed"
    );
    let ours = aws.alarms_named(&here, "ours").await.unwrap();
    assert_eq!(ours[0].tags[STEP_TAG], STEP);
    assert_eq!(ours[0].watches, Watches::These(vec![id(MACHINE)]));
    assert_eq!(ours[0].notifies, [topic()]);
    let listed = rows(aws.alarms(&here)).await;
    let tagged: Vec<_> = listed.iter().filter(|it| !it.tags.is_empty()).collect();
    assert_eq!((tagged.len(), tagged[0].name.as_str()), (1, "ours"));
    assert_eq!(
        aws.delete_alarm(&here, &id("ours")).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(aws.alarms_named(&here, "ours").await.unwrap(), []);
}

#[tokio::test]
async fn who_hears_a_topic_and_who_has_not_answered_is_told() {
    let account = shop().holding(REGION, |here| {
        let target = Target::new(topic(), TOPIC).heard_by("email", "a@example.com");
        here.add_target(target.invites("email", "b@example.com"));
        for number in 0..120 {
            let name = format!("t-{number}");
            here.add_target(Target::new(
                format!("arn:aws:sns:{REGION}:{NUMBER}:{name}"),
                name,
            ));
        }
    });
    let (_stand, aws) = stand_of(account).await;
    let here = region();
    let targets = rows(aws.targets(&here)).await;
    assert_eq!(targets.len(), 121);
    let ours = targets.iter().find(|it| it.name == TOPIC).unwrap();
    assert_eq!(
        (ours.listeners, ours.unconfirmed.as_slice()),
        (1, &["b@example.com".to_owned()][..])
    );
    let again = aws.create_target(&here, TOPIC).await.unwrap();
    assert_eq!(again.as_str(), topic(), "one that is there is it");
    aws.subscribe(&here, &again, "c@example.com").await.unwrap();
    let targets = rows(aws.targets(&here)).await;
    let ours = targets.iter().find(|it| it.name == TOPIC).unwrap();
    assert_eq!(ours.unconfirmed.len(), 2);
}

#[tokio::test]
async fn a_week_of_traffic_of_many_machines_comes_whole() {
    let many = 130;
    let account = shop().holding(REGION, |here| {
        for number in 0..many {
            let machine = format!("i-{number:017x}");
            here.add_machine(Machine::new(&machine, "", days(-30)));
            here.loads.insert(machine, Load::steady(1_000));
        }
    });
    let (stand, aws) = stand_of(account).await;
    let mut machines: Vec<_> = (0..many).map(|it| id(&format!("i-{it:017x}"))).collect();
    machines.push(id("i-0fffffffffffffff9"));
    let week = (days(-7), now());
    let traffic = aws
        .traffic(&region(), &machines, &rule(), week.0, week.1)
        .await
        .unwrap();
    assert_eq!(traffic.len(), many + 1);
    for of_one in &traffic[..many] {
        assert_eq!(of_one.points.len(), 7 * 288, "{}", of_one.machine);
        assert!(of_one.points.iter().all(|it| it.1 == 5_000));
    }
    assert_eq!(traffic[many].points, [], "no data is no points");
    assert!(
        stand.calls("GetMetricData") >= 3,
        "a page has so many points at most"
    );
}

#[tokio::test]
async fn what_the_cloud_itself_keeps_is_told() {
    let account = shop().holding(REGION, |here| {
        plant(here);
        here.add_policy(Policy::new("policy-0aaaaaaaaaaaaaaa1", "dlm").of_disks_tagged("a", "b"));
        here.add_policy(Policy::new("0a1b2c3d-backup", "backup").of_machine(MACHINE));
    });
    let (_stand, aws) = stand_of(account).await;
    let kept = rows(aws.protections(&region()).unwrap()).await;
    let services: Vec<_> = kept.iter().map(|it| it.service.as_str()).collect();
    assert_eq!(services, ["dlm", "backup"]);
    assert_eq!(kept[0].covers, Covers::DisksTagged(tags(&[("a", "b")])));
    assert_eq!(kept[1].covers, Covers::These(vec![id(MACHINE)]));
}

#[tokio::test]
async fn disks_and_machines_say_what_starts_from_what() {
    let (_stand, aws) = stand().await;
    let machines = rows(aws.machines(&region())).await;
    assert_eq!(machines[0].root_disk, Some(id(ROOT)));
    let disks = rows(aws.disks(&region())).await;
    let data = disks.iter().find(|it| it.id.as_str() == DATA).unwrap();
    assert_eq!(data.device, "/dev/sdf");
}

#[tokio::test]
async fn an_image_that_was_looked_at_just_before_is_not_looked_at_again() {
    let (stand, aws) = stand().await;
    let snapshots = whole_set(&stand, &aws).await;
    let order = image_order("web-2026-W47", &snapshots);
    let made = aws.make_image(&region(), &order).await.unwrap();
    let seen = aws.images_by_id(&region(), &[made]).await.unwrap();
    let both: Vec<ResourceId> = snapshots.into_iter().map(|it| it.1).collect();
    let before = stand.sim.stats().calls;
    let gone = aws.delete_seen_image(&region(), &seen[0], &both).await;
    let (removal, gone) = gone.unwrap();
    assert_eq!(removal, Removal::Gone);
    assert!(both.iter().all(|it| gone[it] == Removal::Gone), "{gone:?}");
    // With whom it is shared, and that it goes.
    assert_eq!(stand.sim.stats().calls - before, 2);
    let gone = aws.delete_seen_image(&region(), &seen[0], &both).await;
    assert_eq!(gone.unwrap().0, Removal::WasGone);
}
