//! What is made and removed, over the wire: what stands on what, what takes time, and what stays.

use cloud::{
    Alarms as _, BesideOrder, Copies as _, DiskOrder, Disks as _, ErrorKind, ImageMaking as _,
    MachineChanges as _, Machines as _, Removal, Taggable,
};
use cloud_tencent::Tencent;
use cloudsim::world::alarms::Target;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::machines::Machine;
use cloudsim::world::network::{Address, Holder};
use cloudsim::world::prepaid::Renewal;
use cloudsim::world::protections::Policy;
use cloudsim::world::storage::Disk;
use cloudsim::world::terms::Term;
use cloudsim::world::traffic::Load;
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmOrder, CopyOrder, CopyState, Covers, DiskState, ImageOrder, MachineState, RegionId,
    ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, Tags, TrafficRule, Watches,
};

use crate::stand::{REGION, Stand, UID, days, now, shop};

const ZONE: &str = "ap-guangzhou-3";
const MACHINE: &str = "ins-aaaaaaa1";
const ROOT: &str = "disk-aaaaaaa1";
const DATA: &str = "disk-aaaaaaa2";
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
        ..Machine::new(MACHINE, "web", days(-9)).zone(ZONE)
    };
    here.add_machine(machine.public_ip("203.0.113.1"));
    let disk = |id: &str, size| Disk::new(id, size, days(-9)).zone(ZONE);
    here.add_disk(disk(ROOT, 40).system_of(MACHINE).category("CLOUD_SSD"));
    here.add_disk(disk(DATA, 100).data_of(MACHINE));
}

async fn stand() -> (Stand, Tencent) {
    let account = shop().holding(REGION, plant);
    let account = account.holding("", |here| here.add_target(Target::new("notice-1", "ops")));
    let stand = Stand::of(account).await;
    let tencent = stand.tencent();
    (stand, tencent)
}

fn set() -> SetId {
    SetId::parse(&format!("{MACHINE}/20261121T020000Z")).unwrap()
}

fn order() -> SetOrder {
    let disk = |disk: &str, root| SetDisk {
        disk: id(disk),
        root,
    };
    SetOrder {
        set: set(),
        disks: vec![disk(ROOT, true), disk(DATA, false)],
        name: "web".to_owned(),
        tags: tags(&[("AutoSnapshot", "true"), (SET_TAG, &set().to_string())]),
        root_tags: tags(&[("RootDeviceSnapshot", "true")]),
    }
}

fn fail(stand: &Stand, action: &str, effect: Effect) {
    let fault = Fault::new(effect).action(action).times(1);
    stand.sim.faults().add(fault);
}

fn wait(stand: &Stand) {
    stand.sim.world().advance(SignedDuration::from_hours(1));
}

fn made(stand: &Stand, sort: Sort) -> usize {
    stand.sim.world().done(Act::Created, sort).len()
}

/// Makes a set of two disks and waits until it is whole.
async fn whole_set(stand: &Stand, tencent: &Tencent) -> Vec<(ResourceId, ResourceId)> {
    let made = tencent.create_set(&region(), &order()).await.unwrap();
    wait(stand);
    let pair = |disk: &str| (id(disk), made[&id(disk)].clone());
    vec![pair(ROOT), pair(DATA)]
}

#[tokio::test]
async fn a_set_is_tagged_as_it_is_made_and_whole_after_a_while() {
    let (stand, tencent) = stand().await;
    let made = tencent.create_set(&region(), &order()).await.unwrap();
    let begun = tencent.of_set(&region(), &set()).await.unwrap();
    assert_eq!(begun.len(), 2);
    for snapshot in &begun {
        assert_eq!(snapshot.state, CopyState::Pending);
        assert_eq!(snapshot.tags["AutoSnapshot"], "true");
        let is_root = snapshot.disk == Some(id(ROOT));
        let tag = snapshot.tags.get("RootDeviceSnapshot");
        assert_eq!(tag.is_some(), is_root, "{snapshot:?}");
    }
    // One that is not whole yet does not go.
    let (_, young) = made.iter().next().unwrap();
    let error = tencent.delete_snapshot(&region(), young).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
    wait(&stand);
    let mut ids: Vec<ResourceId> = made.into_values().collect();
    ids.push(id("snap-nobodys1"));
    let found = tencent.snapshots_by_id(&region(), &ids).await.unwrap();
    assert_eq!(found.len(), 2, "one that there is not is left out");
    assert!(found.iter().all(|it| it.state == CopyState::Ready));
}

