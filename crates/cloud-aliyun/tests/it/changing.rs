//! What is made and removed, over the wire: once, whatever becomes of the answer.

use cloud::{
    Alarms as _, BesideOrder, Copies as _, DiskOrder, Disks as _, ErrorKind, ImageMaking as _,
    MachineChanges as _, Machines as _, Removal, Taggable,
};
use cloud_aliyun::Aliyun;
use cloudsim::world::alarms::{Alarm, Target};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::images::Template;
use cloudsim::world::machines::{Machine, MachineState};
use cloudsim::world::network::Address;
use cloudsim::world::protections::Policy;
use cloudsim::world::storage::Disk;
use cloudsim::world::traffic::Load;
use cloudsim::{Account, Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmMetric, AlarmOrder, CopyOrder, CopyState, Covers, DiskState, ImageOrder, RegionId,
    ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, Tags, TrafficRule, Watches,
};

use crate::stand::{Stand, UID, days, now, shop};

const REGION: &str = "cn-hangzhou";
const MACHINE: &str = "i-bp1aaaaaaaaaaaaaaaaa";
const ROOT: &str = "d-bp1aaaaaaaaaaaaaaaa1";
const DATA: &str = "d-bp1aaaaaaaaaaaaaaaa2";
/// Of a sort that cannot be in a group.
const SLOW: &str = "d-bp1aaaaaaaaaaaaaaaa3";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn region() -> RegionId {
    RegionId::new(REGION)
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let owned = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    owned.collect()
}

fn plant(here: &mut Holdings) {
    let machine = Machine {
        security_groups: vec!["sg-1".to_owned()],
        role: "web".to_owned(),
        ..Machine::new(MACHINE, "web", days(-9)).zone("cn-hangzhou-b")
    };
    here.add_machine(machine.public_ip("47.0.0.1"));
    let root = Disk::new(ROOT, 40, days(-9)).system_of(MACHINE);
    here.add_disk(root.category("cloud_essd").zone("cn-hangzhou-b"));
    let data = Disk::new(DATA, 100, days(-9)).data_of(MACHINE);
    here.add_disk(data.category("cloud_auto").zone("cn-hangzhou-b"));
    let slow = Disk::new(SLOW, 20, days(-9)).data_of(MACHINE);
    here.add_disk(slow.category("cloud_efficiency").zone("cn-hangzhou-b"));
}

async fn stand_of(account: Account) -> (Stand, Aliyun) {
    let stand = Stand::of(account).await;
    let aliyun = stand.aliyun();
    (stand, aliyun)
}

async fn stand() -> (Stand, Aliyun) {
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
const MIXED: &[(&str, bool)] = &[(ROOT, true), (SLOW, false)];

fn fail(stand: &Stand, action: &str, effect: Effect) {
    let fault = Fault::new(effect).action(action).times(1);
    stand.sim.faults().add(fault);
}

fn made(stand: &Stand, sort: Sort) -> usize {
    stand.sim.world().done(Act::Created, sort).len()
}

/// Makes a set of two disks and waits until it is whole.
async fn whole_set(stand: &Stand, aliyun: &Aliyun) -> Vec<(ResourceId, ResourceId)> {
    let made = aliyun.create_set(&region(), &order(TWO)).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let root = (id(ROOT), made[&id(ROOT)].clone());
    vec![root, (id(DATA), made[&id(DATA)].clone())]
}

#[tokio::test]
async fn a_set_is_made_as_a_group_or_one_by_one_and_is_whole_after_a_while() {
    for (disks, calls) in [(TWO, [1, 0]), (MIXED, [0, 2])] {
        let (stand, aliyun) = stand().await;
        let made = aliyun.create_set(&region(), &order(disks)).await.unwrap();
        assert_eq!(
            [
                stand.calls("CreateSnapshotGroup"),
                stand.calls("CreateSnapshot")
            ],
            calls
        );
        let begun = aliyun.of_set(&region(), &set()).await.unwrap();
        assert_eq!(begun.len(), 2);
        for snapshot in &begun {
            assert_eq!(snapshot.state, CopyState::Pending);
            assert_eq!(snapshot.tags["AutoSnapshot"], "true");
            let is_root = snapshot.disk == Some(id(ROOT));
            let tag = snapshot.tags.get("RootDeviceSnapshot");
            assert_eq!(tag.is_some(), is_root, "{snapshot:?}");
            // Of a fast disk, it can be used before it is whole.
            assert_eq!(snapshot.instant, snapshot.disk != Some(id(SLOW)));
        }
        stand.sim.world().advance(SignedDuration::from_hours(2));
        let mut ids: Vec<ResourceId> = made.into_values().collect();
        ids.push(id("s-bp1nobodys0000000000"));
        let found = aliyun.snapshots_by_id(&region(), &ids).await.unwrap();
        assert_eq!(found.len(), 2, "one that there is not is left out");
        assert!(found.iter().all(|it| it.state == CopyState::Ready));
    }
}

#[tokio::test]
async fn a_lost_answer_or_a_second_run_makes_no_second_set() {
    for (disks, action) in [(TWO, "CreateSnapshotGroup"), (MIXED, "CreateSnapshot")] {
        let (stand, aliyun) = stand().await;
        fail(&stand, action, Effect::LostAnswer);
        let first = aliyun.create_set(&region(), &order(disks)).await.unwrap();
        assert_eq!(made(&stand, Sort::Snapshot), 2, "{action}");
        // Another process, that knows nothing of the first.
        let second = stand.aliyun();
        let again = second.create_set(&region(), &order(disks)).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(made(&stand, Sort::Snapshot), 2, "{action}");
    }
}

#[tokio::test]
async fn the_rest_of_a_set_is_made_beside_what_is_there_of_it() {
    let planted = |here: &mut Holdings| {
        plant(here);
        let third = Disk::new("d-bp1aaaaaaaaaaaaaaaa4", 20, days(-9)).data_of(MACHINE);
        here.add_disk(third.category("cloud_essd").zone("cn-hangzhou-b"));
    };
    let (stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let three = [TWO, &[("d-bp1aaaaaaaaaaaaaaaa4", false)]].concat();
    let first = aliyun.create_set(&region(), &order(&three)).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_hours(2));
    // Two of them are to be made once more.
    let rest = aliyun.create_set(&region(), &order(&three[1..])).await;
    let rest = rest.unwrap();
    assert!(rest.values().all(|it| first.values().all(|old| old != it)));
    assert_eq!(made(&stand, Sort::Snapshot), 5);
}

#[tokio::test]
async fn a_run_that_died_before_the_tags_is_finished_by_whoever_looks() {
    let (stand, aliyun) = stand().await;
    let denied = Effect::Refused {
        status: 403,
        code: "Forbidden.RAM".to_owned(),
        message: "No.".to_owned(),
    };
    fail(&stand, "TagResources", denied);
    let error = aliyun.create_set(&region(), &order(TWO)).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Denied { .. }), "{error}");
    let found = aliyun.of_set(&region(), &set()).await.unwrap();
    assert_eq!(found.len(), 2);
    let list = aliyun.snapshots(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    let ours = |it: &model::Snapshot| SetId::of_tags(&it.tags) == Some(set());
    assert!(all.len() == 2 && all.iter().all(ours), "{all:?}");
}

#[tokio::test]
async fn a_disk_that_is_being_copied_is_put_off_and_a_full_quota_ends_it() {
    let (stand, aliyun) = stand().await;
    for (code, expected) in [
        ("IncorrectDiskStatus.CreatingSnapshot", ErrorKind::TryLater),
        ("QuotaExceed.Snapshot", ErrorKind::Exhausted),
    ] {
        let refused = Effect::Refused {
            status: 403,
            code: code.to_owned(),
            message: "No.".to_owned(),
        };
        fail(&stand, "CreateSnapshot", refused);
        let order = order(&[(ROOT, true)]);
        let error = aliyun.create_set(&region(), &order).await.unwrap_err();
        assert_eq!(error.kind, expected);
    }
    assert_eq!(made(&stand, Sort::Snapshot), 0);
}