#[tokio::test]
async fn the_rest_of_a_set_is_made_beside_what_is_there_of_it() {
    let (stand, tencent) = stand().await;
    let region = region();
    let refused = Effect::Refused {
        status: 200,
        code: "InvalidDisk.SnapshotCreating".to_owned(),
        message: "No.".to_owned(),
    };
    let fault = Fault::new(refused).action("cbs:CreateSnapshot").after(1);
    stand.sim.faults().add(fault.times(1));
    let error = tencent.create_set(&region, &order()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
    assert_eq!(made(&stand, Sort::Snapshot), 1);
    // Another process, that knows nothing of the first.
    let second = stand.tencent().create_set(&region, &order()).await;
    assert_eq!(
        (second.unwrap().len(), made(&stand, Sort::Snapshot)),
        (2, 2)
    );
}

#[tokio::test]
async fn a_snapshot_that_an_image_stands_on_stays_until_that_is_gone() {
    let (stand, tencent) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &tencent).await;
    let (_, root) = &snapshots[0];
    let order = ImageOrder {
        machine: id(MACHINE),
        name: "web-2026-47".to_owned(),
        snapshots: snapshots.clone(),
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    let image = tencent.make_image(&region, &order).await.unwrap();
    let found = tencent.images_of_set(&region, &set()).await.unwrap();
    assert_eq!(
        (found.len(), &found[0].state, found[0].snapshots.len()),
        (1, &CopyState::Pending, 2)
    );
    let held = tencent.delete_snapshot(&region, root).await.unwrap();
    assert_eq!(held, Removal::Held("image".to_owned()));
    // One that is being made does not go; and there is no second one of its name.
    let young = tencent.delete_image(&region, &image, &[]).await.unwrap().0;
    assert_eq!(young, Removal::Held("its state".to_owned()));
    wait(&stand);
    let error = tencent.make_image(&region, &order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists);
    let share = |with: &[&str]| {
        let with: Vec<String> = with.iter().map(|it| (*it).to_owned()).collect();
        let world = stand.sim.world();
        let shared = world.change(UID, REGION, |held, _| {
            held.images
                .change(image.as_str(), |it| it.shared_with = with)
        });
        shared.flatten().unwrap();
    };
    share(&["100000000009"]);
    let shared = tencent.delete_image(&region, &image, &[]).await.unwrap().0;
    assert_eq!(shared, Removal::Held("shared".to_owned()));
    share(&[]);
    let gone = tencent.delete_image(&region, &image, &[]).await.unwrap().0;
    assert_eq!(gone, Removal::Gone);
    for (_, snapshot) in &snapshots {
        let gone = tencent.delete_snapshot(&region, snapshot).await.unwrap();
        assert_eq!(gone, Removal::Gone);
    }
}

/// The look before a removal does not see what happens right after it: the cloud's own word counts.
#[tokio::test]
async fn what_is_held_between_the_look_and_the_call_stays() {
    let (stand, tencent) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &tencent).await;
    for (code, by) in [
        ("UnsupportedOperation.SnapshotHasBindedImage", "image"),
        ("UnsupportedOperation.SnapHasShared", "shared"),
        ("InvalidSnapshot.NotSupported", "its state"),
    ] {
        let refused = Effect::Refused {
            status: 200,
            code: code.to_owned(),
            message: "No.".to_owned(),
        };
        fail(&stand, "cbs:DeleteSnapshots", refused);
        let held = tencent.delete_snapshot(&region, &snapshots[0].1).await;
        assert_eq!(held.unwrap(), Removal::Held(by.to_owned()));
    }
}