#[tokio::test]
async fn what_was_throttled_has_not_happened_and_is_asked_again() {
    let (stand, aliyun) = stand().await;
    let throttled = || Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    };
    fail(&stand, "CreateSnapshotGroup", throttled());
    let snapshots = whole_set(&stand, &aliyun).await;
    fail(&stand, "DeleteSnapshot", throttled());
    let removal = aliyun.delete_snapshot(&region(), &snapshots[0].1).await;
    assert_eq!(removal.unwrap(), Removal::Gone);
    assert_eq!(stand.calls("DeleteSnapshot"), 2);
}

#[tokio::test]
async fn a_snapshot_that_something_stands_on_stays_until_that_is_gone() {
    let (stand, aliyun) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &aliyun).await;
    let (_, root) = &snapshots[0];
    let order = ImageOrder {
        machine: id(MACHINE),
        name: "web-2026-47".to_owned(),
        snapshots: snapshots.clone(),
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    fail(&stand, "CreateImage", Effect::LostAnswer);
    let image = aliyun.make_image(&region, &order).await.unwrap();
    assert_eq!(made(&stand, Sort::Image), 1);
    let found = aliyun.images_of_set(&region, &set()).await.unwrap();
    assert_eq!(
        (found.len(), &found[0].state, found[0].snapshots.len()),
        (1, &CopyState::Pending, 2)
    );
    let held = aliyun.delete_snapshot(&region, root).await.unwrap();
    assert_eq!(held, Removal::Held("image".to_owned()));
    stand.sim.world().advance(SignedDuration::from_hours(2));
    // Another one of the name is refused, and is not this one.
    let other = ImageOrder {
        tags: tags(&[(SET_TAG, "i-2/20261121T020000Z")]),
        ..order
    };
    let error = aliyun.make_image(&region, &other).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists);
    let (removal, snapshots_gone) = aliyun
        .delete_image(&region, &image, std::slice::from_ref(root))
        .await
        .unwrap();
    assert_eq!((removal, snapshots_gone.len()), (Removal::Gone, 0));
    let ids = aliyun.images_by_id(&region, &[image]).await.unwrap();
    assert!(ids.is_empty());
    fail(&stand, "DeleteSnapshot", Effect::LostAnswer);
    let error = aliyun.delete_snapshot(&region, root).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    assert_eq!(stand.calls("DeleteSnapshot"), 2);
    let left = std::slice::from_ref(root);
    assert!(
        aliyun
            .snapshots_by_id(&region, left)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_image_that_machines_were_made_of_stays_and_its_users_are_named() {
    let used = |here: &mut Holdings| {
        plant(here);
        here.add_image(cloudsim::world::storage::Image::new(
            "m-bp1used",
            "base",
            &[],
            days(-30),
        ));
        let machine = Machine::new("i-bp1bbbbbbbbbbbbbbbbb", "worker", days(-3));
        here.add_machine(machine.image("m-bp1used"));
        let template = Template {
            images: vec!["m-bp1old".to_owned(), "m-bp1new".to_owned()],
            ..Template::new("lt-bp1a", "m-bp1old", days(-3))
        };
        here.add_template(template);
    };
    let (_stand, aliyun) = stand_of(shop().holding(REGION, used)).await;
    let removal = aliyun
        .delete_image(&region(), &id("m-bp1used"), &[])
        .await
        .unwrap()
        .0;
    assert_eq!(removal, Removal::Held("instance".to_owned()));
    let list = aliyun.image_uses(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    let named: Vec<(&str, &str)> = all
        .iter()
        .map(|it| (it.image.as_str(), it.user.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("m-bp1used", "instance"),
            ("m-bp1new", "lt-bp1a"),
            ("m-bp1old", "lt-bp1a"),
        ]
    );
}

#[tokio::test]
async fn policies_name_the_disks_they_are_on() {
    let planted = |here: &mut Holdings| {
        plant(here);
        here.add_policy(Policy::new("sp-bp1a", "auto_snapshot_policy").of_disk(ROOT));
    };
    let (_stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let list = aliyun.protections(&region()).unwrap();
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!(all.len(), 1);
    assert!(all[0].active);
    assert_eq!(all[0].covers, Covers::These(vec![id(ROOT)]));
}

#[tokio::test]
async fn a_copy_in_another_region_is_made_once_and_carries_its_tags() {
    let (stand, aliyun) = stand().await;
    let snapshots = whole_set(&stand, &aliyun).await;
    let there = RegionId::new("cn-beijing");
    let order = CopyOrder {
        snapshot: snapshots[0].1.clone(),
        from: region(),
        key: None,
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    fail(&stand, "CopySnapshot", Effect::LostAnswer);
    let copy = aliyun.copy_snapshot(&there, &order).await.unwrap();
    let found = aliyun.of_set(&there, &set()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0].id, &found[0].state),
        (&copy, &CopyState::Pending)
    );
}

#[tokio::test]
async fn a_disk_of_a_snapshot_is_a_proof_that_goes_again() {
    let (stand, aliyun) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &aliyun).await;
    let order = DiskOrder {
        snapshot: snapshots[1].1.clone(),
        zone: "cn-hangzhou-b".to_owned(),
        category: None,
        name: "proof".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    fail(&stand, "CreateDisk", Effect::LostAnswer);
    let disk = aliyun.create_disk(&region, &order).await.unwrap();
    let found = aliyun.disks_of_step(&region, STEP).await.unwrap();
    assert_eq!((found.len(), &found[0].id), (1, &disk));
    assert_eq!(found[0].category, "cloud_essd");
    let machine = id(MACHINE);
    let wait = || stand.sim.world().advance(SignedDuration::from_mins(10));
    let state = || async {
        let ids = std::slice::from_ref(&disk);
        let found = aliyun.disks_by_id(&region, ids).await.unwrap();
        found.into_iter().next().map(|it| it.state)
    };
    wait();
    for _ in 0..2 {
        aliyun
            .attach_disk(&region, &disk, &machine, None)
            .await
            .unwrap();
        wait();
    }
    assert_eq!(
        state().await,
        Some(DiskState::Attached(vec![machine.clone()]))
    );
    let held = aliyun.delete_disk(&region, &disk).await.unwrap();
    assert!(matches!(held, Removal::Held(_)), "{held:?}");
    for _ in 0..2 {
        aliyun.detach_disk(&region, &disk, &machine).await.unwrap();
        wait();
    }
    assert_eq!(state().await, Some(DiskState::Unattached));
    let removal = aliyun.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    wait();
    assert_eq!(state().await, None);
    let again = aliyun.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(again, Removal::WasGone);
}

enum Protected {
    Yes,
    No,
}

fn protect(stand: &Stand, protected: Protected) {
    let world = stand.sim.world();
    let changed = world.change(UID, REGION, |held, _| {
        let protected = matches!(protected, Protected::Yes);
        held.machines.change(MACHINE, |it| it.protected = protected);
    });
    changed.unwrap();
}

#[tokio::test]
async fn a_machine_is_tagged_stopped_and_deleted_and_a_protected_one_stays() {
    let (stand, aliyun) = stand().await;
    let (region, machine) = (region(), id(MACHINE));
    let ids = std::slice::from_ref(&machine);
    let doomed = tags(&[("doomed", "yes")]);
    aliyun
        .put_tags(&region, Taggable::Machine, ids, &doomed)
        .await
        .unwrap();
    let held = aliyun.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(held, Removal::Held("IncorrectInstanceStatus".to_owned()));
    for _ in 0..2 {
        aliyun.stop_machine(&region, &machine).await.unwrap();
        stand.sim.world().advance(SignedDuration::from_mins(10));
    }
    let found = aliyun.machines_by_id(&region, ids).await.unwrap();
    assert_eq!(found[0].state, model::MachineState::Stopped);
    assert_eq!(found[0].tags["doomed"], "yes");
    protect(&stand, Protected::Yes);
    let held = aliyun.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(held, Removal::Held("deletion protection".to_owned()));
    assert!(aliyun.machines_by_id(&region, ids).await.unwrap()[0].protected);
    protect(&stand, Protected::No);
    let removal = aliyun.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let again = aliyun.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(again, Removal::WasGone);
}

#[tokio::test]
async fn an_address_goes_back_once_nothing_uses_it() {
    use cloudsim::world::network::Holder;
    let planted = |here: &mut Holdings| {
        plant(here);
        here.add_address(Address::new("eip-bp1free", "47.0.0.2", days(-9)));
        let used = Address::new("eip-bp1used", "47.0.0.3", days(-9));
        here.add_address(used.at(Holder::Machine, MACHINE));
    };
    let (_stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let release = |name: &'static str| {
        let aliyun = aliyun.clone();
        async move { aliyun.release_address(&region(), &id(name)).await.unwrap() }
    };
    assert_eq!(release("eip-bp1free").await, Removal::Gone);
    assert_eq!(release("eip-bp1free").await, Removal::WasGone);
    assert!(matches!(release("eip-bp1used").await, Removal::Held(_)));
}

#[tokio::test]
async fn one_machine_is_started_beside_another_whatever_becomes_of_the_answer() {
    let (stand, aliyun) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &aliyun).await;
    let image = ImageOrder {
        machine: id(MACHINE),
        name: "web-restored".to_owned(),
        snapshots,
        tags: tags(&[(STEP_TAG, "another")]),
    };
    let image = aliyun.make_image(&region, &image).await.unwrap();
    stand.sim.world().advance(SignedDuration::from_hours(2));
    let order = BesideOrder {
        like: id(MACHINE),
        image,
        name: "web-restored".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    fail(&stand, "RunInstances", Effect::LostAnswer);
    let beside = aliyun.run_beside(&region, &order).await.unwrap();
    let marked = aliyun.machines_of_step(&region, STEP).await.unwrap();
    assert_eq!(marked, std::slice::from_ref(&beside));
    let ids = [beside, id(MACHINE)];
    let found = aliyun.machines_by_id(&region, &ids).await.unwrap();
    let of = |at: &ResourceId| found.iter().find(|it| it.id == *at).unwrap();
    let (beside, like) = (of(&ids[0]), of(&ids[1]));
    assert_eq!(
        (&beside.machine_type, &beside.network, &beside.zone),
        (&like.machine_type, &like.network, &like.zone)
    );
    assert!(beside.public_ips.is_empty());
}

fn alarm_order() -> AlarmOrder {
    AlarmOrder {
        name: format!("skywarden-out-{MACHINE}"),
        machine: id(MACHINE),
        address: None,
        rule: rule(),
        notify: id("ops"),
        tags: tags(&[(STEP_TAG, STEP)]),
    }
}

fn rule() -> TrafficRule {
    TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 1,
    }
}

fn told() -> Account {
    let account = shop().holding(REGION, plant);
    account.holding("", |here: &mut Holdings| {
        let ops = Target::new("ops", "ops").heard_by("email", "ann@example.com");
        here.add_target(ops.invites("email", "jim@example.com"));
    })
}

#[tokio::test]
async fn an_alarm_is_made_once_and_never_altered() {
    let (stand, aliyun) = stand_of(told()).await;
    let (region, order) = (region(), alarm_order());
    fail(&stand, "PutResourceMetricRule", Effect::LostAnswer);
    let made = aliyun.create_alarm(&region, &order).await.unwrap();
    let list = aliyun.alarms(&region);
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (&all[0].id, &all[0].metric),
        (&made, &AlarmMetric::Outbound)
    );
    assert_eq!(all[0].watches, Watches::These(vec![id(MACHINE)]));
    assert_eq!(all[0].notifies, ["ops"]);
    assert_eq!(all[0].tags[STEP_TAG], STEP);
    let calls = stand.calls("PutResourceMetricRule");
    let error = aliyun.create_alarm(&region, &order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists);
    assert_eq!(stand.calls("PutResourceMetricRule"), calls);
    let removal = aliyun.delete_alarm(&region, &made).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    let again = aliyun.delete_alarm(&region, &made).await.unwrap();
    assert_eq!(again, Removal::WasGone);
}