#[tokio::test]
async fn a_copy_in_another_region_holds_its_source_until_it_is_whole() {
    let (stand, tencent) = stand().await;
    let snapshots = whole_set(&stand, &tencent).await;
    let source = &snapshots[1].1;
    let there = RegionId::new("ap-beijing");
    let order = CopyOrder {
        snapshot: source.clone(),
        from: region(),
        key: None,
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    let copy = tencent.copy_snapshot(&there, &order).await.unwrap();
    assert_eq!(tencent.copy_snapshot(&there, &order).await.unwrap(), copy);
    let found = tencent.of_set(&there, &set()).await.unwrap();
    assert_eq!(
        (found.len(), &found[0].id, &found[0].state),
        (1, &copy, &CopyState::Pending)
    );
    let held = tencent.delete_snapshot(&region(), source).await.unwrap();
    assert_eq!(held, Removal::Held("copy to another region".to_owned()));
    wait(&stand);
    let gone = tencent.delete_snapshot(&region(), source).await.unwrap();
    assert_eq!(gone, Removal::Gone);
}

#[tokio::test]
async fn a_disk_of_a_snapshot_is_a_proof_that_goes_again() {
    let (stand, tencent) = stand().await;
    let region = region();
    let snapshots = whole_set(&stand, &tencent).await;
    let order = |snapshot: &ResourceId| DiskOrder {
        snapshot: snapshot.clone(),
        zone: ZONE.to_owned(),
        category: None,
        name: "proof".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    // What a machine starts from comes with a machine, and not alone.
    let root = tencent.create_disk(&region, &order(&snapshots[0].1)).await;
    assert_eq!(
        root.unwrap_err().code,
        "InvalidParameter.ShouldConvertSnapshotToImage"
    );
    let disk = tencent.create_disk(&region, &order(&snapshots[1].1)).await;
    let disk = disk.unwrap();
    let found = tencent.disks_of_step(&region, STEP).await.unwrap();
    assert_eq!((found.len(), &found[0].id), (1, &disk));
    let machine = id(MACHINE);
    let state = || async {
        let ids = std::slice::from_ref(&disk);
        let found = tencent.disks_by_id(&region, ids).await.unwrap();
        found.into_iter().next().map(|it| it.state)
    };
    wait(&stand);
    for _ in 0..2 {
        let put = tencent.attach_disk(&region, &disk, &machine, None).await;
        put.unwrap();
        wait(&stand);
    }
    assert_eq!(
        state().await,
        Some(DiskState::Attached(vec![machine.clone()]))
    );
    let held = tencent.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(held, Removal::Held(MACHINE.to_owned()));
    for _ in 0..2 {
        tencent.detach_disk(&region, &disk, &machine).await.unwrap();
        wait(&stand);
    }
    assert_eq!(state().await, Some(DiskState::Unattached));
    let removal = tencent.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    assert_eq!(state().await, None);
    let again = tencent.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(again, Removal::WasGone);
}

fn change_machine(stand: &Stand, change: impl FnOnce(&mut Machine)) {
    let world = stand.sim.world();
    let changed = world.change(UID, REGION, |held, _| held.machines.change(MACHINE, change));
    changed.flatten().unwrap();
}

#[tokio::test]
async fn a_machine_is_tagged_stopped_and_deleted_and_a_protected_or_prepaid_one_stays() {
    let (stand, tencent) = stand().await;
    let (region, machine) = (region(), id(MACHINE));
    let ids = std::slice::from_ref(&machine);
    let doomed = tags(&[("doomed", "yes")]);
    let tagged = tencent.put_tags(&region, Taggable::Machine, ids, &doomed);
    tagged.await.unwrap();
    let held = tencent.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(held, Removal::Held("running".to_owned()));
    tencent.stop_machine(&region, &machine).await.unwrap();
    // Asked again while it is on its way, it is not off yet.
    let error = tencent.stop_machine(&region, &machine).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
    wait(&stand);
    tencent.stop_machine(&region, &machine).await.unwrap();
    let found = tencent.machines_by_id(&region, ids).await.unwrap();
    assert_eq!(found[0].state, MachineState::Stopped);
    assert_eq!(found[0].tags["doomed"], "yes");
    for (by, hinder) in [
        (
            "deletion protection",
            (|it: &mut Machine| it.protected = true) as fn(&mut Machine),
        ),
        ("prepaid", |it: &mut Machine| {
            it.protected = false;
            it.term = Term::prepaid(days(20), Renewal::Manual);
        }),
    ] {
        change_machine(&stand, hinder);
        let held = tencent.delete_machine(&region, &machine).await.unwrap();
        assert_eq!(held, Removal::Held(by.to_owned()));
    }
    change_machine(&stand, |it| it.term = Term::on_demand());
    let removal = tencent.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    wait(&stand);
    let again = tencent.delete_machine(&region, &machine).await.unwrap();
    assert_eq!(again, Removal::WasGone);
}

#[tokio::test]
async fn a_machine_that_cannot_be_off_for_nothing_is_off_all_the_same() {
    let (stand, tencent) = stand().await;
    change_machine(&stand, |it| it.term = Term::spot());
    let machine = id(MACHINE);
    tencent.stop_machine(&region(), &machine).await.unwrap();
    assert_eq!(stand.calls("cvm:StopInstances"), 2);
    wait(&stand);
    let found = tencent.machines_by_id(&region(), &[machine]).await.unwrap();
    assert_eq!(found[0].state, MachineState::Stopped);
}

#[tokio::test]
async fn a_machine_beside_is_like_the_old_one_and_has_no_address_of_its_own() {
    let (stand, tencent) = stand().await;
    let region = region();
    let order = ImageOrder {
        machine: id(MACHINE),
        name: "web".to_owned(),
        snapshots: whole_set(&stand, &tencent).await,
        tags: Tags::new(),
    };
    let image = tencent.make_image(&region, &order).await.unwrap();
    wait(&stand);
    let order = BesideOrder {
        like: id(MACHINE),
        image,
        name: "web-restored".to_owned(),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    fail(&stand, "RunInstances", Effect::LostAnswer);
    let beside = tencent.run_beside(&region, &order).await.unwrap();
    assert_eq!(made(&stand, Sort::Machine), 1);
    let found = tencent.machines_of_step(&region, STEP).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&beside));
    let held = stand.sim.world().truth(UID, REGION);
    let (old, new) = (
        held.machines.get(MACHINE).unwrap(),
        held.machines.get(beside.as_str()).unwrap(),
    );
    assert_eq!(
        (&new.kind, &new.zone, &new.vpc, &new.subnet),
        (&old.kind, &old.zone, &old.vpc, &old.subnet)
    );
    assert_eq!(
        (&new.role, &new.security_groups),
        (&old.role, &old.security_groups)
    );
    assert!(new.public_ips.is_empty());
    let disks = held.disks_of(new);
    let sizes: Vec<_> = disks.iter().map(|it| (it.system, it.size_gib)).collect();
    assert_eq!(sizes, [(true, 40), (false, 100)]);
    assert_eq!(disks[0].category, "CLOUD_SSD");
}

#[tokio::test]
async fn an_address_goes_back_once_nothing_uses_it() {
    let (stand, tencent) = stand().await;
    let world = stand.sim.world();
    world.change(UID, REGION, |held, _| {
        held.add_address(Address::new("eip-free0001", "203.0.113.2", days(-9)));
        let used = Address::new("eip-used0001", "203.0.113.3", days(-9));
        held.add_address(used.at(Holder::Machine, MACHINE));
    });
    for (address, expected) in [
        ("eip-used0001", Removal::Held("in use".to_owned())),
        ("eip-free0001", Removal::Gone),
        ("eip-free0001", Removal::WasGone),
    ] {
        let removal = tencent.release_address(&region(), &id(address)).await;
        assert_eq!(removal.unwrap(), expected, "{address}");
    }
}

#[tokio::test]
async fn policies_name_the_disks_they_are_on() {
    let (stand, tencent) = stand().await;
    stand.sim.world().change(UID, REGION, |held, _| {
        held.add_policy(Policy::new("asp-1", "auto_snapshot_policy").of_disk(ROOT));
    });
    let list = tencent.protections(&region()).unwrap();
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!((all.len(), all[0].active), (1, true));
    assert_eq!(all[0].covers, Covers::These(vec![id(ROOT)]));
}

#[tokio::test]
async fn an_alarm_watches_its_machine_and_what_that_sends_is_told_in_bytes() {
    let (stand, tencent) = stand().await;
    let region = region();
    let rule = TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 1,
    };
    let order = AlarmOrder {
        name: "skywarden-out-web".to_owned(),
        machine: id(MACHINE),
        address: None,
        rule,
        notify: id("notice-1"),
        tags: tags(&[(STEP_TAG, STEP)]),
    };
    let made = tencent.create_alarm(&region, &order).await.unwrap();
    let named = tencent.alarms_named(&region, &order.name).await.unwrap();
    assert_eq!((named.len(), &named[0].id), (1, &made));
    assert_eq!(named[0].watches, Watches::These(vec![id(MACHINE)]));
    let missing = AlarmOrder {
        name: "other".to_owned(),
        notify: id("notice-9"),
        ..order
    };
    let error = tencent.create_alarm(&region, &missing).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    stand.sim.world().change(UID, REGION, |held, _| {
        let load = Load::steady(3_000_000);
        held.loads.insert(MACHINE.to_owned(), load);
    });
    let machines = [id(MACHINE), id("ins-nobodys1")];
    let from = now() - SignedDuration::from_hours(24 * 7);
    let traffic = tencent.traffic(&region, &machines, &rule, from, now());
    let traffic = traffic.await.unwrap();
    assert_eq!(traffic[0].points.len(), 7 * 24 * 12);
    assert!(traffic[0].points.iter().all(|it| it.1 == 15_000_000));
    assert!(traffic[1].points.is_empty());
}