#[tokio::test]
async fn an_alarm_of_a_machine_that_is_not_there_or_for_nobody_is_refused() {
    let (_stand, aliyun) = stand_of(told()).await;
    let nobody = AlarmOrder {
        notify: id("night"),
        ..alarm_order()
    };
    let nothing = AlarmOrder {
        machine: id("i-bp1nobodys0000000000"),
        ..alarm_order()
    };
    for order in [nobody, nothing] {
        let error = aliyun.create_alarm(&region(), &order).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    }
}

#[tokio::test]
async fn all_alarms_are_read_however_many_pages_they_are() {
    let planted = |here: &mut Holdings| {
        plant(here);
        for number in 0..230 {
            let metric = ("acs_ecs_dashboard", "VPC_PublicIP_InternetOutRate");
            let alarm = Alarm::new(format!("r-{number}"), metric, days(-1));
            here.add_alarm(alarm.on("instanceId", MACHINE));
        }
    };
    let (stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let list = aliyun.alarms(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    assert_eq!(all.seen().unwrap().get().len(), 230);
    assert_eq!(stand.calls("DescribeMetricRuleList"), 3);
}

#[tokio::test]
async fn whom_alarms_tell_is_listed_made_and_invited() {
    let (_stand, aliyun) = stand_of(told()).await;
    let region = region();
    let targets = || async {
        let list = aliyun.targets(&region);
        let all = cloud::pager::collect(list.as_ref()).await;
        all.seen().unwrap().get().clone()
    };
    let all = targets().await;
    assert_eq!((all[0].name.as_str(), all[0].listeners), ("ops", 1));
    assert_eq!(all[0].unconfirmed, ["jim@example.com"]);
    let night = aliyun.create_target(&region, "night").await.unwrap();
    assert_eq!(aliyun.create_target(&region, "night").await.unwrap(), night);
    assert_eq!(targets().await.len(), 2);
    for _ in 0..2 {
        aliyun
            .subscribe(&region, &night, "owl@example.com")
            .await
            .unwrap();
    }
    let all = targets().await;
    let found = all.iter().find(|it| it.id == night).unwrap();
    assert_eq!(found.unconfirmed, ["owl@example.com"]);
    let others = all.iter().find(|it| it.id != night).unwrap();
    assert_eq!((others.listeners, others.unconfirmed.len()), (1, 1));
}

#[tokio::test]
async fn traffic_of_the_past_comes_in_bytes_a_period() {
    let planted = |here: &mut Holdings| {
        plant(here);
        here.loads
            .insert(MACHINE.to_owned(), Load::steady(1_200_000));
    };
    let (_stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let from = now() - SignedDuration::from_hours(24);
    let silent = id("i-bp1nobodys0000000000");
    let machines = [id(MACHINE), silent.clone()];
    let traffic = aliyun
        .traffic(&region(), &machines, &rule(), from, now())
        .await
        .unwrap();
    let of = |at: &ResourceId| traffic.iter().find(|it| it.machine == *at).unwrap();
    let points = &of(&machines[0]).points;
    assert_eq!(points.len(), 288);
    assert!(points.iter().all(|it| it.1 == 6_000_000), "{points:?}");
    assert_eq!(points[0].0, from);
    assert!(of(&silent).points.is_empty());
}

#[tokio::test]
async fn a_machine_on_its_way_is_not_stopped_yet() {
    let planted = |here: &mut Holdings| {
        plant(here);
        here.machines
            .change(MACHINE, |it| it.state = MachineState::Starting);
    };
    let (_stand, aliyun) = stand_of(shop().holding(REGION, planted)).await;
    let error = aliyun
        .stop_machine(&region(), &id(MACHINE))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
}
